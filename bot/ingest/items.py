"""Single entries as staff write them: the files of knowledge/README.md, one item at a time, and back into files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.answers.entries import Entry, EntryKind
from bot.errors import ContentError
from bot.ingest.fields import LINE, Fields, items_of, parse, unknown_fields
from bot.ingest.forms import COMMON, EXTRA, OUT_OF_SCOPE, to_out_of_scope
from bot.ingest.forms import to_entry as read_entry

#: The key that a file's items stand under -> what they are.
KEYS = {
    "entries": EntryKind.FAQ,
    "hotlines": EntryKind.HOTLINE,
    "digests": EntryKind.DIGEST,
    "days": EntryKind.DAY,
    "groups": EntryKind.OUT_OF_SCOPE,
}
#: The name of the file for each of them; entries have a file for each topic.
FILES = {"hotlines": "hotlines", "digests": "digests", "days": "calendar", "groups": "out_of_scope"}
#: The order in which fields are written; others follow by name.
_ORDER = (
    "id category title number questions answer reply sources region valid_from valid_to verify reviewed review_after"
    " audience ask next intent note"
).split()


@dataclass(frozen=True, slots=True)
class Item:
    """One entry as it is written. fields: as JSON can hold them, dates ISO; topic: that of its file."""

    kind: EntryKind
    topic: str
    fields: Mapping[str, Any]
    path: Path | None = None
    line: int = 1

    @property
    def id(self) -> str:
        """The entry's id, "" where it has none."""
        return str(self.fields.get("id") or "")


def read_items(path: Path) -> list[Item]:
    """The items of one file. Raises ContentError where it cannot be read as one."""
    if not path.is_file():
        raise ContentError("没有这个文件", path)
    data = parse(path)
    key = next((k for k in KEYS if k in data), None)
    if key is None:
        raise ContentError(
            f"文件里要有以下之一：{'、'.join(f'{k}:' for k in KEYS)}，写法见 knowledge/README.md", path, 1
        )
    defaults = data.get("defaults") or {}
    topic = str(data.get("topic") or path.stem) if key == "entries" else FILES[key]
    return [
        Item(KEYS[key], topic, _plain({**defaults, **item}), path, item[LINE]) for item in items_of(data, key, path)
    ]


def to_entry(item: Item) -> tuple[Entry, list[ContentError]]:
    """The entry that an item describes, and everything that is wrong with it by itself."""
    path = item.path or Path(f"{item.topic}.yaml")
    given = {**item.fields, LINE: item.line}
    fields = Fields(given, path)
    if item.kind is EntryKind.OUT_OF_SCOPE:
        known, entry = OUT_OF_SCOPE, to_out_of_scope(fields)
    else:
        known, entry = COMMON | EXTRA[item.kind], read_entry(fields, item.kind, item.topic)
    return entry, [*unknown_fields(given, known, path), *fields.errors]


def write_items(path: Path, key: str, topic: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Write a file that `read_items` reads back as the same items, always in the same bytes."""
    ordered = [dict(sorted(i.items(), key=_place)) for i in items]
    head = {"topic": topic} if key == "entries" else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump({**head, key: ordered}, allow_unicode=True, sort_keys=False, width=110)
    path.write_text(text, encoding="utf-8")


def _place(field: tuple[str, Any]) -> tuple[int, str]:
    return (_ORDER.index(field[0]) if field[0] in _ORDER else len(_ORDER), field[0])


def _plain(value: Any) -> Any:
    """A value read from YAML as JSON holds it."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items() if k != LINE}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value
