"""Campaign plans of invented places, as they are read from documents, and a base that answers from them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from bot.answers import Base, build
from bot.ingest.plans.answers import to_knowledge
from bot.ingest.plans.proposal import Proposal, from_row
from tests import bases

FOLDER = Path(__file__).parent / "ingest" / "plans" / "data" / "answers"
NAMES = ("district-2024", "district-2025", "schools-2024", "town-fire-2024", "province-disaster-2025", "company-2025")
DISTRICT, TOWN = "云岭省澜江市石渡区", "云岭省澜江市青禾县白鹭镇"


@cache
def proposal(name: str) -> Proposal:
    """One of NAMES."""
    return from_row(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


@cache
def base(folder: Path) -> Base:
    """The small base of tests with all these plans beside its own two, built once below `folder`."""
    made = [to_knowledge(proposal(name)) for name in NAMES]
    entries = [e for _, of_plan in made for e in of_plan]
    plans = (*bases.PLANS, *(plan for plan, _ in made))
    return build(bases.knowledge(*entries, plans=plans), [], folder / "plans-base")
