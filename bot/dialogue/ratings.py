"""有用 and 没用: what people think of an answer, and why it did not help."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.answers import Status
from bot.answers.matching import level
from bot.answers.normalise import normalise
from bot.dialogue.after_answer import AfterAnswer
from bot.dialogue.correction import mended
from bot.dialogue.picking import pick
from bot.dialogue.reading import QUESTION, content
from bot.dialogue.session import Session, Topic
from bot.dialogue.speaker import COMMANDS, MAX_ASKED, Speaker
from bot.dialogue.turn import AnswerRated, Noted, Turn
from bot.messages import Inbound

#: Session.asking while the bot waits for the reason.
REASON = "reason"
#: What asks nothing, and is understood no better than this, says rather why the answer did not help.
_SURE = 0.6


class Ratings:
    """Takes a word on the last answer; passes on where there is none."""

    def __init__(self, speaker: Speaker, after: AfterAnswer) -> None:
        self._speaker, self._after = speaker, after

    def rating(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """Useful or not; an answer is rated once."""
        speaker, topic = self._speaker, session.topic
        useful = speaker.means(inbound.text, "useful_words")
        if topic is None or not (useful or speaker.means(inbound.text, "useless_words")):
            return None
        if topic.rated:
            return speaker.say("rated_already", inbound, session, session.choices)
        rated = replace(session, topic=replace(topic, rated=True))
        events = (_rated(topic, useful=useful),)
        if useful:
            turn = speaker.say("useful", inbound, rated, session.choices)
        else:
            turn = speaker.say(
                "useless", inbound, replace(rated, earlier=session.choices), speaker.taps("reasons", "why")
            )
            turn = replace(turn, session=replace(turn.session, asking=REASON))
        return replace(turn, events=events, noted=Noted("rated", "", topic.entry, topic.confidence))

    def reason(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """Why it did not help, if that is what the message says; whatever else it says goes its way."""
        if session.asking != REASON or session.topic is None:
            return None
        picked = pick(normalise(inbound.text), session.choices)
        before = replace(session, choices=session.earlier, earlier=(), asking="")
        if picked is None:
            return self._own_words(inbound, before, now)
        said = replace(inbound, text=picked.text)
        # A reason that is a wish of its own (看不懂, 想找人工) is fulfilled.
        turn = (
            self._after.simpler(said, before, now)
            or self._after.human(said, before, now)
            or self._speaker.say("reason_thanks", inbound, before, before.choices)
        )
        return replace(turn, events=(_rated(session.topic, useful=False, reason=picked.text), *turn.events))

    def _own_words(self, inbound: Inbound, before: Session, now: datetime) -> Turn | None:
        """Why it did not help, in words of one's own: what asks nothing, is no word of ours, surely finds nothing."""
        speaker, topic, text = self._speaker, before.topic, level(inbound.text)
        if topic is None or not content(text) or QUESTION.search(text) or speaker.means(inbound.text, *COMMANDS):
            return None
        if speaker.places.told(text, alone=True) or mended(text) is not None:
            return None
        outcome = speaker.understand(inbound.text, before, now)
        if outcome.status in (Status.SMALL_TALK, Status.EMERGENCY) or outcome.intent or outcome.confidence >= _SURE:
            return None
        turn = speaker.say("reason_thanks", inbound, before, before.choices)
        event = replace(_rated(topic, useful=False), words=inbound.text.strip()[:MAX_ASKED])
        return replace(turn, events=(event, *turn.events))


def _rated(topic: Topic, *, useful: bool, reason: str = "") -> AnswerRated:
    return AnswerRated(topic.question, topic.entry or topic.law + topic.article, topic.confidence, useful, reason)
