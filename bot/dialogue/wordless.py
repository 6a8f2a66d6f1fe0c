"""What comes without words: events of the platform, pictures, places, links."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.answers.matching import level
from bot.dialogue.session import Session
from bot.dialogue.speaker import Speaker
from bot.dialogue.turn import FollowerLeft, Noted, Turn
from bot.messages import Inbound, MessageKind


class Wordless:
    """Says what can be done with it."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def event(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """Follow, unfollow, menu keys; all other events get an empty answer."""
        if inbound.kind is not MessageKind.EVENT:
            return None
        speaker = self._speaker
        if inbound.event == "unsubscribe":
            return Turn(None, Session(), (FollowerLeft(),), Noted("event"))
        if inbound.event in ("subscribe", "scan"):
            return speaker.welcome(inbound, session)
        if inbound.event == "click":
            return speaker.say("help", inbound, session, speaker.taps("suggestions", "s"))
        return Turn(None, session, (), Noted("event"))

    def acknowledgement(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """Pictures, places, links and the like."""
        if inbound.text.strip() and inbound.kind in (MessageKind.TEXT, MessageKind.VOICE):
            return None
        if inbound.kind is MessageKind.LOCATION:
            return self._location(inbound, session)
        if inbound.kind is MessageKind.TEXT:
            return self._speaker.say("help", inbound, session, self._speaker.taps("suggestions", "s"))
        name = inbound.kind.value if inbound.kind is not MessageKind.UNKNOWN else "unknown_kind"
        return self._speaker.say(name, inbound, session)

    def _location(self, inbound: Inbound, session: Session) -> Turn:
        """The place as our own table names it: anyone may forge the label, so it is never said back."""
        label = inbound.place.label if inbound.place else ""
        place = self._speaker.places.find(level(label))
        if not place:
            return self._speaker.say("location", inbound, session)
        return self._speaker.say("location_known", inbound, replace(session, region=place), place=place)

    def help(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """What the bot can do."""
        if not self._speaker.means(inbound.text, "help_words"):
            return None
        return self._speaker.say("help", inbound, session, self._speaker.taps("suggestions", "s"))
