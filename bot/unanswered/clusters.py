"""Questions of one meaning as staff see them: how many, who, when, where, examples, and what was done."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz

from bot.answers.words import cut
from bot.errors import KnowledgeError
from bot.knowledge import State
from bot.knowledge.tables import entry_version
from bot.store.database import among
from bot.unanswered.asks import Ask, Kind, aware
from bot.unanswered.tables import question_cluster

MAX_EXAMPLES = 5
#: Wordings among which examples are looked for.
_LOOKED_AT = 200
#: Somebody who began to answer is given so long before another may.
_AT_WORK = timedelta(minutes=1)
_SAME_TALK = timedelta(minutes=30)
_EMPTY_WORDS = frozenset(
    "怎么 什么 多少 可以 请问 一下 我们 你们 是不是 有没有 能不能 要不要 怎么办 如何 哪里 这个 那个 需要 应该 没有"
    " 为什么".split()
)  # fmt: skip


class Standing(StrEnum):
    """Where a cluster stands."""

    OPEN = "open"
    IN_REVIEW = "in_review"  # its entry is written, not yet published
    ANSWERED = "answered"
    DISMISSED = "dismissed"


#: As staff read them.
WORDS = {
    Standing.OPEN: "待处理",
    Standing.IN_REVIEW: "待审核",
    Standing.ANSWERED: "已答复",
    Standing.DISMISSED: "不答复",
    Kind.UNANSWERED: "答不上",
    Kind.OFFERED: "给了选项没人选",
    Kind.USELESS: "评价没用",
    Kind.HANDED_OFF: "转人工",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A cluster as it is stored, with where it stands.

    version   of the entry that answers; 0 for a shipped one as it came
    revision  counts what staff did
    """

    id: int
    standing: Standing
    entry: str
    version: int
    who: str
    why: str
    revision: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster and what was asked in some span of time.

    label     the wording that stands for it
    words     what it is about
    messages  a person's question that was rated or handed off as well is one message
    people    who have not left since
    kinds     asks of each kind
    examples  at most five that differ, personal data struck out
    regions   places with messages, "" for not told
    whys      why answers were of no use, in people's own words
    """

    row: Row
    label: str
    words: tuple[str, ...]
    messages: int
    people: int
    kinds: Mapping[Kind, int]
    first: datetime
    last: datetime
    examples: tuple[str, ...]
    regions: Mapping[str, int]
    whys: tuple[str, ...]

    @property
    def id(self) -> int:
        """Its number, the same every day."""
        return self.row.id


def rows(db: sa.Connection, ids: Iterable[int], now: datetime) -> dict[int, Row]:
    """Clusters by number."""
    wanted = list(ids)
    found: list[Any] = []
    for n in range(0, len(wanted), 500):
        chunk = wanted[n : n + 500]
        found += db.execute(sa.select(question_cluster).where(question_cluster.c.id.in_(chunk))).all()
    return _stood(db, found, now)


def open_ones(db: sa.Connection, ids: Sequence[int], now: datetime) -> int:
    """How many of some clusters nobody has taken up."""
    c = question_cluster.c
    mine = among(db, c.id, ids)
    untouched = db.scalar(sa.select(sa.func.count()).where(mine, c.state == Standing.OPEN)) or 0
    taken = db.execute(sa.select(question_cluster).where(mine, c.state == "answering")).all()
    return untouched + sum(r.standing is Standing.OPEN for r in _stood(db, taken, now).values())


def row(db: sa.Connection, number: int, now: datetime) -> Row:
    """One cluster. Raises KnowledgeError where there is none."""
    held = rows(db, [number], now).get(number)
    if held is None:
        raise KnowledgeError(f"没有 {number} 号问题；用 safetybot unanswered list 查看")
    return held


def taken_up(db: sa.Connection, now: datetime) -> list[Row]:
    """All clusters that have an entry."""
    found = db.execute(sa.select(question_cluster).where(question_cluster.c.state == "answering")).all()
    return [r for _, r in sorted(_stood(db, found, now).items())]


def _stood(db: sa.Connection, found: Sequence[Any], now: datetime) -> dict[int, Row]:
    c = entry_version.c
    names = sorted({r.entry for r in found if r.state == "answering"})
    held: dict[str, list[Any]] = defaultdict(list)
    for n in range(0, len(names), 500):
        wanted = sa.select(c.entry, c.version, c.state, c.content).where(c.entry.in_(names[n : n + 500]))
        for version in db.execute(wanted):
            held[version.entry].append(version)
    return {
        r.id: Row(r.id, _standing(r, held[r.entry], now), r.entry, r.version, r.who, r.why, r.revision, aware(r.at))
        for r in found
    }


def _standing(r: Any, versions: Sequence[Any], now: datetime) -> Standing:
    if r.state != "answering":
        return Standing(r.state)
    since = [v for v in versions if v.version >= r.version]
    live = [v for v in since if v.state == State.LIVE]
    if live or r.version == 0:
        return Standing.OPEN if any(not v.content for v in live) else Standing.ANSWERED
    at_work = not since and now - aware(r.at) < _AT_WORK
    open_ = any(v.state in (State.DRAFT, State.IN_REVIEW) for v in since)
    return Standing.IN_REVIEW if open_ or at_work else Standing.OPEN


def described(asks: Sequence[Ask], held: Row) -> Cluster:
    """A cluster of at least one ask. asks: in order of time."""
    wordings = _wordings(asks)
    return Cluster(
        row=held,
        label=wordings[0],
        words=_words(wordings),
        messages=_messages(asks),
        people=len({a.person for a in asks if a.address}),
        kinds=Counter(a.kind for a in asks),
        first=asks[0].at,
        last=asks[-1].at,
        examples=differing(wordings, MAX_EXAMPLES),
        regions=dict(Counter(a.region for a in asks).most_common()),
        whys=tuple(dict.fromkeys(a.why for a in asks if a.why))[:MAX_EXAMPLES],
    )


def _wordings(asks: Sequence[Ask]) -> list[str]:
    """One of each wording, the most asked first, then the earlier."""
    count = Counter(a.key for a in asks)
    first = {a.key: a.question for a in reversed(asks)}
    place = {a.key: n for n, a in reversed(list(enumerate(asks)))}
    return [" ".join(first[key].split()) for key in sorted(first, key=lambda k: (-count[k], place[k]))]


def differing(wordings: Sequence[str], most: int) -> tuple[str, ...]:
    """So many that differ most from each other, beginning with the first."""
    left = list(wordings[:_LOOKED_AT])
    chosen: list[str] = []
    likeness = [0.0] * len(left)
    while left and len(chosen) < most:
        at = min(range(len(left)), key=lambda n: (likeness[n], n))
        chosen.append(left.pop(at))
        likeness.pop(at)
        likeness = [max(old, fuzz.ratio(chosen[-1], text)) for old, text in zip(likeness, left, strict=True)]
    return tuple(chosen)


def _words(wordings: Sequence[str]) -> tuple[str, ...]:
    """The three words that most wordings share."""
    count: Counter[str] = Counter()
    for text in wordings[:_LOOKED_AT]:
        count.update({w for w in cut(text) if len(w) > 1 and w.isalnum() and w not in _EMPTY_WORDS})
    return tuple(sorted(count, key=lambda w: (-count[w], -len(w), w))[:3])


def _messages(asks: Sequence[Ask]) -> int:
    """How many messages: a rating, or a wish for staff, that follows its question is not another."""
    last: dict[tuple[str, str], datetime] = {}
    count = 0
    for ask in asks:
        before = last.get(ask.person) if ask.address else None
        follows = ask.kind in (Kind.USELESS, Kind.HANDED_OFF) and before and ask.at - before <= _SAME_TALK
        count += not follows
        last[ask.person] = ask.at
    return count
