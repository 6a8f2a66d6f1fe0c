"""The five seed plans of ../shared against what a person wrote down of them."""

import pytest

from benchmarks.plan_scoring import Score, score
from benchmarks.plans import as_expected, loaded
from bot.ingest.plans import as_json, extract

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def seeds(shared):
    """Each plan of plans.yaml with what was read from its document."""
    rows = loaded(shared / "plans.yaml")["plans"]
    return [(r, as_json(extract((shared / "seeds" / r["seed"]).read_text(encoding="utf-8"), r["seed"]))) for r in rows]


def test_nearly_every_fact_of_the_seeds_is_read(seeds):
    total = Score()
    for plan, found in seeds:
        for held in score(as_expected(plan), found).values():
            total.add(held)
    assert total.f1 >= 0.97, (total.missed, total.extra)


def test_most_notes_are_found_and_no_error_is_false(seeds):
    notes, told = 0, 0
    for plan, found in seeds:
        known = {n["code"] for n in plan["notes"]}
        codes = {f["code"] for f in found["findings"]}
        notes, told = notes + len(plan["notes"]), told + sum(n["code"] in codes for n in plan["notes"])
        assert {f["code"] for f in found["findings"] if f["severity"] == "error"} <= known
    assert told >= 0.8 * notes
