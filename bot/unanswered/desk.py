"""What staff do with questions of one meaning, one verb a function: look, answer, link, dismiss, reopen, publish."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa

from bot.answers import Answerer
from bot.answers.entries import Entry, EntryKind
from bot.answers.matching import level
from bot.answers.normalise import core, normalise
from bot.errors import KnowledgeError
from bot.ingest.items import Item
from bot.knowledge import Desk, State, Version, live
from bot.settings import BEIJING
from bot.store.database import Database
from bot.unanswered import asks, clusters, ledger, members
from bot.unanswered.asks import Ask, Span
from bot.unanswered.clusters import WORDS, Cluster, Row, Standing
from bot.unanswered.masking import MARK
from bot.unanswered.tables import question_cluster

#: Phrasings that an entry takes over from the wordings of a cluster, of these lengths in characters.
MAX_PHRASINGS, _SHORTEST, _LONGEST = 8, 2, 60
_NEAREST, _TRIED = 3, 3
#: Kinds of entries that may be given further phrasings here.
_GROWING = (EntryKind.FAQ, EntryKind.HOTLINE, EntryKind.DIGEST, EntryKind.DAY)


@dataclass(frozen=True, slots=True)
class Near:
    """An entry that comes near a cluster: confidence 0 to 1."""

    entry: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Taken:
    """A cluster that has an entry now. version: None where the entry answers as it is; phrasings: what it was given."""

    row: Row
    version: Version | None
    phrasings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What staff give an entry.

    phrasings  of their own
    examples   so many wordings of the cluster are added
    """

    by: str
    why: str = ""
    phrasings: tuple[str, ...] = ()
    examples: int = MAX_PHRASINGS


class UnansweredDesk:
    """The questions that the bot could not answer, of one office. get_answerer: what is live now, asked each time."""

    def __init__(self, database: Database, desk: Desk, get_answerer: Callable[[], Answerer]) -> None:
        self._database, self._desk, self._get_answerer = database, desk, get_answerer

    def cluster(self, span: Span, now: datetime) -> int:
        """Put what was asked in a span into clusters; how many wordings were new. Safe to run again, and at once."""
        return members.gather(self._database, self._asked(span), self._get_answerer().base, now)

    def clusters(self, span: Span, now: datetime, *standings: Standing) -> list[Cluster]:
        """Clusters with what was asked in a span, the most asked first; of some standings where any are given."""
        by_cluster = self._by_cluster(span, now)
        with self._database.begin() as db:
            rows = clusters.rows(db, by_cluster, now)
        found = [clusters.described(by_cluster[n], r) for n, r in rows.items()
                 if not standings or r.standing in standings]  # fmt: skip
        return sorted(found, key=lambda c: (-c.messages, c.first, c.id))

    def rows(self, numbers: Sequence[int], now: datetime) -> Mapping[int, Row]:
        """Where clusters stand, by number."""
        with self._database.begin() as db:
            return clusters.rows(db, numbers, now)

    def open_ones(self, numbers: Sequence[int], now: datetime) -> int:
        """How many of some clusters nobody has taken up."""
        with self._database.read() as db:
            return clusters.open_ones(db, numbers, now)

    def opened(self, row: Row) -> Version | None:
        """The version that waits for review for a cluster, None where none does."""
        return next((v for v in self._desk.versions(State.IN_REVIEW) if v.entry == row.entry), None)

    def show(self, number: int, span: Span, now: datetime) -> tuple[Cluster, list[Ask]]:
        """One cluster, and all its asks. Raises KnowledgeError where nothing of it was asked in the span."""
        by_cluster = self._by_cluster(span, now)
        with self._database.begin() as db:
            row = clusters.row(db, number, now)
        if number not in by_cluster:
            raise KnowledgeError(f"{number} 号问题在这段时间里没有人问；用 --from 和 --to 换一段时间")
        return clusters.described(by_cluster[number], row), by_cluster[number]

    def nearest(self, cluster: Cluster) -> list[Near]:
        """The entries that come nearest, so that a phrasing can be added instead of an entry written."""
        answerer, best = self._get_answerer(), dict[str, Near]()
        for text in cluster.examples[:_TRIED]:
            for match in answerer.matcher.find(level(text), answerer.office.region).matches[:_NEAREST]:
                entry = answerer.base.entry(match.entry)
                near = Near(entry.id, entry.title, round(match.confidence, 3))
                if near.score > best.get(entry.id, Near("", "", -1.0)).score:
                    best[entry.id] = near
        return sorted(best.values(), key=lambda n: (-n.score, n.entry))[:_NEAREST]

    def answer(self, number: int, item: Item, given: Given, span: Span, now: datetime) -> Taken:
        """Answer a cluster with a new entry, which goes to review.

        item  the entry; the cluster's wordings become phrasings of it, and its id is made up where it has none
        Raises KnowledgeError where somebody else was first, ContentErrors with all that is wrong with the entry.
        """
        row = self._free(number, now)
        fields = dict(item.fields) | {"id": self._free_id(number, item.id)}
        fields.setdefault("region", self._get_answerer().office.region)
        fields.setdefault("reviewed", now.astimezone(BEIJING).date().isoformat())
        own = [str(q) for q in fields.get("questions") or ()]
        grown = self._phrasings(number, [*own, *given.phrasings], given, span, now)
        fields["questions"] = [*own, *(p for p in grown if p not in own)]
        return self._take(row, replace(item, fields=fields), grown, given, now)

    def link(self, number: int, entry: str, given: Given, span: Span, now: datetime) -> Taken:
        """Let an entry that there is answer a cluster; with new phrasings it goes to review, else it answers as it is.

        Raises KnowledgeError where somebody else was first, or the entry is being edited.
        """
        row = self._free(number, now)
        item, version = self._existing(entry)
        own = [str(q) for q in item.fields.get("questions") or ()]
        grown = self._phrasings(number, list(given.phrasings), given, span, now)
        grown = tuple(p for p in grown if _level(p) not in {_level(q) for q in own})
        if not grown:
            return Taken(self._claim(row, "answering", given, now, entry, version), None, ())
        return self._take(row, replace(item, fields={**item.fields, "questions": [*own, *grown]}), grown, given, now)

    def dismiss(self, number: int, by: str, why: str, now: datetime) -> Row:
        """Answer a cluster not at all; whatever joins it later is not new."""
        if not why.strip():
            raise KnowledgeError("请写明为什么不答复")
        return self._claim(self._free(number, now), "dismissed", Given(by, why), now)

    def reopen(self, number: int, by: str, why: str, now: datetime) -> Row:
        """Take back what was done with a cluster; its entry stays as it is."""
        row = self._row(number, now)
        if row.standing is Standing.OPEN:
            raise KnowledgeError(f"{number} 号问题本来就待处理")
        return self._claim(row, "open", Given(by, why), now)

    def publish(self, number: int, by: str, why: str, now: datetime, seen: int | None = None) -> Version:
        """Publish the entry of a cluster, as `knowledge publish` does; then it is live in seconds."""
        row = self._row(number, now)
        if row.standing is not Standing.IN_REVIEW:
            raise KnowledgeError(f"{number} 号问题现在是“{WORDS[row.standing]}”，没有待审核的答复")
        return self._desk.publish(row.entry, by, why, seen)

    def _asked(self, span: Span) -> list[Ask]:
        gazetteer = self._get_answerer().base.gazetteer
        return asks.read(self._database, span, gazetteer)

    def _by_cluster(self, span: Span, now: datetime) -> Mapping[int, list[Ask]]:
        """What was asked in a span by cluster; what is new is put into clusters first."""
        found = self._asked(span)
        members.gather(self._database, found, self._get_answerer().base, now)
        with self._database.begin() as db:
            cluster = members.clusters_of(db, (a.key for a in found))
        out: dict[int, list[Ask]] = defaultdict(list)
        for ask in found:
            out[cluster[ask.key]].append(ask)
        return out

    def _row(self, number: int, now: datetime) -> Row:
        with self._database.begin() as db:
            return clusters.row(db, number, now)

    def _free(self, number: int, now: datetime) -> Row:
        """A cluster that nobody has taken up. Raises KnowledgeError where somebody has."""
        row = self._row(number, now)
        if row.standing is not Standing.OPEN:
            entry = f"，条目 {row.entry}" if row.entry else ""
            done = f"{number} 号问题{row.who}已经处理：{WORDS[row.standing]}{entry}"
            raise KnowledgeError(f"{done}；要重新处理，先 unanswered reopen {number}")
        return row

    def _claim(self, row: Row, state: str, given: Given, now: datetime, entry: str = "", version: int = 0) -> Row:
        """Move a cluster on, unless somebody has since it was looked at: of two at once one wins, the other is told."""
        c = question_cluster.c
        values = {"state": state, "entry": entry, "version": version, "who": given.by, "why": given.why}
        with self._database.begin() as db:
            mine = sa.update(question_cluster).where(c.id == row.id, c.revision == row.revision)
            done = db.execute(mine.values(**values, revision=row.revision + 1, at=now.astimezone(UTC)))
            held = clusters.row(db, row.id, now)
            if done.rowcount != 1:
                raise KnowledgeError(f"{row.id} 号问题刚被{held.who}处理过：{WORDS[held.standing]}，请重新查看")
            ledger.take_back(db, row.id)
            return held

    def _take(self, row: Row, item: Item, grown: tuple[str, ...], given: Given, now: datetime) -> Taken:
        """Write and submit the entry of a cluster. What is wrong with it is told before anything is done."""
        self._desk.refuse(item)
        row = self._claim(row, "answering", given, now, item.id, self._desk.next_version(item.id))
        why = given.why or f"答复 {row.id} 号问题"
        version = self._desk.hand_in(item, given.by, why)
        return Taken(self._row(row.id, now), version, grown)

    def _phrasings(
        self, number: int, wanted: Sequence[str], given: Given, span: Span, now: datetime
    ) -> tuple[str, ...]:
        """What staff wrote, then wordings of the cluster that differ and lead to no other entry yet."""
        taken = {_level(q) for e in self._live() for q in e.questions} | {_level(q) for q in wanted}
        own = tuple(dict.fromkeys(wanted))
        if given.examples <= 0:
            return own
        _, found = self.show(number, span, now)
        texts = list(dict.fromkeys(" ".join(a.question.split()) for a in found))
        free = [t for t in texts if _SHORTEST <= len(t) <= _LONGEST and not MARK.search(t) and _level(t) not in taken]
        level_once = {_level(t): t for t in reversed(free)}
        return (*own, *clusters.differing([t for t in free if level_once[_level(t)] == t], given.examples))

    def _live(self) -> Sequence[Entry]:
        return live.read(self._database).entries_over(self._desk.shipped.entries)

    def _free_id(self, number: int, wanted: str) -> str:
        """An id that no entry has or had. Raises KnowledgeError where staff want one that is taken."""
        if wanted and self._desk.holds(wanted):
            raise KnowledgeError(f"{wanted} 已经有了：用 unanswered link 关联它，或换一个 id")
        made_up = (f"q-{number}" if n == 1 else f"q-{number}-{n}" for n in count(1))
        return wanted or next(name for name in made_up if not self._desk.holds(name))

    def _existing(self, entry: str) -> tuple[Item, int]:
        """An entry as it is live, and which version, 0 for the shipped one.

        Raises KnowledgeError where there is none, or another version of it is open.
        """
        if any(v.entry == entry for v in self._desk.versions(State.DRAFT, State.IN_REVIEW)):
            raise KnowledgeError(f"{entry}：还有没发布的草稿，请先处理它（knowledge history {entry}）")
        held = next((v for v in self._desk.versions(State.LIVE) if v.entry == entry), None)
        if held and held.fields is None:
            raise KnowledgeError(f"{entry}：已经隐藏，不能关联")
        item = held.item() if held else self._desk.as_shipped(entry)
        if item is None or item.kind not in _GROWING:
            raise KnowledgeError(f"没有叫 {entry} 的条目可以关联；用 unanswered show 看最接近的条目")
        return item, held.version if held else 0


def written(title: str, text: str, source: Mapping[str, Any], **fields: Any) -> Item:
    """A new entry of the office's own, as `answer` takes it. source: {law, article} or {name, issuer, ref}."""
    given = {"title": title, "answer": text, "sources": [dict(source)], **{k: v for k, v in fields.items() if v}}
    return Item(EntryKind.FAQ, "staff-answers", given)


def _level(text: str) -> str:
    return core(normalise(text))
