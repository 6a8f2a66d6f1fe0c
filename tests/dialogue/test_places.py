"""Places in what people say: only those that our tables know."""

import pytest

from bot.answers.matching import level
from bot.answers.regions import Gazetteer
from bot.dialogue.home import is_here
from bot.dialogue.places import Places

PLACES = Places(Gazetteer(["广东省江门市江海区", "吉林省"]))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("江门市江海区", "广东省江门市江海区"),
        ("江海", "广东省江门市江海区"),
        ("江门", "广东省江门市"),
        ("广东深圳龙岗", "广东省深圳市"),
        ("長沙", "湖南省长沙市"),
        ("恩施", "湖北省恩施土家族苗族自治州"),
        ("西双版纳", "云南省西双版纳傣族自治州"),
        ("内蒙古包头", "内蒙古自治区包头市"),
        ("北京市朝阳区", "北京市"),
        ("朝阳区", ""),
        ("海南", "海南省"),
        ("吉林", "吉林省"),
        ("吉林市", "吉林省吉林市"),
        ("新疆喀什", "新疆维吾尔自治区喀什地区"),
        ("火星", ""),
        ("", ""),
        ("😀", ""),
        ("我们那", ""),
        ("广东省人民政府在广州市", "广东省广州市"),
        ("香港", "香港特别行政区"),
    ],
)
def test_place_is_found(text: str, place: str) -> None:
    assert PLACES.find(level(text)) == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("我在江门市江海区", "广东省江门市江海区"),
        ("我们公司在湖南长沙，高温多少度停工", "湖南省长沙市"),
        ("俺是吉林的", "吉林省"),
        ("我住深圳", "广东省深圳市"),
        ("我家在广东", "广东省"),
        ("广东高温多少度停工", ""),
        ("我在网上看到广东要停工", ""),
        ("我在工地", ""),
        ("我是北京朝阳区的", "北京市"),
        ("湖南呢", ""),
    ],
)
def test_place_is_somebodys_own_only_when_they_say_so(text: str, place: str) -> None:
    assert PLACES.told(level(text)) == place


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("我在江门市江海区", True),
        ("我在深圳上班", True),
        ("我在深圳龙岗区这边。", True),
        ("我在深圳，高温多少度停工", False),
        ("我在深圳摔断了腿", False),
    ],
)
def test_message_that_only_tells_a_place_is_known(text: str, alone: bool) -> None:
    assert bool(PLACES.told(level(text), alone=True)) is alone


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我在深圳,高温多少度停工", "高温多少度停工"),
        ("广东高温多少度停工", "高温多少度停工"),
        ("高温几度停工", "高温几度停工"),
        ("广东深圳", ""),
    ],
)
def test_question_is_left_without_its_place(text: str, left: str) -> None:
    assert PLACES.without(text) == left


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("我们这里呢", True),
        ("那我们这儿呢?", True),
        ("本地有什么规定", True),
        ("咱们市里呢", True),
        ("我这边怎么规定", True),
        ("我们这里罚多少", False),
        ("我们这里着火了", False),
        ("我们呢", False),
        ("这里呢", False),
    ],
)
def test_question_for_ones_own_place_is_known(text: str, here: bool) -> None:
    assert is_here(level(text)) is here
