"""Drafts and pictures as WeChat takes them, and what is refused before anything is uploaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.channels.official import OfficialClient
from bot.channels.official.material import Article, Material
from bot.errors import OutreachError, SendError
from bot.sending import Kind, Message
from bot.store.kv import MemoryKeyValue
from tests.wire_server import Request, WireServer, http

from .conftest import settings
from .wire import OPENID

JPG, PNG, GIF = b"\xff\xd8\xff\xe0" + b"j" * 40, b"\x89PNG\r\n\x1a\n" + b"p" * 40, b"GIF89a" + b"g" * 40
URL = "http://mmbiz.qpic.cn/mmbiz_png/1/0"


class Office:
    """An account and WeChat's side of it."""

    def __init__(self) -> None:
        self.server, self.tokens, self.says = WireServer(self._answer), ["token-1", "token-2"], dict[str, Any]()
        self._client = OfficialClient(settings(api_base=self.server.base), MemoryKeyValue())
        self.material = Material(self._client)

    def called(self, path: str) -> list[Request]:
        return [r for r in self.server.requests if r.target.split("?")[0] == f"/cgi-bin/{path}"]

    def close(self) -> None:
        self._client.close()
        self.server.close()

    def _answer(self, request: Request) -> list[bytes]:
        path = request.target.split("?")[0].removeprefix("/cgi-bin/")
        if path == "stable_token":
            return [http({"access_token": self.tokens[0], "expires_in": 7200})]
        if f"access_token={self.tokens[0]}" not in request.target:
            return [http({"errcode": 40001, "errmsg": "invalid credential"})]
        usual: dict[str, Any] = {
            "draft/add": {"media_id": "D1"},
            "material/add_material": {"media_id": "M1", "url": URL},
            "media/upload": {"type": "image", "media_id": "T1", "created_at": 1790000000},
            "media/uploadimg": {"url": URL},
            "getcallbackip": {"ip_list": []},
        }
        return [http(self.says.get(path, usual.get(path, {"errcode": 0, "errmsg": "ok"})))]


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Office()
    yield made
    made.close()


def article(**changes: Any) -> Article:
    usual = {"title": "六月安全月", "content": "<p>一图看懂</p>", "cover": JPG}
    return Article(**(usual | changes))


def test_a_draft_has_its_cover_and_its_pictures_uploaded(office):
    content = '<p>看图<img class="x" src="a.png"/><IMG SRC=\'a.png\'></p><img src="b.jpg">'
    pictures = {"a.png": PNG, "b.jpg": JPG, "unused.png": PNG}
    assert office.material.add_draft([article(content=content)], pictures) == "D1"
    [posted] = office.called("draft/add")[0].json["articles"]
    assert posted["content"] == content.replace("a.png", URL).replace("b.jpg", URL)
    assert posted["thumb_media_id"] == "M1"
    assert len(office.called("media/uploadimg")) == 2  # each once, and none in vain
    [cover] = office.called("material/add_material")
    assert "type=image" in cover.target
    assert b'name="media"; filename="picture.jpg"' in cover.body
    assert JPG in cover.body


def test_a_draft_holds_its_words_without_escapes(office):
    office.material.add_draft([article(author="江海区安委办", digest="一分钟", source_url="https://example.cn")])
    [request] = office.called("draft/add")
    assert "六月安全月".encode() in request.body
    assert request.json["articles"][0]["content_source_url"] == "https://example.cn"


WRONG = {
    "title": ({"title": "长" * 33}, "标题最多 32 字，现在 33 字"),
    "no title": ({"title": " "}, "标题和正文都要有"),
    "author": ({"author": "某" * 17}, "作者最多 16 字"),
    "digest": ({"digest": "摘" * 121}, "摘要最多 120 字"),
    "content": ({"content": "字" * 20_000}, "正文"),
    "link": ({"source_url": "https://example.cn/" + "a" * 1024}, "原文链接"),
    "cover": ({"cover": b"BM....."}, "封面要是 jpg、png、gif 格式"),
    "big cover": ({"cover": JPG + b"x" * (2 << 20)}, "封面要小于 2 MB，现在 2.0 MB"),
    "missing picture": ({"content": '<img src="c.png">'}, "c.png 没有一起上传"),
    "foreign picture": ({"content": '<img src="https://example.cn/c.png">'}, "没有一起上传"),
    "gif inside": ({"content": '<img src="g.gif">'}, "g.gif 要是 jpg、png 格式"),
    "big inside": ({"content": '<img src="big.png">'}, "big.png 要小于 1 MB"),
}


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG)
def test_what_wechat_would_refuse_is_told_before_anything_is_uploaded(office, changes, words):
    pictures = {"g.gif": GIF, "big.png": PNG + b"x" * (1 << 20)}
    with pytest.raises(OutreachError, match=words):
        office.material.add_draft([article(), article(**changes)], pictures)
    assert office.server.requests == []


@pytest.mark.parametrize("count", [0, 9])
def test_a_draft_has_one_to_eight_articles(office, count):
    with pytest.raises(OutreachError, match=f"现在 {count} 篇"):
        office.material.add_draft([article()] * count)


def test_a_picture_of_wechats_own_stays(office):
    content = f'<img src="{URL}">'
    office.material.add_draft([article(content=content)])
    assert office.called("draft/add")[0].json["articles"][0]["content"] == content


def test_a_token_that_is_rejected_at_an_upload_is_renewed_and_the_whole_picture_sent_again(office):
    office.material.add_picture(PNG)
    office.tokens.pop(0)
    assert office.material.add_picture(JPG) == "M1"
    last = office.called("material/add_material")[-1]
    assert "access_token=token-2" in last.target
    assert JPG in last.body


def test_a_picture_for_three_days(office):
    assert office.material.add_passing_picture(GIF) == "T1"
    assert "type=image" in office.called("media/upload")[0].target


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (Message(text="预览"), {"msgtype": "text", "text": {"content": "预览"}}),
        (Message(kind=Kind.NEWS, media="D1"), {"msgtype": "mpnews", "mpnews": {"media_id": "D1"}}),
        (Message(kind=Kind.IMAGE, media="M1"), {"msgtype": "image", "image": {"media_id": "M1"}}),
    ],
)
def test_a_mass_message_is_looked_at_beforehand(office, message, shown):
    office.material.preview(OPENID, message)
    assert office.called("message/mass/preview")[0].json == {"touser": OPENID, **shown}


def test_a_draft_is_taken_away_and_a_mass_message_emptied(office):
    office.material.delete_draft("D1")
    office.material.take_back("34182")
    assert office.called("draft/delete")[0].json == {"media_id": "D1"}
    assert office.called("message/mass/delete")[0].json == {"msg_id": 34182, "article_idx": 0}


@pytest.mark.parametrize("path", ["draft/add", "media/uploadimg", "material/add_material"])
@pytest.mark.parametrize("answer", [{}, {"errcode": 45009, "errmsg": "reach max api daily quota limit"}, b"<html>"])
def test_an_answer_without_what_was_asked_for_is_a_send_error(office, path, answer):
    office.says[path] = answer
    with pytest.raises(SendError):
        office.material.add_draft([article(content='<img src="a.png">')], {"a.png": PNG})
