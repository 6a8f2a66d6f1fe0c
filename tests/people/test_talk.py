"""订阅, 退订, 我的订阅, 我的数据 and joining a unit, as people write them to the account."""

import sqlalchemy as sa

from bot.people.tables import consent, follower, liaison_officer, subscription
from bot.people.units import Unit
from bot.store.tables import message_log, rating

from .conftest import ALICE, BOB, Office

PLANT = Unit("江门机械厂", "企业", "广东省江门市江海区", "机械制造", "王工", "13800000000")


def test_one_who_follows_is_known_and_greeted(office: Office) -> None:
    assert "江海区安委办" in office.does("subscribe")
    person = office.person()
    assert person
    assert person.state == "following"
    assert person.followed_at


def test_everything_can_be_chosen_by_tapping_on(office: Office) -> None:
    assert "1. 每日安全提示" in office.says("订阅")
    assert "哪一类" in office.says("订阅每日安全提示")
    assert "哪个行业" in office.says("人群：企业")
    assert "岗位" in office.says("行业：建筑")
    assert "什么时候" in office.says("岗位：电工")
    assert office.says("时段：早上") == "记下了：时段 早上。"
    person = office.person()
    assert person
    assert (person.topics, person.audience, person.industry, person.post) == (("每日安全提示",), "企业", "建筑", "电工")
    assert (person.slot, person.frequency) == ("morning", "daily")
    mine = office.says("我的订阅")
    for words in ("每日安全提示", "人群：企业", "时段：早上", "频率：每天"):
        assert words in mine


def test_a_number_picks_from_what_was_offered(office: Office) -> None:
    office.says("订阅")
    assert "已订阅：高温" in office.says("2")
    assert "记下了：人群 农村" in office.says("2")


def test_near_words_subscribe(office: Office) -> None:
    for words in [
        "我要订阅每日安全提示",
        "每天给我发安全提示",
        "帮我订阅安全提示吧",
        "我要訂閱每日安全提示",
        "每天早上给我发安全提示",
    ]:
        assert "已订阅：每日安全提示" in office.says(words)


def test_one_word_stops_everything(office: Office) -> None:
    for words in [
        "退订",
        "不要再发了",
        "取消订阅",
        "别给我发消息了",
        "TD",
        "烦死了，别发了",
        "不想再收到你们的消息了",
        "不要每天给我发这些了",
        "能不能别发了",
        "关闭通知",
        "stop",
    ]:
        office.says("订阅防汛、消防")
        assert "已全部退订" in office.says(words)
        person = office.person()
        assert person
        assert not person.topics
        assert not person.frequency


def test_one_topic_ends_alone(office: Office) -> None:
    office.says("订阅防汛、消防、高温")
    assert office.says("退订消防") == "已退订：消防。"
    assert office.says("取消高温提醒") == "已退订：高温。"
    person = office.person()
    assert person
    assert person.topics == ("防汛",)


def test_a_topic_that_there_is_none_of_shows_those_there_are(office: Office) -> None:
    assert "没有这个主题" in office.says("订阅足球新闻")


def test_who_asks_how_is_shown_how_and_nothing_changes(office: Office) -> None:
    office.says("订阅防汛")
    assert "您的订阅：防汛" in office.says("怎么退订")
    assert "想收到哪些内容" in office.says("怎样订阅安全提示")
    assert office.person().topics == ("防汛",)  # type: ignore[union-attr]


def test_one_thing_is_changed_in_a_few_words(office: Office) -> None:
    for words, told in (
        ("改成每周", "频率 每周"),
        ("每天发一次就行", "频率 每天"),
        ("每周", "频率 每周"),
        ("每天", "频率 每天"),
        ("每周吧", "频率 每周"),
        ("改回每天", "频率 每天"),
        ("每周一条就行", "频率 每周"),
        ("还是每天收吧", "频率 每天"),
        ("时间改成晚上", "时段 傍晚"),
        ("我的行业是工地", "行业 建筑"),
        ("岗位电工", "岗位 电工"),
    ):
        assert f"记下了：{told}" in office.says(words)


def test_every_list_to_tap_fits_into_a_message(office: Office) -> None:
    office.says("订阅每日安全提示")
    for words in ("订阅", "订阅全部", "人群：企业", "行业：民爆", "删除我的数据"):
        assert 0 < len(office.says(words).encode()) <= 2048


def test_questions_are_answered_as_ever(office: Office) -> None:
    for words in [
        "订阅号怎么注册",
        "不要再发生事故",
        "高温几度停工",
        "取消高温津贴合法吗",
        "岗位职责是什么",
        "怎么删除监控记录",
    ]:
        assert "订阅：" not in office.says(words)
        assert office.rows(subscription) == []
        assert office.person().frequency == ""  # type: ignore[union-attr]


def test_danger_comes_before_a_subscription(office: Office) -> None:
    office.says("订阅")
    assert office.says("着火了，快来人啊").startswith("先打119")
    assert office.rows(subscription) == []


def test_the_place_that_was_told_goes_with_a_subscription(office: Office) -> None:
    office.says("我在江门市")
    office.says("订阅防汛")
    assert office.person().region == "广东省江门市"  # type: ignore[union-attr]
    assert "地区 广东省广州市" in office.says("地区：广州市")


def test_a_unit_is_joined_by_its_code(office: Office) -> None:
    [held] = office.unit(PLANT)
    assert "已加入江门机械厂" in office.says(f"加入 {held.code.lower()}")
    person = office.person()
    assert person
    assert (person.unit, person.region, person.industry) == (PLANT.name, PLANT.region, "机械制造")
    assert "没有这个代码" in office.says("加入 ZZ ZZ ZZ")
    assert "代码" in office.says("怎么加入单位")
    assert "已退出单位" in office.says("退出单位")
    assert office.person().unit == ""  # type: ignore[union-attr]


def test_a_unit_is_joined_by_its_qr(office: Office) -> None:
    [held] = office.unit(PLANT)
    assert "已加入江门机械厂" in office.does("subscribe", f"qrscene_unit-{held.code}")
    assert "已加入江门机械厂" in office.does("SCAN", f"unit-{held.code}", who=BOB)
    [held] = office.unit()
    assert held.people == 2


def test_an_officer_is_known_by_a_code_that_serves_once(office: Office) -> None:
    [held] = office.unit(PLANT)
    assert "安全联络员" in office.says(f"联络员 {held.officer_code}")
    assert "没有这个代码" in office.says(f"联络员 {held.officer_code}", who=BOB)
    [held] = office.unit()
    assert held.officer_known
    assert held.people == 1
    assert "联络员：江门机械厂" in office.says("我的数据")
    assert "0750-3860000" in office.says("我是联络员", who=BOB)


def test_data_are_shown_and_erased_after_asking_once(office: Office) -> None:
    office.says("订阅防汛")
    office.says("高温几度停工")
    office.says("没用")
    office.settle()
    shown = office.says("我的数据")
    for words in ("订阅：防汛", "聊天记录：", "对回答的评价：1条"):
        assert words in shown
    assert "不能恢复" in office.says("删除我的数据")
    assert office.says("不删除") == "好的，没有删除。"
    assert "不能恢复" in office.says("删除我的数据")
    assert office.says("确认删除").startswith("已删除")
    person = office.person()
    assert person
    assert person.state == "following"
    assert not person.topics
    assert office.rows(message_log) == []
    assert [row["address"] for row in office.rows(rating)] == [""]


def test_a_yes_to_nothing_erases_nothing(office: Office) -> None:
    office.says("订阅防汛")
    office.says("确认删除")
    assert office.person().topics == ("防汛",)  # type: ignore[union-attr]


def test_one_who_unfollows_leaves_no_trace_but_a_row(office: Office) -> None:
    [held] = office.unit(PLANT)
    office.says(f"联络员 {held.officer_code}")
    office.says("订阅防汛")
    office.does("subscribe_msg_popup_event", SubscribeMsgPopupEvent=popup("T1", "accept"))
    assert office.does("unsubscribe") == ""
    [row] = office.rows(follower)
    assert row["state"] == "left"
    assert ALICE not in row["address"]
    assert row["left_at"]
    assert (row["region"], row["unit_id"], row["industry"], row["last_message_at"]) == ("", None, "", None)
    assert not office.rows(subscription)
    assert not office.rows(consent)
    assert not office.rows(message_log)
    [officer] = office.rows(liaison_officer)
    assert officer["follower_id"] is None
    assert officer["name"] == "王工", "the list of officers is the office's own"


def test_one_who_comes_back_is_a_new_follower(office: Office) -> None:
    office.says("订阅防汛")
    office.does("unsubscribe")
    office.does("subscribe")
    assert [row["state"] for row in office.rows(follower)] == ["left", "following"]
    assert office.person().topics == ()  # type: ignore[union-attr]


def test_each_message_opens_the_window_anew(office: Office) -> None:
    office.does("subscribe")
    assert office.person().last_message_at is None  # type: ignore[union-attr]
    office.says("高温几度停工")
    office.settle()
    with office.database.begin() as db:
        db.execute(sa.update(follower).values(window_sent=5))
    before = office.person().last_message_at  # type: ignore[union-attr]
    office.says("高温几度停工")
    after = office.person().last_message_at  # type: ignore[union-attr]
    assert before
    assert after
    assert after > before
    assert [row["window_sent"] for row in office.rows(follower)] == [0]


def test_consents_are_counted_by_template(office: Office) -> None:
    both = popup("T1", "accept") + popup("T2", "reject")
    office.does("subscribe_msg_popup_event", SubscribeMsgPopupEvent=both)
    office.does("subscribe_msg_popup_event", SubscribeMsgPopupEvent=popup("T1", "accept"))
    assert [(row["template_id"], row["remaining"]) for row in office.rows(consent)] == [("T1", 2)]
    office.does("subscribe_msg_sent_event", SubscribeMsgSentEvent=sent("T1", "0"))
    assert [row["remaining"] for row in office.rows(consent)] == [2], "it was counted when it was sent"
    office.does("subscribe_msg_change_event", SubscribeMsgChangeEvent=popup("T1", "reject"))
    assert [row["remaining"] for row in office.rows(consent)] == [0]


def test_a_notice_that_found_no_consent_empties_it(office: Office) -> None:
    office.does("subscribe_msg_popup_event", SubscribeMsgPopupEvent=popup("T1", "accept"))
    office.does("subscribe_msg_sent_event", SubscribeMsgSentEvent=sent("T1", "43101"))
    assert [row["remaining"] for row in office.rows(consent)] == [0]


def popup(template: str, status: str) -> str:
    return (
        f"<List><TemplateId><![CDATA[{template}]]></TemplateId>"
        f"<SubscribeStatusString><![CDATA[{status}]]></SubscribeStatusString><PopupScene>2</PopupScene></List>"
    )


def sent(template: str, code: str) -> str:
    return (
        f"<List><TemplateId><![CDATA[{template}]]></TemplateId><MsgID>1</MsgID>"
        f"<ErrorCode>{code}</ErrorCode><ErrorStatus><![CDATA[success]]></ErrorStatus></List>"
    )


def test_who_says_where_they_live_may_have_it_noted_by_a_tap(office: Office) -> None:
    office.does("subscribe")
    office.settle()
    for said in ("我在江门市", "我家住江门"):
        told = office.says(said)
        assert "提醒和预警也按广东省江门市发给您吗" in told
        assert told.count("4. 把地区记成广东省江门市") == 1
        assert office.person().region == ""  # type: ignore[union-attr]
    assert "记下了：地区 广东省江门市" in office.says("4")
    assert office.person().region == "广东省江门市"  # type: ignore[union-attr]
    assert "地区记成" not in office.says("我在江门市")


def test_a_place_that_is_only_asked_about_is_not_offered_to_be_noted(office: Office) -> None:
    office.does("subscribe")
    office.says("电动车能停楼道吗")
    for said in ("那江门呢", "我朋友在江门", "江门的规定呢", "江门今年的安全月主题是什么"):
        assert "地区记成" not in office.says(said)
    office.says("订阅高温")
    assert office.person().region == ""  # type: ignore[union-attr]


def test_who_subscribes_keeps_the_region_that_they_chose(office: Office) -> None:
    office.says("地区：江门市")
    office.says("我在深圳")
    assert "深圳" not in office.says("订阅高温")
    assert office.person().region == "广东省江门市"  # type: ignore[union-attr]


def test_a_region_that_is_noted_with_a_subscription_is_told(office: Office) -> None:
    office.does("subscribe")
    office.says("我在江门市")
    assert "地区按您说的记成了广东省江门市" in office.says("订阅高温")
    assert office.person().region == "广东省江门市"  # type: ignore[union-attr]


def test_a_street_alone_is_asked_for_its_district(office: Office) -> None:
    assert "请写全一些" in office.says("我是外海街道的")
