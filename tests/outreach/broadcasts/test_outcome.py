"""What became of a broadcast, in figures and as a workbook; tests to oneself; pictures; files."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.errors import OutreachError, Refusal
from bot.messages import Delivery
from bot.outreach import preview, written
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.outreach.outcome import REFUSALS, because, safe
from bot.outreach.planner import WHY
from bot.outreach.states import Move
from bot.outreach.ways import WAYS
from bot.sending import Kind, Message
from bot.settings import BEIJING

from .conftest import AUTHOR, NOON, Office, Platform, words


def test_progress_counts_every_person_and_says_why_some_get_nothing(office: Office) -> None:
    office.writers(2)
    office.people(1, channel="sms")
    held = office.started(words())
    assert office.desk.progress(held.id).open == 2
    office.senders["official.service"].refusal = Refusal.RECIPIENT_GONE
    office.deliver(held.id)
    found = office.desk.progress(held.id)
    assert (found.total, found.open) == (3, 0)
    assert found.people == {Delivery.PERMANENT_FAILURE: 2, Delivery.SKIPPED: 1}
    assert found.problems == {"recipient_gone": 2, "no_channel": 1}


def test_the_workbook_has_a_row_for_every_person_in_plain_words(office: Office, tmp_path: Path) -> None:
    office.writers(1, region="=HYPERLINK(1)")
    office.people(1, channel="sms", address="13800000000")
    held = office.started(words())
    office.deliver(held.id)
    assert office.desk.export(held.id, tmp_path / "r.xlsx", AUTHOR, NOON) == 2
    rows = list(load_workbook(tmp_path / "r.xlsx").active.values)
    assert rows[0][:4] == ("序号", "渠道", "粉丝编号", "地区")
    assert rows[1][1:9] == ("公众号", "…000001", "'=HYPERLINK(1)", None, "客服消息", "公众版", "平台已接收", None)
    assert rows[2][1] == "短信"
    assert rows[2][7:9] == ("未发送", WHY["no_channel"])
    assert "13800000000" not in str(rows)
    last = office.desk.history(held.id)[-1]
    assert (last.who, last.move, last.why) == (AUTHOR, Move.EXPORT, "2 行")


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@a", " =1", "\t=1", "\r1"])
def test_no_program_takes_a_cell_for_a_formula(text: str) -> None:
    assert safe(text).startswith("'")


def test_control_characters_do_not_break_the_workbook() -> None:
    assert safe("a\x00b\x0b") == "ab"
    assert safe(7) == 7


def test_every_refusal_and_reason_has_words() -> None:
    assert set(REFUSALS) == set(Refusal)
    assert all(because(str(refusal)) != str(refusal) for refusal in Refusal)


def test_a_test_goes_to_one_of_staff_and_into_no_ledger(office: Office) -> None:
    office.writers(1, address="oStaff")
    held = office.desk.write(words(), AUTHOR, NOON)
    assert office.desk.test(held.id, "oStaff", Level.WORKER, AUTHOR, NOON) == "official.service"
    assert office.senders["official.service"].calls == [(("oStaff",), Message(text="【测试】高温天气，注意防暑。"))]
    assert office.ledger(held.id) == {}
    assert office.desk.history(held.id)[-1].move is Move.TEST
    assert office.desk.get(held.id) == held


def test_a_test_uses_up_what_the_window_allows(office: Office) -> None:
    office.writers(1, address="oStaff", window_sent=4)
    held = office.desk.write(words(), AUTHOR, NOON)
    office.desk.test(held.id, "oStaff", Level.PUBLIC, AUTHOR, NOON)
    with pytest.raises(OutreachError, match="先用自己的微信给公众号发一条消息"):
        office.desk.test(held.id, "oStaff", Level.PUBLIC, AUTHOR, NOON)


def test_a_test_goes_by_a_preview_to_one_who_did_not_write(office: Office) -> None:
    office.people(1, address="oStaff")
    office.senders["official.preview"] = Platform("official.preview")
    held = office.desk.write(words(), AUTHOR, NOON)
    assert office.desk.test(held.id, "oStaff", Level.PUBLIC, AUTHOR, NOON) == "official.preview"
    assert office.senders["official.preview"].calls == [(("oStaff",), Message(text="【测试】高温天气，注意防暑。"))]


def test_a_test_is_not_sent_to_strangers_nor_when_all_is_sent(office: Office) -> None:
    office.writers(1)
    held = office.desk.write(words(), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="没有这个粉丝"):
        office.desk.test(held.id, "oNobody", Level.PUBLIC, AUTHOR, NOON)
    started = office.started(words("别的"))
    office.writers(1, address="oStaff")
    with pytest.raises(OutreachError, match="不能试发给自己"):
        office.desk.test(started.id, "oStaff", Level.PUBLIC, AUTHOR, NOON)


def test_a_refused_test_is_told_in_words(office: Office) -> None:
    office.writers(1, address="oStaff")
    office.senders["official.service"].refusal = Refusal.UNREACHABLE
    held = office.desk.write(words(), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="试发没有成功"):
        office.desk.test(held.id, "oStaff", Level.PUBLIC, AUTHOR, NOON)


@pytest.mark.parametrize("sender", WAYS)
@pytest.mark.parametrize("kind", Kind)
def test_a_picture_is_well_formed_and_holds_nothing_but_text(sender: str, kind: Kind) -> None:
    nasty = '<script>alert(1)</script> & "]]>\x08😀' + "字" * 100
    message = Message(kind=kind, text=nasty, title=nasty, url="https://a.cn/?a=1&b=2", fields={"thing1": nasty})
    root = ET.fromstring(preview.svg(message, sender=sender, account="某<市>应急"))
    assert {tag.tag.rpartition("}")[2] for tag in root.iter()} == {"svg", "rect", "text"}


def test_a_phone_breaks_lines_by_the_width_of_characters() -> None:
    assert preview.lines(Message(text="字" * 18), "official.service") == ["字" * 17, "字"]
    assert preview.lines(Message(text="a" * 30 + "\nb"), "sms") == ["a" * 30, "b"]


FILE = """
title: 高温提醒
content:
  public: 避开中午
  worker: {kind: file, text: 方案, url: "https://a.cn/x.pdf"}
  officer: {kind: notice, template: T1, fields: {thing1: 高温, number2: 38}}
audience: {all: [{field: region, values: [广东省]}]}
channels: [official.service, sms, sms]
urgent: true
send_at: 2026-06-15 09:00
until: "2026-06-16T18:00+08:00"
mass_left: 2
"""


def test_a_file_is_read_as_it_is_meant_and_written_out_the_same(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(FILE, encoding="utf-8")
    draft = written.read(path)
    assert draft == Draft(
        title="高温提醒",
        content={
            Level.PUBLIC: Message(text="避开中午"),
            Level.WORKER: Message(kind=Kind.FILE, text="方案", url="https://a.cn/x.pdf"),
            Level.OFFICER: Message(kind=Kind.NOTICE, template="T1", fields={"thing1": "高温", "number2": "38"}),
        },
        audience={"all": [{"field": "region", "values": ["广东省"]}]},
        channels=("official.service", "sms"),
        urgent=True,
        send_at=datetime(2026, 6, 15, 9, 0, tzinfo=BEIJING),
        until=datetime(2026, 6, 16, 18, 0, tzinfo=BEIJING),
        mass_left=2,
    )
    path.write_text(written.dump(draft), encoding="utf-8")
    assert written.read(path) == draft


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1", "不是正确的 YAML，第 1 行"),
        ("title: a\naudience: {all: []}\naudience: {}\n", "不是正确的 YAML，第 3 行，audience 写了两次"),
        ("- 1", "应是一组"),
        ("titel: a", "不认识的项 titel"),
        ("title: [a]\ncontent: {public: a}", "title：应是文字"),
        ("title: a", "content：应按版本写内容"),
        ("title: a\ncontent: {all: b}", "content：不认识的版本 all"),
        ("title: a\ncontent: {public: {txt: b}}", "content.public：不认识的项 txt"),
        ("title: a\ncontent: {public: {kind: fax}}", "content.public.kind：不认识 fax"),
        ("title: a\ncontent: {public: a}\nurgent: 是", "urgent：应是 true 或 false"),
        ("title: a\ncontent: {public: a}\nuntil: 2026-06-15", "until：应是日期和时刻"),
        ("title: a\ncontent: {public: a}\nsend_at: 明天", "send_at：应是日期和时刻"),
        ("title: a\ncontent: {public: a}\nchannels: sms", "channels：应是一个列表"),
        ("title: a\ncontent: {public: a}\nmass_left: yes", "mass_left：应是一个数字"),
        ("title: a\ncontent: {public: a}\naudience: all", "audience：应是一条规则"),
    ],
)
def test_a_slip_in_a_file_is_named_with_its_field(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(OutreachError, match=f"b.yaml：.*{told}"):
        written.read(path)


def test_a_stored_broadcast_is_written_out_as_it_was_read(office: Office, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(FILE, encoding="utf-8")
    draft = written.read(tmp_path / "b.yaml")
    held = office.desk.write(draft, AUTHOR, NOON)
    utc = {name: getattr(draft, name).astimezone(UTC) for name in ("send_at", "until")}
    assert office.desk.get(held.id).draft == replace(draft, **utc)
    assert written.dump(held.draft) == written.dump(draft)
    assert held.created_at == NOON < NOON + timedelta(seconds=1)


def test_a_day_in_a_rule_is_kept_as_it_was_written() -> None:
    rule = {"all": [{"field": "followed_since", "values": [datetime(2026, 6, 1).date()]}]}
    draft = written.parse({"title": "a", "content": {"public": "b"}, "audience": rule})
    assert draft.audience == {"all": [{"field": "followed_since", "values": ["2026-06-01"]}]}


def test_what_cannot_be_kept_is_refused_at_once(office: Office) -> None:
    with pytest.raises(OutreachError, match="campaign：最多 80 字"):
        office.desk.write(words(campaign="x" * 81), AUTHOR, NOON)
    with pytest.raises(OutreachError, match="没有面向公众的内容"):
        office.desk.write(words(content={Level.WORKER: Message(text="职工")}), AUTHOR, NOON)
    assert office.desk.listed() == []
