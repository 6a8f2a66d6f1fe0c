"""How people ask for a fact of a plan: phrasings made from its kind, campaign, audience, dates and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bot.ingest.plans.naming import spoken
from bot.ingest.plans.proposal import Fact, FactKind
from bot.ingest.plans.wording import wording

MAX_QUESTIONS = 26
MIN_QUESTIONS = 8

_QUOTED = re.compile(r"[“\"]([^“”\"]{2,24})[”\"]|《([^《》]{2,30})》")
_VERBS = (
    "组织开展|开展|组织|举办|举行|召开|播放|张贴|悬挂|发放|推送|设立|开设|建立|健全|完善|制定|观看|参加|参与|配合|落实"
    "|普及|宣传|排查|成立|纳入|采取|邀请|绘制|阅读|曝光|公布|推荐|发动|鼓励|聚焦|围绕|针对|结合|利用|评选|走访|检查|设置"
    "|投放|印发|编发|刊发|报道|讲"
)
_DEED = re.compile(rf"({_VERBS})(?:好|了)?([^，。；;、：:（）()]{{2,18}})")
#: What such an object may end in; people ask 要建立什么制度, 看什么片.
_TAIL = re.compile(
    r"(制度|机制|方式|形式|考核|教育片|宣传片|片|竞赛|演练|推演|培训|活动|图|读本|讲座|公开课|比赛|展览|展|专栏|节目|行动|课|机构"
    r"|小组|委员会|仪式|知识|法规|案例|标语|海报|短信|短视频|视频|隐患|平台|手段|原则|目标|承诺|倡议|志愿者|宣誓|直播|体验|自查"
    r"|排查|检查|会)(?:等)?$"
)
_FILLER = re.compile(
    r"^(?:各|本|全|要|应(?!急)|将|须|由|对|以|在|把|并|和|及|等|的|一次|一堂|一场|一批|相关|有关|广泛|深入|积极|认真|大力|做好"
    r"|切实|进一步|持续)+"
)
_BODIES = ("领导小组", "指导委员会", "指导小组", "组委会", "工作专班", "工作组")


def questions_for(fact: Fact, campaigns: Sequence[str]) -> tuple[str, ...]:
    """At least eight phrasings for one fact, none with the plan's own name."""
    made = list(dict.fromkeys(q for q in _ASK[fact.kind](fact, campaigns) if 2 <= len(q) <= 40))
    if len(made) < MIN_QUESTIONS:
        padding = wording().ask("any", "core", core_of(fact.what or fact.sentence))
        made += [q for q in padding if q not in made]
    return tuple(made[:MAX_QUESTIONS])


def core_of(text: str, longest: int = 16) -> str:
    """What a text is about, without the verbs and fillers before it."""
    bare = re.sub(r"[“”\"《》]", "", re.split(r"[，。；;：:（(]", text.strip())[0])
    bare = _FILLER.sub("", re.sub(rf"^(?:{_VERBS})+", "", _FILLER.sub("", bare)))
    return bare[:longest] or text[:longest]


def item_of(text: str) -> str:
    """What is handed in, in one word: 总结, 统计表; "" where no usual word names it."""
    return next(iter(_items(text)), "")


def _items(text: str) -> list[str]:
    found = [i for i in wording().items if i in text]
    return sorted((i for i in found if not any(i != o and i in o for o in found)), key=text.find)


def from_words(text: str) -> list[str]:
    """Phrasings from what a sentence names and does: 五带头是什么, 建立什么制度, 农机安全技能培训怎么搞."""
    out: list[str] = []
    for quoted, title in _QUOTED.findall(text):
        name = quoted or title
        out += [f"{name}是什么", f"{name}怎么搞"]
    for verb, thing in _DEED.findall(re.sub(r"[“”\"《》]", "", text)):
        bare = _FILLER.sub("", thing).removesuffix("等")
        if len(bare) < 2:
            continue
        if tail := _TAIL.search(bare):
            out.append(f"{verb}什么{tail[1]}")
        out.append(f"{verb}{bare}")
        out.append(f"{bare}怎么搞" if len(bare) < 12 else f"{bare[-12:]}有什么安排")
    return out


def hinted(text: str) -> list[str]:
    """Phrasings by what a sentence tells, in other words than its own."""
    return list(_by_pattern(wording().hints, text))


def _names(campaigns: Sequence[str]) -> list[str]:
    return [n for c in campaigns for n in spoken(c)]


def _theme(_fact: Fact, campaigns: Sequence[str]) -> Iterator[str]:
    yield from wording().ask("theme", "plain")
    for name in _names(campaigns[:2]):
        yield from wording().ask("theme", "campaign", name)


def _period(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    for name in spoken(re.sub(r"[“”]", "", fact.what).removesuffix("活动") or "活动"):
        yield from wording().ask("period", "campaign", name)
    yield from wording().ask("period", "plain")


def _event(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    ask = wording().ask
    yield from ask("event", "core", core_of(fact.what))
    for pair in _QUOTED.findall(fact.what)[:3]:
        yield from ask("event", "quoted", "".join(pair))
    yield from _on_named_day(fact.what + fact.sentence)
    yield from _on_day(fact)
    yield from from_words(fact.what)


def _on_named_day(text: str) -> Iterator[str]:
    for word in [w for w in wording().days if w in text][:1]:
        yield from wording().ask("event", "day", word)


def _on_day(fact: Fact) -> Iterator[str]:
    if day := re.search(r"(\d{2})-(\d{2})$", fact.date):
        yield from wording().ask("event", "date", int(day[1]), int(day[2]))


def _deadline(fact: Fact, campaigns: Sequence[str]) -> Iterator[str]:
    ask = wording().ask
    whole = re.sub(r"[“”\"《》]", "", fact.what)
    items = _items(whole) or [core_of(whole)]
    if not fact.to and not _items(whole):
        yield from ask("deadline", "deed", items[0])
        yield from _on_day(fact)
        yield from from_words(fact.what)[:8]
        return
    short = next((spoken(c)[-1] for c in campaigns if any(n in whole for n in spoken(c))), "")
    monthly = "每月" if fact.recurring == "monthly" else ""
    for n, item in enumerate(items[:4]):
        yield from list(ask("deadline", "core", monthly + item))[: 7 if n == 0 else 3]
        if short and n < 2:
            yield from ask("deadline", "campaign", short + item)
    if fact.limits or fact.channels:
        yield from (q for limit in fact.limits[:4] for q in _by_pattern(wording().limits, limit))
        yield from ask("deadline", "form", items[0])
    yield from ask("deadline", "plain")
    if fact.to:
        yield from ask("deadline", "to", fact.to)


def _by_pattern(table: Mapping[str, tuple[str, ...]], text: str) -> Iterator[str]:
    return (q for pattern, asked in table.items() if re.search(pattern, text) for q in asked)


def _deed(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    """An activity or duty."""
    ask = wording().ask
    core = core_of(fact.what)
    yield from ask("activity", "core", core)
    if fact.date:
        yield from _on_named_day(fact.what)
    yield from _on_day(fact)
    if fact.quantity is not None:
        yield from ask("activity", "figure", core)
        yield from _by_pattern(wording().figures, fact.unit)
    yield from from_words(fact.what)[:8]
    for channel in fact.channels[:2]:
        yield from ask("activity", "channel", channel)
    if fact.who:
        yield from ask("activity", "who", fact.who[:10])
    yield from from_words(fact.sentence)[:10]
    yield from hinted(fact.what)[:6]


def _hotline(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    yield from wording().ask("hotline", "core", fact.what[:14] or "热线")
    yield from wording().ask("hotline", "plain")
    if fact.number:
        yield from wording().ask("hotline", "number", fact.number)


def _law(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    yield from wording().ask("law", "core", fact.what.strip("《》").removeprefix("中华人民共和国"))
    yield from wording().ask("law", "plain")


def _document(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    ask = wording().ask
    yield from ask("document", "plain")
    if fact.number:
        yield from ask("document", "number", fact.number)
    if tail := re.search(r"(\d+)号$", fact.number):
        yield from ask("document", "tail", tail[1])
    if fact.what:
        yield from ask("document", "core", core_of(fact.what))
    if fact.who:
        yield from ask("document", "who", fact.who)


def _contact(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    yield from wording().ask("contact", "plain")
    if fact.who:
        yield from wording().ask("contact", "who", fact.who[-10:])


def _organisation(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    ask = wording().ask
    text = fact.what + fact.who + fact.sentence
    yield from ask("organisation", "plain")
    if "组长" in text or "主任" in text:
        yield from ask("organisation", "head")
    if "办公室" in text:
        yield from ask("organisation", "office")
    for word in (w for w in _BODIES if w in text):
        yield from ask("organisation", "body", word)
    yield from from_words(fact.what)[:4]


def _requirement(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    yield from wording().ask("requirement", "core", core_of(fact.what))
    yield from from_words(fact.what)[:6]
    yield from from_words(fact.sentence)[:8]


def _attachment(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    ask = wording().ask
    yield from ask("attachment", "core", core_of(re.sub(r"^附件\s*\d*[：:.]?", "", fact.what)))
    yield from ask("attachment", "plain")
    if match := re.match(r"附件\s*(\d+)", fact.what) or re.match(r"(\d+)$", fact.number):
        yield from ask("attachment", "number", match[1])


def _goal(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    yield from wording().ask("goal", "plain")
    yield from from_words(fact.what)[:4]


def _audience(fact: Fact, _campaigns: Sequence[str]) -> Iterator[str]:
    yield from wording().ask("audience", "plain")
    text = fact.what + "".join(fact.audience) + fact.sentence
    if named := re.search(r"[五六七八]进", text):
        yield from wording().ask("audience", "jin", named[0])


_ASK: dict[FactKind, Callable[[Fact, Sequence[str]], Iterable[str]]] = {
    FactKind.THEME: _theme,
    FactKind.PERIOD: _period,
    FactKind.EVENT: _event,
    FactKind.DEADLINE: _deadline,
    FactKind.ACTIVITY: _deed,
    FactKind.DUTY: _deed,
    FactKind.HOTLINE: _hotline,
    FactKind.LAW: _law,
    FactKind.DOCUMENT: _document,
    FactKind.CONTACT: _contact,
    FactKind.ORGANISATION: _organisation,
    FactKind.REQUIREMENT: _requirement,
    FactKind.ATTACHMENT: _attachment,
    FactKind.GOAL: _goal,
    FactKind.AUDIENCE: _audience,
}
