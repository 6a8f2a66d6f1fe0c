"""Which of the entries that come near is told first: of the field, of the place, holding what is asked for."""

from __future__ import annotations

from bot.answers.asks import clashes
from bot.answers.base import Base
from bot.answers.bounds import Bounds
from bot.answers.compose import MAX_CHOICES
from bot.answers.matching import Match
from bot.answers.outcome import Asked
from bot.answers.regions import NATIONWIDE

#: An entry with this share of the best confidence is told in its place if it alone shows what is asked for.
_HOLDS_FROM = 0.5
#: So near must one be that shows a figure, a date, a price: many entries show some.
_FIGURE_FROM = 0.8
#: What the next entry cannot make good: it speaks of something else.
_OWN_WORDS = ("year", "either", "procedure", "lost")
#: A local rule that scores this share of the best entry is told before it.
_LOCAL_FROM = 0.75


class Ordering:
    """Puts matches in the order in which they are told."""

    def __init__(self, base: Base, bounds: Bounds) -> None:
        self._entry, self._bounds = base.entry, bounds

    def told(self, asked: Asked, text: str, matches: list[Match]) -> list[Match]:
        """The matches of a normalised question, the one to tell first."""
        return self._holding(asked, text, self._of_field_and_place(text, matches))

    def _of_field_and_place(self, text: str, matches: list[Match]) -> list[Match]:
        """What is of the field that the question names comes first, and local rules before national."""
        entry = self._entry
        shown = [m for m in matches[:MAX_CHOICES] if not clashes(text, entry(m.entry))] or matches[:MAX_CHOICES]
        near = [m for m in shown if m.score >= _LOCAL_FROM * shown[0].score]
        local = next((m for m in near if entry(m.entry).region != NATIONWIDE), None)
        first = [local, *(m for m in shown if m is not local)] if local else shown
        return [*first, *(m for m in matches if m not in shown)]

    def _holding(self, asked: Asked, text: str, matches: list[Match]) -> list[Match]:
        """Where the best does not hold what is asked for and a near one does, or speaks of it, that comes first."""
        lacks = self._bounds.lacks(asked, text, self._entry(matches[0].entry))
        if not lacks or lacks in _OWN_WORDS:
            return matches
        share = _HOLDS_FROM if lacks in ("penalty", "rule") else _FIGURE_FROM
        entries = [(m, self._entry(m.entry)) for m in matches[:MAX_CHOICES]]
        near = [(m, entry) for m, entry in entries if m.confidence >= share * matches[0].confidence]
        held = [m for m, entry in near if not self._bounds.lacks(asked, text, entry)]
        close = [m for m, entry in near if self._bounds.speaks_of(text, entry)]
        first = (held or close or matches)[0]
        return [first, *(m for m in matches if m is not first)]
