"""Answers on WeCom, and what a platform's refusal of one person means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.conversations import ledger, talks
from bot.conversations.ledger import Written
from bot.conversations.talks import Talk
from bot.errors import Refusal, SendError
from bot.sending import Message, Receipt, Sender

NOW = datetime(2026, 6, 16, 4, 0, tzinfo=UTC)


@dataclass
class Platform:
    """WeCom, which names those whom it does not reach in an answer that is no refusal."""

    refused: Mapping[str, int] = field(default_factory=dict)
    error: SendError | None = None
    got: list[tuple[str, str]] = field(default_factory=list)
    name: str = "wecom.app"
    most: int = 1000
    least: int = 1
    has_key: bool = True
    per_minute: int = 0

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """See Sender."""
        assert len(key.encode()) <= 32
        if self.error:
            raise self.error
        self.got += [(address, message.text) for address in addresses]
        return Receipt("m1", self.refused)


def talk(channel: str = "wecom", address: str = "zhangsan") -> Talk:
    return Talk(1, channel, address, None, "", 1, "王同事", NOW, NOW, None, "", "", follows=True, wrote_at=None, sent=0)


def outcome(platform: Platform) -> tuple[str, str]:
    senders: dict[str, Sender] = {"wecom.app": platform}
    written = Written(7, 1, NOW, "王同事", "answer", "请到街道登记。", "sending", "", None, "k")
    held = ledger.call(senders, talk(), written)
    return held.state.value, held.why


def test_member_of_wecom_is_answered_without_a_limit() -> None:
    platform = Platform()
    assert outcome(platform) == ("sent", "")
    assert platform.got == [("zhangsan", "请到街道登记。")]
    may = talks.allowance(talk(), frozenset({"wecom.app"}), NOW)
    assert (may.why, may.left, may.until) == ("", None, None)
    assert talks.allowance(talk(), frozenset(), NOW).why


def test_one_whom_wecom_does_not_reach_is_final() -> None:
    assert outcome(Platform(refused={"zhangsan": 60111})) == ("permanent_failure", "recipient_gone")


@pytest.mark.parametrize(
    ("refusal", "errcode", "state"),
    [
        (Refusal.UNREACHABLE, None, "unknown"),
        (Refusal.UNREACHABLE, -1, "temporary_failure"),
        (Refusal.NOT_SENT, None, "created"),
        (Refusal.RECIPIENT_DECLINED, 43101, "permanent_failure"),
        (Refusal.BAD_CONTENT, 40058, "technical_failure"),
        (Refusal.DUPLICATE, 45065, "sent"),
    ],
)
def test_every_refusal_has_its_end(refusal: Refusal, errcode: int | None, state: str) -> None:
    assert outcome(Platform(error=SendError("no", errcode, refusal)))[0] == state


@pytest.mark.parametrize(
    ("channel", "address", "name"),
    [
        ("official", "oALICE0000000000000000000001", "公众号粉丝 …0001"),
        ("wecom", "zhangsan", "企业微信成员 …an"),
        ("web", "abcdefghijklmnopqrstuvwx", "网页访客 …uvwx"),
    ],
)
def test_people_are_called_without_their_address(channel: str, address: str, name: str) -> None:
    assert talks.called(channel, address) == name


def test_in_the_minute_after_a_tap_one_who_wrote_nothing_may_be_answered() -> None:
    ways = frozenset({"official.service"})
    silent = talk("official", "oALICE0000000000000000000001")
    assert "48小时没有来信" in talks.allowance(silent, ways, NOW).why
    tapped = replace(silent, tapped_at=NOW - timedelta(seconds=20), tap_sent=1)
    may = talks.allowance(tapped, ways, NOW)
    assert (may.why, may.left, may.until) == ("", 2, NOW + timedelta(seconds=40))
    assert talks.allowance(tapped, ways, NOW + timedelta(minutes=1)).left == 0
    wrote = replace(tapped, wrote_at=NOW - timedelta(hours=1), sent=5)
    assert talks.allowance(wrote, ways, NOW).left == 2
    assert "已经发了5条" in talks.allowance(wrote, ways, NOW + timedelta(minutes=1)).why
    assert talks.allowance(replace(wrote, sent=4), ways, NOW).left == 3
