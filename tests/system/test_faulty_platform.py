"""A broadcast against the stand-in at its worst: nobody lost, nobody twice, staff told in plain words."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from bot.channels.official.senders import senders
from bot.messages import Delivery
from bot.outreach.states import State
from bot.people.tables import follower
from bot.sending import Sender
from bot.simulator import Fault, Simulator, SimulatorConfig, create_app
from bot.simulator.crowd import Crowd
from bot.store.database import Database
from bot.store.kv import MemoryKeyValue
from bot.tokens import TokenKeeper
from tests.outreach.conftest import Clock, Office, Platform

PEOPLE = 60
SEND = "/cgi-bin/message/custom/send"


@pytest.fixture
def wechat() -> Simulator:
    """A platform whose every follower wrote a moment ago."""
    made = Simulator(SimulatorConfig())
    made.state.gather(Crowd(PEOPLE, (), made.now()))
    return made


@pytest.fixture
def ways(wechat: Simulator) -> Iterator[Mapping[str, Sender]]:
    """The real senders."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(wechat), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def fetch(force: bool) -> tuple[str, float]:
        with wechat.lock:
            token = wechat.tokens.stable(force_refresh=force)
            return token.value, wechat.tokens.remaining_s(token)

    base = f"http://127.0.0.1:{server.server_port}/simulator"
    made = senders(base, 10, TokenKeeper(MemoryKeyValue(), "wx0", fetch), list)
    yield made
    for sender in made.values():
        sender.caller.close()
    wechat.faults.clear()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def office(sqlite_url: str, wechat: Simulator) -> Iterator[Office]:
    """An office whose followers are those of the platform."""
    office = Office(Database(sqlite_url), Clock())
    row = {"channel": "official", "account": "gh", "state": "following", "window_sent": 0}
    with office.database.begin() as db:
        db.execute(sa.insert(follower), [{**row, "address": wechat.state.crowd.openid(n)} for n in range(PEOPLE)])
    yield office
    office.close()
    office.database.close()


def has(wechat: Simulator) -> dict[int, int]:
    """How many people were told how often."""
    wechat.advance(1)
    assert wechat.wait_idle(10)
    (content,) = wechat.received.all("service")
    spread: dict[int, int] = content.tally.spread()
    return spread


def works_through(office: Office, ways: Mapping[str, Sender], sent: int) -> None:
    """Let the worker work for a day, looking in each hour."""
    worker = office.worker(ways["official.service"])
    for _ in range(24):
        office.works(worker)
        if office.stands(sent).state != State.SENDING:
            return
        office.clock.advance(hours=1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=SEND, errcode=42001, times=3),
        Fault(path=SEND, errcode=-1, times=5),
        Fault(path=SEND, errcode=45009, times=4),
        Fault(path=SEND, slow_ms=120, times=8),
    ],
    ids=["token", "busy", "quota", "slow"],
)
def test_what_passes_costs_nobody_a_message(
    office: Office, wechat: Simulator, ways: Mapping[str, Sender], fault: Fault
) -> None:
    sent = office.broadcasts(Platform(), twice_ok=0)
    wechat.faults.add(fault)
    works_through(office, ways, sent)
    told = office.people(sent)
    assert office.stands(sent).state == State.SENT
    assert told[Delivery.SENT] + told[Delivery.UNKNOWN] == PEOPLE
    # "Busy" may have been taken all the same: it has no key, so it is not tried again and not hidden.
    assert told[Delivery.UNKNOWN] == (5 if fault.errcode == -1 else 0)
    assert has(wechat) == {1: told[Delivery.SENT]}


@pytest.mark.parametrize("was_taken", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=SEND, body="<html>错误</html>", times=4),
        Fault(path=SEND, http_status=502, times=4),
        Fault(path=SEND, drop=True, times=4),
    ],
    ids=["html", "gateway", "reset"],
)
def test_calls_nobody_knows_the_end_of_are_said_to_be_unknown(
    office: Office, wechat: Simulator, ways: Mapping[str, Sender], fault: Fault, was_taken: bool
) -> None:
    sent = office.broadcasts(Platform(), twice_ok=0)
    wechat.faults.add(replace(fault, after_acceptance=was_taken))
    works_through(office, ways, sent)
    told = office.people(sent)
    assert told == {Delivery.SENT: PEOPLE - told[Delivery.UNKNOWN], Delivery.UNKNOWN: told[Delivery.UNKNOWN]}
    assert told[Delivery.UNKNOWN] == 4
    assert has(wechat) == {1: PEOPLE if was_taken else PEOPLE - 4}


def test_quota_of_the_day_waits_for_the_next_and_staff_read_so(
    office: Office, wechat: Simulator, ways: Mapping[str, Sender]
) -> None:
    sent = office.broadcasts(Platform())
    wechat.faults.add(Fault(path=SEND, errcode=45009))
    office.works(office.worker(ways["official.service"]))
    row = office.stands(sent)
    assert row.state == State.SENDING
    assert "额度用完了" in row.trouble
    assert "自动继续" in row.trouble
    assert "45009" in row.trouble
    wechat.faults.clear()
    works_through(office, ways, sent)
    assert office.people(sent) == {Delivery.SENT: PEOPLE}
    assert has(wechat) == {1: PEOPLE}
    assert office.stands(sent).trouble == ""
