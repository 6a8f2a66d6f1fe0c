"""Who is reached by which way, why others are not, and what forbids to begin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.sms.sender import sender
from bot.errors import OutreachError
from bot.outreach import rates
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.outreach.planner import WHY, whole
from bot.outreach.states import State
from bot.sending import Kind, Message
from bot.settings import OutreachSettings, SmsSettings

from .conftest import APPROVER, AUTHOR, NOON, Office, words

LISTS = ("official.mass",)
NOTICE = Message(text="高温天气", template="T1", fields={"thing1": "高温提醒"})


def senders(office: Office, number: int) -> dict[int, str]:
    return {person: row[0] for person, row in office.ledger(number).items()}


def why(office: Office, number: int) -> dict[int, str]:
    return {person: row[3] for person, row in office.ledger(number).items()}


def test_each_person_is_sent_to_by_the_cheapest_way_that_works(office: Office) -> None:
    (open_,) = office.writers(1)
    (used_up,) = office.writers(1, window_sent=5)
    (closed,) = office.people(1, last_message_at=NOON - timedelta(hours=49))
    allowed, both = office.people(1), office.writers(1)
    office.consents([*allowed, *both], "T1")
    office.consents([closed], "another")
    (colleague,) = office.people(1, channel="wecom")
    (group,) = office.people(1, channel="robot")
    (phone,) = office.people(1, channel="sms")
    channels = ("official.service", "official.notice", "official.mass", "wecom.app", "wecom.robot", "sms")
    held = office.started(words(content={Level.PUBLIC: NOTICE}, channels=channels))
    assert senders(office, held.id) == {
        open_: "official.service",
        used_up: "official.mass",
        closed: "official.mass",
        allowed[0]: "official.notice",
        both[0]: "official.service",
        colleague: "wecom.app",
        group: "wecom.robot",
        phone: "sms",
    }


def test_text_messages_are_sent_only_where_the_broadcast_asks_for_them(office: Office) -> None:
    office.writers(1)
    (phone,) = office.people(1, channel="sms")
    held = office.started(words())
    assert senders(office, held.id)[phone] == ""
    assert why(office, held.id)[phone] == "no_channel"


@pytest.mark.parametrize(
    ("channels", "reasons"),
    [
        (("official.service",), {"window_closed": 2, "window_used_up": 1}),
        (("official.notice",), {"no_consent": 3}),
        (("official.service", "official.notice"), {"no_window_no_consent": 3}),
    ],
)
def test_who_is_not_reached_is_told_with_the_reason(
    office: Office, channels: tuple[str, ...], reasons: dict[str, int]
) -> None:
    office.consents(office.writers(1), "T1")
    office.people(1)
    office.people(1, last_message_at=NOON - timedelta(hours=48))
    office.writers(1, window_sent=5)
    held = office.desk.write(words(content={Level.PUBLIC: NOTICE}, channels=channels), AUTHOR, NOON)
    found = office.desk.reach(held.id, NOON)
    assert (found.audience, found.people, found.unreachable) == (4, 1, reasons)
    assert all(WHY[reason] for reason in reasons)


def test_those_who_left_are_not_of_the_audience(office: Office) -> None:
    office.writers(1)
    office.writers(1, state="left")
    assert office.desk.reach(office.desk.write(words(), AUTHOR, NOON).id, NOON).audience == 1


def test_officers_workers_and_the_public_are_told_in_their_own_words(office: Office) -> None:
    (public,) = office.writers(1, audience="家庭")
    worker, welder = office.writers(1, audience="企业")[0], office.writers(1, post="焊工")[0]
    (officer,) = office.writers(1, audience="企业")
    office.officer(officer)
    said = {level: Message(text=f"给{level}的话") for level in Level}
    held = office.started(words(content=said))
    levels = {person: row[1] for person, row in office.ledger(held.id).items()}
    assert levels == {public: "public", worker: "worker", welder: "worker", officer: "officer"}
    office.deliver(held.id)
    told = {calls[0][0]: calls[1].text for calls in office.senders["official.service"].calls}
    assert told[f"o{officer:027d}"] == "给officer的话"


def test_people_without_words_of_their_own_share_the_list_of_the_public(office: Office) -> None:
    office.people(2)
    office.people(1, audience="企业")
    held = office.started(words(channels=LISTS))
    office.deliver(held.id)
    assert [len(addresses) for addresses, _ in office.senders["official.mass"].calls] == [3]


def test_one_person_alone_is_no_list(office: Office) -> None:
    office.people(1)
    office.writers(1)
    held = office.approved(words())
    found = office.desk.reach(held.id, NOON)
    assert found.unreachable == {"too_few": 1}
    office.desk.start(held.id, APPROVER, NOON)
    office.deliver(held.id)
    assert office.desk.get(held.id).state is State.SENT
    assert sorted(row[2] for row in office.ledger(held.id).values()) == ["sent", "skipped"]


def sent_by_list(office: Office, count: int) -> None:
    for n in range(count):
        held = office.started(words(f"本月第 {n} 次", channels=LISTS))
        office.deliver(held.id)


def test_the_last_mass_message_of_the_month_is_not_used_without_saying_so(office: Office) -> None:
    office.people(3)
    sent_by_list(office, 2)
    held = office.approved(words(channels=LISTS))
    with pytest.raises(OutreachError, match=r"3 人本月的群发就只剩应急用的 1 次.*mass_left: 2"):
        office.desk.start(held.id, APPROVER, NOON)
    wrong = office.approved(words("又一份", channels=LISTS, mass_left=3))
    with pytest.raises(OutreachError, match="还剩 3 次，现在是 2 次"):
        office.desk.start(wrong.id, APPROVER, NOON)
    said = office.approved(words("还有一份", channels=LISTS, mass_left=2))
    office.desk.start(said.id, APPROVER, NOON)
    office.deliver(said.id)
    kept = office.desk.reach(office.desk.write(words("再一份", channels=LISTS), AUTHOR, NOON).id, NOON)
    assert kept.unreachable == {"mass_used_up": 3}


def test_the_mass_message_that_is_kept_is_for_emergencies(office: Office) -> None:
    office.people(3)
    sent_by_list(office, 2)
    office.deliver(office.started(words(channels=LISTS, mass_left=2)).id)
    urgent = office.desk.write(words("台风红色预警", urgent=True, channels=LISTS), AUTHOR, NOON)
    assert any("应急" in note for note in office.desk.reach(urgent.id, NOON).notes)
    office.desk.alert(urgent.id, AUTHOR, "预警已发布", NOON)
    office.deliver(urgent.id)
    none_left = office.desk.write(words("台风解除", urgent=True, channels=LISTS), AUTHOR, NOON)
    assert office.desk.reach(none_left.id, NOON).unreachable == {"mass_used_up": 3}


def test_a_new_month_and_people_who_got_none_are_free(office: Office) -> None:
    office.people(2)
    sent_by_list(office, 2)
    office.deliver(office.started(words(channels=LISTS, mass_left=2)).id)
    new = office.people(2)
    held = office.approved(words("新人", channels=LISTS))
    office.desk.start(held.id, APPROVER, NOON)
    assert {p for p, s in senders(office, held.id).items() if s} == set(new)
    july = NOON + timedelta(days=15)
    found = office.desk.reach(office.desk.write(words("七月", channels=LISTS), AUTHOR, july).id, july)
    assert (found.people, found.unreachable, found.blockers) == (4, {}, ())


def test_mass_messages_that_nobody_got_count_for_nothing(office: Office) -> None:
    office.people(2)
    for n in range(3):
        held = office.started(words(f"第 {n} 次", channels=LISTS))
        office.desk.cancel(held.id, AUTHOR, "", NOON)
    assert office.desk.reach(office.desk.write(words(channels=LISTS), AUTHOR, NOON).id, NOON).people == 2


def test_reach_tells_calls_quota_time_and_cost(office: Office) -> None:
    office.people(2)
    office.writers(3)
    office.people(2, channel="sms")
    with office.database.begin() as db:
        rates.use(db, "gh", "official.mass", rates.day(NOON), 7)
    held = office.desk.write(words("字" * 71, channels=("official.service", "official.mass", "sms")), AUTHOR, NOON)
    found = office.desk.reach(held.id, NOON)
    service, lists, sms = found.ways
    assert (service.people, service.calls, service.quota and service.quota.left) == (3, 3, 500_000)
    assert (lists.people, lists.calls, lists.quota and lists.quota.left, lists.duration_s) == (2, 1, 93, 1.0)
    assert (sms.people, sms.yuan) == (2, 0)  # a sender that names no price has none
    assert found.blockers == ()


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (Message(text="字" * 58), 1),
        (Message(text="字" * 59), 2),  # with 【江海安】 in front and the way out behind it
        (Message(text="字" * 40, url="https://example.org/notices/1"), 2),
        (Message(text="😀" * 32), 2),  # each travels as two characters
    ],
)
def test_text_messages_are_priced_as_they_come_to_the_telephone(office: Office, message: Message, parts: int) -> None:
    office.people(3, channel="sms")
    by_phone = sender(SmsSettings(provider="aliyun", sign="江海安", marketing=True))
    assert by_phone
    office.senders["sms"] = by_phone
    draft = replace(words(channels=("sms",)), content={Level.PUBLIC: message})
    (sms,) = office.desk.reach(office.desk.write(draft, AUTHOR, NOON).id, NOON).ways
    assert sms.yuan == pytest.approx(3 * parts * OutreachSettings().sms_yuan)


def test_what_the_quota_of_the_day_does_not_hold_is_a_blocker(office: Office) -> None:
    office.people(2)
    with office.database.begin() as db:
        rates.use(db, "gh", "official.mass", rates.day(NOON), 100)
    held = office.approved(words(channels=LISTS))
    with pytest.raises(OutreachError, match=r"按名单群发要调用 1 次，今天的额度只剩 0 次"):
        office.desk.start(held.id, APPROVER, NOON)


def test_a_way_that_is_not_set_up_is_pointed_out(office: Office) -> None:
    office.writers(1)
    del office.senders["official.mass"]
    found = office.desk.reach(office.desk.write(words(channels=("official.service", *LISTS)), AUTHOR, NOON).id, NOON)
    assert found.notes == ("按名单群发没有配置，不会使用",)


def test_a_draft_that_is_not_right_yet_can_be_checked_all_the_same(office: Office) -> None:
    office.writers(1)
    found = office.desk.reach(office.desk.write(words(channels=("official.service", "fax")), AUTHOR, NOON).id, NOON)
    assert (found.people, found.notes) == (1, ("发送方式 fax 不认识，不会使用",))


def all_at_once(text: str = "通知", **values: object) -> Draft:
    return replace(words(text, channels=("official.tag",)), **values)  # type: ignore[arg-type]


def test_a_whole_account_is_told_by_one_call_that_lists_nobody(office: Office) -> None:
    people = [*office.people(5), *office.writers(1)]
    held = office.started(all_at_once())
    office.deliver(held.id)
    assert office.senders["official.tag"].calls == [(("",), Message(text="通知"))]
    assert {p: row[2] for p, row in office.ledger(held.id).items()} == dict.fromkeys(people, "sent")
    assert office.desk.get(held.id).state is State.SENT


def test_a_tag_is_told_by_its_name(office: Office) -> None:
    office.people(2)
    held = office.started(all_at_once(audience={"all": [{"field": "tag", "values": ["企业"]}]}))
    office.deliver(held.id)
    assert [addresses for addresses, _ in office.senders["official.tag"].calls] == [("企业",)]


def test_an_account_of_the_smaller_kind_sends_once_a_day_to_all(office: Office) -> None:
    office.settings = OutreachSettings(account_type="subscription")
    office.people(2)
    office.deliver(office.started(all_at_once()).id)
    second = office.approved(all_at_once("第二份"))
    with pytest.raises(OutreachError, match="今天的额度只剩 0 次"):
        office.desk.start(second.id, APPROVER, NOON)
    tomorrow = NOON + timedelta(days=1)
    office.desk.start(second.id, APPROVER, tomorrow)
    lists = office.desk.write(words(channels=LISTS), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="公众号不能用按名单群发"):
        office.desk.submit(lists.id, AUTHOR, "", NOON)


def test_wechat_knows_no_other_groups_than_all_and_a_tag(office: Office) -> None:
    region = {"all": [{"field": "region", "values": ["广东省"]}]}
    held = office.desk.write(all_at_once(audience=region), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="只能是全部粉丝或一个标签"):
        office.desk.submit(held.id, AUTHOR, "", NOON)


@pytest.mark.parametrize(
    ("rule", "target"),
    [
        ({}, ""),
        ({"all": [{"field": "channel", "values": ["official"]}]}, ""),
        ({"field": "tag", "values": ["企业"]}, "企业"),
        ({"all": [{"field": "tag", "values": ["企业", "学校"]}]}, None),
        ({"not": [{"field": "tag", "values": ["企业"]}]}, None),
        ({"any": [{"field": "tag", "values": ["企业"]}]}, None),
        ({"all": [{"all": [{"field": "tag", "values": ["企业"]}]}]}, None),
    ],
)
def test_a_rule_is_told_to_wechat_only_if_it_is_one_tag(rule: dict[str, object], target: str | None) -> None:
    assert whole(rule) == target


def wrong(office: Office, draft: Draft) -> str:
    held = office.desk.write(draft, AUTHOR, NOON)
    with pytest.raises(OutreachError) as told:
        office.desk.submit(held.id, AUTHOR, "", NOON)
    assert office.desk.get(held.id).state is State.DRAFT
    return str(told.value)


@pytest.mark.parametrize(
    ("message", "channels", "told"),
    [
        (
            Message(text="字" * 683),
            ("official.service",),
            "公众版，客服消息：最多 2048 字节（约 682 个汉字），现在 2049 字节",
        ),
        (Message(text=" "), ("official.service",), "公众版：没有正文"),
        (Message(kind=Kind.NOTICE, template="T"), ("official.notice",), "没有填模板的各项内容"),
        (
            Message(kind=Kind.NOTICE, template="T", fields={"thing1": "字" * 21}),
            ("official.notice",),
            "模板项 thing1 须为20 个字以内",
        ),
        (Message(kind=Kind.NOTICE, template="T", fields={"phrase2": "abc"}), ("official.notice",), "5 个以内的汉字"),
        (Message(kind=Kind.NOTICE, template="T", fields={"foo": "abc"}), ("official.notice",), "模板项 foo 不认识"),
        (Message(kind=Kind.NEWS, title="标题", url="https://a.cn/"), ("official.mass",), "群发图文草稿要先"),
        (Message(kind=Kind.IMAGE, media="m"), ("wecom.app",), "公众版是图片，选用的方式都发不了"),
        (Message(kind=Kind.FILE, text="方案", url="ftp://a/b"), ("official.service",), "须以 http:// 或 https:// 开头"),
        (Message(kind=Kind.FILE, text="方案"), ("official.service",), "没有文件的链接"),
        (Message(text="字" * 501), ("sms",), "短信最多 500 字"),
        (Message(text="好"), ("fax",), "发送方式 fax 不认识"),
        (Message(text="好"), (), "没有选用发送方式"),
    ],
)
def test_what_a_platform_would_refuse_is_told_before_review(
    office: Office, message: Message, channels: Iterable[str], told: str
) -> None:
    assert told in wrong(office, words(content={Level.PUBLIC: message}, channels=tuple(channels)))


def test_all_that_is_wrong_is_told_at_once(office: Office) -> None:
    told = wrong(office, Draft(title="", content={Level.PUBLIC: Message()}, channels=("fax",)))
    assert len(told.splitlines()) == 3


def test_a_sample_shows_ways_but_no_addresses(office: Office) -> None:
    office.writers(3, region="广东省江门市")
    held = office.desk.write(words(), AUTHOR, NOON)
    shown = office.desk.sample(held.id, 2, NOON)
    assert [row["sender"] for row in shown] == ["official.service"] * 2
    assert "address" not in shown[0]
