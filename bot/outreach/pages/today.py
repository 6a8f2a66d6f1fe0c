"""The part of Today that is outreach's: what waits for review, what went wrong, what goes out, a few figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from bot.console import Figure, Waiting, person
from bot.console.groups import Coming
from bot.outreach import lists, outlook, overtaken
from bot.outreach.board import left_this_month
from bot.outreach.drafts import Broadcast
from bot.outreach.pages.desks import Desks
from bot.outreach.pages.schedule import items_of
from bot.outreach.pages.telling import clock, title
from bot.outreach.scope import confined
from bot.outreach.states import State
from bot.settings import BEIJING
from bot.staff import Permission, Staff

_HOME = "/staff/outreach/broadcasts"
_LIST = "/staff/outreach/calendar/list"
_STANDING = "/staff/outreach/calendar/standing"
_MOST = 100
#: What went wrong longer ago is history.
_RECENT = timedelta(days=3)
_SPARK_DAYS = 14
#: More missed reminders than that are one line: after weeks without a run there are dozens.
_EACH = 5
#: A feed that is away for a moment is tried again by itself.
_FEED_AWAY = timedelta(hours=1)


class Today:
    """Its methods are what a Group wants."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def waiting(self, staff: Staff, now: datetime) -> list[Waiting]:
        """What waits for this person, and what went wrong."""
        if not staff.may(Permission.READ_OUTREACH):
            return []
        held = lists.wanting(self._desks.house.database, staff.region, now - _RECENT, 3 * _MOST)
        found = [*self._wrong(held, staff, now)]
        found += self._reminders(staff)
        if staff.may(Permission.APPROVE_OUTREACH):
            found += _reviews(held, staff)
        if staff.may(Permission.WRITE_OUTREACH) and (ready := sum(one.state is State.APPROVED for one in held)):
            text = f"{_many(ready)}条推送已审核通过，还没有定时间"
            found.append(Waiting(text, f"{_HOME}?state=ready", 0, ready))
        return found

    def figures(self, staff: Staff, now: datetime) -> list[Figure]:
        """What is left of the month, and how much went out lately."""
        if not staff.may(Permission.READ_OUTREACH):
            return []
        house = self._desks.house
        office = house.office
        begin = datetime.combine(now.astimezone(BEIJING).date(), time(), BEIJING)
        first = begin - timedelta(days=_SPARK_DAYS - 1)
        days = [0] * _SPARK_DAYS
        for at in lists.started(house.database, first, now, staff.region):
            days[min(_SPARK_DAYS - 1, (at - first).days)] += 1
        found = [Figure("今天开始发送的推送", str(days[-1]), f"{_HOME}?state=done", days)]
        left = left_this_month(house.database, list(house.senders), office.settings.outreach, now)
        if left is not None:
            found.append(Figure("本月平时还可群发", f"{left} 次", _HOME))
        return found

    def coming(self, staff: Staff, now: datetime) -> list[Coming]:
        """What goes out from now until in 30 days."""
        if not staff.may(Permission.READ_OUTREACH):
            return []
        return [
            Coming(
                item.at.astimezone(BEIJING).date().isoformat(), clock(item.at),
                f"{item.title} → {item.to}（{item.state}）",
                f"{_HOME}/{item.number}" if item.number else _LIST,
            )
            for item in items_of(self._desks, now, now + timedelta(days=30), staff.region)
        ]  # fmt: skip

    def _reminders(self, staff: Staff) -> Iterator[Waiting]:
        """Reminders that somebody else wants to go out by themselves; those that stopped because they were changed."""
        if staff.region or not staff.may(Permission.WRITE_OUTREACH):
            return
        standings = self._desks.house.calendar.standings().values()
        wanted = sum(h.is_current and not h.approver and h.proposer != staff.name for h in standings)
        if wanted and staff.may(Permission.APPROVE_OUTREACH):
            yield Waiting(f"{wanted} 条提醒等您长期批准，以后每年自动发", _STANDING, 1, wanted)
        if stopped := sum(bool(h.proposer) and not h.is_current for h in standings):
            said = f"{stopped} 条提醒提交或批准以后改过，不再自动发：请重新提交，或收回"
            yield Waiting(said, _STANDING, 1, stopped)

    def _feeds(self, now: datetime) -> Iterator[Waiting]:
        """Feeds of warnings that cannot be read for an hour."""
        feeds = self._desks.house.feeds
        for feed in feeds.conditions() if feeds.feeds else ():
            if feed.is_broken and (feed.good_at is None or now - feed.good_at > _FEED_AWAY):
                yield Waiting(f"预警源“{feed.name}”读不到：{feed.error}", "/staff/outreach/feeds", 2)

    def _wrong(self, wanting: Sequence[Broadcast], staff: Staff, now: datetime) -> Iterator[Waiting]:
        """Alerts nobody stands by, sendings that stopped, reminders that were missed."""
        house = self._desks.house
        for alone in house.broadcasts.unconfirmed():
            if staff.sees(confined(alone.held.draft.audience)):
                said = f"{title(alone.held)}由 {person(alone.who)} 一人紧急发出，要另一个人事后确认"
                yield Waiting(said, f"{_HOME}/{alone.held.id}", 2)
        for one in house.broadcasts.objected():
            if staff.sees(confined(one.held.draft.audience)):
                said = f"{title(one.held)}有异议（{person(one.who)}：{one.why}），要处理并写明怎么处理的"
                yield Waiting(said, f"{_HOME}/{one.held.id}", 2)
        for held in wanting:
            if held.trouble and held.state not in lists.READY:
                yield Waiting(f"{title(held)}{_trouble(held)}", f"{_HOME}/{held.id}", 2)
        for told in overtaken.find(house.calendar, now):
            if staff.sees(confined(told.held.draft.audience)):
                yield Waiting(told.words, f"{_HOME}/{told.held.id}", 2)
        yield from self._feeds(now)
        if not staff.region:
            yield from _missed(outlook.missed(house.calendar, now))
            if staff.may(Permission.WRITE_OUTREACH):
                yield from (Waiting(line, _LIST, 1) for line in outlook.holidays_missing(house.calendar.book, now))


def _missed(lines: Sequence[str]) -> Iterator[Waiting]:
    """A line each; of many one that leads to them."""
    if len(lines) <= _EACH:
        yield from (Waiting(line, _LIST, 2) for line in lines)
    else:
        yield Waiting(f"{len(lines)} 条提醒应发未发，最近一条：{lines[-1]}", _LIST, 2, len(lines))


def _trouble(held: Broadcast) -> str:
    """What went wrong, in one line that does not begin with its title again."""
    lines = [line.removeprefix("- ") for line in held.trouble.removeprefix(held.name).strip().split("\n")]
    return f"{'' if held.trouble.startswith(held.name) else '：'}{lines[0]}{'；'.join(lines[1:])}"


def _reviews(wanting: Sequence[Broadcast], staff: Staff) -> Iterator[Waiting]:
    held = [one for one in wanting if one.state is State.IN_REVIEW and one.author != staff.name]
    if len(held) == 1:
        yield Waiting(f"{title(held[0])}等您审核", f"{_HOME}/{held[0].id}", 1)
    elif held:
        yield Waiting(f"{_many(len(held))}条推送等您审核", f"{_HOME}?state=review", 1, len(held))


def _many(count: int) -> str:
    return f"{count}+ " if count >= _MOST else f"{count} "
