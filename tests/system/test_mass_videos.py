"""A video by mass message: made ready for it first, whoever dies in between, and each person has it once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.channels.official.client import OfficialClient
from bot.channels.official.material import Material
from bot.errors import Refusal, SendError
from bot.messages import Delivery
from bot.outreach import ledger
from bot.outreach.states import State
from bot.sending import Kind, Message
from bot.settings import WeChatSettings
from bot.simulator import Fault
from bot.store.database import Database
from bot.store.kv import MemoryKeyValue
from tests.outreach.conftest import Clock, Office
from tests.pictures import mp4
from tests.system.stand_in import PEOPLE, StandIn, begins, stands_in

FILMING = "/cgi-bin/media/uploadvideo"
PATHS = {"official.mass": "/cgi-bin/message/mass/send", "official.tag": "/cgi-bin/message/mass/sendall"}


@dataclass
class Studio:
    """An office, the platform, and a video that was handed in."""

    office: Office
    stand_in: StandIn
    video: Message

    def filmed(self) -> int:
        """How many videos were made ready."""
        return sum(media.kind == "mpvideo" for media in self.stand_in.wechat.state.media.values())

    def works(self, way: str, sent: int) -> None:
        """A worker works until the broadcast is being sent no more, waiting as long as it takes."""
        for _ in range(10):
            self.office.works(self.office.worker(self.stand_in.ways[way]))
            if self.office.stands(sent).state != State.SENDING:
                return
            self.office.clock.advance(minutes=5)
            self.stand_in.wechat.advance(300)


@pytest.fixture
def studio(sqlite_url: str) -> Iterator[Studio]:
    """See Studio."""
    database = Database(sqlite_url)
    office = Office(database, Clock())
    with stands_in() as stand_in:
        state, now = stand_in.wechat.state, stand_in.wechat.now()
        kept = state.keep_media("video", mp4(), "video/mp4", now, permanent=True)
        yield Studio(office, stand_in, Message(kind=Kind.VIDEO, media=kept.media_id, title="灭火器", text="怎么用"))
    office.close()
    database.close()


@pytest.mark.parametrize("way", PATHS)
def test_a_video_reaches_everybody_once_under_its_title(studio: Studio, way: str) -> None:
    sent = begins(studio.office, studio.stand_in, way, studio.video)
    studio.works(way, sent)
    assert studio.office.people(sent) == {Delivery.SENT: PEOPLE}
    assert studio.stand_in.got(way) == {1: PEOPLE}
    (content,) = studio.stand_in.wechat.received.all("mass")
    assert "灭火器" in content.excerpt
    assert "怎么用" in content.excerpt


@pytest.mark.parametrize("way", PATHS)
@pytest.mark.parametrize("is_taken", [False, True], ids=["before the message", "after it"])
def test_a_worker_that_dies_between_the_video_and_the_end_of_the_message(
    studio: Studio, way: str, is_taken: bool
) -> None:
    office, wechat, sender = studio.office, studio.stand_in.wechat, studio.stand_in.ways[way]
    sent = begins(office, studio.stand_in, way, studio.video)
    wechat.faults.add(Fault(path=PATHS[way], drop=True, after_acceptance=is_taken, times=1))
    # It is cut off in the call, before it can write down what came of it.
    (batch_id,) = office.waiting()
    with office.database.begin() as db:
        claimed = ledger.claim(db, batch_id, "dead", office.clock())
        assert claimed
        if sender.most:
            whom = [address for _, address in ledger.mark(db, claimed, -1, PEOPLE, office.clock())[1]]
        else:
            whom = [ledger.mark_all(db, claimed, office.clock()) or ""]
    stamp = f"{int(office.stands(sent).created_at.timestamp()):x}"
    with pytest.raises(SendError):
        sender.send(whom, studio.video, f"{stamp}-b{batch_id}")
    assert studio.filmed() == 1
    office.clock.advance(minutes=2)
    wechat.advance(120)
    studio.works(way, sent)
    assert office.people(sent) == {Delivery.SENT: PEOPLE}
    assert studio.stand_in.got(way) == {1: PEOPLE}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=FILMING, drop=True, times=1),
        Fault(path=FILMING, body="<html>", times=1),
        Fault(path=FILMING, body="{}", times=1),
        Fault(path=FILMING, errcode=-1, times=1),
        Fault(path=FILMING, errcode=42001, times=1),
        Fault(path=FILMING, errcode=45009, times=1),
    ],
    ids=["reset", "html", "empty", "busy", "token", "quota"],
)
def test_trouble_with_the_video_means_that_nothing_was_sent_and_passes(studio: Studio, fault: Fault) -> None:
    sent = begins(studio.office, studio.stand_in, "official.mass", studio.video)
    studio.stand_in.wechat.faults.add(fault)
    studio.works("official.mass", sent)
    if fault.errcode == 45009:
        assert "额度用完" in studio.office.stands(sent).trouble
        studio.office.clock.advance(hours=24)
        studio.works("official.mass", sent)
    assert studio.office.people(sent) == {Delivery.SENT: PEOPLE}
    assert studio.stand_in.got("official.mass") == {1: PEOPLE}


def test_a_video_that_is_gone_stops_the_broadcast_and_staff_read_why(studio: Studio) -> None:
    sent = begins(studio.office, studio.stand_in, "official.tag", studio.video)
    studio.stand_in.wechat.state.media.clear()
    studio.works("official.tag", sent)
    row = studio.office.stands(sent)
    assert row.state == State.PAUSED
    assert "不接受这份内容" in row.trouble
    assert "40007" in row.trouble
    assert studio.office.people(sent) == {Delivery.TEMPORARY_FAILURE: PEOPLE}


def test_lists_of_one_broadcast_share_a_video_until_it_is_refused(studio: Studio) -> None:
    sender, people = studio.stand_in.ways["official.mass"], studio.stand_in.addresses("official.mass")
    for n in range(3):
        sender.send(people[n * 2 : n * 2 + 2], studio.video, f"b-{n}")
    assert studio.filmed() == 1
    state = studio.stand_in.wechat.state
    for name in [name for name, media in state.media.items() if media.kind == "mpvideo"]:
        del state.media[name]
    with pytest.raises(SendError) as refused:
        sender.send(people[6:8], studio.video, "b-4")
    assert refused.value.refusal is Refusal.BAD_CONTENT
    sender.send(people[6:8], studio.video, "b-4")
    assert studio.stand_in.got("official.mass") == {1: 8}


def test_staff_are_shown_a_video_beforehand(studio: Studio) -> None:
    config = studio.stand_in.wechat.config
    settings = WeChatSettings(app_id=config.app_id, secret=config.secret, api_base=studio.stand_in.base)
    client = OfficialClient(settings, MemoryKeyValue())
    Material(client).preview(studio.stand_in.addresses("official.mass")[0], studio.video)
    client.close()
    (content,) = studio.stand_in.wechat.received.all("preview")
    assert "灭火器" in content.excerpt
