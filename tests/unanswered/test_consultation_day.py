"""A consultation day from the reminder a week before to the thanks of the day after, with what was promised on it."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.ingest.plans.proposal import Fact, FactKind, Proposal
from bot.outreach import book as books
from bot.outreach import drafts
from bot.outreach.calendar import Calendar
from bot.outreach.content import Level
from bot.outreach.tables import broadcast
from bot.settings import BEIJING
from bot.staff import Role
from bot.store.tables import message_log
from tests.console.pages import Office
from tests.outreach.calendar.conftest import BOOK, KNOWLEDGE

from .conftest import ALICE, ANSWER, BOB, ME, PHRASINGS, TOLD, YOU, House

UNANSWERED = "/staff/knowledge/unanswered/"
DRONE = "无人机巡检要登记吗"
MENU = [{"type": "click", "name": "平日", "key": "帮助", "sub_button": []}]


def plan(*days: date) -> Proposal:
    facts = (
        Fact(id=f"event-{n}", kind=FactKind.EVENT, section="四", confidence=1.0, what="安全宣传咨询日活动",
             date=day.isoformat(), sentence=f"{day.month}月{day.day}日开展安全宣传咨询日活动。")
        for n, day in enumerate(days, 1)
    )  # fmt: skip
    return Proposal(title="活动方案", year=days[0].year, region="", facts=tuple(facts))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), BEIJING).astimezone(UTC)


@pytest.fixture
def days(house: House, tmp_path: Path) -> tuple[date, date]:
    """Today and tomorrow, both of them the day here by an accepted plan: the test may run at midnight."""
    services, today = house.services, datetime.now(BEIJING).date()
    both = (today, today + timedelta(days=1))
    held, _ = services.plan_desk.store(plan(*both), "方案.docx", ME)
    services.plan_desk.accept(held.id, ["event-1", "event-2"], ME)
    for name, text in (("calendar.yaml", KNOWLEDGE), ("reminders.yaml", BOOK)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    book = books.load(tmp_path / "reminders.yaml", tmp_path, "广东省江门市")
    settings = services.settings.outreach
    services.__dict__["calendar"] = Calendar(services.database, lambda: book, lambda: settings)
    return both


def written(house: House, campaign: str) -> list[str]:
    """What the calendar wrote of a reminder, for review."""
    with house.services.database.begin() as db:
        found = [b for b in drafts.listed(db) if b.draft.campaign.startswith(campaign)]
    return [b.draft.content[Level.PUBLIC].text for b in found]


def menu(house: House) -> str:
    with house.wechat.lock:
        shown = house.wechat.state.menu or [{"name": ""}]
        return str(shown[0]["name"])


def test_the_day_from_its_reminders_to_its_thanks(house: House, days: tuple[date, date]) -> None:
    services = house.services
    house.wechat.state.menu = [dict(button) for button in MENU]
    services.day_menu.propose(ME, house.now)
    services.day_menu.approve(YOU, house.now)

    # The week before and the day before the officers are reminded, in the morning everybody.
    coming = services.calendar.firings(at(days[0] - timedelta(days=10), 0), at(days[0], 23))
    told = {f.reminder for f in coming if f.day == days[0]}
    assert {"consult-officer", "consult-day"} <= told

    # The account is dressed for the day, greets with it, and promises an answer to who asks in vain.
    services.remind(at(days[0], 8, 31))
    assert menu(house) not in ("", "平日")
    assert written(house, f"consult-day:{days[0]}")
    assert "今天是安全宣传咨询日" in house.wechat.follow(ALICE).text
    assert house.says(ALICE, DRONE).text.startswith("今天是咨询日")
    assert ANSWER not in house.says(BOB, "几度停工").text
    house.settle()
    with services.database.begin() as db:
        hers = (message_log.c.address == ALICE, message_log.c.text != "")
        asked_at = db.scalar(sa.select(message_log.c.at).where(*hers))
    assert asked_at
    day = asked_at.replace(tzinfo=UTC).astimezone(BEIJING).date()

    # Staff find the question within minutes, answer it, and the answer comes to who asked.
    services.consult(datetime.now(UTC))
    [cluster] = services.promised(day, datetime.now(UTC))
    house.answer(cluster.id)
    house.publish(cluster.id)
    services.tell_askers(house.now)
    [message] = house.phone(ALICE)
    assert message.startswith(TOLD)
    assert ANSWER in message
    services.tell_askers(house.now)
    assert len(house.phone(ALICE)) == 1
    assert services.promised(day, house.now) == []

    # The morning after: thanks with true figures, once; and the menu is as it was.
    for _ in range(2):
        services.remind(at(day + timedelta(days=1), 9, 1))
    [thanks] = written(house, f"consult-thanks:{day}")
    assert "共有2人问了2个问题" in thanks
    assert "提问的人后来都已收到答复" in thanks
    services.remind(at(days[1] + timedelta(days=1), 9, 1))
    assert menu(house) == "平日"


def test_staff_do_the_day_by_its_pages(house: House, days: tuple[date, date]) -> None:
    services = house.services
    office = Office(services, now=datetime.now(UTC))
    office.console.factor_is_needed = False
    author, approver = office.sign_in(Role.AUTHOR), office.sign_in(Role.APPROVER)
    services.remind(at(days[0], 8, 31))
    house.wechat.follow(ALICE)
    house.says(ALICE, DRONE)
    house.settle()
    services.consult(datetime.now(UTC))
    office.now = datetime.now(UTC)

    # What was promised is on the page of the day and among what could not be answered: written by one ...
    [cluster] = [c for c in services.promised(days[0], office.now) if DRONE in c.examples]
    assert "没答上的问题" in author.get(f"/staff/outreach/programme?day={days[0]}").text
    assert author.get(f"{UNANSWERED}{cluster.id}").status_code == 200  # waits until the groups are made
    assert f"{UNANSWERED}{cluster.id}" in author.get(UNANSWERED).text
    given = {"title": DRONE, "told": ANSWER, "source": "江海区无人机巡检办法", "phrasings": "\n".join(PHRASINGS)}
    assert author.post(f"{UNANSWERED}{cluster.id}/answer", given).status_code == 303

    # ... and published by another, who sees what askers will read, and afterwards how many did.
    page = approver.get(f"{UNANSWERED}{cluster.id}").text
    assert "发布后提问人会收到" in page
    assert TOLD in page
    assert "审核通过，发布并告知提问人" in page
    assert approver.post(f"{UNANSWERED}{cluster.id}/publish", {"version": "1"}).status_code == 303
    services.tell_askers(house.now)
    [message] = house.phone(ALICE)
    assert message in html.unescape(page)
    assert "已告知：1 人" in approver.get(f"{UNANSWERED}{cluster.id}").text

    # The morning after the thanks wait on Today, with their figures, and go out once they are approved.
    services.remind(at(days[0] + timedelta(days=1), 9, 1))
    office.now = at(days[0] + timedelta(days=1), 9, 5)
    late = office.sign_in(Role.APPROVER)
    assert "推送等您审核" in late.get("/staff/").text
    step = late.get(f"/staff/outreach/programme?day={days[0]}").text.partition("致谢：")[2]
    link = re.search(r'href="(/staff/outreach/broadcasts/\d+)">打开推送', step.partition("</li>")[0])
    assert link, step[:300]
    page = late.get(link[1]).text
    assert "共有1人问了1个问题" in page
    assert "提问的人后来都已收到答复" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    approved = late.post(f"{link[1]}/approve", {"version": version[1], "then": "send"})
    assert approved.status_code == 303, approved.text
    with services.database.begin() as db:
        state = db.scalar(sa.select(broadcast.c.state).where(broadcast.c.id == int(link[1].rsplit("/", 1)[-1])))
    assert state in ("sending", "sent")
    assert "致谢" in late.get(f"/staff/outreach/programme?day={days[0]}").text
