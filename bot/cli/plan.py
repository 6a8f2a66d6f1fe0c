"""`safetybot plan …`: campaign plans as proposals that staff tick. Prints Chinese: staff read it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli import grammar
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.knowledge.plans import PlanDesk, StoredPlan


def add(commands: Any) -> None:
    """Add these commands to the parser."""
    parser = commands.add_parser("plan", help="campaign plans: read one, tick its facts, make them live")
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="DEED")
    extract = grammar.add(deeds, "extract", _extract, "读一份活动方案，显示读出的内容，不存储")
    extract.add_argument("file", type=Path, metavar="FILE")
    extract.add_argument("--json", action="store_true")
    bring = grammar.add(deeds, "import", _import, "读一份活动方案，存为待确认")
    bring.add_argument("files", type=Path, nargs="+", metavar="FILE")
    bring.add_argument("--by", default="", help="谁（留在历史里）")
    grammar.add(deeds, "list", _list, "列出方案")
    show = grammar.add(deeds, "show", _show, "一份方案的全部事项、出处和问题")
    show.add_argument("id", type=int)
    show.add_argument("--json", action="store_true")
    accept = grammar.add(deeds, "accept", _accept, "让勾选的事项生效（默认全部）")
    accept.add_argument("id", type=int)
    accept.add_argument("--only", type=_names, default=(), metavar="FACT,…", help="只要这些事项")
    accept.add_argument("--kinds", type=_names, default=(), metavar="KIND,…", help="只要这些类别")
    withdraw = grammar.add(deeds, "withdraw", _withdraw, "让一份方案不再生效")
    withdraw.add_argument("id", type=int)
    for deed in (accept, withdraw):
        deed.add_argument("--by", default="", help="谁（留在历史里）")
        deed.add_argument("--why", default="", help="为什么（留在历史里）")


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())


def _desk(settings: Settings) -> PlanDesk:
    return grammar.services(settings).plan_desk


def _extract(args: argparse.Namespace, settings: Settings) -> int:
    from bot.ingest.plans import as_json, as_text, extract_file

    proposal = extract_file(args.file, settings.knowledge_dir / "calendar.yaml")
    print(json.dumps(as_json(proposal), ensure_ascii=False, indent=1) if args.json else as_text(proposal))
    return 0


def _import(args: argparse.Namespace, settings: Settings) -> int:
    from bot.ingest.plans import extract_file

    desk = _desk(settings)
    for path in args.files:
        proposal = extract_file(path, settings.knowledge_dir / "calendar.yaml")
        held, new = desk.store(proposal, path.name, args.by)
        print(_line(held) if new else f"{_line(held)}  （早已存入，没有变化）")
    return 0


def _list(_args: argparse.Namespace, settings: Settings) -> int:
    for held in _desk(settings).plans():
        print(_line(held))
    return 0


def _line(held: StoredPlan) -> str:
    from bot.knowledge.states import PLAN_WORDS

    facts, ticked = len(held.proposal.facts), len(held.accepted)
    year = held.proposal.year or "年份不明"
    return f"{held.id}  {PLAN_WORDS[held.state]}  {year}  {held.title}  {facts} 项，采用 {ticked} 项"


def _show(args: argparse.Namespace, settings: Settings) -> int:
    from bot.ingest.plans.proposal import to_row

    held = _desk(settings).plan(args.id)
    if args.json:
        state = {"id": held.id, "state": held.state, "file": held.file, "accepted": held.accepted}
        print(json.dumps({**state, "proposal": to_row(held.proposal)}, ensure_ascii=False))
        return 0
    print(_line(held))
    for fact in held.proposal.facts:
        tick = "√" if fact.id in held.accepted else " "
        when = fact.date or "～".join(d for d in (fact.start, fact.end) if d)
        what = "  ".join(p for p in (fact.number, fact.what) if p) or fact.sentence
        print(f"[{tick}] {fact.id}  {fact.section}  {when}  {what}  {fact.confidence:.2f}")
    for finding in held.proposal.findings:
        print(f"!  {finding.severity}  {finding.where}  {finding.message}")
    return 0


def _accept(args: argparse.Namespace, settings: Settings) -> int:
    from bot.knowledge.plans import select

    desk = _desk(settings)
    ids = select(desk.plan(args.id).proposal, args.only, args.kinds)
    changed = desk.accept(args.id, ids, args.by, args.why)
    print(_line(desk.plan(args.id)) + ("" if changed else "  （没有变化）"))
    return 0


def _withdraw(args: argparse.Namespace, settings: Settings) -> int:
    desk = _desk(settings)
    changed = desk.withdraw(args.id, args.by, args.why)
    print(_line(desk.plan(args.id)) + ("" if changed else "  （没有变化）"))
    return 0
