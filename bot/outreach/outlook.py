"""The calendar's coming days as staff see them: what is sent to whom, what collides, what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from bot.outreach import plan_firings
from bot.outreach.audiences import PUBLIC
from bot.outreach.book import Book
from bot.outreach.calendar import Calendar, Fate
from bot.outreach.calendar_tables import firing
from bot.outreach.firings import Firing, told_day
from bot.outreach.rules import Given, Season, inner
from bot.outreach.states import WORDS, State
from bot.outreach.tables import broadcast
from bot.settings import BEIJING
from bot.store.database import aware

#: So many things on one day for one person are too many.
TOO_MANY = 3
#: Dates that are set anew each year are looked for so long before.
_LOOK_FOR = timedelta(days=60)
#: What a firing is that staff left out.
SKIPPED = "已取消"
#: Missed firings are shown so long.
_RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Line:
    """A firing to come. state: how it will go out, or what became of it, in words; number: of its broadcast."""

    firing: Firing
    state: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What staff should see. Each text of the other fields is a sentence that says what to do.

    collisions  days on which somebody would get too much, or the same twice
    missing     holidays, themes and dates that nobody has entered
    waiting     broadcasts of the calendar that nobody has reviewed
    missed      firings that were missed lately
    """

    lines: tuple[Line, ...]
    collisions: tuple[str, ...]
    missing: tuple[str, ...]
    waiting: tuple[str, ...]
    missed: tuple[str, ...]


def view(calendar: Calendar, now: datetime, days: int = 30) -> Outlook:
    """The days from now on; what fired already today stays in sight."""
    now = now.astimezone(UTC)
    begin = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    end = begin + timedelta(days=days + 1) - timedelta(seconds=1)
    found = lines(calendar, begin, end)
    with calendar.database.read() as db:
        waiting = db.execute(_fates().where(broadcast.c.state.in_((State.DRAFT, State.IN_REVIEW)))).all()
        plans = plan_firings.read(db)
    coming = [line.firing for line in found if line.state != SKIPPED]
    undated = tuple(
        f"《{p.title}》的“{p.what}”只写了“{p.told or p.sentence}”，没有具体日期，未排入日历" for p in plans if not p.day
    )
    return Outlook(
        found, (*collisions(coming), *_twice(coming)), (*missing(calendar.book, now, coming), *undated),
        tuple(f"推送 {r.number}《{r.title}》{WORDS[State(r.broadcast)]}，请在 {_clock(r.window_until)} 前审核"
              for r in waiting),
        missed(calendar, now),
    )  # fmt: skip


def missed(calendar: Calendar, now: datetime) -> tuple[str, ...]:
    """The firings that were missed lately, a sentence each: by the title in the calendar, or by the id of one that is
    there no more."""
    # After weeks without a run all of it is found at once, however long ago it was due.
    c, since = firing.c, now - _RECENT
    lately = sa.or_(c.due_at > since, sa.and_(c.state == Fate.MISSED, c.fired_at > since))
    with calendar.database.read() as db:
        rows = db.execute(_fates().where(c.state.in_((Fate.MISSED, Fate.DUE)), lately, c.due_at <= now)).all()
    first = min((aware(row.due_at) or now for row in rows), default=now)
    known = {f.id: f for f in calendar.firings(first, now)} if rows else {}
    return tuple(_missed(known.get(row.id), row) for row in rows)


def _missed(held: Firing | None, row: sa.Row[tuple[object, ...]]) -> str:
    said = f"“{held.title}”（发给{held.audience.words}）" if held else f"{row.id}："
    return f"{said}{_clock(row.due_at)} 应发未发。{row.why}"


def lines(calendar: Calendar, begin: datetime, end: datetime) -> tuple[Line, ...]:
    """The firings of a stretch of time, and what became of each or will."""
    found, approved = calendar.firings(begin, end), {n for n, held in calendar.standings().items() if held.lets}
    fates = became(calendar, [f.id for f in found])
    return tuple(
        Line(f, _state(f, fates.get(f.id), f.reminder in approved), getattr(fates.get(f.id), "number", None))
        for f in found
    )


def became(calendar: Calendar, ids: Sequence[str]) -> dict[str, sa.Row[tuple[object, ...]]]:
    """Firing -> its state, why, number and broadcast; those of which nothing is known yet are left out."""
    with calendar.database.read() as db:
        return {r.id: r for r in db.execute(_fates().where(firing.c.id.in_(ids)))}


def collisions(found: Iterable[Firing]) -> list[str]:
    """Days on which one person would get three or more; the public is everybody."""
    days: dict[date, list[Firing]] = defaultdict(list)
    for f in found:
        days[f.send_day].append(f)
    told: list[str] = []
    for day, held in sorted(days.items()):
        kinds = dict.fromkeys(word for f in held for word in f.audience.who)
        seen: set[tuple[str, ...]] = set()
        for kind in kinds:
            same = [f for f in held if kind in f.audience.who or PUBLIC in f.audience.who]
            names = tuple(f.id for f in same)
            if len(same) >= TOO_MANY and names not in seen:
                seen.add(names)
                titles = "、".join(f"“{f.title}”" for f in same)
                told.append(f"{told_day(day)}有{len(same)}条都会发给{kind}：{titles}。请合并、改期或取消几条")
    return told


def _twice(found: Sequence[Firing]) -> list[str]:
    """The same day told of twice, by the calendar and by a plan."""
    plans = [f for f in found if f.reminder.startswith("plan-")]
    others = [f for f in found if not f.reminder.startswith("plan-")]
    return [
        f"{told_day(a.send_day)}“{a.title}”和“{b.title}”说的是同一件事，都会发给{who}。请取消一条"
        for a in plans
        for b in others
        for who in a.audience.who
        if a.send_day == b.send_day and a.day == b.day and who in b.audience.who
        if a.title in b.title or b.title in a.title
    ]


def missing(book: Book, now: datetime, coming: Iterable[Firing]) -> list[str]:
    """What nobody has entered and the calendar will not guess."""
    today = now.astimezone(BEIJING).date()
    told = holidays_missing(book, now)
    years = dict.fromkeys(f.day.year for f in coming if f.no_theme)
    told += [
        f"{year}年安全生产月的主题还没有录入，提醒里不会提主题。通知印发后请安装人员录入（knowledge/calendar.yaml）"
        for year in years
    ]
    for reminder in book.reminders:
        told += _dates_missing(reminder.title, inner(reminder.rule), book, today)
    return list(dict.fromkeys(told))


def holidays_missing(book: Book, now: datetime) -> list[str]:
    """Years of whose holidays nothing is known, from 1 December the next one."""
    return [
        f"没有{year}年的放假调休安排，暂按周一至周五上班算。请安装人员更新程序，或照国务院办公厅通知录入"
        "（config/calendar.yaml）"
        for year in book.facts.workdays.missing(now.astimezone(BEIJING).date())
    ]


def _dates_missing(title: str, rule: object, book: Book, today: date) -> list[str]:
    if isinstance(rule, Season) and book.facts.season(rule.name) is None:
        where = f"{book.facts.region}的{rule.name}起止没有录入，相关提醒不会发。"
        return [f"{where}请安装人员照当地公告录入（config/calendar.yaml）"]
    if not isinstance(rule, Given):
        return []
    told = []
    for year in (today.year, today.year + 1):
        about = rule.about.spans(year, book.facts)
        if about and today <= about[0].first <= today + _LOOK_FOR and not rule.spans(year, book.facts):
            told.append(f"{title}{year}年的日期没有录入，不会推算。请安装人员照当年通知录入（config/calendar.yaml）")
    return told


_FATES = {Fate.MISSED: "错过了", Fate.SKIPPED: SKIPPED, Fate.DUE: "没有发成"}


def _state(f: Firing, row: sa.Row[tuple[object, ...]] | None, approved: bool) -> str:
    if row is None:
        moved = "，避开静默时段" if f.moved else ""
        return ("到时自动发出" if approved else "到时生成草稿，待审核") + moved
    if row.state != Fate.FIRED:
        return f"{_FATES[Fate(row.state)]}（{row.why}）" if row.state == Fate.DUE else _FATES[Fate(row.state)]
    return f"推送 {row.number}：{WORDS[State(row.broadcast)]}" if row.broadcast else "已生成"


def _fates() -> sa.Select[tuple[object, ...]]:
    c = firing.c
    columns = (c.id, c.state, c.why, c.due_at, c.window_until, broadcast.c.id.label("number"), broadcast.c.title,
               broadcast.c.state.label("broadcast"))  # fmt: skip
    return sa.select(*columns).select_from(firing.outerjoin(broadcast)).order_by(c.due_at)


def _clock(at: datetime) -> str:
    held = aware(at)
    return f"{told_day(here.date())} {here:%H:%M}" if held and (here := held.astimezone(BEIJING)) else ""
