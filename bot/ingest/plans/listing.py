"""Answers over a whole plan: its overview, all deadlines in order, all days, all hotlines, what each audience does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.answers.entries import Entry
from bot.ingest.plans.frame import Frame
from bot.ingest.plans.naming import spoken
from bot.ingest.plans.proposal import Fact, FactKind, Section
from bot.ingest.plans.telling import amount, line_of, span, spoken_date, title_of, until
from bot.ingest.plans.wording import wording

_MAX_LIST = 420  # characters
_NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮"
_DEEDS = (FactKind.ACTIVITY, FactKind.DUTY, FactKind.EVENT)
_SAID_FIRST = 4  # words for an audience that every frame is filled with


def lists(frame: Frame) -> Iterator[Entry]:
    """The list entries of a plan; none for what it does not hold."""
    yield _overview(frame)
    yield from _deadlines(frame)
    yield from _events(frame)
    yield from _hotlines(frame)
    yield from _figures(frame)
    yield from _together(frame)
    yield from _for_audiences(frame)
    yield from _outline(frame)
    yield from _issued(frame)


def listed(head: str, items: Sequence[str], longest: int = _MAX_LIST) -> str:
    """A numbered list in a line, cut where a phone's screen ends."""
    out: list[str] = []
    used = len(head)
    every = list(dict.fromkeys(items))
    for n, item in enumerate(every):
        if used + len(item) > longest and out:
            return f"{head}{'；'.join(out)}；等{len(every)}项。"
        out.append(f"{_NUMBERS[n] if n < len(_NUMBERS) else f'{n + 1}.'}{item}")
        used += len(item) + 2
    return f"{head}{'；'.join(out)}。"


def _list(frame: Frame, name: str, items: Sequence[str], fact: str) -> Entry:
    words = wording().lists[name]
    return frame.entry(name, words.title, listed(frame.label + words.head, items), words.ask, fact=fact)


def _overview(frame: Frame) -> Entry:
    p, words = frame.proposal, wording().lists["overview"]
    issued = "，".join(x for x in (p.doc_no, f"{spoken_date(p.issue_date)}印发" if p.issue_date else "") if x)
    periods = "；".join(f"“{f.what.strip('“”')}”{span(f)}" for f in frame.of(FactKind.PERIOD) if span(f))
    deeds = list(dict.fromkeys(title_of(f.what, 16) for f in frame.of(*_DEEDS) if f.what))[:6]
    text = "".join((
        f"《{p.title}》由{frame.plan.issuer}发出{f'（{issued}）' if issued else ''}。",
        f"主题是“{p.theme}”。" if p.theme and frame.of(FactKind.THEME) else "",
        f"时间：{periods}。" if periods else "",
        f"主要活动：{'、'.join(deeds)}等。" if deeds else "",
    ))  # fmt: skip
    names = [n for c in frame.campaigns[:2] for n in spoken(c)]
    asked = [*words.ask, *(q.replace("{}", n) for n in names for q in words.campaign)]
    return frame.entry("overview", words.title, text[:_MAX_LIST], asked, fact="overview")


def _deadlines(frame: Frame) -> Iterator[Entry]:
    due = sorted(frame.of(FactKind.DEADLINE), key=lambda f: (not f.date, f.date))
    if due:
        items = [f"{until(f) or '未写日期'}：{f.what}{f'，报{f.to}' if f.to else ''}" for f in due]
        yield _list(frame, "deadlines", items, "deadline")


def _events(frame: Frame) -> Iterator[Entry]:
    # an activity that goes on for days is told as a period of its own
    deeds = {f.section for f in frame.of(FactKind.ACTIVITY)}
    lasting = [f for f in frame.of(FactKind.PERIOD) if f.section in deeds]
    days = sorted(
        (f for f in (*frame.of(FactKind.EVENT), *lasting) if f.date or f.start), key=lambda f: f.date or f.start
    )
    if days:
        yield _list(frame, "events", [f"{span(f)}：{title_of(f.what, 40)}" for f in days], "event")


def _hotlines(frame: Frame) -> Iterator[Entry]:
    lines = [f for f in frame.of(FactKind.HOTLINE) if f.number]
    if lines:
        yield _list(
            frame, "hotlines", [f"{f.number}（{line_of(f)}）" if line_of(f) else f.number for f in lines], "hotline"
        )


def _figures(frame: Frame) -> Iterator[Entry]:
    figures = [f"{title_of(f.what, 30)}：{amount(f)}" for f in frame.of(*_DEEDS) if f.quantity is not None]
    if len(figures) >= 2:
        yield _list(frame, "figures", figures, "figures")


def _together(frame: Frame) -> Iterator[Entry]:
    for kind, words in wording().together.items():
        facts = frame.of(FactKind(kind))
        if len(facts) >= 2:
            text = listed(frame.label + words.head, [_item(f) for f in facts])
            yield frame.entry(f"all-{kind}", words.title, text, words.ask, fact=kind)


def _item(fact: Fact) -> str:
    match fact.kind:
        case FactKind.LAW:
            return f"《{fact.what.strip('《》')}》"
        case FactKind.DOCUMENT:
            title = f"《{fact.what.strip('《》')}》" if fact.what else ""
            return "".join((f"{fact.who}的" if fact.who else "", title, f"（{fact.number}）" if fact.number else ""))
        case FactKind.PERIOD:
            return f"“{fact.what.strip('“”')}”{span(fact) or '没有写明日期'}"
        case _:
            return title_of(fact.what, 60)


def _for_audiences(frame: Frame) -> Iterator[Entry]:
    titles = {s.number: s.title for s in frame.sections}
    for name, words in wording().audiences.items():
        facts = [f for f in frame.of(*_DEEDS) if _is_for(f, titles.get(f.section, ""), name, words)]
        if facts:
            text = listed(f"{frame.label}里{name}的活动：", [_deed(f) for f in facts])
            yield frame.entry(f"for-{name}", f"{name}要做什么", text, audience_questions(name, words), fact="audience")


def _deed(fact: Fact) -> str:
    figure = amount(fact)
    return title_of(fact.what, 64) + (f"（{figure}）" if figure and figure not in fact.what else "")


def _is_for(fact: Fact, title: str, name: str, words: tuple[str, ...]) -> bool:
    if any(w in a for a in fact.audience for w in words):
        return True
    return name in fact.what or name in title or (name == "学校" and "校园" in title + fact.what)


def audience_questions(name: str, words: tuple[str, ...]) -> list[str]:
    """How people ask what an audience is to do."""
    asked = wording().audience_asked
    out = [q.replace("{}", w) for w in words[:_SAID_FIRST] for q in asked["first"]]
    out += [q.replace("{}", name) for q in asked["then"]]
    return out + [asked["first"][1].replace("{}", w) for w in words[_SAID_FIRST:]]


def _outline(frame: Frame) -> Iterator[Entry]:
    titled = [s for s in frame.sections if s.title]
    tops = [s for s in titled if len(re.sub(r"\W", "", s.number)) == 1]
    if len(tops) >= 2:
        words = wording().lists["outline"]
        text = f"{frame.label}的结构：{'；'.join(f'{s.number}、{s.title}' for s in tops)}。"
        yield frame.entry("outline", words.title, text, words.ask, fact="outline")
    for section in titled:
        below = [s for s in titled if s.number != section.number and s.number.startswith(section.number)]
        if below:
            yield _section(frame, section, below)


def _section(frame: Frame, section: Section, below: Sequence[Section]) -> Entry:
    bare, ask = re.sub(r"[“”]", "", section.title), wording().ask
    direct = [s for s in below if not any(o is not s and s.number.startswith(o.number) for o in below)]
    text = listed(f"{frame.label}“{section.number}、{section.title}”包括：", [s.title for s in direct])
    asked = [*ask("section", "title", bare), *ask("section", "number", section.number)]
    name = f"section-{section.number}"
    return frame.entry(name, title_of(f"{bare}有哪些内容"), text, asked, section=section.number, fact="outline")


def _issued(frame: Frame) -> Iterator[Entry]:
    p, words = frame.proposal, wording().lists["issued"]
    if p.doc_no or p.issue_date:
        when = f"在{spoken_date(p.issue_date)}印发" if p.issue_date else "没有写印发日期"
        number = f"文号是{p.doc_no}" if p.doc_no else "没有写文号"
        text = f"{frame.label}由{frame.plan.issuer}发出，{when}，{number}。"
        yield frame.entry("issued", words.title, text, words.ask, fact="document")
