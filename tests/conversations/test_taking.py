"""One owner at a time, a line to the person at both changes, silence of the bot in between, and danger all the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.conversations import NoSuchTalkError, Taken, lists, threads
from bot.errors import ConversationError
from bot.inbox import Inbox
from bot.messages import Inbound, MessageKind, Reply
from bot.people import followers, units
from bot.people.tables import follower
from bot.people.units import Unit
from bot.settings import BEIJING
from tests.conversations.conftest import ALICE, BOB, ELSEWHERE, HERE, LI, WANG, Member, Room

QUESTION = "多少度可以停工"


def test_bot_is_silent_while_staff_speak_and_speaks_again_afterwards(room: Room) -> None:
    assert room.says(QUESTION)
    number = room.taken()
    assert "工作人员" in room.phone()[-1]
    assert room.says(QUESTION + "呢") == ""
    room.desk.hand_back(number, WANG, room.now)
    assert "机器人" in room.phone()[-1]
    assert len(room.phone()) == 2
    assert room.says(QUESTION)
    assert room.talks()[0]["owner"] is None


def test_others_are_answered_as_ever(room: Room) -> None:
    room.says(QUESTION)
    room.says(QUESTION, BOB)
    room.taken()
    assert room.says(QUESTION, BOB)


def test_what_is_said_to_staff_is_kept_and_shown_once(both: Room) -> None:
    both.says(QUESTION)
    number = both.taken()
    talk = both.desk.talk(number, WANG)
    with both.house.services.database.begin() as db:
        last = threads.read(db, talk).last
    both.says("门口那家店堆满了煤气罐")
    with both.house.services.database.begin() as db:
        [new] = threads.since(db, talk, last).lines
        thread = threads.read(db, talk)
    assert (new.who, new.text) == ("person", "门口那家店堆满了煤气罐")
    assert [line.who for line in thread.lines] == ["person", "bot", "note", "person"]
    assert [line.text for line in thread.lines].count(new.text) == 1


def test_whoever_leaves_is_spoken_to_no_longer(room: Room) -> None:
    room.says(QUESTION)
    room.taken()
    room.house.wechat.unfollow(ALICE)
    room.house.settle()
    assert room.talks() == []
    assert room.sent() == []


def test_only_one_of_many_takes_a_talk_over(both: Room) -> None:
    both.says(QUESTION)
    number = both.number()

    def take(n: int) -> bool:
        try:
            both.desk.take(number, Member(n, f"同事{n}"), both.now)
        except ConversationError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(1, 7))) == 1
    assert len(both.phone()) == 1


def test_second_one_is_told_who_speaks(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    with pytest.raises(ConversationError, match="王同事正在接待"):
        room.desk.take(number, LI, room.now)
    with pytest.raises(ConversationError, match="王同事正在接待"):
        room.desk.hand_back(number, LI, room.now)
    with pytest.raises(ConversationError, match="王同事正在接待"):
        room.answers(number, staff=LI)


def test_nobody_is_taken_over_whom_nothing_can_be_sent(room: Room) -> None:
    room.says(QUESTION)
    number = room.number()
    room.wrote_earlier(timedelta(hours=49))
    with pytest.raises(ConversationError, match="48小时"):
        room.desk.take(number, WANG, room.now)
    assert room.phone() == []
    assert room.says(QUESTION)


def test_talk_goes_back_by_itself_when_staff_write_nothing(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    start = room.talks()[0]["staff_at"].replace(tzinfo=UTC)
    assert room.desk.tick(start + timedelta(minutes=14)) == 0 or _ends_day(start, 14)
    room.answers(number)
    again = room.talks()[0]["staff_at"].replace(tzinfo=UTC)
    assert room.desk.tick(again + timedelta(minutes=16)) == 1
    assert room.desk.tick(again + timedelta(minutes=17)) == 0
    assert "转人工" in room.phone()[-1]
    assert room.talks()[0]["owner"] is None
    assert room.says(QUESTION)


def _ends_day(start: datetime, minutes: int) -> bool:
    """Whether the working day of China ends within so many minutes."""
    end = datetime.combine(start.astimezone(BEIJING).date(), time(17, 30), BEIJING)
    return start < end <= start + timedelta(minutes=minutes)


def test_talk_goes_back_at_the_end_of_the_working_day(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    start = room.talks()[0]["taken_at"].replace(tzinfo=UTC)
    end = datetime.combine(start.astimezone(BEIJING).date(), time(17, 30), BEIJING)
    end = end if end > start else end + timedelta(days=1)
    with room.house.services.database.begin() as db:
        from bot.conversations.owning import is_writing

        is_writing(db, number, WANG, end.astimezone(UTC))
    assert room.desk.tick(end) == 1
    assert room.talks()[0]["ended"] == "day"


def test_two_schedulers_tell_the_person_once(both: Room) -> None:
    both.says(QUESTION)
    both.taken()
    later = both.now + timedelta(minutes=20)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: both.desk.tick(later), range(4))) == 1
    assert len(both.phone()) == 2


def test_another_process_notices_within_a_look(room: Room) -> None:
    services = room.house.services
    other = Taken(services.database, services.taken.spoken_to)
    inbox = Inbox(services.store, services.records, services.inbox._handlers, deadline_s=120,
                  failure=Reply("出错了"), staff=other)  # fmt: skip

    def told(n: int) -> bytes:
        inbound = Inbound(channel="official", account="gh", address=ALICE, key=f"k{n}", sent_at=1,
                          kind=MessageKind.TEXT, text=QUESTION)  # fmt: skip
        return inbox.receive(inbound, lambda reply: reply.text.encode() if reply else b"silent")

    room.says(QUESTION)
    number = room.taken()
    other.look()
    assert told(1) == b"silent"
    room.desk.hand_back(number, WANG, room.now)
    assert told(2) != b"silent"  # without a look: whoever seems taken is looked up
    assert other.may_hold("official", ALICE) is False


def test_district_sees_its_own_people_alone(room: Room) -> None:
    room.says(QUESTION)
    room.says(QUESTION, BOB)
    room.lives_in(HERE + "礼乐街道")
    room.lives_in(ELSEWHERE, BOB)
    local = Member(7, "江海同事", HERE)
    assert room.desk.talk(room.number(), local).region.startswith(HERE)
    theirs = room.number(BOB)
    for deed in (
        lambda: room.desk.talk(theirs, local),
        lambda: room.desk.take(theirs, local, room.now),
        lambda: room.answers(theirs, staff=local),
    ):
        with pytest.raises(NoSuchTalkError):
            deed()


def test_district_sees_people_of_its_units_wherever_they_live(room: Room) -> None:
    room.says(QUESTION)
    room.lives_in(ELSEWHERE)
    local = Member(7, "江海同事", HERE)
    with pytest.raises(NoSuchTalkError):
        room.desk.talk(room.number(), local)
    with room.house.services.database.begin() as db:
        units.store(db, [Unit("江海厂", region=HERE + "礼乐街道")], room.now)
        person = sa.select(follower.c.id).where(follower.c.address == ALICE)
        followers.join(db, db.scalar(person), units.code(db, "江海厂"))
    assert room.desk.talk(room.number(), local).unit_region == HERE + "礼乐街道"
    with room.house.services.database.begin() as db:
        assert lists.unanswered(db, local, room.now) == lists.unanswered(db, WANG, room.now)


def test_district_does_not_see_whoever_told_no_place(room: Room) -> None:
    room.says(QUESTION)
    with pytest.raises(NoSuchTalkError):
        room.desk.talk(room.number(), Member(7, "江海同事", HERE))
