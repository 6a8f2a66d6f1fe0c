"""How much of a campaign plan is read, and how much of what is wrong with it is seen.

    python -m benchmarks.plans [--misses]

seeds  the five plans of ../shared against ../shared/plans.yaml: F1 of each field, share of its notes that are found,
       findings of severity error that are none of its notes; skipped visibly where ../shared is missing
own    the plans of tests/ingest/plans/data, written for this project, against what stands beside each

Fields are compared as `plan_scoring` says: names without punctuation and usual short forms, days as exact as the
coarser. An activity of plans.yaml is found where one is told for its section. The exit code is 1 where the seeds have
an F1 below 0.97, less than 0.8 of the notes or a false error, or where the own plans have an F1 below 0.9.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from benchmarks.plan_scoring import Score, compare, plain, score
from bot.ingest.plans import as_json, extract
from bot.settings import ROOT

OWN = ROOT / "tests/ingest/plans/data"
SHARED = ROOT.parent / "shared"
LEAST_SEEDS, LEAST_NOTES, LEAST_OWN = 0.97, 0.8, 0.9


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--misses", action="store_true", help="list what was missed and what was too much")
    args = parser.parse_args()
    good = _own(args.misses)
    if not (SHARED / "plans.yaml").is_file():
        print("seeds: SKIPPED, needs ../shared/plans.yaml and ../shared/seeds")
        return 0 if good else 1
    return 0 if _seeds(args.misses) and good else 1


def _own(misses: bool) -> bool:
    total: dict[str, Score] = {}
    slowest = 0.0
    for path in sorted(OWN.glob("*.yaml")):
        found, seconds = _read(path.with_suffix(".txt"))
        slowest = max(slowest, seconds)
        _add(total, score(loaded(path), found))
    f1 = _print("own", total, misses)
    print(f"own    F1 {f1:.3f} over all fields (goal {LEAST_OWN}); slowest plan {slowest:.2f} s of processor time")
    return f1 >= LEAST_OWN


def _seeds(misses: bool) -> bool:
    total: dict[str, Score] = {}
    noted, told, false = 0, 0, 0
    for plan in loaded(SHARED / "plans.yaml")["plans"]:
        found, _ = _read(SHARED / "seeds" / plan["seed"])
        _add(total, {**score(as_expected(plan), found), **_by_section(plan, found)})
        codes = {f["code"] for f in found["findings"]}
        missing = [n["code"] for n in plan["notes"] if n["code"] not in codes]
        noted, told = noted + len(plan["notes"]), told + len(plan["notes"]) - len(missing)
        wrong = [
            f
            for f in found["findings"]
            if f["severity"] == "error" and f["code"] not in {n["code"] for n in plan["notes"]}
        ]
        false += len(wrong)
        if misses:
            print(f"    {plan['id']}: notes not found {missing}; false errors {wrong}")
    f1 = _print("seeds", total, misses)
    print(
        f"seeds  F1 {f1:.3f} over all fields (goal {LEAST_SEEDS}); {told} of {noted} notes found; {false} false errors"
    )
    return f1 >= LEAST_SEEDS and told >= LEAST_NOTES * noted and not false


def _read(path: Path) -> tuple[dict[str, Any], float]:
    begun = time.process_time()
    found = as_json(extract(path.read_text(encoding="utf-8"), path.name))
    return found, time.process_time() - begun


def _add(total: dict[str, Score], more: Mapping[str, Score]) -> None:
    for name, held in more.items():
        total.setdefault(name, Score()).add(held)


def _print(label: str, total: Mapping[str, Score], misses: bool) -> float:
    everything = Score()
    for name, held in total.items():
        print(
            f"{label:<7}{name:<12} F1 {held.f1:.3f}  right {held.right}, "
            f"missed {len(held.missed)}, extra {len(held.extra)}"
        )
        if misses:
            for what, values in (("missed", held.missed), ("extra", held.extra)):
                print("".join(f"    {what}  {v}\n" for v in values), end="")
        everything.add(Score(held.right, list(held.missed), list(held.extra)))
    return everything.f1


def loaded(path: Path) -> Any:
    """A YAML file with dates as ISO text."""
    return _texts(yaml.safe_load(path.read_text(encoding="utf-8")))


def _texts(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_texts(v) for v in value]
    if isinstance(value, dict):
        return {k: _texts(v) for k, v in value.items()}
    return value


# ── plans.yaml tells some facts in another form ─────────────────────────────


def as_expected(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan of plans.yaml in the fields of `plan extract --json`."""
    place = plan["region"]
    days = {str(a["when"]) for a in plan["activities"] if re.fullmatch(r"\d{4}-\d\d-\d\d", str(a["when"]))}
    vague = {
        f"{m[1]}-{int(m[2]):02}" for a in plan["activities"] if (m := re.match(r"(\d{4})年(\d+)月.旬", str(a["when"])))
    }
    numbers = [
        plan["own_doc_no"],
        *(d.get("no", d.get(False)) for d in plan["basis_documents"]),
    ]  # YAML takes `no` for False
    return {
        "title": plan["title"],
        "issuer": plan["issuer"],
        "region": "".join(place[k] for k in ("province", "city", "county", "township") if place.get(k)),
        "year": plan["year"],
        "theme": plan["theme"]["slogan"],
        "doc_no": plan["own_doc_no"],
        "issue_date": plan["issue_date"],
        "periods": [c for c in plan["campaigns"] if c["start"]],
        "events": [{"date": d} for d in sorted(days | vague)],
        "deadlines": [{"date": d["due"], "to": _bare(d["to"])} for d in _merged(plan["deliverables"])],
        "hotlines": [h["number"] for h in plan["hotlines"] if h["number"]],
        "laws": [re.sub(r"（.*", "", x) for x in plan["laws_named"] if "泛称" not in x],
        "doc_numbers": [n for n in numbers if n],
        "contact": plan["organisation"].get("contact_office"),
        "attachments": plan.get("attachments_listed", []),
    }


def _bare(name: str) -> str:
    return re.sub(r"（.*", "", name)


def _merged(deliverables: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Things due on one day to one office are one deadline."""
    return list({(d["due"], d["to"], None if d["due"] else d["id"]): d for d in deliverables}.values())


def _by_section(plan: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Score]:
    """Activities by section, duties by figure, and the limits of format."""
    wanted = {_section(a["section"]) for a in plan["activities"]}
    told = {_section(a["section"]) for a in found["activities"]}
    missed = [s for s in wanted if not any(t.startswith(s) or s.startswith(t) for t in told)]
    extra = [t for t in told if not any(t.startswith(s) or s.startswith(t) for s in wanted)]
    figures = [d for d in plan["content_duties"] if d.get("quantity") and d.get("unit")]
    figures += [
        {"quantity": 1, "unit": str(v)[-1]}
        for a in plan["activities"]
        if isinstance(a.get("quantity"), dict)
        for v in a["quantity"].values()
    ]
    duties = compare(figures, found["duties"], _same_figure)
    # Of the drills of each kind of place plans.yaml tells one for all.
    duties.extra = [d for d in duties.extra if not any(_same_figure(f, d) for f in figures)]
    limits = [n for d in plan["deliverables"] for n in _limits(d)]
    held = "".join(plain(x) for d in found["deadlines"] for x in d["limits"])
    lost = [x for x in limits if plain(x) not in held]
    return {
        "activities": Score(len(wanted) - len(missed), missed, extra),
        "duties": duties,
        "limits": Score(len(limits) - len(lost), lost),
    }


def _section(told: str) -> str:
    return re.sub(r"[\W_]", "", told.replace("前言", ""))


def _same_figure(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    low, _, high = str(a["quantity"]).partition("-")
    return (
        float(low) == b["quantity"] and (not high or float(high) == b["most"]) and str(a["unit"]).startswith(b["unit"])
    )


def _limits(deliverable: Mapping[str, Any]) -> list[str]:
    media = deliverable.get("media_limits") or {}
    out = list(deliverable.get("formats") or [])
    for kind in media.values():
        for value in kind.values():
            out += value if isinstance(value, list) else str(value).split("x")
    return out


if __name__ == "__main__":
    sys.exit(main())
