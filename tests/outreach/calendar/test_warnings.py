"""Warnings: only official ones, word for word, once, to whom they concern, as long as they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import OutreachError
from bot.outreach import drafts
from bot.outreach.states import State
from bot.outreach.warnings import Official, Warnings
from bot.people import segments
from bot.people.tables import follower
from bot.store.database import Database

from .conftest import beijing

TEXT = "江门市气象台 6月20日14时30分发布暴雨橙色预警信号：\n预计未来3小时江海区有50毫米以上的降雨，  请做好防御。"
NOW = beijing("2027-06-20 22:00")
RAIN = Official(
    issuer="江门市气象台", issued_at=beijing("2027-06-20 21:30"), text=TEXT, source="江门天气网页",
    regions=("广东省江门市江海区", "广东省江门市蓬江区"),
)  # fmt: skip


def test_a_warning_is_an_urgent_broadcast_with_issuer_time_and_the_text_unchanged(database: Database) -> None:
    relayed = Warnings(database).relay(RAIN, "张三", NOW)
    with database.begin() as db:
        made = drafts.read(db, relayed.broadcast_id)
    text = made.draft.content["public"].text
    assert (made.draft.urgent, made.state, made.author) == (True, State.DRAFT, "张三")
    assert TEXT in text
    assert text.startswith("【转发预警】江门市气象台 2027年6月20日21:30 发布")
    assert made.draft.audience == {"all": [{"field": "region", "op": "in", "values": list(RAIN.regions)}]}
    assert made.draft.until == beijing("2027-06-21 21:30")


@pytest.mark.parametrize(
    ("home", "is_told"),
    [
        ("广东省江门市江海区", True),
        ("广东省江门市江海区外海街道", True),
        ("广东省江门市", False),
        ("全国", False),
        ("", False),
    ],
)
def test_who_told_no_region_is_warned_of_what_holds_the_whole_of_the_office_s(
    home: str, is_told: bool, database: Database
) -> None:
    with database.begin() as db:
        regions = ("", "广东省江门市江海区", "广东省江门市新会区", "广东省江门市蓬江区")
        rows = [
            {"channel": "official", "address": f"o{n}", "state": "following", "region": r}
            for n, r in enumerate(regions)
        ]
        db.execute(sa.insert(follower), rows)
    relayed = Warnings(database, home=lambda: home).relay(RAIN, "张三", NOW)
    with database.begin() as db:
        audience = drafts.read(db, relayed.broadcast_id).draft.audience
        told = db.scalars(sa.select(follower.c.region).where(segments.where(audience, NOW))).all()
    assert sorted(told) == sorted(["广东省江门市江海区", "广东省江门市蓬江区", *([""] if is_told else [])])


def test_it_goes_at_once_by_one_person_even_at_night(database: Database) -> None:
    let_go: list[tuple[int, str]] = []

    def alert(number: int, who: str, why: str, now: datetime) -> None:
        assert "江门市气象台" in why
        let_go.append((number, who))

    relayed = Warnings(database, alert).relay(RAIN, "张三", NOW)
    assert let_go == [(relayed.broadcast_id, "张三")]


def test_the_same_warning_pasted_twice_is_one(database: Database) -> None:
    warnings = Warnings(database)
    first, again = warnings.relay(RAIN, "张三", NOW), warnings.relay(RAIN, "李四", NOW + timedelta(minutes=5))
    assert (first.is_new, again.is_new, again.broadcast_id) == (True, False, first.broadcast_id)
    later = warnings.relay(replace(RAIN, issued_at=RAIN.issued_at + timedelta(minutes=20)), "张三", NOW)
    assert later.broadcast_id != first.broadcast_id


def test_what_a_crash_left_before_sending_is_sent_when_it_is_pasted_again(database: Database) -> None:
    sent: list[int] = []
    first = Warnings(database).relay(RAIN, "张三", NOW)
    Warnings(database, lambda number, *_rest: sent.append(number)).relay(RAIN, "张三", NOW)
    assert sent == [first.broadcast_id]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"issuer": ""}, "发布单位"),
        ({"issuer": "某某天气公众号"}, "发布单位"),
        ({"issuer": "江海消防器材有限公司"}, "发布单位"),
        ({"issuer": "气象站火锅店"}, "发布单位"),
        ({"issuer": "江门市气象台（山寨）"}, "发布单位"),
        ({"issuer": "江门市气象局家属院业主委员会"}, "发布单位"),
        ({"text": " \n"}, "没有原文"),
        ({"text": "【演练】江门市气象台发布台风红色预警信号"}, "演练"),
        ({"text": "雨" * 601}, "不要自己删改"),
        ({"regions": ()}, "影响地区"),
        ({"regions": ("",)}, "影响地区"),
        ({"regions": ("江海区",)}, "从省写起"),
        ({"regions": ("广东省江门市江海区", "江门市")}, "从省写起"),
        ({"regions": ("广东省江门市\n上海市",)}, "从省写起"),
        ({"regions": ("上海市",)}, "管不到上海市"),
        ({"regions": ("全国",)}, "管不到全国"),
        ({"regions": ("广东省",)}, "管不到广东省"),
        ({"source": " "}, "从哪里得来"),
        ({"issued_at": NOW + timedelta(hours=1)}, "在将来"),
        ({"issued_at": NOW - timedelta(hours=25)}, "失效"),
        ({"until": NOW - timedelta(minutes=1)}, "失效"),
        ({"until": NOW + timedelta(days=30)}, "7天"),
    ],
)
def test_what_is_not_whole_or_not_official_is_refused_and_nothing_is_kept(
    sqlite: Database, change: dict[str, object], told: str
) -> None:
    with pytest.raises(OutreachError, match=told):
        Warnings(sqlite).relay(replace(RAIN, **change), "张三", NOW)  # type: ignore[arg-type]
    assert Warnings(sqlite).current(NOW) == []


@pytest.mark.parametrize(
    ("issuer", "region"),
    [
        ("中央气象台", "全国"),
        ("国家预警信息发布中心", "广东省江门市"),
        ("广东省防汛防旱防风总指挥部办公室", "广东省江门市江海区"),
        ("江门市自然资源局、江门市气象局联合", "广东省江门市江海区"),
        ("江海区突发事件预警信息发布中心", "广东省江门市江海区"),
        ("珠江水利委员会", "广东省"),
        ("北京市消防救援总队", "北京市朝阳区"),
    ],
)
def test_offices_that_may_warn_are_relayed(issuer: str, region: str, sqlite: Database) -> None:
    assert Warnings(sqlite).relay(replace(RAIN, issuer=issuer, regions=(region,)), "张三", NOW).is_new


def test_nobody_relays_without_a_name(sqlite: Database) -> None:
    with pytest.raises(OutreachError, match="谁"):
        Warnings(sqlite).relay(RAIN, " ", NOW)


def test_a_warning_ends(database: Database) -> None:
    warnings = Warnings(database)
    relayed = warnings.relay(replace(RAIN, until=NOW + timedelta(hours=3)), "张三", NOW)
    (held,) = warnings.current(NOW)
    assert (held.id, held.official.text, held.official.regions) == (relayed.id, TEXT, RAIN.regions)
    assert warnings.current(NOW + timedelta(hours=3)) == []
