"""What people are told before there is anything to answer from."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import WouldWait
from bot.meanwhile import Meanwhile
from bot.messages import Inbound, MessageKind, Reply
from bot.services import LEXICON
from bot.settings import ROOT


def told(text: str, folder: Path = ROOT / "knowledge", kind: MessageKind = MessageKind.TEXT) -> str:
    """What comes back for a message, "" for silence."""

    def render(reply: Reply | None) -> bytes:
        return reply.text.encode() if reply else b""

    who = {"channel": "official", "account": "gh_1", "address": "oPerson", "key": "1"}
    message = Inbound(**who, sent_at=1_780_000_000, kind=kind, text=text)
    return Meanwhile(folder, LEXICON).receive(message, render).decode()


@pytest.mark.parametrize(
    ("text", "number"), [("家里着火了", "119"), ("有人触电了怎么办", "120"), ("煤气泄漏了，闻到很大味道", "119")]
)
def test_danger_gets_its_card_at_once(text: str, number: str) -> None:
    assert number in told(text).splitlines()[0]


def test_all_others_are_asked_to_come_again_and_are_told_the_numbers() -> None:
    reply = told("高温几度可以停工")
    assert "请过一分钟再问一次" in reply
    assert all(number in reply for number in ("119", "120", "110"))


def test_event_is_met_with_silence() -> None:
    assert told("", kind=MessageKind.EVENT) == ""


def test_cards_that_cannot_be_read_leave_the_numbers(tmp_path: Path) -> None:
    (tmp_path / "emergency.yaml").write_text("cards: [", encoding="utf-8")
    assert "119" in told("家里着火了", tmp_path)


def test_who_must_not_wait_is_sent_to_one_who_may() -> None:
    with pytest.raises(WouldWait):
        Meanwhile(ROOT, LEXICON).receive_at_once(None, bytes)  # type: ignore[arg-type]
