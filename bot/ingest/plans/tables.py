"""Tables of activities and tasks: each row is an activity, with its day, doer and deadline by the column's head."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from bot.ingest.plans import dates, units
from bot.ingest.plans.parts import Block, Part
from bot.ingest.plans.proposal import Fact, FactKind
from bot.ingest.plans.reading import Reading
from bot.ingest.plans.text import bare, shorten, until

#: What the columns of such tables are called.
_COLUMNS = (
    ("due", r"完成时限|截止|报送时[间限]|时限|完成日期"),
    ("when", r"完成时间|时\s*间|日\s*期|何时|进度"),
    ("to", r"报送(?:单位|对象|部门)|接收|报送至"),
    ("what", r"活动(?:名称|项目|内容|主题)?$|内\s*容|任\s*务|事\s*项|项\s*目|名\s*称|措施|材料"),
    ("who", r"责任|牵头|主办|承办|组织单位|实施|负责|单位|部门"),
    ("place", r"地\s*点|场\s*所"),
    ("audience", r"对\s*象|参加|参与|范围|受众"),
    ("channels", r"形\s*式|方\s*式|载体|渠道"),
)


def rows(reading: Reading) -> Iterator[Fact]:
    """Facts of every table whose head names its columns, in any part of the document."""
    for part in reading.outline.parts:
        for table in _tables(part):
            columns = {} if _is_form(part, table) else _columns(table[0].cells)
            if columns:
                for block in table[1:]:
                    yield from _row(block, columns, part, reading)


_FORM = re.compile(r"(?:统计|汇总|情况|登记|报名|推荐|反馈|排查|检查|签到|申报)表|回执|台账|名单")
_MEASURE = re.compile(r"[个场次份条篇人名家处户期张块件本部万台辆套项]{1,3}")


def _is_form(part: Part, table: Sequence[Block]) -> bool:
    """A table to be filled in: its title says so, or most of its cells are empty or units of measure."""
    if part.mark and _FORM.search(part.title):
        return True
    cells = [c for b in table[1:] for c in b.cells[1:]]
    return bool(cells) and sum(not c or bool(_MEASURE.fullmatch(c)) for c in cells) > len(cells) / 2


def is_told(row: Fact, deeds: Sequence[Fact], *, named: bool = True) -> bool:
    """Whether a row only repeats a fact of the text: by its day and a word of its name, or (named) its name alone."""
    name = bare(row.what)
    for deed in deeds:
        other = bare(deed.what)
        same_day = bool(row.date) and row.date == deed.date
        alike = name in other or other in name or fuzz.ratio(name, other) >= (40 if same_day else 75)
        if alike and (named or same_day) or same_day and name in bare(deed.sentence):
            return True
    return False


def _tables(part: Part) -> Iterator[list[Block]]:
    held: list[Block] = []
    for block in part.blocks:
        if block.cells and (not held or block.line == held[-1].line + 1):
            held.append(block)
            continue
        if len(held) > 1:
            yield held
        held = [block] if block.cells else []
    if len(held) > 1:
        yield held


def _columns(head: Sequence[str]) -> dict[str, int]:
    """Kind of column -> its place; empty where the head names no work."""
    out: dict[str, int] = {}
    for n, cell in enumerate(head):
        name = re.sub(r"\s", "", cell)
        for kind, pattern in _COLUMNS:
            if len(name) <= 12 and re.search(pattern, name):
                if kind == "what" and kind in out and "名称" not in name:
                    break
                out.setdefault(kind, n)
                break
    return out if "what" in out and len(out) >= 2 else {}


def _row(block: Block, columns: dict[str, int], part: Part, reading: Reading) -> Iterator[Fact]:
    cells = {kind: block.cells[n] for kind, n in columns.items() if n < len(block.cells)}
    what = cells.get("what", "")
    if len(what) < 2 or re.fullmatch(r"[\d\s]+", what):
        return
    section = block.number if block.titles else (part.mark or "表")
    sentence = "，".join(c for c in block.cells if c)
    name = shorten(until(what, "，。；："), 40)
    whens = dates.find(cells.get("when", ""), reading.header.frame)
    first = next((w for w in whens if w.start), None)
    yield Fact(
        id="",
        kind=FactKind.ACTIVITY,
        section=section,
        sentence=sentence,
        confidence=0.85,
        what=name,
        who=cells.get("who", ""),
        date=first.date if first and first.is_day else "",
        start=first.start if first and not first.is_day else "",
        end=first.end if first and not first.is_day else "",
        when=cells.get("when", ""),
        audience=(cells["audience"],) if cells.get("audience") else (),
        channels=(cells["channels"],) if cells.get("channels") else (),
        recurring=next((w.recurring for w in whens if w.recurring), ""),
    )
    if first and not first.due and (first.is_day or first.ranged or first.vague) and len(first.start) in (5, 10):
        yield Fact(
            id="",
            kind=FactKind.EVENT,
            section=section,
            sentence=sentence,
            confidence=0.85,
            what=name,
            date=first.date,
            who=cells.get("who", ""),
            start=first.start if not first.is_day else "",
            end=first.end if not first.is_day else "",
            when=cells.get("when", ""),
        )
    told = cells.get("due", "") or (cells.get("when", "") if first and first.due else "")
    for due in dates.find(told, reading.header.frame):
        date = due.end if due.ranged or due.due else due.date
        yield Fact(
            id="",
            kind=FactKind.DEADLINE,
            section=section,
            sentence=sentence,
            confidence=0.8,
            what=name,
            date=date,
            who=cells.get("who", ""),
            to=units.receiver(cells.get("to", "")) or cells.get("to", ""),
            when=told,
            recurring=due.recurring,
        )
