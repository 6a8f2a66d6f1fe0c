"""A broadcast in a browser: written by one, approved by another, delivered by a worker to the stand-in of WeChat."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from selenium.webdriver.common.by import By
from werkzeug.serving import make_server

from bot.outreach.delivering import Callers, Deliverer
from bot.outreach.effects import Effects
from bot.outreach.states import State
from bot.outreach.tables import batch
from bot.people.tables import follower
from bot.settings import WeChatSettings
from bot.simulator import Simulator, SimulatorConfig, create_app
from bot.simulator.crowd import Crowd
from bot.staff import Role
from tests.console.pages import NOW, Office, make_office
from tests.system.console_browser import Desk, Site, browser_marks, desk  # noqa: F401

pytestmark = browser_marks
HOME = "/staff/outreach"
#: Followers who wrote within 48 hours, and in all.
WRITERS, PEOPLE = 3, 8


@dataclass
class Town(Site):
    """The office and the platform that its messages go to."""

    wechat: Simulator

    def deliver(self, number: int, sender: str) -> None:
        """Do what a worker does, with the batches of one way."""
        services, ticks, callers = self.office.services, itertools.count(), Callers(2)
        clock = lambda: self.office.now + timedelta(seconds=next(ticks))  # noqa: E731  # lists have a rate
        worker = Deliverer(
            services.database, services.senders, Effects(), callers, account=services.settings.wechat.app_id,
            worker="w", clock=clock,
        )  # fmt: skip
        wanted = sa.select(batch.c.id).where(batch.c.broadcast_id == number, batch.c.sender == sender)
        with services.database.begin() as db:
            found = list(db.scalars(wanted))
        for one in found:
            worker.run(one)
        callers.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """An office whose official account is the stand-in's."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    wechat = Simulator(SimulatorConfig())
    wechat.state.gather(Crowd(PEOPLE, (), wechat.now()))
    platform = make_server("127.0.0.1", 0, create_app(wechat), threaded=True)
    account = WeChatSettings(
        app_id=wechat.config.app_id, secret=wechat.config.secret, token=wechat.config.token,
        api_base=f"http://127.0.0.1:{platform.server_port}/simulator",
    )  # fmt: skip
    office = make_office(tmp_path_factory.mktemp("site"), wechat=account)
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    threads = [threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True) for one in (platform, server)]
    for thread in threads:
        thread.start()
    follow(office, wechat)
    yield Town(office, f"http://127.0.0.1:{server.server_port}", wechat)
    for one, thread in zip((server, platform), threads[::-1], strict=True):
        one.shutdown()
        thread.join(10)
        one.server_close()
    office.services.close()


def follow(office: Office, wechat: Simulator) -> None:
    """Put the crowd of the platform among the followers of the office."""
    wrote = NOW - timedelta(hours=1)
    rows = [
        {
            "channel": "official", "account": wechat.config.app_id, "address": wechat.state.crowd.openid(rank),
            "state": "following", "window_sent": 0, "region": "广东省江门市江海区",
            "last_message_at": wrote if rank < WRITERS else None,
        }
        for rank in range(PEOPLE)
    ]  # fmt: skip
    with office.services.database.begin() as db:
        db.execute(sa.insert(follower), rows)


def writes(desk: Desk, label: str, text: str) -> None:  # noqa: F811
    """Fill a field and count the click into it."""
    desk.fill(label, text)
    desk.clicks += 1


def test_two_people_bring_a_draft_to_sent_and_watch_it(site: Town, desk: Desk) -> None:  # noqa: F811
    title = f"防暑提醒 {desk.width}"
    approver = desk.office.sign_in(Role.APPROVER)
    desk.sign_in(Role.AUTHOR)
    desk.open(f"{HOME}/broadcasts")
    desk.press("新建推送")
    writes(desk, "标题", title)
    writes(desk, "正文", f"今天最高37℃，12点到15点停止露天作业。{desk.width}")
    desk.sees("已自动保存")
    desk.is_sound()
    desk.press("保存并检查")
    desk.sees("已保存。")
    desk.sees(f"受众 {PEOPLE} 人，能收到 {PEOPLE} 人")
    desk.is_sound()
    desk.press("提交审核")
    desk.sees("等另一位同事审核")
    desk.is_sound()

    desk.become(approver)
    desk.open("/staff/")
    number = int(desk._one(f"//a[contains(., '{title}')]", title).get_attribute("href").rpartition("/")[2])
    desk.press(desk._one(f"//a[contains(., '{title}')]", title).text)
    desk.sees("请您审核")
    desk.is_sound()
    desk.press("审核通过")
    desk.sees("发送进度")
    desk.sees(f"已处理 0 / {PEOPLE} 人")
    desk.is_sound()
    page = desk.driver.find_element(By.TAG_NAME, "html")
    site.deliver(number, "official.service")
    desk.sees(f"已处理 {WRITERS} / {PEOPLE} 人")
    site.deliver(number, "official.mass")
    desk.sees("已发完")
    assert page == desk.driver.find_element(By.TAG_NAME, "html"), "seen live: the page was never loaded anew"
    desk.is_sound()
    assert desk.office.services.broadcasts.get(number).state is State.SENT
    assert desk.clicks <= 12
    desk.press("每个人的结果")
    desk.sees("…")
    desk.is_sound()


@pytest.mark.parametrize(
    "path",
    ["/broadcasts", "/calendar", "/calendar/list", "/programme", "/tips", "/warnings"],  # the walk sees the others
)
def test_pages_of_outreach_are_sound(desk: Desk, path: str) -> None:  # noqa: F811
    desk.sign_in(Role.APPROVER)
    desk.open(HOME + path)


def test_everybody_was_reached_once_by_each(site: Town) -> None:
    site.wechat.advance(60)
    assert site.wechat.wait_idle(10)
    kept = site.wechat.received
    reached = {kind: [content.tally.spread() for content in kept.all(kind)] for kind in ("service", "mass")}
    assert reached == {"service": [{1: WRITERS}] * 2, "mass": [{1: PEOPLE - WRITERS}] * 2}
