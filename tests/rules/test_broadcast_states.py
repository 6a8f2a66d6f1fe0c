"""Staff can read every state and move of a broadcast, and there is a way into each."""

from bot.messages import Delivery
from bot.outreach.states import DELIVERY_WORDS, FINAL, MOVES, WORDS, Move, State


def test_every_state_and_move_has_words_of_its_own() -> None:
    assert set(WORDS) == {*State, *Move}
    assert len(set(WORDS.values())) == len(State) + len(Move)


def test_every_fate_of_a_delivery_has_words_of_its_own() -> None:
    assert set(DELIVERY_WORDS) == set(Delivery)
    assert len(set(DELIVERY_WORDS.values())) == len(Delivery)


def test_every_state_is_reached_from_a_draft() -> None:
    reached = {State.DRAFT}
    while more := {to for (state, _move), to in MOVES.items() if state in reached} - reached:
        reached |= more
    assert reached == set(State)


def test_every_move_is_allowed_somewhere() -> None:
    assert {move for _state, move in MOVES} == set(Move)


def test_what_has_ended_stays_ended() -> None:
    for ended in (State.SENT, State.CANCELLED, State.FAILED):
        assert {to for (state, _move), to in MOVES.items() if state is ended} == {ended}


def test_only_what_is_approved_or_an_alert_begins() -> None:
    begins = {(state, move) for (state, move), to in MOVES.items() if to is State.SENDING and state is not to}
    assert begins == {
        (State.APPROVED, Move.START),
        (State.SCHEDULED, Move.START),
        (State.DRAFT, Move.ALERT),
        (State.IN_REVIEW, Move.ALERT),
        (State.PAUSED, Move.RESUME),
    }


def test_final_is_what_no_worker_touches() -> None:
    assert set(Delivery) - FINAL == {Delivery.CREATED, Delivery.SENDING, Delivery.TEMPORARY_FAILURE}
