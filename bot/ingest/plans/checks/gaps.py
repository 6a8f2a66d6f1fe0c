"""What staff need and the plan does not say: dates, recipients, numbers, who does it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.ingest.plans import dates, numbering
from bot.ingest.plans.activities import doer
from bot.ingest.plans.checks.given import INFO, WARN, WHOLE, Given, finding
from bot.ingest.plans.deadlines import REPORT
from bot.ingest.plans.proposal import FactKind, Finding


def check(given: Given) -> Iterator[Finding]:
    """Findings about gaps."""
    if not _is_plan(given):
        yield finding("NOT_A_PLAN", WARN, WHOLE, "不像活动方案：没有读出标题、时间、章节和活动，请核对文件")
        return
    yield from _identity(given)
    yield from _deadlines(given)
    yield from _consultation(given)
    yield from _hotlines(given)
    yield from _vague(given)
    yield from _doers(given)
    yield from _quantities(given)


def _is_plan(given: Given) -> bool:
    proposal = given.proposal
    signs = [
        bool(re.search(r"方案|计划|安排|通知|要点|部署|倡议", proposal.title)),
        bool(proposal.of(FactKind.PERIOD)),
        len(proposal.sections) >= 3,
        bool(proposal.theme),
        bool(proposal.of(FactKind.ACTIVITY)),
        bool(proposal.of(FactKind.DEADLINE)),
    ]
    return sum(signs) >= 2 and bool(re.search(r"活动|宣传|安全|消防|减灾|防治", given.text))


#: 材料统一报送宣传科。
_RECEIVED = re.compile(
    r"(?:材料|统一|一并|均|以上|^|。)(?:请)?报(?:送|至)?(?:至|到|给)?[一-鿿（）]{2,20}(?:局|办|科|室|部|委|处|组|中心|站|所|队|股|会)[。；，（]"
)
#: Bodies whose papers bear no numbers.
_NEVER_NUMBERED = re.compile(r"(?:村|居|村民|居民)委(?:员)?会$|社区$|项目(?:经理)?部$|班组$|车间$|家委会$")


def _identity(given: Given) -> Iterator[Finding]:
    date, number = given.proposal.issue_date, given.proposal.doc_no
    if not date and not number:
        yield finding("MISSING_ISSUE_DATE_DOCNO", WARN, WHOLE, "没有成文日期和文号")
    elif not date:
        yield finding("MISSING_ISSUE_DATE", WARN, WHOLE, "没有成文日期")
    elif not number and not _NEVER_NUMBERED.search(given.proposal.issuer):
        yield finding("MISSING_DOCNO", INFO, WHOLE, "没有文号")
    if given.header.year is None:
        yield finding("MISSING_YEAR", WARN, WHOLE, "没有写年份，日期只记到月日")
    elif given.header.year_from in ("theme", "ordinal", "text"):
        how = {"theme": "主题", "ordinal": "届次", "text": "正文和所引文件"}[given.header.year_from]
        yield finding("YEAR_INFERRED", INFO, "标题", f"标题没有年份，按{how}推断为{given.header.year}年")


def _deadlines(given: Given) -> Iterator[Finding]:
    dues = given.of(FactKind.DEADLINE)
    dated = [d for d in dues if d.date or d.recurring or "后" in d.when]
    for due in dues:
        if (
            due.recurring
            and due.confidence >= 0.8
            and not re.search(
                r"(?:至少|不少于|不低于)[^，。；]{0,6}\d", due.sentence[due.sentence.find(due.when) :][:24]
            )
            and not re.search(r"\d|[一二三四五六七八九十日底末]", due.when.replace("每", ""))
        ):
            yield finding(
                "MONTHLY_DUE_DAY_MISSING", WARN, due.section, f"“{due.when}”报送，没有写哪一天前报", due.sentence
            )
        if (
            due in dated
            and REPORT.search(due.sentence)
            and (not due.to or due.confidence <= 0.7 and due.to not in due.sentence)
            and not any(due.sentence in b.text and _RECEIVED.search(b.text) for b in given.reading.outline.blocks)
        ):
            yield finding("RECIPIENT_IMPLICIT", INFO, due.section, "没有写报给谁", due.sentence)
    if dated:
        return
    for said in given.reading.said():
        if not said.in_title and (m := REPORT.search(said.masked)) and re.search(r"报送|上报|报至", m[0]):
            yield finding("NO_DEADLINE", WARN, said.section, "要求报送，但没有写日期", said.text)
            return


def _consultation(given: Given) -> Iterator[Finding]:
    """Safety Production Month has its day of public advice on 16 June."""
    if given.known.campaign(given.proposal.title, "") != "安全生产月":
        return
    told = [s for s in given.reading.said() if re.search(r"咨询日|咨询活动|宣传咨询|现场咨询", s.text)]
    if not told and ("咨询" in given.text or _NEVER_NUMBERED.search(given.proposal.issuer)):
        return
    if not told:
        yield finding("NO_CONSULTATION_DAY", WARN, WHOLE, "没有安排6月16日安全宣传咨询日")
        return
    dated = any(f.date.endswith("06-16") or "咨询" in f.what and f.date for f in given.of(FactKind.EVENT))
    dated = dated or any("咨询" in f.what and (f.date or f.start) for f in given.of(FactKind.ACTIVITY))
    if not dated and not any(dates.find(s.masked) for s in told):
        yield finding(
            "DATE_VAGUE", WARN, told[0].section, "咨询活动没有写日期，全国安全宣传咨询日是6月16日", told[0].text
        )


def _hotlines(given: Given) -> Iterator[Finding]:
    lines = given.of(FactKind.HOTLINE)
    if not lines:
        for said in given.reading.said():
            if re.search(r"(?:举报|投诉)[^，。；]{0,6}(?:热线|电话)", said.text):
                yield finding("HOTLINE_NUMBER_MISSING", INFO, said.section, "说到举报热线，没有写号码", said.text)
                return
    for line in lines:
        if line.number == "88908890":
            yield finding(
                "HOTLINE_MAY_BE_OUTDATED",
                WARN,
                line.section,
                "88908890是天津旧便民专线，各地热线已归并到12345，请核实是否可拨",
            )


def _vague(given: Given) -> Iterator[Finding]:
    vague = [e for e in given.of(FactKind.EVENT) if re.search(r"旬|初|底|末", e.when) and e.start != e.end]
    if vague:
        told = "、".join(dict.fromkeys(f"“{e.when}”" for e in vague))
        where = "、".join(dict.fromkeys(e.section for e in vague))
        quote = vague[0].sentence if len(vague) == 1 else ""
        yield finding("DATE_VAGUE", WARN, where, f"日期只写{told}", quote)


def _doers(given: Given) -> Iterator[Finding]:
    """Of several items side by side all but one or two name who does them."""
    for block in given.reading.outline.blocks:
        items = numbering.inline(block.text)
        without = [
            (shown, text)
            for shown, _, text in items
            if not doer(text) and not re.match(r"[^，。；]{2,12}(?:负责|牵头|要)", text)
        ]
        if len(items) >= 4 and 0 < len(without) <= len(items) // 3:
            for shown, text in without:
                yield finding(
                    "RESPONSIBLE_MISSING", WARN, f"{block.number}{shown}", "其他各项写了责任单位，这一项没有写", text
                )


def _quantities(given: Given) -> Iterator[Finding]:
    """Hours of playing, numbers of posts: a figure that may mean a day or the whole campaign."""
    for duty in given.of(FactKind.DUTY):
        played = duty.unit in ("小时", "分钟") and re.search(r"播放|滚动|播出|宣传", duty.what)
        posted = duty.unit in ("次", "条", "篇") and re.search(r"推送|发布|刊发|报送|播放", duty.what)
        if (played or posted) and duty.comparator == ">=" and not duty.per and not _SPAN.search(duty.what):
            message = f"“{duty.quantity:g}{duty.unit}”没有说明是每天、每月还是累计"
            yield finding("QUANTITY_AMBIGUOUS", WARN, duty.section, message, duty.sentence)


_SPAN = re.compile(r"累计|共计|总共|合计|期间至少|每(?!级)|全年|全月|全程")
