"""From what was found to what is said: one entry, several to choose from, or honestly that it is not known."""

from __future__ import annotations

from bot.answers.base import Base
from bot.answers.citing import Citing
from bot.answers.compose import MAX_CHOICES, Composer, choice, in_short
from bot.answers.entries import Entry, EntryKind, Source
from bot.answers.matching import Found, Match
from bot.answers.outcome import Asked, Candidate, Outcome, Status
from bot.settings import AnswerSettings

#: A runner-up this likely is named as further reading and offered to tap.
_RELATED_AT = 0.01
#: An entry this likely is told alone; below, one that has this share of its confidence is told in short beside it.
_SURE, _AS_LIKELY = 0.8, 0.5


class Telling:
    """What a base says of what was found. phone: the office's, for those who are sent elsewhere."""

    def __init__(self, base: Base, compose: Composer, settings: AnswerSettings, phone: str) -> None:
        self._base, self._compose, self._settings, self._phone = base, compose, settings, phone
        self._citing = Citing(base)

    def tell(self, asked: Asked, best: Match, others: list[Match], found: Found) -> Outcome:
        """An entry, with what it stands on and what to ask next."""
        entry = self._base.entry(best.entry)
        near = [
            self._base.entry(m.entry) for m in others if m.confidence >= _RELATED_AT or entry.kind is EntryKind.PLAN
        ]
        sources, beside = self._sources(entry, best, others, asked), self._beside(best, others)
        text, citations = self._compose.entry(entry, asked.today, sources, asked.text, beside)
        return Outcome(
            Status.ANSWERED, text, intent=entry.intent, confidence=best.confidence, citations=citations,
            choices=self._compose.next_choices(entry, near), candidates=self._candidates(found), entry=entry.id,
        )  # fmt: skip

    def _beside(self, best: Match, others: list[Match]) -> Entry | None:
        """What is nearly as likely as what is told, where that is not sure."""
        second = others[0] if others else None
        if second is None or best.confidence >= _SURE or second.confidence < _AS_LIKELY * best.confidence:
            return None
        entry = self._base.entry(second.entry)
        return entry if entry.kind is EntryKind.FAQ else None

    def _sources(self, entry: Entry, best: Match, others: list[Match], asked: Asked) -> list[Source]:
        """The sources to show, best first. A plan's facts stand for themselves."""
        if entry.kind is EntryKind.PLAN:
            return [*entry.sources, *(s for m in others for s in self._base.entry(m.entry).sources[:1] if s.law)]
        near = [m for m in others if m.confidence >= _RELATED_AT]
        return self._citing.order(entry, [(self._base.entry(m.entry), best.score - m.score) for m in near], asked.text)

    def elsewhere(self, entry: Entry, best: Match) -> Outcome:
        """What is said to small talk and to what is out of scope."""
        text = entry.answer.replace("{office_phone}", self._phone)
        if entry.kind is EntryKind.SMALL_TALK:
            return Outcome(Status.SMALL_TALK, text, confidence=best.confidence, entry=entry.id)
        intent = "self_harm" if entry.group == "self_harm" else ""
        return Outcome(
            Status.OUT_OF_SCOPE, text, rejected=True, intent=intent, confidence=best.confidence, entry=entry.id
        )

    def offer(self, found: Found) -> Outcome:
        """The nearest entries, to choose from."""
        ours = self._nearest(found)
        if not ours:
            return self.unknown(found)
        citations = tuple(dict.fromkeys(self._compose.citation(s) for e in ours for s in e.sources[:1] if s.law))
        words = self._compose.words("choices")
        if citations:
            words += "\n" + self._compose.words("see_also", source=self._compose.listed(citations))
        return Outcome(
            Status.CHOICES, words, confidence=found.confidence, citations=citations,
            choices=tuple(choice(e) for e in ours), candidates=self._candidates(found), unanswered=True,
        )  # fmt: skip

    def unknown(self, found: Found) -> Outcome:
        """Say so, and show what comes near if the question is ours at all."""
        ours = self._nearest(found) if found.scope >= self._settings.near_at else []
        citations = tuple(dict.fromkeys(self._compose.citation(e.sources[0]) for e in ours if e.sources[0].law))
        words = self._compose.words("unknown" if ours else "unknown_bare")
        if ours and found.scope >= self._settings.scope_at:
            words += "\n" + self._compose.words("nearest", title=ours[0].title, text=in_short(ours[0]))
        if citations:
            words += "\n" + self._compose.words("see_also", source=self._compose.listed(citations))
        return Outcome(
            Status.UNKNOWN, words, rejected=True, confidence=found.confidence, citations=citations,
            choices=tuple(choice(e) for e in ours), candidates=self._candidates(found), unanswered=True,
        )  # fmt: skip

    def _nearest(self, found: Found) -> list[Entry]:
        return [self._base.entry(m.entry) for m in found.matches[:MAX_CHOICES]]

    def _candidates(self, found: Found) -> tuple[Candidate, ...]:
        out = [
            Candidate(e.id, e.title, round(m.confidence, 4)) for m in found.matches if (e := self._base.entry(m.entry))
        ]
        return tuple(out)
