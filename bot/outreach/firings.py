"""The firings of a stretch of time: reminders of the calendar and of accepted plans, worked out. Pure.

A firing is due at an exact moment and may be caught up until its window closes. Its id is made of the reminder, the day
it is about, how long before and for whom: the same at every working out, so it can happen once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot.outreach.audiences import Audience
from bot.outreach.book import Book, Reminder
from bot.outreach.content import Level
from bot.outreach.quiet import is_quiet, opens
from bot.outreach.rules import Facts, Span
from bot.settings import BEIJING, OutreachSettings

#: Its id in knowledge/calendar.yaml.
CONSULTATION_DAY = "cal-consult-day"
_WEEKDAYS = "一二三四五六日"
#: Quiet hours put a firing off by less; no reminder goes out longer before its day, a long leave included.
_PUT_OFF, _LONGEST_BEFORE = timedelta(days=2), timedelta(days=90)
#: Words that are wrong once the day is over.
_DATED = ("when", "date", "weekday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One reminder at one time to one audience.

    reminder      its id in config/calendar.yaml, or plan-N-FACT
    day           what it is about
    due_at        aware UTC, after quiet hours; moved: they put it off
    until         not sent any more from then on
    texts         level -> what is said
    source        who says so
    no_theme      it would tell the theme of the year, which nobody has entered
    """

    id: str
    reminder: str
    title: str
    day: date
    due_at: datetime
    until: datetime
    audience: Audience
    texts: Mapping[Level, str]
    source: str
    moved: bool = False
    no_theme: bool = False

    @property
    def send_day(self) -> date:
        """The day it goes out, in Beijing."""
        return self.due_at.astimezone(BEIJING).date()


def of_book(
    book: Book, start: date, end: date, settings: OutreachSettings, local: Mapping[int, Sequence[date]] | None = None
) -> list[Firing]:
    """The calendar's firings that go out from `start` to `end`, in order. Beijing's days.

    local  year -> the days on which the consultation day is here instead of on its national date
    """
    years = range(start.year - 1, end.year + 2)
    own = local or {}
    days = Span(start, end)
    found = [f for r in book.reminders for year in years for f in _of_reminder(r, year, days, book, settings, own)]
    return sorted(found, key=lambda f: (f.due_at, f.id))


def _of_reminder(
    reminder: Reminder, year: int, days: Span, book: Book, settings: OutreachSettings,
    local: Mapping[int, Sequence[date]],
) -> Iterator[Firing]:  # fmt: skip
    """Those of one year that go out on some days. What is said is put together last: most are of other days."""
    spans = reminder.rule.spans(year, book.facts)
    if reminder.day == CONSULTATION_DAY and local.get(year):
        spans = tuple(Span(day, day) for day in local[year])
        reminder = replace(reminder, ask="")  # what the bot tells on asking is the national date
    for span in spans:
        if not days.first - _PUT_OFF <= span.first <= days.last + _LONGEST_BEFORE:
            continue
        for before, day in send_days(span.first, reminder.before, reminder.to_workday, book.facts):
            due = datetime.combine(day, reminder.at, BEIJING).astimezone(UTC)
            if not days.first <= opens(due, settings).astimezone(BEIJING).date() <= days.last:
                continue
            theme = book.themes.get(span.first.year, "") if reminder.theme_text else ""
            yield Firing(
                id=f"{reminder.id}:{span.first}:{before}:{_code(reminder.audience)}", reminder=reminder.id,
                title=reminder.title, day=span.first, due_at=opens(due, settings), moved=is_quiet(due, settings),
                until=due + timedelta(hours=reminder.window_h), audience=reminder.audience,
                texts={level: _told(text, reminder, span, day, theme) for level, text in reminder.texts.items()},
                source=reminder.source, no_theme=bool(reminder.theme_text) and not theme,
            )  # fmt: skip


def send_days(day: date, before: Iterable[int], to_workday: bool, facts: Facts) -> list[tuple[int, date]]:
    """Days before -> when it is sent. Where a weekend makes two of them one, only the nearer one is kept."""
    kept: dict[date, int] = {}
    for count in sorted(before, reverse=True):
        at = day - timedelta(days=count)
        kept[facts.workdays.on_or_before(at) if to_workday else at] = count
    return [(count, at) for at, count in kept.items()]


def told_day(day: date) -> str:
    """6月16日."""
    return f"{day.month}月{day.day}日"


def told_when(day: date, sent: date) -> str:
    """今天, 明天, 7天后."""
    away = (day - sent).days
    return {0: "今天", 1: "明天", 2: "后天"}.get(away, f"{away}天后")


def _told(text: str, reminder: Reminder, span: Span, sent: date, theme: str) -> str:
    places = {
        "date": told_day(span.first),
        "last": told_day(span.last),
        "when": told_when(span.first, sent),
        "weekday": f"星期{_WEEKDAYS[span.first.weekday()]}",
        "year": str(span.first.year),
    }
    said = text.format(**places)
    if theme:
        said += reminder.theme_text.format(**places, theme=theme)
    return f"{said}\n回复“{reminder.ask}”，看详细内容。" if reminder.ask else said


def retold(book: Book, found: Firing, sent: date) -> Mapping[Level, str] | None:
    """What a firing of the calendar says when it is sent on another day; None where that day is too late for it."""
    reminder = book.reminder(found.reminder)
    if reminder is None or sent == found.send_day:
        return found.texts
    years = (found.day.year - 1, found.day.year, found.day.year + 1)
    spans = [span for year in years for span in reminder.rule.spans(year, book.facts) if span.first == found.day]
    dated = any(f"{{{name}}}" in text for text in reminder.texts.values() for name in _DATED)
    if not spans or (dated and sent > found.day):
        return None
    theme = book.themes.get(found.day.year, "") if reminder.theme_text else ""
    return {level: _told(text, reminder, spans[0], sent, theme) for level, text in reminder.texts.items()}


def _code(audience: Audience) -> str:
    """An audience as part of an id."""
    who = audience.who
    return "+".join(who) if len(who) <= 3 else f"{'+'.join(who[:2])}等{len(who)}"
