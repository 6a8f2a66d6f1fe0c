"""People who follow no account: telephones with their owners' consent from a list, robots of groups from settings.

They are followers of the channels sms and robot, so that audiences, reach and the ledger know them like others. A
number without a consent that says how and when it was given is not taken over: 个人信息保护法 第十三条, 第十四条.
"""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.people import facts, listing, sheets
from bot.people.choices import Choices
from bot.people.facts import Rules
from bot.people.followers import NEW, ensure, ensure_all
from bot.people.scope import followers_of
from bot.people.sheets import Problem, SheetError
from bot.people.tables import follower, phone_consent, phone_stop, unit
from bot.store.database import Database

SMS, ROBOT = "sms", "robot"
#: Column of the list -> field.
COLUMNS = {
    "手机号": "phone", "同意方式": "how", "同意日期": "since", "地区": "region", "单位": "unit", "行业": "industry",
    "岗位": "post", "人群": "audience",
}  # fmt: skip
_NEEDED = ("phone", "how", "since")
_PHONE = re.compile(r"(?:\+|00)?(?:86)?(1[3-9]\d{9})")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: .*)?")
_HOW_CHARS, _LOOKED_UP = 80, 500
#: Short answers that ask for no more, in capitals, and how longer ones begin. 拒收请回复R is what we put behind a text;
#: T, TD and N are what people know from others.
_STOPS = frozenset("R T TD N QX STOP UNSUBSCRIBE 退 取消 停 停止 不要 不用 拒绝".split())
_STOPPING = (
    "退订", "拒收", "取消订阅", "取消短信", "不要再发", "不要发", "别再发", "别发", "不再接收", "不想收", "不接收",
    "停止发", "停发",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """What a list brought. again: whoever had asked to get no more and has consented anew since."""

    new: int
    known: int
    again: int


@dataclass(frozen=True, slots=True)
class Phone:
    """A row of the list. facts: columns of `follower`."""

    number: str
    how: str
    since: date
    unit: str
    facts: Mapping[str, str]


def read(file: IO[bytes], name: str, by: Rules, today: date) -> tuple[list[Phone], list[Problem]]:
    """The numbers of a list, and what is wrong with its cells; staff of a district bring those of their own region.

    Raises OutreachError where the file cannot be read at all, or holds no number.
    """
    problems: list[Problem] = []
    found: dict[str, Phone] = {}
    rows = 0
    for row, cells in sheets.table(file, name, COLUMNS, "手机号"):
        rows += 1
        phone, wrong = _checked({field: cells.get(field, "") for field in COLUMNS.values()}, by, today)
        problems += [Problem(row, _column(field), what) for field, what in wrong]
        if phone and phone.number in found:
            problems.append(Problem(row, "手机号", "与前面的一行重复，请删去一行"))
        elif phone:
            found[phone.number] = phone
    if not rows:
        raise OutreachError(f"{name}：表头下面没有号码")
    return list(found.values()), problems


def _checked(cells: dict[str, str], by: Rules, today: date) -> tuple[Phone | None, list[tuple[str, str]]]:
    wrong = [(field, "是空的；没有写明本人同意的号码不能导入" if field != "phone" else "是空的")
             for field in _NEEDED if not cells[field]]  # fmt: skip
    number = _PHONE.fullmatch(re.sub(r"[ -]", "", sheets.digits(cells["phone"])))
    if cells["phone"] and not number:
        wrong.append(("phone", "不是内地手机号"))
    if len(cells["how"]) > _HOW_CHARS:
        wrong.append(("how", f"超过{_HOW_CHARS}个字"))
    since = _day(cells["since"])
    if cells["since"] and (since is None or since > today):
        wrong.append(("since", f"“{cells['since'][:20]}”要写成 2026-06-01 这样的日期，不能在将来"))
    held, more = facts.checked({**cells, "region": cells["region"] or by.own}, by)
    wrong += more
    if wrong or number is None or since is None:
        return None, wrong
    said = {field: text for field, text in held.items() if text and field != "unit"}
    return Phone(number[1], cells["how"], since, cells["unit"], said), []


def _day(text: str) -> date | None:
    found = _DATE.fullmatch(text.strip())
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _column(field: str) -> str:
    return next(name for name, held in COLUMNS.items() if held == field)


def import_phones(database: Database, path: Path, choices: Choices, by: str, now: datetime) -> Imported:
    """Take a list over, all of it or nothing. Raises SheetError naming each cell that is wrong, OutreachError."""
    if not by.strip():
        raise OutreachError("请写明是谁导入")
    with database.begin() as db:
        allowed = facts.rules(db, choices, "")
    try:
        with path.open("rb") as file:
            given, problems = read(file, path.name, allowed, now.date())
    except OSError as e:
        raise OutreachError(f"{path}：读不了：{e.strerror}") from e
    if problems:
        raise SheetError(problems)
    with database.begin() as db:
        return store(db, given, "", by, now)


def store(db: sa.Connection, given: Sequence[Phone], own: str, by: str, now: datetime) -> Imported:
    """Take numbers over that were checked. Raises OutreachError where one belongs to people of another district.

    Others wait to write meanwhile, so a hundred thousand are written by a few statements. A stop counts for more than
    a consent of an earlier day.
    """
    if taken := foreign(db, given, own):
        raise OutreachError(f"{listing.short(taken[0])} 等 {len(taken)} 个号码已在别的地区的名单里，请联系上级办公室")
    numbers = [phone.number for phone in given]
    before = _held(db, numbers)
    kept = [p for p in given if not (p.number in before and _wants_no_more(before[p.number], p.since))]
    ensure_all(db, SMS, [p.number for p in kept if p.number not in before], now.astimezone(UTC))
    ids = {number: row.id for number, row in _held(db, numbers).items()}
    _write_facts(db, kept, ids)
    _write_consents(db, kept, ids, by.strip(), now.astimezone(UTC))
    new = sum(p.number not in before for p in kept)
    again = sum(p.number in before and before[p.number].state == "left" for p in kept)
    return Imported(new, len(given) - new - again, again)


def _held(db: sa.Connection, numbers: Sequence[str]) -> dict[str, sa.Row[Any]]:
    """Number -> id, state, left_at, of those that are known."""
    c, found = follower.c, dict[str, sa.Row[Any]]()
    for n in range(0, len(numbers), _LOOKED_UP):
        mine = (c.channel == SMS, c.account == NEW["account"], c.address.in_(numbers[n : n + _LOOKED_UP]))
        found |= {row.address: row for row in db.execute(sa.select(c.address, c.id, c.state, c.left_at).where(*mine))}
    return found


def _wants_no_more(held: sa.Row[Any], since: date) -> bool:
    return bool(held.state == "left" and (held.left_at is None or since <= held.left_at.date()))


def _write_facts(db: sa.Connection, given: Sequence[Phone], ids: Mapping[str, int]) -> None:
    """What the list says of each; what it leaves open stays."""
    units = _units(db)
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for phone in given:
        said = {**phone.facts, **({"unit_id": units[phone.unit]} if phone.unit in units else {})}
        alike.setdefault(tuple(sorted(said)), []).append({**said, "who": ids[phone.number]})
    for names, rows in alike.items():
        theirs = sa.update(follower).where(follower.c.id == sa.bindparam("who"))
        said = {name: sa.bindparam(name) for name in names}
        db.execute(theirs.values(state="following", left_at=None, **said), rows)


def _write_consents(db: sa.Connection, given: Sequence[Phone], ids: Mapping[str, int], by: str, now: datetime) -> None:
    rows = [
        {"follower_id": ids[p.number], "how": p.how, "since": p.since.isoformat(), "by": by, "at": now} for p in given
    ]
    for n in range(0, len(rows), _LOOKED_UP):
        some = [row["follower_id"] for row in rows[n : n + _LOOKED_UP]]
        db.execute(sa.delete(phone_consent).where(phone_consent.c.follower_id.in_(some)))
    if rows:
        db.execute(sa.insert(phone_consent), rows)


def foreign(db: sa.Connection, given: Sequence[Phone], own: str) -> list[str]:
    """Those of the numbers that are known already as people whom staff of a region do not see."""
    c, found = follower.c, list[str]()
    if not own:
        return found
    numbers = [phone.number for phone in given]
    for n in range(0, len(numbers), _LOOKED_UP):
        some = (c.channel == SMS, c.address.in_(numbers[n : n + _LOOKED_UP]))
        seen = set(db.scalars(sa.select(c.address).where(*some, followers_of(own))))
        found += [number for number in db.scalars(sa.select(c.address).where(*some)) if number not in seen]
    return found


def count_known(db: sa.Connection, numbers: Sequence[str]) -> int:
    """How many of these numbers there are already."""
    c, count = follower.c, 0
    for n in range(0, len(numbers), _LOOKED_UP):
        some = (c.channel == SMS, c.address.in_(numbers[n : n + _LOOKED_UP]))
        count += db.scalar(sa.select(sa.func.count()).select_from(follower).where(*some)) or 0
    return count


def packed(given: Sequence[Phone]) -> bytes:
    """A list, small enough to be kept until somebody has said yes."""
    rows = [[p.number, p.how, p.since.isoformat(), p.unit, dict(p.facts)] for p in given]
    return zlib.compress(json.dumps(rows, ensure_ascii=False).encode())


def unpacked(held: bytes | None) -> list[Phone]:
    """The other way round. Raises OutreachError where the list is not kept any more."""
    if held is None:
        raise OutreachError("这份名单检查后放得太久，已经清除，请重新上传")
    return [Phone(n, how, date.fromisoformat(s), u, f) for n, how, s, u, f in json.loads(zlib.decompress(held))]


def stop(database: Database, number: str, how: str, now: datetime, own: str = "") -> bool:
    """Send no more to a number, which keeps its row so that a list does not bring it back; False: not known.

    how  it was asked for, kept on record
    own  the region of whoever does it: other people are not known there
    """
    phone = _PHONE.fullmatch(re.sub(r"[ -]", "", number))
    if not phone:
        raise OutreachError(f"“{number[:20]}”不是内地手机号")
    with database.begin() as db:
        return _stop(db, phone[1], how, now.astimezone(UTC), own)


def _stop(db: sa.Connection, number: str, how: str, now: datetime, own: str = "") -> bool:
    mine = (*_is(SMS, number), follower.c.state == "following", followers_of(own))
    gone = sa.update(follower).where(*mine)
    if db.execute(gone.values(state="left", left_at=now)).rowcount != 1:
        return False
    person = db.scalar(sa.select(follower.c.id).where(*_is(SMS, number)))
    db.execute(sa.insert(phone_stop).values(follower_id=person, how=how[:_HOW_CHARS], at=now))
    return True


def answered(db: sa.Connection, number: str, text: str, now: datetime) -> bool:
    """The owner of a number wrote back: whoever wants no more gets no more. False where that is not what they wrote.

    A number that nobody brought yet is kept out too: a list that comes later does not bring it.
    """
    phone, said = _PHONE.fullmatch(re.sub(r"[ -]", "", number)), _bare(text)
    if not phone or not (said in _STOPS or said.startswith(_STOPPING)):
        return False
    ensure(db, SMS, phone[1], now)
    _stop(db, phone[1], f"短信回复“{said[:20]}”", now)
    return True


def _bare(text: str) -> str:
    """What was typed, however it was typed: ｔｄ。 is TD."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).upper()


def keep_robots(database: Database, robots: Mapping[str, str], now: datetime) -> tuple[int, int]:
    """Bring the robots of groups into step with the settings: how many there are, how many are gone.

    robots  name of a unit or a group -> key of its robot
    """
    c = follower.c
    with database.begin() as db:
        units = _units(db)
        for name, key in robots.items():
            person = ensure(db, ROBOT, key, now.astimezone(UTC))
            db.execute(sa.update(follower).where(c.id == person).values(unit_id=units.get(name), state="following"))
        gone = sa.update(follower).where(c.channel == ROBOT, c.state == "following", c.address.not_in(robots.values()))
        lost = db.execute(gone.values(state="left", left_at=now.astimezone(UTC))).rowcount
    return len(robots), lost


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot of a group; its key is a secret. unit: of the same name, "" for none."""

    id: int
    unit: str
    is_on: bool


def robots(db: sa.Connection, own: str) -> list[Robot]:
    """The robots that staff of a region see, those that are gone last."""
    c = follower.c
    wanted = sa.select(c.id, c.state, unit.c.name).select_from(follower.outerjoin(unit, unit.c.id == c.unit_id))
    rows = db.execute(wanted.where(c.channel == ROBOT, followers_of(own)).order_by(c.state, c.id))
    return [Robot(row.id, row.name or "", row.state == "following") for row in rows]


def robots_of(setting: str) -> dict[str, str]:
    """`甲厂工作群=KEY; 民爆工作群=KEY` as it stands in the settings. Raises OutreachError."""
    held: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in re.split(r"[;；\n]", setting))):
        name, sign, key = (p.strip() for p in part.partition("="))
        if not sign or not name or not re.fullmatch(r"[\w-]{8,64}", key):
            raise OutreachError("wecom.robots 要写成：群名=机器人地址里 key= 后面的部分；多个用分号隔开")
        held[name] = key
    return held


def _units(db: sa.Connection) -> dict[str, int]:
    return {row.name: row.id for row in db.execute(sa.select(unit.c.name, unit.c.id))}


def _is(channel: str, address: str) -> Sequence[sa.ColumnElement[bool]]:
    c = follower.c
    return c.channel == channel, c.account == NEW["account"], c.address == address
