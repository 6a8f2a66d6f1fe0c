"""People who follow no account: telephones with their owners' consent from a list, robots of groups from settings.

They are followers of the channels sms and robot, so that audiences, reach and the ledger know them like others. A
number without a consent that says how and when it was given is not taken over: 个人信息保护法 第十三条, 第十四条.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.answers.cities import provinces
from bot.errors import OutreachError
from bot.people import sheets
from bot.people.choices import Choices
from bot.people.followers import NEW, ensure
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
_CHOSEN = ("industry", "post", "audience")
_PHONE = re.compile(r"(?:\+|00)?(?:86)?(1[3-9]\d{9})")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: .*)?")
_MOST, _HOW_CHARS = 100_000, 80
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


def read_phones(path: Path, choices: Choices, units: frozenset[str], today: date) -> list[Phone]:
    """The list. Raises SheetError naming each cell that is wrong; nothing is taken over then."""
    problems: list[Problem] = []
    found: dict[str, Phone] = {}
    for number, cells in sheets.table(path, COLUMNS, "手机号"):
        if number > _MOST:
            raise OutreachError(f"{path.name}：超过{_MOST}行，请分成几个文件")
        phone, wrong = _checked({field: cells.get(field, "") for field in COLUMNS.values()}, choices, units, today)
        problems += [Problem(number, _column(field), what) for field, what in wrong]
        if phone and phone.number in found:
            problems.append(Problem(number, "手机号", "与前面的一行重复，请删去一行"))
        elif phone:
            found[phone.number] = phone
    if problems:
        raise SheetError(problems)
    if not found:
        raise OutreachError(f"{path.name}：表头下面没有号码")
    return list(found.values())


def _checked(
    cells: dict[str, str], choices: Choices, units: frozenset[str], today: date
) -> tuple[Phone | None, list[tuple[str, str]]]:
    wrong = [(field, "是空的；没有写明本人同意的号码不能导入" if field != "phone" else "是空的")
             for field in _NEEDED if not cells[field]]  # fmt: skip
    number = _PHONE.fullmatch(re.sub(r"[ -]", "", cells["phone"]))
    if cells["phone"] and not number:
        wrong.append(("phone", "不是内地手机号"))
    if len(cells["how"]) > _HOW_CHARS:
        wrong.append(("how", f"超过{_HOW_CHARS}个字"))
    since = _day(cells["since"])
    if cells["since"] and (since is None or since > today):
        wrong.append(("since", f"“{cells['since'][:20]}”要写成 2026-06-01 这样的日期，不能在将来"))
    if cells["region"] and not cells["region"].startswith(provinces()):
        wrong.append(("region", f"“{cells['region'][:20]}”要从省写起，例如：广东省江门市蓬江区"))
    if cells["unit"] and cells["unit"] not in units:
        wrong.append(("unit", f"单位名册里没有“{cells['unit'][:30]}”，请先导入名册"))
    facts = {"region": cells["region"]} if cells["region"] else {}
    for field in _CHOSEN:
        if cells[field] and not (held := choices.find(field, cells[field])):
            wrong.append((field, f"“{cells[field][:20]}”不认识，请改成：{'、'.join(choices.names[field])}"))
        elif cells[field]:
            facts[field] = held
    if wrong or number is None or since is None:
        return None, wrong
    return Phone(number[1], cells["how"], since, cells["unit"], facts), []


def _day(text: str) -> date | None:
    found = _DATE.fullmatch(text.strip())
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _column(field: str) -> str:
    return next(name for name, held in COLUMNS.items() if held == field)


def import_phones(database: Database, path: Path, choices: Choices, by: str, now: datetime) -> Imported:
    """Take a list over, all of it or nothing. Raises OutreachError."""
    if not by.strip():
        raise OutreachError("请写明是谁导入（--by）")
    with database.begin() as db:
        units = _units(db)
    phones = read_phones(path, choices, frozenset(units), now.date())
    counts = {"new": 0, "known": 0, "again": 0}
    with database.begin() as db:
        for phone in phones:
            counts[_keep(db, phone, units.get(phone.unit), by.strip(), now.astimezone(UTC))] += 1
    return Imported(**counts)


def _keep(db: sa.Connection, phone: Phone, unit_id: int | None, by: str, now: datetime) -> str:
    """What it was: new, known, again. A stop counts for more than a consent of an earlier day."""
    c = follower.c
    held = db.execute(sa.select(c.id, c.state, c.left_at).where(*_is(SMS, phone.number))).one_or_none()
    if held and held.state == "left" and (held.left_at is None or phone.since <= held.left_at.date()):
        return "known"
    person = ensure(db, SMS, phone.number, now)
    values: dict[str, Any] = {**phone.facts, "state": "following", "left_at": None}
    db.execute(sa.update(follower).where(c.id == person).values(values | ({"unit_id": unit_id} if unit_id else {})))
    db.execute(sa.delete(phone_consent).where(phone_consent.c.follower_id == person))
    row = {"follower_id": person, "how": phone.how, "since": phone.since.isoformat(), "by": by, "at": now}
    db.execute(sa.insert(phone_consent).values(row))
    if held is None:
        return "new"
    return "again" if held.state == "left" else "known"


def stop(database: Database, number: str, how: str, now: datetime) -> bool:
    """Send no more to a number, which keeps its row so that a list does not bring it back; False: not known.

    how  it was asked for, kept on record
    """
    phone = _PHONE.fullmatch(re.sub(r"[ -]", "", number))
    if not phone:
        raise OutreachError(f"“{number[:20]}”不是内地手机号")
    with database.begin() as db:
        return _stop(db, phone[1], how, now.astimezone(UTC))


def _stop(db: sa.Connection, number: str, how: str, now: datetime) -> bool:
    gone = sa.update(follower).where(*_is(SMS, number), follower.c.state == "following")
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
