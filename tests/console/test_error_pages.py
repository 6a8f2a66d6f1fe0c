"""Whatever goes wrong, staff read in Chinese what happened and what to do, in the look of the site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from werkzeug.exceptions import TooManyRequests, Unauthorized
from werkzeug.test import TestResponse

from bot.console import Pages
from bot.errors import ContentError, ContentErrors, OutreachError, SendError, StoreError
from bot.staff import Permission, Role
from tests.console.pages import Client, Office, make_office

#: Path -> what its view raises, its status, what the page says.
FAULTS = {
    "unauthorized": (Unauthorized(), 401, "请重新登录"),
    "often": (TooManyRequests(), 429, "请过一会儿再试"),
    "conflict": (OutreachError("这条推送已经有人批准了，请返回再看"), 409, "已经有人批准"),
    "content": (ContentErrors([ContentError("标题太长，最多30个字")]), 409, "最多30个字"),
    "store": (StoreError("database: connection refused"), 503, "数据库暂时连不上"),
    "platform": (SendError("errmsg: invalid ip", 40164), 503, "（错误码 40164）"),
    "silent": (SendError("no answer"), 503, "（没有回应）"),
    "bug": (ZeroDivisionError("secret of the code"), 500, "请联系安装人员查看日志"),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = make_office(tmp_path_factory.mktemp("faults"))
    held.app.testing = False  # as in service: an error becomes a page
    pages = Pages("faulty", __name__, "/staff/faulty")

    def raising(path: str, error: Exception) -> None:
        def fail() -> str:
            raise error

        fail.__name__ = path
        pages.get(f"/{path}", Permission.SIGNED_IN)(fail)
        fail.__name__ = f"post_{path}"
        pages.post(f"/{path}", Permission.SIGNED_IN, max_bytes=1000)(fail)

    for path, (error, _code, _said) in FAULTS.items():
        raising(path, error)
    held.app.register_blueprint(pages.blueprint)
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def author(office: Office) -> Client:
    return office.sign_in(Role.AUTHOR)


def checked(answer: TestResponse, code: int, said: str, *, signed_in: bool = True) -> str:
    """The text of an error page, after a look at what all of them must have."""
    page = answer.text
    assert answer.status_code == code
    assert answer.mimetype == "text/html"
    assert said in page
    assert 'href="/staff/"' in page  # there is a way on
    assert "<h1>" in page
    assert "console.css" in page
    assert ("主菜单" in page) is signed_in
    assert not [word for word in ("Traceback", "secret of", "errmsg", "connection refused") if word in page]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    return page


@pytest.mark.parametrize("path", FAULTS)
def test_what_a_view_raises_is_a_page_and_a_part_of_one(author: Client, path: str) -> None:
    _error, code, said = FAULTS[path]
    page = checked(author.get(f"/staff/faulty/{path}?day=1"), code, said)
    assert ("再试一次" in page) is (code >= 429)
    assert ('href="/staff/faulty/' + path + '?day=1"' in page) is (code >= 429)
    sent = checked(author.post(f"/staff/faulty/{path}"), code, said)
    assert "填过的内容还在" in sent
    part = author.part(f"/staff/faulty/{path}")
    assert part.status_code == code
    assert said in part.text
    assert "<h1>" not in part.text


def test_what_cannot_be_asked_for_is_a_page(author: Client) -> None:
    checked(author.get("/staff/conversations/1/new?after=x"), 404, "没有找到")
    checked(author.get("/staff/nowhere"), 404, "没有找到")
    checked(author.app.test_client().get("/staff/nowhere"), 404, "没有找到", signed_in=False)
    checked(author.get("/staff/accounts"), 403, "您的角色不能做这件事")
    checked(author.get("/staff/outreach/broadcasts/1/submit"), 405, "请从页面上的按钮进入")
    checked(author.post("/staff/outreach/broadcasts/1/approve"), 403, "您的角色不能做这件事")
    handler = author.app.test_client()
    checked(handler.post("/staff/sign-in", data={}), 403, "表单已经过期", signed_in=False)


def test_a_part_of_a_page_that_is_opened_by_itself_looks_like_a_page(author: Client) -> None:
    for path, whole in (
        ("/staff/knowledge/articles", "/staff/knowledge/"), ("/staff/conversations/lists", "/staff/conversations/"),
        ("/staff/outreach/feeds/part", "/staff/outreach/"), ("/staff/outreach/tips/ahead", "/staff/outreach/tips"),
    ):  # fmt: skip
        page = author.get(path).text
        assert "主菜单" in page
        assert "打开整个页面" in page
        assert f'href="{whole}' in page
        assert "主菜单" not in author.part(path).text


def test_what_cannot_be_read_or_is_too_large_is_a_page(office: Office, author: Client) -> None:
    large = author.post("/staff/faulty/conflict", {"text": "字" * 2000})
    checked(large, 413, "压缩或分成几份")
    approver = office.sign_in(Role.APPROVER)
    checked(approver.post("/staff/knowledge/words/publish", {"version": "x"}), 400, "没能读懂")
    checked(author.post("/staff/knowledge/words", {"pairs": "a\0b"}), 422, "看不见的空字符")


def test_whoever_is_not_signed_in_is_told_why_and_comes_back(office: Office) -> None:
    nobody = office.app.test_client()
    sent_on = nobody.get("/staff/outreach/broadcasts?state=ready")
    assert sent_on.status_code == 303
    page = nobody.get(sent_on.location)
    assert "登录后会回到您要去的页面" in page.text
    assert "登录后会回到" not in nobody.get("/staff/sign-in").text


def test_what_was_sent_after_the_session_ended_is_offered_again(office: Office) -> None:
    late = office.sign_in(Role.AUTHOR)
    office.pass_time(days=2)
    answer = late.post("/staff/outreach/broadcasts/new", {"title": "夜里写的", "public-body": "很长的一段话"})
    assert answer.location.startswith("/staff/sign-in")
    word = office.services.sessions.begin(late.staff.id, is_proven=True, address="127.0.0.1", now=office.now)
    back = Client(office.app, late.staff, word, "")
    page = back.get("/staff/parked").text
    assert "刚才填的内容还在" in page
    assert "很长的一段话" in page
