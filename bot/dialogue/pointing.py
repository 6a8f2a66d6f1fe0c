"""Parts of what was told last: 第三款呢, 上面说的第二条, 下一条, 那三十八条呢."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from bot.answers import Outcome, Status
from bot.answers.compose import short_law
from bot.answers.matching import level
from bot.answers.normalise import chinese, number
from bot.dialogue.after_answer import points
from bot.dialogue.picking import Picking
from bot.dialogue.session import Session, Topic
from bot.dialogue.speaker import Speaker, today
from bot.dialogue.turn import Turn
from bot.messages import Inbound

_NUMBER = "[零〇一二三四五六七八九十百千两0-9]{1,7}"
_PART = re.compile(
    r"^(?:那么?|哪)?(?:你|您)?(上面|上边|刚才|刚刚|前面|之前)?(?:说|讲|提到|写|列|回答)?(?:到|过)?的?(?:那个)?的?"
    rf"第?({_NUMBER})(条|款|项|点|个)(?:第?({_NUMBER})项)?(?:之({_NUMBER}))?"
    r"(?:是|讲|说|写)?的?(?:呢|什么|什么意思|怎么理解|怎么说|怎么讲|怎么规定的?|内容|啥|啥意思|详细(?:说说|一点)?|再说说?)?"
    r"[?!。 ]*$"
)
_NEXT = re.compile(r"^(?:那|再?看|再)?(上|前|下|后)(?:面)?一?条(?:呢|是什么|讲什么|说什么)?[?!。 ]*$")
_BEGINS = re.compile(
    r"^(?:那|这个?|它|这部法|这个法|这个规定|上面)*(?:是|从)?(?:什么时候|几时|何时|哪天|哪年|啥时候)"
    r"(?:开始)?(?:施行|实施|生效|执行|起效|开始|算)?的?[?。呢 ]*$"
)


def points_back(text: str) -> bool:
    """Whether a levelled message may point at a part of what was told, as Pointing takes it."""
    return any(pattern.fullmatch(text) for pattern in (_PART, _NEXT, _BEGINS))


class Pointing:
    """Takes messages that point at a part of the last answer; passes on all others."""

    def __init__(self, speaker: Speaker, picking: Picking) -> None:
        self._speaker, self._picking = speaker, picking

    def part(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """An article, paragraph, item or point by its number."""
        named = _PART.fullmatch(level(inbound.text))
        topic, n = session.topic, number(named[2]) if named else None
        if named is None or topic is None or not n:
            return None
        unit, entry = named[3], self._speaker.entry(session)
        if unit in "款项":
            return self._letter(topic, topic.article + _below(n, unit, named[4]), inbound, session, now)
        if n <= topic.parts and unit in "条个点":
            return self._picking.choice(replace(inbound, text=str(n)), session, now)
        told = points(entry) if entry else []
        if n <= len(told) and (named[1] or (unit == "点" and len(told) > 1)):
            return self._point(told[n - 1], n, inbound, session, now)
        if unit == "条" and not named[1]:
            return self._letter(topic, f"第{chinese(n)}条" + _inserted(named[5]), inbound, session, now)
        if not entry and topic.article:
            return self._letter(topic, topic.article + _below(n, "项", None), inbound, session, now)
        if n <= len(session.choices):
            return self._picking.choice(replace(inbound, text=str(n)), session, now)
        return None

    def neighbour(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """The article before or after the last one."""
        named, topic = _NEXT.fullmatch(level(inbound.text)), session.topic
        if named is None or topic is None or not topic.article:
            return None
        here = number(topic.article.removeprefix("第").partition("条")[0]) or 0
        n = here + (1 if named[1] in "下后" else -1)
        return self._letter(topic, f"第{chinese(n)}条", inbound, session, now) if n > 0 else None

    def begins(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """什么时候开始, of a law; of a plan it is a question like any other."""
        topic = session.topic
        if topic is None or not topic.law or topic.plan or not _BEGINS.fullmatch(level(inbound.text)):
            return None
        question = f"{topic.law}什么时候施行"
        turn = self._told(topic, self._speaker.ask(question, session, now), question, inbound, session)
        return _still(topic, turn)

    def _letter(self, topic: Topic, where: str, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """The letter of the last law, e.g. 第二十五条第三款."""
        if not topic.law:
            return None
        question = topic.law + where
        outcome = self._speaker.ask(question, session, now)
        if outcome.status is not Status.ANSWERED and not where.endswith("条"):
            title, part = short_law(topic.law) + topic.article, where.removeprefix(topic.article)
            return self._speaker.say("no_such_part", inbound, session, session.choices, title=title, part=part)
        turn = self._told(topic, outcome, question, inbound, session)
        return turn if outcome.status is Status.ANSWERED else _still(topic, turn)

    def _told(self, topic: Topic, outcome: Outcome, question: str, inbound: Inbound, session: Session) -> Turn:
        before = self._speaker.word("follow_up", topic=topic.title) if topic.title else ""
        return self._speaker.tell(outcome, inbound, session, question=question, before=before)

    def _point(self, words: str, n: int, inbound: Inbound, session: Session, now: datetime) -> Turn:
        speaker, entry = self._speaker, self._speaker.entry(session)
        assert entry is not None
        outcome = speaker.answerer.brief(entry, speaker.word("point", topic=entry.title, n=n, text=words), today(now))
        turn = speaker.tell(replace(outcome, choices=session.choices), inbound, session)
        return _still(session.topic, turn)


def _still(topic: Topic | None, turn: Turn) -> Turn:
    """The turn, with the talk still about what it was about."""
    return replace(turn, session=replace(turn.session, topic=topic))


def _below(n: int, unit: str, item: str | None) -> str:
    """第三款第二项."""
    below = (number(item) if item else None) or 0
    return f"第{chinese(n)}{unit}" + (f"第{chinese(below)}项" if below else "")


def _inserted(said: str | None) -> str:
    after = number(said) if said else None
    return f"之{chinese(after)}" if after else ""
