"""What staff write is written down before it is sent, is sent once, and its end is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.conversations import forget, lists
from bot.errors import ConversationError
from bot.simulator import Fault
from tests.conversations.conftest import ALICE, BOB, ELSEWHERE, HERE, SEND, WANG, Member, Room

QUESTION = "多少度可以停工"


def test_answer_arrives_and_one_less_may_be_sent(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    before = room.desk.allowance(room.desk.talk(number, WANG), room.now)
    assert room.answers(number, "请到街道<b>安监所</b>登记 & 备案") == "sent"
    after = room.desk.allowance(room.desk.talk(number, WANG), room.now)
    assert (before.left, after.left) == (4, 3)
    assert after.until
    assert timedelta(hours=47) < after.until - room.now <= timedelta(hours=48)
    assert "安监所" in room.phone()[-1]


def test_form_that_is_sent_twice_or_at_once_is_one_message(both: Room) -> None:
    both.says(QUESTION)
    number = both.taken()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: both.answers(number, key="the-same-form"), range(4)))
    assert found <= {"sending", "sent"}
    assert both.answers(number, key="the-same-form") == "sent"
    assert len(both.phone()) == 2


def test_sixth_message_is_refused_until_the_person_writes(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    for _ in range(4):
        assert room.answers(number) == "sent"
    with pytest.raises(ConversationError, match="5条"):
        room.answers(number)
    room.says("还有别的吗")
    assert room.answers(number) == "sent"


def test_window_that_has_closed_is_said(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    room.wrote_earlier(timedelta(hours=48))
    with pytest.raises(ConversationError, match="48小时"):
        room.answers(number)
    assert len(room.phone()) == 1


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"errcode": 45015}, "permanent_failure"),
        ({"errcode": 45047}, "permanent_failure"),
        ({"errcode": -1}, "temporary_failure"),
        ({"errcode": 45009}, "created"),
        ({"errcode": 48001}, "created"),
        ({"drop": True, "after_acceptance": True}, "unknown"),
        ({"errcode": 99999}, "technical_failure"),
    ],
)
def test_end_of_a_refused_answer_is_known(room: Room, fault: dict[str, object], state: str) -> None:
    room.says(QUESTION)
    number = room.taken()
    room.house.wechat.faults.add(Fault(path=SEND, times=1, **fault))  # type: ignore[arg-type]
    found = room.answers(number)
    if fault.get("errcode") in (45047, 48001):  # what these mean is the channel's to say
        assert found in ("created", "permanent_failure", "technical_failure")
    else:
        assert found == state
    assert room.sent()[-1]["state"] == found


def test_what_was_not_sent_goes_again_once_and_counts_once(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    room.house.wechat.faults.add(Fault(path=SEND, errcode=45009, times=1))
    assert room.answers(number) == "created"
    message = room.sent()[-1]["id"]
    assert room.desk.allowance(room.desk.talk(number, WANG), room.now).left == 4
    assert room.desk.again(message, WANG, room.now).state == "sent"
    assert room.desk.allowance(room.desk.talk(number, WANG), room.now).left == 3
    with pytest.raises(ConversationError, match="不能重发"):
        room.desk.again(message, WANG, room.now)
    assert len(room.phone()) == 2


def test_unknown_end_is_never_sent_again(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    room.house.wechat.faults.add(Fault(path=SEND, drop=True, after_acceptance=True, times=1))
    assert room.answers(number) == "unknown"
    with pytest.raises(ConversationError, match="不能重发"):
        room.desk.again(room.sent()[-1]["id"], WANG, room.now)


def test_row_that_a_dead_process_left_becomes_unknown(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    room.answers(number)
    from bot.conversations.tables import staff_message

    with room.house.services.database.begin() as db:
        db.execute(staff_message.update().values(state="sending", closed_at=None))
    room.desk.tick(room.now + timedelta(minutes=3))
    assert {row["state"] for row in room.sent()} == {"unknown"}


@pytest.mark.parametrize("text", ["", "   \n ", "长" * 601])
def test_empty_and_endless_answers_are_refused(room: Room, text: str) -> None:
    room.says(QUESTION)
    number = room.taken()
    with pytest.raises(ConversationError):
        room.answers(number, text)


def test_nobody_writes_without_having_taken_over(room: Room) -> None:
    room.says(QUESTION)
    with pytest.raises(ConversationError, match="先接管"):
        room.answers(room.number())


def test_who_asks_for_a_person_waits_until_somebody_wrote(both: Room) -> None:
    both.says(QUESTION)
    assert "记下" in both.says("转人工")
    with both.house.services.database.begin() as db:
        [talk] = lists.waiting(db, WANG)
    assert "停工" in talk.question
    both.desk.take(talk.id, WANG, both.now)
    both.desk.hand_back(talk.id, WANG, both.now)
    with both.house.services.database.begin() as db:
        assert lists.waiting(db, WANG)  # nobody has written yet
    both.desk.take(talk.id, WANG, both.now)
    both.answers(talk.id)
    both.desk.hand_back(talk.id, WANG, both.now)
    with both.house.services.database.begin() as db:
        assert not lists.waiting(db, WANG)


def test_who_was_telephoned_is_taken_off_the_list(room: Room) -> None:
    room.says("转人工")
    number = room.number()
    room.desk.settle(number, WANG, room.now)
    with room.house.services.database.begin() as db:
        assert not lists.waiting(db, WANG)
    with pytest.raises(ConversationError, match="不在等候"):
        room.desk.settle(number, WANG, room.now)


def test_lists_of_a_district_hold_its_own_people(room: Room) -> None:
    for who, region in ((ALICE, HERE), (BOB, ELSEWHERE)):
        room.says("转人工", who)
        room.says("潜水艇的压载水舱几年检修一次", who)
        room.lives_in(region, who)
    local = Member(7, "江海同事", HERE)
    with room.house.services.database.begin() as db:
        assert [t.address for t in lists.waiting(db, local)] == [ALICE]
        assert len(lists.waiting(db, WANG)) == 2
        assert {u.region for u in lists.unanswered(db, local, room.now)} <= {HERE}


def test_whom_the_bot_could_not_answer_is_listed_until_staff_wrote(room: Room) -> None:
    asked = "潜水艇的压载水舱几年检修一次"
    room.says(asked)
    with room.house.services.database.begin() as db:
        [one] = lists.unanswered(db, WANG, room.now)
    assert one.text == asked
    number = room.taken()
    room.answers(number)
    room.desk.hand_back(number, WANG, room.now)
    with room.house.services.database.begin() as db:
        assert not lists.unanswered(db, WANG, room.now)


def test_erasing_takes_what_staff_wrote_too(both: Room) -> None:
    both.says(QUESTION)
    number = both.taken()
    both.answers(number)
    both.desk.hand_back(number, WANG, both.now)
    both.says("删除我的数据")
    both.says("确认删除")
    assert both.talks() == []
    assert both.sent() == []


def test_what_has_served_its_time_is_forgotten(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    room.answers(number)
    room.desk.hand_back(number, WANG, room.now)
    services = room.house.services
    forget(services.database, room.now - timedelta(days=1))
    assert room.sent()
    services.forget(room.now + timedelta(days=1), room.now)
    assert room.sent() == []
    assert room.talks() == []


def test_visitor_of_the_chat_page_reads_what_staff_wrote(both: Room) -> None:
    from bot.app import create_app

    browser = create_app(both.house.services).test_client()
    asked = browser.post("/api/chat", json={"text": QUESTION, "id": "m1"})
    assert asked.json
    assert asked.json["reply"]["text"]
    both.house.settle()
    from bot.store.tables import message_log

    [address] = {row["address"] for row in both.rows(message_log)}
    number = both.taken(address)
    silent = browser.post("/api/chat", json={"text": "有人吗", "id": "m2"})
    assert silent.json
    assert silent.json["reply"]["text"] == ""
    assert both.answers(number, "您好，<script>请说</script>") == "sent"
    held = browser.get("/api/chat/news?after=0").json
    assert held
    assert [news["text"] for news in held["news"]][-1] == "您好，<script>请说</script>"
    last = held["news"][-1]["id"]
    assert browser.get(f"/api/chat/news?after={last}").json == {"news": []}
    assert browser.get("/api/chat/news?after=99999999999999999999999999").json == {"news": []}
    assert both.sent()[-1]["state"] == "delivered"
    page = browser.post("/", data={"text": "没有脚本也能看", "id": "m3"})
    assert "您好，&lt;script&gt;请说" in page.text
    assert create_app(both.house.services).test_client().get("/api/chat/news").json == {"news": []}


def test_our_own_lines_leave_the_last_message_to_staff(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    for _ in range(3):
        room.answers(number)
    told = room.desk.hand_back(number, WANG, room.now)
    assert (told.state, told.why) == ("skipped", "last")
    told = room.desk.take(number, WANG, room.now)
    assert (told.state, told.why) == ("skipped", "last")
    assert room.answers(number) == "sent"
    assert len(room.phone()) == 5


def test_my_data_counts_what_staff_wrote(room: Room) -> None:
    room.says(QUESTION)
    number = room.taken()
    room.answers(number)
    room.desk.hand_back(number, WANG, room.now)
    assert "工作人员的回复：3条" in room.says("我的数据")
