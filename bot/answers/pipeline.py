"""The way of one question: the steps in order, each a short method that ends the run or passes on.

Most exact first: an emergency, an article by its number, the theme of a year, a plan by its name, then what was
asked before in other words, then the letter of the law, then an honest "I do not know".
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from threading import Lock

import numpy as np

from bot.answers.articles import ExactAnswers
from bot.answers.asks import day_of_each_year, holds_each_year
from bot.answers.base import Base, kind_number
from bot.answers.bounds import Bounds
from bot.answers.compose import Composer
from bot.answers.danger import BY_REPORT, BY_RULES, LINE
from bot.answers.dense import Dense
from bot.answers.despair import Despair, Mood
from bot.answers.editions import Archive
from bot.answers.emergency import EmergencyScreen
from bot.answers.entries import Card, Entry, EntryKind
from bot.answers.hazard_step import ASKS_HOW, HARMFUL, HAZARD_REPORT, HazardStep, Ways
from bot.answers.hazards import HazardScreen
from bot.answers.insults import Insults
from bot.answers.lexicon import Lexicon
from bot.answers.limits import shipped as limits
from bot.answers.loanwords import is_english
from bot.answers.matching import NEAR_EXACT, Found, Match, Matcher, level
from bot.answers.ordering import Ordering
from bot.answers.outcome import Asked, Outcome, Status
from bot.answers.plan_step import PlanStep, home_of
from bot.answers.plans import PlanNames, asks_theme, years
from bot.answers.regions import NATIONWIDE
from bot.answers.synonyms import NONE, Synonyms
from bot.answers.telling import Telling
from bot.settings import AnswerSettings, OfficeSettings
from bot.switches import ALL_ON, NAMES, Function, Switches

#: So much like harm next to the best entry, and that entry less sure than this: then help is declined.
_AS_HARMFUL, _SURELY = 0.7, 0.4
#: Out of scope with a nearer phrasing and this share of the best entry's likeness.
_AS_LIKE = 0.9
#: Articles among which that of a place's own law must stand to be named.
_ARTICLES = 3
#: Small talk is a set of phrases: what comes less near to one of them is something else that we do not know.
_SMALL_TALK_FROM = 0.5
#: So much must a question be like what is out of scope for its reply to be given; below, "I do not know" is safer.
_ASIDE_AT = 0.3
#: The groups of what is said to insults, and to those who think of harming themselves.
ABUSE, SELF_HARM = "abuse", "self_harm"
#: Who names it sends nobody away: the helpline for those who are in despair.
_HELPLINE = "12356"
#: Cards of those who fell, or are in the water: one who wants to jump has not yet.
_NOT_YET = ("fall", "drowning")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a pipeline is made of."""

    base: Base
    matcher: Matcher
    emergencies: EmergencyScreen
    hazards: HazardScreen
    insults: Insults
    despair: Despair
    archive: Archive | None = None


class Answerer:
    """Questions to outcomes. Pure but for a cache of finished outcomes; safe for many threads.

    office, off  whom it speaks for, and what staff switched off; with other ones there is another answerer, so that
                 whatever is remembered of this one holds what they say
    """

    def __init__(self, parts: Parts, settings: AnswerSettings, office: OfficeSettings, off: Switches = ALL_ON) -> None:
        self.parts, self.base, self.matcher = parts, parts.base, parts.matcher
        self._cards = {card.id: card for card in parts.base.cards}
        self._emergencies, self._hazards = parts.emergencies, parts.hazards
        self._settings, self.office, self.off = settings, office, off
        self._compose = Composer(parts.base, office.phone)
        self._telling = Telling(parts.base, self._compose, settings, office.phone)
        self._bounds = Bounds(limits(), parts.base.gazetteer, self._compose, self._local_article)
        self._ordering = Ordering(parts.base, self._bounds)
        self._plans = PlanNames(parts.base.plans)
        ways = Ways(self._plans.asks_unit, self._telling.tell, self._declined)
        self._hazard_step = HazardStep(self._hazards, self.matcher, self._compose, settings.scope_at, ways)
        self._plan_step = PlanStep(self.base, self.matcher, self._compose, self._plans, self._telling.tell)
        digests = np.flatnonzero(parts.base.kind_of_entry == kind_number(EntryKind.DIGEST)).tolist()
        #: The laws that matter most, in the order of digests.yaml.
        digested = [s.law for n in digests for s in parts.base.entry(n).sources[:1]]
        self._exact = ExactAnswers(parts.base, self._compose, digested, parts.archive)
        aside = np.flatnonzero(parts.base.kind_of_entry == kind_number(EntryKind.OUT_OF_SCOPE)).tolist()
        hotlines = np.flatnonzero(parts.base.kind_of_entry == kind_number(EntryKind.HOTLINE)).tolist()
        self._numbers = {parts.base.entry(n).number: n for n in reversed(hotlines)}
        #: What is said to an insult and in despair; None where the content has nothing for it.
        groups = {(e := parts.base.entry(n)).group: e for n in reversed(aside)}
        self._abuse, self._harm = groups.get(ABUSE), groups.get(SELF_HARM)
        self._cache: OrderedDict[tuple[object, ...], Outcome] = OrderedDict()
        self._lock = Lock()
        # Asked for every message before anything else, and once more on the way to an answer.
        self._danger = lru_cache(maxsize=max(settings.cache_size, 1))(self._find_danger)
        self._steps: tuple[Callable[[Asked, str], Outcome | None], ...] = (
            self._nothing,
            self._emergency,
            self._hotline,
            self._exact_phrasing,
            self._exact.answer,
            self._exact.effective_date,
            self._insult,
            self._unknowable,
            self._hazard,
            self._theme,
            self._plan,
            self._each_year,
            self._matched,
        )

    def answer(self, asked: Asked) -> Outcome:
        """The outcome for one question. Never raises for any text."""
        text = level(asked.text)
        place = self._bounds.place_in(text)
        asked = Asked(text, asked.today, place or asked.region, asked.law)
        key = (text, asked.today, asked.region, asked.law)
        with self._lock:
            if (known := self._cache.get(key)) is not None:
                self._cache.move_to_end(key)
                return known
        found = next(o for step in self._steps if (o := step(asked, text)))
        outcome = self._allowed(self._felt(asked, text, found))
        with self._lock:
            self._cache[key] = outcome
            if len(self._cache) > self._settings.cache_size:
                self._cache.popitem(last=False)
        return outcome

    def _allowed(self, outcome: Outcome) -> Outcome:
        """The outcome, or why it is not told for now."""
        if outcome.intent != HAZARD_REPORT or Function.HAZARDS not in self.off:
            return outcome
        reason = self.off[Function.HAZARDS].rstrip("。.!！")
        facts = {"what": NAMES[Function.HAZARDS], "reason": reason, "phone": self.office.phone}
        text = str(self.base.words["chat"]["switched_off"]).format(**facts)
        return Outcome(Status.OUT_OF_SCOPE, text, rejected=True, confidence=outcome.confidence)

    def _felt(self, asked: Asked, text: str, outcome: Outcome) -> Outcome:
        """The outcome, with a kind word for one who wants to die; without it where that is a way of speaking."""
        mood, harm = self.mood(text), self._harm
        if harm is None or mood is Mood.NONE or outcome.status is Status.EMERGENCY:
            return outcome
        is_known, card = self._is_known_question(text), self._cards.get(SELF_HARM)
        if mood is Mood.OTHERS and card and not is_known:
            status, sure = Status.OUT_OF_SCOPE, 1.0
            return Outcome(status, card.text, rejected=True, intent=SELF_HARM, confidence=sure, entry=card.id)
        if outcome.intent == SELF_HARM and mood in (Mood.FIGURE, Mood.LIGHT) and not is_known:
            outcome = self.beside(asked, harm)
        if mood is Mood.FIGURE or _HELPLINE in outcome.text:
            return outcome
        if mood is Mood.LIGHT:
            return replace(outcome, text=f"{outcome.text}\n{self._compose.words('if_heavy')}")
        if outcome.status is Status.ANSWERED and outcome.intent != HAZARD_REPORT:
            return replace(outcome, text=f"{harm.answer}\n{self._compose.words('and_asked')}{outcome.text}")
        return self._telling.elsewhere(harm, Match(-1, 1.0, (), 1.0, 1.0))

    def mood(self, text: str) -> Mood:
        """Whether a message tells of a wish to die."""
        return self.parts.despair.read(level(text))

    def emergency(self, text: str) -> Outcome | None:
        """The emergency a message tells of, before everything else; None if it tells of none."""
        return self._danger(level(text))

    def brief(self, entry: Entry, words: str, today: date) -> Outcome:
        """An entry told in `words`, with its sources and nothing beside."""
        text, citations = self._compose.brief(entry, words, today)
        return Outcome(Status.ANSWERED, text, confidence=1.0, citations=citations, entry=entry.id)

    def beside(self, asked: Asked, entry: Entry) -> Outcome:
        """The outcome by likeness alone, `entry` left out: it was told already."""
        text, number = level(asked.text), self.base.number_of(entry.id)
        found = self.matcher.find(text, asked.region, skip_entry=-1 if number is None else number)
        best = found.matches[0] if found.matches else None
        if best is None or found.scope < self._settings.scope_at or best.confidence < self._settings.answer_at:
            return self._telling.unknown(found)
        return self._telling.tell(replace(asked, text=text), best, found.matches[1:], found)

    def unheld(self, told: Outcome) -> Outcome:
        """An outcome that comes near and does not hold what is asked for: it is told with these words before it."""
        return self._bounds.without(told, self.base.entry_by_id(told.entry))

    def ranking(self, text: str, region: str, n: int) -> list[int | str]:
        """The best n articles for a question, best first: by the id they were imported with, else by number."""
        return [self.base.passage_id(number) for number, _ in self.matcher.articles(level(text), region, n)]

    def _nothing(self, _asked: Asked, text: str) -> Outcome | None:
        """Signs and pictures only, or a number that is no telephone number of ours."""
        if any(c.isalpha() for c in text):
            return None
        if any(c.isdigit() for c in text):
            if re.sub(r"\D", "", text) in self._numbers:
                return None
            return Outcome(Status.UNKNOWN, self._compose.words("number_only"), rejected=True)
        return Outcome(Status.SMALL_TALK, self._compose.words("no_words"), rejected=True, confidence=1.0)

    def _emergency(self, _asked: Asked, text: str) -> Outcome | None:
        return self._danger(text)

    def _find_danger(self, text: str) -> Outcome | None:
        card = self._card(text)
        if card is None:
            return None
        told = card.text
        if _HELPLINE not in told and self.mood(text) in (Mood.WISH, Mood.JUMP):
            told += "\n" + self._compose.words("if_heavy")
        return Outcome(Status.EMERGENCY, told, intent="emergency", confidence=1.0, entry=card.id)

    def _hotline(self, asked: Asked, text: str) -> Outcome | None:
        """A telephone number of ours by itself: what it is for."""
        number = self._numbers.get(text.strip("?!。 "))
        return None if number is None else self._telling.tell(asked, Match(number, 1.0, (), 1.0, 1.0), [], Found([]))

    def _card(self, text: str) -> Card | None:
        """The emergency card a message calls for: what the model learned, moved by what the rules read.

        What reads rather like a report of a hazard is left to that step: it names the numbers too.
        """
        card, model = self._emergencies.find(text), self.base.danger
        if model is None or (card is None and self._is_known_question(text)):
            return card
        odds = model.now(text) + BY_RULES * (card is not None) + BY_REPORT * (self._hazards.find(text) is not None)
        if odds < max(LINE, model.hazard(text)):
            return None
        name = model.card(text, card.id if card and card.id != "help" else "")
        if name in _NOT_YET and self.mood(text) is Mood.JUMP:
            name = SELF_HARM
        return self._cards.get(name) or card

    def _is_known_question(self, text: str) -> bool:
        """Whether a message is word for word a phrasing of ours that belongs to no emergency card."""
        return any(self.base.entry(n).group != "emergency" for n in self.base.exact(text))

    def _exact_phrasing(self, asked: Asked, text: str) -> Outcome | None:
        held = [
            n for n in self.base.exact(text)
            if self.matcher.allows(n, asked.region) and self.base.entry(n).kind is not EntryKind.PLAN
        ]  # fmt: skip
        if len(held) != 1:
            return None
        entry = self.base.entry(held[0])
        if entry.kind in (EntryKind.OUT_OF_SCOPE, EntryKind.SMALL_TALK):
            return self._telling.elsewhere(entry, Match(held[0], 1.0, (), 1.0, 1.0))
        found = self.matcher.find(text, asked.region)
        others = [m for m in found.matches if m.entry != held[0]]
        score = max((m.score for m in found.matches), default=1.0)  # nothing comes nearer than word for word
        return self._telling.tell(asked, Match(held[0], score, (), 1.0, 1.0), others, found)

    def _insult(self, _asked: Asked, text: str) -> Outcome | None:
        """A bare insult: a calm line and the way to a person; nothing is noted for staff."""
        if self._abuse is None or not self.parts.insults.found(text):
            return None
        return self._telling.elsewhere(self._abuse, Match(-1, 1.0, (), 1.0, 1.0))

    def _declined(self, found: Found) -> Outcome | None:
        """The reply to what is out of scope, where that is what comes nearest."""
        aside = found.aside if found.aside and self._is_aside(found) else None
        return self._telling.elsewhere(self.base.entry(aside.entry), aside) if aside else None

    def _hazard(self, asked: Asked, text: str) -> Outcome | None:
        return None if self._bounds.asks_local(text) else self._hazard_step.answer(asked, text)

    def _theme(self, asked: Asked, text: str) -> Outcome | None:
        if not self.base.themes or not asks_theme(text) or self._plans.find(text):
            return None
        if self._plans.at_home(text, self._home(asked)):
            return None
        year = (years(text, asked.today) or [asked.today.year])[0]
        theme = self.base.themes.get(year)
        if theme:
            text = self._compose.words("theme", year=year, ordinal=theme.ordinal, theme=theme.theme)
            cited = self._compose.citation(theme.source)
            text += "\n" + self._compose.words("source", source=cited.title)
            return Outcome(Status.ANSWERED, text, citations=(cited,), confidence=1.0)
        last = self.base.themes[max(self.base.themes)]
        text = self._compose.words("theme_unknown", year=year, last_year=last.year, last_theme=last.theme)
        return Outcome(Status.UNKNOWN, text, rejected=True, unanswered=year <= asked.today.year)

    def _plan(self, asked: Asked, text: str) -> Outcome | None:
        return self._plan_step.answer(asked, text, self._home(asked))

    def _home(self, asked: Asked) -> str:
        # A place that the question names is not where the person is.
        named = self._bounds.place_in(level(asked.text))
        return home_of(NATIONWIDE if named == asked.region else asked.region, self.office.region)

    def _unknowable(self, asked: Asked, text: str) -> Outcome | None:
        """What nobody can know from here; a plan is asked by its name, and knows what it says."""
        limit = self._bounds.unknowable(text)
        if limit is None or self._plans.find(text):
            return None
        found = self.matcher.find(text, asked.region)
        if found.aside and self._is_aside(found):
            return self._telling.elsewhere(self.base.entry(found.aside.entry), found.aside)
        best = self._best(asked, text, found)
        near = self._telling.tell(asked, best[0], best[1:], found) if best else None
        return self._bounds.not_known(limit, near)

    def _each_year(self, asked: Asked, text: str) -> Outcome | None:
        """A day of every year, asked for one of them."""
        bare = day_of_each_year(text, asked.today)
        found = self.matcher.find(bare, asked.region) if bare else None
        best = self._best(asked, bare, found) if found else None
        if not found or not best or not holds_each_year(text, entry := self.base.entry(best[0].entry), asked.today):
            return None
        asked = replace(asked, text=bare)
        return self._bounds.told(asked, bare, self._telling.tell(asked, best[0], best[1:], found), entry)

    def _matched(self, asked: Asked, text: str) -> Outcome:
        found = self.matcher.find(text, asked.region)
        if is_english(text) and not (found.aside and self._is_small_talk(found.aside)):
            return Outcome(Status.OUT_OF_SCOPE, self._compose.words("english"), rejected=True)
        if found.aside and (self._is_aside(found) or self._wants_harm(text, found)):
            return self._telling.elsewhere(self.base.entry(found.aside.entry), found.aside)
        best = self._best(asked, text, found)
        if best:
            entry = self.base.entry(best[0].entry)
            return self._bounds.told(asked, text, self._telling.tell(asked, best[0], best[1:], found), entry)
        if found.scope >= self._settings.scope_at and found.confidence >= self._settings.offer_at:
            return self._telling.offer(found)
        return self._bounds.unfound(asked, text, self._telling.unknown(found))

    def _best(self, asked: Asked, text: str, found: Found) -> list[Match]:
        """The matches in the order in which they are told; none where the first is not sure enough."""
        if not found.matches or found.scope < self._settings.scope_at:
            return []
        matches = self._ordering.told(asked, text, found.matches)
        return matches if matches[0].confidence >= self._settings.answer_at else []

    def _local_article(self, text: str, region: str) -> int | None:
        """The article of the place's own law among those that come nearest to a question."""
        if region == NATIONWIDE:
            return None
        near = (number for number, _ in self.matcher.articles(text, region, _ARTICLES))
        return next((n for n in near if self.base.article(n).region != NATIONWIDE), None)

    def _wants_harm(self, text: str, found: Found) -> bool:
        """Whether a message asks how to do what nobody may be helped with, as far as no entry surely answers it."""
        aside, best = found.aside, next(iter(found.matches), None)
        if aside is None or self.base.entry(aside.entry).group != HARMFUL or not ASKS_HOW.search(text):
            return False
        return best is None or (best.confidence < _SURELY and aside.likeness >= _AS_HARMFUL * best.likeness)

    def _is_small_talk(self, aside: Match) -> bool:
        """Whether what comes nearest to a question outside our field is a phrase of small talk."""
        return self.base.entry(aside.entry).kind is EntryKind.SMALL_TALK and aside.near >= _SMALL_TALK_FROM

    def _is_aside(self, found: Found) -> bool:
        """Whether a question is small talk or out of scope: word for word, or by what it speaks of."""
        aside = found.aside
        assert aside is not None
        best = found.matches[0] if found.matches else None
        if aside.near >= NEAR_EXACT and (best is None or aside.near > best.near):
            return True
        if self.base.entry(aside.entry).kind is EntryKind.SMALL_TALK and aside.near < _SMALL_TALK_FROM:
            return False
        likelier = best is None or aside.likeness > best.likeness
        if best is not None and aside.near > best.near and aside.likeness >= _AS_LIKE * best.likeness:
            return True
        return aside.likeness >= _ASIDE_AT and (
            found.scope < self._settings.scope_at or (likelier and found.scope < 0.5)
        )


def make_answerer(
    base: Base, lexicon: Lexicon, settings: AnswerSettings, office: OfficeSettings, archive: Archive | None = None,
    like: Answerer | None = None, synonyms: Synonyms = NONE, off: Switches = ALL_ON,
) -> Answerer:  # fmt: skip
    """Join an opened base, the word lists and the older versions of statutes into an answerer.

    like  an earlier one with the same word lists: what it made of them is used again, if the cards are the same
    """
    if like and like.base.cards == base.cards:
        emergencies, hazards = like.parts.emergencies, like.parts.hazards
        insults, despair = like.parts.insults, like.parts.despair
    else:
        emergencies, hazards = EmergencyScreen(lexicon, base.cards), HazardScreen(lexicon)
        insults, despair = Insults(lexicon), Despair(lexicon)
    matcher = Matcher(base, synonyms=synonyms, dense=Dense.of(base) if settings.dense else None)
    parts = Parts(base, matcher, emergencies, hazards, insults, despair, archive)
    return Answerer(parts, settings, office, off)
