"""config/calendar.yaml, read and checked: the year's reminders, the seasons of each region, holidays staff entered.

What a safety day is, when it is and who says so stands in knowledge/calendar.yaml, from which questions are answered:
a reminder names the day there, and takes its rule, title and source over.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import time
from pathlib import Path
from typing import Any

from bot.errors import ContentError, ContentErrors
from bot.ingest.fields import Loader, parse
from bot.outreach.audiences import PUBLIC, Audience
from bot.outreach.book_fields import Fields
from bot.outreach.content import Level
from bot.outreach.rules import End, Facts, Rule, Season, Shifted, inner
from bot.outreach.workdays import OwnYear, Workdays
from bot.settings import ROOT

CALENDAR = ROOT / "config" / "calendar.yaml"
LINE = "__line__"
_REMINDER = frozenset(
    "id day rule title before shift at window_h audience region industry topic text worker officer theme_text ask"
    " source note".split()
)
_SEASON = frozenset({"name", "region", "rule", "source"})
_HOLIDAYS = frozenset({"year", "rest", "worked", "source"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """What is said, to whom and when, every year.

    day          id of the safety day in knowledge/calendar.yaml, "" for a rule of its own
    before       days before it, once for each
    to_workday   goes on the last workday before where its day is none
    texts        level -> text, with {date} {when} {weekday} {year}
    theme_text   added where the theme of the year is known, with {theme}
    ask          words a follower may send to read more, which the bot answers
    """

    id: str
    title: str
    day: str
    rule: Rule
    before: tuple[int, ...]
    to_workday: bool
    at: time
    window_h: int
    audience: Audience
    texts: Mapping[Level, str]
    theme_text: str
    ask: str
    source: str


@dataclass(frozen=True, slots=True)
class Book:
    """The calendar of one office. themes: year -> theme of Safety Production Month, where it is known."""

    reminders: tuple[Reminder, ...]
    facts: Facts
    themes: Mapping[int, str]

    def reminder(self, name: str) -> Reminder | None:
        """The reminder of that id."""
        return next((r for r in self.reminders if r.id == name), None)

    def digest(self, reminder: Reminder, channels: Sequence[str]) -> str:
        """Of all that staff approve when they let a reminder go out by itself by these ways.

        When it goes out may hang on a season of the region, and what it says on the theme of a year.
        """
        shown: dict[str, Any] = {k: str(v) for k, v in asdict(reminder).items() if k != "source"}
        season = inner(reminder.rule)
        shown["season"] = str(self.facts.season(season.name)) if isinstance(season, Season) else ""
        shown["themes"] = sorted(self.themes.items()) if reminder.theme_text else []
        shown["channels"] = list(channels)
        return hashlib.sha256(json.dumps(shown, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Day:
    title: str
    rule: str
    source: str


def load(path: Path, knowledge_dir: Path, region: str) -> Book:
    """Read the calendar. Raises ContentErrors with everything that is wrong, in the order of the file."""
    errors: list[ContentError] = []
    try:
        data, known = parse(path, _Loader), parse(knowledge_dir / "calendar.yaml", _Loader)
    except ContentError as e:
        raise ContentErrors([e]) from e
    days = {str(d.get("id")): _Day(str(d.get("title", "")), str(d.get("rule", "")), _said(d.get("sources")))
            for d in known.get("days") or [] if isinstance(d, dict)}  # fmt: skip
    themes = {t["year"]: str(t["theme"]) for t in known.get("themes") or [] if isinstance(t, dict) and "theme" in t}
    if unknown := set(data) - {"reminders", "seasons", "holidays", LINE}:
        errors.append(ContentError(f"没有叫 {sorted(unknown)[0]} 的部分；可用：reminders, seasons, holidays", path, 1))
    seasons = _seasons(_items(data, "seasons", path, errors, _SEASON))
    workdays = Workdays(dict(_holidays(_items(data, "holidays", path, errors, _HOLIDAYS))))
    fields = list(_items(data, "reminders", path, errors, _REMINDER))
    reminders = tuple(_reminder(f, days, seasons) for f in fields)
    _no_two_alike(fields)
    if errors:
        raise ContentErrors(sorted(errors, key=lambda e: e.line or 0))
    return Book(reminders, Facts(workdays, seasons, region), themes)


class _Loader(Loader):
    """Leaves dates as they are written: a wrong one is named later."""


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _loader, node: str(node.value))


def _items(
    data: dict[str, Any], key: str, path: Path, errors: list[ContentError], known: frozenset[str]
) -> Iterator[Fields]:
    """The items of a list; what is wrong with the list itself is noted."""
    items = data.get(key) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        errors.append(ContentError(f"`{key}:` 之下要有列表，每一项由“键: 值”组成", path, data.get(LINE)))
        return
    for item in items:
        line = item.pop(LINE)
        yield Fields(item, path, line, errors, known)


def _seasons(items: Iterable[Fields]) -> dict[str, list[tuple[str, Rule]]]:
    seasons: dict[str, list[tuple[str, Rule]]] = {}
    for f in items:
        f.text("source", needed=True)
        rule = f.rule("rule")
        seasons.setdefault(f.text("name", needed=True), []).append((f.text("region") or "全国", rule))
    return seasons


def _holidays(items: Iterable[Fields]) -> Iterator[tuple[int, OwnYear]]:
    for f in items:
        f.text("source", needed=True)
        year = f.number("year", 2004, 2098, 0)
        off, worked = f.days("rest", year), f.days("worked", year)
        if year and not off:
            f.wrong("rest", "放假的日子一天也没有写")
        yield year, OwnYear(frozenset(off), frozenset(worked))


def _reminder(f: Fields, days: Mapping[str, _Day], seasons: Mapping[str, Any]) -> Reminder:
    name, day = f.text("day"), None
    if name:
        day = days.get(name)
        if day is None:
            f.wrong("day", f"knowledge/calendar.yaml 里没有 {name}")
    elif not f.text("rule"):
        f.wrong("rule", "要写 day（knowledge/calendar.yaml 里的日子）或 rule（日期规则）")
    rule = f.rule("rule", day.rule if day else "", seasons)
    before = f.numbers("before", 0, 60) or (0,)
    who = f.words("audience")
    audience = Audience(who or (PUBLIC,), f.text("region"), f.texts("industry"), f.texts("topic"))
    keys = {Level.PUBLIC: "text", Level.WORKER: "worker", Level.OFFICER: "officer"}
    texts = {level: text for level, key in keys.items() if (text := f.template(key, needed=key == "text"))}
    if any("{last}" in text for text in texts.values()) and isinstance(rule, Shifted | End):
        f.wrong("text", "{last} 只能用于一段时间的规则，不能用于 days、workdays、end")
    return Reminder(
        id=f.name(), title=f.text("title", longest=60) or (_named(day) if day else "") or f.missing("title"),
        day=name, rule=rule, before=before, to_workday=f.one_of("shift", ("workday_before",)) != "",
        at=f.time("at", time(8, 30)), window_h=f.number("window_h", 1, 240, 10), audience=audience, texts=texts,
        theme_text=f.template("theme_text", theme=True), ask=f.text("ask", longest=30) or (day.title if day else ""),
        source=f.text("source") or (day.source if day else "") or f.missing("source"),
    )  # fmt: skip


def _no_two_alike(fields: list[Fields]) -> None:
    seen: dict[str, int] = {}
    for f in fields:
        name = str(f.item.get("id", ""))
        if name in seen:
            f.wrong("id", f"{name} 已在第{seen[name]}行用过")
        seen[name] = f.line


def _named(day: _Day) -> str:
    """A safety day without the question for its date: 全国消防日是哪天 -> 全国消防日."""
    return re.sub(r"是(哪天|几月|什么时候)$", "", day.title)


def _said(sources: Any) -> str:
    """The chief source of a safety day in one line."""
    first = sources[0] if isinstance(sources, list) and sources and isinstance(sources[0], dict) else {}
    if law := first.get("law"):
        return f"《{law}》{first.get('article', '')}"
    parts = (f"{first.get('name', '')}{first.get('article', '')}", first.get("ref"), first.get("issuer"))
    return "，".join(str(part) for part in parts if part)
