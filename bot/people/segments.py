"""Audiences as rules: JSON -> a condition over followers, counted, sampled, or selected for the fan-out.

    {"all": [{"field": "region", "op": "in", "values": ["广东省江门市"]}, {"field": "topic", "values": ["高温"]}],
     "not": [{"field": "unit", "op": "in", "values": ["某某公司"]}]}

op may be left out. all, any, not each hold conditions or rules; what is absent asks nothing. {} is everybody who
follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.answers.cities import provinces
from bot.answers.regions import NATIONWIDE
from bot.errors import OutreachError
from bot.people.choices import CODES, WORDS
from bot.people.scope import Aside, Condition, followers_of, inside
from bot.people.tables import consent, follower, follower_tag, liaison_officer, subscription, unit
from bot.settings import BEIJING
from bot.store.database import Database, aware, unhurried

#: A follower may be written to for so long after their last message. Source: 客服消息, 48 hours.
WINDOW = timedelta(hours=48)
#: As a region: of those who told none.
NOWHERE = "未填写"
#: So deep may rules stand in rules, and so many values in one condition: more is a mistake.
_DEPTH, _MOST_VALUES = 5, 1000

#: Half characters and control characters, as JSON writes them: no database takes them, and no page shows them.
_UNWRITABLE = re.compile(r"\\u(?:00[01]|d[89a-f])", re.IGNORECASE)

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Field:
    """What can be asked of a field. told: how staff read it, {} for the values."""

    make: Callable[[list[Any], datetime], Condition]
    told: str
    read: Callable[[Any, str], Any]


@dataclass(frozen=True, slots=True)
class Sampled:
    """One of an audience; the address is left out on purpose."""

    follower_id: int
    channel: str
    region: str
    unit: str
    industry: str
    audience: str
    last_message_at: datetime | None


def parse(text: str) -> Rule:
    """A rule as staff wrote it. Raises OutreachError, which names the field."""
    if found := _UNWRITABLE.search(text):
        raise OutreachError(f"群发规则里有看不见的字符（{found[0]}…），请直接写文字")
    try:
        rule = json.loads(text)
    except json.JSONDecodeError as e:
        raise OutreachError(f"群发规则不是正确的 JSON：第 {e.lineno} 行第 {e.colno} 个字符附近有误") from e
    except (ValueError, RecursionError) as e:  # a number of thousands of digits, thousands of brackets
        raise OutreachError("群发规则里的数字太长，或括号套得太深") from e
    check(rule)
    return dict(rule)


def check(rule: object) -> None:
    """Raise OutreachError, which names the place and the field, unless this is a rule."""
    where(rule, datetime.fromisoformat("2000-01-01T00:00:00+00:00"))


def limited(rule: Rule, region: str) -> Rule:
    """A rule for those of its people whom the staff of a region see; "" is everywhere."""
    return {"all": [rule, {"field": "district", "values": [region]}]} if region else rule


def where(rule: object, now: datetime, *, whole: bool = False) -> Condition:
    """The condition over `follower` that a rule stands for: of those who follow. Raises OutreachError.

    whole  of their rows more is read than the index of audiences holds, or they are read in order
    """
    state = Aside(follower.c.state) if whole else follower.c.state
    return sa.and_(state == "following", _rule(rule, now, "规则", 0))


def select(rule: object, now: datetime) -> sa.Select[Any]:
    """Columns follower_id, channel, address of an audience, for one INSERT … SELECT."""
    c = follower.c
    return sa.select(c.id.label("follower_id"), c.channel, c.address).where(where(rule, now, whole=True))


def count(database: Database, rule: object, now: datetime) -> int:
    """How many people an audience is now."""
    with database.read() as db:
        unhurried(db)
        return db.scalar(sa.select(sa.func.count()).select_from(follower).where(where(rule, now))) or 0


def sample(database: Database, rule: object, n: int, now: datetime) -> list[Sampled]:
    """At most n people of an audience, the newest first: to see whether it is the one that was meant."""
    c = follower.c
    columns = (c.id, c.channel, c.region, unit.c.name, c.industry, c.audience, c.last_message_at)
    newest = sa.select(c.id).where(where(rule, now)).order_by(c.id.desc()).limit(n)
    people = sa.select(*columns).select_from(follower.outerjoin(unit)).where(c.id.in_(newest)).order_by(c.id.desc())
    with database.read() as db:
        rows = db.execute(people).all()
    return [Sampled(r[0], r[1], r[2], r[3] or "", r[4], r[5], aware(r[6])) for r in rows]


def figures(database: Database, rule: object, now: datetime) -> list[tuple[str, str, str, str, int]]:
    """How many of an audience there are by region, audience, industry and post."""
    c = follower.c
    by = (c.region, c.audience, c.industry, c.post)
    with database.read() as db:
        unhurried(db)
        rows = db.execute(sa.select(*by, sa.func.count()).where(where(rule, now)).group_by(*by).order_by(*by))
        return [tuple(row) for row in rows]


def words(rule: object) -> str:
    """A rule as staff read it: 地区在广东省江门市，并且订阅了高温. Raises OutreachError."""
    check(rule)
    return _told(rule, top=True) or "全部关注者"


def told(rule: Rule) -> str:
    """The words of a rule that was checked before, as those are that are kept."""
    return _told(rule, top=True) or "全部关注者"


def _rule(rule: object, now: datetime, path: str, depth: int) -> Condition:
    if not isinstance(rule, Mapping):
        raise OutreachError(
            f"{path}：要写成 {{…}}，例如 {{“all”: [{{“field”: “region”, “values”: [“广东省江门市”]}}]}}"
        )
    if depth > _DEPTH:
        raise OutreachError(f"{path}：嵌套超过{_DEPTH}层，请写得简单些")
    if "field" in rule:
        return _condition(rule, now, path)
    if unknown := [name for name in rule if name not in ("all", "any", "not")]:
        raise OutreachError(f"{path}：不认识“{unknown[0]}”，只能用 all、any、not，或带 field 的条件")
    parts: list[Condition] = []
    for name, join in (("all", sa.and_), ("any", sa.or_), ("not", sa.or_)):
        if name not in rule:
            continue
        held = _list(rule[name], f"{path}.{name}")
        inner = [_rule(part, now, f"{path}.{name}[{n}]", depth + 1) for n, part in enumerate(held, 1)]
        joined = join(*inner)
        parts.append(sa.not_(joined) if name == "not" else joined)
    return sa.and_(sa.true(), *parts)


def _list(held: object, path: str) -> list[Any]:
    if not isinstance(held, list) or not held:
        raise OutreachError(f"{path}：要是一个不空的列表 […]")
    if len(held) > _MOST_VALUES:
        raise OutreachError(f"{path}：超过{_MOST_VALUES}项")
    return held


def _condition(held: Mapping[str, Any], now: datetime, path: str) -> Condition:
    if unknown := [name for name in held if name not in ("field", "op", "values")]:
        raise OutreachError(f"{path}：条件里不认识“{unknown[0]}”，只有 field、op、values")
    name = held["field"]
    if not isinstance(name, str) or name not in _FIELDS:
        raise OutreachError(f"{path}.field：不认识“{name}”，可以用：{'、'.join(_FIELDS)}")
    if held.get("op", "in") != "in":
        raise OutreachError(f"{path}.op（{name}）：只有 in；要排除请放到 not 里")
    field = _FIELDS[name]
    values = [
        field.read(value, f"{path}.values（{name}）") for value in _list(held.get("values"), f"{path}.values（{name}）")
    ]
    return field.make(values, now)


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise OutreachError(f"{path}：“{value}”不是文字，或超过200个字")
    return CODES.get(value.strip(), value.strip())


def _one_of(names: Mapping[str, str]) -> Callable[[Any, str], str]:
    """Reads a value of a short list: word or code -> what is stored."""

    def read(value: Any, path: str) -> str:
        if (found := names.get(str(value).strip())) is None:
            raise OutreachError(f"{path}：“{str(value)[:20]}”不认识，可以用：{'、'.join(names)}")
        return found

    return read


def _place(value: Any, path: str) -> str:
    text = _text(value, path)
    if text not in (NATIONWIDE, NOWHERE) and not text.startswith(provinces()):
        raise OutreachError(f"{path}：“{text[:20]}”要从省写起，例如：广东省江门市江海区；全部地区写：{NATIONWIDE}")
    return text


def _hours(value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 48:
        raise OutreachError(f"{path}：“{value}”要是1到48的小时数")
    return value


def _day(value: Any, path: str) -> datetime:
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=BEIJING)
    except ValueError as e:
        raise OutreachError(f"{path}：“{value}”不是日期，请写成 2026-06-01") from e


def _column(column: sa.Column[Any]) -> Callable[[list[Any], datetime], Condition]:
    return lambda values, _now: column == values[0] if len(values) == 1 else column.in_(values)


def _regions(values: list[Any], _now: datetime) -> Condition:
    """A region and all inside it, or those who told none."""
    if NATIONWIDE in values:
        return sa.true()
    column = follower.c.region
    return sa.or_(*(column == "" if value == NOWHERE else inside(column, value) for value in values))


def _districts(values: list[Any], _now: datetime) -> Condition:
    """Whom the staff of a district see."""
    return sa.or_(*(followers_of(value) for value in values))


def _among(table: sa.Table, column: sa.Column[Any], *more: Condition) -> Callable[[list[Any], datetime], Condition]:
    """Of those who have a row in another table."""

    def make(values: list[Any], _now: datetime) -> Condition:
        return follower.c.id.in_(sa.select(table.c.follower_id).where(column.in_(values), *more))

    return make


def _units(values: list[Any], _now: datetime) -> Condition:
    return _held(follower.c.unit_id, follower.c.unit_id.in_(sa.select(unit.c.id).where(unit.c.name.in_(values))))


def _officers(values: list[Any], _now: datetime) -> Condition:
    present = sa.select(liaison_officer.c.follower_id).where(
        liaison_officer.c.until.is_(None), liaison_officer.c.follower_id.is_not(None)
    )
    mine = follower.c.id.in_(present)
    return sa.or_(*(mine if value == "是" else sa.not_(mine) for value in values))


def _wrote(values: list[Any], now: datetime) -> Condition:
    return _held(follower.c.last_message_at, follower.c.last_message_at > now - timedelta(hours=max(values)))


def _since(values: list[Any], _now: datetime) -> Condition:
    return _held(follower.c.followed_at, follower.c.followed_at >= min(values))


def _held(column: sa.Column[Any], condition: Condition) -> Condition:
    """False where nothing is held: what is unknown would stay unknown when a rule is turned round."""
    return sa.and_(column.is_not(None), condition)


_CHANNELS = {name: name for name in ("official", "wecom", "sms", "robot")}
#: Word or code -> code.
_SLOTS = {name: code for word, code in CODES.items() for name in (word, code) if not word.startswith("每")}
_PACES = {name: code for word, code in CODES.items() for name in (word, code) if word.startswith("每")}
_MAY = (consent.c.remaining > 0) | (consent.c.long_term == 1)
_FIELDS: dict[str, _Field] = {
    "region": _Field(_regions, "地区在{}", _place),
    "district": _Field(_districts, "由{}管", _place),
    "unit": _Field(_units, "单位是{}", _text),
    "industry": _Field(_column(follower.c.industry), "行业是{}", _text),
    "post": _Field(_column(follower.c.post), "岗位是{}", _text),
    "audience": _Field(_column(follower.c.audience), "人群是{}", _text),
    "slot": _Field(_column(follower.c.slot), "时段是{}", _one_of(_SLOTS)),
    "frequency": _Field(_column(follower.c.frequency), "频率是{}", _one_of(_PACES)),
    "topic": _Field(_among(subscription, subscription.c.topic), "订阅了{}", _text),
    "tag": _Field(_among(follower_tag, follower_tag.c.tag), "有标签{}", _text),
    "channel": _Field(_column(follower.c.channel), "渠道是{}", _one_of(_CHANNELS)),
    "officer": _Field(_officers, "是联络员：{}", _one_of({"是": "是", "否": "否"})),
    "consent": _Field(_among(consent, consent.c.template_id, _MAY), "同意接收订阅通知{}", _text),
    "wrote_within_hours": _Field(_wrote, "{}小时内发过消息", _hours),
    "followed_since": _Field(_since, "{}以后关注", _day),
}
_JOINED = {"all": "，并且", "any": "，或者"}


def _told(rule: Any, *, top: bool = False) -> str:
    if "field" in rule:
        values = [WORDS.get(str(value), str(value)) for value in rule["values"]]
        return _FIELDS[rule["field"]].told.format("或".join(values))
    parts = []
    for name in ("all", "any"):
        if name in rule:
            told = _JOINED[name].join(_told(part) for part in rule[name])
            parts.append(
                f"（{told}）" if name == "any" and len(rule[name]) > 1 and not (top and len(rule) == 1) else told
            )
    if "not" in rule:
        parts.append(f"除了{'、'.join(f'（{_told(part)}）' for part in rule['not'])}")
    told = "，".join(parts)
    return told if top or len(parts) < 2 else f"（{told}）"
