"""Who is sent to by which way: for each person the cheapest that works, in one SELECT.

What a person can get is known from their row: when they wrote last and how often we wrote since, which notices they
allowed, how many mass messages they got this month.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from bot.outreach import quota
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.outreach.ways import MASS, MASSES, NOTICE, SERVICE, TAG, WAYS, carries
from bot.people import windows
from bot.people.tables import consent, follower, liaison_officer
from bot.sending import Sender
from bot.settings import OutreachSettings

#: A window that closes within minutes is closed by the time that the call is made.
_WINDOW = windows.WINDOW - timedelta(minutes=10)
_WORK = "企业"
#: Why nobody can reach a person -> in words for staff.
WHY = {
    "no_channel": "本次选用的方式到不了这些人所在的渠道",
    "not_carried": "这些人该看的那一版内容，选用的方式都发不了",
    "window_closed": "48 小时内没有给公众号发过消息，或按平台的记录已经发满 5 条，不能发客服消息",
    "window_used_up": "上次来消息后已经发满 5 条，不能再发客服消息",
    "no_consent": "没有可用的订阅通知授权",
    "no_window_no_consent": "48 小时内没有来消息（或已发满 5 条），也没有订阅通知授权",
    "mass_used_up": "本月能收的群发已经用完（留作应急的一次，只有紧急的群发能用）",
    "too_few": "按名单群发至少要 2 人，只剩这 1 人",
    "left": "已取消关注",
    "cancelled": "群发已取消",
    "expired": "过了截止时间还没有轮到",
    "cut_off": "发送时程序中断，不知道对方是否收到",
}


class Segments(Protocol):
    """What outreach asks of the rules for people; the module bot/people/segments.py is one."""

    def where(self, rule: object, now: datetime, /, *, whole: bool = False) -> sa.ColumnElement[bool]:
        """The condition over `follower` that a rule stands for: of those who follow. Raises OutreachError.

        whole  more of their rows is read than the index of audiences holds, or they are read in order
        """

    def words(self, rule: object, /) -> str:
        """A rule as staff read it. Raises OutreachError."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan is made with. senders: those that are set up, by name; account: whose quotas count."""

    segments: Segments
    senders: Mapping[str, Sender]
    settings: OutreachSettings
    account: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What a person may meet with: a sender, or "" and why there is none.

    last  this would be the last mass message that the month allows them
    """

    sender: str = ""
    why: str = ""
    last: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a broadcast would be sent now.

    fates   what people may meet with
    code    of a row of `follower`: the place in `fates`, times 4, plus the place in LEVELS. One number, so that a
            million rows are looked at once, and grouped quickly
    where   the rows that are meant
    ways    names of senders that may be used, cheapest first
    target  of a mass message to all under a tag: the tag, "" for all; None where people are listed
    got     how many mass messages of the month each got, where the code asks; columns follower_id, n
    """

    fates: tuple[Fate, ...]
    code: sa.ColumnElement[int]
    where: sa.ColumnElement[bool]
    ways: tuple[str, ...]
    target: str | None
    got: sa.FromClause | None = None

    @property
    def people(self) -> sa.Select[Any]:
        """Columns follower_id, sender, level, why, in the order of followers: see ledger.fan_out."""
        inner = self.coded.order_by(follower.c.id).subquery()
        code = {(n, m): 4 * n + m for n in range(len(self.fates)) for m in range(len(LEVELS))}
        senders = {at: self.fates[n].sender for (n, _), at in code.items() if self.fates[n].sender}
        whys = {at: self.fates[n].why for (n, _), at in code.items() if self.fates[n].why}
        levels = {at: str(LEVELS[m]) for (_, m), at in code.items() if m}
        told = {"sender": (senders, ""), "level": (levels, str(LEVELS[0])), "why": (whys, "")}
        return sa.select(
            inner.c.id.label("follower_id"),
            *(
                (sa.case(map_, value=inner.c.code, else_=rest) if map_ else sa.literal(rest)).label(name)
                for name, (map_, rest) in told.items()
            ),
        )

    @property
    def coded(self) -> sa.Select[Any]:
        """Columns id, code. The offset keeps the database from working the code out again wherever it is named."""
        codes = sa.select(follower.c.id, self.code.label("code")).select_from(self.source)
        return codes.where(self.where).offset(0)

    @property
    def source(self) -> sa.FromClause:
        """What the code is told of: followers, each with what they got."""
        return follower if self.got is None else follower.outerjoin(self.got, self.got.c.follower_id == follower.c.id)

    def read(self, code: int) -> tuple[Fate, Level]:
        """What a code says."""
        return self.fates[code // 4], LEVELS[code % 4]


#: In the order of their numbers in a code.
LEVELS = tuple(Level)


def plan(db: sa.Connection, draft: Draft, terms: Terms, few: Sequence[int] | None = None) -> Plan:
    """How a broadcast would be sent now. few: numbers of followers, where the plan is of interest for these alone."""
    settings, now = terms.settings, terms.now
    target = whole(draft.audience) if TAG in draft.channels else None
    ways = tuple(
        name
        for name in WAYS
        if name in draft.channels and name in terms.senders and (name != TAG or target is not None)
        if not (target is not None and name in (SERVICE, NOTICE, MASS))  # all get the mass message: once is enough
        if not (settings.account_type == "subscription" and name in (NOTICE, MASS))
    )
    month = quota.monthly(db, settings, draft.urgent, now, few)
    level = _level(draft) if target is None else sa.literal(0)
    cases = [
        *(case for name in ways for case in _cases(name, draft, level, month, now)),
        *_reasons(ways, month, now),
    ]
    fates = (*(fate for _, fate in cases), Fate(why="not_carried"))
    fate = sa.case(*((condition, 4 * n) for n, (condition, _) in enumerate(cases)), else_=4 * len(cases))
    return Plan(fates, fate + level, terms.segments.where(draft.audience, now, whole=True), ways, target, month.got)


def whole(audience: Mapping[str, Any]) -> str | None:
    """The tag that a rule comes down to, "" where it means all; None where WeChat knows no such group."""
    if "any" in audience or "not" in audience:
        return None
    official = ("channel", ["official"])
    stated = [audience] if "field" in audience else audience.get("all") or []
    rules = [r for r in stated if (r.get("field"), r.get("values")) != official]
    if not rules:
        return ""
    if len(rules) == 1 and rules[0].get("field") == "tag" and len(rules[0].get("values") or []) == 1:
        return str(rules[0]["values"][0])
    return None


def _level(draft: Draft) -> sa.ColumnElement[int]:
    """Who is spoken to as what: liaison officers, workers, all others; a level without words of its own is public."""
    c = follower.c
    officers = sa.select(liaison_officer.c.follower_id).where(
        liaison_officer.c.until.is_(None), liaison_officer.c.follower_id.is_not(None)
    )
    groups = {Level.OFFICER: c.id.in_(officers), Level.WORKER: sa.or_(c.audience == _WORK, c.post != "")}
    cases = [(condition, LEVELS.index(level)) for level, condition in groups.items() if level in draft.content]
    return sa.case(*cases, else_=0) if cases else sa.literal(0)


_Case = tuple[sa.ColumnElement[bool], Fate]


def _cases(
    name: str, draft: Draft, spoken_to: sa.ColumnElement[int], month: quota.Monthly, now: datetime
) -> Iterator[_Case]:
    """When a way works for the person of a row, and what they meet with then."""
    works = follower.c.channel == WAYS[name].channel
    carried = [LEVELS.index(at) for at, message in draft.content.items() if carries(name, message)]
    if len(carried) < len(draft.content):
        works = sa.and_(works, spoken_to.in_(carried))
    if name == SERVICE:
        yield sa.and_(works, in_window(now), follower.c.window_sent < windows.ALLOWED), Fate(name)
    elif name == NOTICE:
        for template in {message.template: None for message in draft.content.values() if message.template}:
            at = [LEVELS.index(level) for level, message in draft.content.items() if message.template == template]
            mine = sa.true() if len(at) == len(draft.content) else spoken_to.in_(at)
            yield sa.and_(works, mine, follower.c.id.in_(_consents(template))), Fate(name)
    elif name in MASSES and month.got is not None:
        yield sa.and_(works, month.n == month.most), Fate(name, last=True)
        yield works if month.sent <= month.most else sa.and_(works, month.n < month.most), Fate(name)
    else:
        yield works, Fate(name)


def in_window(now: datetime) -> sa.ColumnElement[bool]:
    """Whether the person of a row wrote within 48 hours, and so may be written to."""
    return follower.c.last_message_at > sa.literal(now - _WINDOW, sa.DateTime(timezone=True))


def _consents(template: str) -> sa.Select[Any]:
    c = consent.c
    left = sa.or_(c.remaining > 0, c.long_term == 1)
    return sa.select(c.follower_id).where(c.template_id == template, left)


def _reasons(ways: tuple[str, ...], month: quota.Monthly, now: datetime) -> Iterator[_Case]:
    """Why no way works for the person of a row."""
    channel = follower.c.channel
    yield channel.not_in({WAYS[name].channel for name in ways}), Fate(why="no_channel")
    if any(name in ways for name in MASSES):
        if month.got is not None:
            yield channel == "official", Fate(why="mass_used_up")
    elif SERVICE in ways and NOTICE in ways:
        yield channel == "official", Fate(why="no_window_no_consent")
    elif NOTICE in ways:
        yield channel == "official", Fate(why="no_consent")
    elif SERVICE in ways:
        used_up = sa.and_(in_window(now), follower.c.window_sent >= windows.ALLOWED)
        yield sa.and_(channel == "official", used_up), Fate(why="window_used_up")
        yield (
            sa.and_(channel == "official", sa.not_(sa.func.coalesce(in_window(now), sa.false()))),
            Fate(why="window_closed"),
        )
