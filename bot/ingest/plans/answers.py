"""An accepted plan as the answers need it: every ticked fact, list and section an entry with its phrasings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date

from bot.answers.entries import Entry, Plan
from bot.answers.normalise import normalise
from bot.answers.regions import NATIONWIDE
from bot.ingest.plans.absent import absences
from bot.ingest.plans.asking import MIN_QUESTIONS, core_of, from_words, hinted, item_of, questions_for
from bot.ingest.plans.frame import Frame, day
from bot.ingest.plans.listing import listed, lists
from bot.ingest.plans.naming import aliases, campaigns, label, plan_id, unit
from bot.ingest.plans.proposal import Fact, FactKind, Proposal, Section
from bot.ingest.plans.telling import line_of, span, spoken_date, title_of, told
from bot.ingest.plans.text import whole_quotes
from bot.ingest.plans.wording import wording

_MAX_PASSAGE = 190  # characters of a plan told as one answer
_MIN_PASSAGE = 10
_MAX_SHORT = 270  # of a section told whole
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")
_CLAUSE = re.compile(r"[^，；;]+[，；;]?")


def to_knowledge(proposal: Proposal, ids: Collection[str] | None = None) -> tuple[Plan, tuple[Entry, ...]]:
    """The plan and its entries; ids names the facts that were ticked, None means all.

    The same proposal and ids give the same plan and entries, in the same order. Of sections, the sentences are left
    out that an unticked fact comes from.
    """
    frame = _frame(proposal, ids)
    facts = [_fact_entry(frame, f) for f in frame.facts]
    whole = [*lists(frame), *absences(frame)]
    facts = [_without_asked(e, whole) for e in facts]
    entries = [*facts, *whole]
    return frame.plan, (*entries, *_passages(frame))


def _frame(proposal: Proposal, ids: Collection[str] | None) -> Frame:
    unticked = [f.sentence for f in proposal.facts if ids is not None and f.id not in ids]
    ticked = tuple(_without_quote(f, unticked) for f in proposal.facts if ids is None or f.id in ids)
    plan = Plan(
        id=plan_id(proposal), title=proposal.title, issuer=proposal.issuer or unit(proposal),
        region=proposal.region or NATIONWIDE, year=proposal.year or 0, aliases=aliases(proposal),
    )  # fmt: skip
    return Frame(
        plan=plan, proposal=proposal, label=label(proposal), campaigns=campaigns(proposal), facts=ticked,
        sections=tuple(_without_sentences(s, unticked) for s in proposal.sections),
        contact=_contact(proposal, ticked), until=_until(proposal, ticked),
    )  # fmt: skip


def _contact(proposal: Proposal, facts: Iterable[Fact]) -> str:
    held = [f for f in facts if f.kind is FactKind.CONTACT]
    return next((c for f in held if (c := f.who or f.to or f.what)), "") or unit(proposal) or "发文单位"


def _until(proposal: Proposal, facts: Iterable[Fact]) -> date | None:
    """The last day of the campaigns and deadlines: afterwards the plan is history."""
    told_days = [d for f in facts for iso in (f.date, f.end, f.start) if (d := _last_day(iso))]
    of_year = [d for d in told_days if proposal.year and proposal.year <= d.year <= proposal.year + 1]
    return max(of_year, default=date(proposal.year, 12, 31) if proposal.year else None)


def _last_day(iso: str) -> date | None:
    return day(iso) or (day(f"{iso}-28") if re.fullmatch(r"\d{4}-\d{2}", iso) else None)


def _without_quote(fact: Fact, unticked: Iterable[str]) -> Fact:
    """A fact without its sentence where that tells an unticked fact too."""
    mine = _bare(fact.sentence)
    shared = any(mine in other or other in mine for s in unticked if (other := _bare(s)))
    return replace(fact, sentence="") if shared else fact


def _without_sentences(section: Section, sentences: Iterable[str]) -> Section:
    """A section without the sentences that `sentences` were taken from."""
    gone = [_bare(s) for s in sentences if s]
    kept = [s for s in _SENTENCE.findall(section.text) if not any(g in _bare(s) or _bare(s) in g for g in gone)]
    return replace(section, text="".join(kept)) if gone else section


def _bare(text: str) -> str:
    return re.sub(r"\W", "", normalise(text))


def _fact_entry(frame: Frame, fact: Fact) -> Entry:
    heading = _heading(frame, fact)
    label = f"{frame.label}“{heading}”部分" if heading else frame.label
    asked = [*questions_for(fact, frame.campaigns), *(wording().ask("passage", "title", heading) if heading else ())]
    return frame.entry(
        fact.id, _title(fact), told(fact, label), asked, section=fact.section,
        fact=fact.kind.value, number=fact.number if fact.kind is FactKind.HOTLINE else "",
    )  # fmt: skip


def _heading(frame: Frame, fact: Fact) -> str:
    """The title of the section that an activity stands in, where it says more than the fact itself."""
    if fact.kind not in (FactKind.ACTIVITY, FactKind.DUTY, FactKind.EVENT, FactKind.REQUIREMENT):
        return ""
    title = next((s.title for s in frame.sections if s.number == fact.section), "")
    return re.sub(r"[“”]", "", title) if title and title not in fact.what else ""


def _title(fact: Fact) -> str:
    """The plain question that a fact answers."""
    core = core_of(fact.what)
    match fact.kind:
        case FactKind.THEME:
            return "活动主题是什么"
        case FactKind.PERIOD:
            return title_of(f"{core}从哪天到哪天")
        case FactKind.EVENT:
            return title_of(f"{spoken_date(fact.date) if span(fact) else ''}{core}")
        case FactKind.DEADLINE:
            item = core if len(core) <= 12 else item_of(fact.what) or core
            if not fact.to and not item_of(fact.what):
                return title_of(f"{core}几号前完成")
            return title_of(f"{item}什么时候交、交给谁")
        case FactKind.HOTLINE:
            return title_of(f"{line_of(fact) or fact.number or '热线'}是多少")
        case FactKind.CONTACT:
            return "有问题联系哪个部门"
        case FactKind.ORGANISATION:
            return "谁牵头、谁负责"
        case FactKind.GOAL:
            return "活动目的是什么"
        case _:
            return title_of(fact.what or fact.sentence)


def _without_asked(entry: Entry, whole: Iterable[Entry]) -> Entry:
    """A fact without the phrasings that a list over its kind answers better."""
    taken = frozenset(q for e in whole if e.fact == entry.fact for q in e.questions)
    left = tuple(q for q in entry.questions if q not in taken)
    if len(left) < MIN_QUESTIONS:
        left += tuple(wording().ask("any", "core", core_of(entry.title)))
    return replace(entry, questions=tuple(dict.fromkeys(q for q in left if q != entry.title)))


def _passages(frame: Frame) -> Iterator[Entry]:
    """What the sections say: each in short, and each sentence that no fact is taken from as an entry of its own."""
    said = {_bare(f.sentence) for f in frame.facts}
    for section in frame.sections:
        pieces = _pieces(section.text)
        if section.title and len(pieces) >= 2:
            yield _in_short(frame, section, pieces)
        for n, text in enumerate(pieces, 1):
            if _bare(text) not in said:
                yield _passage(frame, section, n, text)


def _in_short(frame: Frame, section: Section, pieces: list[str]) -> Entry:
    """One section whole: the beginning of each of its sentences."""
    bare = re.sub(r"[“”]", "", section.title)
    room = max(30, _MAX_SHORT // len(pieces))
    text = listed(f"{frame.label}“{section.title}”部分：", [_cut(p, room) for p in pieces], _MAX_SHORT + 60)
    asked = [*wording().ask("section", "title", bare), *wording().ask("passage", "title", bare)]
    asked += wording().ask("section", "number", section.number)
    return frame.entry(f"part-{section.number}", title_of(f"{bare}怎么做"), text, asked, section=section.number)


def _cut(text: str, longest: int) -> str:
    return text.rstrip("。") if len(text) <= longest else whole_quotes(text[: longest - 2]) + "……"


def _pieces(text: str) -> list[str]:
    out: list[str] = []
    for sentence in _SENTENCE.findall(re.sub(r"[ \t　]+", "", text)):
        for clause in _CLAUSE.findall(sentence) if len(sentence) > _MAX_PASSAGE else [sentence]:
            if out and not out[-1].endswith(("。", "！", "？", "\n")) and len(out[-1]) + len(clause) <= _MAX_PASSAGE:
                out[-1] += clause
            else:
                out.append(clause)
    return [p.strip("，；; \n") for p in out if len(_bare(p)) >= _MIN_PASSAGE]


def _passage(frame: Frame, section: Section, n: int, text: str) -> Entry:
    ask, core, bare = wording().ask, core_of(text), re.sub(r"[“”]", "", section.title)
    head = f"{frame.label}“{section.title}”部分" if section.title else frame.label
    asked = [*from_words(text)[:16], *ask("passage", "core", core), *hinted(text)[:8]]
    if bare:
        asked += ask("passage", "title", bare)
    asked += ask("passage", "short", core[:8])
    title = title_of(bare if bare and n == 1 else core_of(text, 24))
    answer = f"{head}写的是：“{text.rstrip('。')}”"
    return frame.entry(f"section-{section.number}-{n}", title, answer, asked, section=section.number)
