"""Dates against the year, the calendar, the campaign and one another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from bot.ingest.plans import dates
from bot.ingest.plans.checks.given import ERROR, INFO, WARN, Given, finding
from bot.ingest.plans.proposal import Fact, FactKind, Finding

_SUMMARY = re.compile(r"总结|小结|佐证|成效")
_PARTIAL = re.compile(r"阶段性?小结|阶段性?总结$|半年|季度|当月|月度|本月|每月")
_PLAN = re.compile(r"(?<!处置)(?<!应急)(?<!救援)(?<!演练)方案|计划|联络员|推荐表")
_WEEKDAYS = "一二三四五六日"


def check(given: Given) -> Iterator[Finding]:
    """Findings about dates."""
    yield from _calendar(given)
    yield from _year(given)
    yield from _due(given)
    yield from _issued(given)
    yield from _outside(given)


def _calendar(given: Given) -> Iterator[Finding]:
    """Days that do not exist, spans that end before they begin, weekdays that do not fit."""
    for said in given.reading.said():
        for when in dates.find(said.masked, given.header.frame):
            if when.fault == "impossible":
                yield finding("DATE_IMPOSSIBLE", ERROR, said.section, f"没有“{when.text}”这一天", said.text)
            elif when.fault == "reversed":
                yield finding("PERIOD_REVERSED", ERROR, said.section, f"“{when.text}”结束早于开始", said.text)
            real = dates.weekday(when.start)
            if when.weekday is not None and real is not None and real != when.weekday:
                sure = when.told_year or given.sure_year is not None
                message = f"“{when.text}”的星期不对，{when.start}是星期{_WEEKDAYS[real]}"
                yield finding("WEEKDAY_MISMATCH", ERROR if sure else WARN, said.section, message, said.text)


def _year(given: Given) -> Iterator[Finding]:
    """Years other than the plan's."""
    year = given.sure_year
    several = len(set(re.findall(r"(?:19|20)\d\d", given.proposal.title))) > 1 or re.search(
        r"三年|五年", given.proposal.title
    )
    if year is None or several:
        return
    winter = any(p.start[:4] == str(year) and p.end[:4] == str(year + 1) for p in given.of(FactKind.PERIOD))
    for period in given.of(FactKind.PERIOD):
        told = {int(d[:4]) for d in (period.start, period.end) if len(d) >= 7}
        if winter and told == {year + 1}:
            continue
        if told and year not in told and re.search(r"(?:19|20)\d\d|[〇零○]", period.when):
            message = f"方案是{year}年的，“{period.what}”的时间写成{min(told)}年"
            yield finding(
                "YEAR_MISMATCH",
                ERROR if given.header.year_from == "title" else WARN,
                period.section,
                message,
                period.sentence,
            )
    for fact in (*given.of(FactKind.EVENT), *given.of(FactKind.DEADLINE)):
        told_year = re.search(r"(?:19|20)\d\d|[〇零○]", fact.when)
        if len(fact.date) >= 7 and told_year and int(fact.date[:4]) not in (year, year + 1):
            sure = fact.kind is FactKind.DEADLINE and fact.confidence >= 0.85 and given.header.year_from == "title"
            message = f"方案是{year}年的，这里写成{fact.date[:4]}年"
            yield finding("YEAR_MISMATCH", ERROR if sure else WARN, fact.section, message, fact.sentence)
    issued = given.proposal.issue_date
    if given.header.year_from == "title" and len(issued) == 10 and not year - 1 <= int(issued[:4]) <= year:
        yield finding("YEAR_MISMATCH", WARN, "落款", f"标题是{year}年，落款是{issued}")
    for said in given.reading.said():
        if re.search(r"(?:开展|做好|组织)(?:好)?((?:19|20)\d\d)年.{0,4}安全生产月", said.masked):
            for told in re.findall(r"(?:开展|做好|组织)(?:好)?((?:19|20)\d\d)年", said.masked):
                if int(told) != year and said.section != "前言":
                    yield finding("YEAR_MISMATCH", WARN, said.section, f"方案是{year}年的，这里写成{told}年", said.text)


def _due(given: Given) -> Iterator[Finding]:
    """Deadlines before what they report on begins or ends, before the plan's own date, after the start."""
    periods = [p for p in given.of(FactKind.PERIOD) if p.end]
    for due in given.of(FactKind.DEADLINE):
        if len(due.date) < 5 or due.confidence < 0.6:
            continue
        issued = given.proposal.issue_date
        if len(due.date) == len(issued) == 10 and due.date < issued and given.sure_year:
            message = f"期限{due.date}早于成文日期{issued}"
            yield finding(
                "DUE_BEFORE_ISSUE", ERROR if due.confidence >= 0.85 else WARN, due.section, message, due.sentence
            )
        about = _about(due, periods)
        if about is None:
            continue
        if _SUMMARY.search(due.what) and _before(due.date, about.start):
            message = f"总结{due.date}前报，“{about.what}”{about.start}才开始"
            yield finding(
                "DUE_BEFORE_ACTIVITY",
                ERROR if due.confidence >= 0.85 and given.sure_year else WARN,
                due.section,
                message,
                due.sentence,
            )
        elif _SUMMARY.search(due.what) and not _PARTIAL.search(due.what) and _before(due.date, _told_end(about)):
            message = f"总结{due.date}前报，“{about.what}”{about.end}才结束"
            yield finding("DUE_BEFORE_PERIOD_END", WARN, due.section, message, due.sentence)
        elif _PLAN.search(due.what) and not _SUMMARY.search(due.what) and _just_before(about.start, due.date):
            message = f"方案{due.date}前报，“{about.what}”{about.start}已经开始"
            yield finding("DUE_AFTER_START", INFO, due.section, message, due.sentence)
    yield from _final_summary(given, periods)


def _about(due: Fact, periods: list[Fact]) -> Fact | None:
    """The campaign a deliverable reports on: the one it names, else the first."""
    if not periods:
        return None
    named = [p for p in periods if p.what in due.what]
    return named[0] if named else max(periods, key=lambda p: p.end) if _stages(periods) else periods[0]


def _stages(periods: list[Fact]) -> bool:
    return all("阶段" in p.what for p in periods)


def _told_end(period: Fact) -> str:
    """The end as exact as the plan tells it: of a whole month only the month."""
    return period.end if re.search(r"[日号.]", period.when) else period.end[:7]


def _before(a: str, b: str) -> bool:
    n = min(len(a), len(b))
    return bool(a and b) and len(a) > 2 and (len(a) > 5) == (len(b) > 5) and a[:n] < b[:n]


_MONTHS_APART = 45  # days: what began longer ago is another matter than a plan handed in late


def _just_before(start: str, due: str) -> bool:
    if not _before(start, due) or not len(start) == len(due) == 10:
        return _before(start, due)
    return (date.fromisoformat(due) - date.fromisoformat(start)).days <= _MONTHS_APART


def _final_summary(given: Given, periods: list[Fact]) -> Iterator[Finding]:
    """A campaign that goes on for months and has no deadline near its end."""
    reports = [d for d in given.of(FactKind.DEADLINE) if _SUMMARY.search(d.what + d.sentence)]
    for period in periods:
        last = max((d.date for d in reports if len(d.date) == 10), default="")
        if len(period.end) < 7 or not last:
            continue
        months = (int(period.end[:4]) - int(last[:4])) * 12 + int(period.end[5:7]) - int(last[5:7])
        if months >= 2:
            yield finding(
                "NO_FINAL_SUMMARY_DEADLINE",
                WARN,
                period.section,
                f"“{period.what}”到{period.end}结束，最后一次报总结是{last}，没有年底总结的期限",
            )


def _issued(given: Given) -> Iterator[Finding]:
    issued = given.proposal.issue_date
    for period in given.of(FactKind.PERIOD):
        if (
            len(issued) == 10
            and period.what in given.header.campaigns
            and _before(period.start, issued)
            and period.start[:4] == issued[:4]
        ):
            yield finding("ISSUED_AFTER_START", WARN, "落款", f"{issued}印发，“{period.what}”{period.start}已经开始")


_AROUND = re.compile(r"启动|动员|预热|部署|准备|筹备|总结|表彰|报送|颁奖|培训|会议")


#: Even a closing meeting is worth a word where it is held after the campaign's last day.
_HELD = re.compile(r"(?:召开|举行|举办)[^，。；]{0,12}(?:会|仪式|活动)")
_LONG_AGO = 400  # days


def _apart(day: str, first: str, last: str) -> int:
    """Days from the campaign; those of no year are taken for one year's."""
    told = [date.fromisoformat(d if len(d) == 10 else f"2024-{d}") for d in (day, first, last)]
    return min(abs((told[0] - d).days) for d in told[1:])


def _outside(given: Given) -> Iterator[Finding]:
    """Events outside all periods of the plan."""
    size = 10 if given.sure_year else 5
    spans = [(p.start, p.end) for p in given.of(FactKind.PERIOD) if len(p.start) == len(p.end) == size]
    if not spans or not given.sure_year and given.header.year:
        return
    first, last = min(s for s, _ in spans), max(e for _, e in spans)
    if any(s > e for s, e in spans):
        return
    heads = {s.number: s.title for s in given.proposal.sections}
    for event in given.of(FactKind.EVENT):
        if len(event.date) != size or first <= event.date <= last or event.end >= first > event.date:
            continue
        around = _AROUND.search(heads.get(event.section, "") + event.sentence)
        if around and not (event.date > last and _HELD.search(event.sentence)):
            continue
        yield finding(
            "EVENT_OUTSIDE_PERIOD",
            INFO if around or _apart(event.date, first, last) > _LONG_AGO else WARN,
            event.section,
            f"{event.date}不在活动时间{first}至{last}内",
            event.sentence,
        )
