"""A list of what staff write down of followers, by the numbers of an export: checked by row before it is stored."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.people import facts, sheets
from bot.people.facts import LABELS, Edit, Rules
from bot.people.sheets import Problem

NUMBER = "编号"
COLUMNS = {NUMBER: "id", **{label: field for field, label in LABELS.items()}}
_ID_DIGITS = 15
_TOLD_EVERY = 500  # rows


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list. facts: by field, those that are to be written."""

    row: int
    id: int
    facts: Mapping[str, str]


def read(
    file: IO[bytes], name: str, by: Rules, tell: Callable[[int], None] = lambda _row: None
) -> tuple[list[Line], list[Problem]]:
    """The rows of a list, and what is wrong with them by themselves. An empty cell leaves what there is.

    tell  is told of the row that has been reached
    Raises OutreachError where the file cannot be read at all, or holds nobody.
    """
    lines, problems, first = list[Line](), list[Problem](), dict[int, int]()
    for row, cells in sheets.table(file, name, COLUMNS, NUMBER):
        if not row % _TOLD_EVERY:
            tell(row)
        number = int(text) if (text := cells["id"]).isascii() and text.isdigit() and len(text) <= _ID_DIGITS else 0
        if not number:
            problems.append(Problem(row, NUMBER, "要填“关注者”导出表里的编号；不要的行请整行删去"))
        elif (before := first.setdefault(number, row)) != row:
            problems.append(Problem(row, NUMBER, f"与第{before}行重复，请删去一行"))
        given, wrong = facts.checked({field: text for field, text in cells.items() if text}, by)
        problems += [Problem(row, LABELS[field], what) for field, what in wrong]
        lines.append(Line(row, number, given))
    if not lines:
        raise OutreachError(f"{name}：表头下面没有人")
    return lines, problems


def compare(db: sa.Connection, lines: Sequence[Line], by: Rules) -> tuple[list[Edit], list[Problem]]:
    """What a list would change, and what is wrong with it beside those who are there."""
    found = facts.known(db, [line.id for line in lines if line.id], by.own)
    edits, problems = list[Edit](), list[Problem]()
    for line in lines:
        held = found.get(line.id)
        if held is None and line.id:
            problems.append(Problem(line.row, NUMBER, f"没有编号 {line.id} 的关注者，或者已取消关注、不在您的辖区"))
        elif held and not facts.stays(held.facts, line.facts, by):
            problems.append(Problem(line.row, LABELS["region"], f"改了以后就不在您负责的地区（{by.own}）里了"))
        elif held:
            edits.append(facts.edit(held, line.facts))
    return edits, problems


def store(db: sa.Connection, given: Sequence[Edit], by: Rules) -> int:
    """Store a list that was checked, all of it or nothing; returns how many people were changed.

    Raises OutreachError where what it was checked against has changed since.
    """
    found = facts.known(db, [one.id for one in given], by.own)
    for one in given:
        _, wrong = facts.checked(one.after, by)
        held = found.get(one.id)
        if wrong or held is None or not facts.stays(held.facts, one.after, by):
            what = f"：{wrong[0][1]}" if wrong else ""
            raise OutreachError(f"检查以后情况变了，编号 {one.id} 不能这样改{what}。请重新上传这份名单")
    return facts.write(db, given)


def packed(given: Sequence[Edit]) -> bytes:
    """A list, small enough to be kept until somebody has said yes."""
    return zlib.compress(json.dumps([asdict(one) for one in given], ensure_ascii=False).encode())


def unpacked(held: bytes | None) -> list[Edit]:
    """The other way round. Raises OutreachError where the list is not kept any more."""
    if held is None:
        raise OutreachError("这份名单检查后放得太久，已经清除，请重新上传")
    return [Edit(**one) for one in json.loads(zlib.decompress(held))]
