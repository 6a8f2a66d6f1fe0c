"""An article's text -> its paragraphs (款), their items (项) and sub-items (目), each word for word."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answers.normalise import number

_ITEM = re.compile(r"[（(]\s*([一二三四五六七八九十百]+)\s*[）)]")
_SUB = re.compile(r"[（(]\s*([0-9０-９]{1,2})\s*[）)]|([0-9０-９]{1,2})[.．、]|([①-⑳])")


@dataclass(frozen=True, slots=True)
class Item:
    """An item with its own number, and its sub-items; lines as printed."""

    number: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The item as printed, sub-items included."""
        return "\n".join(self.lines)

    def sub(self, wanted: int) -> str | None:
        """One sub-item as printed."""
        return next((line for line in self.lines[1:] if _sub_number(line) == wanted), None)

    @property
    def subs(self) -> int:
        """How many sub-items there are."""
        return sum(1 for line in self.lines[1:] if _sub_number(line))


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph: the lines before its items, then the items."""

    lead: tuple[str, ...]
    items: tuple[Item, ...]

    @property
    def text(self) -> str:
        """The paragraph as printed."""
        return "\n".join((*self.lead, *(i.text for i in self.items)))

    def item(self, wanted: int) -> Item | None:
        """The item of a number."""
        return next((i for i in self.items if i.number == wanted), None)


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of an article. An item belongs to the paragraph above it, a sub-item to the item above it."""
    groups: list[list[str]] = []
    for line in text.split("\n"):
        below = bool(groups) and (_ITEM.match(line) or (_sub_number(line) and _takes_subs(groups[-1])))
        if below:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_paragraph(lines) for lines in groups]


def _takes_subs(lines: list[str]) -> bool:
    return bool(_ITEM.match(lines[-1]) or _sub_number(lines[-1]) or lines[-1].endswith(("：", ":")))


def _paragraph(lines: list[str]) -> Paragraph:
    first = next((n for n, line in enumerate(lines) if _ITEM.match(line)), len(lines))
    items: list[list[str]] = []
    for line in lines[first:]:
        if _ITEM.match(line):
            items.append([line])
        else:
            items[-1].append(line)
    return Paragraph(tuple(lines[:first]), tuple(Item(_item_number(i[0]), tuple(i)) for i in items))


def _item_number(line: str) -> int:
    match = _ITEM.match(line)
    return (number(match[1]) or 0) if match else 0


def _sub_number(line: str) -> int:
    match = _SUB.match(line)
    if not match:
        return 0
    if match[3]:
        return ord(match[3]) - ord("①") + 1
    return int(match[1] or match[2])


def quote(text: str, paragraph: int = 0, item: int = 0, sub: int = 0) -> str | None:
    """The words of an article, or of the one part that is named; None where that does not exist.

    Without a paragraph the item of the first paragraph that has any is meant.
    """
    held = paragraphs(text)
    if paragraph:
        if paragraph > len(held):
            return None
        held = held[paragraph - 1 : paragraph]
    elif item or sub:
        held = [p for p in held if p.items or any(map(_sub_number, p.lead))][:1]
    else:
        return text
    if not held:
        return None
    if not item:
        return held[0].text if not sub else next((x for x in held[0].lead[1:] if _sub_number(x) == sub), None)
    found = held[0].item(item)
    if found is None or not sub:
        return found.text if found else None
    return found.sub(sub)


def counted(text: str, paragraph: int = 0, item: int = 0) -> str:
    """What an article holds, for saying that something else is not there: 共2款, 第一款有7项."""
    held = paragraphs(text)
    if not paragraph or paragraph > len(held):
        with_items = next((p for p in held if p.items), None)
        told = f"共{len(held)}款"
        return told if paragraph or with_items is None else f"{told}，列有{len(with_items.items)}项"
    chosen = held[paragraph - 1]
    found = chosen.item(item) if item else None
    if found:
        return f"这一项下有{found.subs}目" if found.subs else "这一项下不分目"
    return f"这一款列有{len(chosen.items)}项" if chosen.items else "这一款不分项"
