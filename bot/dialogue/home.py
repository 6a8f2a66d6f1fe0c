"""我们这里呢: the last question asked of the place where the person is, which is asked for once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from bot.answers.matching import level
from bot.answers.normalise import core
from bot.answers.regions import NATIONWIDE, covers
from bot.dialogue.follow_up import Form, Leaning, joined, read
from bot.dialogue.reading import QUESTION, content
from bot.dialogue.session import Session
from bot.dialogue.speaker import Speaker
from bot.dialogue.turn import Noted, PlaceTold, Turn
from bot.messages import Inbound

#: Session.asking while the bot waits for the place.
PLACE = "place"
_LONGEST = 30  # characters of a message that names a place and no more
_HERE = re.compile(
    r"^(?:那么?|要是|如果)?(?:在|换成)?(?:(?:我|咱|俺)们?(?:家)?(?:这里|这边|这儿|这|那里|那边|那|市里?|区里?|县里?|省里?|镇上?|村里?|乡里?|厂里|街道)"
    r"|本地|当地|本省|本市|本区|本县|我省|我市|我区|我县)的?(?:话|也是)?([^,。]{0,12})$"
)
_ONLY_WHAT_ABOUT = re.compile(
    r"(?:是?(?:呢|怎么样|怎么说|咋样|怎么规定的?|有什么规定|什么规定|有规定吗|规定|一样吗|也一样吗|又如何))?[?!。 ]*"
)


#: 我是外海街道的: of which district is not known here.
_PART = re.compile(
    r"(?:我|咱|俺)们?(?:家)?(?:就|人|住|都)?(?:在|是|住)在?[一-鿿]{1,6}(?:街道|镇|乡|村|社区)"
    r"(?:这边|这里|人|的|上班|住)*[啊哦呀,。!~ ]*"
)


def is_here(text: str) -> bool:
    """Whether a levelled message asks for one's own place and nothing more: 我们这里呢."""
    here = _HERE.fullmatch(text)
    return bool(here and _ONLY_WHAT_ABOUT.fullmatch(here[1]))


def is_about_here(text: str) -> bool:
    """Whether a levelled message begins with one's own place: 我们这里呢, 我们这里罚多少."""
    return _HERE.fullmatch(text) is not None


class Home:
    """Takes messages about places; passes on all others."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def answered(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """The place that was asked for."""
        text = level(inbound.text)
        if session.asking != PLACE or session.topic is None or len(text) > _LONGEST or QUESTION.search(text):
            return None
        place = self._speaker.places.find(text)
        if place:
            return _telling(self._again(place, inbound, replace(session, region=place), now), place)
        return self._nationwide(inbound, session, now, "place_unknown") if len(text) <= _LONGEST // 2 else None

    def here(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """我们这里呢, 我们这里罚多少."""
        text = level(inbound.text)
        here = _HERE.fullmatch(text)
        topic = session.topic
        if here is None or topic is None or content(here[1]):
            return None
        if not is_here(text):
            leaning = Leaning(Form.BARE, core(here[1]))
            session = replace(session, topic=replace(topic, question=joined(leaning, session)[-1]))
        place = session.region or (self._speaker.office.region if session.asked_place else "")
        if place and place != NATIONWIDE:
            return self._again(place, inbound, session, now)
        if session.asked_place:
            return self._nationwide(inbound, session, now, "nationwide")
        turn = self._speaker.say("ask_place", inbound, session)
        return replace(turn, session=replace(turn.session, asking=PLACE, asked_place=True))

    def elsewhere(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """那深圳呢: the last question asked of another place. 我在江海区: that this is theirs."""
        text = level(inbound.text)
        if len(text) > _LONGEST or QUESTION.search(text.rstrip("?呢 ")):
            return None
        leaning = read(text)
        if told := self._speaker.places.told(text, alone=True):
            return _telling(self._told(told, inbound, replace(session, region=told), now), told)
        if _PART.fullmatch(text):
            return self._speaker.say("place_whole", inbound, session, session.choices)
        if session.topic is None or leaning.form is not Form.WHAT_ABOUT:
            return None
        place = self._speaker.places.find(leaning.rest.removeprefix("在"))
        return self._again(place, inbound, session, now) if place else None

    def _told(self, place: str, inbound: Inbound, session: Session, now: datetime) -> Turn:
        if session.topic and session.topic.title:
            return self._again(place, inbound, session, now)
        return self._speaker.say("place_noted", inbound, session, session.choices, place=place)

    def _again(self, place: str, inbound: Inbound, session: Session, now: datetime) -> Turn:
        """The last question, asked of a place."""
        speaker, topic = self._speaker, session.topic
        assert topic is not None
        question = speaker.places.without(topic.question) or topic.title
        outcome = speaker.ask(question, session, now, place)
        entry = speaker.answerer.base.entry_by_id(outcome.entry)
        local = entry is not None and entry.region != NATIONWIDE and covers(entry.region, place)
        before = speaker.word("here" if local else "here_nationwide", place=place)
        return speaker.tell(outcome, inbound, session, question=question, before=before)

    def _nationwide(self, inbound: Inbound, session: Session, now: datetime, name: str) -> Turn:
        speaker, topic = self._speaker, session.topic
        assert topic is not None
        outcome = speaker.ask(topic.question, session, now)
        turn = speaker.tell(outcome, inbound, session, question=topic.question, before=speaker.word(name))
        return replace(turn, noted=Noted(turn.noted.status, "", turn.noted.entry, turn.noted.confidence))


def _telling(turn: Turn, place: str) -> Turn:
    """The turn, and that its place is the person's own."""
    return replace(turn, events=(*turn.events, PlaceTold(place)))
