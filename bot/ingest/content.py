"""knowledge/ -> Knowledge. Reads every file, complains of everything that is wrong at once, loads all or nothing.

The form of the files is in knowledge/README.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.answers.entries import Card, Entry, EntryKind, Example, Knowledge, Law, Plan, Theme
from bot.errors import ContentError, ContentErrors
from bot.ingest.fields import LINE, Fields, items_of, parse, unknown_fields
from bot.ingest.forms import (
    CARD,
    COMMON,
    EXTRA,
    FACT,
    OUT_OF_SCOPE,
    PLAN,
    to_card,
    to_entry,
    to_fact,
    to_out_of_scope,
    to_plan,
)


@dataclass(slots=True)
class Reading:
    """What was read so far, and what is wrong with it."""

    entries: list[Entry] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    laws: list[Law] = field(default_factory=list)
    themes: list[Theme] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    words: dict[str, Any] = field(default_factory=dict)
    errors: list[ContentError] = field(default_factory=list)
    where: dict[str, tuple[Path, int]] = field(default_factory=dict)  # id -> file and line


def files(folder: Path) -> list[Path]:
    """Every content file below `folder` that answers are built from, in name order; tips are read by tips.py."""
    found = (p for p in folder.rglob("*") if p.suffix in (".yaml", ".toml") and p.is_file())
    return sorted(p for p in found if p.parent != folder / "tips")


def load(folder: Path) -> Knowledge:
    """Read all content. Raises ContentErrors with everything that is wrong, in file order."""
    reading = read(folder)
    if reading.errors:
        raise ContentErrors(reading.errors)
    return Knowledge(
        entries=tuple(reading.entries),
        plans=tuple(reading.plans),
        cards=tuple(reading.cards),
        laws=tuple(reading.laws),
        themes=tuple(reading.themes),
        examples=tuple(reading.examples),
        calm=tuple(q for e in reading.entries for q in e.questions),
        words=reading.words,
    )


def cards(folder: Path) -> tuple[Card, ...]:
    """The emergency cards alone, which is quick. Raises ContentError."""
    reading = Reading()
    _read_file(folder / "emergency.yaml", folder, reading)
    return tuple(reading.cards)


def read(folder: Path, between: Callable[[], object] = lambda: None) -> Reading:
    """Read all content and collect what is wrong with each file; `check.py` looks across files.

    between  called after each file: the whole takes a second of the processor, in which others may want their turn
    """
    reading = Reading()
    if not folder.is_dir():
        reading.errors.append(ContentError("no such folder; set knowledge_dir", folder))
        return reading
    for path in files(folder):
        try:
            _read_file(path, folder, reading)
        except ContentError as e:
            reading.errors.append(e)
        between()
    return reading


def _read_file(path: Path, folder: Path, reading: Reading) -> None:
    if path.suffix == ".toml":
        _read_replies(path, reading)
        return
    data = parse(path)
    name = "entries" if path.parent != folder and path.parent.name == "entries" else path.stem
    name = path.parent.name if path.parent.name in ("plans", "danger_examples") else name
    reader = _READERS.get(name)
    if reader is None:
        raise ContentError(f"没有叫 {path.name} 的内容文件；可用：{', '.join(_READERS)}", path)
    reader(data, path, reading)


def _read_entries(kind: EntryKind, key: str) -> Callable[[dict[str, Any], Path, Reading], None]:
    def reader(data: dict[str, Any], path: Path, reading: Reading) -> None:
        defaults = data.get("defaults") or {}
        for item in items_of(data, key, path):
            full = {**defaults, **item, LINE: item[LINE]}
            reading.errors += unknown_fields(full, COMMON | EXTRA[kind], path)
            _keep(reading, path, full, lambda f: to_entry(f, kind, str(data.get("topic") or path.stem)))

    return reader


def _keep(reading: Reading, path: Path, item: dict[str, Any], build: Callable[[Fields], Entry]) -> None:
    fields = Fields(item, path)
    entry = build(fields)
    reading.errors += fields.errors
    _place(reading, entry.id, path, item[LINE])
    reading.entries.append(entry)


def _place(reading: Reading, name: str, path: Path, line: int) -> None:
    if name in reading.where:
        other, at = reading.where[name]
        reading.errors.append(ContentError(f"id {name} 已在 {other.name}:{at} 用过", path, line))
    reading.where[name] = (path, line)


def _read_plan(data: dict[str, Any], path: Path, reading: Reading) -> None:
    reading.errors += unknown_fields(data, PLAN, path)
    f = Fields(data, path)
    plan, reviewed = to_plan(f), f.day("reviewed")
    if reviewed is None:
        f.wrong("缺少 reviewed")
    reading.errors += f.errors
    _place(reading, plan.id, path, data[LINE])
    reading.plans.append(plan)
    for item in items_of(data, "facts", path):
        reading.errors += unknown_fields(item, FACT, path)
        _keep(reading, path, item, lambda g: to_fact(g, plan, reviewed))


def _read_cards(data: dict[str, Any], path: Path, reading: Reading) -> None:
    for item in items_of(data, "cards", path):
        reading.errors += unknown_fields(item, CARD, path)
        f = Fields({**(data.get("defaults") or {}), **item, LINE: item[LINE]}, path)
        card = to_card(f)
        reading.errors += f.errors
        _place(reading, card.id, path, item[LINE])
        reading.cards.append(card)


def _read_out_of_scope(data: dict[str, Any], path: Path, reading: Reading) -> None:
    for item in items_of(data, "groups", path):
        reading.errors += unknown_fields(item, OUT_OF_SCOPE, path)
        _keep(reading, path, item, to_out_of_scope)


def _read_laws(data: dict[str, Any], path: Path, reading: Reading) -> None:
    for item in items_of(data, "laws", path):
        f = Fields(item, path)
        reading.laws.append(Law(f.text("law", needed=True), f.texts("short")))
        reading.errors += f.errors


def _read_calendar(data: dict[str, Any], path: Path, reading: Reading) -> None:
    for item in items_of(data, "themes", path):
        f = Fields(item, path)
        if not isinstance(item.get("year"), int) or not isinstance(item.get("ordinal"), int):
            f.wrong("themes 的 year 和 ordinal 要写成数字")
        else:
            source = f.source("source")
            reading.themes.append(Theme(item["year"], item["ordinal"], f.text("theme", needed=True), source))
        reading.errors += f.errors
    _read_entries(EntryKind.DAY, "days")(data, path, reading)


def _read_replies(path: Path, reading: Reading) -> None:
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ContentError(f"不是正确的 TOML：{e}", path) from e
    for item in words.pop("small_talk", []):
        f = Fields({**item, LINE: 1}, path)
        reading.entries.append(
            Entry(
                id=f.text("id", needed=True),
                kind=EntryKind.SMALL_TALK,
                title=f.text("title") or f.text("id"),
                answer=f.text("reply", needed=True, longest=200),
                questions=f.texts("questions", at_least=1),
            )
        )
        reading.errors += f.errors
    reading.words = words


def _read_examples(data: dict[str, Any], path: Path, reading: Reading) -> None:
    for item in items_of(data, "examples", path):
        reading.errors += unknown_fields(item, frozenset({"card", "now", "calm"}), path)
        f = Fields(item, path)
        card = f.text("card", needed=True)
        # A block may hold one side alone; an empty one is told as lacking both.
        for key in [key for key in ("now", "calm") if key in item] or ["now", "calm"]:
            reading.examples += [Example(card, text, key == "now") for text in f.texts(key, at_least=1)]
        reading.errors += f.errors


_READERS: dict[str, Callable[[dict[str, Any], Path, Reading], None]] = {
    "entries": _read_entries(EntryKind.FAQ, "entries"),
    "hotlines": _read_entries(EntryKind.HOTLINE, "hotlines"),
    "digests": _read_entries(EntryKind.DIGEST, "digests"),
    "calendar": _read_calendar,
    "plans": _read_plan,
    "emergency": _read_cards,
    "out_of_scope": _read_out_of_scope,
    "laws": _read_laws,
    "danger_examples": _read_examples,
}
