"""The region that an audience cannot leave."""

from __future__ import annotations

from typing import Any

import pytest

from bot.outreach.scope import confine, confined

CITY, EAST, WEST = "广东省江门市", "广东省江门市江海区", "广东省江门市蓬江区"


def among(*regions: str) -> dict[str, Any]:
    return {"field": "region", "op": "in", "values": list(regions)}


@pytest.mark.parametrize(
    ("rule", "region"),
    [
        ({}, ""),
        (among(EAST), EAST),
        (among(EAST, WEST), CITY),
        (among(EAST, "全国"), ""),
        ({"all": [among(EAST), {"field": "topic", "values": ["高温"]}]}, EAST),
        ({"all": [among(CITY), {"any": [among(EAST), {"all": [among(EAST)]}]}]}, EAST),
        ({"any": [among(EAST), {"field": "topic", "values": ["高温"]}]}, ""),
        ({"all": [among(EAST)], "not": [among(WEST)]}, EAST),
        ({"not": [among(EAST)]}, ""),
        ({"field": "unit", "values": [EAST]}, ""),
        ({"all": "广东省"}, ""),
        ([], ""),
    ],
)
def test_region_of_a_rule(rule: object, region: str) -> None:
    assert confined(rule) == region


@pytest.mark.parametrize("rule", [{}, among(WEST), among(CITY), {"any": [among(EAST), among(WEST)]}, {"not": [{}]}])
def test_a_confined_rule_stays_inside(rule: dict[str, Any]) -> None:
    assert confined(confine(rule, EAST)) == EAST


def test_what_stays_inside_is_left_as_it_is() -> None:
    assert confine(among(EAST), CITY) == among(EAST)
    assert confine(among(WEST), "") == among(WEST)
