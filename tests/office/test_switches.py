"""What is switched off says so politely, with its reason; what may save a life is told whatever is off."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.answers import Answerer
from bot.dialogue import Dialogue
from bot.messages import MessageKind
from bot.people import PeopleFlow, load_choices
from bot.services import PEOPLE
from bot.settings import AnswerSettings, OfficeSettings
from bot.switches import Function
from tests import bases
from tests.dialogue.conftest import Talk

HERE = OfficeSettings(name="江海区安委办", phone="0750-3860000")
WHY = "系统维护，今晚恢复。"
SAID = "暂停服务：系统维护，今晚恢复。急事请拨0750-3860000"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return bases.answerer(bases.small(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="module")
def shipped() -> Answerer:
    return bases.answerer(bases.shipped())


def talk(bot: Answerer, off: Mapping[Function, str]) -> Talk:
    choices = load_choices(PEOPLE)
    held = Answerer(bot.parts, AnswerSettings(), HERE, off)
    return Talk(Dialogue(lambda: held, [lambda speaker: PeopleFlow(speaker, choices)]))


def test_questions_get_the_reason_and_emergencies_get_help(small: Answerer) -> None:
    person = talk(small, {Function.ANSWERS: WHY})
    assert person.says("高温几度停工").startswith(f"问答{SAID}")
    assert person.says("高温几度停工？另外高温津贴发多少？").startswith("问答暂停服务")
    assert person.says("安全生产法第二十五条").startswith("问答暂停服务")
    assert "119" in person.says("我家厨房着火了，快来人")
    assert "119" in person.says("着火了")
    assert not person.says("我家厨房着火了，快来人").startswith("问答")


def test_what_was_offered_leads_to_the_reason_too(small: Answerer) -> None:
    person = talk(small, {Function.ANSWERS: WHY})
    assert "江海区安委办" in person.does("subscribe")
    assert person.says("1").startswith("问答暂停服务")


def test_following_leaving_and_stopping_go_on(small: Answerer) -> None:
    person = talk(small, dict.fromkeys(Function, WHY))
    assert "江海区安委办" in person.does("subscribe")
    person.says("退订")
    assert [type(e).__name__ for e in person.events][-1] == "Chose"
    assert person.says("删除我的数据").startswith("要删除您的聊天记录")
    assert person.says("帮助").startswith("我能做这些")


@pytest.mark.parametrize("said", ["订阅", "订阅高温", "加入 AB12CD", "行业：建筑", "联络员"])
def test_subscriptions_that_are_off_begin_nothing(small: Answerer, said: str) -> None:
    person = talk(small, {Function.SUBSCRIPTIONS: WHY})
    assert person.says(said).startswith(f"订阅和单位登记{SAID}")
    assert not person.events


def test_a_tap_of_the_menu_is_no_way_around(small: Answerer) -> None:
    person = talk(small, {Function.SUBSCRIPTIONS: WHY})
    assert person.does("click", "订阅").startswith("订阅和单位登记")


def test_nobody_is_handed_over_while_that_is_off(small: Answerer) -> None:
    assert talk(small, {Function.HANDOVER: WHY}).says("转人工").startswith(f"转人工{SAID}")
    assert "0750-3860000" in talk(small, {}).says("转人工")


def test_the_page_may_be_off_while_the_account_answers(small: Answerer) -> None:
    person = talk(small, {Function.WEB: WHY})
    assert "四十度" in person.says("高温几度停工")
    assert person.says("高温几度停工", channel="web").startswith(f"网页问答{SAID}")
    assert "119" in person.says("我家厨房着火了，快来人", channel="web")


def test_hazards_that_are_off_leave_all_other_answers(shipped: Answerer) -> None:
    person = talk(shipped, {Function.HAZARDS: WHY})
    assert person.says("我要举报楼下工厂锁闭安全出口").startswith(f"隐患举报指引{SAID}")
    assert not person.says("灭火器多久检查一次").startswith("隐患")


def test_who_thinks_of_harming_themselves_is_not_sent_away(shipped: Answerer) -> None:
    person = talk(shipped, dict.fromkeys(Function, WHY))
    assert "12356" in person.says("我不想活了")


def test_what_is_off_says_so_whatever_kind_of_message_asks(small: Answerer) -> None:
    assert talk(small, {Function.ANSWERS: WHY}).says("高温几度停工", MessageKind.VOICE).startswith("问答暂停服务")
