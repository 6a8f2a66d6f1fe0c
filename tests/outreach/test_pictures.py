"""Pictures that drafts name by address are looked at before review."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.errors import OutreachError
from bot.outreach.broadcasts import Broadcasts
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.outreach.pictures import look_at
from bot.outreach.states import State
from bot.sending import Kind, Message
from bot.settings import OutreachSettings
from bot.store.database import Database
from tests.pictures import gif, jpg, png
from tests.wire_server import RESET, Request, WireServer

from .broadcasts.conftest import AUTHOR, NOON, Columns, Platform

PAGES = {
    "/good.png": png(),
    "/good.jpg": jpg(),
    "/moving.gif": gif(),
    "/half.jpg": jpg()[:8],
    "/page": "<html>图</html>".encode(),
    "/large.png": png() + b"0" * (2 << 20),
}


def _answer(request: Request) -> list[bytes]:
    if request.target == "/reset":
        return [RESET]
    if request.target == "/elsewhere":
        return [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"]
    body = PAGES.get(request.target)
    if body is None:
        return [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]
    return [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = WireServer(_answer)
    yield server.base
    server.close()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/good.png", ""), ("/good.jpg", ""), ("/reset", ""), ("/elsewhere", ""),
        ("/moving.gif", "不是 jpg 或 png"), ("/half.jpg", "不是 jpg 或 png"), ("/page", "不是 jpg 或 png"),
        ("/large.png", "超过 2 MB"), ("/gone.png", "HTTP 404"),
    ],
)  # fmt: skip
def test_a_picture_is_a_small_jpg_or_png_that_is_there(site: str, path: str, told: str) -> None:
    found = look_at(site + path, lambda _host: True)
    assert told in found
    assert bool(told) == bool(found)


def test_nobody_outside_sees_a_picture_in_here(site: str) -> None:
    assert "内网" in look_at(f"{site}/good.png")
    assert "内网" in look_at("http://192.168.1.7/a.png")
    assert look_at("https://no-such-host.invalid/a.png") == ""  # perhaps people can


def test_a_draft_with_a_wrong_picture_does_not_go_to_review(sqlite_url: str) -> None:
    database, senders = Database(sqlite_url), {"official.service": Platform("official.service")}
    seen: list[str] = []

    def look(address: str) -> str:
        seen.append(address)
        return "封面图片超过 2 MB，请缩小" if "large" in address else ""

    desk = Broadcasts(database, Columns(), senders, OutreachSettings, "gh", look=look)
    news = {"kind": Kind.NEWS, "title": "防暑", "text": "多喝水", "url": "https://a.cn"}
    said = {
        Level.PUBLIC: Message(**news, picture="https://a.cn/large.png"),  # type: ignore[arg-type]
        Level.WORKER: Message(**news, picture="https://a.cn/good.png"),  # type: ignore[arg-type]
    }
    held = desk.write(Draft(title="防暑", content=said, channels=("official.service",)), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="公众版：封面图片超过 2 MB"):
        desk.submit(held.id, AUTHOR, "", NOON)
    assert seen == ["https://a.cn/large.png", "https://a.cn/good.png"]
    assert desk.get(held.id).state is State.DRAFT
    said[Level.PUBLIC] = said[Level.WORKER]
    right = Draft(title="防暑", content=said, channels=("official.service",))
    desk.edit(held.id, right, held.version, AUTHOR, "", NOON)
    assert desk.submit(held.id, AUTHOR, "", NOON).state is State.IN_REVIEW
    database.close()
