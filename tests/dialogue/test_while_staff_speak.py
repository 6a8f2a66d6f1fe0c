"""While staff speak to a person the bot only listens; danger gets its card all the same."""

from __future__ import annotations

import pytest

from bot.dialogue import FollowerLeft, Heard, PersonWanted, Session, Turn, respond
from bot.messages import Inbound, MessageKind

from .conftest import NOON, Talk


def heard(talk: Talk, text: str = "", kind: MessageKind = MessageKind.TEXT, event: str = "") -> Turn:
    inbound = Inbound(
        channel="official", account="gh_1", address="oAlice", key="k", sent_at=1, kind=kind, text=text, event=event
    )
    return respond(inbound, Session(), talk.dialogue.while_staff_speak(), NOON)


@pytest.mark.parametrize("text", ["高温几度停工", "你好", "转人工", "菜单", "有用", "1", ""])
def test_what_is_said_is_heard_and_not_answered(talk: Talk, text: str) -> None:
    turn = heard(talk, text)
    assert turn.reply is None
    assert turn.events == (Heard(),)
    assert turn.noted.intent == "staff"


@pytest.mark.parametrize("kind", [MessageKind.IMAGE, MessageKind.LOCATION, MessageKind.VIDEO])
def test_pictures_and_places_are_heard(talk: Talk, kind: MessageKind) -> None:
    assert heard(talk, kind=kind).events == (Heard(),)


def test_danger_gets_its_card_and_is_heard(talk: Talk) -> None:
    turn = heard(talk, "我家着火了快来人")
    assert turn.reply
    assert "119" in turn.reply.text.split("\n")[0]
    assert Heard() in turn.events


def test_tap_on_the_menu_is_not_answered(talk: Talk) -> None:
    turn = heard(talk, kind=MessageKind.EVENT, event="click")
    assert turn.reply is None
    assert turn.events == (Heard(),)


def test_whoever_unfollows_has_left(talk: Talk) -> None:
    turn = heard(talk, kind=MessageKind.EVENT, event="unsubscribe")
    assert turn.events == (FollowerLeft(),)
    assert turn.reply is None


def test_who_asks_for_a_person_says_what_about(talk: Talk) -> None:
    talk.says("转人工")
    assert talk.events == [PersonWanted("")]
    talk.says("高温几度停工")
    talk.says("转人工")
    assert talk.events[-1] == PersonWanted("高温几度停工")
