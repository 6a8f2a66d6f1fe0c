"""The region that an audience cannot leave: by it district staff see a broadcast, and to it what they write is kept.

Pure. Regions are full names, of which a larger one begins those inside it: 广东省江门市 and 广东省江门市江海区.
"""

from __future__ import annotations

import os.path
from collections.abc import Mapping, Sequence
from typing import Any

from bot.answers.regions import NATIONWIDE


def confined(rule: object) -> str:
    """How all regions of a rule's people begin, "" where they may be anywhere. Of a rule that is none: ""."""
    if not isinstance(rule, Mapping):
        return ""
    if "field" in rule:
        regions = [str(value).strip() for value in _list(rule.get("values"))]
        return _shared(regions) if rule["field"] == "region" else ""
    parts = [confined(part) for part in _list(rule.get("all"))]
    return max([*parts, _shared([confined(part) for part in _list(rule.get("any"))])], key=len)


def confine(rule: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The rule, without anybody outside a region."""
    if not region or confined(rule).startswith(region):
        return dict(rule)
    within = {"field": "region", "op": "in", "values": [region]}
    return {"all": [within, dict(rule)]} if rule else {"all": [within]}


def meets(region: str, other: str) -> bool:
    """Whether somebody may be in both; "" is everywhere."""
    return region.startswith(other) or other.startswith(region)


def _shared(regions: Sequence[str]) -> str:
    """How all of them begin; "" where there is none."""
    return os.path.commonprefix(["" if region == NATIONWIDE else region for region in regions])


def _list(held: object) -> Sequence[object]:
    return held if isinstance(held, Sequence) and not isinstance(held, str) else ()
