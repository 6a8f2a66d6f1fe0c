"""A broadcast from draft to sent, by two persons: what may be done when, by whom, and what is on record."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import OutreachError
from bot.outreach.content import Level
from bot.outreach.states import Move, State
from bot.sending import Message
from bot.settings import BEIJING

from .conftest import APPROVER, AUTHOR, NOON, Office, words

NIGHT = NOON + timedelta(hours=11)


def test_two_persons_bring_a_broadcast_from_draft_to_sent(office: Office) -> None:
    people = office.writers(3)
    held = office.started(words())
    assert held.state is State.SENDING
    office.deliver(held.id)
    assert office.desk.get(held.id).state is State.SENT
    assert sorted(office.senders["official.service"].reached) == [f"o{n:027d}" for n in people]
    told = [(e.who, e.move) for e in office.desk.history(held.id)]
    by_hand = [(AUTHOR, Move.EDIT), (AUTHOR, Move.SUBMIT), (APPROVER, Move.APPROVE), (APPROVER, Move.START)]
    assert told == [*by_hand, ("system", Move.FINISH)]


def test_whoever_wrote_or_edited_it_does_not_approve(office: Office) -> None:
    desk = office.desk
    held = desk.write(words(), AUTHOR, NOON)
    held = desk.edit(held.id, words("改过的"), held.version, APPROVER, "", NOON)
    desk.submit(held.id, AUTHOR, "", NOON)
    for who in (AUTHOR, f" {AUTHOR} ", "张　三", "张\u200b三", APPROVER):
        with pytest.raises(OutreachError, match="须由另一人审核"):
            desk.approve(held.id, held.version, who, "", NOON)
    assert desk.approve(held.id, held.version, "王五", "", NOON).state is State.APPROVED


def test_one_person_is_not_two_by_another_name(office: Office) -> None:
    desk = office.desk
    for name, display in (("zhangsan", "张三"), ("zs2", "张三"), ("lisi", "李四"), ("wangwu", "王五")):
        office.account(name, display)
    held = desk.write(words(), "zhangsan", NOON)
    desk.submit(held.id, "zhangsan", "", NOON)
    for who in ("ZhangSan", "张三", "張三", "ｚｈａｎｇｓａｎ", "zs2"):
        with pytest.raises(OutreachError, match="须由另一人审核"):
            desk.approve(held.id, held.version, who, "", NOON)
    assert desk.approve(held.id, held.version, "lisi", "", NOON).state is State.APPROVED


def test_nobody_acts_without_a_name(office: Office) -> None:
    with pytest.raises(OutreachError, match="是谁"):
        office.desk.write(words(), "  ", NOON)


def test_an_approver_approves_the_version_that_was_read(office: Office) -> None:
    desk = office.desk
    held = desk.write(words(), AUTHOR, NOON)
    desk.submit(held.id, AUTHOR, "", NOON)
    desk.edit(held.id, words("改过的"), held.version, AUTHOR, "", NOON)
    desk.submit(held.id, AUTHOR, "", NOON)
    with pytest.raises(OutreachError, match="第 1 版，现在是第 2 版"):
        desk.approve(held.id, 1, APPROVER, "", NOON)


@pytest.mark.parametrize(
    "change",
    [
        {"content": {Level.PUBLIC: Message(text="别的话")}},
        {"audience": {"all": [{"field": "region", "values": ["广东省"]}]}},
        {"channels": ("sms",)},
        {"title": "别的标题"},
        {"twice_ok": True},
    ],
)
def test_any_edit_voids_the_approval(office: Office, change: dict[str, object]) -> None:
    office.writers(1)
    held = office.approved(words())
    edited = office.desk.edit(held.id, replace(words(), **change), held.version, AUTHOR, "", NOON)  # type: ignore[arg-type]
    assert (edited.state, edited.approver, edited.approved_digest) == (State.DRAFT, "", "")
    with pytest.raises(OutreachError, match="现在是“草稿”，不能开始发送"):
        office.desk.start(held.id, APPROVER, NOON)


def test_an_edit_of_an_old_version_is_refused(office: Office) -> None:
    held = office.desk.write(words(), AUTHOR, NOON)
    office.desk.edit(held.id, words("一"), held.version, AUTHOR, "", NOON)
    with pytest.raises(OutreachError, match="最新一版"):
        office.desk.edit(held.id, words("二"), held.version, APPROVER, "", NOON)


def together(*deeds: Callable[[], object]) -> list[str]:
    """Do things at the same moment; what was refused."""
    ready, told = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], object]) -> None:
        ready.wait()
        try:
            deed()
        except OutreachError as e:
            told.append(str(e))

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_of_two_persons_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    office.writers(2)
    held, desk = office.approved(words()), office.desk
    (told,) = together(lambda: desk.start(held.id, AUTHOR, NOON), lambda: desk.start(held.id, APPROVER, NOON))
    assert "不能开始发送" in told or "刚才有别人动过" in told
    assert [e.move for e in desk.history(held.id)].count(Move.START) == 1
    assert len(office.ledger(held.id)) == 2


def test_of_two_alike_that_begin_together_one_goes(office: Office) -> None:
    office.writers(2)
    one, other, desk = office.approved(words()), office.approved(words()), office.desk
    (told,) = together(lambda: desk.start(one.id, AUTHOR, NOON), lambda: desk.start(other.id, AUTHOR, NOON))
    assert "24 小时内" in told
    assert sorted(len(office.ledger(held.id)) for held in (one, other)) == [0, 2]


def test_what_is_not_allowed_changes_nothing(office: Office) -> None:
    office.writers(1)
    held = office.desk.write(words(), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="现在是“草稿”，不能审核通过"):
        office.desk.approve(held.id, held.version, APPROVER, "", NOON)
    with pytest.raises(OutreachError, match="没有编号为 99 的群发"):
        office.desk.start(99, APPROVER, NOON)
    assert len(office.desk.history(held.id)) == 1


def test_pause_resume_and_cancel_leave_every_person_with_an_end(office: Office) -> None:
    people = office.writers(3)
    held = office.started(words())
    office.desk.pause(held.id, AUTHOR, "等一下", NOON)
    office.deliver(held.id)
    assert not office.senders["official.service"].calls
    office.desk.resume(held.id, AUTHOR, "", NOON)
    office.desk.cancel(held.id, APPROVER, "写错了", NOON)
    office.deliver(held.id)
    assert not office.senders["official.service"].calls
    assert {row[2:] for row in office.ledger(held.id).values()} == {("skipped", "cancelled")}
    assert len(office.ledger(held.id)) == len(people)
    assert office.desk.get(held.id).state is State.CANCELLED


def test_quiet_hours_hold_for_all_that_is_not_urgent(office: Office) -> None:
    office.people(1, last_message_at=NIGHT - timedelta(minutes=5))
    held = office.approved(words())
    with pytest.raises(OutreachError, match=r"静默时段.*请改到 2026-06-17 08:00 以后"):
        office.desk.start(held.id, APPROVER, NIGHT)
    with pytest.raises(OutreachError, match="静默时段"):
        office.desk.schedule(held.id, NIGHT, APPROVER, "", NOON)
    urgent = office.approved(words("暴雨红色预警", urgent=True))
    office.desk.start(urgent.id, APPROVER, NIGHT)
    assert "静默时段" in office.desk.history(urgent.id)[-1].why


def test_a_scheduled_broadcast_begins_once_when_its_time_comes(office: Office) -> None:
    office.writers(1)
    held = office.approved(words())
    office.desk.schedule(held.id, NOON + timedelta(hours=1), AUTHOR, "", NOON)
    assert office.desk.start_due(NOON + timedelta(minutes=59)) == []
    assert office.desk.start_due(NOON + timedelta(minutes=61)) == [held.id]
    assert office.desk.start_due(NOON + timedelta(minutes=61)) == []
    assert office.desk.get(held.id).state is State.SENDING


def test_a_time_that_has_passed_cannot_be_scheduled(office: Office) -> None:
    held = office.approved(words())
    with pytest.raises(OutreachError, match="已经过了"):
        office.desk.schedule(held.id, NOON, AUTHOR, "", NOON)


def test_what_cannot_begin_when_its_time_comes_goes_back_with_the_reason(office: Office) -> None:
    held = office.approved(words())
    office.desk.schedule(held.id, NOON + timedelta(hours=1), AUTHOR, "", NOON)
    assert office.desk.start_due(NOON + timedelta(hours=1)) == []
    back = office.desk.get(held.id)
    assert back.state is State.DRAFT
    assert "没有一个人能收到" in back.trouble
    assert back.approved_digest == ""


def test_after_a_night_of_downtime_it_begins_in_the_morning_or_has_failed(office: Office) -> None:
    office.people(1, last_message_at=NIGHT)
    late = office.approved(words())
    over = office.approved(words("到傍晚为止", until=NOON + timedelta(hours=6)))
    for held in (late, over):
        office.desk.schedule(held.id, NOON + timedelta(hours=1), AUTHOR, "", NOON)
    assert office.desk.start_due(NIGHT) == []
    assert office.desk.get(over.id).state is State.FAILED
    assert office.desk.start_due(datetime(2026, 6, 17, 8, 0, tzinfo=BEIJING).astimezone(UTC)) == [late.id]


def test_an_alert_goes_with_one_person_and_waits_for_a_second(office: Office) -> None:
    office.writers(1)
    held = office.desk.write(words("暴雨红色预警", urgent=True), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="写明理由"):
        office.desk.alert(held.id, AUTHOR, " ", NOON)
    office.desk.alert(held.id, AUTHOR, "预警信号已发布", NOON)
    waiting = office.desk.unconfirmed()
    assert [(u.held.id, u.who) for u in waiting] == [(held.id, AUTHOR)]
    with pytest.raises(OutreachError, match="须由另一人确认"):
        office.desk.confirm(held.id, AUTHOR, "", NOON)
    office.deliver(held.id)
    office.desk.confirm(held.id, APPROVER, "", NOON)
    with pytest.raises(OutreachError, match="李四 已经确认过"):
        office.desk.confirm(held.id, "王五", "", NOON)
    assert office.desk.unconfirmed() == []


def test_an_alert_that_was_stopped_is_confirmed_too_and_waits_no_more(office: Office) -> None:
    office.writers(3)
    office.account("zhangsan", AUTHOR)
    held = office.desk.write(words("暴雨红色预警", urgent=True), AUTHOR, NOON)
    office.desk.alert(held.id, AUTHOR, "预警信号已发布", NOON)
    office.desk.cancel(held.id, APPROVER, "信号已解除", NOON)
    assert [u.held.id for u in office.desk.unconfirmed()] == [held.id]
    with pytest.raises(OutreachError, match="张三 发出的，须由另一人确认"):
        office.desk.confirm(held.id, "zhangsan", "", NOON)
    office.desk.confirm(held.id, APPROVER, "不该发，已取消", NOON)
    assert office.desk.unconfirmed() == []
    assert office.desk.get(held.id).state is State.CANCELLED


def test_an_objection_stops_an_alert_and_stays_until_it_is_settled(office: Office) -> None:
    office.writers(3)
    office.account("zhangsan", AUTHOR)
    held = office.desk.write(words("暴雨红色预警", urgent=True), AUTHOR, NOON)
    office.desk.alert(held.id, AUTHOR, "预警信号已发布", NOON)
    for who, why, said in (
        (AUTHOR, "地区不对", "须由另一人"),
        ("zhangsan", "地区不对", "须由另一人"),
        (APPROVER, " ", "写明有什么异议"),
    ):
        with pytest.raises(OutreachError, match=said):
            office.desk.object_to(held.id, who, why, NOON)
    office.desk.object_to(held.id, APPROVER, "地区不对", NOON)
    assert office.desk.get(held.id).state is State.CANCELLED
    office.deliver(held.id)
    assert office.desk.progress(held.id).open == 0
    assert office.desk.unconfirmed() == []
    assert [(u.held.id, u.who, u.why) for u in office.desk.objected()] == [(held.id, APPROVER, "地区不对")]
    with pytest.raises(OutreachError, match="已经提出异议"):
        office.desk.confirm(held.id, "王五", "", NOON)
    with pytest.raises(OutreachError, match="须由另一人了结"):
        office.desk.settle(held.id, "zhangsan", "没事", NOON)
    with pytest.raises(OutreachError, match="怎么处理"):
        office.desk.settle(held.id, APPROVER, "", NOON)
    office.desk.settle(held.id, APPROVER, "已发更正", NOON)
    assert office.desk.objected() == []
    assert [(e.move, e.who, e.why) for e in office.desk.history(held.id)][-2:] == [
        (Move.OBJECT, APPROVER, "地区不对"), (Move.SETTLE, APPROVER, "已发更正"),
    ]  # fmt: skip


def test_an_alert_that_has_gone_out_is_objected_to_as_it_is(office: Office) -> None:
    office.writers(1)
    held = office.desk.write(words("暴雨红色预警", urgent=True), AUTHOR, NOON)
    office.desk.alert(held.id, AUTHOR, "预警信号已发布", NOON)
    office.deliver(held.id)
    before = office.desk.get(held.id)
    office.desk.object_to(held.id, APPROVER, "地区不对", NOON + timedelta(minutes=5))
    after = office.desk.get(held.id)
    assert (after.state, after.ended_at) == (State.SENT, before.ended_at)
    plain = office.desk.write(words("普通通知"), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="不是由一个人紧急发出的"):
        office.desk.object_to(plain.id, APPROVER, "不对", NOON)


def test_what_is_not_urgent_needs_two(office: Office) -> None:
    office.writers(1)
    held = office.desk.write(words(), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="须经另一人审核"):
        office.desk.alert(held.id, AUTHOR, "快", NOON)
    started = office.started(words())
    with pytest.raises(OutreachError, match="不用事后确认"):
        office.desk.confirm(started.id, "王五", "", NOON)


@pytest.mark.parametrize(
    "content",
    [
        {Level.PUBLIC: Message(text=" 今天 演练。\n")},
        {Level.PUBLIC: Message(text="今天演练。"), Level.OFFICER: Message(text="请到现场登记。")},
        {Level.PUBLIC: Message(text="明天演练。"), Level.WORKER: Message(text="班前会讲演练。")},
    ],
)
def test_the_same_to_one_level_is_the_same_whatever_the_others_read(
    content: dict[Level, Message], office: Office
) -> None:
    office.writers(1)
    office.writers(1, audience="企业")
    first = {Level.PUBLIC: Message(text="今天演练。"), Level.WORKER: Message(text="班前会讲演练。")}
    office.started(replace(words(), content=first))
    again = office.desk.write(replace(words(), content=content), AUTHOR, NOON + timedelta(hours=1))
    with pytest.raises(OutreachError, match="24 小时内"):
        office.desk.submit(again.id, AUTHOR, "", NOON + timedelta(hours=1))
    other = office.desk.write(words("后天演练。"), AUTHOR, NOON)
    office.desk.submit(other.id, AUTHOR, "", NOON)


def test_the_same_to_the_same_people_within_a_day_needs_a_reason(office: Office) -> None:
    office.writers(2, region="广东省")
    office.writers(1, region="湖南省")
    first = office.started(words(audience={"field": "region", "values": ["广东省"]}))
    again = office.desk.write(words(), AUTHOR, NOON + timedelta(hours=1))
    with pytest.raises(OutreachError, match=f"推送 {first.id}.*写明理由"):
        office.desk.submit(again.id, AUTHOR, "", NOON + timedelta(hours=1))
    elsewhere = office.desk.write(words(audience={"field": "region", "values": ["湖南省"]}), AUTHOR, NOON)
    office.desk.submit(elsewhere.id, AUTHOR, "", NOON)
    later = NOON + timedelta(hours=25)
    office.desk.submit(again.id, AUTHOR, "", later)
    with_reason = office.desk.write(words(reason="首次通知时间有误"), AUTHOR, NOON)
    office.desk.submit(with_reason.id, AUTHOR, "", NOON)


def test_two_alike_that_were_approved_together_do_not_both_go(office: Office) -> None:
    office.writers(2)
    one, other = office.approved(words()), office.approved(words())
    office.desk.start(one.id, APPROVER, NOON)
    with pytest.raises(OutreachError, match="24 小时内"):
        office.desk.start(other.id, APPROVER, NOON)
    assert office.ledger(other.id) == {}
    assert office.desk.get(other.id).state is State.APPROVED
