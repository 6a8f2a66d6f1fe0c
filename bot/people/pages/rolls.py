"""The kinds of lists that staff bring: what each must look like, how it is checked, stored, and shown before that."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.people import fact_lists, facts, importing, phones, sheets
from bot.people.facts import LABELS
from bot.people.listing import short
from bot.people.pages.hall import Hall
from bot.people.units import Unit
from bot.people.work import Kind, Outcome, State

Tell = Callable[[str, int, int], None]
_SHOWN = 100
_LOOKED_AT = _SHOWN * 20


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it was brought. own: the region of whoever brings it; by: their name."""

    name: str
    content: bytes
    own: str
    by: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One of what a list would change. tone: as ui.status."""

    name: str
    word: str
    tone: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """One kind of list.

    home, tasks   addresses: where lists are brought, and of one that was brought, before its number
    back          where it all belongs to: label, address
    counts        what came of a check, as words before its numbers
    asks_why      whether a reason is asked for before it is stored
    check, store, changes   raise OutreachError
    """

    kind: Kind
    name: str
    title: str
    home: str
    tasks: str
    back: tuple[str, str]
    columns: Sequence[str]
    hints: Sequence[str]
    counts: dict[str, str]
    asks_why: bool
    check: Callable[[Hall, Given, Tell], Outcome]
    store: Callable[[Hall, bytes | None, str, str], str]
    changes: Callable[[Hall, bytes | None, str], list[Shown]]


def refused(problems: Sequence[sheets.Problem]) -> Outcome:
    """A list with faults, of which nothing is stored."""
    found = {"problems": [(p.row, p.column, p.what) for p in sorted(problems, key=lambda p: p.row)]}
    return Outcome(State.FAILED, f"有 {len(problems)} 处要改，什么都没有导入", found)


def _check_units(hall: Hall, given: Given, tell: Tell) -> Outcome:
    rows, problems = sheets.read(
        io.BytesIO(given.content), given.name, hall.choices, lambda row: tell(f"已检查到第 {row} 行", row, 0)
    )
    listed: list[Unit] = [one for _, one in rows]
    with hall.db() as db:
        if given.own:
            held = importing.regions(db, [one.name for one in listed])
            checked = list(importing.of_district(rows, held, given.own))
            problems += [p for p in checked if isinstance(p, sheets.Problem)]
            listed = [one for one in checked if isinstance(one, Unit)]
        changes = importing.compare(db, listed) if not problems else []
    if problems:
        return refused(problems)
    counts = {kind: sum(change.kind == kind for change in changes) for kind in ("new", "changed", "reopened", "same")}
    return Outcome(State.CHECKED, f"{len(listed)} 个单位，检查通过", {"counts": counts}, importing.packed(listed))


def _store_units(hall: Hall, held: bytes | None, own: str, _by: str) -> str:
    with hall.db() as db:
        done = importing.store(db, importing.unpacked(held), own, hall.clock())
    return f"新增 {done.new} 个，修改 {done.changed} 个，联络员变动 {done.officers} 人"


def _unit_changes(hall: Hall, held: bytes | None, _own: str) -> list[Shown]:
    given = importing.unpacked(held)
    with hall.db() as db:
        changes = [c for c in importing.compare(db, given[:_LOOKED_AT]) if c.kind != "same"][:_SHOWN]
    return [_shown_unit(change) for change in changes]


def _shown_unit(change: importing.Change) -> Shown:
    word = {"new": "新增", "changed": "修改", "reopened": "恢复"}[change.kind]
    if change.kind == "new":
        u = change.after
        told = [u.kind, u.region, u.industry, f"联络员 {u.officer}" if u.officer else ""]
        return Shown(u.name, word, "good", "，".join(filter(None, told)))
    what = "；".join(f"{told}：{was or '空'} → {now or '空'}" for told, was, now in change.differs)
    return Shown(change.after.name, word, "wait", what)


def _check_people(hall: Hall, given: Given, tell: Tell) -> Outcome:
    with hall.db() as db:
        by = facts.rules(db, hall.choices, given.own)
    rows, problems = fact_lists.read(
        io.BytesIO(given.content), given.name, by, lambda row: tell(f"已检查到第 {row} 行", row, 0)
    )
    with hall.db() as db:
        edits, more = fact_lists.compare(db, rows, by)
    if problems := [*problems, *more]:
        return refused(problems)
    changed = [edit for edit in edits if edit.after]
    counts = {"changed": len(changed), "same": len(edits) - len(changed)}
    return Outcome(State.CHECKED, f"{len(edits)} 人，检查通过", {"counts": counts}, fact_lists.packed(changed))


def _store_people(hall: Hall, held: bytes | None, own: str, _by: str) -> str:
    with hall.db() as db:
        count = fact_lists.store(db, fact_lists.unpacked(held), facts.rules(db, hall.choices, own))
    return f"修改 {count} 人"


def _people_changes(_hall: Hall, held: bytes | None, _own: str) -> list[Shown]:
    return [
        Shown(f"编号 {one.id}", "修改", "wait", told_of(one.before, one.after))
        for one in fact_lists.unpacked(held)[:_SHOWN]
    ]


def told_of(before: Any, after: Any) -> str:
    """What changes, field by field, for staff."""
    return "；".join(f"{LABELS[name]}：{before[name] or '空'} → {text or '空'}" for name, text in after.items())


def _check_phones(hall: Hall, given: Given, tell: Tell) -> Outcome:
    tell("正在检查", 0, 0)
    with hall.db() as db:
        by = facts.rules(db, hall.choices, given.own)
    listed, problems = phones.read(io.BytesIO(given.content), given.name, by, hall.clock().date())
    with hall.db() as db:
        taken = phones.foreign(db, listed, given.own) if not problems else []
        known = phones.count_known(db, [phone.number for phone in listed])
    if problems:
        return refused(problems)
    if taken:
        told = f"{short(taken[0])} 等 {len(taken)} 个号码已在别的地区的名单里，请删去，或联系上级办公室"
        return Outcome(State.FAILED, told, {})
    counts = {"new": len(listed) - known, "changed": known}
    return Outcome(State.CHECKED, f"{len(listed)} 个号码，检查通过", {"counts": counts}, phones.packed(listed))


def _store_phones(hall: Hall, held: bytes | None, own: str, by: str) -> str:
    with hall.db() as db:
        done = phones.store(db, phones.unpacked(held), own, by, hall.clock())
    return f"新增 {done.new} 个号码，更新 {done.known} 个，重新同意的 {done.again} 个"


def _phone_changes(_hall: Hall, held: bytes | None, _own: str) -> list[Shown]:
    return [_shown_phone(phone) for phone in phones.unpacked(held)[:_SHOWN]]


def _shown_phone(phone: phones.Phone) -> Shown:
    told = [f"{phone.since} {phone.how}", phone.unit, *phone.facts.values()]
    return Shown(short(phone.number), "号码", "good", "，".join(filter(None, told)))


UNITS = Roll(
    kind=Kind.IMPORT, name="units", title="导入名册", home="/staff/people/units/import", tasks="/staff/people/imports",
    back=("单位", "/staff/people/units"), columns=tuple(sheets.COLUMNS), asks_why=False,
    hints=("名称和名册里已有的完全一样，就是修改那个单位；名册里没有写到的单位不变。没有写联络员的，原来的联络员不变。",),
    counts={"new": "新增", "changed": "修改", "reopened": "恢复已撤销的", "same": "不变"},
    check=_check_units, store=_store_units, changes=_unit_changes,
)  # fmt: skip
PEOPLE = Roll(
    kind=Kind.PEOPLE, name="followers", title="导入关注者资料", home="/staff/people/followers/import",
    tasks="/staff/people/followers/imports", back=("关注者", "/staff/people/followers"),
    columns=tuple(fact_lists.COLUMNS), asks_why=True,
    hints=(
        "编号用“关注者”导出表里的。名单里没有写到的人不变，空着的格子不改。",
        "关注者只能自己来关注；这里改的是他们的地区、单位、行业、岗位和人群。",
    ),
    counts={"changed": "修改", "same": "不变"}, check=_check_people, store=_store_people, changes=_people_changes,
)  # fmt: skip
PHONES = Roll(
    kind=Kind.PHONES, name="phones", title="导入手机号", home="/staff/people/phones/import",
    tasks="/staff/people/phones/imports", back=("手机号和群机器人", "/staff/people/phones"),
    columns=tuple(phones.COLUMNS), asks_why=True,
    hints=(
        "每个号码都要写明本人怎样、在哪天同意接收短信；没有写明的不能导入。",
        "要求停发过的号码，名单里的同意日期在停发以后才恢复。",
    ),
    counts={"new": "新增", "changed": "更新"}, check=_check_phones, store=_store_phones, changes=_phone_changes,
)  # fmt: skip
