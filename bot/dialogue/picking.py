"""Which of the things offered a person means: by number, by the words, or by something close to them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from rapidfuzz import fuzz, process

from bot.answers.normalise import core, normalise
from bot.answers.pinyin import sounds
from bot.dialogue.follow_up import within
from bot.dialogue.reading import QUESTION, content
from bot.dialogue.session import Session
from bot.dialogue.speaker import Speaker
from bot.dialogue.turn import Handler, Turn
from bot.messages import Choice, Inbound

_SAME_WORDS = 88  # rapidfuzz ratio from which typed words count as one of the choices
_NUMERALS = "一二三四五六七八九"
_NUMBER = re.compile(
    r"[(]?(?:那就|那|就)?(再|再来|回到|还有|刚才的?|上面的?|前面的?)?(?:我?(?:要|想|问)?(?:看看?|选择?|点|说说|讲讲|问|是|的)?)?(?:那|就)?"
    rf"(第|选第)?([1-9{_NUMERALS}])(?:个|条|项|号)?(?:问题)?(?:吧|呢|那个)?[.、。)!]?"
)
_TELLING = re.compile(r"^(?:我?(?:要|想|选|问|看|点)(?:的是)?|就?是|那个|关于)+|(?:那个|这个|的|那条|吧)+$")
_SHORTEST = 2  # characteristic characters that must fit
_LONG_ENOUGH = 3  # … or so many of any kind: 不一样


class Picking:
    """Takes a message that picks from what was offered, and has it answered as if the choice had been typed.

    then  the handlers that answer
    """

    def __init__(self, speaker: Speaker, then: Sequence[Handler]) -> None:
        self._speaker, self._then = speaker, then

    def choice(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """From the last offer, or with 再看第2个 from the one before it."""
        text = normalise(inbound.text)
        if "项" in text and session.topic and session.topic.read and _NUMBER.fullmatch(text):
            return None  # after an article was read, 第二项 is an item of it
        back = goes_back(text) and bool(session.earlier)
        offer = session.earlier if back else session.choices
        picked = pick(text, offer)
        if picked is None and session.earlier:
            offer, picked = session.earlier, pick(text, session.earlier)
        if picked is None:
            return self._speaker.say("no_such_choice", inbound, session, session.choices) if goes_back(text) else None
        said = replace(inbound, text=self._speaker.full(picked))
        turn = next((t for handler in self._then if (t := handler(said, session, now))), None)
        return turn and replace(turn, session=replace(turn.session, earlier=offer))


def goes_back(text: str) -> bool:
    """Whether a number is meant of an earlier offer: 再看第2个."""
    number = _NUMBER.fullmatch(text)
    return bool(number and number[1])


def pick(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice that normalised text means, None if it means none of them."""
    if not choices or not text:
        return None
    if number := _NUMBER.fullmatch(text):
        at = _NUMERALS.find(number[3]) + 1 or int(number[3])
        return choices[at - 1] if at <= len(choices) else None
    labels = [normalise(c.text) for c in choices]
    best = process.extractOne(text, labels, scorer=fuzz.ratio, score_cutoff=_SAME_WORDS)
    return choices[best[2]] if best else _by_part(text, choices)


def _by_part(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The only choice that holds all characters of the text in their order, as they are written or sound.

    The text must speak of something: 多少 or 怎么办 picks nothing. A text that asks must stand there in one piece:
    电动车罚多少 is another question than 电动车停楼道罚多少.
    """
    heard, asks = _heard(text)
    fits = [c for c in choices if heard and within(heard, _sounds(c.text))]
    if len(fits) != 1 or (asks and not _in_one_piece(heard, _sounds(fits[0].text))):
        return None
    return fits[0]


@lru_cache(maxsize=4096)  # as many as the answerer remembers: a campaign's questions repeat
def _heard(text: str) -> tuple[tuple[int, ...], bool]:
    """What a text picks with, as it sounds, () where it speaks of nothing; and whether it asks."""
    part = _TELLING.sub("", core(text))
    heard, asks = tuple(sounds(part)), QUESTION.search(part) is not None
    speaks = len(content(part)) >= _SHORTEST or (len(heard) >= _LONG_ENOUGH and not asks)
    return (heard if speaks else ()), asks


@lru_cache(maxsize=4096)
def _sounds(text: str) -> tuple[int, ...]:
    return tuple(sounds(normalise(text)))


def _in_one_piece(part: Sequence[int], whole: Sequence[int]) -> bool:
    return any(whole[n : n + len(part)] == part for n in range(len(whole)))
