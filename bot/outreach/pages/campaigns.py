"""Campaigns: an accepted plan with its activities, deadlines and what was sent; the consultation day as a programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from flask import request
from werkzeug.exceptions import NotFound

from bot.console import Pages, current, page
from bot.errors import KnowledgeError
from bot.knowledge.states import PlanState
from bot.outreach import lists, outlook
from bot.outreach.drafts import Broadcast
from bot.outreach.menu_buttons import KINDS
from bot.outreach.outlook import Line
from bot.outreach.pages import day_menu_pages
from bot.outreach.pages.desks import LAST_ID, Desks
from bot.outreach.pages.listing import quotas
from bot.outreach.pages.telling import TONES, clock
from bot.outreach.pages.telling import day as told_day
from bot.outreach.plan_firings import CONSULTATION
from bot.outreach.programme import REMINDER, Figures
from bot.outreach.scope import meets
from bot.outreach.states import WORDS, State
from bot.settings import BEIJING
from bot.staff import Permission

if TYPE_CHECKING:
    from bot.knowledge.plans import PlanRow, StoredPlan

#: So long the day of this year is shown, for the thanks and the report; then the one of next year.
_LOOKED_BACK = timedelta(days=45)
_PAST, _AHEAD = timedelta(days=180), timedelta(days=366)
#: Reminders of the consultation day begin so, in config/calendar.yaml.
_CONSULT = "consult-"


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the consultation day. tone: done, wait (for staff), bad or ""; number: of its broadcast."""

    when: str
    what: str
    state: str
    tone: str = ""
    number: int | None = None
    firing: str = ""


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group."""

    @pages.get("/campaigns", Permission.READ_OUTREACH)
    def campaigns() -> str:
        plans = [plan for plan in desks.house.plan_desk.plans() if plan.state is PlanState.ACCEPTED and _is_mine(plan)]
        rows = desks.house.plan_desk.rows()
        counts = {plan.id: sum(row.plan == plan.id for row in rows) for plan in plans}
        return page("outreach/campaigns.html", plans=plans, counts=counts, days=_days(desks))

    @pages.get("/campaigns/<int:number>", Permission.READ_OUTREACH)
    def campaign(number: int) -> str:
        plan = _plan(desks, number)
        rows = [row for row in desks.house.plan_desk.rows() if row.plan == number]
        now = desks.clock()
        lines = outlook.lines(desks.house.calendar, now - _PAST, now + _AHEAD)
        mine = [line for line in lines if line.firing.reminder.startswith(f"plan-{number}-")]
        return page(
            "outreach/campaign.html", plan=plan, rows=_by_kind(rows), lines=mine, sent=_sent(desks, number),
            WORDS=WORDS, TONES=TONES, today=now.astimezone(BEIJING).date().isoformat(), board=quotas(desks),
        )  # fmt: skip

    @pages.get("/programme", Permission.READ_OUTREACH)
    def programme() -> Any:
        given = request.args.get("day", "")
        days = _days(desks)
        day = next((day for day in days if day.isoformat() == given), days[0])
        today = desks.clock().astimezone(BEIJING).date()
        figures = desks.house.programme.figures(day) if day <= today else None
        return page(
            "outreach/programme.html", day=day, days=days, today=today, stages=stages(desks, day, figures),
            figures=figures, board=quotas(desks), standing=desks.house.day_menu.standing(),
            buttons=desks.house.day_menu.read(), kinds=KINDS, is_whole=not current().region,
        )  # fmt: skip


def stages(desks: Desks, day: date, figures: Figures | None) -> list[Stage]:
    """The steps of a consultation day, from the first reminder to the thanks."""
    begin = datetime.combine(day - timedelta(days=21), time(), BEIJING)
    lines = outlook.lines(desks.house.calendar, begin, begin + timedelta(days=23))
    steps = [_stage(line) for line in lines if _belongs(line, day) and meets(line.firing.audience.region, _region())]
    today = desks.clock().astimezone(BEIJING).date()
    dressed, tone = day_menu_pages.told(desks, day, today)
    steps.append(Stage(f"{told_day(day)}全天", "菜单和问候语换成咨询日的，次日自动换回", dressed, tone))
    asked = f"问了 {figures.questions} 个，{figures.unanswered} 个没当场答上" if figures else "当天自动统计"
    steps.append(
        Stage(f"{told_day(day)}全天", "群众提问：答不上的记下来，答复后告诉提问的人", asked, "done" if figures else "")
    )
    return [*steps, _thanks(desks, day)]


def _stage(line: Line) -> Stage:
    found, state = line.firing, line.state
    is_out = state.endswith((WORDS[State.SENDING], WORDS[State.SENT]))
    tone = "bad" if state.startswith(("错过", "没有发成")) else "done" if is_out else "wait" if line.number else ""
    return Stage(clock(found.due_at), f"{found.title} → {found.audience.words}", state, tone, line.number, found.id)


def _thanks(desks: Desks, day: date) -> Stage:
    name = f"{REMINDER}:{day}:0:公众"
    row = outlook.became(desks.house.calendar, [name]).get(name)
    when = f"{told_day(day + timedelta(days=1))}09:00"
    if row is None:
        return Stage(when, "致谢：带上当天的数字，发给公众", "到时生成草稿，待审核；当天没人提问就不发")
    state = WORDS[State(str(row.broadcast))] if row.broadcast else str(row.why)
    tone = "done" if state in (WORDS[State.SENDING], WORDS[State.SENT]) else "wait"
    return Stage(when, "致谢：带上当天的数字，发给公众", state, tone, row.number)


def _belongs(line: Line, day: date) -> bool:
    found = line.firing
    return found.day == day and (found.reminder.startswith(_CONSULT) or CONSULTATION in found.title)


def _days(desks: Desks) -> list[date]:
    """The consultation day that comes, or was in the last weeks; a plan may set it late in the year."""
    today = desks.clock().astimezone(BEIJING).date()
    days = desks.house.programme.days(today.year)
    return days if max(days) >= today - _LOOKED_BACK else desks.house.programme.days(today.year + 1)


def _plan(desks: Desks, number: int) -> StoredPlan:
    if number > LAST_ID:
        raise NotFound
    try:
        plan = desks.house.plan_desk.plan(number)
    except KnowledgeError as e:
        raise NotFound(f"没有编号为 {number} 的方案") from e
    if plan.state is not PlanState.ACCEPTED or not _is_mine(plan):
        raise NotFound(f"没有编号为 {number} 的方案")
    return plan


def _is_mine(plan: StoredPlan) -> bool:
    return meets(plan.proposal.region or "", _region())


def _region() -> str:
    return current().region


def _by_kind(rows: Sequence[PlanRow]) -> dict[str, list[PlanRow]]:
    words = {"event": "活动", "deadline": "报送期限", "period": "时段"}
    found: dict[str, list[PlanRow]] = {}
    for row in sorted(rows, key=lambda row: (row.date or row.start or "9999", row.id)):
        found.setdefault(words[row.kind], []).append(row)
    return found


def _sent(desks: Desks, number: int) -> list[Broadcast]:
    """What was written for a plan, by the calendar or by staff."""
    wanted = lists.Wanted(region=_region(), campaign=f"plan-{number}")
    held = lists.page(desks.house.database, wanted, 200)
    return [one for one in held if one.draft.campaign == f"plan-{number}" or one.draft.campaign.startswith(
        (f"plan-{number}-", f"plan-{number}:"))]  # fmt: skip
