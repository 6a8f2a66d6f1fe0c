"""What a plan cites: laws, other documents, document numbers, and the telephone lines it publishes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LAW_END = re.compile(r"(?:法|条例|规定|办法|规则|决定|修正案)(?:[（(][^（()）]{1,12}[)）])?$")
_NOT_LAW = re.compile(
    r"(?:方法|做法|想法|说法|看法|用法|书法|方案|奖励办法的通知)$|普法|宣传|方案|通知|意见|计划|读本|标语|手册|挂图"
)
#: Laws that plans name without 《》.
_PLAIN = (
    "安全生产法 消防法 职业病防治法 道路交通安全法 特种设备安全法 突发事件应对法 防震减灾法 防洪法 气象法 建筑法 "
    "食品安全法 矿山安全法 危险化学品安全法 危险化学品安全管理条例 "
    "生产安全事故应急条例 生产安全事故报告和调查处理条例 安全生产许可证条例 建设工程安全生产管理条例 "
    "城镇燃气管理条例 烟花爆竹安全管理条例 民用爆炸物品安全管理条例 "
    "森林防火条例 草原防火条例 工伤保险条例 特种设备安全监察条例 劳动法 劳动合同法 未成年人保护法 "
    "自然灾害救助条例 地质灾害防治条例 气象灾害防御条例 校车安全管理条例 "
    "煤矿安全生产条例 民法典 刑法 刑法修正案（十一） 环境保护法 电力法 工会法 石油天然气管道保护法 "
    "铁路安全管理条例 内河交通安全管理条例 大型群众性活动安全管理条例"
).split()
_NAMES = "|".join(sorted(_PLAIN, key=len, reverse=True))
_LOCAL = "[一-鿿]{2,3}(?:省|市|自治区)(?:安全生产|消防|道路交通安全|燃气管理?|森林防火)条例"
_PLAIN_AT = re.compile(
    rf"(?<![一-鿿《〈]《)(?P<law>(?:中华人民共和国|[一-鿿]{{2,3}}省)?(?:{_NAMES}|{_LOCAL}))(?![律规人治实])"
)
_BOOK = re.compile(r"《((?:[^《》]|《[^《》]*》){2,80})》")
_DOC_NO = re.compile(
    r"(?P<organ>[一-鿿A-Za-z]{2,16})\s*[〔［\[（(﹝【]\s*(?P<year>(?:19|20)\d\d)\s*[〕］\])）﹞】]\s*第?\s*(?P<n>\d{1,4})\s*号"
)
_ORGAN_LEAD = re.compile(
    r"^.*(?:根据|按照|依据|依照|遵照|结合|贯彻|落实|转发|印发|参照|关于|以及|详见|文件|通知|精神|要求|文号|字号|[和与及的见按以])(?=[一-鿿A-Za-z]{2})"
)


@dataclass(frozen=True, slots=True)
class Cited:
    """A law or document as printed, and where it stands in the text. number: of a document, 〔〕, "" where not told."""

    at: int
    name: str
    number: str = ""
    is_law: bool = False


def cited(text: str) -> list[Cited]:
    """Laws and documents in the order of the text; 《》 is left out of the names."""
    out = list(_books(text))
    taken = [(m.start(), m.end()) for m in _BOOK.finditer(text)]
    for m in _PLAIN_AT.finditer(text):
        if not any(a <= m.start() < b for a, b in taken):
            out.append(Cited(m.start(), m["law"], is_law=True))
    return sorted(out, key=lambda c: c.at)


def _books(text: str) -> Iterator[Cited]:
    for m in _BOOK.finditer(text):
        name = m[1].strip()
        after = re.match(r"\s*[（(]?\s*", text[m.end() :])
        near = _DOC_NO.match(text, m.end() + (after.end() if after else 0))
        law = bool(_LAW_END.search(name) and not _NOT_LAW.search(name) and not name.startswith("关于"))
        yield Cited(m.start(), name, _number(near) if near else "", law)


def doc_numbers(text: str) -> list[str]:
    """Document numbers in order, each once, written with 〔〕 and without blanks."""
    return list(dict.fromkeys(_number(m) for m in _DOC_NO.finditer(text)))


def _number(m: re.Match[str]) -> str:
    return f"{_ORGAN_LEAD.sub('', m['organ'])}〔{m['year']}〕{m['n']}号"


#: Lines known throughout the country. 119 and its like are named as lines only beside a word of calling.
PUBLIC_LINES = frozenset(
    (
        "12350 12345 96119 12119 12379 12333 12315 12369 12328 12320 12395 12319 12378 12351 95598 12338 12355 12356 "
        "96333 12309 12388 12389 12318 12301 12313 95119 12329 12371 12380 88908890"
    ).split()
)
_SHORT = re.compile(
    r"(?<![\d.\-〔])(?P<n>11[09]|12[02])(?![\d.\-%％〕]|[个次名人家天项条分米元场类件]|\s*(?:消防|宣传|全国|主题|日|安全))"
)
_LINE = re.compile(r"(?<![\d.\-/〔])(?P<n>1[12]\d{3}|9[56]\d{3,4})(?![\d.\-〕%％]|[个次名人家天项条分米元年])")
_LONG = re.compile(
    r"(?<![\d〔.\-])(?P<n>(?:[（(]?0\d{2,3}[)）]?\s?[-—－–\s]?)?[2-8]\d{6,7}(?!\d|[元人次份个册张条]))|"
    r"(?P<free>(?:400|800)-?\d{3}-?\d{4}(?!\d))"
)
_CALL = re.compile(r"电话|热线|举报|投诉|拨打|报警|火警|号码|求助|抢险|抢修|急救|服务")


def hotlines(text: str) -> list[tuple[int, str]]:
    """Telephone lines that are for everybody, with their places in the text."""
    out = [(m.start(), m["n"]) for m in _LINE.finditer(text) if m["n"] in PUBLIC_LINES or _called(text, m)]
    out += [(m.start(), m["n"]) for m in _SHORT.finditer(text) if _called(text, m, 8, _row_start(text, m.start()))]
    for m in _LONG.finditer(text):
        out.append((m.start(), re.sub(r"[（(]?(0\d{2,3})[)）]?\s?[-—－– ]?(?=\d{7})", r"\1-", m[0]).strip()))
    return sorted(out)


def purpose(sentence: str, number: str) -> str:
    """What a line is for: the words beside its number that end in 电话, 热线 or 专线; "" where none do."""
    close, digits = r"[“”\"：:（(]*", re.escape(number)
    before = rf"([一-鿿]{{2,14}}(?:电话|热线|专线)){close}{digits}"
    after = rf"{digits}{close}([一-鿿]{{2,14}}?(?:电话|热线|专线))"
    for pattern in (before, after):
        if number and (found := re.search(pattern, sentence)):
            return re.sub(r"^.*(?:拨打|致电|拨|畅通|公布|宣传|用好|或)", "", found[1])
    return ""


_ROW = re.compile(r"(?:\d{3,5}\s*[、，,和或/]\s*)+$")


def _row_start(text: str, at: int) -> int:
    """Where a row of numbers begins that one stands in: 拨打110、119、120."""
    before = text[max(0, at - 40) : at]
    m = _ROW.search(before)
    return at - len(m[0]) if m else at


def _called(text: str, m: re.Match[str], reach: int = 14, start: int | None = None) -> bool:
    start = m.start() if start is None else start
    return bool(_CALL.search(text[max(0, start - reach) : start]) or _CALL.search(text[m.end() : m.end() + reach]))
