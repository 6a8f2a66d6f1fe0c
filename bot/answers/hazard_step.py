"""The step that a told hazard answers: who deals with it, how to report it, and what the rule is.

Many who tell of a hazard ask whether it is allowed (这样行不行): so the rule stands beside, where it is understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.answers.asks import clashes
from bot.answers.compose import Composer, in_short
from bot.answers.danger import BY_QUESTION, REPORT_ALONE, REPORT_LEAST, REPORT_WITH_RULES
from bot.answers.entries import EntryKind
from bot.answers.hazards import Hazard, HazardScreen
from bot.answers.matching import Found, Match, Matcher
from bot.answers.outcome import Asked, Outcome, Status

#: The group of what nobody may be helped with, and how that is asked for.
HARMFUL = "harmful"
ASKS_HOW = re.compile("怎么(?!办|举报|投诉|反映)|怎样|咋(?!办|整)|如何|能.{0,5}多|教我|办法")
#: The intent of whatever tells how to report a hazard.
HAZARD_REPORT = "hazard_report"
#: The rule beside a report must be this likely.
_RULE_AT = 0.3


@dataclass(frozen=True, slots=True)
class Ways:
    """What the pipeline lends: whether a unit's plan is asked for, how an entry is told, what is declined."""

    asks_unit: Callable[[str], bool]
    tell: Callable[[Asked, Match, list[Match], Found], Outcome]
    declined: Callable[[Found], Outcome | None]


class HazardStep:
    """Answers who tells of a hazard or wants to report one; None for all others."""

    def __init__(self, screen: HazardScreen, matcher: Matcher, compose: Composer, scope_at: float, ways: Ways) -> None:
        self._screen, self._matcher, self._compose = screen, matcher, compose
        self._scope_at, self._ways = scope_at, ways

    def answer(self, asked: Asked, text: str) -> Outcome | None:
        """A hazard that is told of: by the rules, unless the model contradicts; or by the model alone."""
        hazard, model = self._screen.find(text), self._matcher.base.danger
        if model is not None:
            odds = model.hazard(text) - BY_QUESTION * self._screen.asks(text)
            if odds < (REPORT_WITH_RULES if hazard else REPORT_ALONE):
                hazard = None
            elif hazard is None and len(text) >= REPORT_LEAST and not self._ways.asks_unit(text):
                hazard = self._screen.department(text)
        return self._guidance(hazard, asked, text) if hazard else None

    def _guidance(self, hazard: Hazard, asked: Asked, text: str) -> Outcome:
        found = self._matcher.find(text, asked.region)
        harmful = found.aside and self._matcher.base.entry(found.aside.entry).group == HARMFUL
        if harmful and ASKS_HOW.search(text) and (declined := self._ways.declined(found)):
            return declined  # who asks how to do it reports nothing
        words = self._compose.words("hazard", department=hazard.department, phone=hazard.phone)
        told = Outcome(Status.ANSWERED, words, intent=HAZARD_REPORT, confidence=1.0)
        return self._with_rule(told, asked, found)

    def _with_rule(self, told: Outcome, asked: Asked, found: Found) -> Outcome:
        best = next(iter(found.matches), None)
        if best is None or found.scope < self._scope_at or best.confidence < _RULE_AT:
            return told
        entry = self._matcher.base.entry(best.entry)
        if entry.kind is not EntryKind.FAQ or not entry.sources[0].law or clashes(asked.text, entry):
            return told
        rule = self._ways.tell(asked, best, found.matches[1:], found)
        line = self._compose.words(
            "rule", title=entry.title, text=in_short(entry), source=self._compose.listed(rule.citations[:2])
        )
        text = f"{told.text}\n{line}"
        return replace(told, text=text, citations=rule.citations, choices=rule.choices, entry=entry.id)
