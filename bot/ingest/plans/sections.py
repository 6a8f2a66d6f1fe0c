"""The build of a plan: its parts (notice, plan, annexes), and in each the numbered blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.ingest.plans import numbering
from bot.ingest.plans.parts import (
    ANNEX_MARK,
    ASIDE,
    DATE_LINE,
    PLAN_END,
    UNIT_LINE,
    Block,
    Part,
    take_annexes,
    take_foot,
    take_head,
    title_at,
)
from bot.ingest.plans.text import Source, sentences

PREAMBLE, CLOSING = "前言", "文末"
_MAX_TITLE = 45


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
    heads = len({b.number for b in part.blocks if b.style in ("cn", "di", "num", "part", "cnp", "head")})
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
    m = ANNEX_MARK.match(lines[n])
    if not m or len(lines[n]) > 60:
        return False
    following = lines[n + 1] if n + 1 < len(lines) else ""
    if m["rest"]:
        item = numbering.item(m["rest"])
        listed = not m["n"] or item is not None or _is_listed(lines[n - 1]) or _is_listed(following)
        signed = n + 2 < len(lines) and bool(UNIT_LINE.match(following) and DATE_LINE.match(lines[n + 2]))
        return not listed and not signed and not DATE_LINE.match(following) and len(following) > 4
    if m["colon"] and not m["n"] or _is_listed(following):
        return False
    return bool(following) and not (numbering.item(following) and m["colon"])


def _is_listed(line: str) -> bool:
    m = ANNEX_MARK.match(line)
    return bool(m and m["rest"])


def _opens_plan(lines: list[str], n: int, start: int) -> bool:
    """Whether a title begins at line n after the signature of a notice."""
    before = [x for x in lines[start:n] if not ASIDE.match(x)]
    if not before or not any(DATE_LINE.match(x) for x in before[-2:]) or n - start < 3 or ASIDE.match(lines[n]):
        return False
    title, _ = title_at(lines[n : n + 5])
    return bool(title) and len(title) > 6


#: Words of which one stands in nearly every heading of a plan.
_HEADING_WORDS = re.compile(
    r"主题|时间|目的|目标|对象|范围|内容|安排|要求|形式|方式|地点|组织|领导|小组|机构|保障|措施|任务|步骤|思想|思路|上交|报送|总结|评比|奖|意义|背景|依据|职责|分工|联系|经费|事项|原则|活动|宣传|重点|日程|流程|考核"
)
_MAIN_WORDS = re.compile(r"主题|时间|内容|安排|要求|目的|目标|任务")
_BARE_HEAD = re.compile(r"^[【★●◆■▲※☆○◎▶]?\s*(?P<t>[一-鿿“”（）]{2,14})\s*[】：:]?$")
_BODY_HEAD = re.compile(r"(?:领导|工作)小组$|机构$")
_LEAD = re.compile(r"^(?P<t>[^，。；：、\d\s][^，。；：\s]{1,15})[。：:](?P<x>.{12,})$")


def _bare_heads(lines: Sequence[str]) -> dict[int, str]:
    """Line -> heading, in a part whose headings bear no number; empty where they do or there are not three."""
    if any(
        (i := numbering.item(x)) and i.rest and numbering.RANK.get(i.style, 9) <= numbering.RANK["num"] for x in lines
    ):
        return {}
    out: dict[int, str] = {}
    for n, line in enumerate(lines[:-1]):
        m = _BARE_HEAD.match(line)
        if (
            m
            and n - 1 not in out
            and _HEADING_WORDS.search(m["t"])
            and (not UNIT_LINE.match(line) or _BODY_HEAD.search(line))
        ):
            out[n] = m["t"]
    return out if len(out) >= 3 and any(_MAIN_WORDS.search(t) for t in out.values()) else {}


def _led(lines: Sequence[str], heads: dict[int, str]) -> dict[int, tuple[str, str]]:
    """Line -> title and text of a paragraph that begins with its own title: 消防体验日。3月28日，…; not one alone."""
    out: dict[int, tuple[str, str]] = {}
    for n, line in enumerate(lines):
        if heads and n not in heads and not numbering.item(line) and (m := _LEAD.match(line)):
            out[n] = (m["t"], m["x"])
    owners = {n: max((h for h in heads if h < n), default=-1) for n in out}
    return {n: t for n, t in out.items() if owners[n] >= 0 and list(owners.values()).count(owners[n]) > 1}


def _part(lines: list[str]) -> Part:
    part = Part()
    if lines and (m := ANNEX_MARK.match(lines[0])):
        part = replace(part, mark=f"附件{m['n']}")
        lines = [m["rest"], *lines[1:]] if m["rest"] else lines[1:]
    part, lines = take_head(part, lines)
    part, lines = take_foot(part, lines)
    part, lines = take_annexes(part, lines)
    return replace(part, blocks=tuple(_blocks(lines)))


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Numbered items and paragraphs, each with the joined number and titles of those above."""
    rank = _ranks(lines)
    last = max((n for n, x in enumerate(lines) if numbering.item(x)), default=-1)
    stack: list[Block] = []
    header: tuple[str, ...] = ()
    heads = _bare_heads(lines)
    led = _led(lines, heads)
    for n, line in enumerate(lines):
        if n in heads:
            stack = [Block(heads[n], heads[n], "", (heads[n],), "head", 0, 1, n)]
            yield stack[0]
            continue
        if n in led:
            title, text = led[n]
            above = stack[0]
            yield Block(f"{above.number}·{title}", title, text, (above.title, title), "lead", 0, 2, n)
            continue
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
    elif len(parted := re.split(r"\s{3,}", line)) >= 3 and not line.endswith("。"):
        cells = parted
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
