"""A wish to die is heard wherever it stands; a way of speaking is none. Messages written before the reader was."""

from pathlib import Path

import pytest

from bot.answers import Answerer, Outcome, Status
from tests.bases import asked

LINES = (Path(__file__).parent / "data" / "despair.txt").read_text(encoding="utf-8").splitlines()
ROWS = [(kind, text) for kind, _, text in (line.partition("\t") for line in LINES)]
HELPLINE = "12356"


def _told(bot: Answerer, text: str) -> Outcome:
    return bot.emergency(text) or bot.answer(asked(text))


def test_who_wants_to_die_is_told_where_help_is(shipped: Answerer) -> None:
    missed = [text for kind, text in ROWS if kind == "wish" and HELPLINE not in _told(shipped, text).text]
    assert not missed


def test_ways_of_speaking_get_no_helpline(shipped: Answerer) -> None:
    wrong = [text for kind, text in ROWS if kind == "figure" and HELPLINE in _told(shipped, text).text]
    assert not wrong


def test_who_says_it_in_passing_gets_a_line_beside_the_answer(shipped: Answerer) -> None:
    for text in [text for kind, text in ROWS if kind == "light"]:
        told = _told(shipped, text)
        assert told.intent != "self_harm", text
        assert told.text.endswith("要是心里真的难受，别一个人扛，可拨12356心理援助热线。"), text


def test_who_cares_for_another_is_told_what_to_do_for_them(shipped: Answerer) -> None:
    for text in [text for kind, text in ROWS if kind == "others"]:
        told = _told(shipped, text).text
        assert HELPLINE in told, text
        assert "守着他" in told, text


def test_what_is_asked_beside_it_is_answered_too(shipped: Answerer) -> None:
    told = _told(shipped, "想死，工伤认定要多久")
    assert told.status is Status.ANSWERED
    assert told.text.startswith("听到您这么难受")
    assert "30日" in told.text or "60日" in told.text


def test_nothing_of_it_is_noted_for_staff(shipped: Answerer) -> None:
    assert not _told(shipped, "今天又被骂了，想死，安全帽也丢了").unanswered


@pytest.mark.parametrize(
    ("text", "card"), [("心里难受得很，想从楼上跳下去", "self_harm"), ("我从楼上掉下去了", "fall")]
)
def test_who_wants_to_jump_has_not_fallen_yet(shipped: Answerer, text: str, card: str) -> None:
    outcome = shipped.emergency(text)
    assert outcome
    assert outcome.entry == card
