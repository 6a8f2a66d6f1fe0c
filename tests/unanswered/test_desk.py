"""Staff answer a cluster once: by an entry of its own or one that there is, through review, one of two at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import BotError, ContentErrors, KnowledgeError
from bot.knowledge import State
from bot.unanswered import Given, Standing, written
from bot.unanswered.tables import question_cluster

from .conftest import ALICE, ANSWER, BOB, ME, PHRASINGS, YOU, House

DRONE, OTHER = "无人机巡检要登记吗", "飞无人机要不要登记"


@pytest.fixture
def number(house: House) -> int:
    """A cluster that two people asked for."""
    return asked(house)


def asked(house: House) -> int:
    """A cluster that two people ask for."""
    house.says(ALICE, DRONE)
    house.says(BOB, OTHER)
    house.settle()
    [cluster] = house.desk.clusters(house.span, house.now)
    return cluster.id


def standing(house: House, number: int) -> Standing:
    """Where it stands."""
    return house.desk.show(number, house.span, house.now)[0].row.standing


def test_answer_waits_for_review_and_takes_over_how_people_asked(on_both: House) -> None:
    number = asked(on_both)
    entry = on_both.answer(number)
    [version] = on_both.services.desk.versions(State.IN_REVIEW)
    assert (version.entry, version.author) == (entry, ME)
    assert version.fields is not None
    assert {*PHRASINGS, DRONE, OTHER} <= set(version.fields["questions"])
    assert version.fields["region"] == "广东省江门市江海区"
    assert standing(on_both, number) is Standing.IN_REVIEW
    on_both.publish(number)
    assert standing(on_both, number) is Standing.ANSWERED
    on_both.services.keeper.look()
    assert ANSWER in on_both.says(BOB, OTHER).text


def test_publishing_at_the_knowledge_desk_answers_the_cluster_too(house: House, number: int) -> None:
    house.services.desk.publish(house.answer(number), YOU)
    assert standing(house, number) is Standing.ANSWERED
    assert house.teller.tell(house.now).sent == 2


def test_entry_that_is_taken_back_opens_its_cluster_again(house: House, number: int) -> None:
    entry = house.answer(number)
    house.publish(number)
    house.services.desk.withdraw(entry, YOU)
    assert standing(house, number) is Standing.OPEN
    assert house.answer(number) == f"q-{number}-2"


def test_draft_that_is_thrown_away_opens_its_cluster_again(house: House, number: int) -> None:
    house.services.desk.withdraw(house.answer(number), YOU)
    assert standing(house, number) is Standing.OPEN


def test_what_is_wrong_with_an_answer_is_told_and_nothing_is_taken(house: House, number: int) -> None:
    item = written("标题" * 15, ANSWER, {"name": "办法"})
    with pytest.raises(ContentErrors) as wrong:
        house.desk.answer(number, item, Given(ME), house.span, house.now)
    assert any("questions" in str(e) for e in wrong.value.errors)
    assert any("title" in str(e) for e in wrong.value.errors)
    assert standing(house, number) is Standing.OPEN
    assert house.services.desk.versions() == []


def test_existing_entry_gets_the_phrasings_and_keeps_its_answer(house: House, number: int) -> None:
    taken = house.desk.link(number, "heat-stop", Given(ME, phrasings=("多热不上班",)), house.span, house.now)
    assert taken.version
    assert taken.version.fields
    assert set(taken.phrasings) == {"多热不上班", DRONE, OTHER}
    assert taken.version.fields["answer"] == "四十度停工。"
    assert {"几度停工", *taken.phrasings} <= set(taken.version.fields["questions"])
    house.publish(number)
    house.services.keeper.look()
    assert "四十度停工" in house.says(ALICE, DRONE).text
    assert house.services.desk.conflicts() == []


def test_existing_entry_that_needs_no_phrasing_answers_at_once(house: House, number: int) -> None:
    taken = house.desk.link(number, "heat-stop", Given(ME, examples=0), house.span, house.now)
    assert (taken.version, taken.row.standing) == (None, Standing.ANSWERED)
    assert house.teller.tell(house.now).sent == 2
    assert "四十度停工" in house.phone(ALICE)[0]


@pytest.mark.parametrize("entry", ["gibt-es-nicht", "em-fire"])
def test_only_an_entry_that_people_are_told_can_be_linked(house: House, number: int, entry: str) -> None:
    with pytest.raises(KnowledgeError, match="没有叫"):
        house.desk.link(number, entry, Given(ME), house.span, house.now)


def test_entry_that_somebody_is_editing_is_not_overwritten(house: House, number: int) -> None:
    house.desk.link(number, "heat-stop", Given(ME), house.span, house.now)
    house.desk.reopen(number, YOU, "", house.now)
    with pytest.raises(KnowledgeError, match="草稿"):
        house.desk.link(number, "heat-stop", Given(YOU), house.span, house.now)


def test_personal_data_becomes_no_phrasing(house: House) -> None:
    house.says(ALICE, "我手机13812345678无人机巡检登记找谁")
    house.settle()
    [cluster] = house.desk.clusters(house.span, house.now)
    house.answer(cluster.id)
    [version] = house.services.desk.versions(State.IN_REVIEW)
    assert version.fields is not None
    assert not any("手机" in q for q in version.fields["questions"])


def test_dismissing_needs_a_reason_and_can_be_taken_back(house: House, number: int) -> None:
    with pytest.raises(KnowledgeError, match="请写明为什么不答复"):
        house.desk.dismiss(number, ME, " ", house.now)
    house.desk.dismiss(number, ME, "不归我们管", house.now)
    with pytest.raises(KnowledgeError, match="张三.*不答复"):
        house.answer(number)
    house.desk.reopen(number, YOU, "归我们管", house.now)
    assert standing(house, number) is Standing.OPEN
    with pytest.raises(KnowledgeError, match="本来"):
        house.desk.reopen(number, YOU, "", house.now)


def test_second_of_two_is_told_who_was_first(house: House, number: int) -> None:
    house.answer(number)
    with pytest.raises(KnowledgeError, match="张三已经处理：待审核"):
        house.desk.link(number, "heat-stop", Given(YOU), house.span, house.now)


def test_of_two_at_once_one_wins_and_the_other_is_told(on_both: House) -> None:
    number = asked(on_both)
    desk, start = on_both.desk, threading.Barrier(4)
    item = written("无人机巡检要登记吗", ANSWER, {"name": "江海区无人机巡检办法"}, verify="official")
    _ = on_both.services.desk.shipped

    def take(n: int) -> str:
        start.wait(120)
        try:
            given = Given(f"员工{n}", phrasings=PHRASINGS)
            if n % 2:
                return desk.answer(number, item, given, on_both.span, datetime.now(UTC)).row.entry
            return desk.link(number, "heat-pay", given, on_both.span, on_both.now).row.entry
        except BotError as e:
            return str(e)

    with ThreadPoolExecutor(4) as pool:
        told = [job.result(120) for job in [pool.submit(take, n) for n in range(4)]]
    won = [t for t in told if t in ("heat-pay", f"q-{number}")]
    assert len(won) == 1, told
    assert all("处理" in t for t in told if t not in won), told
    assert len(on_both.services.desk.versions(State.IN_REVIEW)) == 1


def test_cluster_of_one_who_died_at_work_is_free_after_a_minute(house: House, number: int) -> None:
    now = datetime.now(UTC)
    values = {"state": "answering", "entry": f"q-{number}", "version": 1, "who": ME, "at": now}
    with house.services.database.begin() as db:
        db.execute(sa.update(question_cluster).values(values))
    with pytest.raises(KnowledgeError, match="张三"):
        house.answer(number, now)
    with house.services.database.begin() as db:
        db.execute(sa.update(question_cluster).values(at=now - timedelta(minutes=2)))
    assert house.answer(number, now) == f"q-{number}"


def test_only_what_is_in_review_can_be_published(house: House, number: int) -> None:
    with pytest.raises(KnowledgeError, match="没有待审核的答复"):
        house.publish(number)
