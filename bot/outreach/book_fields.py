"""The fields of one item of config/calendar.yaml; a bad one is noted with file, line and field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from string import Formatter
from typing import Any

from bot.errors import ContentError
from bot.outreach.audiences import WORDS
from bot.outreach.rules import Given, Rule, Season, inner, parse

_LONGEST_TEXT = 300
_PLACES = frozenset({"date", "when", "weekday", "year", "last"})
#: Stands for a rule that could not be read; it never comes true.
_NEVER = Given(parse("fixed 01-01"), ())  # type: ignore[arg-type]


class Fields:
    """Reads the fields of one item; a bad one is noted and an empty value stands for it."""

    def __init__(
        self, item: dict[str, Any], path: Path, line: int, errors: list[ContentError], known: frozenset[str]
    ) -> None:
        self.item, self.path, self.line, self._errors = item, path, line, errors
        for key in sorted(map(str, set(item) - known)):
            self.wrong(key, f"没有这个字段；可用：{', '.join(sorted(known))}")

    def wrong(self, field: str, reason: str) -> None:
        """Note what is wrong with a field."""
        name = self.item.get("id") or self.item.get("name") or self.item.get("year") or ""
        self._errors.append(ContentError(f"{name} 的 {field}：{reason}".strip(), self.path, self.line))

    def missing(self, field: str) -> str:
        """Note that a field is missing."""
        self.wrong(field, "缺少")
        return ""

    def name(self) -> str:
        """The id: part of the ids of firings, so it may not be long."""
        name = self.text("id", needed=True)
        if name and not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,39}", name) or name.startswith("plan-"):
            self.wrong("id", "用小写字母、数字和-，2到40个字符，不能以 plan- 开头")
        return name

    def text(self, field: str, *, needed: bool = False, longest: int = _LONGEST_TEXT) -> str:
        """A text, "" where there is none."""
        value = self.item.get(field)
        if value is None or value == "":
            return self.missing(field) if needed else ""
        if not isinstance(value, str):
            self.wrong(field, "要写成文字；像时间、数字的请加引号")
            return ""
        if len(value) > longest:
            self.wrong(field, f"有{len(value)}个字，最多{longest}个")
        return value.strip()

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.item.get(field) or []
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            self.wrong(field, "要写成文字的列表，如 [消防, 燃气]")
            return ()
        return tuple(v.strip() for v in value)

    def words(self, field: str) -> tuple[str, ...]:
        """Kinds of people."""
        held = self.texts(field)
        if not held:
            self.missing(field)
        for word in held:
            if word not in WORDS:
                self.wrong(field, f"不认识“{word}”，可用：{'、'.join(WORDS)}")
        return tuple(word for word in held if word in WORDS)

    def one_of(self, field: str, allowed: Sequence[str]) -> str:
        """One of a few words, or ""."""
        value = self.text(field)
        if value and value not in allowed:
            self.wrong(field, f"只能是 {'、'.join(allowed)}，现在是“{value}”")
            return ""
        return value

    def number(self, field: str, least: int, most: int, default: int) -> int:
        """A whole number."""
        value = self.item.get(field, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.wrong(field, f"要写成{least}到{most}的数字，现在是“{value}”")
            return default
        return value

    def numbers(self, field: str, least: int, most: int) -> tuple[int, ...]:
        """A number or a list of them, the greatest first, each once."""
        value = self.item.get(field, [])
        held = value if isinstance(value, list) else [value]
        if not all(isinstance(n, int) and not isinstance(n, bool) and least <= n <= most for n in held):
            self.wrong(field, f"要写成{least}到{most}的数字，或它们的列表，如 [7, 1, 0]")
            return ()
        return tuple(sorted(set(held), reverse=True))

    def time(self, field: str, default: time) -> time:
        """A time of the day in Beijing."""
        value = self.text(field)
        if value and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            self.wrong(field, f'要写成加引号的时间，如 "08:30"，现在是“{value}”')
            return default
        return time.fromisoformat(value) if value else default

    def days(self, field: str, year: int) -> set[date]:
        """Days of a year, or of the last week before it: 2027-01-01, or from and to: 2027-02-05..2027-02-12."""
        out: set[date] = set()
        for text in map(str, self.item.get(field) or []):
            first, _, last = text.partition("..")
            try:
                begin, end = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
            except ValueError:
                self.wrong(field, f"“{text}”不是日期，要写成 2027-01-01，或 2027-02-05..2027-02-12")
                continue
            inside = all((d + timedelta(days=7)).year in (year, year + 1) and d.year <= year for d in (begin, end))
            if not inside or not timedelta() <= end - begin <= timedelta(days=31):
                self.wrong(field, f"“{text}”不在{year}年内（元旦可以从上一年最后一周起），或起止颠倒、超过一个月")
                continue
            out |= {begin + timedelta(days=n) for n in range((end - begin).days + 1)}
        return out

    def rule(self, field: str, default: str = "", seasons: Mapping[str, Any] | None = None) -> Rule:
        """A rule of dates; a season must be one of the file's."""
        text = self.text(field) or default
        if not text:
            return _NEVER
        try:
            rule = parse(text)
        except ValueError as e:
            self.wrong(field, str(e))
            return _NEVER
        season = inner(rule)
        if isinstance(season, Season) and seasons is not None and season.name not in seasons:
            self.wrong(field, f"seasons 里没有“{season.name}”")
        return rule

    def template(self, field: str, *, needed: bool = False, theme: bool = False) -> str:
        """A text with {places} for what differs from year to year."""
        text = self.text(field, needed=needed)
        allowed = _PLACES | ({"theme"} if theme else set())
        try:
            used = {name for _text, name, _spec, _conversion in Formatter().parse(text) if name is not None}
        except ValueError:
            self.wrong(field, "花括号不成对")
            return ""
        if unknown := used - allowed:
            known = "、".join("{" + name + "}" for name in sorted(allowed))
            self.wrong(field, f"不认识 {{{sorted(unknown)[0]}}}，可用：{known}")
            return ""
        return text
