"""The build of a plan: parts (notice, plan, annexes), each with its title, blocks, signature and annex list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.ingest.plans import numbering
from bot.ingest.plans.text import Source, sentences

PREAMBLE, CLOSING, SIGNATURE, TABLE = "前言", "文末", "落款", "表"
_MAX_TITLE = 45

#: A line that can close a title: …活动方案  …的通知  …工作计划（试行）
TITLE_END = re.compile(
    r"(?:方案|计划|安排|通知|意见|要点|通告|倡议书|公告|预案|部署|函|细则|指引|活动)[》”]?(?:的(?:通知|函|通告|公告))?(?:\s*[（(【][^（()）】]{1,20}[)）】])?$"
)
PLAN_END = re.compile(r"(?:方案|计划|安排|要点|预案|部署)(?:\s*[（(【][^（()）】]{1,20}[)）】])?$")
_DATE_LINE = re.compile(
    r"^[（(]?\s*(?P<date>(?:(?:19|20)\d\d|[一二][〇零○Oo0九][〇零○Oo0一二三四五六七八九]{2})\s*年\s*(?:\d{1,2}|[一二三四五六七八九十]{1,2})\s*月(?:\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*日)?"
    r"|20\d\d[-./]\d{1,2}[-./]\d{1,2})\s*(?:印发|发布)?[）)]?$"
)
_UNIT_END = (
    r"(?:局|厅|委|部|办|办公室|委员会|指挥部|政府|公司|集团|学校|小学|中学|大学|学院|幼儿园|医院|中心|支队|大队|总队|队|站|所|科|处|街道|街道办|街道办事处|办事处|"
    r"镇|乡|社区|居委会|村委会|居民委员会|村民委员会|项目部|经理部|总工会|联合会|协会|团委|矿|厂|车间|分公司|领导小组|管委会|管理处|总站|银行|商会|景区|园区|党委|支部|院|馆|区|县|市)"
)
UNIT_LINE = re.compile(rf"^[一-鿿（）()〇“”·A-Za-z\d]{{2,30}}{_UNIT_END}(?:[（(][^）)]*(?:章|代章)[）)])?$")
_DOC_NO_LINE = re.compile(
    r"^[（(]?[一-鿿A-Za-z]{2,14}\s*[〔［\[（(﹝【]\s*\d{4}\s*[〕］\])）﹞】]\s*第?\s*\d{1,4}\s*号[）)]?$"
)
_ANNEX_MARK = re.compile(r"^附\s*件\s*(?P<n>[\d一二三四五六七八九十]{0,2})\s*(?P<colon>[：:])?\s*(?P<rest>.*)$")
_META = re.compile(
    r"^(?:【)?(?P<key>发文机关|发文机构|发布机构|发文单位|发布单位|信息来源|索引号|主题分类|主题词|发文字号|文\s*号|成文日期|发文日期|发布日期|发布时间|生成日期|公开方式|有效性|信息分类|组配分类|名\s*称|标\s*题)(?:】)?\s*[：:]\s*(?P<value>.*)$"
)
_ASIDE = re.compile(r"^[（(](?:此件|本文|联系|信息公开|公开|主动|征求|草案|审议|代拟|内部|供参考)[^）)]*[）)]$")


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


@dataclass(frozen=True, slots=True)
class Outline:
    """All parts of a document; `plan` is the one that holds the campaign plan, `notice` what it was sent with."""

    parts: tuple[Part, ...]
    plan: Part
    notice: Part | None = None
    others: tuple[Part, ...] = field(default=())

    @property
    def main(self) -> tuple[Part, ...]:
        """Notice and plan: what is read for facts."""
        return (self.notice, self.plan) if self.notice else (self.plan,)

    @property
    def blocks(self) -> list[Block]:
        """The blocks of the notice and the plan, in order."""
        return [b for p in self.main for b in p.blocks]


def outline(source: Source) -> Outline:
    """Cut the lines into parts and each part into blocks."""
    lines = list(_split_heads(source.lines))
    parts = [_part(chunk) for chunk in _chunks(lines)]
    parts = [p for p in parts if p.blocks or p.title or p.annexes] or [Part()]
    plan = max(parts, key=lambda p: _planlike(p, parts))
    before = parts[: parts.index(plan)]
    notice = before[0] if before else None
    return Outline(tuple(parts), plan, notice, tuple(p for p in parts if p is not plan and p is not notice))


def _planlike(part: Part, parts: Sequence[Part]) -> float:
    """How much a part looks like the plan: sections count, an annex that is a form does not, the first wins a tie."""
    heads = len({b.number for b in part.blocks if b.style in ("cn", "num", "part", "cnp")})
    named = 6 if PLAN_END.search(part.title) else 0
    form = 8 if re.search(r"(?:表|名单|标语|口号|回执|分工|目录|题|清单)(?:[（(].*[）)])?$", part.title) else 0
    return heads + named - form - parts.index(part) * 0.1


_HEAD_INSIDE = re.compile(
    r"(?<=[。！；;])\s*(?=(?:[一二三四五六七八九]|十[一二三四五]?)、[一-鿿“])|(?<=[。；;])\s*(?=（[一二三四五六七八九十]）[一-鿿“])"
)


def _split_heads(lines: Sequence[str]) -> Iterator[str]:
    """Lines, with headings that follow a full stop in the same line set apart; as in text pasted without breaks."""
    for line in lines:
        if "\t" in line or "|" in line:
            yield line
        else:
            yield from (p.strip() for p in _HEAD_INSIDE.split(line) if p.strip())


def _chunks(lines: list[str]) -> Iterator[list[str]]:
    """Lines of each part: cut at 附件1 above an annex, and where a plan's title follows the notice's signature."""
    start = 0
    for n in range(1, len(lines)):
        if n > start and (_opens_annex(lines, n) or _opens_plan(lines, n, start)):
            yield lines[start:n]
            start = n
    yield lines[start:]


def _opens_annex(lines: list[str], n: int) -> bool:
    m = _ANNEX_MARK.match(lines[n])
    if not m or len(lines[n]) > 60:
        return False
    following = lines[n + 1] if n + 1 < len(lines) else ""
    if m["rest"]:
        item = numbering.item(m["rest"])
        listed = not m["n"] or item is not None or _is_listed(lines[n - 1]) or _is_listed(following)
        return not listed and bool(following) and not _DATE_LINE.match(following) and len(following) > 4
    if m["colon"] and not m["n"]:
        return False
    return bool(following) and not (numbering.item(following) and m["colon"])


def _is_listed(line: str) -> bool:
    m = _ANNEX_MARK.match(line)
    return bool(m and m["rest"])


def _opens_plan(lines: list[str], n: int, start: int) -> bool:
    """Whether a title begins at line n after the signature of a notice."""
    before = [x for x in lines[start:n] if not _ASIDE.match(x)]
    if not before or not any(_DATE_LINE.match(x) for x in before[-2:]) or n - start < 3 or _ASIDE.match(lines[n]):
        return False
    title, _ = _title(lines[n : n + 5])
    return bool(title) and len(title) > 6


def _title(lines: Sequence[str]) -> tuple[str, int]:
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
    return not (numbering.item(line) or _DATE_LINE.match(line) or _DOC_NO_LINE.match(line) or _META.match(line))


def _part(lines: list[str]) -> Part:
    part = Part()
    if lines and (m := _ANNEX_MARK.match(lines[0])):
        part = replace(part, mark=f"附件{m['n']}")
        lines = [m["rest"], *lines[1:]] if m["rest"] else lines[1:]
    part, lines = _head(part, lines)
    part, lines = _foot(part, lines)
    part, lines = _annexes(part, lines)
    return replace(part, blocks=tuple(_blocks(lines)))


def _head(part: Part, lines: list[str]) -> tuple[Part, list[str]]:
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
        elif _ASIDE.match(line) or (_DATE_LINE.match(line) and not rest):
            if m := _DATE_LINE.match(line):
                meta.append(("成文日期", m["date"]))
        elif not title and re.search(r"文件$", line) and len(line) < 40:
            masthead = line.removesuffix("文件").strip()
        elif not title and (found := _title(lines[n:]))[0]:
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
    return any(_title(lines[k:])[0] for k in range(n + 1, min(n + 8, len(lines))))


_SIGNED = re.compile(
    r"^(?P<unit>.{4,40}?)\s*(?P<date>(?:20\d\d|二[〇零○][〇零○一二三四五六七八九]{2})年[\d一二三四五六七八九十]{1,2}月[\d一二三四五六七八九十]{1,3}日)$"
)


def _foot(part: Part, lines: list[str]) -> tuple[Part, list[str]]:
    """Take signature and date off: the date line that stands last, and the units just above it."""
    for n in range(len(lines) - 1, max(-1, len(lines) - 15), -1):
        line = lines[n]
        if (m := _SIGNED.match(line)) and UNIT_LINE.match(m["unit"].strip()):
            return replace(part, issuers=tuple(m["unit"].split()), date=m["date"]), lines[:n] + lines[n + 1 :]
        if m := _DATE_LINE.match(line):
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


def _annexes(part: Part, lines: list[str]) -> tuple[Part, list[str]]:
    """Take the list of annexes off: 附件：1.… and the lines that go on with 2.…"""
    kept: list[str] = []
    found: list[tuple[int, str]] = []
    listing = False
    for line in lines:
        m = _ANNEX_MARK.match(line) if len(line) < 200 and not line.endswith("。") else None
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
    pieces = [p for p in re.split(r"(?:^|(?<=[\s；;。）”》一-鿿]))(?=\d{1,2}\s*[.、．]\s*[^\d\s])", rest) if p.strip()]
    if len(pieces) > 1 or numbering.item(rest):
        items = [i for p in pieces if (i := numbering.item(p.strip()))]
        return [(i.value, i.rest.strip("；;。 ")) for i in items]
    value = int(n) if n.isdecimal() else 1
    return [(value, rest.strip("；;。 "))]


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Numbered items and paragraphs, each with the joined number and titles of those above."""
    rank = _ranks(lines)
    last = max((n for n, x in enumerate(lines) if numbering.item(x)), default=-1)
    stack: list[Block] = []
    header: tuple[str, ...] = ()
    for n, line in enumerate(lines):
        if cells := _cells(line):
            header = header if len(header) == len(cells) and header else cells
            above = stack[-1] if stack else Block(PREAMBLE, "", "")
            yield Block(above.number, "", line, above.titles, "row", depth=len(stack), line=n, cells=cells)
            continue
        header = ()
        item = numbering.item(line)
        if item is None or not item.rest or _is_sentence_number(item, stack):
            yield _paragraph(lines, n, stack, last)
            continue
        while stack and rank.get(stack[-1].style, 9) >= rank.get(item.style, 9):
            stack.pop()
        title, text = split_title(item.rest)
        shown = item.shown if item.style != "dec" else item.shown.removeprefix(stack[-1].number if stack else "")
        number = "".join(b.number for b in stack[-1:]) + shown
        titles = (*(stack[-1].titles if stack else ()), title)
        block = Block(number, title, text, titles, item.style, item.value, len(stack) + 1, n)
        stack.append(block)
        yield block


def _ranks(lines: Sequence[str]) -> dict[str, int]:
    """The depth of each style; in a part without 一、, plain numbers that come before （一） stand above it."""
    order = [i.style for x in lines if (i := numbering.item(x))]
    rank = dict(numbering.RANK)
    if "cn" not in order and "num" in order and "cnp" in order and order.index("num") < order.index("cnp"):
        rank["num"] = 1
    if "dec" in order:
        rank["dec"] = rank["num"] + 1
    return rank


def _is_sentence_number(item: numbering.Item, stack: list[Block]) -> bool:
    """A line such as `2023. 年` that begins with figures without being an item."""
    return item.style in ("num", "dec") and bool(re.match(r"[年月日%％万元米小时]", item.rest)) and not stack


def _paragraph(lines: list[str], n: int, stack: list[Block], last: int) -> Block:
    """A line without a number. last: the place of the last item of the part, after which closing words may stand."""
    line = lines[n]
    if not stack:
        return Block(PREAMBLE, "", line, line=n)
    tail = n > last and _closes(lines, n, stack)
    if tail:
        return Block(CLOSING, "", line, line=n)
    return Block(stack[-1].number, "", line, stack[-1].titles, "", depth=stack[-1].depth, line=n)


_CLOSES = re.compile(r"^(?:请|各|上述|以上|特此|附|联系|电子邮箱|本方案|方案自|望|未尽|注[：:])|(?:报送|上报)")


def _closes(lines: list[str], n: int, stack: list[Block]) -> bool:
    """A paragraph after the last item that speaks to the readers of the whole, not on with the item."""
    last = stack[-1]
    has_body = bool(last.text) or last.line < n - 1
    return has_body and (last.depth > 1 or bool(_CLOSES.search(lines[n])))


def _cells(line: str) -> tuple[str, ...]:
    """The cells of a table's row, () for another line."""
    if line.count("\t") >= 1:
        cells = line.split("\t")
    elif line.count("|") >= 2 or (line.count("|") == 1 and " | " in line):
        cells = line.strip("| ").split("|")
    else:
        return ()
    held = tuple(c.strip() for c in cells)
    return held if sum(map(bool, held)) >= 2 and not all(re.fullmatch(r":?-+:?", c) for c in held if c) else ()


#: A sentence and no heading: 各单位要…, 6月5日，…, 每家企业…
_SUBJECT = re.compile(
    r"^(?:各|请|全体|凡|所有|从|自|\d|每)[^，。]{0,30}(?:要|应|须|将|起|至少|不少于)|^(?:\d{4}年)?\d{1,2}月(?:\d|[上中下初底末])|^\d{1,2}\.\d{1,2}[^\d.]"
)
_LEADS_ON = re.compile(r"(?:如下|以下|要求|包括|内容为|主题为|分别为|即|为)$")


def split_title(rest: str) -> tuple[str, str]:
    """What follows an item number -> its title and the text after it; no title where it is a sentence."""
    rest = rest.strip()
    first = sentences(rest)[0] if sentences(rest) else rest
    if _SUBJECT.match(rest):
        return "", rest
    m = re.match(r"^(?P<t>[^：:。；]{2,30})(?:：|:(?!\d))\s*(?P<x>.+)$", rest)
    if m and _balanced(m["t"]) and not _LEADS_ON.search(m["t"]):
        return m["t"].strip(), m["x"].strip()
    if len(first) == len(rest):
        return _whole_title(rest)
    if len(first) <= _MAX_TITLE + 1:
        return first.rstrip("。！ "), rest[len(first) :].strip()
    return _spaced_title(rest)


def _balanced(text: str) -> bool:
    return text.count("“") == text.count("”") and text.count("（") == text.count("）")


def _whole_title(rest: str) -> tuple[str, str]:
    """A line of one sentence is a heading where it is short; with a full stop only where it is very short."""
    plain = rest.rstrip("。：: ")
    length = len(re.sub(r"（[^（）]*）$", "", plain))
    most = 17 if rest.endswith("。") else _MAX_TITLE
    if (
        length <= most
        and not rest.endswith(("；", ";"))
        and (not re.search("[，,]", plain) or not rest.endswith("。") or _parallel(plain))
    ):
        return plain, ""
    return _spaced_title(rest)


def _parallel(plain: str) -> bool:
    """加强领导，落实责任: two short halves of much the same length are a heading."""
    halves = re.split("[，,]", plain)
    return (
        len(halves) == 2
        and all(3 <= len(h) <= 6 and not re.search(r"\d|一", h) for h in halves)
        and abs(len(halves[0]) - len(halves[1])) <= 2
    )


def _spaced_title(rest: str) -> tuple[str, str]:
    """指导思想 以习近平…: a heading and its text with only a blank between."""
    if m := re.match(r"^(?P<t>[一-鿿“”]{2,15})\s+(?P<x>.{20,})$", rest):
        return m["t"], m["x"]
    return "", rest
