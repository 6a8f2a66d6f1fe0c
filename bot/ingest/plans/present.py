"""A proposal as the command prints it: JSON for programs, Chinese for staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bot.ingest.plans.proposal import Fact, FactKind, Proposal

_EMPTY: tuple[Any, ...] = ("", (), [])


def as_json(proposal: Proposal) -> dict[str, Any]:
    """What `plan extract --json` prints: lists by kind, null where the document does not tell."""
    return {
        **{k: getattr(proposal, k) or None for k in ("title", "issuer", "region")},
        "sector": list(proposal.sector),
        "year": proposal.year,
        "theme": proposal.theme or None,
        "doc_no": proposal.doc_no or None,
        "issue_date": proposal.issue_date or None,
        "periods": [
            {"name": f.what, **_only(f, "start", "end", "when", "section")} for f in proposal.of(FactKind.PERIOD)
        ],
        "events": [
            _only(f, "date", "what", "start", "end", "when", "who", "section") for f in proposal.of(FactKind.EVENT)
        ],
        "deadlines": [
            _only(f, "date", "what", "to", "who", "when", "limits", "recurring", "section")
            for f in proposal.of(FactKind.DEADLINE)
        ],
        "activities": [
            {
                "title": f.what,
                **_only(f, "audience", "channels", "who", "date", "start", "end", "when", "recurring", "section"),
            }
            for f in proposal.of(FactKind.ACTIVITY)
        ],
        "duties": [
            _only(f, "what", "quantity", "most", "unit", "comparator", "per", "who", "recurring", "section")
            for f in proposal.of(FactKind.DUTY)
        ],
        "hotlines": [f.number for f in proposal.of(FactKind.HOTLINE)],
        "laws": [f.what for f in proposal.of(FactKind.LAW)],
        "documents": [{"title": f.what or None, "number": f.number or None} for f in proposal.of(FactKind.DOCUMENT)],
        "doc_numbers": _numbers(proposal),
        "organisation": next((f.what for f in proposal.of(FactKind.ORGANISATION)), None),
        "contact": next((f.what for f in proposal.of(FactKind.CONTACT)), None),
        "goal": next((f.what for f in proposal.of(FactKind.GOAL)), None),
        "requirements": [f.what for f in proposal.of(FactKind.REQUIREMENT)],
        "attachments": [f.what for f in proposal.of(FactKind.ATTACHMENT)],
        "sections": [{"number": s.number, "title": s.title} for s in proposal.sections],
        "findings": [asdict(f) for f in proposal.findings],
        "facts": [{k: None if v in _EMPTY else v for k, v in asdict(f).items()} for f in proposal.facts],
    }


def _only(fact: Fact, *names: str) -> dict[str, Any]:
    values = {n: getattr(fact, n) for n in names}
    return {n: list(v) if isinstance(v, tuple) else None if v in _EMPTY else v for n, v in values.items()}


def _numbers(proposal: Proposal) -> list[str]:
    """The plan's own number first, then those it cites, each once."""
    cited = (f.number for f in proposal.of(FactKind.DOCUMENT) if f.number)
    return list(dict.fromkeys(n for n in (proposal.doc_no, *cited) if n))


#: As staff read them.
KIND_WORDS = {
    FactKind.THEME: "主题",
    FactKind.PERIOD: "时间",
    FactKind.EVENT: "日程",
    FactKind.DEADLINE: "报送期限",
    FactKind.ACTIVITY: "活动",
    FactKind.DUTY: "数量要求",
    FactKind.HOTLINE: "热线",
    FactKind.LAW: "法规",
    FactKind.DOCUMENT: "文件",
    FactKind.ORGANISATION: "组织机构",
    FactKind.CONTACT: "联系单位",
    FactKind.REQUIREMENT: "工作要求",
    FactKind.GOAL: "目标",
    FactKind.ATTACHMENT: "附件",
    FactKind.AUDIENCE: "对象",
}
SEVERITY_WORDS = {"error": "矛盾", "warn": "注意", "info": "提示"}


def as_text(proposal: Proposal) -> str:
    """The proposal for staff: what was read, fact by fact with its section, then what to look at."""
    return "\n".join(_lines(proposal))


def _lines(proposal: Proposal) -> Iterator[str]:
    yield proposal.title or "（没有读出标题）"
    told = {
        "发文单位": proposal.issuer,
        "适用地区": proposal.region,
        "领域": "、".join(proposal.sector),
        "年份": str(proposal.year or ""),
        "主题": proposal.theme,
        "本文件文号": proposal.doc_no,
        "成文日期": proposal.issue_date,
    }
    yield from (f"  {name}：{value or '没有写'}" for name, value in told.items())
    for kind, name in KIND_WORDS.items():
        facts = proposal.of(kind)
        if facts and kind is not FactKind.THEME:
            yield f"\n{name}（{len(facts)}）"
            yield from (f"  [{f.id}] {_line(f)}" for f in facts)
    if proposal.findings:
        yield f"\n请核对（{len(proposal.findings)}）"
        yield from (f"  【{SEVERITY_WORDS[f.severity]}】{f.where}：{f.message}（{f.code}）" for f in proposal.findings)


def _line(fact: Fact) -> str:
    span = f"{fact.start or '？'} 至 {fact.end or '？'}" if fact.start or fact.end else fact.date
    figure = _figure(fact)
    pieces = [
        span or fact.when if fact.kind in (FactKind.DEADLINE, FactKind.EVENT, FactKind.PERIOD) else span,
        fact.number,
        figure,
        fact.what,
    ]
    tail = [
        f"由{fact.who}" if fact.who else "",
        f"报{fact.to}" if fact.to else "",
        "、".join(fact.limits),
        f"见{fact.section}",
    ]
    sure = "" if fact.confidence >= 0.8 else f"（把握{fact.confidence:.0%}）"
    return "  ".join(p for p in pieces if p) + "；" + "；".join(t for t in tail if t) + sure


def _figure(fact: Fact) -> str:
    """>=2小时, 1-2次; "" where the fact has no figure."""
    if fact.quantity is None:
        return ""
    sign = "" if fact.comparator in ("range", "=") else fact.comparator
    return f"{sign}{fact.quantity:g}{f'-{fact.most:g}' if fact.most else ''}{fact.unit}"
