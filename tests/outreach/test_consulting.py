"""Consultation mode: another greeting, a promise to who asks in vain, a menu by two persons; nothing on other days."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import Handler, Noted, QuestionUnanswered, Session, Turn, respond
from bot.errors import OutreachError, StoreError
from bot.messages import Inbound, MessageKind, Reply
from bot.outreach.consulting import Consulting, Day
from bot.outreach.day_menu import DayMenu
from bot.outreach.menu_buttons import Button
from bot.settings import BEIJING, ROOT
from bot.store.database import Database
from bot.store.tables import metadata

WORDS = tomllib.loads((ROOT / "knowledge" / "replies.toml").read_text(encoding="utf-8"))["consultation"]
DAY = date(2027, 6, 16)


def at(text: str, day: int = 16) -> datetime:
    return datetime.fromisoformat(f"2027-06-{day} {text}").replace(tzinfo=BEIJING)


def answers(inbound: Inbound, session: Session, _now: datetime, /) -> Turn:
    """Knows nothing of drones, and all else."""
    if "无人机" in inbound.text:
        return Turn(Reply("没有把握。"), session, (QuestionUnanswered("无人机", (), "unknown"),), Noted("unknown"))
    return Turn(Reply("您好。"), session)


def says(text: str, now: datetime, quiz: str = "", **facts: Any) -> str:
    mode = Consulting(lambda at: at.astimezone(BEIJING).date() == DAY, lambda: WORDS, quiz)
    handlers: list[Handler] = mode.handlers([answers])
    given = {"channel": "official", "kind": MessageKind.TEXT, "text": text} | facts
    inbound = Inbound(account="gh", address="o1", key="k", sent_at=0, **given)
    reply = respond(inbound, Session(), handlers, now).reply
    assert reply
    return reply.text


def test_who_asks_in_vain_is_promised_an_answer_on_the_day() -> None:
    assert says("无人机要登记吗", at("10:00")).startswith("今天是咨询日：您的问题今天内由工作人员答复")
    assert "没有把握" in says("无人机要登记吗", at("10:00"))
    assert "明天答复" in says("无人机要登记吗", at("18:00"))
    assert "没法给您回消息" in says("无人机要登记吗", at("10:00"), channel="web")


def test_other_days_and_other_answers_are_as_they_were() -> None:
    assert says("无人机要登记吗", at("23:59", 15)) == "没有把握。"
    assert says("无人机要登记吗", at("00:00", 17)) == "没有把握。"
    assert says("你好", at("10:00")) == "您好。"


def test_who_comes_on_the_day_is_greeted_with_it_and_the_quiz() -> None:
    event = {"kind": MessageKind.EVENT, "event": "subscribe"}
    assert "今天是安全宣传咨询日" in says("", at("10:00"), **event)
    assert says("", at("10:00"), "https://q.cn/1", **event).endswith("安全答题：https://q.cn/1")
    assert says("", at("10:00", 17), **event) == "您好。"


def test_a_reply_that_would_not_fit_stays_as_it_was() -> None:
    assert says("无人机", at("10:00"), max_text_bytes=60) == "没有把握。"


def test_the_day_is_looked_up_now_and_then_and_outlives_a_database_that_is_away() -> None:
    asked: list[datetime] = []

    def ask(now: datetime) -> bool:
        asked.append(now)
        if len(asked) > 1:
            raise StoreError("away")
        return True

    day, now = Day(ask), datetime(2027, 6, 16, 1, tzinfo=UTC)
    assert [day(now), day(now + timedelta(minutes=4)), day(now + timedelta(minutes=6))] == [True] * 3
    assert len(asked) == 2


class Menus:
    """A menu desk that notes what it shows."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def dress(self, day: date, buttons: tuple[Button, ...], now: datetime) -> None:
        self.shown.append(buttons[0].name)

    def of_day(self) -> None:
        """Staff have left it to the file."""

    def undress(self, day: date, now: datetime) -> str:
        self.shown.append("usual")
        return "已换回"


def test_the_menu_of_the_day_needs_two_persons_and_again_after_an_edit(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(database.engine)
    held, menus = [Button(name="咨询", kind="click", value="帮助")], Menus()
    menu = DayMenu(database, menus, lambda: tuple(held))  # type: ignore[arg-type]
    with pytest.raises(OutreachError, match="还没有人提交"):
        menu.dress(DAY, at("00:00"))
    menu.propose("张三", at("00:00"))
    with pytest.raises(OutreachError, match="须由另一人"):
        menu.approve("张三", at("00:00"))
    menu.approve("李四", at("00:00"))
    menu.dress(DAY, at("00:00"))
    held[0] = Button(name="改了", kind="click", value="帮助")
    with pytest.raises(OutreachError, match="内容改过"):
        menu.dress(DAY, at("00:00"))
    menu.undress(DAY, at("00:00", 17))
    assert menus.shown == ["咨询", "usual"]
    database.close()
