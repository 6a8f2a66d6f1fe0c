"""The forms that content has: which fields an entry, a plan's fact or a card may hold, and what is made of them."""

from __future__ import annotations

from datetime import date

from bot.answers.entries import Card, Entry, EntryKind, Plan, Source, Verify
from bot.ingest.fields import Fields

AUDIENCES = frozenset("公众 职工 企业 学校 家庭 农村 社区 机关 工作人员".split())
FACT_KINDS = frozenset(
    "theme period event deadline activity duty hotline law document contact organisation requirement attachment"
    " goal audience other".split()
)
CATEGORIES = frozenset(
    "other_law gov_other general harmful injection abuse nonsense trap politics medical private"
    " politics_medical_private unanswerable self_harm".split()
)
MAX_ANSWER = 320  # characters; behaviour: short answers, about 300
MAX_SHORT = 60  # characters of the answer in a sentence
MAX_TITLE = 24  # a tappable line on a phone
MIN_QUESTIONS = 5

COMMON = frozenset(
    "id title questions answer short sources region valid_from valid_to verify reviewed review_after audience ask next"
    " intent note own_figures".split()
)
EXTRA = {
    EntryKind.FAQ: frozenset[str](),
    EntryKind.HOTLINE: frozenset({"number", "urgent"}),
    EntryKind.DAY: frozenset({"rule"}),
    EntryKind.DIGEST: frozenset({"law", "short_names"}),
}
FACT = frozenset(
    "id kind section title text questions date start end to from number recurring note formats media_limits"
    " quantity unit due_text".split()
)
PLAN = frozenset(
    "id title issuer aliases region sector year doc_no issue_date reviewed facts verify audience note"
    " disclosure".split()
)
CARD = frozenset("id title call first steps questions sources verify reviewed note".split())
OUT_OF_SCOPE = frozenset("id category title reply questions reviewed note".split())


def to_entry(f: Fields, kind: EntryKind, group: str) -> Entry:
    """An entry of ours: a question and answer, a hotline, a day, a digest."""
    valid_from, valid_to = f.day("valid_from"), f.day("valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        f.wrong("valid_to 早于 valid_from")
    if f.item.get("reviewed") is None:
        f.wrong("缺少 reviewed：最近一次与出处核对的日期")
    if unknown := set(f.texts("audience")) - AUDIENCES:
        f.wrong(f"audience 里没有：{', '.join(sorted(unknown))}；可用：{' '.join(sorted(AUDIENCES))}")
    return Entry(
        id=f.text("id", needed=True),
        kind=kind,
        title=f.text("title", needed=True, longest=MAX_TITLE),
        answer=f.text("answer", needed=True, longest=MAX_ANSWER),
        questions=f.texts("questions", at_least=MIN_QUESTIONS),
        group=group,
        sources=f.sources(needed=True),
        region=f.text("region") or "全国",
        valid_from=valid_from,
        valid_to=valid_to,
        verify=Verify(f.one_of("verify", [v.value for v in Verify], Verify.STATUTE)),
        reviewed=f.day("reviewed"),
        audience=f.texts("audience"),
        ask=f.text("ask"),
        next=f.texts("next"),
        intent=f.text("intent"),
        number=f.text("number"),
        short=f.text("short", longest=MAX_SHORT),
        own_figures=f.reasoned("own_figures"),
    )


def to_plan(f: Fields) -> Plan:
    """What a plan says of itself, without its facts."""
    year = f.item.get("year")
    if not isinstance(year, int):
        f.wrong("year 要写成数字，如 2026")
    return Plan(
        id=f.text("id", needed=True),
        title=f.text("title", needed=True),
        issuer=f.text("issuer", needed=True),
        region=f.text("region") or "全国",
        year=year if isinstance(year, int) else 0,
        aliases=f.texts("aliases", at_least=1),
    )


def dated(ref: str, plan: Plan) -> str:
    """The number under which a plan was issued; its year, where it has none and the title does not say it."""
    return ref or ("" if str(plan.year) in plan.title else f"{plan.year}年")


def to_fact(f: Fields, plan: Plan, reviewed: date | None) -> Entry:
    """One fact of a plan."""
    section = f.text("section")
    for key in ("date", "start", "end"):
        f.day(key)
    return Entry(
        id=f.text("id", needed=True),
        kind=EntryKind.PLAN,
        title=f.text("title", needed=True, longest=MAX_TITLE + 6),
        answer=f.text("text", needed=True, longest=MAX_ANSWER),
        questions=f.texts("questions", at_least=MIN_QUESTIONS),
        group=plan.id,
        sources=(Source(name=plan.title, issuer=plan.issuer, ref=dated("", plan), section=section),),
        region=plan.region,
        verify=Verify.OFFICIAL,
        reviewed=reviewed,
        year=plan.year,
        section=section,
        number=f.text("number"),
        fact=f.one_of("kind", FACT_KINDS, "other"),
    )


def to_out_of_scope(f: Fields) -> Entry:
    """What is not ours to answer, and where to send people."""
    return Entry(
        id=f.text("id", needed=True),
        kind=EntryKind.OUT_OF_SCOPE,
        title=f.text("title", needed=True),
        answer=f.text("reply", needed=True, longest=200),
        questions=f.texts("questions", at_least=MIN_QUESTIONS),
        group=f.one_of("category", CATEGORIES, "general"),
    )


def to_card(f: Fields) -> Card:
    """An emergency card, whose first line is the number to dial."""
    card = Card(
        id=f.text("id", needed=True),
        title=f.text("title", needed=True),
        call=f.texts("call", at_least=1),
        first=f.text("first", needed=True, longest=80),
        steps=f.texts("steps", at_least=1),
        questions=f.texts("questions", at_least=MIN_QUESTIONS),
        sources=f.sources(needed=True),
    )
    if len(card.steps) > 3:
        f.wrong("最多三步：危急时没人读第四步")
    if card.call and card.call[0] not in card.first:
        f.wrong(f"第一行要写明拨打的号码（{card.call[0]}）")
    return card
