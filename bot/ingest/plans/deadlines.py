"""Deliverables: what is due, until when, to whom, from whom and in which form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.ingest.plans import dates, units
from bot.ingest.plans.dates import When
from bot.ingest.plans.limits import limits
from bot.ingest.plans.proposal import Fact, FactKind
from bot.ingest.plans.reading import Reading, Said
from bot.ingest.plans.text import shorten, until

#: Handing something in.
REPORT = re.compile(
    r"报送(?:至|到|给)?|上报(?:至|到|给)?|报(?:至|到|给|备|请)|提交(?:至|到|给)?|递交|呈报|送(?:至|达|交)|寄(?:至|送|到)|发(?:送)?(?:至|到)|反馈(?:至|到|给)?|填报|"
    r"(?<![海简情通汇预申电手抄板画填上呈周日])报(?![道告警名纸刊表送至到给备请废销考价社])(?=[^，。；：]{1,24}(?:局|办|科|室|部|委|厅|处|组|中心|公司|会|政府|站|所|队|股|院|校))|"
    r"交(?:至|到|给)|(?<![提移递上])交(?=[^，。；通流际警]{1,10}(?:处|办|室|科|部|组|局|委|队))|上传(?:至|到)?|传(?:至|到)|汇总(?:后)?(?:至|报)"
)
_THING = (
    r"总结|小结|方案|计划|情况|材料|表|照片|视频|简报|信息|报告|名单|案例|台账|作品|图片|资料|清单|影像|数据|"
    r"联络员|征文|稿"
)
_ALL_MATERIAL = re.compile(r"(?:所有|上述|以上|有关|相关)?(?:报送)?材料")
_GENERAL = re.compile(r"^(?:工作|活动|相关|有关|及时|动态|重要|最新)*(?:信息|动态|进展)?$")
_TO = (
    re.compile(
        rf"(?:向|给)(?P<to>[^，。；“]{{2,40}}?)(?:分别|及时|统一|定期|书面|集中|按时|各|再|推荐|汇总|同时)*(?:{REPORT.pattern}|报告|推荐)"
    ),
    re.compile(rf"(?:{REPORT.pattern})(?P<after>[^，。；]{{2,60}})"),
    re.compile(r"(?:至|到)(?P<after2>[^，。；“]{2,40})"),
)


_STAGE = re.compile(r"([一-鿿“”]{2,20})[（(](?:时间[：:])?$")
#: 报名截止6月10日下班前: what is due stands before its day.
_BEFORE_DAY = re.compile(
    r"([一-鿿]{2,12}?)(?:的?(?:时间|时限|日期))?(?:截止|截至)?(?:时间|日期)?(?:为|是|于|到|至|：|:)?$"
)


def deadlines(reading: Reading) -> list[Fact]:
    """Everything that is due, in the order of the document."""
    found = [f for said in reading.said() for f in (_of_a_heading if said.in_title else _in_sentence)(said, reading)]
    return _with_recipient(found, reading)


def _of_a_heading(said: Said, reading: Reading) -> Iterator[Fact]:
    """动员部署阶段（5月28日前）: until when a stage is done."""
    for when in dates.find(said.masked, reading.header.frame):
        name = _STAGE.search(said.text[: when.at])
        if when.due and when.is_day and name:
            yield _fact(said, when, name[1], ("", said.text), reading)


def _in_sentence(said: Said, reading: Reading) -> Iterator[Fact]:
    whens = dates.find(said.masked, reading.header.frame)
    dues = [w for w in whens if _is_due(w, said.masked)]
    if not dues:
        yield from _undated(said)
        return
    for group, start, stop in _groups(dues, said.text):
        segment = said.text[start:stop]
        items = _items(segment, len(group), said.text[:start])
        for when, what in zip(group, items, strict=True):
            yield _fact(said, when, what, (segment, said.text[max(0, start - 60) : stop]), reading)


def _is_due(when: When, text: str) -> bool:
    """A limit; or a plain day on which something is handed in: 6月28日上报总结, 每月报送情况."""
    if when.due:
        return True
    after = re.split(r"[。；;]", text[when.stop :])[0]
    if when.recurring:
        return bool(REPORT.search(after)) and when.recurring not in ("daily",)
    if (
        re.match(r"^(?:[、和及]\d{1,2}月份?)*\s*(?:分别|，|，?请|由|各单位)?\s*(?:报送|上报|提交|报)", after)
        and not when.ranged
    ):
        return True
    before = text[: when.at]
    return when.is_day and bool(re.search(r"(?:报送|上报|提交|截稿|截止|完成)(?:时间|时限|日期)[：:为是]*$", before))


def _groups(dues: Sequence[When], text: str) -> Iterator[tuple[list[When], int, int]]:
    """Dues that share their objects (6月29日前和12月19日前分别…) with the stretch of text that tells them."""
    held: list[list[When]] = []
    for when in dues:
        if held and re.fullmatch(r"[和、及与，]?(?:于)?", text[held[-1][-1].stop : when.at].strip()):
            held[-1].append(when)
        else:
            held.append([when])
    for n, group in enumerate(held):
        stop = len(text)
        if n + 1 < len(held):
            stop = _cut(text, group[-1].stop, held[n + 1][0].at)
        yield group, group[-1].stop, stop


def _cut(text: str, start: int, at: int) -> int:
    """Where one due's words end before the next due: at the last comma or semicolon between them."""
    place = max(text.rfind(c, start, at) for c in "，；;。、")
    return place if place > start else at


def _items(segment: str, count: int, before: str) -> list[str]:
    """What is due, one text for each date; with 分别 the first things belong to one date each."""
    whole = _object(segment, before)
    if count == 1:
        return [whole]
    pieces = [p for p in re.split(r"(?:以及|[和及、])(?=“|《|[一-鿿]{2,10}总结)", whole) if p]
    if len(pieces) < count:
        return [whole] * count
    first = [p.strip("、，和及") for p in pieces[:count]]
    tail = re.search(r"(?:以及|、|及|，).*$", pieces[count - 1])
    rest = pieces[count:]
    if tail and tail.start() > 2:
        first[-1] = pieces[count - 1][: tail.start()]
        rest = [tail[0].lstrip("以及、，"), *rest]
    common = "、".join(r for r in rest if r)
    return [f"{f}、{common}" if common else f for f in first]


def _object(segment: str, before: str) -> str:
    """The thing handed in, without verb, recipient and form."""
    return re.sub(r"^(?:将|把|并)+", "", _thing(segment, before))


def _thing(segment: str, before: str) -> str:
    plain = re.sub(r"[（(][^（()）]*[)）]", "", segment).strip("，。；、 ")
    plain = re.sub(
        r"^(?:，|请|各[^，将把]{1,14}(?:单位|部门|地|街道|镇|社区|学校|企业|科室)|要|应|须|务必|分别|统一|及时)+",
        "",
        plain,
    )
    if m := re.search(
        rf"(?:将|把)(?P<o>.+?)(?:一并|分别|统一|及时|以[^，]{{2,20}}形式|通过[^，]{{2,20}}|，|电子版|纸质版|书面)*(?:{REPORT.pattern})",
        segment,
    ):
        return re.sub(r"[（(][^（()）]*[)）]", "", m["o"]).strip("，、 ")
    if m := REPORT.search(plain):
        after = plain[m.end() :]
        to = units.receiver(after) if m[0].endswith(("至", "到", "给")) or m[0] == "报" else ""
        after = after.removeprefix(to)
        head = plain[: m.start()]
        if re.search(_THING, after):
            return re.sub(r"^(?:至|到|给)", "", re.split(r"[。；]|，(?=通过|联系|逾期|电子|邮箱|发)", after)[0]).strip(
                "，、 "
            )
        if re.search(_THING, head):
            return re.split(r"，", head)[-1] if len(head) > 40 else head.strip("，、 ")
        if mm := re.search(rf"(?:将|把)(?P<o>[^，。；]*?(?:{_THING})[^，。；]*)$", before):
            return mm["o"].strip("，、 ")
    return shorten(until(plain, "。；"), 60)


def _fact(said: Said, when: When, what: str, around: tuple[str, str], reading: Reading) -> Fact:
    """around: the words up to the next due, and the same with some before the date."""
    segment, near = around
    reports = bool(REPORT.search(near)) or bool(REPORT.search(said.text))
    to = _recipient(segment) or _recipient(said.text[when.stop :]) or _recipient(near) or _recipient(said.text)
    return Fact(
        id="",
        kind=FactKind.DEADLINE,
        section=said.section,
        sentence=said.text,
        confidence=0.9 if reports and (when.start or when.recurring or when.relative) else 0.6,
        what=what or _before(said.text[: when.at]),
        date="" if when.recurring or when.relative else when.date,
        when=when.text,
        who=_sender(said.text[: when.at], said.text[when.stop :]),
        to=_told(to, reading),
        limits=limits(near),
        recurring=when.recurring,
    )


def _before(text: str) -> str:
    found = _BEFORE_DAY.search(text)
    return found[1] if found else ""


def _recipient(text: str) -> str:
    """Who receives: 向X报送, 报送X办公室, 报至X."""
    if m := re.search(r"(?:报送|接收|收件|受理)(?:单位|部门|对象|科室)[：:]\s*(?P<to>[^，。；\s]{2,30})", text):
        return m["to"]
    for m in _TO[0].finditer(text):
        if to := units.receiver(m["to"]) or (
            m["to"] if re.search(r"(?:局|办|组|委|处|科|部|厅|会|公司|中心|学校|政府)$", m["to"]) else ""
        ):
            return to
    for m in REPORT.finditer(text):
        if to := units.receiver(text[m.end() : m.end() + 50]):
            return to
    for m in re.finditer(r"(?:至|到)(?=[区市县省镇我局公])", text):
        if to := units.receiver(text[m.end() : m.end() + 40]):
            return to
    return ""


def _told(to: str, reading: Reading) -> str:
    """我局 told as the issuer."""
    to = re.sub(r"(?:联系人|邮箱|电子|处)$", "", to)
    if re.fullmatch(r"(?:我|本)[一-鿿]{1,3}", to) and reading.header.issuer:
        return reading.header.issuer if units.ends_like(to[1:], reading.header.issuer) else to
    return re.sub(r"^(?:我|本)(?=局|委|厅|办)", "", to)


def _sender(before: str, after: str) -> str:
    """Who hands in: 请各街道、各成员单位于…, or after the date 请各地…"""
    head = re.split(r"[。；，]", before)[-1]
    for text in (head, after[:40]):
        if m := re.search(
            r"(?:^|请|，)(?P<who>(?:各|全体|区|市|县|辖区|所有|有关|相关)[^，。；：]{0,40}?)(?=于|应|要|须|务必|在|将|把|请|$|每)",
            text.strip("， "),
        ):
            return m["who"].strip("， ")
    return ""


_UNDATED = re.compile(
    rf"(?P<o>[^，。；]{{0,40}}(?:{_THING}|事例|做法|经验)[^，。；]{{0,30}}?)(?:，)?(?:要|应|须|请)?(?P<how>及时|随时|定期|按时|同步)?[^，。；]{{0,16}}?(?:报送至|上报至|报送到|报至|上报|报送(?=[区市县省局]))(?P<to>[^，。；]{{2,30}})"
)


def _undated(said: Said) -> Iterator[Fact]:
    """Something to hand in to a named office with no day: 活动情况及时报送至县安委会办公室."""
    for m in _UNDATED.finditer(said.text):
        to, what = units.receiver(m["to"]), re.sub(r"^.*?(?:将|把|并)", "", m["o"]).strip("，、 ")
        if to and not _GENERAL.match(what) and not _ALL_MATERIAL.fullmatch(what):
            yield Fact(
                id="",
                kind=FactKind.DEADLINE,
                section=said.section,
                sentence=said.text,
                confidence=0.5,
                what=what,
                when=m["how"] or "",
                to=to,
                limits=limits(said.text),
            )


def _with_recipient(found: list[Fact], reading: Reading) -> list[Fact]:
    """Where a report names no recipient: the one told for all material, or less surely the only one in the plan.

    An office to which a recipient passes things on (区指导办 to 市指导办) does not count.
    """
    told, named = "", [f.to for f in found if f.to]
    for said in reading.said():
        to = _told(_recipient(said.text), reading) if REPORT.search(said.text) else ""
        named += [to] if to else []
        if to and re.match(rf"{_ALL_MATERIAL.pattern}|报送(?:单位|部门|对象)", said.text):
            told = to
    ends = {n for n in named if n not in {f.to for f in found if f.who in named}}
    common = told or (ends.pop() if len(ends) == 1 else "")
    most = 0.75 if told else 0.7
    return [
        replace(f, to=common, confidence=min(f.confidence, most))
        if not f.to and common and REPORT.search(f.sentence)
        else f
        for f in found
    ]
