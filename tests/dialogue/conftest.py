"""Talks: a person, a bot, and what stands between them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from bot.answers import Answerer
from bot.dialogue import Dialogue, Event, Session, Turn, respond
from bot.messages import Inbound, MessageKind, Place, Reply, numbered
from bot.settings import BEIJING, OfficeSettings
from tests import bases

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=BEIJING)


@dataclass
class Talk:
    """One person's talk with the bot, turn after turn."""

    dialogue: Dialogue
    session: Session = field(default_factory=Session)
    now: datetime = NOON
    max_text_bytes: int = 2048
    events: list[Event] = field(default_factory=list)
    turn: Turn | None = None
    _count: itertools.count[int] = field(default_factory=itertools.count)

    def says(self, text: str, kind: MessageKind = MessageKind.TEXT, **fields: object) -> str:
        """Send a message; returns what the person reads, choices numbered, "" for nothing."""
        inbound = Inbound(
            channel="official", account="gh_1", address="oAlice", key=str(next(self._count)), sent_at=1, kind=kind,
            text=text, max_text_bytes=self.max_text_bytes,
        )  # fmt: skip
        self.turn = respond(replace(inbound, **fields), self.session, self.dialogue.handlers(), self.now)  # type: ignore[arg-type]
        self.session = Session.load(self.turn.session.dump())
        self.events += self.turn.events
        return shown(self.turn.reply)

    def sends(self, kind: str, label: str = "") -> str:
        """Send something without words."""
        place = Place(22.5, 113.1, label) if kind == "location" else None
        return self.says("", MessageKind(kind), place=place)

    def does(self, event: str, key: str = "") -> str:
        """Follow, unfollow, tap the menu."""
        return self.says("", MessageKind.EVENT, event=event, event_key=key)


def shown(reply: Reply | None) -> str:
    """What stands on the phone."""
    return "\n".join(p for p in (reply.text, numbered(reply.choices)) if p) if reply else ""


def office(region: str) -> OfficeSettings:
    """The office that speaks."""
    return OfficeSettings(name="江海区安委办", region=region, phone="0750-3860000", hours="工作日9点到17点")


@pytest.fixture(scope="session")
def small_bot(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    """An answerer over the small base."""
    return bases.answerer(bases.small(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="session")
def shipped_bot() -> Answerer:
    """An answerer over the shipped content."""
    return bases.answerer(bases.shipped())


@pytest.fixture
def talk_with() -> Callable[..., Talk]:
    """talk_with(answerer): a new talk."""

    def make(bot: Answerer, region: str = "全国", **fields: object) -> Talk:
        return Talk(Dialogue(lambda: bases.speaking(bot, office(region))), **fields)  # type: ignore[arg-type]

    return make


@pytest.fixture
def talk(talk_with: Callable[..., Talk], small_bot: Answerer) -> Talk:
    """A new talk over the small base."""
    return talk_with(small_bot)
