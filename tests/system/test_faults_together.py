"""Every way to people, with all that can go wrong at its platform in one broadcast: nobody lost, nobody twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.messages import Delivery
from bot.outreach import outcome
from bot.outreach.outcome import because
from bot.outreach.states import State
from bot.sending import Kind, Message
from bot.simulator import Fault
from bot.simulator.notices import FIRST_ONCE_ID
from bot.store.database import Database, aware
from tests.outreach.conftest import Clock, Office
from tests.system.stand_in import PEOPLE, StandIn, begins, stands_in

TEXT = Message(text="今天下午有雷雨，请停止露天高处作业。")
FIELDS = {"thing1": "停止作业", "time2": "2026年6月16日", "thing3": "收好工具"}
NOTICE = Message(kind=Kind.NOTICE, template=FIRST_ONCE_ID, fields=FIELDS)
PATHS = {
    "official.mass": "/cgi-bin/message/mass/send",
    "official.tag": "/cgi-bin/message/mass/sendall",
    "official.notice": "/cgi-bin/message/subscribe/bizsend",
    "official.service": "/cgi-bin/message/custom/send",
    "wecom.app": "/wecom/cgi-bin/message/send",
    "wecom.robot": "/wecom/cgi-bin/webhook/send",
    "aliyun": "/sms/aliyun",
    "tencent": "/sms/tencent",
}
#: What the platform says when the quota is used up, and what staff read meanwhile; of a robot it is its own minute.
TOO_MUCH = {
    "wecom.app": ("errcode", 45009, "发得太快"),
    "wecom.robot": ("errcode", 45009, ""),
    "aliyun": ("body", '{"Code": "isv.DAY_LIMIT_CONTROL", "Message": "no"}', "额度用完"),
    "tencent": ("body", '{"Response": {"Error": {"Code": "LimitExceeded.AppDailyLimit", "Message": ""}}}', "额度用完"),
}
_OF_WECHAT = ("errcode", 45009, "额度用完")
#: Ways whose platform knows a repeat.
KEYED = ("official.mass", "official.tag", "wecom.app")
_WITH_TOKEN = [way for way in PATHS if way.startswith("official")] + ["wecom.app"]
TIMEOUT_S = 1.0


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with stands_in(TIMEOUT_S) as made:
        yield made


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    made = Office(Database(sqlite_url), Clock())
    yield made
    made.close()
    made.database.close()


def faults(way: str) -> list[Fault]:
    """One of each; what is late or damaged was carried out, or was not."""
    path = PATHS[way]
    name, value, _words = TOO_MUCH.get(way, _OF_WECHAT)
    return [
        Fault(path=path, times=1, **{name: value}),  # type: ignore[arg-type]
        Fault(path=path, errcode=42001 if way in _WITH_TOKEN else -1, times=1),
        Fault(path=path, errcode=-1, times=1),
        Fault(path=path, body="<html>维护中</html>", times=1),
        Fault(path=path, body="<html>维护中</html>", after_acceptance=True, times=1),
        Fault(path=path, http_status=502, times=1),
        Fault(path=path, drop=True, times=1),
        Fault(path=path, drop=True, after_acceptance=True, times=1),
        Fault(path=path, slow_ms=3000, after_acceptance=True, times=1),
    ]


def works(office: Office, stand_in: StandIn, way: str, sent: int) -> set[str]:
    """A worker works until the broadcast is over; what staff read on the way."""
    told = set()
    for turn in range(60):
        office.works(office.worker(stand_in.ways[way]))
        row = office.stands(sent)
        told.add(row.trouble)
        if row.state != State.SENDING:
            return told
        if turn % 3 == 1:
            stand_in.wechat.tokens.expire_all()
            stand_in.wechat.wecom.tokens.expire_all()
        waits = [at for held in office.batches(sent) if (at := aware(held.not_before))]
        pause = max(min(waits, default=office.clock.now) - office.clock.now, timedelta(seconds=70))
        office.clock.advance(seconds=pause.total_seconds())
        if way.startswith("official"):  # signatures of the others are judged by the real clock
            stand_in.wechat.advance(pause.total_seconds())
    return told


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("way", PATHS)
def test_all_faults_in_one_broadcast(office: Office, stand_in: StandIn, way: str, seed: int) -> None:
    sent = begins(office, stand_in, way, NOTICE if way == "official.notice" else TEXT)
    wrong = faults(way)
    random.Random(f"{way} {seed}").shuffle(wrong)
    for fault in wrong:
        stand_in.wechat.faults.add(fault)
    told = works(office, stand_in, way, sent)
    stand_in.wechat.faults.clear()
    with office.database.read() as db:
        found = outcome.progress(db, sent)
    got = stand_in.got(way)
    assert (found.held.state, found.open, found.held.trouble) == (State.SENT, 0, "")
    assert set(got) <= {0, 1}, "nobody twice"
    assert set(found.people) <= {Delivery.SENT, Delivery.UNKNOWN}
    # Who was told is on record as told, or as one of whom it is not known; who was not is never said to have been.
    assert found.people[Delivery.SENT] <= got[1] <= found.total == PEOPLE
    if way in KEYED:
        assert got[1] == found.people[Delivery.SENT] == PEOPLE
    words = TOO_MUCH.get(way, _OF_WECHAT)[2]
    assert any(words in trouble for trouble in told)
    assert all(because(why) != why for why in found.problems)
