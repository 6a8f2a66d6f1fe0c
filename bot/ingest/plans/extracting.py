"""A text -> the proposal: clean, scrub, outline, read the head, read the facts, look for what does not fit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bot.errors import ContentError
from bot.ingest.plans import (
    activities,
    campaigns,
    checks,
    deadlines,
    duties,
    header,
    laws,
    organisation,
    periods,
    privacy,
    sections,
    tables,
    text,
)
from bot.ingest.plans.parts import Block
from bot.ingest.plans.proposal import Fact, FactKind, Proposal, Section
from bot.ingest.plans.reading import Reading
from bot.settings import ROOT

CALENDAR = ROOT / "knowledge" / "calendar.yaml"


def extract_text(content: str, name: str = "", calendar: Path = CALENDAR) -> Proposal:
    """Read a plan's text. calendar: where the national themes are kept. Raises ContentError where there is no text."""
    source = text.clean(content)
    if not source.lines:
        raise ContentError("文件里没有可以读的文字：请换一份有文字的文件", name or None)
    lines, personal = privacy.scrub_lines(source.lines)
    outline = sections.outline(replace(source, lines=lines))
    known = campaigns.themes(calendar)
    reading = Reading(outline, header.read(outline, name, known))
    facts = tuple(_numbered(_facts(reading)))
    head = reading.header
    proposal = Proposal(
        title=head.title,
        issuer=head.issuer,
        region=head.region,
        sector=_sectors(reading),
        year=head.year,
        theme=head.theme.slogan if head.theme else "",
        doc_no=head.doc_no,
        issue_date=head.issue_date,
        facts=facts,
        sections=tuple(_sections(reading)),
    )
    given = checks.Given(reading, proposal, source, personal, known)
    return replace(proposal, findings=tuple(checks.findings(given)))


def _facts(reading: Reading) -> Iterator[Fact]:
    spans = periods.periods(reading)
    reports = deadlines.deadlines(reading)
    rows = list(tables.rows(reading))
    yield from _theme(reading)
    yield from spans
    days = activities.events(reading, [*spans, *reports])
    yield from days
    yield from (f for f in rows if f.kind is FactKind.EVENT and not tables.is_told(f, days, named=False))
    yield from reports
    yield from (f for f in rows if f.kind is FactKind.DEADLINE)
    deeds = activities.activities(reading)
    yield from deeds
    yield from (f for f in rows if f.kind is FactKind.ACTIVITY and not tables.is_told(f, deeds))
    yield from duties.duties(reading)
    yield from _hotlines(reading)
    yield from _cited(reading)
    yield from organisation.organisation(reading)
    if office := organisation.contact(reading) or organisation.receiver_as_contact(reports):
        yield office
    yield from organisation.requirements(reading)
    yield from organisation.goals(reading)
    yield from _annexes(reading)


def _numbered(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Give each fact its id: its kind and its place among those of the kind."""
    counts: Counter[FactKind] = Counter()
    for fact in facts:
        counts[fact.kind] += 1
        yield replace(fact, id=f"{fact.kind}-{counts[fact.kind]}")


def _theme(reading: Reading) -> Iterator[Fact]:
    if theme := reading.header.theme:
        yield Fact(
            id="",
            kind=FactKind.THEME,
            section=theme.section,
            sentence=theme.sentence,
            confidence=theme.confidence,
            what=theme.slogan,
        )


def _hotlines(reading: Reading) -> Iterator[Fact]:
    held: set[str] = set()
    for part in reading.outline.parts:
        for block in part.blocks:
            for at, number in laws.hotlines(block.whole):
                if number not in held:
                    held.add(number)
                    sentence = _around(block.whole, at)
                    yield Fact(
                        id="",
                        kind=FactKind.HOTLINE,
                        section=block.number,
                        sentence=sentence,
                        confidence=0.9,
                        what=laws.purpose(sentence, number),
                        number=number,
                    )


def _around(whole: str, at: int) -> str:
    """The sentence at a place of a block."""
    place = 0
    for sentence in text.sentences(whole):
        start = whole.find(sentence, place)
        place = start + len(sentence)
        if start <= at < place:
            return sentence
    return text.shorten(whole, 200)


def _cited(reading: Reading) -> Iterator[Fact]:
    """Laws and documents, each once, the way it is printed first."""
    held: set[str] = set()
    for block in reading.outline.blocks:
        for cite in laws.cited(_without_theme(block.whole, reading)):
            key = cite.name.removeprefix("中华人民共和国")
            if key in held or key == reading.header.title:
                continue
            held.add(key)
            kind = FactKind.LAW if cite.is_law else FactKind.DOCUMENT
            yield Fact(
                id="",
                kind=kind,
                section=block.number,
                sentence=_around(block.whole, cite.at),
                confidence=0.9,
                what=cite.name,
                number=cite.number,
            )
        for number in laws.doc_numbers(block.whole):
            if number not in held and not any(c.number == number for c in laws.cited(block.whole)):
                held.add(number)
                yield Fact(
                    id="",
                    kind=FactKind.DOCUMENT,
                    section=block.number,
                    sentence=text.shorten(block.whole, 200),
                    confidence=0.8,
                    number=number,
                )


def _without_theme(whole: str, reading: Reading) -> str:
    """The slogan blotted out: 遵守安全生产法 当好第一责任人 cites no law."""
    theme = reading.header.theme
    return whole.replace(theme.slogan, "□" * len(theme.slogan)) if theme else whole


def _annexes(reading: Reading) -> Iterator[Fact]:
    held: set[str] = set()
    for part in reading.outline.main:
        for value, name in part.annexes:
            if name not in held:
                held.add(name)
                yield Fact(
                    id="",
                    kind=FactKind.ATTACHMENT,
                    section=f"附件{value}",
                    sentence=f"附件：{value}. {name}",
                    confidence=0.95,
                    what=name,
                )
    yield from _unlisted(reading, held)


#: 《燃气安全统计表》（附件2）
_NAMED_ANNEX = re.compile(r"《([^《》]{3,40})》\s*[（(](?:见|详见)?附件\s*\d{0,2}[）)]")


def _unlisted(reading: Reading, held: set[str]) -> Iterator[Fact]:
    """Annexes that stand in the document or are named in its text, and no list holds."""
    annexed = ((p.mark, p.title, p.title) for p in reading.outline.others if p.mark and 4 < len(p.title) <= 60)
    named = ((b.number, m[1], b.whole) for b in reading.outline.blocks for m in _NAMED_ANNEX.finditer(b.whole))
    for section, name, sentence in (*annexed, *named):
        key = text.bare(name)
        if any(key in text.bare(h) or text.bare(h) in key for h in held):
            continue
        held.add(name)
        yield Fact(
            id="",
            kind=FactKind.ATTACHMENT,
            section=section,
            sentence=text.shorten(sentence, 200),
            confidence=0.7,
            what=name,
        )


def _sections(reading: Reading) -> Iterator[Section]:
    """Headings of the plan, or of the notice where it is the plan, with all text that stands below each."""
    blocks = reading.outline.plan.blocks
    for block in blocks:
        if (
            block.style not in ("", "row", "lead")
            and block.title
            and (block.style != "yi" or _is_heading(block, blocks))
        ):
            below = [b.text for b in blocks if b is not block and not b.style and b.number == block.number]
            yield Section(block.number, block.title, "\n".join(t for t in (block.text, *below) if t))


def _is_heading(block: Block, blocks: Sequence[Block]) -> bool:
    """Whether 一是全面摸排水域。各村要… begins a section: short titles with text below a main heading."""
    beside = [b for b in blocks if b.style == "yi" and b.titles[:-1] == block.titles[:-1]]
    return block.depth == 2 and len(beside) > 1 and all(b.text and b.title and len(b.title) <= 12 for b in beside)


_SECTORS = (
    ("工业和信息化", r"工信|工业和信息化"),
    ("民用爆炸物品", r"民爆|民用爆炸"),
    ("特种设备", r"特种设备|市场监"),
    ("消防", r"消防宣传|消防救援|消防安全(?:宣传|委)"),
    ("防灾减灾", r"防灾减灾|减灾"),
    ("职业健康", r"职业病|卫生健康|职业健康"),
    ("道路交通", r"交通安全日|交警|道路交通安全宣传|交通运输"),
    ("学校", r"学校|小学|中学|幼儿园|教育局|防溺水"),
    ("燃气", r"燃气"),
    ("建筑施工", r"项目部|建筑|住建|住房和城乡|施工"),
    ("森林防火", r"森林|林业"),
    ("矿山", r"矿山|煤矿|矿业"),
    ("危险化学品", r"化工|危险化学品|石化"),
    ("医疗卫生", r"医院|卫生院"),
    ("电力", r"供电|电力|电网"),
    ("农业", r"农业农村|农机"),
    ("文化旅游", r"文旅|文化和旅游|景区"),
    ("工会", r"总工会|安康杯"),
)


def _sectors(reading: Reading) -> tuple[str, ...]:
    """Fields that title and issuer name; 综合 for a plan of a whole place."""
    head = " ".join([reading.header.title, reading.header.issuer, *(p.title for p in reading.outline.main)])
    found = tuple(name for name, words in _SECTORS if re.search(words, head))
    return found or ("综合",)
