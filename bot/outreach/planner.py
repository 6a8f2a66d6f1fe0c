"""Who is sent to by which way: for each person the cheapest that works, in one SELECT.

What a person can get is known from their row: when they wrote last and how often we wrote since, which notices they
allowed, how many mass messages they got this month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from bot.outreach import quota
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.outreach.ways import MASS, MASSES, NOTICE, SERVICE, TAG, WAYS, carries
from bot.people.tables import consent, follower, liaison_officer
from bot.settings import OutreachSettings

#: A window that closes within minutes is closed by the time that the call is made.
_WINDOW = timedelta(hours=48) - timedelta(minutes=10)
#: Customer-service messages after a person wrote. Source: developers.weixin.qq.com, 客服消息 (since 2023-06).
WINDOW_MESSAGES = 5
_WORK = "企业"
#: Why nobody can reach a person -> in words for staff.
WHY = {
    "no_channel": "本次选用的方式到不了这些人所在的渠道",
    "not_carried": "这些人该看的那一版内容，选用的方式都发不了",
    "window_closed": "48 小时内没有给公众号发过消息，不能发客服消息",
    "window_used_up": "上次来消息后已经发满 5 条，不能再发客服消息",
    "no_consent": "没有可用的订阅通知授权",
    "no_window_no_consent": "48 小时内没有来消息（或已发满 5 条），也没有订阅通知授权",
    "mass_used_up": "本月能收的群发已经用完（应急的一次留着）",
    "too_few": "按名单群发至少要 2 人，只剩这 1 人",
    "left": "已取消关注",
    "cancelled": "群发已取消",
    "expired": "过了截止时间还没有轮到",
    "cut_off": "发送时程序中断，不知道对方是否收到",
}


class Segments(Protocol):
    """What outreach asks of the rules for people; the module bot/people/segments.py is one."""

    def where(self, rule: object, now: datetime, /) -> sa.ColumnElement[bool]:
        """The condition over `follower` that a rule stands for: of those who follow. Raises OutreachError."""

    def words(self, rule: object, /) -> str:
        """A rule as staff read it. Raises OutreachError."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a broadcast would be sent now.

    people  columns follower_id, sender, level, why (see ledger.fan_out), and last: 1 where this is the last mass
            message that the month allows
    ways    names of senders that may be used, cheapest first
    target  of a mass message to all under a tag: the tag, "" for all; None where people are listed
    """

    people: sa.Select[Any]
    ways: tuple[str, ...]
    target: str | None

    @property
    def fan_out(self) -> sa.Select[Any]:
        """`people` as the ledger takes it."""
        inner = self.people.subquery()
        return sa.select(*(inner.c[name] for name in ("follower_id", "sender", "level", "why")))


def plan(
    db: sa.Connection,
    draft: Draft,
    segments: Segments,
    senders: frozenset[str],
    settings: OutreachSettings,
    now: datetime,
) -> Plan:
    """How a broadcast would be sent now. senders: names of those that are set up."""
    target = whole(draft.audience) if TAG in draft.channels else None
    ways = tuple(
        name
        for name in WAYS
        if name in draft.channels and name in senders and (name != TAG or target is not None)
        if not (target is not None and name in (SERVICE, NOTICE, MASS))  # all get the mass message: once is enough
        if not (settings.account_type == "subscription" and name in (NOTICE, MASS))
    )
    c = follower.c
    month = quota.monthly(db, c.id, settings, draft.urgent, now)
    if target is not None:
        level: sa.ColumnElement[str] = sa.literal(str(Level.PUBLIC))
    else:
        level = _level(draft)
    may = {name: _may(name, draft, level, month, now) for name in ways}
    sender = sa.case(*((condition, name) for name, condition in may.items()), else_="") if may else sa.literal("")
    people = sa.select(
        c.id.label("follower_id"),
        sender.label("sender"),
        level.label("level"),
        _why(may, month, now).label("why"),
        _last(sender, month).label("last"),
    ).where(segments.where(draft.audience, now))
    return Plan(people, ways, target)


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


def _level(draft: Draft) -> sa.ColumnElement[str]:
    """Who is spoken to as what: liaison officers, workers, all others; a level without words of its own is public."""
    c = follower.c
    officers = sa.select(liaison_officer.c.follower_id).where(
        liaison_officer.c.until.is_(None), liaison_officer.c.follower_id.is_not(None)
    )
    groups = {Level.OFFICER: c.id.in_(officers), Level.WORKER: sa.or_(c.audience == _WORK, c.post != "")}
    cases = [(condition, str(level)) for level, condition in groups.items() if level in draft.content]
    return sa.case(*cases, else_=str(Level.PUBLIC)) if cases else sa.literal(str(Level.PUBLIC))


def _may(
    name: str, draft: Draft, level: sa.ColumnElement[str], month: quota.Monthly, now: datetime
) -> sa.ColumnElement[bool]:
    """Whether a way works for the person of a row."""
    ours = follower.c.channel == WAYS[name].channel
    carried = [str(at) for at, message in draft.content.items() if carries(name, message)]
    fits = sa.true() if len(carried) == len(draft.content) else level.in_(carried)
    if name == SERVICE:
        return sa.and_(ours, fits, in_window(now), follower.c.window_sent < WINDOW_MESSAGES)
    if name == NOTICE:
        allowed = [
            sa.and_(level == str(at), follower.c.id.in_(_consents(message.template)))
            for at, message in draft.content.items()
            if message.template
        ]
        return sa.and_(ours, sa.or_(*allowed) if allowed else sa.false())
    if name in MASSES and month.used is not None:
        return sa.and_(ours, fits, month.used <= month.most)
    return sa.and_(ours, fits)


def in_window(now: datetime) -> sa.ColumnElement[bool]:
    """Whether the person of a row wrote within 48 hours, and so may be written to."""
    return follower.c.last_message_at > sa.literal(now - _WINDOW, sa.DateTime(timezone=True))


def _consents(template: str) -> sa.Select[Any]:
    c = consent.c
    left = sa.or_(c.remaining > 0, c.long_term == 1)
    return sa.select(c.follower_id).where(c.template_id == template, left)


def _why(may: Mapping[str, sa.ColumnElement[bool]], month: quota.Monthly, now: datetime) -> sa.ColumnElement[str]:
    """Why nobody can reach the person of a row, "" where somebody can."""
    if not may:
        return sa.literal("no_channel")
    channels = {WAYS[name].channel for name in may}
    official: sa.ColumnElement[str] = sa.literal("not_carried")
    if any(name in may for name in MASSES):
        official = sa.literal("mass_used_up" if month.used is not None else "not_carried")
    elif SERVICE in may and NOTICE in may:
        official = sa.literal("no_window_no_consent")
    elif NOTICE in may:
        official = sa.literal("no_consent")
    elif SERVICE in may:
        official = sa.case((in_window(now), "window_used_up"), else_="window_closed")
    channel = follower.c.channel
    return sa.case(
        *((condition, "") for condition in may.values()),
        (channel.not_in(channels), "no_channel"),
        (channel == "official", official),
        else_="not_carried",
    )


def _last(sender: sa.ColumnElement[str], month: quota.Monthly) -> sa.ColumnElement[int]:
    if month.used is None:
        return sa.literal(0)
    return sa.case((sa.and_(sender.in_(MASSES), month.used == month.most), 1), else_=0)
