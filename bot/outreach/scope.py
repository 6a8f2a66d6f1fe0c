"""The region that an audience cannot leave: by it district staff see a broadcast, and to it what they write is kept.

Pure. Regions are full names, of which a larger one begins those inside it: 广东省江门市 and 广东省江门市江海区.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.answers.regions import NATIONWIDE


def confined(rule: object) -> str:
    """How all regions of a rule's people begin, "" where they may be anywhere. Of a rule that is none: ""."""
    if not isinstance(rule, Mapping):
        return ""
    if "field" in rule:
        return _shared(_values(rule)) if rule["field"] == "region" else ""
    every, some = rule.get("all"), rule.get("any")
    parts = [confined(part) for part in every] if _is_list(every) else []
    if _is_list(some):
        parts.append(_shared([confined(part) for part in some]))
    return max(parts, key=len, default="")


def confine(rule: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The rule, without anybody outside a region."""
    if not region or confined(rule).startswith(region):
        return dict(rule)
    within = {"field": "region", "op": "in", "values": [region]}
    return {"all": [within, dict(rule)]} if rule else {"all": [within]}


def meets(region: str, other: str) -> bool:
    """Whether somebody may be in both; "" is everywhere."""
    return region.startswith(other) or other.startswith(region)


def _values(rule: Mapping[str, Any]) -> list[str]:
    held = rule.get("values")
    return [str(value).strip() for value in held] if _is_list(held) else []


def _shared(regions: Iterable[str]) -> str:
    """How all of them begin."""
    held = ["" if region == NATIONWIDE else region for region in regions]
    return os.path.commonprefix(held) if held else ""


def _is_list(held: object) -> bool:
    return isinstance(held, Sequence) and not isinstance(held, str)
