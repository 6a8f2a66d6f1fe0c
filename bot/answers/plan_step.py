"""The step that a campaign plan answers: which plan is meant, what it says, or honestly that it does not say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.answers.asks import CALLED, not_held
from bot.answers.base import Base
from bot.answers.bounds import ended
from bot.answers.compose import MAX_CHOICES, Composer
from bot.answers.entries import Entry, EntryKind, Plan
from bot.answers.matching import Found, Match, Matcher
from bot.answers.normalise import normalise
from bot.answers.outcome import Asked, Outcome, Status
from bot.answers.plans import (
    PlanNames,
    asks_of_a_plan,
    asks_theme,
    foreign_place,
    kinds,
    same_place,
    speaks_of_campaigns,
    years,
)
from bot.answers.regions import NATIONWIDE, covers
from bot.messages import Choice

#: `Entry.fact` of what a plan does not hold.
ABSENT = "absent"
#: A phrasing of what is absent that is so short is a word for it: where a question holds it, it is that.
_MARK = 3  # characters
#: The second fact of a plan is told beside the first when it scores this share of it.
_AS_NEAR = 0.7
_MAX_TEXT = 620  # characters; WeChat takes 2,048 bytes
#: Plans whose best facts come so near to each other are both possible.
_AS_GOOD = 0.85
#: Entries over a whole plan: told where a phrasing of theirs was meant, else what is more exact comes first.
_GENERAL = frozenset(("overview", "outline", "audience"))
_MEANT = 0.6  # likeness of the nearest phrasing
_BEHIND = 0.15
_SHORTEST = 3  # characters of a question that are left without the campaign's name
#: So much like the question, next to the best general entry, must the best fact be: by what names the plan.
_SURE, _BY_PLACE = 0.5, 0.8
#: So much more like the question than the best general entry must a fact of the own plan be, and so near, where
#: nobody named the plan. Where the question speaks of campaigns (咨询日, 启动仪式), what is arranged here is meant.
_OWN, _OWN_ARRANGED, _OWN_NEAR = 1.15, 0.95, 0.45
#: Below this likeness and this nearness the best fact is only shown beside an honest "not found".
_WEAK, _FAR = 0.5, 0.3
#: Kinds of things that a fact of a plan must show to answer for them; of others it may say them in its own way.
_NOT_OF_PLANS = frozenset(("place", "form", "brand", "price", "hours", "count", "mobile", "person", "metres", "people"))
_LOOKED_AT = 4  # facts among which the second is looked for
_QUOTED = re.compile(r"“([^“”]{2,14})”")
_ASKS = re.compile(
    r"什么时候|啥时候|什么|几[号点时]|哪[天里儿个]?|怎么|咋[个样]?|啥|多少|可以|能不能|要不要|是不是|需要|应该|安全|活动|[吗呢啊我的在是]"
)
_MAX_LABEL = 20  # characters of a plan's name that is offered to tap

Teller = Callable[[Asked, Match, list[Match], Found], Outcome]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A plan with what it found for the question. held: the best facts, absent: the nearest that it does not hold."""

    plan: Plan
    found: Found
    held: list[Match]
    absent: list[Match]

    @property
    def score(self) -> float:
        return self.held[0].score if self.held else 0.0

    @property
    def near(self) -> float:
        return max((m.near for m in (self.held or self.absent)[:1]), default=0.0)


class PlanStep:
    """Answers from campaign plans; None where a question is not about one."""

    def __init__(self, base: Base, matcher: Matcher, compose: Composer, names: PlanNames, tell: Teller) -> None:
        self._base, self._matcher, self._compose, self._names, self._tell = base, matcher, compose, names, tell
        self._titles = lru_cache(maxsize=64)(self._pairs_of_titles)

    def _pairs_of_titles(self, plan: str) -> frozenset[str]:
        return frozenset(p for n in self._matcher.facts_of(plan) for p in _pairs(normalise(self._base.entry(n).title)))

    def answer(self, asked: Asked, text: str, home: str) -> Outcome | None:
        """home: the region of the person, else of the office."""
        plans = self._names.find(text) or self._names.at_home(text, home)
        if not plans:
            return self._without_name(asked, text, home)
        local = [p for p in plans if same_place(p.region, home)] if len(plans) > 1 else []
        plans = local or plans
        said = years(text, asked.today)
        of_year = [p for p in plans if not said or p.year in said]
        if not of_year:
            return self._not_of(text, f"{said[0]}年", plans, said[0])
        of_kind = self._names.of_kind(of_year, text)
        if not of_kind:
            return self._not_of(text, f"“{kinds(text)[0]}”", plans, of_year[0].year)
        return self._from(asked, text, of_kind, bool(said))

    def _without_name(self, asked: Asked, text: str, home: str) -> Outcome | None:
        """No plan is named: that of the place the person is in, if only a plan can answer; or which one is meant."""
        place = foreign_place(text)
        arranged = asks_of_a_plan(text) and not asks_theme(text)
        if place and arranged and self._names.newest and not covers(place, home):
            return self._not_of(text, f"{place}", self._names.newest[:MAX_CHOICES], 0)
        if place:
            return None
        said = years(text, asked.today)
        own = [p for p in self._names.above(home) if not said or p.year in said]
        own = self._names.of_kind(own, text)
        if arranged:
            return self._from(asked, text, own, sure=True) if own else None
        return self._own(asked, text, [p for p in own if p.year >= asked.today.year])

    def _own(self, asked: Asked, text: str, plans: Sequence[Plan]) -> Outcome | None:
        """What is arranged here this year, where it comes clearly nearer to the question than what holds everywhere."""
        arranged, pairs = speaks_of_campaigns(text), _pairs(text)
        # Most questions are of no plan: they are not to be searched for in each.
        plans = [p for p in plans if arranged or not pairs.isdisjoint(self._titles(p.id))]
        held = [r for r in (self._read(asked, text, p) for p in plans) if r.held]
        if not held or asks_theme(text):
            return None
        best = max(held, key=lambda r: r.score)
        general = self._matcher.find(text, asked.region)
        rival = general.matches[0].score if general.matches else 0.0
        told = self._entry(best.held[0]).answer
        share, is_named = _OWN_ARRANGED if arranged else _OWN, arranged or any(pair in told for pair in pairs)
        if not is_named or best.held[0].near < _OWN_NEAR or best.score < share * rival:
            return None
        return self._told(asked, best, text)

    def _from(self, asked: Asked, text: str, plans: Sequence[Plan], sure: bool) -> Outcome | None:
        bare = self._names.without_name(text)
        readings = [self._read(asked, bare, p) for p in plans]
        best = max(readings, key=lambda r: r.score)
        general = self._matcher.find(bare, asked.region)
        share = _SURE if sure or self._names.names_unit(text) else _BY_PLACE
        nearest = max(best.held or best.absent, key=lambda m: m.score, default=None)
        if nearest is None:
            return None
        named = any(q in bare for q in _QUOTED.findall(self._entry(nearest).answer))
        if not named and not self._names.is_about(bare, nearest, general, share):
            return None
        possible = [r for r in readings if r.score >= _AS_GOOD * best.score and r.held] or [readings[0]]
        newest = [r for r in possible if r.plan.year == possible[0].plan.year]
        if len(newest) > 1:
            return self._which([r.plan for r in newest], bare)
        return self._told(asked, newest[0], bare)

    def _read(self, asked: Asked, bare: str, plan: Plan) -> _Reading:
        """What one plan has for the question, also without the campaign's name where that hides the matter."""
        reading = self._look(asked, bare, plan)
        less = self._names.without_campaign(bare)
        if less == bare or len(less) < _SHORTEST or reading.near >= _MEANT:
            return reading
        closer = self._look(asked, less, plan)
        return closer if closer.near > reading.near else reading

    def _look(self, asked: Asked, bare: str, plan: Plan) -> _Reading:
        """Nothing is held where what is asked for is known to be absent."""
        found = self._matcher.find(bare, asked.region, plan=plan.id)
        absent = [m for m in found.matches if self._entry(m).fact == ABSENT and self._speaks_of(bare, m)]
        held = [m for m in found.matches if self._entry(m).fact != ABSENT]
        held.sort(key=lambda m: m.score - (_BEHIND if self._hides(m) else 0.0), reverse=True)
        marked = [m for m in absent if any(q in bare for q in self._entry(m).questions if len(q) <= _MARK)]
        if marked or (absent and found.matches[0] is absent[0]):
            return _Reading(plan, found, [], marked or absent)
        return _Reading(plan, found, held, absent)

    def _speaks_of(self, bare: str, match: Match) -> bool:
        """Whether the question names the audience that an entry is about; true for one about none."""
        words = self._entry(match).audience
        return not words or any(w in bare for w in words)

    def _hides(self, match: Match) -> bool:
        """Whether an entry over the whole plan came first by common words only."""
        return self._entry(match).fact in _GENERAL and match.near < _MEANT

    def _entry(self, match: Match) -> Entry:
        return self._base.entry(match.entry)

    def _told(self, asked: Asked, reading: _Reading, bare: str) -> Outcome:
        found = reading.found
        if not reading.held:
            told = self._tell(asked, reading.absent[0], [], found)
            return self._named(replace(told, status=Status.UNKNOWN, rejected=True, unanswered=True), reading.plan)
        best, *others = reading.held
        told = self._named(self._tell(asked, best, others, found), reading.plan)
        if best.score < _WEAK and best.near < _FAR:
            head = self._compose.words("not_in_plan", issuer=reading.plan.issuer, year=reading.plan.year)
            text = f"{head}\n{told.text}"
            return replace(told, status=Status.UNKNOWN, text=text, rejected=True, unanswered=True)
        missing = not_held(bare, self._entry(best), asked.today)
        if missing in _NOT_OF_PLANS:
            return self._not_held(told, best, missing)
        return self._with_second(told, reading.held)

    def _not_held(self, told: Outcome, best: Match, missing: str) -> Outcome:
        ask = self._entry(best).ask or self._compose.words("hotlines")
        return ended(self._compose.words("not_held", what=CALLED[missing], ask=ask), told, self._compose)

    def _with_second(self, told: Outcome, held: Sequence[Match]) -> Outcome:
        """Facts of a plan are small: the next that says something else is told too where it comes as near."""
        first = self._entry(held[0]).answer
        for match in held[1:_LOOKED_AT]:
            more = self._entry(match).answer
            if match.score < _AS_NEAR * held[0].score:
                break
            if _quote(more) != _quote(first) and len(told.text) + len(more) <= _MAX_TEXT:
                head, _, tail = told.text.rpartition("\n")
                return replace(told, text=f"{head}\n{self._compose.words('also', text=more)}\n{tail}")
        return told

    def _named(self, told: Outcome, plan: Plan) -> Outcome:
        """What is offered to tap asks with the plan's name, else it would be taken for a general question."""
        name, year = self._names.called(plan), f"{plan.year}年"
        taps = (
            replace(c, text=f"{name}{c.text.removeprefix(year)}") if self._is_of_a_plan(c) else c for c in told.choices
        )
        return replace(told, choices=tuple(taps))

    def _is_of_a_plan(self, choice: Choice) -> bool:
        entry = self._base.entry_by_id(choice.id)
        return entry is not None and entry.kind is EntryKind.PLAN

    def _which(self, plans: Sequence[Plan], bare: str) -> Outcome:
        """Several plans may be meant: ask, newest first."""
        names = [self._names.called(p) for p in plans[:MAX_CHOICES]]
        taps = tuple(Choice(f"plan-{n}", name[:_MAX_LABEL], f"{name}{bare}") for n, name in enumerate(names))
        return Outcome(Status.CHOICES, self._compose.words("which_plan"), confidence=0.5, choices=taps)

    def _not_of(self, text: str, what: str, plans: Sequence[Plan], year: int) -> Outcome:
        """There is no such plan; what is held is named, and the national theme told where that was asked for."""
        held = "、".join(f"{p.issuer}{p.year}年" for p in plans[:MAX_CHOICES])
        lines = [self._compose.words("no_such_plan", what=what, held=held)]
        theme = self._base.themes.get(year) if asks_theme(text) else None
        if theme:
            lines.append(self._compose.words("theme", year=year, ordinal=theme.ordinal, theme=theme.theme))
        return Outcome(Status.UNKNOWN, "\n".join(lines), rejected=True, unanswered=True)


def _pairs(text: str) -> frozenset[str]:
    """Neighbouring characters of a text, without those that only ask."""
    return frozenset(word[n : n + 2] for word in _ASKS.sub(" ", text).split() for n in range(len(word) - 1))


def _quote(answer: str) -> str:
    """The plan's own sentence in an answer; the answer itself where none is quoted."""
    return answer.partition("原文：")[2] or answer


def home_of(region: str, office: str) -> str:
    """Where somebody is at home: their own place as far as it is known, else the office's."""
    return office if region == NATIONWIDE else re.sub(r"\s", "", region)
