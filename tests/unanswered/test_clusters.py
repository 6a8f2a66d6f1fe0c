"""Questions that helped nobody come together by meaning, day by day, under the same number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import KnowledgeError
from bot.settings import BEIJING
from bot.store.tables import unanswered
from bot.unanswered import Kind, Span, Standing

from .conftest import ALICE, BOB, CAROL, ME, House

DRONE = ("无人机巡检要登记吗", "飞无人机要不要登记", "请问无人机巡检要登记吗？", "无人机巡检登记")


def asked(house: House, text: str, at: datetime, who: str = ALICE, **fields: str) -> None:
    """A question as the inbox writes it."""
    row = {"at": at, "channel": "official", "address": who, "question": text, "candidates": "[]", **fields}
    with house.services.database.begin() as db:
        db.execute(sa.insert(unanswered).values(**row))


def test_questions_of_one_meaning_are_one_cluster_with_counts_people_and_examples(on_both: House) -> None:
    for who, text in zip((ALICE, BOB, CAROL, ALICE), DRONE, strict=True):
        on_both.says(who, text)
    on_both.says(BOB, "图书角借书几天要还")
    on_both.settle()
    drone, gas = on_both.desk.clusters(on_both.span, on_both.now)
    assert (drone.messages, drone.people, gas.messages, gas.people) == (4, 3, 1, 1)
    assert set(drone.examples) == {DRONE[0], DRONE[1], DRONE[3]}  # the third differs by politeness alone
    assert drone.words[0] == "无人机"
    assert drone.first < drone.last
    assert drone.row.standing is Standing.OPEN


def test_same_questions_give_the_same_clusters_whoever_runs_it_and_however_often(on_both: House) -> None:
    for n, text in enumerate(DRONE + ("燃气瓶放哪里", "燃气瓶放在哪里", "电梯困人找谁")):
        asked(on_both, text, on_both.now - timedelta(minutes=n))
    assert on_both.desk.cluster(on_both.span, on_both.now) == 6
    assert on_both.desk.cluster(on_both.span, on_both.now) == 0
    first = on_both.desk.clusters(on_both.span, on_both.now)
    assert on_both.desk.clusters(on_both.span, on_both.now) == first
    assert [c.messages for c in first] == [4, 2, 1]


def test_question_of_tomorrow_joins_the_cluster_of_yesterday_whatever_became_of_it(house: House) -> None:
    yesterday = house.now - timedelta(days=1)
    asked(house, DRONE[0], yesterday)
    before = Span.days(*[yesterday.astimezone(BEIJING).date()] * 2)
    [cluster] = house.desk.clusters(before, house.now)
    house.desk.dismiss(cluster.id, ME, "不归我们管", house.now)
    asked(house, DRONE[0], house.now)
    asked(house, DRONE[1], house.now)
    today = Span.days(*[house.now.astimezone(BEIJING).date()] * 2)
    [again] = house.desk.clusters(today, house.now)
    assert (again.id, again.messages, again.row.standing) == (cluster.id, 2, Standing.DISMISSED)
    assert house.desk.clusters(today, house.now, Standing.OPEN) == []


def test_a_day_is_one_in_china(house: House) -> None:
    asked(house, DRONE[0], datetime(2026, 6, 15, 15, 59, 59, tzinfo=UTC))
    asked(house, DRONE[0], datetime(2026, 6, 15, 16, 0, tzinfo=UTC))
    day = datetime(2026, 6, 16).date()
    [cluster] = house.desk.clusters(Span.days(day, day), house.now)
    assert cluster.messages == 1
    assert cluster.first == datetime(2026, 6, 16, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("我手机13812345678无人机登记找谁", "我手机（手机号）无人机登记找谁"),
        ("身份证440702199001011234能登记无人机吗", "身份证（证件号）能登记无人机吗"),
        ("0750-3861000是登记无人机的吗", "（电话）是登记无人机的吗"),
        ("粤J12345拉危化品走哪里", "（车牌）拉危化品走哪里"),
        ("登记表发到a.b@qq.com行吗", "登记表发到（邮箱）行吗"),
        ("加我微信abc12345聊", "加我（联系方式）聊"),
        ("我叫王小明，无人机怎么登记", "我叫（姓名），无人机怎么登记"),
        ("安全生产法2021年9月1日起施行吗", "安全生产法2021年9月1日起施行吗"),
    ],
)
def test_staff_see_no_personal_data(house: House, said: str, shown: str) -> None:
    asked(house, said, house.now)
    [cluster] = house.desk.clusters(house.span, house.now)
    assert cluster.examples == (shown,)


def test_places_are_counted_as_told_or_named(house: House) -> None:
    asked(house, DRONE[0], house.now, region="广东省江门市")
    asked(house, DRONE[0], house.now, BOB)
    asked(house, f"江海区{DRONE[0]}", house.now, CAROL)
    regions = house.desk.clusters(house.span, house.now)[0].regions
    assert regions["广东省江门市"] == 1
    assert sum(regions.values()) in (2, 3)


def test_place_that_was_told_in_the_talk_stands_with_the_question(house: House) -> None:
    house.says(ALICE, "我在江门", DRONE[0])
    house.settle()
    [cluster] = house.desk.clusters(house.span, house.now)
    assert cluster.regions == {"广东省江门市": 1}


def test_what_was_rated_useless_or_handed_off_is_another_kind_and_no_further_message(on_both: House) -> None:
    on_both.says(ALICE, "几度停工", "没用", "你们讲的和区里通知的数不对")
    on_both.settle()
    on_both.says(BOB, DRONE[0])
    on_both.settle()
    on_both.says(BOB, "转人工")
    on_both.settle()
    found = {c.label: c for c in on_both.desk.clusters(on_both.span, on_both.now)}
    assert found["几度停工"].kinds == {Kind.USELESS: 1}
    assert found["几度停工"].whys == ("你们讲的和区里通知的数不对",)
    assert found[DRONE[0]].kinds == {Kind.UNANSWERED: 1, Kind.HANDED_OFF: 1}
    assert found[DRONE[0]].messages == 1


def test_offer_that_was_picked_from_is_no_question_for_staff(house: House) -> None:
    near = '[["heat-stop", 0.3]]'
    at = datetime.now(UTC)
    asked(house, "天太热咋整", at - timedelta(minutes=5), ALICE, status="choices", candidates=near)
    asked(house, "天太热咋整", at - timedelta(minutes=5), BOB, status="choices", candidates=near)
    house.says(ALICE, "几度停工")
    house.settle()
    [cluster] = house.desk.clusters(house.span, house.now)
    assert (cluster.people, cluster.kinds) == (1, {Kind.OFFERED: 1})


def test_nearest_entries_are_shown_with_scores(house: House) -> None:
    asked(house, "高温津贴几月发", house.now)
    [cluster] = house.desk.clusters(house.span, house.now)
    near = house.desk.nearest(cluster)
    assert near[0].entry == "heat-pay"
    assert 0 <= near[0].score <= 1


def test_who_has_left_is_counted_as_a_message_and_not_as_a_person(house: House) -> None:
    house.says(ALICE, DRONE[0])
    house.says(BOB, DRONE[0])
    house.wechat.follow(ALICE)
    house.settle()
    house.wechat.unfollow(ALICE)
    [cluster] = house.desk.clusters(house.span, house.now)
    assert (cluster.messages, cluster.people) == (2, 1)


def test_cluster_that_is_not_there_is_refused_with_what_to_do(house: House) -> None:
    with pytest.raises(KnowledgeError, match="unanswered list"):
        house.desk.show(7, house.span, house.now)
