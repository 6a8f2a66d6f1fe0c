"""不是，我问的是…: what is put right takes the place of what was said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from bot.answers import Outcome, Status
from bot.answers.matching import level
from bot.answers.normalise import core
from bot.dialogue.follow_up import Form, Leaning, is_kind, joined, swapped
from bot.dialogue.reading import content
from bot.dialogue.session import Session
from bot.dialogue.speaker import Speaker
from bot.dialogue.turn import Turn
from bot.messages import Inbound

_LONGEST = 60  # characters
_OPENS = re.compile(
    r"^(?:(?:不是(?!的话)|不对|不不+|不|错了|错|no)(?:的|了|啊|呀|吧)?[,。!、~ ]+"
    r"|我?(?:刚才|上面)?(?:说|打|写|搞|弄|讲|问)错(?:字)?了?[,。!、~ ]*"
    r"|(?:你|您)?(?:理解|搞|弄|听|看|答|会错意)错?(?:错)了[,。!、~ ]*|纠正一?下[,:。 ]*|更正(?:一下)?[,:。 ]*)+"
)
#: Nothing but that it was wrong.
_DENIES = re.compile(r"(?:(?:你|您)?(?:不对|错了|答错了?|说错了|理解错了|搞错了|不是这个|不是问这个)[啊呀吧了,。! ]*)+")
_MEANT = re.compile(
    r"^(?:我?(?:想|要|是)?(?:问|说|讲|指)的?(?:其实|应该)?(?:就)?是"
    r"|我(?:的)?意思是|我是(?:问|说|指)|应该是|应为|改成|换成|是)[,: ]*"
)
_NOT_BUT = (
    re.compile(r"^不是(?P<wrong>.{1,10}?)[,。 ]*(?:而)?(?:应该)?是(?P<right>.{1,10}?)[啊呀吧。! ]*$"),
    re.compile(r"^(?:我?(?:问|说)?的?)?是(?P<right>.{1,10}?)[,。 ]*(?:而)?不是(?P<wrong>.{1,10}?)[啊呀吧。! ]*$"),
)


@dataclass(frozen=True, slots=True)
class Mended:
    """What a correction says. wrong: what it takes back, "" if it names only what is right."""

    right: str
    wrong: str = ""


def denies(text: str) -> bool:
    """Whether a levelled message only says that the answer was wrong."""
    return _DENIES.fullmatch(text) is not None


def mended(text: str) -> Mended | None:
    """A levelled message read as a correction; None if it is none."""
    if len(text) > _LONGEST:
        return None
    rest = _OPENS.sub("", text)
    for pattern in _NOT_BUT:
        if found := pattern.fullmatch(rest):
            return Mended(core(found["right"]), core(found["wrong"]))
    meant = _MEANT.sub("", rest)
    if rest == text and (meant == text or not re.match(r"^我", text)):
        return None
    return Mended(core(meant)) if core(meant) else None


class Correction:
    """Answers what was meant; passes on what corrects nothing."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def mend(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """A correction of the last question, or of what we understood."""
        text, topic = level(inbound.text), session.topic
        if topic and denies(text):
            return self._speaker.say("correction_which", inbound, session, session.choices)
        said = mended(text)
        if said is None or topic is None:
            return None
        tried = [(q, self._speaker.ask(q, session, now)) for q in meant(said, session)]
        question, outcome = next(((q, o) for q, o in tried if o.status is Status.ANSWERED), (tried[0]))
        if not _understood(outcome):
            return None
        before = self._speaker.word("correction")
        return self._speaker.tell(outcome, inbound, session, question=question, before=before)


def meant(said: Mended, session: Session) -> list[str]:
    """The questions that a correction may mean, likeliest first."""
    right, wrong, topic = said.right, said.wrong, session.topic
    assert topic is not None
    about = [text for text in (topic.question, topic.title) if text]
    if wrong:
        replaced = [text.replace(wrong, right) for text in about if wrong in text]
        return [*replaced, *(swapped(text, right) for text in about), right]
    if is_kind(right):
        return [swapped(text, right) for text in about]
    if content(right):
        return [right, *joined(Leaning(Form.BARE, right), session)]
    return [*joined(Leaning(Form.BARE, right), session), right]


def _understood(outcome: Outcome) -> bool:
    return outcome.status in (Status.ANSWERED, Status.CHOICES) or bool(outcome.entry)
