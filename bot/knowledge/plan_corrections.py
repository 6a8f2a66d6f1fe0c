"""What staff correct of a campaign plan that was read: which fields, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot.answers.cities import provinces
from bot.answers.regions import NATIONWIDE
from bot.errors import KnowledgeError
from bot.ingest.plans.proposal import Fact

#: What staff may correct of a fact, and how long it may be.
CORRECTED = {"what": 300, "date": 10, "start": 10, "end": 10, "to": 100, "who": 100, "number": 60, "quantity": 12}
_LONGEST_REGION = 60
_DAY = re.compile(r"(?:\d{4}-)?\d\d-\d\d|\d{4}-\d\d")


def faults(fact: Fact, fields: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with what staff wrote instead, by field: what it is, and how to write it."""
    found = {}
    for name, value in fields.items():
        if name not in CORRECTED:
            found[name] = "没有这个字段"
        elif len(value) > CORRECTED[name]:
            found[name] = f"太长，最多{CORRECTED[name]}个字"
        elif name in ("date", "start", "end") and value and not _is_day(value):
            found[name] = f"“{value}”不是日期，要写成 2026-06-16 这样；不知道年份的写 06-16，不知道哪天的空着"
        elif name == "quantity" and value and not re.fullmatch(r"\d{1,9}(?:\.\d{1,2})?", value):
            found[name] = f"数量要填数字，现在是“{value}”"
    if not found and fields.get("start", fact.start) > fields.get("end", fact.end) > "":
        found["end" if "end" in fields else "start"] = "开始日期晚于结束日期，请核对"
    return found


def corrected(fact: Fact, fields: Mapping[str, str]) -> Fact:
    """A fact with what staff wrote instead. Raises KnowledgeError, saying which fact and how to write it."""
    for name, wrong in faults(fact, fields).items():
        raise KnowledgeError(f"{fact.id}，{name}：{wrong}")
    plain: dict[str, Any] = dict(fields)
    if "quantity" in plain:
        plain["quantity"] = float(plain["quantity"]) if plain["quantity"] else None
    return replace(fact, **plain)


def _is_day(text: str) -> bool:
    """2026-06-16, 2026-06 where only the month is told, 06-16 where the year is not known."""
    if not _DAY.fullmatch(text):
        return False
    full = {5: f"2024-{text}", 7: f"{text}-01"}.get(len(text), text)  # a leap year: it has all days
    try:
        date.fromisoformat(full)
    except ValueError:
        return False
    return True


def region_fault(region: str) -> str:
    """What is wrong with the place of a plan: reminders go to followers by their full place."""
    if not region or region == NATIONWIDE or region.startswith(provinces()):
        return "" if len(region) <= _LONGEST_REGION else f"太长，最多{_LONGEST_REGION}个字"
    return f"“{region[:20]}”要从省写起，例如：广东省江门市蓬江区；全国的写“全国”"
