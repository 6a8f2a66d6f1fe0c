"""What a broadcast shows: drafts (草稿) with their pictures, pictures for mass messages, a look at one beforehand.

What WeChat would refuse for its size or kind is told before anything is uploaded, in words for staff.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import filekinds
from bot.channels.official.client import OfficialClient
from bot.channels.official.senders import FILMING, film, film_id, mass_content
from bot.errors import OutreachError, Refusal, SendError
from bot.sending import DraftCard, FileCard, Kept, MediaKind, Message, Receipt

#: Source: developers.weixin.qq.com, 草稿管理 (draft/add) and 素材管理, as of October 2026.
_TITLE_CHARS, _AUTHOR_CHARS, _DIGEST_CHARS, _CONTENT_CHARS = 32, 16, 120, 20_000
_CONTENT_BYTES, _LINK_BYTES = 1 << 20, 1024
_INSIDE_BYTES = 1 << 20
#: The table says 10 MB and a note below it 2 MB.
_PICTURE_BYTES = 2 << 20
_MOST_ARTICLES = 8
#: Of what is kept for a while (临时素材). Source: the same, 新增临时素材.
_PASSING = timedelta(days=3)
_MOST_LISTED = 20
_MAGIC = (
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"GIF8", "gif", "image/gif"),
)
_SRC = re.compile(r"(<img\b[^>]*?\bsrc\s*=\s*)([\"'])(.*?)\2", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article of a draft.

    content  HTML; the src of its pictures names one of those that come with it, or an address of WeChat's own
    cover    a picture, jpg or png
    """

    title: str
    content: str
    cover: bytes
    author: str = ""
    digest: str = ""
    source_url: str = ""


class Material:
    """Hands contents over to WeChat. Raises OutreachError where it would be refused for sure, SendError where it is."""

    def __init__(self, client: OfficialClient) -> None:
        self._client = client

    def add_draft(self, articles: Sequence[Article], pictures: Mapping[str, bytes] | None = None) -> str:
        """Make a draft of one to eight articles; returns its media_id, which a mass message uses up.

        pictures  by the name that stands in the src of an <img>
        """
        if not 1 <= len(articles) <= _MOST_ARTICLES:
            raise OutreachError(f"一份图文要有 1 到 {_MOST_ARTICLES} 篇文章，现在 {len(articles)} 篇")
        pictures = pictures or {}
        for number, article in enumerate(articles, 1):
            _check(article, number, pictures)
        used = {name for article in articles for name in _sources(article.content) if name in pictures}
        places = {name: self._inside(pictures[name]) for name in sorted(used)}
        shown = [self._article(article, places) for article in articles]
        return self._media_id(self._client.post("draft/add", {"articles": shown}))

    def delete_draft(self, media_id: str) -> None:
        """Take a draft away again."""
        self._client.post("draft/delete", {"media_id": media_id})

    def add_picture(self, picture: bytes) -> str:
        """Keep a picture for good (永久素材); returns its media_id, for covers and mass messages."""
        _check_picture(picture, "图片", _PICTURE_BYTES)
        return self._media_id(self._uploaded("material/add_material?type=image", picture))

    def add_passing_picture(self, picture: bytes) -> str:
        """Keep a picture for three days (临时素材); returns its media_id, for customer-service messages."""
        _check_picture(picture, "图片", _PICTURE_BYTES)
        return self._media_id(self._uploaded("media/upload?type=image", picture))

    def keep(self, kind: MediaKind, data: bytes, *, for_good: bool, title: str = "") -> Kept:
        """See Storehouse: 永久素材 or 临时素材."""
        found = filekinds.check(data, kind)
        path = f"material/add_material?type={kind}" if for_good else f"media/upload?type={kind}"
        words = json.dumps({"title": title, "introduction": title}, ensure_ascii=False)
        told = words if kind is MediaKind.VIDEO and for_good else ""
        answer = self._sent(path, f"media.{found.ending}", data, found.mime, told)
        media_id = self._media_id({"media_id": answer.get("media_id") or answer.get("thumb_media_id")})
        if for_good:
            return Kept(media_id, str(answer.get("url") or ""))
        begun = datetime.fromtimestamp(int(answer.get("created_at") or datetime.now(UTC).timestamp()), UTC)
        return Kept(media_id, expires_at=begun + _PASSING)

    def drafts(self, offset: int, count: int) -> list[DraftCard]:
        """See Storehouse: 草稿箱, without what the articles say."""
        asked = {"offset": offset, "count": min(count, _MOST_LISTED), "no_content": 1}
        held = self._client.post("draft/batchget", asked).get("item")
        try:
            return [card for item in held or () if (card := _card(item))]
        except (AttributeError, KeyError, TypeError, ValueError) as e:
            raise SendError("WeChat's list of drafts has another shape than expected") from e

    def files(self, kind: MediaKind, offset: int, count: int) -> tuple[list[FileCard], int]:
        """See Storehouse: 永久素材 of the library, whoever put it there."""
        asked = {"type": str(kind), "offset": offset, "count": min(count, _MOST_LISTED)}
        held = self._client.post("material/batchget_material", asked)
        try:
            return [_file(item) for item in held.get("item") or ()], int(held.get("total_count") or 0)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as e:
            raise SendError("WeChat's list of material has another shape than expected") from e

    def picture(self, media_id: str) -> tuple[bytes, str]:
        """See Storehouse: 获取永久素材."""
        data = self._client.download("material/get_material", {"media_id": media_id}, _PICTURE_BYTES + 1)
        return data, filekinds.check(data, MediaKind.IMAGE).mime

    def mime(self, data: bytes, kind: MediaKind) -> str:
        """See Storehouse."""
        return filekinds.check(data, kind).mime

    def preview(self, openid: str, message: Message) -> None:
        """Show one follower what a mass message would look like; it counts against no quota of mass messages."""
        shown = mass_content(message)
        shown.pop("send_ignore_reprint", None)
        if "images" in shown:  # here, and only here, it is a single one
            shown["image"] = {"media_id": shown.pop("images")["media_ids"][0]}
        if "mpvideo" in shown:
            shown["mpvideo"] = {"media_id": film_id(self._client.post(FILMING, film(message)))}
        self._client.post("message/mass/preview", {"touser": openid, **shown})

    def take_back(self, job: str) -> None:
        """Empty the articles of a mass message that went out; its card stays in the chats. job: its msg_id."""
        self._client.post("message/mass/delete", {"msg_id": int(job), "article_idx": 0})

    def _article(self, article: Article, places: Mapping[str, str]) -> dict[str, Any]:
        def placed(found: re.Match[str]) -> str:
            before, sign, name = found.groups()
            return f"{before}{sign}{places.get(name, name)}{sign}"

        return {
            "article_type": "news",
            "title": article.title,
            "author": article.author,
            "digest": article.digest,
            "content": _SRC.sub(placed, article.content),
            "content_source_url": article.source_url,
            "thumb_media_id": self.add_picture(article.cover),
        }

    def _inside(self, picture: bytes) -> str:
        """The address of a picture for inside an article: others are taken out by WeChat."""
        url = str(self._uploaded("media/uploadimg", picture).get("url") or "")
        if not url:
            raise SendError("WeChat's answer holds no address of the picture")
        return url

    def _uploaded(self, path: str, picture: bytes) -> dict[str, Any]:
        ending, kind = _kind(picture) or ("bin", "application/octet-stream")
        return self._sent(path, f"picture.{ending}", picture, kind)

    def _sent(self, path: str, name: str, data: bytes, mime: str, told: str = "") -> dict[str, Any]:
        try:
            return self._client.upload(path, name, data, mime, told)
        except SendError as e:
            if e.refusal is not Refusal.TOKEN_REJECTED:
                raise
        self._client.check()  # a call without a file: it renews the token
        return self._client.upload(path, name, data, mime, told)

    @staticmethod
    def _media_id(answer: dict[str, Any]) -> str:
        media_id = str(answer.get("media_id") or "")
        if not media_id:
            raise SendError("WeChat's answer holds no media_id")
        return media_id


class Previewer:
    """One follower is shown what a mass message would look like; a `Sender` for tests of staff."""

    name, least, most, has_key, per_minute = "official.preview", 1, 1, False, 0

    def __init__(self, material: Material) -> None:
        self._material = material

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """See Sender."""
        if len(addresses) != 1:
            raise SendError(f"{self.name} takes one follower", None, Refusal.BAD_CONTENT)
        self._material.preview(addresses[0], message)
        return Receipt()


def _card(item: Mapping[str, Any]) -> DraftCard | None:
    """A draft of the list; None for one of pictures alone, which no mass message of articles can be."""
    articles = [one for one in item["content"]["news_item"] if one.get("article_type", "news") == "news"]
    if not articles:
        return None
    first, at = articles[0], datetime.fromtimestamp(int(item["update_time"]), UTC)
    titles = tuple(str(one.get("title") or "（没有标题）") for one in articles)
    return DraftCard(str(item["media_id"]), titles, str(first.get("digest") or ""), str(first["thumb_media_id"]), at)


def _file(item: Mapping[str, Any]) -> FileCard:
    at = datetime.fromtimestamp(int(item["update_time"]), UTC)
    url = str(item.get("url") or "")
    url = url if url.startswith(("https://", "http://")) else ""  # it becomes a link of a page
    return FileCard(str(item["media_id"]), str(item.get("name") or ""), url, at)


def _sources(html: str) -> list[str]:
    return [found[3] for found in _SRC.finditer(html)]


def _kind(picture: bytes) -> tuple[str, str] | None:
    return next(((ending, kind) for magic, ending, kind in _MAGIC if picture.startswith(magic)), None)


def _check(article: Article, number: int, pictures: Mapping[str, bytes]) -> None:
    where = f"第 {number} 篇："
    limits = (
        ("标题", article.title, _TITLE_CHARS),
        ("作者", article.author, _AUTHOR_CHARS),
        ("摘要", article.digest, _DIGEST_CHARS),
        ("正文（含格式）", article.content, _CONTENT_CHARS - 1),
    )
    if not article.title.strip() or not article.content.strip():
        raise OutreachError(f"{where}标题和正文都要有")
    for name, text, most in limits:
        if len(text) > most:
            raise OutreachError(f"{where}{name}最多 {most} 字，现在 {len(text)} 字")
    if len(article.content.encode()) >= _CONTENT_BYTES:
        raise OutreachError(f"{where}正文要小于 1 MB")
    if len(article.source_url.encode()) > _LINK_BYTES:
        raise OutreachError(f"{where}原文链接最多 {_LINK_BYTES} 字节")
    _check_picture(article.cover, f"{where}封面", _PICTURE_BYTES)
    for name in _sources(article.content):
        if name in pictures:
            _check_picture(pictures[name], f"{where}图片 {name} ", _INSIDE_BYTES, ("jpg", "png"))
        elif not re.match(r"https?://[^/]*\.(qq|qpic)\.(com|cn)/", name):
            raise OutreachError(f"{where}图片 {name} 没有一起上传；别处的图片微信会去掉")


def _check_picture(picture: bytes, what: str, most: int, kinds: Sequence[str] = ("jpg", "png", "gif")) -> None:
    found = _kind(picture)
    if found is None or found[0] not in kinds:
        raise OutreachError(f"{what}要是 {'、'.join(kinds)} 格式")
    if len(picture) >= most:
        raise OutreachError(f"{what}要小于 {most >> 20} MB，现在 {len(picture) / (1 << 20):.1f} MB")
