"""The tips of a day go out: planned at night, sent in each slot as broadcasts that staff approved once for all.

The tip book goes out by itself once one person has put it forward and another approved it, until a tip is edited.
A segment is a broadcast of its own; its row, its ledger and the note that its people have their tip are written in one
transaction, so that whatever crashes and whoever runs beside, a person gets one tip a day.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Protocol

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.ingest.tips import Tip
from bot.outreach import drafts, standing
from bot.outreach.content import Level
from bot.outreach.planner import Segments
from bot.outreach.quiet import is_quiet
from bot.outreach.states import Move
from bot.outreach.tips import Segment, TipDesk
from bot.people.tables import follower
from bot.sending import Message
from bot.settings import BEIJING, OutreachSettings
from bot.store.database import Database, unhurried

log = logging.getLogger(__name__)

#: The author of what is sent every day.
AUTHOR = "每日提示"
#: Beginning of `broadcast.campaign` of a tip.
CAMPAIGN = "tips-"
#: Slot -> from when on, and until when at the latest, by Beijing's clock.
SLOT_TIMES: Mapping[str, tuple[time, time]] = {
    "morning": (time(8, 0), time(11, 0)),
    "noon": (time(12, 0), time(14, 30)),
    "evening": (time(18, 0), time(20, 30)),
}
#: A tap on it says that the tip was read. WeChat lets us write for a minute after a tap, for 48 hours after a word.
SEEN = "知道了"
STAY = "回复“收到”，我们才能接着给您发。"
#: No mass messages: a follower gets only four in a month.
CHANNELS = ("official.service", "official.notice", "wecom.app")
_FIELD_CHARS = 20
_FIELD = "tip"
_PORTION = 10_000
#: Its number among the locks of a PostgreSQL server.
_LOCK = 20_061_105


class Begins(Protocol):
    """What is asked of bot/outreach/broadcasts.py."""

    def begin(self, db: sa.Connection, number: int, who: str, now: datetime, why: str = "", /) -> None:
        """Begin to send what was approved, inside a transaction of the caller's. Raises OutreachError."""


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one round. hindered: of which segments nobody could be sent to, with the reason for staff."""

    begun: tuple[int, ...] = ()
    people: int = 0
    hindered: tuple[tuple[str, str], ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class TipRounds:
    """The daily rounds of one office. wake: lets workers look at once."""

    database: Database
    desk: TipDesk
    tips: Iterable[Tip]
    broadcasts: Begins
    settings: Callable[[], OutreachSettings]
    wake: Callable[[], None] = lambda: None

    def digest(self) -> str:
        """Of all tips as they read now."""
        text = "\n".join(repr(tip) for tip in sorted(self.tips, key=lambda tip: tip.id))
        return hashlib.sha256(text.encode()).hexdigest()

    def standing(self) -> standing.Standing:
        """Whether tips go out by themselves, and who let them."""
        with self.database.begin() as db:
            return standing.read(db, standing.TIPS, self.digest())

    def propose(self, by: str, now: datetime) -> None:
        """Put the tips forward as they read now."""
        standing.propose(self.database, standing.TIPS, self.digest(), by, now, len(tuple(self.tips)))

    def approve(self, by: str, now: datetime) -> None:
        """Let them go out by themselves, by another person. Raises OutreachError."""
        standing.approve(self.database, standing.TIPS, self.digest(), by, now)

    def withdraw(self) -> bool:
        """No tips go out from now on; False where none did."""
        return standing.withdraw(self.database, standing.TIPS)

    def plan(self, now: datetime) -> int:
        """Decide what each kind of people gets today; safe to run twice. Returns how many kinds were decided on.

        In portions of people: a million at once would hold up everybody else who writes.
        """
        with self.database.read() as db:
            unhurried(db)
            most = db.scalar(sa.select(sa.func.max(follower.c.id))) or 0
        spans = [(first, first + _PORTION - 1) for first in range(0, most + 1, _PORTION)]
        for span in spans:
            with self.database.portion() as db:
                self.desk.follow(db, now, span)
        with self.database.read() as db:
            unhurried(db)
            kinds = self.desk.undecided(db, now)
        with self.database.portion() as db:
            count = self.desk.decide(db, now, kinds)
        for span in spans:
            with self.database.portion() as db:
                self.desk.replace_known(db, now, span)
        return count

    def send(self, now: datetime) -> Round:
        """Send what is due in the slot that is open now, to all who have not got a tip today. Safe to run twice."""
        slot = open_slot(now)
        if not slot or is_quiet(now, self.settings()):
            return Round(why_not="现在不在发送时段")
        with self.database.begin() as db:
            approver = standing.approver(db, standing.TIPS, self.digest())
            is_planned = self.desk.is_planned(db, now)
        if not approver:
            return Round(why_not=f"每日提示：{self.standing().words}")
        if not is_planned:
            self.plan(now)
        with self.database.read() as db:
            unhurried(db)
            segments = self.desk.segments(db, now, slot)
        return self._send_all(segments, slot, approver, now)

    def _send_all(self, segments: list[Segment], slot: str, approver: str, now: datetime) -> Round:
        begun, hindered, people = [], [], 0
        for segment in segments:
            try:
                if number := self._send(segment, slot, approver, now):
                    begun.append(number)
                    people += segment.count
            except OutreachError as e:
                hindered.append((segment.tip, str(e)))
        if begun:
            self.wake()
            log.info("tips begin", extra={"slot": slot, "broadcasts": len(begun), "people": people})
        return Round(tuple(begun), people, tuple(hindered))

    def _send(self, segment: Segment, slot: str, approver: str, now: datetime) -> int | None:
        """The number of the broadcast; None where somebody else was quicker."""
        with self.database.portion() as db:
            if db.dialect.name == "postgresql":
                db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            if db.scalar(segment.people.limit(1)) is None:
                return None
            number = drafts.add(db, self._draft(segment, slot, now), AUTHOR, now)
            drafts.move(db, drafts.read(db, number), Move.SUBMIT, drafts.By(AUTHOR, "", now))
            held = drafts.read(db, number)
            values: dict[str, Any] = {"approver": approver, "approved_digest": held.draft.approvable()}
            drafts.move(db, held, Move.APPROVE, drafts.By(approver, "长期批准的每日提示", now), **values)
            self.broadcasts.begin(db, number, AUTHOR, now)
            self.desk.hand_over(db, now, segment, number)
            return number

    def _draft(self, segment: Segment, slot: str, now: datetime) -> drafts.Draft:
        here = now.astimezone(BEIJING)
        until = datetime.combine(here.date(), SLOT_TIMES[slot][1], BEIJING)
        return drafts.Draft(
            title=f"每日提示 {segment.tip}", content={Level.PUBLIC: self._message(segment)}, until=until,
            audience={"field": _FIELD, "values": [segment.key]}, channels=CHANNELS,
            campaign=f"{CAMPAIGN}{here.date()}-{slot}",
        )  # fmt: skip

    def _message(self, segment: Segment) -> Message:
        """With the fields of a notice where the office has a template for it: they hold the beginning of the tip."""
        template = self.settings().tip_template
        text = segment.text if segment.leader else f"{segment.text}\n{STAY}"  # a leader answers with how many came
        if not template:
            return Message(text=text, taps=(SEEN,))
        said = segment.text.splitlines()[0].partition("】")[2] or segment.text
        first = said if len(said) <= _FIELD_CHARS else said[: _FIELD_CHARS - 1] + "…"
        fields = {self.settings().tip_field: first}
        return Message(text=text, taps=(SEEN,), template=template, fields=fields)


def open_slot(now: datetime) -> str:
    """The slot that is open at a moment, "" for none."""
    here = now.astimezone(BEIJING).time()
    return next((slot for slot, (first, last) in SLOT_TIMES.items() if first <= here < last), "")


@dataclass(frozen=True, slots=True)
class TipSegments:
    """Rules for people, and beside them the rule that names a segment of tips. people: the module people/segments."""

    people: Segments
    desk: Callable[[], TipDesk]

    def where(self, rule: object, now: datetime, /, *, whole: bool = False) -> sa.ColumnElement[bool]:
        """See planner.Segments."""
        if (key := _key(rule)) is None:
            return self.people.where(rule, now, whole=whole)
        return sa.and_(follower.c.state == "following", follower.c.id.in_(self.desk().people(key)))

    def words(self, rule: object, /) -> str:
        """See planner.Segments."""
        if (key := _key(rule)) is None:
            return self.people.words(rule)
        day, slot, tip, *_ = key.split("/")
        return f"{day} {SLOT_WORDS.get(slot, slot)}收每日提示 {tip} 的人"


SLOT_WORDS = {"morning": "早上", "noon": "中午", "evening": "傍晚"}


def _key(rule: object) -> str | None:
    if isinstance(rule, Mapping) and rule.get("field") == _FIELD and rule.get("values"):
        return str(rule["values"][0])
    return None
