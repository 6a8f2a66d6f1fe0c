"""Staff take a visitor of the chat page over, answer with a snippet of the bot, and hand back; in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread

import pytest
from flask.testing import FlaskClient
from selenium.webdriver.common.by import By
from werkzeug.serving import make_server

from bot.staff import Role
from tests.console.pages import Office, make_office
from tests.small_office import small_office
from tests.system.console_browser import Desk, Site, browser_marks, desk  # noqa: F401
from tests.unanswered.conftest import keeper_of

pytestmark = browser_marks
HOME = "/staff/conversations/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The app behind a port, with the knowledge of the small office."""
    content, first = small_office(tmp_path_factory.getbasetemp() / "small-office")
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(content / "var" / "index", folder / "index")
    office = make_office(folder, knowledge_dir=content / "knowledge")
    office.services.__dict__["keeper"] = keeper_of(office.services, first)
    office.services.records.start()
    office.console.clock = lambda: datetime.now(UTC)
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(office, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join(120)
    server.server_close()
    office.services.close()


def asks(office: Office, *texts: str) -> FlaskClient:
    """A visitor of the chat page."""
    browser = office.app.test_client()
    for n, text in enumerate(texts):
        browser.post("/api/chat", json={"text": text, "id": f"m{n}"})
    office.services.records.stop()
    office.services.records.start()
    office.now = datetime.now(UTC)
    return browser


def test_a_visitor_is_taken_over_answered_and_handed_back(desk: Desk) -> None:  # noqa: F811
    desk.office.now = datetime.now(UTC)
    desk.sign_in(Role.HANDLER)
    desk.open(HOME)
    visitor = asks(desk.office, "多少度停工", "转人工")
    desk.sees("网页访客")  # by itself, without a reload
    desk._wait().until(lambda d: d.title.startswith("（"))
    desk.driver.find_element(By.CSS_SELECTOR, f"#lists a[href^='{HOME}']").click()
    desk.sees("对方要人工")
    desk.is_sound()
    desk.press("我来接待")
    desk.sees("会话由您接待了")

    visitor.post("/api/chat", json={"text": "夜里也停吗", "id": "live"})
    desk.sees("夜里也停吗")  # by itself, without a reload, and in sight
    bottom = "const t = document.getElementById('thread'); return t.scrollHeight - t.clientHeight - t.scrollTop"
    desk._wait().until(lambda d: d.execute_script(bottom) < 2)

    desk.press("放进回复框")
    desk._wait().until(lambda d: "四十度" in d.find_element(By.NAME, "reply").get_property("value"))
    desk.press("发送")
    desk.sees("已发出")
    desk.is_sound()
    news = visitor.get("/api/chat/news").json
    assert news
    assert "四十度停工" in news["news"][-1]["text"]

    desk.press("交还机器人")
    desk.press("确定交还机器人")
    desk.sees("已交还给机器人")
    assert desk.clicks <= 12


def test_search_leads_to_a_talk(desk: Desk) -> None:  # noqa: F811
    asks(desk.office, "没有人知道的潜水艇")
    desk.sign_in(Role.AUDITOR)
    desk.open(f"{HOME}search")
    desk.fill("词语", "潜水艇")
    desk.press("查找")
    desk.sees("没有人知道的潜水艇")
    desk.is_sound()
    desk.driver.find_element(By.CSS_SELECTOR, f"a[href^='{HOME}open/']").click()
    desk.sees("机器人在回答")
    desk.is_sound()


@pytest.mark.parametrize("desk", ["phone"], indirect=True)  # the page is the same at a desk
def test_staff_answer_appears_on_the_chat_page_by_itself(desk: Desk) -> None:  # noqa: F811
    desk.office.services.records.start()
    desk.driver.get(desk.site.base + "/")
    box = desk.driver.find_element(By.ID, "text")
    box.send_keys("转人工")
    desk.driver.find_element(By.CSS_SELECTOR, "button.send").click()
    desk.sees("记下")
    handler = desk.office.sign_in(Role.HANDLER)
    talks = desk.office.services.talks
    with talks.database.begin() as db:
        from bot.conversations import lists

        number = lists.waiting(db, handler.staff)[-1].id
    handler.post(f"{HOME}{number}/take")
    handler.post(f"{HOME}{number}/answer", {"reply": "您好，我在。", "key": f"chat-page-{desk.width}"})
    desk.sees("您好，我在。")
    desk.is_sound()
    handler.post(f"{HOME}{number}/back")
