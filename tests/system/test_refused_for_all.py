"""What WeChat refuses for everybody, over HTTP: people stay in the list, staff read why, nothing goes out twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach import ledger, lists
from bot.outreach.content import Level
from bot.outreach.states import State
from bot.outreach.tables import batch, broadcast, delivery
from bot.people.tables import follower
from bot.simulator import Fault, mass_end
from bot.store.database import Database
from tests.outreach.conftest import NOW, Clock, Office
from tests.system.stand_in import PEOPLE, StandIn, begins, stands_in
from tests.system.test_faults_together import PATHS, TEXT


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with stands_in() as made:
        yield made


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    made = Office(Database(sqlite_url), Clock())
    yield made
    made.close()
    made.database.close()


def following(office: Office) -> int:
    with office.database.read() as db:
        return db.scalar(sa.select(sa.func.count()).where(follower.c.state == "following")) or 0


@pytest.mark.parametrize("code", [40003, 49003])
def test_a_wrong_account_stops_before_everybody_is_called_and_nobody_is_taken_for_gone(
    office: Office, stand_in: StandIn, code: int
) -> None:
    office.follows(40)
    sent = begins(office, stand_in, "official.service", TEXT)
    stand_in.wechat.faults.add(Fault(path=PATHS["official.service"], errcode=code))
    office.works(office.worker(stand_in.ways["official.service"]))
    row, people = office.stands(sent), office.people(sent)
    assert (row.state, following(office)) == (State.PAUSED, 40 + PEOPLE)
    assert people[Delivery.CREATED] > 20
    assert "换过公众号" in row.trouble


def test_one_stranger_among_followers_stops_nothing(office: Office, stand_in: StandIn) -> None:
    sent = begins(office, stand_in, "official.service", TEXT)
    stand_in.wechat.faults.add(Fault(path=PATHS["official.service"], errcode=49003, times=1))
    office.works(office.worker(stand_in.ways["official.service"]))
    assert office.stands(sent).state == State.SENT
    assert office.people(sent) == {Delivery.SENT: PEOPLE - 1, Delivery.PERMANENT_FAILURE: 1}


@pytest.mark.parametrize("code", [40037, 61007])
def test_what_nobody_of_a_few_got_is_not_done_in_silence(office: Office, stand_in: StandIn, code: int) -> None:
    sent = begins(office, stand_in, "official.service", TEXT)
    stand_in.wechat.faults.add(Fault(path=PATHS["official.service"], errcode=code))
    office.works(office.worker(stand_in.ways["official.service"], threads=PEOPLE))
    row = office.stands(sent)
    assert (row.state, office.people(sent)) == (State.SENT, {Delivery.TECHNICAL_FAILURE: PEOPLE})
    assert row.trouble.startswith("发完了，但最后有人没有收到")
    assert str(code) in row.trouble
    assert [one.id for one in lists.wanting(office.database, "", NOW, 9)] == [sent]


@pytest.mark.parametrize("confirms", [True, False])
def test_a_mass_message_to_all_waits_for_the_administrator(office: Office, stand_in: StandIn, confirms: bool) -> None:
    wechat = stand_in.wechat
    wechat.reconfigure(mass_needs_admin=True)
    sent = begins(office, stand_in, "official.tag", TEXT)
    with office.database.begin() as db:
        db.execute(sa.delete(batch).where(batch.c.broadcast_id == sent))
        db.execute(sa.delete(delivery).where(delivery.c.broadcast_id == sent))
        db.execute(sa.update(broadcast).where(broadcast.c.id == sent).values(state=State.DRAFT))
        people = sa.select(
            follower.c.id.label("follower_id"), sa.literal("official.tag").label("sender"),
            sa.literal("public").label("level"), sa.literal("").label("why"),
        )  # fmt: skip
        ledger.fan_out(db, sent, people, NOW)
        ledger.lay_whole(db, sent, "official.tag", Level.PUBLIC, "")
        db.execute(sa.update(broadcast).where(broadcast.c.id == sent).values(state=State.SENDING))
    worker = office.worker(stand_in.ways["official.tag"])
    for _ in range(2):  # asked again while nobody has answered
        office.works(worker)
        assert "管理员" in office.stands(sent).trouble
        office.clock.advance(minutes=6)
        wechat.advance(360)
    (job,) = wechat.mass.jobs.values()
    if confirms:
        with wechat.lock:
            job.waits_for_admin = False
        mass_end.end(wechat, job)
    else:
        mass_end.refuse(wechat, job, mass_end.REFUSED_BY_ADMIN)
    office.works(worker)
    assert len(wechat.mass.jobs) == 1
    assert (office.stands(sent).state, office.batches(sent)[0].platform_id) == (State.SENT, str(job.msg_id))
