"""knowledge/ -> Knowledge. Reads every file, complains of everything that is wrong at once, loads all or nothing.

The form of the files is in knowledge/README.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.answers.entries import Card, Entry, EntryKind, Example, Knowledge, Law, Plan, Source, Theme, Verify
from bot.errors import ContentError, ContentErrors

_LINE = "__line__"
AUDIENCES = frozenset("公众 职工 企业 学校 家庭 农村 社区 机关 工作人员".split())
FACT_KINDS = frozenset(
    "theme period event deadline activity duty hotline law document contact organisation requirement attachment"
    " goal audience other".split()
)
CATEGORIES = frozenset(
    "other_law gov_other general harmful injection abuse nonsense trap politics medical private"
    " politics_medical_private unanswerable self_harm".split()
)
MAX_ANSWER = 320  # characters; behaviour: short answers, about 300
MAX_SHORT = 60  # characters of the answer in a sentence
MAX_TITLE = 24  # a tappable line on a phone
MIN_QUESTIONS = 5


class _Loader(yaml.CSafeLoader):
    """Plain YAML, with the line of each mapping kept under __line__."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in out:
            raise yaml.constructor.ConstructorError(None, None, f"key {key} stands twice", key_node.start_mark)
        try:
            out[key] = loader.construct_object(value_node, deep=True)
        except ValueError as e:  # 2026-02-30 looks like a date and is none
            raise yaml.constructor.ConstructorError(None, None, f"{key}: {e}", value_node.start_mark) from e
    out[_LINE] = node.start_mark.line + 1
    return out


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


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
    """Every content file below `folder`, in name order."""
    return sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".toml") and p.is_file())


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


def read(folder: Path) -> Reading:
    """Read all content and collect what is wrong with each file; `check.py` looks across files."""
    reading = Reading()
    if not folder.is_dir():
        reading.errors.append(ContentError("no such folder; set knowledge_dir", folder))
        return reading
    for path in files(folder):
        try:
            _read_file(path, folder, reading)
        except ContentError as e:
            reading.errors.append(e)
    return reading


def _read_file(path: Path, folder: Path, reading: Reading) -> None:
    if path.suffix == ".toml":
        _read_replies(path, reading)
        return
    data = _parse(path)
    name = "entries" if path.parent != folder and path.parent.name == "entries" else path.stem
    name = path.parent.name if path.parent.name in ("plans", "danger_examples") else name
    reader = _READERS.get(name)
    if reader is None:
        raise ContentError(f"没有叫 {path.name} 的内容文件；可用：{', '.join(_READERS)}", path)
    reader(data, path, reading)


def _parse(path: Path) -> dict[str, Any]:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except UnicodeDecodeError as e:
        raise ContentError("不是 UTF-8 文本，请另存为 UTF-8", path) from e
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else None
        raise ContentError(f"不是正确的 YAML：{e.problem or e.context}", path, line) from e
    except yaml.YAMLError as e:
        raise ContentError(f"不是正确的 YAML：{e}", path) from e
    if not isinstance(data, dict):
        raise ContentError("文件要由“键: 值”组成，见 knowledge/README.md", path, 1)
    return data


def _list(data: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    items = data.get(key)
    if not isinstance(items, list) or not items:
        raise ContentError(f"`{key}:` 之下要有列表", path, data.get(_LINE))
    for item in items:
        if not isinstance(item, dict):
            raise ContentError(f"`{key}:` 之下每一项都要由“键: 值”组成，现在是：{item!r:.40}", path)
    return items


def _unknown(item: dict[str, Any], known: frozenset[str], path: Path) -> Iterator[ContentError]:
    for key in sorted(map(str, set(item) - known - {_LINE})):
        yield ContentError(f"没有叫 {key} 的字段；可用：{', '.join(sorted(known))}", path, item[_LINE])


_COMMON = frozenset(
    "id title questions answer short sources region valid_from valid_to verify reviewed review_after audience ask next"
    " intent note".split()
)
_EXTRA = {
    EntryKind.FAQ: frozenset[str](),
    EntryKind.HOTLINE: frozenset({"number", "urgent"}),
    EntryKind.DAY: frozenset({"rule"}),
    EntryKind.DIGEST: frozenset({"law", "short_names"}),
}


def _read_entries(kind: EntryKind, key: str) -> Callable[[dict[str, Any], Path, Reading], None]:
    def reader(data: dict[str, Any], path: Path, reading: Reading) -> None:
        defaults = data.get("defaults") or {}
        for item in _list(data, key, path):
            full = {**defaults, **item, _LINE: item[_LINE]}
            reading.errors += _unknown(full, _COMMON | _EXTRA[kind], path)
            _keep(reading, path, full, lambda f: _entry(f, kind, str(data.get("topic") or path.stem), path))

    return reader


def _keep(reading: Reading, path: Path, item: dict[str, Any], build: Callable[[_Fields], Entry]) -> None:
    fields = _Fields(item, path)
    entry = build(fields)
    reading.errors += fields.errors
    _place(reading, entry.id, path, item[_LINE])
    reading.entries.append(entry)


def _place(reading: Reading, name: str, path: Path, line: int) -> None:
    if name in reading.where:
        other, at = reading.where[name]
        reading.errors.append(ContentError(f"id {name} 已在 {other.name}:{at} 用过", path, line))
    reading.where[name] = (path, line)


class _Fields:
    """Reads the fields of one item; a bad one is noted and replaced by an empty value."""

    def __init__(self, item: dict[str, Any], path: Path) -> None:
        self.item, self.path = item, path
        self.errors: list[ContentError] = []

    def wrong(self, reason: str) -> None:
        name = self.item.get("id", "")
        self.errors.append(ContentError(f"{name}: {reason}" if name else reason, self.path, self.item[_LINE]))

    def text(self, key: str, *, needed: bool = False, longest: int = 2000) -> str:
        value = self.item.get(key)
        if value is None or value == "":
            if needed:
                self.wrong(f"缺少 {key}")
            return ""
        if not isinstance(value, str | int):
            self.wrong(f"{key} 要写成文字")
            return ""
        value = str(value).strip()
        if len(value) > longest:
            self.wrong(f"{key} 有 {len(value)} 个字，最多 {longest} 个")
        return value

    def texts(self, key: str, *, at_least: int = 0) -> tuple[str, ...]:
        value = self.item.get(key) or []
        if not isinstance(value, list) or not all(isinstance(v, str | int) for v in value):
            self.wrong(f"{key} 要写成文字的列表；含冒号的文字请加引号")
            return ()
        if len(value) < at_least:
            self.wrong(f"{key} 有 {len(value)} 项，至少要 {at_least} 项")
        if any(not str(v).strip() for v in value):
            self.wrong(f"{key} 有一项是空的")
        return tuple(str(v).strip() for v in value)

    def day(self, key: str) -> date | None:
        value = self.item.get(key)
        if value is None:
            return None
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.wrong(f"{key} 要写成 2026-11-24 这样的日期，现在是：{value}")
            return None

    def one_of(self, key: str, allowed: Sequence[str] | frozenset[str], default: str) -> str:
        value = self.text(key) or default
        if value not in allowed:
            self.wrong(f"{key} 只能是 {', '.join(sorted(allowed))} 之一，现在是：{value}")
            return default
        return value

    def sources(self, *, needed: bool) -> tuple[Source, ...]:
        value = self.item.get("sources") or []
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.wrong("sources 要写成 {law, article} 或 {name, issuer, ref} 的列表")
            return ()
        if needed and not value:
            self.wrong("缺少 sources：每个回答都要写明出处")
        return tuple(s for v in value if (s := self._source(v)))

    def _source(self, value: dict[str, Any]) -> Source | None:
        known = {k: str(v).strip() for k, v in value.items() if k in Source.__dataclass_fields__ and v is not None}
        if unknown := set(value) - set(Source.__dataclass_fields__) - {_LINE, "date", "year"}:
            self.wrong(f"sources 里没有这些字段：{', '.join(sorted(unknown))}")
        if not known.get("law") and not known.get("name"):
            self.wrong("出处要写 law（和 article），或者 name")
            return None
        return Source(**known)


def _entry(f: _Fields, kind: EntryKind, group: str, path: Path) -> Entry:
    valid_from, valid_to = f.day("valid_from"), f.day("valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        f.wrong("valid_to 早于 valid_from")
    if f.item.get("reviewed") is None:
        f.wrong("缺少 reviewed：最近一次与出处核对的日期")
    if unknown := set(f.texts("audience")) - AUDIENCES:
        f.wrong(f"audience 里没有：{', '.join(sorted(unknown))}；可用：{' '.join(sorted(AUDIENCES))}")
    return Entry(
        id=f.text("id", needed=True),
        kind=kind,
        title=f.text("title", needed=True, longest=MAX_TITLE),
        answer=f.text("answer", needed=True, longest=MAX_ANSWER),
        questions=f.texts("questions", at_least=MIN_QUESTIONS),
        group=group,
        sources=f.sources(needed=True),
        region=f.text("region") or "全国",
        valid_from=valid_from,
        valid_to=valid_to,
        verify=Verify(f.one_of("verify", [v.value for v in Verify], Verify.STATUTE)),
        reviewed=f.day("reviewed"),
        audience=f.texts("audience"),
        ask=f.text("ask"),
        next=f.texts("next"),
        intent=f.text("intent"),
        number=f.text("number"),
        short=f.text("short", longest=MAX_SHORT),
    )


_FACT = frozenset(
    "id kind section title text questions date start end to from number recurring note formats media_limits"
    " quantity unit due_text".split()
)
_PLAN = frozenset(
    "id title issuer aliases region sector year doc_no issue_date reviewed facts verify audience note"
    " disclosure".split()
)


def _read_plan(data: dict[str, Any], path: Path, reading: Reading) -> None:
    reading.errors += _unknown(data, _PLAN, path)
    f = _Fields(data, path)
    year = data.get("year")
    if not isinstance(year, int):
        f.wrong("year 要写成数字，如 2026")
    plan = Plan(
        id=f.text("id", needed=True),
        title=f.text("title", needed=True),
        issuer=f.text("issuer", needed=True),
        region=f.text("region") or "全国",
        year=year if isinstance(year, int) else 0,
        aliases=f.texts("aliases", at_least=1),
    )
    reviewed = f.day("reviewed")
    if reviewed is None:
        f.wrong("缺少 reviewed")
    reading.errors += f.errors
    _place(reading, plan.id, path, data[_LINE])
    reading.plans.append(plan)
    for item in _list(data, "facts", path):
        reading.errors += _unknown(item, _FACT, path)
        _keep(reading, path, item, lambda g: _fact(g, plan, reviewed))


def _fact(f: _Fields, plan: Plan, reviewed: date | None) -> Entry:
    section = f.text("section")
    for key in ("date", "start", "end"):
        f.day(key)
    return Entry(
        id=f.text("id", needed=True),
        kind=EntryKind.PLAN,
        title=f.text("title", needed=True, longest=MAX_TITLE + 6),
        answer=f.text("text", needed=True, longest=MAX_ANSWER),
        questions=f.texts("questions", at_least=MIN_QUESTIONS),
        group=plan.id,
        sources=(Source(name=plan.title, issuer=plan.issuer, section=section),),
        region=plan.region,
        verify=Verify.OFFICIAL,
        reviewed=reviewed,
        year=plan.year,
        section=section,
        number=f.text("number"),
        fact=f.one_of("kind", FACT_KINDS, "other"),
    )


_CARD = frozenset("id title call first steps questions sources verify reviewed note".split())


def _read_cards(data: dict[str, Any], path: Path, reading: Reading) -> None:
    for item in _list(data, "cards", path):
        reading.errors += _unknown(item, _CARD, path)
        f = _Fields({**(data.get("defaults") or {}), **item, _LINE: item[_LINE]}, path)
        card = Card(
            id=f.text("id", needed=True),
            title=f.text("title", needed=True),
            call=f.texts("call", at_least=1),
            first=f.text("first", needed=True, longest=80),
            steps=f.texts("steps", at_least=1),
            questions=f.texts("questions", at_least=MIN_QUESTIONS),
            sources=f.sources(needed=True),
        )
        if len(card.steps) > 3:
            f.wrong("最多三步：危急时没人读第四步")
        if card.call and card.call[0] not in card.first:
            f.wrong(f"第一行要写明拨打的号码（{card.call[0]}）")
        reading.errors += f.errors
        _place(reading, card.id, path, item[_LINE])
        reading.cards.append(card)


def _read_out_of_scope(data: dict[str, Any], path: Path, reading: Reading) -> None:
    for item in _list(data, "groups", path):
        known = frozenset("id category title reply questions reviewed note".split())
        reading.errors += _unknown(item, known, path)
        _keep(reading, path, item, _out_of_scope)


def _out_of_scope(f: _Fields) -> Entry:
    return Entry(
        id=f.text("id", needed=True),
        kind=EntryKind.OUT_OF_SCOPE,
        title=f.text("title", needed=True),
        answer=f.text("reply", needed=True, longest=200),
        questions=f.texts("questions", at_least=MIN_QUESTIONS),
        group=f.one_of("category", CATEGORIES, "general"),
    )


def _read_laws(data: dict[str, Any], path: Path, reading: Reading) -> None:
    for item in _list(data, "laws", path):
        f = _Fields(item, path)
        reading.laws.append(Law(f.text("law", needed=True), f.texts("short")))
        reading.errors += f.errors


def _read_calendar(data: dict[str, Any], path: Path, reading: Reading) -> None:
    for item in _list(data, "themes", path):
        f = _Fields(item, path)
        if not isinstance(item.get("year"), int) or not isinstance(item.get("ordinal"), int):
            f.wrong("themes 的 year 和 ordinal 要写成数字")
        else:
            reading.themes.append(Theme(item["year"], item["ordinal"], f.text("theme", needed=True)))
        reading.errors += f.errors
    _read_entries(EntryKind.DAY, "days")(data, path, reading)


def _read_replies(path: Path, reading: Reading) -> None:
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ContentError(f"不是正确的 TOML：{e}", path) from e
    for item in words.pop("small_talk", []):
        f = _Fields({**item, _LINE: 1}, path)
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
    for item in _list(data, "examples", path):
        reading.errors += _unknown(item, frozenset({"card", "now", "calm"}), path)
        f = _Fields(item, path)
        card = f.text("card", needed=True)
        for key in ("now", "calm"):
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
