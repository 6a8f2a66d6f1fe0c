"""Item numbers that are missing, doubled or out of order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.answers.normalise import chinese
from bot.ingest.plans import numbering
from bot.ingest.plans.checks.given import ERROR, WARN, Given, finding
from bot.ingest.plans.parts import Block, Part
from bot.ingest.plans.proposal import Finding


def check(given: Given) -> Iterator[Finding]:
    """Findings about numbers."""
    for part in given.reading.outline.main:
        yield from _items(part)
        for block in part.blocks:
            yield from _inline(block)


def _items(part: Part) -> Iterator[Finding]:
    """Numbers of a list must go on by one; a list may begin anew at 1, and 1. 2. 3. may run through all sections."""
    last: dict[tuple[str, str], Block] = {}
    running: dict[str, int] = {}
    for block in part.blocks:
        if not block.style or block.style in ("row", "head", "lead"):
            continue
        parent = block.number[: -len(_shown(block))] if block.number.endswith(_shown(block)) else ""
        previous = last.get((parent, block.style))
        before = previous.value if previous else 0
        on = running.get(block.style, 0) + 1 if block.style != "dec" else 1
        fine = block.value in (1, before + 1, on) or block.style == "dec" and previous is None
        if block.value == before == 1 and _next_is(part, block, 3):
            yield finding(
                "ITEM_NUMBER_DUPLICATE", ERROR, parent or block.number, f"序号{_told(block)}出现两次", block.title
            )
        if not fine:
            yield from _fault(part, block, previous, before, parent)
        last[parent, block.style] = block
        running[block.style] = block.value


def _next_is(part: Part, block: Block, value: int) -> bool:
    """Whether the next item of the same kind has this value: （一）（一）（三）."""
    following = next((b for b in part.blocks if b.line > block.line and b.style == block.style), None)
    return following is not None and following.value == value


def _shown(block: Block) -> str:
    return {
        "cn": chinese(block.value),
        "di": f"第{chinese(block.value)}",
        "yi": f"{chinese(block.value)}是",
        "cnp": f"（{chinese(block.value)}）",
        "num": str(block.value),
        "dec": str(block.value),
        "nump": f"（{block.value}）",
    }.get(block.style, block.number[-1:])


def _fault(part: Part, block: Block, previous: Block | None, before: int, parent: str) -> Iterator[Finding]:
    where, quote = parent.rstrip(".") or block.number, (block.title or block.text)[:30]
    if previous is None:
        if block.value <= 9 and not _stands(part, 0, block.line, block.style, block.value - 1):
            yield finding("ITEM_NUMBER_GAP", WARN, where, f"序号从{_told(block)}开始，前面缺项", quote)
    elif block.value == before:
        yield finding("ITEM_NUMBER_DUPLICATE", ERROR, where, f"序号{_told(block)}出现两次", quote)
    elif block.value < before:
        yield finding("ITEM_NUMBER_ORDER", WARN, where, f"序号{_told(block)}排在{_told(previous)}之后", quote)
    elif not _stands(part, previous.line, block.line, block.style, before + 1):
        lost = "、".join(_told_value(block.style, n, parent) for n in range(before + 1, min(block.value, before + 4)))
        last, now = (_told_value(block.style, n, parent) for n in (before, block.value))
        sure = block.value - before <= 4
        yield finding(
            "ITEM_NUMBER_GAP",
            ERROR if sure else WARN,
            where,
            f"序号由{last}跳到{now}，缺{lost}",
            quote,
        )


def _told(block: Block) -> str:
    return _told_value(block.style, block.value)


def _told_value(style: str, value: int, parent: str = "") -> str:
    """A number as it is printed; of 4.4 the parent is its first half."""
    if style == "dec":
        return f"{parent.rstrip('.')}.{value}" if parent else str(value)
    told = chinese(value) if 0 < value < 10000 else str(value)
    return {"cn": f"{told}、", "cnp": f"（{told}）", "yi": f"{told}是", "part": f"第{told}", "di": f"第{told}"}.get(
        style, str(value)
    )


def _stands(part: Part, start: int, stop: int, style: str, value: int) -> bool:
    """Whether the lost number stands inside a line between, where it was not read as an item."""
    told = chinese(value) if 0 < value < 10000 else "〇"
    pattern = {
        "cn": rf"{told}、",
        "cnp": rf"[（(]\s*{told}\s*[）)]",
        "dec": rf"(?<![\d.])\d{{1,2}}\.{value}(?![\d.])",
        "num": rf"(?<!\d){value}\s*[.、．)]",
        "nump": rf"[（(]\s*{value}\s*[）)]",
    }.get(style, rf"{told}是|第{told}|{told}要|[①-⑳]")
    return any(re.search(pattern, b.whole) for b in part.blocks if start <= b.line <= stop and b.value != value + 1)


def _inline(block: Block) -> Iterator[Finding]:
    """一是 二是 四是 inside a paragraph."""
    before = 0
    for shown, value, text in numbering.inline(block.text):
        if value not in (1, before + 1):
            lost = chinese(before + 1)
            if before and value == before:
                yield finding("ITEM_NUMBER_DUPLICATE", ERROR, block.number, f"“{shown}”出现两次", text[:30])
            elif value < before:
                yield finding(
                    "ITEM_NUMBER_ORDER", WARN, block.number, f"“{shown}”排在“{chinese(before)}是”之后", text[:30]
                )
            elif not re.search(rf"{lost}[是要、]|第{lost}|[（(]{lost}[）)]", block.text):
                yield finding(
                    "ITEM_NUMBER_GAP",
                    ERROR,
                    block.number,
                    f"由“{chinese(before) if before else '段首'}{'是' if before else ''}”跳到“{shown}”，缺“{lost}是”",
                    text[:30],
                )
        before = value
