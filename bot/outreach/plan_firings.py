"""What accepted campaign plans add to the calendar: reminders of their deadlines and events."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from bot.knowledge.states import PlanState
from bot.knowledge.tables import plan_proposal, plan_row
from bot.outreach.audiences import OFFICER, PUBLIC, Audience
from bot.outreach.content import Level
from bot.outreach.firings import Firing, send_days, told_day, told_when
from bot.outreach.quiet import is_quiet, opens
from bot.outreach.rules import Facts
from bot.settings import BEIJING, OutreachSettings

EVENT, DEADLINE, PERIOD = "event", "deadline", "period"
#: A period is told of before it begins and before it ends: two facts of one row.
ENDING = "ending"
#: Days before what is due or happens; 0 is the morning itself.
BEFORE = (7, 3, 1, 0)
_BEFORE_PERIOD = {PERIOD: (3,), ENDING: (7,)}
_AT, _PUBLIC_AT = time(9, 0), time(8, 30)
_WINDOW = timedelta(hours=10)
_LONGEST_SENTENCE = 160
CONSULTATION = "咨询日"
#: What is done on the consultation day itself, under a heading that names it.
_ON_THE_DAY = re.compile("咨询|会场|现场|答疑|设点|摆摊|摊位|广场|市场|集市|^时间")
#: Headings that name no event.
_NO_NAME = re.compile("(?:时间|内容|安排|要求|步骤|形式|方式|阶段|措施|任务|工作|活动|行动|准备|目标|保障|领导|报送)$")
_LONGEST_NAME = 20
_HANDED_IN = re.compile(r"报|提交|递交|反馈|上传|寄|送[至到达交]|交[至到]")
_AROUND = re.compile("筹备|准备|部署|动员|预热|培训|协调会|总结|报送|报道")


@dataclass(frozen=True, slots=True)
class PlanFact:
    """An event, a deadline, the beginning or the end of a period of an accepted plan.

    day      None where the plan does not tell it to the day; told: as the plan tells it
    heading  of its section
    """

    plan: int
    fact: str
    kind: str
    day: date | None
    told: str
    what: str
    to: str
    section: str
    sentence: str
    title: str
    region: str
    heading: str = ""

    @property
    def reminder(self) -> str:
        """The beginning of the ids of its firings."""
        return f"plan-{self.plan}-{self.fact}"

    @property
    def name(self) -> str:
        """What it is; of an event that its heading names (启动仪式) with that: 在文化广场举行 alone says nothing."""
        heading = self.heading.strip("“”")
        told = not heading or len(heading) > _LONGEST_NAME or _NO_NAME.search(heading) or heading in self.what
        return self.what if told or self.kind != EVENT else f"{self.heading}：{self.what}"


def read(db: sa.Connection) -> list[PlanFact]:
    """Events, deadlines and periods of the plans that are accepted now."""
    r, p = plan_row.c, plan_proposal.c
    wanted = sa.select(plan_row, p.title, p.proposal).join(plan_proposal, p.id == r.plan)
    live = (r.state == "live", p.state == PlanState.ACCEPTED, r.kind.in_((EVENT, DEADLINE, PERIOD)))
    return [fact for row in db.execute(wanted.where(*live).order_by(r.plan, r.id)) for fact in _facts(row)]


def consultation_days(facts: Sequence[PlanFact]) -> dict[int, list[date]]:
    """Year -> the days that plans set for the consultation here, in order."""
    days = {f.day for f in facts if f.day and is_consultation(f)}
    return {year: sorted(d for d in days if d.year == year) for year in {d.year for d in days}}


def is_consultation(fact: PlanFact) -> bool:
    """Whether an event is the consultation day itself, and not what prepares it or follows it."""
    if fact.kind != EVENT or _AROUND.search(fact.what):
        return False
    under = CONSULTATION in fact.heading and _ON_THE_DAY.search(fact.what + _clause(fact))
    return CONSULTATION in fact.what or bool(under)


def _clause(fact: PlanFact) -> str:
    """The words of the sentence about its day."""
    day = f"{fact.day.month}月{fact.day.day}日" if fact.day else ""
    return next((c for c in re.split("[。；;]", fact.sentence) if day and day in c), "")


def firings(facts: Sequence[PlanFact], start: date, end: date, days: Facts, settings: OutreachSettings) -> list[Firing]:
    """Those that go out from `start` to `end`, in order. Beijing's days."""
    found = [f for fact in facts if fact.day for f in _of(fact, fact.day, days, settings)]
    return sorted((f for f in found if start <= f.send_day <= end), key=lambda f: (f.due_at, f.id))


def retold(facts: Sequence[PlanFact], found: Firing, sent: date) -> Mapping[Level, str] | None:
    """What a firing of a plan says when it is sent on another day; None where that day is too late for it."""
    fact = next((fact for fact in facts if fact.reminder == found.reminder), None)
    if fact is None or sent == found.send_day:
        return found.texts
    if sent > found.day:
        return None
    text = _officer_text(fact, found.day, sent)
    return dict.fromkeys(found.texts, text)


def _of(fact: PlanFact, day: date, days: Facts, settings: OutreachSettings) -> Iterator[Firing]:
    """To officers some days before and that morning, to the public the morning of an event."""
    officers = Audience((OFFICER,), fact.region)
    is_event = fact.kind == EVENT
    before_it = _BEFORE_PERIOD.get(fact.kind) or (BEFORE[:-1] if is_event else BEFORE)
    ahead = send_days(day, before_it, True, days)
    for before, sent in [*ahead, *([(0, day)] if is_event else [])]:
        text = _officer_text(fact, day, sent)
        yield _firing(fact, day, before, (sent, _AT), officers, {Level.PUBLIC: text, Level.OFFICER: text}, settings)
    if is_event:
        text = f"今天（{told_day(day)}）：{fact.name}。方案里写的是：“{_short(fact.sentence)}”"
        public = Audience((PUBLIC,), fact.region)
        yield _firing(fact, day, 0, (day, _PUBLIC_AT), public, {Level.PUBLIC: text}, settings)


def _officer_text(fact: PlanFact, day: date, sent: date) -> str:
    head = f"{told_when(day, sent)}（{told_day(day)}）"
    if fact.kind == EVENT:
        head += f"：{fact.name}。"
    elif fact.kind in _BEFORE_PERIOD:
        head += f"{'起' if fact.kind == PERIOD else '结束'}：{fact.what}。"
    else:
        due = "要报送" if fact.to or _HANDED_IN.search(fact.sentence) else "到期"
        head += f"{due}：{fact.what or fact.heading}{f'，报给{fact.to}' if fact.to else ''}。"
        if re.search(r"日(?:之|以)?前", fact.sentence):
            head += "“前”按不含当天理解更稳，最好前一个工作日17:00前报出。"
    return f"{head}\n{fact.title} {fact.section}：“{_short(fact.sentence)}”"


def _firing(
    fact: PlanFact, day: date, before: int, at: tuple[date, time], audience: Audience, texts: dict[Level, str],
    settings: OutreachSettings,
) -> Firing:  # fmt: skip
    due = datetime.combine(*at, BEIJING).astimezone(UTC)
    return Firing(
        id=f"{fact.reminder}:{day}:{before}:{audience.who[0]}", reminder=fact.reminder, title=fact.name[:60], day=day,
        due_at=opens(due, settings), moved=is_quiet(due, settings), until=due + _WINDOW, audience=audience,
        texts=texts, source=f"{fact.title} {fact.section}",
    )  # fmt: skip


def _facts(row: sa.Row[tuple[object, ...]]) -> Iterator[PlanFact]:
    """One of each row; of a period one for its first day and one for its last, where they are told to the day."""
    proposal = json.loads(row.proposal)
    headings = {s["number"]: s["title"] for s in proposal.get("sections", ())}
    told = {PERIOD: row.start, ENDING: row.end} if row.kind == PERIOD else {row.kind: row.date}
    for kind, date_ in told.items():
        day = _day(date_, proposal.get("year"))
        if day or row.kind != PERIOD:
            yield PlanFact(
                row.plan, row.fact, kind, day, date_, row.what, row.to, row.section, row.sentence, row.title,
                proposal.get("region") or "", headings.get(row.section, ""),
            )  # fmt: skip


def _day(text: str, year: int | None) -> date | None:
    """A day told as 2026-06-16, or 06-16 in a plan of a known year; a month alone is no day."""
    full = f"{year}-{text}" if year and re.fullmatch(r"\d\d-\d\d", text) else text
    try:
        return date.fromisoformat(full) if len(full) == 10 else None
    except ValueError:
        return None


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST_SENTENCE else sentence[: _LONGEST_SENTENCE - 1] + "…"
