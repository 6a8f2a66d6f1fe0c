"""Drafts (草稿): articles written but not yet sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errcodes import Refused

MAX_ARTICLES = 8
MAX_TITLE_CHARS = 32
MAX_AUTHOR_CHARS = 16
MAX_DIGEST_CHARS = 120
MAX_CONTENT_CHARS = 20_000
MAX_CONTENT_BYTES = 1 << 20
MAX_SOURCE_URL_BYTES = 1024
MAX_PICTURES = 20
_PICTURE = re.compile(r"""(<img\b[^>]*?\ssrc\s*=\s*)(["'])(.*?)\2""", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftArticle:
    """One article.

    thumb_media_id   of permanent material
    pictures         media_ids of a picture post (newspic), () for an article
    """

    title: str
    author: str
    digest: str
    content: str
    source_url: str
    thumb_media_id: str
    pictures: tuple[str, ...] = ()

    def as_wechat(self) -> dict[str, Any]:
        """The fields of draft/get."""
        common = {"title": self.title, "content": self.content, "need_open_comment": 0, "only_fans_can_comment": 0}
        if self.pictures:
            pictures = [{"image_media_id": media_id} for media_id in self.pictures]
            return {"article_type": "newspic", **common, "image_info": {"image_list": pictures}}
        return {
            "article_type": "news",
            **common,
            "author": self.author,
            "digest": self.digest,
            "content_source_url": self.source_url,
            "thumb_media_id": self.thumb_media_id,
            "show_cover_pic": 0,
            "url": "",
        }


@dataclass(slots=True)
class Draft:
    """One draft under its media_id, until a mass message has used it up."""

    media_id: str
    articles: list[DraftArticle]
    created_at: int
    updated_at: int


def read_article(given: Mapping[str, Any], own_pictures: str) -> DraftArticle:
    """One article as it was handed in, its media unchecked.

    own_pictures   how the address of a picture uploaded here begins: any other is stripped, as WeChat does
    Raises Refused: 45003 title, 45110 author, 45004 digest, 45002 content, 45005 link, 44004 no content,
    40035 another type of article.
    """
    kind = given.get("article_type", "news")
    if kind not in ("news", "newspic"):
        raise Refused(40035)
    content = _text(given, "content")
    if not content.strip():
        raise Refused(44004)
    if len(content) >= MAX_CONTENT_CHARS or len(content.encode()) >= MAX_CONTENT_BYTES:
        raise Refused(45002)
    return DraftArticle(
        title=_title(given),
        author=_limited(given, "author", MAX_AUTHOR_CHARS, 45110),
        digest=_limited(given, "digest", MAX_DIGEST_CHARS, 45004),
        content=without_foreign_pictures(content, own_pictures),
        source_url=_source_url(given),
        thumb_media_id=_text(given, "thumb_media_id"),
        pictures=_pictures(given) if kind == "newspic" else (),
    )


def without_foreign_pictures(content: str, own_pictures: str) -> str:
    """`content` with the address taken from every <img> that was not uploaded here."""
    return _PICTURE.sub(lambda m: m[0] if m[3].startswith(own_pictures) else f"{m[1]}{m[2]}{m[2]}", content)


def _title(given: Mapping[str, Any]) -> str:
    title = _limited(given, "title", MAX_TITLE_CHARS, 45003)
    if not title.strip():
        raise Refused(45003)
    return title


def _source_url(given: Mapping[str, Any]) -> str:
    url = _text(given, "content_source_url")
    if len(url.encode()) > MAX_SOURCE_URL_BYTES:
        raise Refused(45005)
    return url


def _pictures(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The media_ids of a picture post. Raises Refused 40007 for none or more than 20."""
    info = given.get("image_info")
    pictures = info.get("image_list") if isinstance(info, Mapping) else None
    if not isinstance(pictures, list) or not 1 <= len(pictures) <= MAX_PICTURES:
        raise Refused(40007)
    return tuple(str(p.get("image_media_id") if isinstance(p, Mapping) else "") for p in pictures)


def _limited(given: Mapping[str, Any], name: str, max_chars: int, errcode: int) -> str:
    text = _text(given, name)
    if len(text) > max_chars:
        raise Refused(errcode)
    return text


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(40035)
    return value
