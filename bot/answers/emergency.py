"""Does a message tell of danger now? If so, which card answers it.

The words are in config/lexicon.toml, for staff to mend; here is how they are weighed.

1. Words that hold a word of danger and mean something else (气炸了, 救命稻草) are struck out.
2. Every place where a card's words match is an event. `now` words say by themselves that it is happening (电梯里出不来)
   unless they end in a bare verb (油锅着火); `name` words only name the danger (触电). Both of the latter are as good as
   `now` where 了 follows closely.
3. An event is *told* as true unless it is denied (没有着火), supposed (如果), past and over (去年, 已经修好), or the message is
   of a drill, an exam, the news or a dream. Signs count only near the event: a long message may begin with anything.
4. An event is *live* when it is told and
   - somebody cries for help beside it; or
   - nobody asks about law, money or duties (赔偿, 上报), no time clause or compound noun follows (触电时, 触电事故), and
     it is a `now` event that is not asked about as in a book (应当如何), or
     it is named, with now (正在), or with us and here (我家, 有人) as a statement or with 怎么办, or after an address.
5. One live event is enough; of all events told the card that stands first in the lexicon is given. With none, a bare
   cry for help gives the card `help`.

A message in which nothing is found is read once more with what sounds like a word of danger put right (触点了 -> 触电了).
Better one card too many than one too few: 着火了怎么办 is an emergency, 油锅着火怎么灭火 is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from bot.answers.entries import Card
from bot.answers.lexicon import any_of, by_first_character, words, written_out
from bot.answers.pinyin import sounds

#: Characters on either side of an event within which signs count. A sentence said in a hurry is about this long.
_BEFORE, _AFTER = 60, 45
_HELP = "help"
#: Signs beside a bare cry by which it is none.
_NO_CRY = ("slang", "frame", "calm", "formal", "suppose", "past", "over")
#: Struck-out words leave this, so that what stood around them does not grow together; _OFF keeps their length.
_OFF = "¤"
_SENTENCE_END = re.compile(r"[。!?;\n]")
_RUNS = re.compile(r"[a-z]{2,}|[^a-z]+|[a-z]")
_CLAUSE_END = re.compile(r"[,.;!?。~…、\s]|$|[啊呀哇哪呐嗷喔咯咧]")


#: What follows a danger when it is told and not only named: 着火(门打不开), 起火(工人跑出来了).
_TELLS = re.compile(r"[^。!?;\n]{1,12}?[了着没不还都被]")
_REPEATED = re.compile(r"!|(.{2,4})\1")


class EmergencyScreen:
    """Finds the card for a message that tells of danger now."""

    def __init__(self, lexicon: Mapping[str, Any], cards: Sequence[Card]) -> None:
        self._alarm = Alarm(lexicon)
        self._cards = {card.id: card for card in cards}

    def find(self, text: str) -> Card | None:
        """The card for normalised `text`, None for everything that is no emergency."""
        name = self._alarm.find(text)
        return (self._cards.get(name) or self._cards.get(_HELP)) if name else None


@dataclass(frozen=True, slots=True)
class _Event:
    """A place where a card's words match. rank: place of the card in the lexicon, 0 the first."""

    rank: int
    now: bool
    start: int
    end: int


class Alarm:
    """The rules without the cards: which table of [emergency] a message belongs to."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        tables = lexicon["emergency"]
        self._names = [str(table.get("card", name)) for name, table in tables.items()]
        self._at = _by_first_character(lexicon, tables)
        self._ear = _Ear(lexicon)
        signs = {name: any_of(words(lexicon, text)) for name, text in lexicon["signs"].items()}
        self._signs = {name: re.compile(expression) for name, expression in signs.items()}
        self._denied = re.compile(signs["denied"] + "(?:人|再|真的|被|要|是|有人|发生)?$")
        self._bare = re.compile(signs["bare"] + "$")
        self._place = re.compile(signs["place"] + r"[^,.;!?。]{0,6}$")
        self._le = re.compile(rf"[^,.;!?。{_OFF}]{{0,3}}?{any_of(words(lexicon, '{le}'))}(?!解)")

    def find(self, text: str) -> str:
        """The id of the card, "" for everything that is no emergency."""
        found = self._read(text)
        if found in ("", _HELP) and (heard := self._ear.put_right(text)) != text:
            return self._read(heard) or found
        return found

    def _read(self, text: str) -> str:
        text = self._signs["harmless"].sub(lambda m: _OFF * len(m[0]), text)
        told = [event for event in self._events(text) if self._is_told(text, event)]
        if any(self._is_live(text, event) for event in told):
            return self._names[min(event.rank for event in told)]
        return _HELP if self._is_cry(text) else ""

    def _events(self, text: str) -> Iterator[_Event]:
        for start, char in enumerate(text):
            if (expression := self._at.get(char)) and (match := expression.match(text, start)):
                kind, rank = str(match.lastgroup).split("_")
                now = kind == "now" and not self._bare.search(match[0])
                yield _Event(int(rank), now, start, match.end())

    def _is_told(self, text: str, event: _Event) -> bool:
        before, after = _around(text, event)
        said = text[event.start : event.end]
        if self._denied.search(before[-10:]) or self._has("unsure", said) or self._is_supposed(before):
            return False
        near = f"{before}{_OFF}{after}"
        if self._has("frame", near) and not self._has("really", before + said + after):
            return False
        return not self._is_past(near)

    def _is_supposed(self, before: str) -> bool:
        sentence = _SENTENCE_END.split(before)[-1]
        return self._alone("suppose", sentence)

    def _is_past(self, near: str) -> bool:
        return self._alone("past", near) or (self._alone("over", near) and not self._has("plea", near))

    def _alone(self, name: str, text: str) -> bool:
        """Whether a sign stands in `text` and nothing after it says that it is still so."""
        match = self._signs[name].search(text)
        return bool(match) and not self._signs["still"].search(text, match.end())

    def _is_live(self, text: str, event: _Event) -> bool:
        before, after = _around(text, event)
        said = text[event.start : event.end]
        near = before + said + after
        if self._has("plea", near) or self._has("urge", near):
            return True
        if self._has("calm", near) or self._signs["when"].match(after):
            return False
        if not self._le.search(said[-2:]) and self._signs["after"].match(after):
            return False
        if event.now or self._le.match(after):
            return self._has("live", near) or not (self._has("fact", near) or self._is_bookish(near, before, after))
        if self._asks(after) or self._has("formal", near):
            return False
        return self._has("live", near) or self._is_stated(text, event)

    def _is_bookish(self, near: str, before: str, after: str) -> bool:
        """Whether a danger that happens is asked about in general, not of us: 着火了应当如何逃生."""
        asked = self._has("formal", near) or (self._has("found", before) and self._asks(after))
        return asked and not self._has("here", near)

    def _is_stated(self, text: str, event: _Event) -> bool:
        """Whether a danger that is only named is told as a fact: 我家煤气泄漏怎么办, 幸福路12号起火, 货架着火喷淋没反应."""
        before, after = _around(text, event)
        asks, ends = self._has("ask", after), bool(_CLAUSE_END.match(after))
        if asks and self._has("found", before):
            return False
        said = text[event.start : event.end]
        if self._signs["here"].search(before[-25:] + said) or self._place.search(before) or self._has("place", said):
            return asks or ends or bool(_TELLS.match(after))
        return bool(_REPEATED.match(after)) or (not asks and bool(_TELLS.match(after)))

    def _asks(self, after: str) -> bool:
        """Whether something is asked other than what to do."""
        return self._has("howto", self._signs["ask"].sub(_OFF, after))

    def _is_cry(self, text: str) -> bool:
        match = self._signs["plea"].search(text)
        if match is None:
            return False
        near = text[max(0, match.start() - _BEFORE) : match.end() + _AFTER]
        return not any(self._has(name, near) for name in _NO_CRY)

    def _has(self, name: str, text: str) -> bool:
        return self._signs[name].search(text) is not None


def _around(text: str, event: _Event) -> tuple[str, str]:
    return text[max(0, event.start - _BEFORE) : event.start], text[event.end : event.end + _AFTER]


def _by_first_character(lexicon: Mapping[str, Any], tables: Mapping[str, Any]) -> dict[str, re.Pattern[str]]:
    """First character -> all words that begin with it: `now` words before `name` words, cards in their order."""
    groups = lexicon["groups"]
    parts: dict[str, list[str]] = {}
    for kind, (rank, table) in product(("now", "name"), enumerate(tables.values())):
        held: dict[str, list[str]] = {}
        for word in table[kind].split():
            for char, narrowed in by_first_character(word, groups).items():
                held.setdefault(char, []).append(written_out(narrowed, groups))
        for char, expressions in held.items():
            parts.setdefault(char, []).append(f"(?P<{kind}_{rank}>{any_of(expressions)})")
    return {char: _compiled("|".join(expressions)) for char, expressions in parts.items()}


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Compiled once a process: all of them take about a second, and hazards.py has an alarm of its own."""
    return re.compile(expression)


class _Ear:
    """Puts right what was heard or typed wrongly: each word of [sounds] where a message only sounds like it."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        table = lexicon["sounds"]
        self._meant = {_spoken(way)[0]: word for word, ways in table["words"].items() for way in (word, *ways.split())}
        self._except = frozenset(table["except"].split())
        self._heard = re.compile(any_of([re.escape(sound) for sound in self._meant]))

    def put_right(self, text: str) -> str:
        """`text` with the words as they are meant; the very same text when nothing sounds like them."""
        spoken, said = _spoken(text)
        out: list[str] = []
        at = 0
        for match in self._heard.finditer(spoken):
            as_said = "".join(said[match.start() : match.end()])
            out += [*said[at : match.start()], self._word(as_said, self._meant[match[0]])]
            at = match.end()
        return "".join((*out, *said[at:])) if out else text

    def _word(self, said: str, meant: str) -> str:
        """`meant`, or `said` where it is another word: of two characters one must be right (造或 is not 着火)."""
        alike = len(meant) > 2 or said.isascii() or bool(set(said) & set(meant))
        return meant if alike and said not in self._except else said


def _spoken(text: str) -> tuple[str, list[str]]:
    """What `text` sounds like, one character a sound, and what was written for each.

    Sounds are characters of the private use area. A Latin run that reads as pinyin has several: the first stands for
    all of it. What is neither letter nor digit is a blank.
    """
    said: list[str] = []
    codes: list[int] = []
    for run in _RUNS.findall(text):
        heard = sounds(run)
        codes += heard
        said += run if len(heard) == len(run) else [run, *[""] * (len(heard) - 1)]
    return "".join(map(_sound_character, codes)), said


def _sound_character(code: int) -> str:
    return chr(0xE000 + code - 0x110000) if code >= 0x110000 else chr(code or 32)
