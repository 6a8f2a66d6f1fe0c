"""Audiences: who a rule means, how many, and what a bad rule is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import OutreachError
from bot.people import followers, segments, units
from bot.people.consents import ConsentRow
from bot.people.followers import CameRow, ChoseRow
from bot.people.tables import follower, follower_tag
from bot.people.units import Unit
from bot.store.database import Database
from bot.store.records import LeavingRow, MessageRow

from .conftest import MORNING

JIANGHAI = "广东省江门市江海区"


@pytest.fixture
def town(database: Database) -> Database:
    """Ann, Ben, Cai, Dee and Eve, who left."""
    with database.begin() as db:
        units.store(db, [Unit("机械厂", "企业", JIANGHAI, "机械制造", "王工", "13800000000")], MORNING)
        [plant] = units.listed(db)
        for row in (
            chose("ann", {"region": JIANGHAI, "industry": "建筑", "audience": "企业"}, ("高温", "防汛")),
            chose("ben", {"region": "广东省江门市", "audience": "农村", "slot": "morning"}, ("防汛",)),
            chose("cai", {"region": "广东省广州市", "post": "电工"}, ()),
            ChoseRow(MORNING, "official", "dee", unit_code=plant.code),
            chose("eve", {"region": JIANGHAI}, ("高温",)),
        ):
            followers.chose(db, [row])
        followers.left(db, [LeavingRow(MORNING + timedelta(hours=1), "official", "eve")])
        followers.WRITERS[ConsentRow](db, [ConsentRow(MORNING, "official", "ann", [("T1", "more")])])
        wrote = MessageRow(MORNING - timedelta(hours=40), "official", "ben", "text", "", "", "", "", 0.0, 1.0)
        followers.touched(db, [wrote])
        followers.came(db, [CameRow(MORNING - timedelta(days=30), "official", "fay")])
        fay = db.scalar(sa.select(follower.c.id).where(follower.c.address == "fay"))
        db.execute(sa.insert(follower_tag).values(follower_id=fay, tag="老粉丝"))
    return database


def chose(who: str, fields: dict[str, str], topics: tuple[str, ...]) -> ChoseRow:
    return ChoseRow(MORNING, "official", who, fields, topics)


def one(field: str, *values: Any) -> dict[str, Any]:
    return {"field": field, "op": "in", "values": list(values)}


#: A rule, and who of the town it means.
RULES: list[tuple[dict[str, Any], str]] = [
    ({}, "ann ben cai dee fay"),
    (one("region", "广东省江门市"), "ann ben dee"),
    (one("region", JIANGHAI), "ann dee"),
    (one("region", "全国"), "ann ben cai dee fay"),
    (one("unit", "机械厂"), "dee"),
    (one("industry", "建筑", "机械制造"), "ann dee"),
    (one("post", "电工"), "cai"),
    (one("audience", "企业"), "ann dee"),
    (one("slot", "早上"), "ben"),
    (one("topic", "高温"), "ann"),
    (one("tag", "老粉丝"), "fay"),
    (one("channel", "official"), "ann ben cai dee fay"),
    (one("channel", "wecom"), ""),
    (one("consent", "T1"), "ann"),
    (one("wrote_within_hours", 48), "ben"),
    (one("wrote_within_hours", 24), ""),
    (one("followed_since", "2026-06-01"), "ann ben cai dee"),
    (one("officer", "是"), ""),
    ({"all": [one("region", "广东省江门市"), one("topic", "防汛")]}, "ann ben"),
    ({"any": [one("post", "电工"), one("topic", "高温")]}, "ann cai"),
    ({"all": [one("region", "广东省")], "not": [one("topic", "防汛"), one("unit", "机械厂")]}, "cai"),
    ({"all": [one("region", "广东省"), {"any": [one("audience", "农村"), one("industry", "建筑")]}]}, "ann ben"),
]


def test_rules_mean_these_people(town: Database) -> None:
    for rule, who in RULES:
        with town.begin() as db:
            found = db.execute(segments.select(rule, MORNING)).all()
        assert sorted(row.address for row in found) == who.split(), rule
        assert segments.count(town, rule, MORNING) == len(found)
        newest = sorted((row.follower_id for row in found), reverse=True)[:2]
        assert [s.follower_id for s in segments.sample(town, rule, 2, MORNING)] == newest


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ([], "规则：要写成"),
        ({"field": "colour", "values": ["红"]}, "不认识“colour”，可以用：region"),
        ({"all": [one("region")]}, "规则.all[1].values（region）：要是一个不空的列表"),
        ({"all": []}, "规则.all：要是一个不空的列表"),
        ({"all": [{"any": [one("topic", 3)]}]}, "规则.all[1].any[1].values（topic）：“3”不是文字"),
        ({"all": [one("region", "甲")], "nor": []}, "不认识“nor”"),
        ({"field": "region", "op": "like", "values": ["甲"]}, "规则.op（region）：只有 in"),
        (one("region", "江海区"), "“江海区”要从省写起"),
        ({"not": [one("district", "江门市")]}, "“江门市”要从省写起"),
        (one("officer", "maybe"), "规则.values（officer）：“maybe”不认识，可以用：是、否"),
        (one("officer", True), "“True”不认识"),
        (one("channel", "微信"), "“微信”不认识，可以用：official、wecom、sms、robot"),
        (one("slot", "半夜"), "“半夜”不认识，可以用：早上、morning、中午"),
        (one("frequency", "早上"), "“早上”不认识，可以用：每天、daily、每周"),
        ({"field": "region", "values": ["甲"], "value": 1}, "不认识“value”"),
        (one("wrote_within_hours", 72), "1到48"),
        (one("followed_since", "昨天"), "2026-06-01"),
        ({"not": [{"not": [{"not": [{"not": [{"not": [{"not": [one("post", "电工")]}]}]}]}]}]}, "嵌套超过5层"),
    ],
)
def test_bad_rule_is_told_where_and_what(rule: Any, words: str) -> None:
    with pytest.raises(OutreachError) as e:
        segments.check(rule)
    assert words in str(e.value)


def test_a_rule_that_is_no_json_is_told_so() -> None:
    with pytest.raises(OutreachError, match="JSON"):
        segments.parse("{region: 1}")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "全部关注者"),
        (one("region", "广东省江门市"), "地区在广东省江门市"),
        (
            {"all": [one("region", "广东省江门市"), one("audience", "企业"), one("topic", "高温", "防汛")]},
            "地区在广东省江门市，并且人群是企业，并且订阅了高温或防汛",
        ),
        (
            {"all": [one("slot", "morning")], "not": [one("unit", "机械厂")]},
            "时段是早上，除了（单位是机械厂）",
        ),
        (
            {"all": [one("region", "广东省"), {"any": [one("post", "电工"), one("wrote_within_hours", 48)]}]},
            "地区在广东省，并且（岗位是电工，或者48小时内发过消息）",
        ),
    ],
)
def test_rule_is_told_in_words(rule: dict[str, Any], words: str) -> None:
    assert segments.words(rule) == words


def test_a_region_is_not_begun_by_its_namesake_s_letters(database: Database) -> None:
    with database.begin() as db:
        followers.chose(db, [chose("a", {"region": "吉林省吉林市"}, ()), chose("b", {"region": "吉林省长春市"}, ())])
    assert segments.count(database, one("region", "吉林省吉林市"), MORNING) == 1
    assert segments.count(database, one("region", "吉林省%"), MORNING) == 0
