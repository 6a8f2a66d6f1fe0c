"""The reach check, before anything is sent: who gets it by which way, why the others do not, what forbids it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.outreach import quota
from bot.outreach.content import Level
from bot.outreach.drafts import Broadcast, Draft
from bot.outreach.planner import Plan, Terms
from bot.outreach.planner import plan as make_plan
from bot.outreach.quiet import is_quiet, opens
from bot.outreach.quota import Quota
from bot.outreach.ways import LEVELS, MASSES, SERVICE, TAG, WAYS, carries
from bot.people.tables import follower
from bot.sending import Priced, Sender
from bot.settings import BEIJING, OutreachSettings

#: What one process sends where the platform names no rate; see benchmarks/README.md.
_PER_MINUTE = 60_000
#: Followers that WeChat's slowest mass message reaches in a minute. Source: 群发速度 4.
_TAG_PER_MINUTE = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ByWay:
    """What one way does.

    levels  level -> people
    quota   of the day, before; None where there is none
    yuan    what it costs
    """

    sender: str
    people: int
    calls: int
    levels: Mapping[str, int]
    quota: Quota | None
    duration_s: float
    yuan: float = 0.0

    @property
    def words(self) -> str:
        return WAYS[self.sender].words


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What would happen if a broadcast began now.

    unreachable  why -> people; the words are in planner.WHY
    blockers     why it cannot begin; notes: what staff should know
    """

    audience: int
    ways: tuple[ByWay, ...]
    unreachable: Mapping[str, int]
    blockers: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def people(self) -> int:
        """How many are sent to."""
        return sum(way.people for way in self.ways)

    @property
    def duration_s(self) -> float:
        """Ways work beside each other."""
        return max((way.duration_s for way in self.ways), default=0.0)

    @property
    def yuan(self) -> float:
        return sum(way.yuan for way in self.ways)


@dataclass(slots=True)
class _Counts:
    """People by way and level; why not; how many use up what the month allows."""

    reached: dict[str, dict[str, int]] = field(default_factory=dict)
    unreachable: dict[str, int] = field(default_factory=dict)
    last: int = 0


def reach(db: sa.Connection, held: Broadcast, plan: Plan, terms: Terms) -> Reach:
    """What would happen if a broadcast began now. One statement over the people, whatever their number."""
    counts = _count(db, plan, terms.senders)
    ways = tuple(_by_way(db, held, name, levels, terms) for name, levels in counts.reached.items())
    return Reach(
        audience=sum(sum(levels.values()) for levels in counts.reached.values()) + sum(counts.unreachable.values()),
        ways=tuple(sorted(ways, key=lambda way: list(WAYS).index(way.sender))),
        unreachable=dict(sorted(counts.unreachable.items(), key=lambda item: -item[1])),
        blockers=tuple(_blockers(held.draft, plan, counts, ways, terms)),
        notes=(*_notes_of_ways(held.draft, plan, terms), *_notes(held.draft, counts, ways, terms)),
    )


def sample(db: sa.Connection, draft: Draft, terms: Terms, count: int) -> list[Mapping[str, Any]]:
    """Some of the people: region, sender, level, why; their addresses are nobody's business here."""
    c = follower.c
    first = sa.select(c.id).where(terms.segments.where(draft.audience, terms.now)).order_by(c.id).limit(count)
    few = db.scalars(first).all()
    plan = make_plan(db, draft, terms, few)
    rows = sa.select(c.id, c.region, c.audience, plan.code.label("code")).select_from(plan.source)
    found: list[Mapping[str, Any]] = []
    for row in db.execute(rows.where(c.id.in_(few)).order_by(c.id)):
        fate, level = plan.read(row.code)
        who = {"follower_id": row.id, "region": row.region, "audience": row.audience}
        found.append({**who, "sender": fate.sender, "level": str(level), "why": fate.why})
    return found


def _count(db: sa.Connection, plan: Plan, senders: Mapping[str, Sender]) -> _Counts:
    each = plan.coded.subquery()
    rows = sa.select(each.c.code, sa.func.count().label("people")).group_by(each.c.code)
    reached: dict[tuple[str, str], int] = {}
    counts = _Counts()
    for row in db.execute(rows):
        fate, level = plan.read(row.code)
        if fate.sender:
            reached[fate.sender, str(level)] = reached.get((fate.sender, str(level)), 0) + row.people
            counts.last += row.people if fate.last else 0
        else:
            counts.unreachable[fate.why] = counts.unreachable.get(fate.why, 0) + row.people
    for (sender, at), people in reached.items():
        if people < senders[sender].least:
            counts.unreachable["too_few"] = counts.unreachable.get("too_few", 0) + people
        else:
            counts.reached.setdefault(sender, {})[at] = people
    return counts


def _by_way(db: sa.Connection, held: Broadcast, name: str, levels: Mapping[str, int], terms: Terms) -> ByWay:
    sender, settings = terms.senders[name], terms.settings
    people = sum(levels.values())
    calls = sum(-(-n // sender.most) for n in levels.values()) if sender.most else 1
    yuan = 0.0
    if isinstance(sender, Priced):
        said = held.draft.content
        each = {level: sender.parts(said.get(Level(level), said[Level.PUBLIC])) for level in levels}
        yuan = sum(n * each[level] for level, n in levels.items()) * settings.sms_yuan
    minutes = people / _TAG_PER_MINUTE if name == TAG else calls / (sender.per_minute or _PER_MINUTE)
    return ByWay(
        sender=name,
        people=people,
        calls=calls,
        levels=levels,
        quota=quota.daily(db, terms.account, name, settings, terms.now),
        duration_s=minutes * 60,
        yuan=round(yuan, 2),
    )


def _blockers(draft: Draft, plan: Plan, counts: _Counts, ways: tuple[ByWay, ...], terms: Terms) -> Iterator[str]:
    settings, now = terms.settings, terms.now
    if not counts.reached:
        yield "没有一个人能收到：受众里没有人，或者选用的方式都到不了他们"
    if not plan.ways:
        yield "选用的方式都没有配置，或本账号不能用"
    for way in ways:
        # Service messages that are left over go on the next day by themselves; a mass message cannot be parted.
        if way.quota and way.sender in MASSES and way.calls > way.quota.left:
            yield f"{way.words}要调用 {way.calls} 次，今天的额度只剩 {way.quota.left} 次"
    if draft.until and draft.until <= now:
        yield f"截止时间 {_clock(draft.until)} 已经过了"
    if is_quiet(now, settings) and not draft.urgent:
        yield (
            f"现在是静默时段（{settings.quiet_from}–{settings.quiet_until}），"
            f"请定时到 {_clock(opens(now, settings))} 以后；确属紧急的按紧急通知发送"
        )
    if counts.last and not draft.urgent:
        yield from _last_mass(draft, counts.last, settings)


def _last_mass(draft: Draft, people: int, settings: OutreachSettings) -> Iterator[str]:
    """The last mass message of a month is not used without saying so."""
    left = settings.mass_kept + 1
    words = f"发完这次，{people} 人本月的群发就只剩应急用的 {settings.mass_kept} 次"
    if draft.mass_left is None:
        now_left = f"平台每月每人 {settings.mass_per_month} 次，现在还剩 {left} 次"
        how = f"请修改这份推送，勾选“可以用掉本月最后一次平时的群发”（文件里写 mass_left: {left}）"
        yield f"{words}（{now_left}）。确认要用，{how}"
    elif draft.mass_left != left:
        yield f"{words}。稿子里写的是还剩 {draft.mass_left} 次，现在是 {left} 次，请核对后改过来"


def _notes_of_ways(draft: Draft, plan: Plan, terms: Terms) -> Iterator[str]:
    """Which ways are not used, and for whom."""
    for name in draft.channels:
        if name not in WAYS:
            yield f"发送方式 {name} 不认识，不会使用"
        elif name not in terms.senders:
            yield f"{WAYS[name].words}没有配置，不会使用"
    if plan.target is not None and len(draft.content) > 1:
        yield "全体或按标签群发只能发同一份内容，发的是公众版"
    for name in plan.ways:
        missing = [LEVELS[level] for level, m in draft.content.items() if not carries(name, m)]
        if missing and plan.target is None:
            yield f"{WAYS[name].words}发不了{'、'.join(missing)}的内容"


def _notes(draft: Draft, counts: _Counts, ways: tuple[ByWay, ...], terms: Terms) -> Iterator[str]:
    """What staff should know of quotas and of the time it takes."""
    settings, now = terms.settings, terms.now
    if counts.last and draft.urgent:
        yield f"这次紧急通知会用掉 {counts.last} 人本月最后一次（应急）群发"
    for way in ways:
        if way.quota and way.sender == SERVICE and way.people > way.quota.left:
            yield f"今天的客服消息额度只剩 {way.quota.left} 条，其余的第二天自动继续，48 小时窗口可能已关"
    end = now + timedelta(seconds=max((way.duration_s for way in ways), default=0.0))
    if not draft.urgent and not is_quiet(now, settings) and is_quiet(end, settings):
        yield f"预计发到 {_clock(end)}，已进入静默时段，建议提前开始"
    if draft.until and end > draft.until:
        yield f"预计发到 {_clock(end)}，晚于截止时间 {_clock(draft.until)}，没轮到的人不再发送"


def _clock(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%m-%d %H:%M")
