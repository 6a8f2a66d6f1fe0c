"""The tips of a day: who gets which, in a few segments for any number of people.

The work is by kinds of people, not by people (see tip_tables.py): a kind's history is that of all who were in it.
Whoever changed kind knows other tips too; these few are looked at one by one and get another tip where theirs is known.
Every function takes an open transaction. A day is planned once; planning it again adds who came since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import OutreachError
from bot.ingest.tips import Tip
from bot.outreach.choosing import LEADER, REST, Profile, choose, message
from bot.outreach.tables import delivery
from bot.outreach.tip_tables import head_count, tip_day, tip_own, tip_past, tip_reader
from bot.people.tables import follower, unit
from bot.settings import BEIJING

SLOTS = ("morning", "noon", "evening")
#: Weekly tips go out on Monday.
WEEKDAY = 0
#: Nothing that was sent was opened for so long: weekly instead of daily.
PATIENCE = timedelta(days=14)
#: Senders that carry the whole text; a notice holds its beginning.
_WHOLE = ("official.service", "wecom.app")
#: The numbers of followers, first and last.
Span = tuple[int, int]
ALL: Span = (0, 2**62)
#: A segment of more people is parted: to write down a million at once would hold up everybody else who writes.
MOST = 25_000


@dataclass(frozen=True, slots=True)
class Segment:
    """People who are sent the same words in one slot of a day.

    key     names it in the rule of a broadcast: day/slot/tip/leader/slowed, and of a part /first/last number
    people  selects their follower_id
    """

    key: str
    tip: str
    text: str
    count: int
    people: sa.Select[Any]

    @property
    def leader(self) -> bool:
        """Whether it is for team leaders."""
        return self.key.split("/")[3] == "1"


class TipDesk:
    """Plans and hands over the tips of a day.

    slot  when those get it who chose none
    seed  another one gives another order of tips
    most  people of one segment
    """

    def __init__(self, tips: Sequence[Tip], slot: str = "morning", seed: int = 0, most: int = MOST) -> None:
        self.tips = tips
        self._most, self._block = most, max(1, most // 5)
        self._by_id = {tip.id: tip for tip in tips}
        self._slot, self._seed = slot, seed

    def plan(self, db: sa.Connection, now: datetime, *, slow_down: bool = True) -> int:
        """`follow` everybody, `decide` and `replace_known`; returns how many kinds were decided on.

        slow_down  not where a day to come is only looked at: who will have opened what by then is not known
        """
        self.follow(db, now, ALL, slow_down=slow_down)
        count = self.decide(db, now, self.undecided(db, now))
        self.replace_known(db, now, ALL)
        return count

    def follow(self, db: sa.Connection, now: datetime, span: Span, *, slow_down: bool = True) -> None:
        """Bring up to date which kind of people those of a span of numbers are. See `plan`."""
        if slow_down:
            _slow_down(db, now, span)
        _follow(db, _day(now), span)

    def undecided(self, db: sa.Connection, now: datetime) -> list[str]:
        """Kinds of people who get a tip today, and for whom none is chosen yet."""
        day = _day(now)
        return list(db.scalars(_receiving(day, tip_reader.c.kind).distinct().where(~_decided(day))))

    def decide(self, db: sa.Connection, now: datetime, kinds: Sequence[str]) -> int:
        """Decide what kinds of people get today; returns how many get something."""
        day = _day(now)
        _forget(db, day)
        sent = _history(db, day, kinds)
        chosen = {kind: self._choose(now, kind, sent.get(kind, ())) for kind in sorted(kinds)}
        rows = [{"kind": kind, "day": str(day), "tip": tip} for kind, tip in chosen.items() if tip]
        _add(db, tip_day, rows)
        return len(rows)

    def segments(self, db: sa.Connection, now: datetime, slot: str) -> list[Segment]:
        """What is to be sent in a slot of today to those who did not get a tip today, the largest first."""
        if slot not in SLOTS:
            raise OutreachError(f"没有叫 {slot} 的时段；可用：{', '.join(SLOTS)}")
        day = _day(now)
        tip = sa.func.coalesce(tip_own.c.tip, tip_day.c.tip)
        block = (tip_reader.c.follower_id // self._block).label("block")
        due = self._due(day, slot, tip.label("tip"), _leads().label("leader"), _slowed().label("slowed"), block)
        held = due.outerjoin(tip_own, _own(day)).outerjoin(tip_day, _of_kind(day)).subquery()
        alike = (held.c.tip, held.c.leader, held.c.slowed)
        rows = db.execute(sa.select(*alike, held.c.block, sa.func.count()).group_by(*alike, held.c.block))
        blocks: dict[tuple[str, int, int], list[tuple[int, int]]] = defaultdict(list)
        for *same, block, count in rows:
            blocks[tuple(same)].append((block, count))
        found = [
            self._segment(day, slot, *same, count, span)
            for same, of in blocks.items() if same[0] in self._by_id
            for span, count in self._parts(sorted(of))
        ]  # fmt: skip
        return sorted(found, key=lambda s: (-s.count, s.tip, s.text, s.key))

    def hand_over(self, db: sa.Connection, now: datetime, segment: Segment, broadcast: int) -> None:
        """Note that a segment goes out, in the transaction that writes its ledger: one tip a day for a person.

        That tips are weekly now counts as told to those alone to whom the whole text goes.
        """
        day, d = str(_day(now)), delivery.c
        whole = (d.broadcast_id == broadcast, d.follower_id == tip_reader.c.follower_id, d.sender.in_(_WHOLE))
        told = sa.case((sa.and_(_slowed() == 1, sa.exists().where(*whole)), day), else_=tip_reader.c.told)
        who = segment.people.subquery()
        db.execute(
            sa.update(tip_reader)
            .where(tip_reader.c.follower_id.in_(sa.select(who.c.follower_id)))
            .values(handed=day, told=told)
        )

    def people(self, key: str) -> sa.Select[Any]:
        """follower_id of a segment by its key: of those who have not got a tip on its day. Raises OutreachError."""
        try:
            day, slot, tip, leader, slowed, *part = key.split("/")
            first, last = map(int, part or ALL)
            return self._people(date.fromisoformat(day), slot, tip, int(leader), int(slowed), (first, last))
        except ValueError as e:
            raise OutreachError(f"没有叫“{key}”的每日提示分组") from e

    def is_planned(self, db: sa.Connection, now: datetime) -> bool:
        """Whether it was decided what is sent today."""
        found = sa.select(tip_day.c.tip).where(tip_day.c.day == str(_day(now))).limit(1)
        return db.scalar(found) is not None

    def _choose(self, now: datetime, kind: str, sent: Collection[str]) -> str:
        tip = choose(self.tips, now, Profile(*kind.split("/", 3)), sent, self._seed)
        return tip.id if tip else ""

    def replace_known(self, db: sa.Connection, now: datetime, span: Span) -> None:
        """Another tip for each of a span who changed kind and knows the one that the new kind gets."""
        day = _day(now)
        if not _any_past(db, span):
            return
        knowing: dict[int, str] = dict(db.execute(_knowing(day, span)).all())
        if not knowing:
            return
        known = _known(db, day, list(knowing))
        sent = _history(db, day, sorted(set(knowing.values())), today=True)
        seen: dict[tuple[str, frozenset[str]], str] = {}
        rows = []
        for person, kind in sorted(knowing.items()):
            key = (kind, frozenset(known[person]))
            if key not in seen:
                seen[key] = self._choose(now, kind, {*sent.get(kind, ()), *known[person]})
            rows.append({"follower_id": person, "day": str(day), "tip": seen[key]})
        _add(db, tip_own, rows)

    def _due(self, day: date, slot: str, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """Of those who get a tip in a slot of today and have not got it."""
        slots = (slot, "") if slot == self._slot else (slot,)
        return _receiving(day, *columns).where(follower.c.slot.in_(slots), tip_reader.c.handed != str(day))

    def _parts(self, blocks: Sequence[tuple[int, int]]) -> Iterator[tuple[Span, int]]:
        """Spans of followers and how many people they hold, of blocks in order; where they are few, one of all."""
        if sum(count for _, count in blocks) <= self._most:
            yield ALL, sum(count for _, count in blocks)
            return
        first, held = 0, 0
        for block, count in blocks:
            if held and held + count > self._most:
                yield (first, block * self._block - 1), held
                first, held = block * self._block, 0
            held += count
        yield (first, ALL[1]), held

    def _segment(self, day: date, slot: str, tip: str, leader: int, slowed: int, count: int, span: Span) -> Segment:
        text = message(self._by_id[tip], leader=bool(leader), slowed=bool(slowed))
        part = "" if span == ALL else f"/{span[0]}/{span[1]}"
        key = f"{day}/{slot}/{tip}/{leader}/{slowed}{part}"
        return Segment(key, tip, text, count, self._people(day, slot, tip, leader, slowed, span))

    def _people(self, day: date, slot: str, tip: str, leader: int, slowed: int, span: Span) -> sa.Select[Any]:
        due = self._due(day, slot, tip_reader.c.follower_id).where(_leads() == leader, _slowed() == slowed)
        if span != ALL:
            due = due.where(tip_reader.c.follower_id.between(*span))
        kinds = sa.select(tip_day.c.kind).where(tip_day.c.day == str(day), tip_day.c.tip == tip)
        known = sa.select(tip_own.c.follower_id).where(tip_own.c.day == str(day), tip_own.c.tip == tip)
        of_kind = due.where(tip_reader.c.kind.in_(kinds), ~_has_own(day))
        own = due.where(tip_reader.c.follower_id.in_(known))
        people = sa.union_all(of_kind, own).subquery()
        return sa.select(people.c.follower_id)


def _add(db: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows; those that another process has added meanwhile stay."""
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    if rows:
        db.execute(insert(table).on_conflict_do_nothing(), rows)


def _any_past(db: sa.Connection, span: Span) -> bool:
    """Whether anybody of a span may know what their kind does not."""
    past = sa.select(tip_past.c.follower_id).where(tip_past.c.follower_id.between(*span))
    own = sa.select(tip_own.c.follower_id).where(tip_own.c.follower_id.between(*span))
    return any(db.scalar(some.limit(1)) is not None for some in (past, own))


def _day(now: datetime) -> date:
    return now.astimezone(BEIJING).date()


def _current(span: Span) -> sa.Subquery:
    """follower_id, kind and frequency of everyone in a span who wants tips, as they are now."""
    industry = sa.func.coalesce(sa.func.nullif(follower.c.industry, ""), unit.c.industry, "")
    parts = (follower.c.frequency, industry, follower.c.post, follower.c.audience)
    kind = parts[0].op("||")("/").op("||")(parts[1]).op("||")("/").op("||")(parts[2]).op("||")("/").op("||")(parts[3])
    return (
        sa.select(follower.c.id.label("follower_id"), kind.label("kind"), follower.c.frequency)
        .outerjoin(unit, unit.c.id == follower.c.unit_id)
        .where(_in(span), follower.c.frequency != "")
        .subquery()
    )


def _in(span: Span, state: str = "following") -> sa.ColumnElement[bool]:
    # || "" keeps SQLite from walking the index of all followers in this state for each span.
    return sa.and_(follower.c.id.between(*span), follower.c.state + "" == state)


def _follow(db: sa.Connection, day: date, span: Span) -> None:
    """Bring up to date who belongs to which kind; of those who left nothing is kept."""
    left = sa.select(follower.c.id).where(_in(span, "left"))
    for table in (tip_past, tip_own, head_count, tip_reader):
        db.execute(sa.delete(table).where(table.c.follower_id.in_(left), table.c.follower_id.between(*span)))
    now = _current(span)
    mine = tip_reader.c.follower_id.between(*span)
    changed = (mine, tip_reader.c.follower_id == now.c.follower_id, tip_reader.c.kind != now.c.kind)
    before = sa.select(tip_reader.c.follower_id, tip_reader.c.kind, tip_reader.c.since, sa.literal(str(day)))
    db.execute(sa.insert(tip_past).from_select(["follower_id", "kind", "first", "last"], before.where(*changed)))
    same_pace = tip_reader.c.kind.like(now.c.frequency + "/%")
    paced = sa.case((same_pace, tip_reader.c.paced), else_=str(day))
    db.execute(sa.update(tip_reader).where(*changed).values(kind=now.c.kind, since=str(day), paced=paced))
    columns = ["follower_id", "kind", "since", "paced", "slowed", "told", "handed"]
    none, today = sa.literal(""), sa.literal(str(day))
    fresh = (
        sa.select(now.c.follower_id, now.c.kind, today, today, none, none, none)
        .outerjoin(tip_reader, tip_reader.c.follower_id == now.c.follower_id)
        .where(tip_reader.c.follower_id.is_(None))
    )
    db.execute(sa.insert(tip_reader).from_select(columns, fresh))


def _slow_down(db: sa.Connection, now: datetime, span: Span) -> None:
    """From daily to weekly for those who got tips for 14 days and opened none."""
    day, mine = _day(now), tip_reader.c.follower_id.between(*span)
    since = now.astimezone(UTC) - PATIENCE
    opened = follower.c.last_opened_at
    tired = (
        sa.select(tip_reader.c.follower_id)
        .join(follower, follower.c.id == tip_reader.c.follower_id)
        .where(_in(span), follower.c.frequency == "daily")
        .where(tip_reader.c.kind.like("daily/%"), tip_reader.c.paced <= str(day - PATIENCE))
        .where(sa.or_(opened.is_(None), opened < since))
    )
    asleep = db.execute(
        sa.update(tip_reader).where(mine, tip_reader.c.follower_id.in_(tired)).values(slowed=str(day), told="")
    )
    if asleep.rowcount:
        today = (mine, tip_reader.c.slowed == str(day), tip_reader.c.told == "")
        slowed = sa.select(tip_reader.c.follower_id).where(*today)
        db.execute(
            sa.update(follower)
            .where(follower.c.id.in_(slowed), follower.c.frequency == "daily", sa.or_(opened.is_(None), opened < since))
            .values(frequency="weekly")
        )


def _slowed() -> sa.Case[int]:
    """1 where somebody is still to be told that tips are weekly now."""
    waiting = sa.and_(tip_reader.c.slowed != "", tip_reader.c.told == "", tip_reader.c.kind.like("weekly/%"))
    return sa.case((waiting, 1), else_=0)


def _leads() -> sa.Case[int]:
    """1 for a team leader."""
    return sa.case((follower.c.post == LEADER, 1), else_=0)


def _of_kind(day: date) -> sa.ColumnElement[bool]:
    return sa.and_(tip_day.c.kind == tip_reader.c.kind, tip_day.c.day == str(day))


def _own(day: date) -> sa.ColumnElement[bool]:
    return sa.and_(tip_own.c.follower_id == tip_reader.c.follower_id, tip_own.c.day == str(day))


def _has_own(day: date) -> sa.Exists:
    return sa.exists().where(_own(day))


def _forget(db: sa.Connection, day: date) -> None:
    """Drop what is too old to keep a tip away."""
    horizon = str(day - REST)
    db.execute(sa.delete(tip_day).where(tip_day.c.day <= horizon))
    db.execute(sa.delete(tip_own).where(tip_own.c.day <= horizon))
    db.execute(sa.delete(tip_past).where(tip_past.c.last <= horizon))


def _receiving(day: date, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Of everyone who gets a tip today: on Monday all, else those who want one daily."""
    paces = ("daily", "weekly") if day.weekday() == WEEKDAY else ("daily",)
    return (
        sa.select(*columns)
        .select_from(tip_reader)
        .join(follower, follower.c.id == tip_reader.c.follower_id)
        # || "" keeps SQLite from walking the index of all followers, where a few kinds are to be looked up.
        .where(follower.c.state + "" == "following", follower.c.frequency.in_(paces))
    )


def _decided(day: date) -> sa.Exists:
    return sa.exists().where(_of_kind(day))


def _history(db: sa.Connection, day: date, kinds: Sequence[str], *, today: bool = False) -> Mapping[str, set[str]]:
    """Kind -> what it got in the last 90 days, today's too where asked for."""
    last = tip_day.c.day <= str(day) if today else tip_day.c.day < str(day)
    out: dict[str, set[str]] = defaultdict(set)
    wanted = set(kinds)
    rows = db.execute(sa.select(tip_day.c.kind, tip_day.c.tip).where(tip_day.c.day > str(day - REST), last))
    for kind, tip in rows:
        if kind in wanted:
            out[kind].add(tip)
    return out


def _knowing(day: date, span: Span) -> sa.CompoundSelect[Any]:
    """follower_id and kind of those who got today's tip of their kind before, in another kind or as their own."""
    today, before = tip_day.alias(), tip_day.alias()
    base = (
        _receiving(day, tip_reader.c.follower_id, tip_reader.c.kind)
        .join(today, sa.and_(today.c.kind == tip_reader.c.kind, today.c.day == str(day)))
        .where(~_has_own(day), tip_reader.c.follower_id.between(*span))
    )
    of_kind = base.join(tip_past, tip_past.c.follower_id == tip_reader.c.follower_id).join(
        before,
        sa.and_(
            before.c.kind == tip_past.c.kind,
            before.c.tip == today.c.tip,
            before.c.day.between(tip_past.c.first, tip_past.c.last),
            before.c.day < str(day),
        ),
    )
    earlier = tip_own.alias()
    as_own = base.join(
        earlier, sa.and_(earlier.c.follower_id == tip_reader.c.follower_id, earlier.c.tip == today.c.tip)
    )
    return sa.union(of_kind, as_own)


def _known(db: sa.Connection, day: date, people: Sequence[int]) -> Mapping[int, set[str]]:
    """Person -> what they got in kinds of before, or as their own, in the last 90 days."""
    out: dict[int, set[str]] = defaultdict(set)
    in_past = (tip_day.c.kind == tip_past.c.kind, tip_day.c.day.between(tip_past.c.first, tip_past.c.last))
    past = sa.select(tip_past.c.follower_id, tip_day.c.tip).join(tip_day, sa.and_(*in_past))
    own = sa.select(tip_own.c.follower_id, tip_own.c.tip).where(tip_own.c.day < str(day))
    for n in range(0, len(people), 500):
        some = people[n : n + 500]
        for rows in (past.where(tip_past.c.follower_id.in_(some)), own.where(tip_own.c.follower_id.in_(some))):
            for person, tip in db.execute(rows):
                out[person].add(tip)
    return out
