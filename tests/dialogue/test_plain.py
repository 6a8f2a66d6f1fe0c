"""Plain talk is remembered, and nobody can tell: the turn is the one that would have been worked out anew."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.answers import Answerer, Asked, Outcome
from bot.dialogue import Dialogue, Session, Turn, respond
from bot.dialogue.plain import Plain
from bot.dialogue.speaker import Speaker
from bot.messages import Inbound, MessageKind, Reply

from .conftest import NOON, Talk

#: What the people of the transcripts say: plain questions, and what leans on them.
SAID = sorted(
    {
        line.removeprefix("我:").strip()
        for path in sorted((Path(__file__).parent / "data").glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("我: ")
    }
)
QUESTION = "高温几度停工"


def inbound(text: str, kind: MessageKind = MessageKind.TEXT, max_text_bytes: int = 2048) -> Inbound:
    return Inbound(
        channel="official", account="gh_1", address="oAlice", key="1", sent_at=1, kind=kind, text=text,
        max_text_bytes=max_text_bytes,
    )  # fmt: skip


class Counting:
    """A handler that takes everything and counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, said: Inbound, session: Session, _now: datetime) -> Turn:
        self.times += 1
        return Turn(Reply(f"{self.times}. {said.text}"), replace(session, topic=None))


def times(small_bot: Answerer, *said: tuple[Inbound, Session, datetime], max_bytes: int = 1 << 20) -> int:
    counting = Counting()
    plain = Plain(Speaker(lambda: small_bot), (counting,), max_bytes)
    for message in said:
        plain.talk(*message)
    return counting.times


def test_turn_is_the_one_that_would_be_worked_out_anew_whatever_was_said_before(small_bot: Answerer) -> None:
    assert len(SAID) > 50
    handlers = Dialogue(lambda: small_bot).handlers()[1:]  # before it only keys of the menu, which are no words
    drawn = random.Random(1)
    session, plain = Session(), 0
    for _ in range(1500):
        message = inbound(drawn.choice(SAID), max_text_bytes=drawn.choice([2048, 300]))
        plain += handlers[0](message, session, NOON) is not None
        turn = respond(message, session, handlers, NOON)
        assert turn == respond(message, session, handlers[1:], NOON), (message.text, session)
        session = turn.session
    assert plain > 300


def test_the_same_question_is_worked_out_once_for_all(small_bot: Answerer, talk: Talk) -> None:
    talk.says("酒驾怎么处罚")
    said = inbound(QUESTION)
    assert times(small_bot, (said, Session(), NOON), (said, talk.session, NOON), (said, Session(), NOON)) == 1


def test_another_day_region_or_limit_is_another_question(small_bot: Answerer) -> None:
    said, midnight = inbound(QUESTION), NOON.replace(hour=23, minute=59, second=59)
    others = [
        (said, Session(), midnight + timedelta(seconds=1)), (said, Session(region="广东省"), midnight),
        (inbound(QUESTION, max_text_bytes=600), Session(), midnight),
    ]  # fmt: skip
    assert times(small_bot, (said, Session(), midnight), *others, *others) == 4


def test_what_is_remembered_goes_with_the_answerer(
    small_bot: Answerer,
) -> None:
    bots = [small_bot]
    handlers = Dialogue(lambda: bots[0]).handlers()
    before = respond(inbound(QUESTION), Session(), handlers, NOON)
    bots[0] = _Renamed(small_bot)
    after = respond(inbound(QUESTION), Session(), handlers, NOON)
    assert before.reply is not None
    assert after.reply is not None
    assert after.reply.text == f"新：{before.reply.text}"


class _Renamed(Answerer):
    """Another answerer over the same base, told by its words."""

    def __init__(self, other: Answerer) -> None:
        self.__dict__ = dict(other.__dict__)
        self._other = other

    def answer(self, asked: Asked) -> Outcome:
        outcome = self._other.answer(asked)
        return replace(outcome, text=f"新：{outcome.text}")


def test_the_longest_unused_is_forgotten_when_there_is_too_much(small_bot: Answerer) -> None:
    first, second = (inbound(f"{QUESTION}，我在第{n}车间上班") for n in "一二")
    asked = [(said, Session(), NOON) for said in (first, first, second, first)]
    assert times(small_bot, *asked) == 2
    assert times(small_bot, *asked, max_bytes=5000) == 3


def test_pictures_events_and_long_stories_are_not_remembered(small_bot: Answerer) -> None:
    said = [inbound("", MessageKind.IMAGE), inbound("", MessageKind.EVENT), inbound(" "), inbound(QUESTION * 60)]
    assert times(small_bot, *((message, Session(), NOON) for message in said)) == 0
