"""What people are told before there is anything to answer from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.answers.lexicon import load_lexicon
from bot.errors import WouldWait
from bot.meanwhile import Meanwhile
from bot.messages import Inbound, MessageKind, Place, Reply
from bot.services import LEXICON
from bot.settings import ROOT

FOLLOWED = Inbound(
    channel="official", account="gh_1", address="oPerson", key="1", sent_at=1_780_000_000, kind=MessageKind.EVENT,
    event="subscribe", event_key="qrscene_u12", items=({"TemplateId": "t"},), place=Place(22.5, 113.1, "江海区"),
)  # fmt: skip


def meanwhile(kept: Path, folder: Path = ROOT / "knowledge") -> Meanwhile:
    return Meanwhile(folder, lambda: load_lexicon(LEXICON), kept)


class Inbox:
    """Takes down what it is given."""

    def __init__(self) -> None:
        self.got: list[Inbound] = []

    def receive(self, inbound: Inbound, _render: object, _came_at: float | None = None) -> bytes:
        self.got.append(inbound)
        return b"ours"


def told(text: str, folder: Path = ROOT / "knowledge", kind: MessageKind = MessageKind.TEXT) -> str:
    """What comes back for a message, "" for silence."""

    def render(reply: Reply | None) -> bytes:
        return reply.text.encode() if reply else b""

    message = replace(FOLLOWED, kind=kind, text=text, event="")
    return meanwhile(Path("/nowhere"), folder).receive(message, render).decode()


@pytest.mark.parametrize(
    ("text", "number"), [("家里着火了", "119"), ("有人触电了怎么办", "120"), ("煤气泄漏了，闻到很大味道", "119")]
)
def test_danger_gets_its_card_at_once(text: str, number: str) -> None:
    assert number in told(text).splitlines()[0]


def test_all_others_are_asked_to_come_again_and_are_told_the_numbers() -> None:
    reply = told("高温几度可以停工")
    assert "请过一分钟再问一次" in reply
    assert all(number in reply for number in ("119", "120", "110"))


def test_who_follows_meanwhile_is_handed_over_once_it_answers(tmp_path: Path) -> None:
    first, inbox = meanwhile(tmp_path / "var" / "kept.jsonl"), Inbox()
    assert first.receive(FOLLOWED, lambda reply: b"" if reply is None else b"?") == b""
    left = replace(FOLLOWED, event="unsubscribe", key="2", place=None)
    first.receive(left, lambda _reply: b"")
    assert first.hand_over(inbox) == 2
    assert inbox.got == [FOLLOWED, left]
    assert first.receive(replace(FOLLOWED, key="3"), bytes) == b"ours"  # came in time for this, answered by the inbox
    assert first.hand_over(inbox) == 0


def test_a_crash_before_it_answers_loses_nobody(tmp_path: Path) -> None:
    kept, inbox = tmp_path / "kept.jsonl", Inbox()
    meanwhile(kept).receive(FOLLOWED, lambda _reply: b"")
    with kept.open("a", encoding="utf-8") as file:
        file.write('{"channel": "offi')  # the machine went down here
    assert meanwhile(kept).hand_over(inbox) == 1
    assert inbox.got == [FOLLOWED]


def test_a_disk_that_is_full_fails_nobody(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file, and no folder", encoding="utf-8")
    assert meanwhile(tmp_path / "var" / "kept.jsonl").receive(FOLLOWED, lambda _reply: b"") == b""


def test_cards_that_cannot_be_read_leave_the_numbers(tmp_path: Path) -> None:
    (tmp_path / "emergency.yaml").write_text("cards: [", encoding="utf-8")
    assert "119" in told("家里着火了", tmp_path)


def test_who_must_not_wait_is_sent_to_one_who_may() -> None:
    with pytest.raises(WouldWait):
        meanwhile(ROOT).receive_at_once(None, bytes)  # type: ignore[arg-type]
