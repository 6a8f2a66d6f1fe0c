"""How two texts, or two versions of an entry, differ: piece by piece, for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

#: A number, a word of letters, or one character: figures are never shown as half changed.
_PIECE = re.compile(r"\d+(?:\.\d+)?|[A-Za-z]+|.", re.DOTALL)
_LONGEST = 4000  # characters that are compared piece by piece

#: Fields of an entry in the order in which they are shown, as staff read them.
LABELS = {
    "title": "标题", "questions": "问法", "answer": "回答", "reply": "回答", "short": "一句话回答", "sources": "出处",
    "region": "适用地区", "valid_from": "从哪天起", "valid_to": "到哪天止", "audience": "给谁看", "ask": "还可以问谁",
    "next": "接着可以问", "number": "号码", "verify": "核对程度", "reviewed": "核对日期", "own_figures": "本单位的数字",
    "note": "备注", "intent": "接着做什么", "category": "类别", "law": "法规", "short_names": "简称",
    "rule": "日期规则", "urgent": "紧急", "review_after": "何时复核",
}  # fmt: skip

#: How far an entry was checked, as staff choose and read it.
VERIFIED = {
    "statute": "与法规原文核对过", "official": "出自官方通知或标准，没有核对原文",
    "practice": "通行做法，以当地规定或说明书为准",
}  # fmt: skip
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


class Change(StrEnum):
    """What became of a piece."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what became of it."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs."""

    field: str
    label: str
    pieces: tuple[Piece, ...]


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """The fields that differ between two versions of an entry, in the order of LABELS."""
    names = sorted({*old, *new} - {"id"}, key=lambda n: (list(LABELS).index(n) if n in LABELS else len(LABELS), n))
    out = []
    for name in names:
        was, now = told(old.get(name)), told(new.get(name))
        if was != now:
            out.append(Difference(name, LABELS.get(name, name), tuple(pieces(was, now))))
    return out


def told(value: object) -> str:
    """The value of a field as staff read it: one line for each item of a list."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "　".join(str(v) for v in value.values() if v)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(told(v) for v in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    text = str(value)
    if day := _DAY.fullmatch(text):
        return f"{day[1]}年{int(day[2])}月{int(day[3])}日"
    return VERIFIED.get(text, text)


def pieces(old: str, new: str) -> Iterator[Piece]:
    """Two texts as what stayed, went and came. Very long ones are told whole."""
    if len(old) > _LONGEST or len(new) > _LONGEST:
        yield from (p for p in (Piece(Change.GONE, old), Piece(Change.NEW, new)) if p.text)
        return
    a, b = _PIECE.findall(old), _PIECE.findall(new)
    for tag, i, j, k, n in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(Change.SAME, "".join(a[i:j]))
            continue
        if i < j:
            yield Piece(Change.GONE, "".join(a[i:j]))
        if k < n:
            yield Piece(Change.NEW, "".join(b[k:n]))
