"""Tips as staff see them: what goes out on a day and to how many, and what the largest kinds of people get next.

Days to come are worked out and not written: who changes kind, or knows a tip, is seen to on the day itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from bot.ingest.tips import Tip
from bot.outreach.choosing import REST, Profile, choose
from bot.outreach.tip_tables import tip_day, tip_reader
from bot.outreach.tips import WEEKDAY
from bot.people.scope import followers_of
from bot.people.tables import follower
from bot.settings import BEIJING
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Told:
    """A tip that was chosen for a day. people: in the kinds that get it; kinds: how many, and the largest of them."""

    tip: Tip
    people: int
    kinds: int
    largest: Profile


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a kind of people gets on the days to come; None where nothing that fits is left, or it is not their day."""

    kind: Profile
    people: int
    tips: tuple[Tip | None, ...]


def decided(database: Database, tips: Sequence[Tip], day: date, region: str) -> list[Told]:
    """What was chosen for a day, by the number of people of a region; nothing before the day was planned."""
    by_id = {tip.id: tip for tip in tips}
    d, r = tip_day.c, tip_reader.c
    sizes = sa.select(r.kind, sa.func.count().label("n")).where(_of(region)).group_by(r.kind).subquery()
    rows = sa.select(d.tip, d.kind, sizes.c.n).join(sizes, sizes.c.kind == d.kind).where(d.day == day.isoformat())
    held: dict[str, list[tuple[int, str]]] = {}
    with database.begin() as db:
        for tip, kind, people in db.execute(rows):
            held.setdefault(tip, []).append((people, kind))
    found = [
        Told(by_id[tip], sum(n for n, _ in kinds), len(kinds), profile(max(kinds)[1]))
        for tip, kinds in held.items() if tip in by_id
    ]  # fmt: skip
    return sorted(found, key=lambda told: (-told.people, told.tip.id))


def ahead(database: Database, tips: Sequence[Tip], now: datetime, days: int, most: int, region: str) -> list[Ahead]:
    """What the largest kinds of a region get from tomorrow on. most: of how many kinds."""
    today = now.astimezone(BEIJING).date()
    with database.begin() as db:
        kinds = _largest(db, most, region)
        sent = _sent(db, [kind for kind, _ in kinds], today)
    return [_ahead(tips, kind, people, sent.get(kind, set()), today, days) for kind, people in kinds]


def profile(kind: str) -> Profile:
    """The people of a kind as it is stored."""
    return Profile(*kind.split("/", 3))


def _ahead(tips: Sequence[Tip], kind: str, people: int, sent: set[str], today: date, days: int) -> Ahead:
    who, got = profile(kind), set(sent)
    chosen: list[Tip | None] = []
    for day in (today + timedelta(days=n) for n in range(1, days + 1)):
        is_theirs = who.frequency == "daily" or day.weekday() == WEEKDAY
        tip = choose(tips, datetime.combine(day, time(8), BEIJING), who, got) if is_theirs else None
        got |= {tip.id} if tip else set()
        chosen.append(tip)
    return Ahead(who, people, tuple(chosen))


def _of(region: str) -> sa.ColumnElement[bool]:
    """Readers whom the staff of a region see; "" is everywhere."""
    return tip_reader.c.follower_id.in_(sa.select(follower.c.id).where(followers_of(region))) if region else sa.true()


def _largest(db: sa.Connection, most: int, region: str) -> list[tuple[str, int]]:
    """The kinds with most people, as they were when a day was planned last."""
    c, count = tip_reader.c, sa.func.count()
    rows = sa.select(c.kind, count).where(_of(region)).group_by(c.kind).order_by(count.desc(), c.kind).limit(most)
    return [(kind, people) for kind, people in db.execute(rows)]


def _sent(db: sa.Connection, kinds: Sequence[str], today: date) -> dict[str, set[str]]:
    c = tip_day.c
    recent = (c.kind.in_(kinds), c.day > str(today - REST), c.day <= str(today))
    found: dict[str, set[str]] = {}
    for kind, tip in db.execute(sa.select(c.kind, c.tip).where(*recent)):
        found.setdefault(kind, set()).add(tip)
    return found
