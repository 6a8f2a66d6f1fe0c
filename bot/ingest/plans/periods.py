"""Named periods of a plan: the campaign's days, and its stages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.ingest.plans import campaigns, dates, units
from bot.ingest.plans.dates import When
from bot.ingest.plans.proposal import Fact, FactKind
from bot.ingest.plans.reading import Reading, Said

_TIME_HEAD = re.compile(r"时\s*间|期限|日期|起止|日程")
_STAGE = re.compile(r"(?P<name>(?:第[一二三四五六]阶段[：:、，\s]*)?[一-鿿、]{0,14}(?:阶段|环节))")
#: What may stand between a campaign's name and its days: “安全生产月”活动时间为从
_SPEAKS = re.compile(
    r"^[”\"》]?(?:系列|宣传|主题|专项|的)*(?:活动|行动)?(?:的)?(?:开展|举办|实施|起止)?(?:时间|期限|日期|周期)?(?:安排)?(?:[（(]|为|是|从|自|于|将于|定于|将|：|:|在|每年|\s)*$"
)
_IS = re.compile(r"^\s*(?:为|是|作为)(?:第?\d*个?)(?:全国|全省|全市|我[省市区县]|今年|本次|本)?(?:的)?")
#: 决定从即日起至8月31日在全街道开展夏季消防安全宣传活动
_HELD = re.compile(
    r"[，,]?(?:期间)?(?:在[^，。；]{2,14}?|，)?(?:组织|集中|统一|深入|广泛|继续)?开展(?P<n>[^，。；]{4,24}?(?:活动|行动|整治|竞赛))"
)
_ENDS = re.compile(r"^\s*(?:份|底)?(?:结束|截止|完成)")


def periods(reading: Reading) -> list[Fact]:
    """Every named period, the campaign's own first as printed; each name and span once."""
    found = [fact for said in reading.said() for fact in _in_sentence(said, reading)]
    return list(_one_a_name(found)) + list(_together(reading, found))


def _one_a_name(found: list[Fact]) -> Iterator[Fact]:
    """Of several tellings of one campaign's period, the surest; the plan's words before the notice's."""
    for name in dict.fromkeys(f.what for f in found):
        same = [f for f in found if f.what == name]
        best = max(f.confidence for f in same)
        yield next(f for f in same if f.confidence == best)


def _in_sentence(said: Said, reading: Reading) -> Iterator[Fact]:
    for when in dates.find(said.masked, reading.header.frame):
        if (
            when.due
            and not when.vague
            and not when.ranged
            or when.recurring
            or when.relative
            or not (when.start or when.end)
        ):
            continue
        named = _name(said, when, reading)
        if named is None:
            continue
        name, confidence = named
        start, end = _bounds(when)
        if not start and not end:
            continue
        yield Fact(
            id="",
            kind=FactKind.PERIOD,
            section=said.section,
            sentence=said.text,
            confidence=confidence,
            what=name,
            start=start,
            end=end,
            when=when.text,
        )


def _bounds(when: When) -> tuple[str, str]:
    """First and last day; a single month is all its days."""
    if when.start == when.end and len(when.start) == 7:
        year, month = int(when.start[:4]), int(when.start[5:])
        return f"{when.start}-01", f"{when.start}-{dates.month_end(year, month):02}"
    return when.start, when.end


def _name(said: Said, when: When, reading: Reading) -> tuple[str, float] | None:
    """What the span is the period of, and how sure that is; None where it is no period."""
    before, after = said.masked[: when.at], said.masked[when.stop :]
    heads = said.block.titles
    if stage := _stage(said, when):
        return stage if when.is_span or when.ranged else None
    spans = when.is_span or when.ranged
    named = _campaign_before(said.text[: when.at])
    if (
        spans
        and (told := _IS.match(after))
        and (m := campaigns.KNOWN.match(_unquoted(said.text[when.stop + told.end() :])))
    ):
        return _known_as(m[0], reading), 0.9 if "日" in when.text else 0.85
    if named and spans and _SPEAKS.match(_between(said.text[: when.at], named)):
        return _known_as(named, reading), 0.95
    head = " ".join(heads[-2:])
    if _TIME_HEAD.search(head) and spans and not said.in_title:
        return _in_time_section(said, when, reading, named)
    if said.in_title and spans and _TIME_HEAD.search(said.text):
        return _own(reading), 0.85
    if spans and re.search(r"(?:活动|宣传|行动|整治)?(?:开展)?(?:时间|周期|期限)(?:为|是|从|自|：|:|安排)*$", before):
        return _own(reading), 0.9
    if spans and when.ranged and (m := _HELD.match(after)) and not said.block.style:
        return _known_as(m["n"], reading), 0.8
    return _item(said, when)


def _in_time_section(said: Said, when: When, reading: Reading, named: str) -> tuple[str, float]:
    """Under 活动时间: named before the span, by the item's title, else the plan's first campaign."""
    if named:
        return named, 0.95
    title = said.block.titles[-1]
    if in_head := campaigns.in_title(title):
        return in_head[0], 0.95
    if m := campaigns.KNOWN.search(said.text[when.stop :]):
        return _known_as(m[0], reading), 0.8
    return _own(reading), 0.9


def _unquoted(text: str) -> str:
    return text.lstrip('“"').replace("”", "", 1)


def _known_as(name: str, reading: Reading) -> str:
    """The campaign's name as the title has it, where it is the same: 全国消防宣传月 -> 消防宣传月."""
    name = name.strip('“”"')
    own = next((c for c in reading.header.campaigns if campaigns.stem(c) == campaigns.stem(name)), "")
    return own or name


def _own(reading: Reading) -> str:
    """The plan's first campaign, else what its title says it is about."""
    head = reading.header
    told = campaigns.plain_name(head.title, units.in_title(head.title))
    return head.campaigns[0] if head.campaigns else told if 2 <= len(told) <= 24 else "活动时间"


def _campaign_before(text: str) -> str:
    """The last campaign named in the text before a date."""
    quoted = [
        (m.start(), m[1])
        for m in re.finditer(r"“([^“”]{2,16})”", text)
        if re.search(r"月$|行$|周$|日$|杯$|进$|行动$|宣传", m[1])
    ]
    plain = [(m.start(), m[0].strip('“”"')) for m in campaigns.KNOWN.finditer(re.sub(r"“|”", '"', text))]
    found = max([*quoted, *plain], default=None)
    if found is None:
        return ""
    return next((q for a, q in quoted if abs(a - found[0]) <= 2), found[1]).strip('"')


def _between(text: str, named: str) -> str:
    at = text.rfind(named)
    return text[at + len(named) :] if at >= 0 else "？"


_DEED = re.compile(r"内容|安排|任务|活动|措施|项目|步骤|宣传|方式|开展|举措")


def _item(said: Said, when: When) -> tuple[str, float] | None:
    """An item of the programme that goes on for days: its own title, where the days open its text."""
    block = said.block
    own = block.titles[-1] if block.titles else ""
    first = not said.in_title and (block.text or said.text).startswith(said.text)
    days = (
        when.ranged
        and len(when.start) in (5, 10)
        and len(when.end) in (5, 10)
        and when.start != when.end
        and not re.search("[旬初底末]", when.text)
    )
    if not (first and days and own and block.depth >= 2 and when.at <= 3 and len(own) <= 20):
        return None
    return (own, 0.75) if any(_DEED.search(t) for t in block.titles[:-1]) and not _TIME_HEAD.search(own) else None


_IN_BRACKETS = re.compile(r"^(?P<n>[^（(，。]{2,20})[（(][^（）()]*[）)]$")
_STAGED = re.compile(r"阶段|步骤|时间|安排|进度")


def _stage(said: Said, when: When) -> tuple[str, float] | None:
    """宣传发动阶段（6月1日—5日） as heading or at the head of a paragraph."""
    titles = said.block.titles
    m = _IN_BRACKETS.match(said.text)
    if said.in_title and m and when.at > m.end("n") and any(_STAGED.search(t) for t in (*titles[:-1], said.text)):
        return _bare_stage(m["n"]), 0.9
    for text in (said.text if said.in_title else said.text[: when.at], titles[-1] if titles else ""):
        plain = re.sub(r"[（(].*", "", text)
        if (m := _STAGE.search(plain)) and len(plain) <= 40 and (said.in_title or when.at <= len(plain) + 12):
            return _bare_stage(m["name"]), 0.9
    return None


def _bare_stage(name: str) -> str:
    """第一阶段：动员部署 -> 动员部署."""
    return re.sub(r"^第[一二三四五六]阶段[：:、，\s]+(?=[一-鿿])", "", name).strip("：:、， ")


def _together(reading: Reading, found: list[Fact]) -> Iterator[Fact]:
    """“专题行”与“安全生产月”活动同步启动，12月份结束: one begins when the other does."""
    for said in reading.said():
        m = re.search(
            r"“(?P<a>[^“”]{2,16})”[一-鿿]{0,4}(?:与|和|同)“(?P<b>[^“”]{2,16})”(?:活动)?同步(?:启动|开展|开始|进行)",
            said.text,
        )
        if not m or any(f.what == m["a"] for f in found):
            continue
        other = next((f for f in found if f.what == m["b"]), None)
        ends = [
            w
            for w in dates.find(said.masked, reading.header.frame)
            if w.at >= m.end() and _ENDS.match(said.masked[w.stop :])
        ]
        if other and ends:
            base = replace(
                other,
                section=said.section,
                sentence=said.text,
                confidence=0.7,
                when=said.text[m.start() : ends[0].stop],
            )
            yield replace(base, what=m["a"], end=ends[0].end or ends[0].start)
