"""What staff write down of people: where they are, their unit, industry, post and kind; of one of them, or by a list.

A person says these themselves in the chat; staff mend what is wrong or missing. Staff of a district write only of those
whom they see, and nothing by which they would see them no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.answers.cities import provinces
from bot.people.choices import Choices
from bot.people.scope import followers_of, sees
from bot.people.tables import follower, unit

#: Fields, as pages and lists call them.
LABELS = {"region": "地区", "unit": "单位", "industry": "行业", "post": "岗位", "audience": "人群"}
_CHOSEN = ("industry", "post", "audience")
_REGION_CHARS = 100
_LOOKED_UP = 500


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed. units: name -> region, of those that are active; own: the region of whoever writes."""

    choices: Choices
    units: Mapping[str, str]
    own: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of one now; `facts` by field, the unit by its name."""

    id: int
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be written of one: the fields that change, an empty text takes away."""

    id: int
    before: Mapping[str, str]
    after: Mapping[str, str]


def rules(db: sa.Connection, choices: Choices, own: str) -> Rules:
    """The rules as of now."""
    active = sa.select(unit.c.name, unit.c.region).where(unit.c.state == "active")
    return Rules(choices, {row.name: row.region for row in db.execute(active)}, own)


def checked(given: Mapping[str, str], by: Rules) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The fields as they are stored, and what is wrong with which. An empty text is right."""
    wrong, facts = list[tuple[str, str]](), {name: text for name, text in given.items() if name in LABELS}
    region, name = facts.get("region", ""), facts.get("unit", "")
    if region and not region.startswith(provinces()):
        wrong.append(("region", f"“{region[:20]}”要从省写起，例如：广东省江门市蓬江区"))
    elif len(region) > _REGION_CHARS:
        wrong.append(("region", f"超过{_REGION_CHARS}个字"))
    elif region and not region.startswith(by.own):
        wrong.append(("region", f"不在您负责的地区（{by.own}）里"))
    if name and name not in by.units:
        wrong.append(("unit", f"单位名册里没有“{name[:30]}”，请先导入名册"))
    elif name and not by.units[name].startswith(by.own):
        wrong.append(("unit", f"“{name[:30]}”不在您负责的地区（{by.own}）里"))
    for field in _CHOSEN:
        if (text := facts.get(field, "")) and not (held := by.choices.find(field, text)):
            wrong.append((field, f"“{text[:20]}”不认识，请改成：{'、'.join(by.choices.names[field])}"))
        elif text:
            facts[field] = held
    return facts, wrong


def stays(held: Mapping[str, str], facts: Mapping[str, str], by: Rules) -> bool:
    """Whether whoever writes would still see the person afterwards."""
    after = {**held, **facts}
    return sees(by.own, after["region"], by.units.get(after["unit"]))


def known(db: sa.Connection, numbers: Sequence[int], own: str) -> dict[int, Held]:
    """Those of these people who follow and whom staff of a region see."""
    c, found = follower.c, dict[int, Held]()
    wanted = sa.select(c.id, c.region, c.industry, c.post, c.audience, unit.c.name.label("unit"))
    wanted = wanted.select_from(follower.outerjoin(unit, unit.c.id == c.unit_id))
    for n in range(0, len(numbers), _LOOKED_UP):
        some = (c.id.in_(numbers[n : n + _LOOKED_UP]), c.state == "following", followers_of(own))
        for row in db.execute(wanted.where(*some)):
            found[row.id] = Held(row.id, {name: getattr(row, name) or "" for name in LABELS})
    return found


def edit(held: Held, facts: Mapping[str, str]) -> Edit:
    """What of these fields is another than it was."""
    after = {name: text for name, text in facts.items() if text != held.facts[name]}
    return Edit(held.id, {name: held.facts[name] for name in after}, after)


def write(db: sa.Connection, edits: Iterable[Edit]) -> int:
    """Write edits that were checked; returns how many people."""
    units, count, c = _numbers(db), 0, follower.c
    for one in edits:
        values: dict[str, object] = {name: text for name, text in one.after.items() if name != "unit"}
        if "unit" in one.after:
            values["unit_id"] = units[one.after["unit"]] if one.after["unit"] else None
        if values:
            count += db.execute(sa.update(follower).where(c.id == one.id).values(values)).rowcount
    return count


def _numbers(db: sa.Connection) -> dict[str, int]:
    return {row.name: row.id for row in db.execute(sa.select(unit.c.name, unit.c.id).where(unit.c.state == "active"))}
