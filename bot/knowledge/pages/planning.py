"""Campaign plans: what was read, beside the sentences it was read from; corrected, ticked, accepted, withdrawn."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.console import Clash, Pages, current, flash, page, record
from bot.errors import ContentError, ContentErrors, KnowledgeError
from bot.ingest.plans import KIND_WORDS, SEVERITY_WORDS, Fact, FactKind
from bot.knowledge.pages.room import Reminder, Room, may_read, now
from bot.knowledge.plan_corrections import faults, region_fault
from bot.knowledge.plans import ROW_KINDS, ClashError, StoredPlan
from bot.knowledge.states import PLAN_WORDS, PlanState
from bot.staff import Permission

log = logging.getLogger(__name__)

#: From here on a fact is ticked until somebody unticks it.
_SURE = 0.7
_SHOWN = 60
_TICKED = {True: "勾选", False: "没有勾选"}
_NAMES = {
    "what": "内容", "date": "日期", "start": "开始", "end": "结束", "to": "报给谁", "who": "谁来做", "number": "号码",
    "quantity": "数量", "region": "地区",
}  # fmt: skip
#: What of a fact of each kind can be corrected, besides its words.
_FIELDS = {
    FactKind.PERIOD: ("what", "start", "end"),
    FactKind.EVENT: ("what", "date", "start", "end", "who"),
    FactKind.DEADLINE: ("what", "date", "to", "who"),
    FactKind.ACTIVITY: ("what", "date", "start", "end", "who"),
    FactKind.DUTY: ("what", "quantity", "who"),
    FactKind.HOTLINE: ("what", "number"),
    FactKind.DOCUMENT: ("what", "number"),
}
_PLACEHOLDERS = {"date": "2026-06-16", "start": "2026-06-01", "end": "2026-06-30"}
_MOVES = {
    "import": "存入", "accept": "采用", "withdraw": "撤回", "correct": "更正", "submit": "提交审核", "return": "退回",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A fact in the form. fields: name of the input, label, value, example, what is wrong with it."""

    fact: Fact
    is_ticked: bool
    is_sure: bool
    is_reminder: bool
    fields: tuple[tuple[str, str, str, str, str], ...]


def add(pages: Pages, room: Room) -> None:
    """Add these pages."""

    @pages.get("/plans", Permission.READ_KNOWLEDGE)
    def plans() -> str:
        staff = current()
        found = [p for p in reversed(room.plan_desk.plans()) if may_read(staff, p.proposal.region)]
        return page("knowledge/plans.html", found=found, states=PLAN_WORDS)

    @pages.get("/plans/<int:number>", Permission.READ_KNOWLEDGE)
    def plan(number: int) -> str:
        return _page(room, _held(room, number))

    @pages.post("/plans/<int:number>", Permission.WRITE_KNOWLEDGE)
    def correct(number: int) -> BaseResponse | tuple[str, int]:
        held, me = _changed(room, number), current().name
        corrections = {f.id: c for f in held.proposal.facts if (c := _corrections(f))}
        wrong = {
            f"{f.id}.{name}": told for f in held.proposal.facts
            for name, told in faults(f, corrections.get(f.id, {})).items()
        }  # fmt: skip
        if (region := _region(held)) is not None and (told := region_fault(region)):
            wrong["region"] = told
        if wrong:
            return _page(room, held, wrong), 422
        try:
            ticked = _save(room, held, corrections)
        except ClashError as e:
            return _page(room, _changed(room, number), clash=str(e)), 409
        if request.form.get("do") != "submit":
            flash(f"已保存：勾选了 {len(ticked)} 项。还没有提交审核，也没有生效。")
            return redirect(f"/staff/knowledge/plans/{number}", 303)
        room.plan_desk.submit(number, me)
        record("plan.submit", "plan", number, after={"ticked": ticked})
        flash(f"已提交 {len(ticked)} 项。另一位同事审核采用后，几秒内生效，提醒也会排好。")
        return redirect(f"/staff/knowledge/plans/{number}", 303)

    @pages.post("/plans/<int:number>/accept", Permission.REVIEW_KNOWLEDGE)
    def accept(number: int) -> BaseResponse:
        held = _changed(room, number)
        ticked = room.plan_desk.accept_submitted(number, request.form.get("seen", ""), current().name)
        record("plan.accept", "plan", number, before={"accepted": held.accepted}, after={"accepted": ticked})
        flash(f"已采用 {len(ticked)} 项：几秒内就能回答，提醒也排好了，见下面。")
        return redirect(f"/staff/knowledge/plans/{number}", 303)

    @pages.post("/plans/<int:number>/return", Permission.REVIEW_KNOWLEDGE)
    def give_back_plan(number: int) -> BaseResponse:
        held = _changed(room, number)
        why = request.form.get("reason", "").strip()[:300]
        if not why:
            raise KnowledgeError("请写明要改什么，提交的同事看得到")
        room.plan_desk.give_back(number, current().name, why)
        before, after = {"submitted_by": held.submitted_by}, {"submitted_by": ""}
        record("plan.return", "plan", number, before=before, after=after, reason=why)
        flash("已退回。改好以后再提交。")
        return redirect(f"/staff/knowledge/plans/{number}", 303)

    @pages.post("/plans/<int:number>/withdraw", Permission.REVIEW_KNOWLEDGE)
    def take_back(number: int) -> BaseResponse:
        held = _changed(room, number)
        why = request.form.get("reason", "").strip()[:300]
        if not why:
            raise KnowledgeError("请写明为什么撤回")
        room.plan_desk.withdraw(number, current().name, why)
        record("plan.withdraw", "plan", number, before={"accepted": held.accepted}, after={}, reason=why)
        flash("已撤回：不再这样回答，没发出的提醒也不再发。")
        return redirect(f"/staff/knowledge/plans/{number}", 303)


def _page(room: Room, held: StoredPlan, wrong: Mapping[str, str] | None = None, clash: str = "") -> str:
    """The page of a plan.

    wrong  what is wrong with the fields that were sent; clash: who else has saved meanwhile. With either they are
           shown as they were typed
    """
    reminders = _reminders(room, held)
    return page(
        "knowledge/plan.html", held=held, groups=list(_groups(held, wrong or {}, typed=bool(wrong or clash))),
        states=PLAN_WORDS,
        kinds=KIND_WORDS, severities=SEVERITY_WORDS, reminders=reminders[:_SHOWN], count=len(reminders),
        history=room.plan_desk.history(held.id), moves=_MOVES, may_correct=held.state is not PlanState.ACCEPTED,
        wrong=wrong or {}, names=_NAMES, me=current().name,
        headings={s.number: s.title for s in held.proposal.sections},
        region=request.form.get("region", "") if wrong or clash else held.proposal.region,
        vague=region_fault(held.proposal.region),
        clash=Clash(clash, _differing(held)) if clash else None,
    )  # fmt: skip


def _held(room: Room, number: int) -> StoredPlan:
    """A plan; 404 where there is none, or it is of a place that is not theirs."""
    held = next((p for p in room.plan_desk.plans() if p.id == number), None)
    if held is None or not may_read(current(), held.proposal.region):
        abort(404)
    return held


def _reminders(room: Room, held: StoredPlan) -> Sequence[Reminder]:
    if held.state is not PlanState.ACCEPTED:
        return []
    try:
        return room.reminders(held.id, now())
    except (ContentError, ContentErrors) as e:  # the plan is live all the same; the calendar of the office is not
        log.warning("the reminders of a plan cannot be worked out", extra={"plan": held.id, "error": str(e)})
        flash("提醒暂时排不出来：提醒日历有问题，请联系安装人员。", "bad")
        return []


def _changed(room: Room, number: int) -> StoredPlan:
    held = _held(room, number)
    if not current().sees(held.proposal.region):
        abort(404)
    return held


def _save(room: Room, held: StoredPlan, corrections: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Keep what was corrected and ticked; the ids that are ticked."""
    ticked, seen = _chosen(held), request.form.get("seen", "")
    changes = corrections or _region(held) is not None
    if seen in ("", held.seen) and not changes and held.ticked is not None and ticked == list(held.ticked):
        return ticked
    region = _region(held)
    room.plan_desk.correct(held.id, corrections, ticked, current().name, seen, region)
    before: dict[str, object] = {
        f.id: {k: _text(f, k) for k in corrections[f.id]} for f in held.proposal.facts if f.id in corrections
    }
    after: dict[str, object] = dict(corrections)
    if region is not None:
        before["region"], after["region"] = held.proposal.region, region
    if after:
        record("plan.correct", "plan", held.id, before=before, after=after)
    return ticked


def _region(held: StoredPlan) -> str | None:
    """The place that was sent instead of the plan's; None where it is the same, or whoever sent it may not see it."""
    given = request.form.get("region")
    region = None if given is None else "".join(given.split())
    if region is not None and not current().sees(region):
        raise KnowledgeError(f"您负责的地区是{current().region}，请填这个地区或它里面的地区")
    return None if region == held.proposal.region else region


def _chosen(held: StoredPlan) -> list[str]:
    """The ids that were sent as ticked, in the order of the plan."""
    chosen = set(request.form.getlist("fact"))
    return [f.id for f in held.proposal.facts if f.id in chosen]


def _corrections(fact: Fact) -> Mapping[str, str]:
    """The fields of a fact that were sent otherwise than they are."""
    out = {}
    for name in _FIELDS.get(fact.kind, ("what",)):
        given = request.form.get(f"{fact.id}.{name}")
        if given is not None and (text := " ".join(given.split())) != " ".join(_text(fact, name).split()):
            out[name] = text
    return out


def _differing(held: StoredPlan) -> list[tuple[str, str, str]]:
    """What of the form that was sent is otherwise than it was saved."""
    rows, ticked, chosen = [], set(held.ticked or ()), set(_chosen(held))
    if (region := _region(held)) is not None:
        rows.append(("地区", held.proposal.region, region))
    for fact in held.proposal.facts:
        of = f"{KIND_WORDS[fact.kind]}：{(fact.what or fact.number or fact.sentence)[:40]}"
        if (fact.id in ticked) != (fact.id in chosen):
            rows.append((of, _TICKED[fact.id in ticked], _TICKED[fact.id in chosen]))
        rows += [(f"{of}，{_NAMES[k]}", _text(fact, k), typed) for k, typed in _corrections(fact).items()]
    return rows


def _groups(held: StoredPlan, wrong: Mapping[str, str], *, typed: bool) -> Iterator[tuple[str, list[Line]]]:
    for kind, words in KIND_WORDS.items():
        if found := held.proposal.of(kind):
            yield words, [_line(held, fact, wrong, typed=typed) for fact in found]


def _line(held: StoredPlan, fact: Fact, wrong: Mapping[str, str], *, typed: bool) -> Line:
    if typed:
        is_ticked = fact.id in _chosen(held)
    elif held.ticked is not None:
        is_ticked = fact.id in held.ticked
    elif held.state is PlanState.PROPOSED:
        is_ticked = fact.confidence >= _SURE
    else:
        is_ticked = fact.id in held.accepted
    fields = tuple(_field(fact, name, wrong, typed=typed) for name in _FIELDS.get(fact.kind, ("what",)))
    return Line(fact, is_ticked, fact.confidence >= _SURE, fact.kind in ROW_KINDS, fields)


def _field(fact: Fact, name: str, wrong: Mapping[str, str], *, typed: bool) -> tuple[str, str, str, str, str]:
    key = f"{fact.id}.{name}"
    value = request.form.get(key, _text(fact, name)) if typed else _text(fact, name)
    return key, _NAMES[name], value, _PLACEHOLDERS.get(name, ""), wrong.get(key, "")


def _text(fact: Fact, name: str) -> str:
    value = getattr(fact, name)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
