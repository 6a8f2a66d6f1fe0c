"""The names and periods of the campaigns against one another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein

from bot.ingest.plans.checks.given import ERROR, INFO, TITLE, WARN, Given, finding
from bot.ingest.plans.proposal import FactKind, Finding
from bot.ingest.plans.reading import Said
from bot.ingest.plans.text import bare

_ROUND = re.compile(r"安全生产[一-鿿]{2,4}?行(?![业为政动])")
_HIGHER = re.compile(r"(?:全国|国家|全省|省|全市|市|上级|部|参加|配合|迎接|国务院)[^，。；]{0,8}$")
_TIME = re.compile(r"时\s*间|期限|日期")


def check(given: Given) -> Iterator[Finding]:
    """Findings about campaigns."""
    yield from _two_names(given)
    yield from _short_name(given)
    yield from _misspelt(given)
    yield from _periods(given)
    yield from _audiences(given)


def _rounds(given: Given) -> list[str]:
    return [c for c in given.header.campaigns if _ROUND.fullmatch(c)]


def _two_names(given: Given) -> Iterator[Finding]:
    """安全生产五邑行 in the title and 安全生产南粤行 in the body."""
    own = _rounds(given)
    first = own[0] if own else ""
    found: dict[str, list[tuple[Said, bool]]] = {}
    for said in given.reading.said():
        if said.section == "前言":
            continue
        for m in _ROUND.finditer(said.masked):
            if not first:
                first = m[0]
            if m[0] != first and m[0] not in own:
                found.setdefault(m[0], []).append((said, _as_own(said, m)))
    for name, places in found.items():
        sure = bool(own) and any(own_use for _, own_use in places)
        where = "、".join(dict.fromkeys(s.section for s, _ in places))
        said = next((s for s, own_use in places if own_use), places[0][0])
        message = f"活动叫“{first}”，这里写成“{name}”，请核对是不是同一个活动"
        yield finding("CAMPAIGN_NAME_MIX", ERROR if sure else WARN, where, message, said.text)


def _as_own(said: Said, m: re.Match[str]) -> bool:
    """The other name where the plan's own must stand: in a main heading, beside 总结, or paired with 安全生产月."""
    before, after = said.masked[: m.start()], said.masked[m.end() :]
    if _HIGHER.search(before.rstrip('“"')):
        return False
    paired = re.search(r"安全生产月[”\"]?(?:活动)?[和、与及][“\"]?$", before) is not None
    heading = said.in_title and said.block.depth == 1
    return paired or heading or bool(re.match(r"[”\"]?(?:活动)?(?:总结|方案|主要内容)", after))


def _short_name(given: Given) -> Iterator[Finding]:
    """安全月 beside 安全生产月."""
    if "安全生产月" not in given.header.campaigns:
        return
    for said in given.reading.said():
        if m := re.search(r"[“\"]安全月[”\"]|安全月活动", said.masked):
            yield finding("CAMPAIGN_NAME_MIX", INFO, said.section, f"“安全生产月”也写成“{m[0].strip('“”')}”", said.text)
            return


def _misspelt(given: Given) -> Iterator[Finding]:
    """“安全生产五邑” for “安全生产五邑行”: a quoted name that is one character short or long."""
    for said in given.reading.said():
        for quote in re.findall(r"“([^“”]{4,12})”", said.masked):
            for name in given.header.campaigns:
                told, own = bare(quote), bare(name)
                if min(len(told), len(own)) >= 5 and len(told) != len(own) and Levenshtein.distance(told, own) == 1:
                    odd = f"少了“{_odd(told, own)}”字" if len(told) < len(own) else f"多了“{_odd(own, told)}”字"
                    yield finding(
                        "CAMPAIGN_NAME_TYPO", ERROR, said.section, f"“{quote}”{odd}，活动名是“{name}”", said.text
                    )


def _odd(short: str, long: str) -> str:
    at = next((n for n, c in enumerate(short) if c != long[n]), len(short))
    return long[at]


def _periods(given: Given) -> Iterator[Finding]:
    periods = given.of(FactKind.PERIOD)
    timed = [p for p in periods if _under_time(given, p.section)]
    for period in periods:
        if (
            period not in timed
            and timed
            and period.what in given.header.campaigns
            and period.end > max(t.end for t in timed)
        ):
            message = f"活动时间只写到{timed[-1].end}，但“{period.what}”到{period.end}才结束"
            yield finding(
                "CAMPAIGN_PERIOD_INCOMPLETE", ERROR, f"{timed[-1].section}、{period.section}", message, period.sentence
            )
        if (
            "日" not in period.when
            and any(len(d) in (2, 7) for d in (period.start, period.end))
            or re.fullmatch(r"(?:\d{4}年)?\d{1,2}月份?", period.when)
        ):
            yield finding(
                "CAMPAIGN_PERIOD_VAGUE", INFO, period.section, f"“{period.what}”只写到月份，没有起止日", period.sentence
            )
    names = {p.what for p in periods}
    joined = [c for c in given.header.campaigns if re.search(r"行$|月$|周$", c)]
    for said in given.reading.said():
        if said.section != "前言":
            joined += [m[0] for m in re.finditer(r"(?<=[“\"])安全生产[一-鿿]{2,4}行(?=[”\"])", said.masked)]
    for name in dict.fromkeys(joined):
        if (
            name not in names
            and not any(name in n or n in name for n in names)
            and (names or name in given.header.campaigns)
        ):
            if _is_other(name, given):
                continue
            yield finding(
                "CAMPAIGN_PERIOD_MISSING",
                WARN,
                TITLE if name in given.proposal.title else "全文",
                f"没有写“{name}”的起止时间",
            )


def _is_other(name: str, given: Given) -> bool:
    """Another name of a round that is the plan's own, told as a mix already."""
    own = _rounds(given)
    return bool(own) and name not in own


def _under_time(given: Given, section: str) -> bool:
    return any(b.number == section and any(_TIME.search(t) for t in b.titles) for b in given.reading.outline.blocks)


_PLACES = (
    "企业|学校|校园|机关|社区|农村|家庭|公共场所|工地|商场|景区|医院|网络|乡村|"
    "宗教场所|园区|班组|车间|医疗机构|养老机构"
)
_ENTER = re.compile(rf"(?:(?:安全|宣传|文化|知识|活动|教育|推动|安全文化)*[“”]?进(?:{_PLACES})[”“]?[、，和]?){{4,}}")
_FIVE = {"企业", "农村", "社区", "学校", "家庭"}
_SEVEN = _FIVE | {"机关", "公共场所"}
_COUNT = {"五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def _audiences(given: Given) -> Iterator[Finding]:
    """A list of 进企业、进学校… that is neither the five nor the seven, and 进校园 for 进学校."""
    for said in given.reading.said():
        for m in _ENTER.finditer(said.masked):
            members = {x.replace("校园", "学校").replace("乡村", "农村") for x in re.findall(rf"进({_PLACES})", m[0])}
            told = re.search(r"[“\"]?([五六七八九])进", said.text)
            if told and _COUNT[told[1]] != len(members) and "等" not in said.masked[m.end() : m.end() + 2]:
                message = f"写的是“{told[1]}进”，列出{len(members)}项"
                yield finding("AUDIENCE_LIST_SHORT", WARN, said.section, message, m[0])
            elif not told and members not in (_FIVE, _SEVEN) and 4 <= len(members) <= 6:
                lacking = "、".join(sorted((_SEVEN if len(members) > 5 else _FIVE) - members))
                yield finding(
                    "AUDIENCE_LIST_SHORT",
                    WARN,
                    said.section,
                    f"列出{len(members)}项“进”，与五进、七进都不同，没有{lacking}",
                    m[0],
                )
    if re.search(r"[“\"]?[五七]进", given.text):
        for said in given.reading.said():
            if "进校园" in said.text:
                yield finding("AUDIENCE_TERM", INFO, said.section, "写作“进校园”，全国用语是“进学校”")
                return
