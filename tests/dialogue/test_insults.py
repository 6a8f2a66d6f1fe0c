"""A bare insult gets a calm line and the way to a person: no hazard, no question for staff."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.answers import Answerer
from bot.dialogue.turn import QuestionUnanswered

from .conftest import Talk

INSULTS = """笨死了 垃圾机器人 傻X 你真笨 垃圾 太垃圾了 没用的机器人 你个傻子 你是傻逼吗 气死我了 蠢死了 sb
  我要举报你这个垃圾机器人 破机器人真笨 什么垃圾玩意!!""".split()


@pytest.mark.parametrize("said", INSULTS)
def test_an_insult_is_met_calmly(talk_with: Callable[..., Talk], shipped_bot: Answerer, said: str) -> None:
    talk = talk_with(shipped_bot)
    told = talk.says(said)
    assert told.startswith("没能帮上忙")
    assert "转人工" in told
    assert "\n" not in told
    assert not [e for e in talk.events if isinstance(e, QuestionUnanswered)]
    assert talk.turn
    assert talk.turn.noted.intent == ""
    assert "0750-3860000" in talk.says("转人工")


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("楼道垃圾没人管", "hazard_report"),
        ("老板是傻逼不发安全帽", "hazard_report"),
        ("垃圾堆着火了", "emergency"),
        ("活着没意思我是废物", "emergency"),
        ("我真是废物", "emergency"),
    ],
)
def test_what_is_told_beside_an_insult_counts(
    talk_with: Callable[..., Talk], shipped_bot: Answerer, said: str, intent: str
) -> None:
    talk = talk_with(shipped_bot)
    assert not talk.says(said).startswith("没能帮上忙")
    assert talk.turn
    assert talk.turn.noted.intent == intent
