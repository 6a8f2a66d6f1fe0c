"""Which rule holds where, and which place a question names."""

import pytest

from bot.answers.regions import Gazetteer, covers, parts, short

JIANGHAI = "广东省江门市江海区"


@pytest.mark.parametrize(
    ("region", "place", "held"),
    [
        ("全国", "全国", True),
        ("全国", JIANGHAI, True),
        ("广东省", JIANGHAI, True),
        ("广东省江门市", JIANGHAI, True),
        (JIANGHAI, JIANGHAI, True),
        (JIANGHAI, "广东省江门市", False),
        ("广东省", "全国", False),
        ("广东省", "湖北省通山县", False),
        ("汕头市", "广东省汕头市", True),
        ("汕头市", JIANGHAI, False),
    ],
)
def test_rule_holds_in_its_place_and_below_it(region: str, place: str, held: bool) -> None:
    assert covers(region, place) is held


@pytest.mark.parametrize(
    ("region", "held"),
    [
        ("全国", []),
        ("广东省", ["广东省"]),
        (JIANGHAI, ["广东省", "江门市", "江海区"]),
        ("内蒙古自治区呼和浩特市", ["内蒙古自治区", "呼和浩特市"]),
        ("香港特别行政区", ["香港特别行政区"]),
        ("火星", ["火星"]),
    ],
)
def test_place_is_taken_apart(region: str, held: list[str]) -> None:
    assert parts(region) == held


@pytest.mark.parametrize(
    ("part", "held"), [("江门市", "江门"), ("广东省", "广东"), ("冀州区", "冀州"), ("通山县", "通山"), ("吉县", "吉县")]
)
def test_place_is_known_by_its_short_name(part: str, held: str) -> None:
    assert short(part) == held


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("广东高温几度停工", "广东省"),
        ("江门市高温津贴", "广东省江门市"),
        ("我在江海,厂里没消防通道", JIANGHAI),
        ("广东江门江海区的活动", JIANGHAI),
        ("冀州的方案", "河北省衡水市冀州区"),
        ("高温几度停工", ""),
        ("", ""),
    ],
)
def test_most_exact_place_named_is_meant(text: str, place: str) -> None:
    known = Gazetteer(["全国", "广东省", "广东省江门市", JIANGHAI, "河北省衡水市冀州区"])
    assert known.find(text) == place


def test_without_places_none_is_found() -> None:
    assert Gazetteer(["全国"]).find("广东") == ""
    assert Gazetteer([]).find("广东") == ""


@pytest.mark.parametrize(
    ("name", "place"), [("江海区", JIANGHAI), ("江海", JIANGHAI), ("江", ""), ("在江海区", ""), ("", "")]
)
def test_place_is_known_by_exactly_its_name(name: str, place: str) -> None:
    assert Gazetteer([JIANGHAI]).named(name) == place
