"""A part of a document (notice, plan, annex) and what stands around its body: title, number, signature, annexes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.ingest.plans import numbering

#: A line that can close a title: …活动方案  …的通知  …工作计划（试行）
TITLE_END = re.compile(
    r"(?:方案|计划|安排|通知|意见|要点|通告|倡议书|公告|预案|部署|函|细则|指引|指南|提示|办法|活动)[》”]?(?:的(?:通知|函|通告|公告))?(?:\s*[（(【][^（()）】]{1,20}[)）】])?$"
)
PLAN_END = re.compile(r"(?:方案|计划|安排|要点|预案|部署)(?:\s*[（(【][^（()）】]{1,20}[)）】])?$")
DATE_LINE = re.compile(
    r"^[（(]?\s*(?P<date>(?:(?:19|20)\d\d|[一二][〇零○Oo0九][〇零○Oo0一二三四五六七八九]{2})\s*年\s*(?:\d{1,2}|[一二三四五六七八九十]{1,2})\s*月(?:\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*日)?"
    r"|20\d\d[-./]\d{1,2}[-./]\d{1,2})\s*(?:印发|发布)?[）)]?$"
)
_UNIT_END = (
    r"(?:局|厅|委|部|办|办公室|委员会|指挥部|政府|公司|集团|学校|小学|中学|大学|学院|幼儿园|医院|中心|支队|大队|总队|队|站|所|科|处|街道|街道办|街道办事处|办事处|"
    r"镇|乡|社区|居委会|村委会|居民委员会|村民委员会|项目部|经理部|总工会|联合会|协会|团委|矿|厂|车间|分公司|领导小组|管委会|管理处|总站|银行|商会|景区|园区|党委|支部|院|馆|区|县|市)"
)
#: 3月5日, under the signature of a plan that tells no year
_DAY_LINE = re.compile(r"^(?P<date>\d{1,2}月\d{1,2}日)$")
UNIT_LINE = re.compile(rf"^[一-鿿（）()〇“”·A-Za-z\d]{{2,30}}{_UNIT_END}(?:[（(][^）)]*(?:章|代章)[）)])?$")
_DOC_NO_LINE = re.compile(
    r"^[（(]?[一-鿿A-Za-z]{2,14}\s*[〔［\[（(﹝【]\s*\d{4}\s*[〕］\])）﹞】]\s*第?\s*\d{1,4}\s*号[）)]?$"
)
ANNEX_MARK = re.compile(r"^附\s*件\s*(?P<n>[\d一二三四五六七八九十]{0,2})\s*(?P<colon>[：:])?\s*(?P<rest>.*)$")
_META = re.compile(
    r"^(?:【)?(?P<key>发文机关|发文机构|发布机构|发文单位|发布单位|信息来源|索引号|主题分类|主题词|发文字号|文\s*号|成文日期|发文日期|发布日期|发布时间|生成日期|公开方式|有效性|信息分类|组配分类|名\s*称|标\s*题)(?:】)?\s*[：:]\s*(?P<value>.*)$"
)
ASIDE = re.compile(r"^[（(](?:此件|本文|联系|信息公开|公开|主动|征求|草案|审议|代拟|内部|供参考)[^）)]*[）)]$")


@dataclass(frozen=True, slots=True)
class Block:
    """One numbered item, plain paragraph or table row.

    number  levels joined, as printed: 五（四）11; 前言, 文末 outside
    title   of a heading, "" for a plain paragraph and an item without one
    text    what follows the title
    titles  of the headings above, outermost first, and its own
    cells   of a table's row
    """

    number: str
    title: str
    text: str
    titles: tuple[str, ...] = ()
    style: str = ""
    value: int = 0
    depth: int = 0
    line: int = 0
    cells: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """Title and text as they stand together."""
        return f"{self.title}。{self.text}" if self.title and self.text else self.title or self.text


@dataclass(frozen=True, slots=True)
class Part:
    """A notice, a plan or an annex. mark: 附件1 or "". doc_no, issuers, date: as printed at its head and foot."""

    mark: str = ""
    title: str = ""
    addressees: str = ""
    doc_no: str = ""
    issuers: tuple[str, ...] = ()
    date: str = ""
    blocks: tuple[Block, ...] = ()
    annexes: tuple[tuple[int, str], ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    masthead: str = ""


def title_at(lines: Sequence[str]) -> tuple[str, int]:
    """The title that begins in the first of `lines`, and how many lines it takes; "", 0 where none does."""
    held = ""
    for n, line in enumerate(lines[:5]):
        if not _titlelike(line) or len(held) + len(line) > 110:
            return "", 0
        held += line
        open_quotes = held.count("《") - held.count("》") > 0 or held.count("“") - held.count("”") > 0
        following = lines[n + 1] if n + 1 < len(lines) else ""
        if (
            TITLE_END.search(held)
            and not open_quotes
            and not re.match(r"^(?:的通知|实施方案|活动方案|工作方案|方案|通知|[“和及])", following[:4])
        ):
            return held, n + 1
        if TITLE_END.search(held) and not open_quotes and not _titlelike(following):
            return held, n + 1
    return "", 0


def _titlelike(line: str) -> bool:
    if not line or len(line) > 80 or "\t" in line or re.search(r"[。；;！？]|[：:]$", line):
        return False
    return not (numbering.item(line) or DATE_LINE.match(line) or _DOC_NO_LINE.match(line) or _META.match(line))


def take_head(part: Part, lines: list[str]) -> tuple[Part, list[str]]:
    """Take metadata, number, title and addressees off the top."""
    meta: list[tuple[str, str]] = []
    rest: list[str] = []
    title, doc_no, masthead, addressees = "", "", "", ""
    n = 0
    while n < len(lines) and n < 25:
        line = lines[n]
        if m := _META.match(line):
            meta.append((re.sub(r"\s", "", m["key"]), m["value"].strip()))
        elif _DOC_NO_LINE.match(line):
            doc_no = doc_no or line.strip("（）()")
        elif ASIDE.match(line) or (DATE_LINE.match(line) and not rest):
            if m := DATE_LINE.match(line):
                meta.append(("成文日期", m["date"]))
        elif not title and re.search(r"文件$", line) and len(line) < 40:
            masthead = line.removesuffix("文件").strip()
        elif not title and (found := title_at(lines[n:]))[0]:
            title, taken = found
            n += taken - 1
        elif not title and not rest and len(line) <= 60 and _titlelike(line) and n < 8 and _has_title_below(lines, n):
            masthead = masthead or (line if UNIT_LINE.match(line) else "")
        elif not addressees and not rest and _ADDRESSED.search(line) and not numbering.item(line):
            addressees = line.rstrip("：:")
        else:
            rest = lines[n:]
            break
        n += 1
    else:
        rest = lines[n:]
    if not title and rest and len(rest[0]) <= 45 and _titlelike(rest[0]) and len(rest) > 1:
        title, rest = rest[0], rest[1:]
    return replace(part, title=title, doc_no=doc_no, masthead=masthead, addressees=addressees, meta=tuple(meta)), rest


#: 各镇（街道）人民政府，区安委会各成员单位：
_ADDRESSED = re.compile(
    r"^(?!根据|为|按照|现|经)[^。；]{2,160}(?:局|办|委|会|单位|部门|公司|企业|政府|街道|镇|乡|学校|科室|村|社区|中心|所|队|部|厅|家长|同学|同志|职工|处|站|院|园|党组|支部|校|人员|居民)[）)]?[：:]$"
)


def _has_title_below(lines: list[str], n: int) -> bool:
    return any(title_at(lines[k:])[0] for k in range(n + 1, min(n + 8, len(lines))))


_SIGNED = re.compile(
    r"^(?P<unit>.{4,40}?)\s*(?P<date>(?:20\d\d|二[〇零○][〇零○一二三四五六七八九]{2})年[\d一二三四五六七八九十]{1,2}月[\d一二三四五六七八九十]{1,3}日)$"
)


def take_foot(part: Part, lines: list[str]) -> tuple[Part, list[str]]:
    """Take signature and date off: the date line that stands last, and the units just above it."""
    for n in range(len(lines) - 1, max(-1, len(lines) - 15), -1):
        line = lines[n]
        if (m := _SIGNED.match(line)) and UNIT_LINE.match(m["unit"].strip()):
            return replace(part, issuers=tuple(m["unit"].split()), date=m["date"]), lines[:n] + lines[n + 1 :]
        if m := DATE_LINE.match(line) or (_DAY_LINE.match(line) if n and UNIT_LINE.match(lines[n - 1]) else None):
            first = n
            while first > 0 and n - first < 6 and _is_signature(lines[first - 1]):
                first -= 1
            units = tuple(u for x in lines[first:n] for u in re.split(r"\s{1,}", _unstamped(x)) if u)
            return replace(part, issuers=units, date=m["date"]), lines[:first] + lines[n + 1 :]
    if lines and _is_signature(lines[-1]) and len(lines) > 3 and len(lines[-1]) <= 30:
        return replace(part, issuers=(_unstamped(lines[-1]),)), lines[:-1]
    return part, lines


def _is_signature(line: str) -> bool:
    return all(UNIT_LINE.match(u) for u in line.split()) and bool(line.split()) and not numbering.item(line)


def _unstamped(line: str) -> str:
    return re.sub(r"[（(](?:[^（()）]*章)[）)]", "", line).strip()


#: 2-1.联络员名单, in the list of an annex that has annexes of its own
_SUBNUMBER = re.compile(r"^\d{1,2}[-—－](\d{1,2})\s*[.、．]?\s*(?=[^\d\s])")


def take_annexes(part: Part, lines: list[str]) -> tuple[Part, list[str]]:
    """Take the list of annexes off: 附件：1.… and the lines that go on with 2.…"""
    kept: list[str] = []
    found: list[tuple[int, str]] = []
    listing = False
    for line in lines:
        m = ANNEX_MARK.match(line) if len(line) < 200 and not line.endswith("。") else None
        line = _SUBNUMBER.sub(lambda m: f"{m[1]}.", line) if listing else line
        item = numbering.item(line)
        if m and (m["colon"] or m["n"] or not m["rest"]):
            listing = True
            found += _annex_names(_SUBNUMBER.sub(lambda m: f"{m[1]}.", m["rest"]), m["n"])
        elif listing and item and item.style in ("num", "nump", "circ", "cn") and item.value == len(found) + 1:
            found.append((item.value, item.rest.rstrip("；;。")))
        elif listing and re.match(r"^\S+\.(?:docx?|pdf|xlsx?|zip|rar|wps|ofd)$", line):
            continue
        else:
            listing = False
            kept.append(line)
    unique = dict(reversed(found))
    return replace(part, annexes=tuple(sorted(unique.items()))), kept


def _annex_names(rest: str, n: str) -> list[tuple[int, str]]:
    """附件：1.甲 2.乙 in one line, or 附件2：乙."""
    if not rest or re.match(r"^\S+\.(?:docx?|pdf|xlsx?|zip|rar|wps|ofd)$", rest):
        return []
    pieces = [
        p
        for p in re.split(r"(?:^|(?<=[\s；;。）”》一-鿿]))(?=\d{1,2}\s*[.、．]\s*(?:[^\d\s]|(?:19|20)\d\d年))", rest)
        if p.strip()
    ]
    if len(pieces) > 1 or numbering.item(rest):
        items = [i for p in pieces if (i := numbering.item(p.strip()))]
        return [(i.value, i.rest.strip("；;。 ")) for i in items]
    value = int(n) if n.isdecimal() else 1
    return [(value, rest.strip("；;。 "))]
