"""Where our knowledge ends: what an answer says when the base does not hold what was asked for, and whom to ask.

Three bounds, in this order: what nobody can know from here (config/limits.toml); what local rules decide and we do
not hold for that place; and a kind of thing (a price, a date, a person) that the answer found does not show. What
comes near is told behind, as what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.answers.asks import CALLED, not_held
from bot.answers.cities import city_in
from bot.answers.compose import MAX_CITATIONS, Composer
from bot.answers.entries import Entry, EntryKind
from bot.answers.limits import Limits, LocalRule, Unknowable
from bot.answers.outcome import Asked, Outcome, Status
from bot.answers.regions import NATIONWIDE, Gazetteer

#: A longer message tells a story: a place in it need not be what the question is about.
_IN_QUESTION = 40  # characters
#: Clauses in which an entry says that local rules decide.
_LEFT_TO_PLACES = re.compile(
    r"[^。;,]*(?:各地|以当地|按当地|看当地|由各?省|由地方|全国没有统一|没有全国统一|当地(?:政策|标准|规定|公告)"
    r"|统筹地区|地方性法规|地方可?另?定)[^。;]*"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question asks about. named: by its name, as 浙江省杭州市; here: as 我们这里; both empty for nowhere."""

    named: str = ""
    here: bool = False

    def __bool__(self) -> bool:
        return self.here or bool(self.named)


class Bounds:
    """Says where an answer ends; an outcome that is held passes as it is."""

    def __init__(
        self, limits: Limits, gazetteer: Gazetteer, compose: Composer, local_article: Callable[[str, str], int | None]
    ) -> None:
        """local_article: the article of a place's own law that comes nearest to a text, None where none is near."""
        self._limits, self._gazetteer, self._compose = limits, gazetteer, compose
        self._local_article = local_article
        # Each question is asked for them in several steps.
        self.place_in, self._placed = lru_cache(maxsize=64)(self._place_in), lru_cache(maxsize=64)(self._find_rule)

    def _place_in(self, text: str) -> str:
        """The place that normalised text names, "" for none."""
        known, city = self._gazetteer.find(text), city_in(text)
        # A statute's own region may lack its province: 汕头市 for 广东省汕头市.
        return city if known in city else known

    def unknowable(self, text: str) -> Unknowable | None:
        """What normalised text asks that nobody can know from here."""
        return self._limits.unknowable(text)

    def asks_local(self, text: str) -> bool:
        """Whether normalised text asks what local rules decide."""
        return self._placed(text)[1] is not None

    def not_known(self, limit: Unknowable, near: Outcome | None) -> Outcome:
        """That it cannot be known from here, whom to ask, and what comes near."""
        ask = limit.ask.format(office_phone=self._compose.office_phone)
        return ended(self._compose.words("cannot", say=limit.say, ask=ask), near, self._compose)

    def lacks(self, asked: Asked, text: str, entry: Entry) -> str:
        """What is asked for and the entry does not hold: "rule" of a place, a kind of asks.py, "" for nothing."""
        _, rule = self._placed(text)
        if rule and not _is_rule_of_place(rule, entry):
            return "rule"
        return not_held(asked.text, entry, asked.today)

    def speaks_of(self, text: str, entry: Entry) -> bool:
        """Whether an entry speaks of what local rules decide and the question asks."""
        _, rule = self._placed(text)
        return rule is None or rule.about.search(f"{entry.title} {entry.answer}") is not None

    def told(self, asked: Asked, text: str, outcome: Outcome, entry: Entry) -> Outcome:
        """`outcome`, which tells `entry`, with what it does not hold said before it."""
        place, rule = self._placed(text)
        if rule and not _is_rule_of_place(rule, entry):
            return self._beside_article(self._left_to(rule, place, asked, outcome), text, asked)
        missing = not_held(asked.text, entry, asked.today)
        if missing:
            return self.without(outcome, entry, missing)
        if not place or entry.kind is not EntryKind.FAQ or entry.region != NATIONWIDE:
            return outcome
        if _LEFT_TO_PLACES.search(entry.answer):
            ask = entry.ask or self._compose.words("hotlines")
            lead = self._compose.words("local_entry", place=_called(place, asked), ask=ask)
            return self._beside_article(ended(lead, outcome, self._compose), text, asked)
        if not place.named:
            return outcome
        with_article = self._beside_article(outcome, text, asked)
        if with_article is not outcome:
            return with_article
        return replace(outcome, text=self._compose.words("nation_only", place=place.named) + outcome.text)

    def unfound(self, asked: Asked, text: str, outcome: Outcome) -> Outcome:
        """`outcome`, which says that nothing was found: with the office where local rules decide."""
        place, rule = self._placed(text)
        if rule is None:
            return outcome
        left = self._left_to(rule, place, asked, None)
        more = [c for c in outcome.citations if c not in left.citations]
        lines = [left.text, *([self._compose.words("see_also", source=self._compose.listed(more))] if more else [])]
        citations = (*left.citations, *more)[:MAX_CITATIONS]
        return self._beside_article(replace(outcome, text="\n".join(lines), citations=citations), text, asked)

    def without(self, told: Outcome, entry: Entry | None, missing: str = "") -> Outcome:
        """What was found does not hold what is asked for (a figure, an address, a year to come): say so first."""
        ask = (entry and entry.ask) or self._compose.words("hotlines")
        lead = self._compose.words("not_held", what=CALLED.get(missing, CALLED[""]), ask=ask)
        return ended(lead, told, self._compose)

    def _find_rule(self, text: str) -> tuple[Place, LocalRule | None]:
        """Where a question asks about, and what it asks that local rules decide."""
        place = Place()
        if len(text) <= _IN_QUESTION:
            place = Place(self.place_in(text), self._limits.here.search(text) is not None)
        return place, self._limits.local_rule(text, placed=bool(place))

    def _beside_article(self, outcome: Outcome, text: str, asked: Asked) -> Outcome:
        """`outcome` with the article of the place's own law that comes nearest, where one does."""
        number = self._local_article(text, asked.region)
        if number is None:
            return outcome
        citation = self._compose.article_citation(number)
        if citation in outcome.citations:
            return outcome
        line = self._compose.words("local_article", source=self._compose.listed([citation]))
        citations = (*outcome.citations[: MAX_CITATIONS - 1], citation)
        return replace(outcome, text=f"{outcome.text}\n{line}", citations=citations)

    def _left_to(self, rule: LocalRule, place: Place, asked: Asked, near: Outcome | None) -> Outcome:
        citation = self._compose.citation(rule.source) if rule.source else None
        by = f"（{self._compose.listed([citation])}）" if citation else ""
        nation = f"{rule.nation}{by}。" if rule.nation else ""
        lead = self._compose.words(
            "left_to_places", place=_called(place, asked), what=rule.what, office=rule.office, nation=nation
        )
        outcome = ended(lead, near, self._compose)
        if citation and citation not in outcome.citations:
            outcome = replace(outcome, citations=(*outcome.citations, citation)[:MAX_CITATIONS])
        return outcome


def _is_rule_of_place(rule: LocalRule, entry: Entry) -> bool:
    """Whether an entry is the rule of a place (the ranking tells only those that hold where the person asks)."""
    return entry.region != NATIONWIDE and rule.held.search(entry.answer) is not None


def _called(place: Place, asked: Asked) -> str:
    """The place as it is told: by name where we know it, else 当地."""
    if place.named:
        return place.named
    return asked.region if place.here and asked.region != NATIONWIDE else "当地"


def ended(lead: str, near: Outcome | None, compose: Composer) -> Outcome:
    """An outcome that says `lead`, then tells what comes near."""
    if near is None:
        return Outcome(Status.UNKNOWN, lead, rejected=True, unanswered=True)
    text = f"{lead}{compose.words('near')}\n{near.text}"
    return replace(near, status=Status.UNKNOWN, text=text, rejected=True, unanswered=True)
