"""Whom a reminder is for, as the calendar says it: words -> a rule of bot/people/segments.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PUBLIC, OFFICER = "公众", "联络员"
#: Words of config/calendar.yaml -> what followers chose; everybody who works is reached with the enterprises.
CHOSEN = {name: name for name in ("企业", "农村", "社区", "学校", "家庭", "机关", "公共场所")} | {"职工": "企业"}
WORDS = (PUBLIC, OFFICER, *CHOSEN)


@dataclass(frozen=True, slots=True)
class Audience:
    """Followers of any of these kinds, of any of these industries and topics where some are named, in a region."""

    who: tuple[str, ...]
    region: str = ""
    industries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """As staff read it."""
        parts = [self.region, "、".join(self.industries), "、".join(self.who)]
        topics = f"（订阅了{'、'.join(self.topics)}）" if self.topics else ""
        return "".join(part for part in parts if part) + topics

    @property
    def rule(self) -> dict[str, Any]:
        """As segments select it; {} is everybody who follows."""
        conditions = [
            *([] if PUBLIC in self.who else [_any(_kinds(self.who))]),
            *([_among("region", (self.region,))] if self.region else []),
            *([_among("industry", self.industries)] if self.industries else []),
            *([_among("topic", self.topics)] if self.topics else []),
        ]
        return {"all": conditions} if conditions else {}


def _kinds(who: Sequence[str]) -> list[dict[str, Any]]:
    chosen = tuple(dict.fromkeys(CHOSEN[word] for word in who if word in CHOSEN))
    kinds = [_among("audience", chosen)] if chosen else []
    return kinds + ([_among("officer", ("是",))] if OFFICER in who else [])


def _any(conditions: list[dict[str, Any]]) -> dict[str, Any]:
    return conditions[0] if len(conditions) == 1 else {"any": conditions}


def _among(field: str, values: Sequence[str]) -> dict[str, Any]:
    return {"field": field, "op": "in", "values": list(values)}
