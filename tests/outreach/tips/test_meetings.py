"""到岗12人, as team leaders answer it: kept for leaders, asked back of others, and nothing else is touched."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.dialogue import Deed, Session
from bot.ingest.content import load
from bot.messages import Inbound, MessageKind
from bot.outreach.head_counts import head_counts
from bot.outreach.meetings import MeetingDesk, MeetingFlow
from bot.people.tables import follower
from bot.settings import ROOT
from bot.store.database import Database

NOW = datetime(2026, 12, 1, 0, 10, tzinfo=UTC)


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """A team leader and a worker."""
    database = Database(sqlite_url)
    with database.begin() as db:
        for number, post in ((1, "班组长"), (2, "焊工")):
            row = {"id": number, "channel": "official", "address": f"o{number}", "post": post}
            db.execute(sa.insert(follower).values(**row))
    yield database
    database.close()


def said(text: str, who: str = "o1", kind: MessageKind = MessageKind.TEXT) -> Inbound:
    return Inbound(channel="official", account="gh_1", address=who, key="1", sent_at=0, kind=kind, text=text)


def answer(database: Database, text: str, who: str = "o1") -> str:
    turn = MeetingFlow()(said(text, who), Session(), NOW)
    assert turn
    (deed,) = turn.events
    assert isinstance(deed, Deed)
    words = load(ROOT / "knowledge").words["tips"]
    reply = MeetingDesk(database, lambda: words).carry_out(deed, said(text, who), turn.reply, NOW)
    assert reply
    return reply.text


def test_a_leaders_count_is_kept_and_said_back(database: Database) -> None:
    assert answer(database, "到岗十二人").startswith("记下了：今天到岗12人。")
    with database.begin() as db:
        assert head_counts(db, date(2026, 12, 1)) == {"": (1, 12)}


@pytest.mark.parametrize(
    "text",
    [
        "到岗人数：１２", "12人到岗", "今天来了12个人", "实到12人，应到15人", "应到15人，实到12人", "今天到岗12，请假3",
        "我班12人都到齐了", "出勤 12 人！", "實到十二人",
    ],
)  # fmt: skip
def test_a_count_is_read_as_leaders_write_it(text: str, database: Database) -> None:
    assert answer(database, text).startswith("记下了：今天到岗12人。")


@pytest.mark.parametrize("text", ["全员到岗", "今天都到齐了", "到岗"])
def test_who_says_that_all_are_there_is_asked_how_many(text: str, database: Database) -> None:
    assert answer(database, text) == "请报一下人数，例如“到岗12人”。"


@pytest.mark.parametrize("text", ["今天来了12级台风", "12人死亡", "到岗前要培训吗", "出勤率12%", "来了12"])
def test_what_is_no_count_is_left_to_others(text: str) -> None:
    assert MeetingFlow()(said(text), Session(), NOW) is None


@pytest.mark.parametrize(
    ("text", "who", "told"),
    [
        ("到岗12人", "o2", "到岗人数由班组长来报"), ("到岗12人", "o9", "到岗人数由班组长来报"),
        ("到岗900000人", "o1", "好像不对"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_said(text: str, who: str, told: str, database: Database) -> None:
    assert told in answer(database, text, who)
    with database.begin() as db:
        assert head_counts(db, date(2026, 12, 1)) == {}


def test_when_the_database_is_away_the_leader_is_asked_to_try_again(tmp_path: Path) -> None:
    assert "请过一会再报一次" in answer(Database(f"sqlite:///{tmp_path / 'none' / 'x.db'}"), "到岗12人")


def test_other_messages_are_left_to_others() -> None:
    flow = MeetingFlow()
    assert flow(said("到岗要带什么"), Session(), NOW) is None
    assert flow(said("到岗12人", kind=MessageKind.EVENT), Session(), NOW) is None
