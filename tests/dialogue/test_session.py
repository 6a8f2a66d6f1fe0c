"""A session is a value: it survives being stored, and old ones are forgotten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.dialogue.session import STALE_AFTER, Session, Topic
from bot.dialogue.turn import Turn, respond
from bot.messages import Choice, Inbound, MessageKind, Reply

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
CHOICES = (Choice("a", "高温停工", "多少度停工"), Choice("b", "津贴", "高温津贴"))
SESSION = Session(choices=CHOICES, unread="后半段", region="广东省", touched_at=NOON)
HELLO = Inbound(channel="web", account="", address="a", key="k", sent_at=1, kind=MessageKind.TEXT, text="你好")


TOPIC = Topic(
    "那罚多少", "电动车", "电动车能停楼道吗", "ebike", "p", (("消防法", "第一条"),), 1, ("a", "b"), 0.5, 2, rated=True
)
TALKED = Session(CHOICES, CHOICES[:1], "", "广东省", TOPIC, "place", asked_place=True, touched_at=NOON)


@pytest.mark.parametrize("session", [Session(), SESSION, TALKED, Session(unread="\u2028😀\ud800\x00")])
def test_stored_session_comes_back_equal(session: Session) -> None:
    assert Session.load(session.dump()) == session


@pytest.mark.parametrize(
    "data",
    [
        None, b"", b"{}", b"null", b"[]", b"5", b'"x"', b"{", b"\xff\xfe",
        b'{"choices": 5}', b'{"choices": [{"x": 1}]}',
        b'{"choices": [5]}', b'{"topic": 5}', b'{"topic": {"x": 1}}', b'{"topic": {"question": "", "cited": [5]}}',
        b'{"touched_at": "gestern"}', b'{"touched_at": 5}', b'{"choices": null}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_new_session(data: bytes | None) -> None:
    assert Session.load(data) == Session()


def test_session_of_a_later_version_is_read_as_far_as_we_know_it() -> None:
    assert Session.load(b'{"region": "\xe5\xb9\xbf\xe4\xb8\x9c\xe7\x9c\x81", "new": 1}').region == "广东省"


def test_talk_is_stale_after_half_an_hour_and_not_before() -> None:
    assert not SESSION.is_stale(NOON + timedelta(minutes=30))
    assert SESSION.is_stale(NOON + timedelta(minutes=30, seconds=1))
    assert Session().is_stale(NOON)
    assert timedelta(minutes=30) == STALE_AFTER


def shown(session: Session, now: datetime) -> Session:
    """The session as a handler is given it."""
    held: list[Session] = []
    respond(HELLO, session, [lambda _i, given, _n: held.append(given) or Turn(Reply("好"), given)], now)  # type: ignore[func-returns-value]
    return held[0]


def test_running_talk_is_handed_on_as_it_is() -> None:
    assert shown(SESSION, NOON + timedelta(minutes=29)) == SESSION


def test_old_talk_is_forgotten_but_not_what_the_person_told_of_themselves() -> None:
    assert shown(SESSION, NOON + timedelta(minutes=31)) == Session(region="广东省")


def test_turn_is_stamped_with_its_time() -> None:
    later = NOON + timedelta(minutes=5)
    turn = respond(HELLO, SESSION, [lambda _i, s, _n: Turn(Reply("好"), s)], later)
    assert turn.session == replace(SESSION, touched_at=later)


def test_first_handler_that_takes_the_message_has_it() -> None:
    asked: list[str] = []

    def handler(name: str, reply: str) -> object:
        def take(_inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
            asked.append(name)
            return Turn(Reply(reply), session) if reply else None

        return take

    turn = respond(HELLO, Session(), [handler("a", ""), handler("b", "乙"), handler("c", "丙")], NOON)  # type: ignore[list-item]
    assert turn.reply == Reply("乙")
    assert asked == ["a", "b"]
