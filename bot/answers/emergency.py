"""Does a message tell of danger now? If so, which card answers it.

The words are in config/lexicon.toml, for staff to mend; here is how they are weighed.

1. Words that hold a word of danger and mean something else (气炸了, 救命稻草) are struck out.
2. What is left is read for words with a meaning (煤气: gas; 漏, 关不上: leak). Where meanings that make up a danger
   stand
   near each other, in any order, there is an event: gas+leak is gas_leak. It is happening where it is said with a
   sign of that: 了, 住, 出来 …; else it is only named: 燃气泄漏.
3. An event is *told* as true unless it is denied (没有着火), supposed (如果), past and over (去年, 已经修好), or
   the message is
   of a drill, an exam, the news or a dream. Signs count only near the event: a long message may begin with anything.
4. An event is *live* when it is told and
   - somebody cries for help beside it; or
   - nobody asks about law, money or duties (赔偿, 上报), no time clause or compound noun follows (触电时,
     触电事故), and
     it is happening and not asked about as in a book (应当如何), or
     it is named with a sign of now (正在), or of us and here (我家, 有人), with 怎么办, or told on (着火, 门打不开).
5. One live event is enough; of all events told the card that stands first in the lexicon is given. With none, a bare
   cry for help gives the card `help`.

A message in which nothing is found is read once more with what sounds like a word of danger put right (触点了 ->
触电了).
Better one card too many than one too few: 着火了怎么办 is an emergency, 油锅着火怎么灭火 is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.answers.entries import Card
from bot.answers.lexicon import any_of, expressions, spelled_out
from bot.answers.pinyin import sounds

#: Characters on either side of an event within which signs count. A sentence said in a hurry is about this long.
_BEFORE, _AFTER = 60, 45
#: Two meanings make an event when at most this many characters stand between them.
_APART = 10
_HELP = "help"
#: Signs beside a bare cry by which it is none.
_NO_CRY = ("slang", "frame", "calm", "formal", "suppose", "past", "over")
#: Struck-out words leave this, so that what stood around them does not grow together.
_OFF = "¤"
_RUNS = re.compile(r"[a-z]{2,}|[^a-z]+|[a-z]")
_SENTENCE_END = re.compile(r"[。!?;\n]")
_CLAUSE_END = re.compile(r"[,.;!?。~…、\s]|$|[啊呀哇哪呐嗷喔咯咧]")
_LE = re.compile(rf"[^,.;!?。{_OFF}]{{0,3}}?[了啦拉咯喽嘞勒咧咗哒](?!解)")
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
    """A place where a danger is spoken of. rank: place of its card in the lexicon, 0 the first."""

    rank: int
    start: int
    end: int


class Alarm:
    """The rules without the cards: which line of [emergency] a message belongs to."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        self._cards = [lexicon["cards"].get(name, name) for name in lexicon["emergency"]]
        self._reader = _Reader(lexicon["meanings"], lexicon["emergency"])
        self._ear = _Ear(lexicon["sounds"])
        signs = {name: any_of(expressions(text)) for name, text in lexicon["signs"].items()}
        self._signs = {name: re.compile(expression) for name, expression in signs.items()}
        self._denied = re.compile(signs["denied"] + "(?:人|再|真的|被|要|是|有人|发生)?$")
        self._place = re.compile(signs["place"] + r"[^,.;!?。]{0,6}$")

    def find(self, text: str) -> str:
        """The id of the card, "" for everything that is no emergency."""
        found = self._read(text)
        if found in ("", _HELP) and (heard := self._ear.put_right(text)) != text:
            return self._read(heard) or found
        return found

    def _read(self, text: str) -> str:
        text = self._signs["harmless"].sub(lambda m: _OFF * len(m[0]), text)
        told = [event for event in self._reader.events(text) if self._is_told(text, event)]
        if any(self._is_live(text, event) for event in told):
            return str(self._cards[min(event.rank for event in told)])
        return _HELP if self._is_cry(text) else ""

    def _is_told(self, text: str, event: _Event) -> bool:
        before, said, after = _parts(text, event)
        if self._denied.search(before[-10:]) or self._is_supposed(before):
            return False
        near = f"{before}{_OFF}{after}"
        if self._has("frame", near) and not self._has("really", before + said + after):
            return False
        return not self._is_past(near)

    def _is_supposed(self, before: str) -> bool:
        return self._alone("suppose", _SENTENCE_END.split(before)[-1])

    def _is_past(self, near: str) -> bool:
        return self._alone("past", near) or (self._alone("over", near) and not self._has("plea", near))

    def _alone(self, name: str, text: str) -> bool:
        """Whether a sign stands in `text` and nothing after it says that it is still so."""
        match = self._signs[name].search(text)
        return match is not None and not self._signs["still"].search(text, match.end())

    def _is_live(self, text: str, event: _Event) -> bool:
        before, said, after = _parts(text, event)
        near = before + said + after
        if self._has("plea", near) or self._has("urge", near):
            return True
        if self._has("calm", near) or self._signs["when"].match(after):
            return False
        if not _LE.search(said[-2:]) and self._signs["after"].match(after):
            return False
        if self._has("state", said + after[:3]) or _LE.match(after):
            return self._has("live", near) or not (self._has("fact", near) or self._is_bookish(near, before, after))
        if self._asks(after) or self._has("formal", near):
            return False
        return self._has("live", near) or self._is_stated(before, said, after)

    def _is_bookish(self, near: str, before: str, after: str) -> bool:
        """Whether a danger that happens is asked about in general, not of us: 着火了应当如何逃生."""
        asked = self._has("formal", near) or (self._has("found", before) and self._asks(after))
        return asked and not self._has("here", near)

    def _is_stated(self, before: str, said: str, after: str) -> bool:
        """Whether a danger that is only named is told as a fact: 我家煤气泄漏怎么办, 幸福路12号起火."""
        asks, ends = self._has("ask", after), bool(_CLAUSE_END.match(after))
        if asks and self._has("found", before):
            return False
        if self._has("here", before[-25:] + said) or self._place.search(before) or self._has("place", said):
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


def _parts(text: str, event: _Event) -> tuple[str, str, str]:
    """What stands before an event, the event, and what stands after it."""
    start, end = event.start, event.end
    return text[max(0, start - _BEFORE) : start], text[start:end], text[end : end + _AFTER]


#: A word of a message: where it starts and ends, and one of its meanings.
_Hit = tuple[int, int, str]


class _Reader:
    """Finds words by their meaning, and the dangers that near meanings make up."""

    def __init__(self, meanings: Mapping[str, str], dangers: Mapping[str, str]) -> None:
        self._meanings: dict[str, set[str]] = {}
        for meaning, text in meanings.items():
            for word in spelled_out(text):
                self._meanings.setdefault(word, set()).add(meaning)
        lengths: dict[str, set[int]] = {}
        for word in self._meanings:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {char: sorted(found, reverse=True) for char, found in lengths.items()}
        self._rank: dict[tuple[str, ...], int] = {}
        for rank, rules in enumerate(dangers.values()):
            for rule in rules.split():
                self._rank.setdefault(tuple(sorted(rule.split("+"))), rank)

    def events(self, text: str) -> Iterator[_Event]:
        """Every event, in the order in which its last word starts; few words are near, so time is linear."""
        near: list[_Hit] = []
        for hit in self._hits(text):
            start, end, meaning = hit
            if (rank := self._rank.get((meaning,))) is not None:
                yield _Event(rank, start, end)
            near = [other for other in near if start - other[1] <= _APART]
            for other_start, other_end, other in near:
                pair = (other, meaning) if other < meaning else (meaning, other)
                if other_end < end and other_start < start and (rank := self._rank.get(pair)) is not None:
                    yield _Event(rank, other_start, end)
            near.append(hit)

    def _hits(self, text: str) -> Iterator[_Hit]:
        for start, char in enumerate(text):
            for length in self._lengths.get(char, ()):
                found = self._meanings.get(text[start : start + length])
                if found is None:
                    continue
                if "hides" in found:
                    break
                for meaning in found:
                    yield start, start + length, meaning


class _Ear:
    """Puts right what was heard or typed wrongly: each word of [sounds] where a message only sounds like it."""

    def __init__(self, table: Mapping[str, Any]) -> None:
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
