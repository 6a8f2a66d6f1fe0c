"""The lines of a statute -> what stands before it, its articles with their chapters, and its annexes.

Which lines start an article is told by their numbers together: of all lines that look like one, the longest row of
rising numbers is the text. What rises before it is a table of contents; what falls out of it is a quotation.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.answers.normalise import chinese, number

_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_NUMBER = r"[零〇○一二三四五六七八九十百千两0-9](?:[ \u3000\t]*[零〇○一二三四五六七八九十百千0-9])*"
_BLANK = r"[ \t\u3000\xa0\u2002\u2003]"
_ARTICLE = re.compile(
    rf"第{_BLANK}*({_NUMBER}){_BLANK}*条(?:{_BLANK}*之{_BLANK}*([一二三四五六七八九十]{{1,3}}|[0-9]{{1,2}})(?![款项方]))?"
    rf"({_BLANK}*(?:[:：、.．]{_BLANK}*)?)(.*)"
)
#: … at the start of a line, or behind a full stop in the midst of one.
_INSIDE = re.compile(
    rf"(?:^|(?<=。)|(?<=。[ \u3000]))第{_BLANK}*({_NUMBER}){_BLANK}*条"
    rf"(?:之([一二三四五六七八九十]{{1,3}}))?(?={_BLANK}\S)"
)
_HEADING = re.compile(rf"第{_BLANK}*({_NUMBER}){_BLANK}*(分编|编|章|节)(?:({_BLANK}*)(.*))?")
#: What a sentence goes on with that only speaks of an article: 第五条规定的…, 第五条、第六条.
_SPEAKS_OF = re.compile(r"[的、和至到或及与以之所中第，,。；;）)”」]|规定|所列|第|列举|情形|款")
_RANKS = {"编": 0, "分编": 1, "章": 2, "节": 3}
_BARE_HEADING = frozenset({"总则", "附则", "罚则"})
_REMARK = re.compile(r"[【〔][^【】〔〕]*[】〕]$")
#: A year in such brackets belongs to a document's number; everything else in them was added by an editor.
_INSERTED = re.compile(r"[【〔](?!(?:19|20)\d\d[】〕])[^【】〔〕]*[】〕]")
_CAPTION = re.compile(r"[【〔\[][^【】〔〕\[\]]{1,40}[】〕\]][ \u3000]*")
_ITEM = re.compile(r"[（(][ \u3000]*([一二三四五六七八九十百]+)[ \u3000]*[）)][ \u3000]*")
_ANNEX = re.compile(
    r"附[ \u3000]*(?:录|件|表|图|页|注)?[ \u3000]*[一二三四五六七八九十0-9]{0,3}[ \u3000]*"
    r"(?:[：:].{0,60}|[ \u3000].{1,60})?"
)
#: A pair of brackets of which one half was typed narrow.
_HALF = re.compile(r"(?:\((?=[^()（）]*）)|（(?=[^()（）]*\)))([^()（）]*)[)）]")
_CONTENTS = re.compile(r"目[ \u3000\t]*录[：:]?|contents", re.IGNORECASE)
_LEADER = re.compile(r"[\s.．·…—－-]{2,}\d{1,4}$|\t\d{1,4}$")
#: What sites and printers add below a text.
_TAIL = re.compile(
    r"[（(【\[]?\s*(?:打印时间|打印日期|打印|来源|稿源|责任编辑|编辑|作者|相关(?:链接|稿件|文件|阅读)|分享|扫一扫|上一篇|下一篇|主办|承办|版权所有"
    r"|网站标识码|浏览次数|关闭窗口|返回顶部|附件下载|下载)\s*[：:）)】\]].*"
)
_SENTENCE_END = re.compile(r"[。；：！？][”’」』）)》]*$")
PATH = " / "


@dataclass(frozen=True, slots=True)
class Part:
    """An article or an annex: number or title, text with one paragraph or item a line, where it stands."""

    number: str
    text: str
    chapter: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Structure:
    """A statute taken apart.

    front    the lines before the first article, without those of a table of contents
    strays   lines that look like an article out of order: (line, number, number before)
    missing  numbers that are left out between the first and the last
    """

    front: tuple[str, ...] = ()
    articles: tuple[Part, ...] = ()
    annexes: tuple[Part, ...] = ()
    strays: tuple[tuple[int, str, str], ...] = ()
    missing: tuple[str, ...] = ()
    twice: bool = False  # a second text begins anew with its first article


@dataclass(slots=True)
class _Start:
    """A line that may start an article. sure: a blank or a colon parts the number from the text."""

    at: int
    key: tuple[int, int]
    text: str
    sure: bool


@dataclass(slots=True)
class _Open:
    """An article under construction."""

    number: str
    chapter: str
    line: int
    lines: list[str] = field(default_factory=list)


def level(line: str) -> str:
    """A line with plain digits, whole brackets, and without blanks at its ends."""
    line = line.translate(_DIGITS).strip(" \t\u3000\xa0\u200b\ufeff\u2002\u2003")
    return _HALF.sub(r"（\1）", line) if "(" in line or ")" in line else line


def printed(key: tuple[int, int]) -> str:
    """(133, 1) -> 第一百三十三条之一."""
    return f"第{chinese(key[0])}条" + (f"之{chinese(key[1])}" if key[1] else "")


def take_apart(lines: Sequence[str], *, partial: bool = False) -> Structure:
    """The structure of a text given line by line; empty `articles` where there are none.

    partial  an excerpt: numbers may jump, and what stands in square brackets was added by whoever made it
    """
    levelled, origin = _split([level(line) for line in lines])
    starts = _starts(levelled)
    body, second = _body(starts, levelled)
    if not body:
        return Structure(tuple(x for x in levelled if x))
    chosen = {s.at: s for s in _rising(body)}
    parts, annexes = _collect(levelled, chosen, partial)
    strays = [s for s in body if s.at not in chosen and s.sure and s.at > min(chosen)]
    before = sorted(chosen)
    told = tuple(
        (origin[s.at] + 1, printed(s.key), printed(chosen[before[bisect_left(before, s.at) - 1]].key)) for s in strays
    )
    return Structure(
        front=_front(levelled[: min(chosen)]),
        articles=parts,
        annexes=annexes,
        strays=told,
        missing=_missing([s.key for s in chosen.values()]),
        twice=second,
    )


def _split(lines: Sequence[str]) -> tuple[list[str], list[int]]:
    """The lines, parted where the next article begins in the midst of one; and the line each part came from."""
    out: list[str] = []
    origin: list[int] = []
    last: tuple[int, int] = (0, 0)
    for n, line in enumerate(lines):
        at = 0
        starts = [(m.start(), k) for m in _INSIDE.finditer(line) if (k := _key(m[1], m[2]))]
        for start, key in starts:
            if start and key not in _following(last):
                continue
            if start:
                out.append(line[at:start].rstrip())
                origin.append(n)
                at = start
            last = key
        out.append(line[at:])
        origin.append(n)
    return out, origin


def _following(key: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The numbers that may come next: (25, 0) -> (26, 0) and (25, 1)."""
    return (key[0] + 1, 0), (key[0], key[1] + 1)


def _key(main: str, after: str | None) -> tuple[int, int] | None:
    value = number(re.sub(r"[ \u3000\t]", "", main).replace("○", "〇"))
    behind = number(after) if after else 0
    return (value, behind) if value and behind is not None else None


def _starts(lines: Sequence[str]) -> list[_Start]:
    out = []
    for at, line in enumerate(lines):
        match = _ARTICLE.match(line)
        if not match:
            continue
        key = _key(match[1], match[2])
        sure = bool(match[3]) or not match[4]
        if key and (sure or not _SPEAKS_OF.match(match[4])):
            out.append(_Start(at, key, match[4], sure))
    return out


def _body(starts: list[_Start], lines: Sequence[str]) -> tuple[list[_Start], bool]:
    """The starts of the text itself, those of a table of contents left out; whether a second text follows."""
    begins = [n for n, s in enumerate(starts) if s.key == (1, 0)]
    while len(begins) > 1 and _is_contents(starts[begins[0] : begins[1]], lines, starts[begins[1]].at):
        starts = starts[begins[1] :]
        begins = [n - begins[1] for n in begins[1:]]
    if len(begins) > 1:
        runs = [starts[a:b] for a, b in zip(begins, [*begins[1:], len(starts)], strict=True)]
        long = [r for r in runs if len(r) >= 4 and sum(s.sure for s in r) >= 4]
        if len(long) > 1:
            return starts, True
    return starts, False


def _is_contents(run: Sequence[_Start], lines: Sequence[str], end: int) -> bool:
    """Whether these are entries of a table of contents: short, no sentence among them, nothing below them."""
    held = [x for x in lines[run[0].at : end] if x and not _HEADING.fullmatch(x) and x not in _BARE_HEADING]
    said = any(_CONTENTS.fullmatch(x) for x in lines[max(0, run[0].at - 60) : run[0].at])
    entries = [x for x in held if len(_LEADER.sub("", x)) <= 45 and not x.endswith(("。", "；"))]
    return len(entries) >= len(held) - (2 if said else 1) and (said or len(run) >= 3 or len(entries) == len(held))


def _rising(starts: Sequence[_Start]) -> list[_Start]:
    """The longest row of rising numbers; of two equal ones that with fewer doubtful lines."""
    # Doubtful lines count only where they fill a gap: without them the row must rise anyway.
    sure = _longest([s for s in starts if s.sure])
    keys = {s.key for s in sure}
    out: list[_Start] = []
    held = {s.at for s in sure}
    last: tuple[int, int] = (0, 0)
    for s in starts:
        if s.at in held or (not s.sure and s.key not in keys and s.key in _following(last)):
            out.append(s)
            last = s.key
    return _longest(out)


def _longest(starts: Sequence[_Start]) -> list[_Start]:
    tails: list[tuple[int, int]] = []
    where: list[int] = []
    back: list[int] = []
    for n, s in enumerate(starts):
        at = bisect_left(tails, s.key)
        if at == len(tails):
            tails.append(s.key)
            where.append(n)
        elif s.key < tails[at]:
            tails[at], where[at] = s.key, n
        back.append(where[at - 1] if at else -1)
        if where[at] != n:
            back[n] = -2  # an equal number that came before is kept
    out: list[_Start] = []
    n = where[-1] if where else -1
    while n >= 0:
        out.append(starts[n])
        n = back[n]
    return out[::-1]


def _collect(
    lines: Sequence[str], chosen: dict[int, _Start], partial: bool
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Go through the lines once: headings, articles with what belongs to them, annexes."""
    chapters = _Chapters()
    done: list[Part] = []
    annexes: list[_Open] = []
    current: _Open | None = None
    last = max(chosen)
    for at, line in enumerate(lines):
        if not line:
            continue
        if start := chosen.get(at):
            done += _closed(current, partial)
            current = _Open(printed(start.key), chapters.path(first=not done), at + 1)
            current.lines.append(_CAPTION.sub("", start.text, count=1) if _CAPTION.match(start.text) else start.text)
        elif annexes or (at > last and _is_annex(line)):
            if not annexes or _is_annex(line):
                annexes.append(_Open(line, "", at + 1))
            else:
                annexes[-1].lines.append(line)
        elif chapters.take(line, in_text=current is not None):
            done += _closed(current, partial)
            current = None
        elif current and not _REMARK.match(line) and not (at > last and _is_below(line, current)):
            current.lines.append(line)
    done += _closed(current, partial)
    return tuple(done), tuple(Part(a.number.rstrip("：: "), "\n".join(a.lines), line=a.line) for a in annexes)


def _is_below(line: str, last: _Open) -> bool:
    """Whether a line behind the last article is of the page, not of the text: no sentence, where all was said."""
    said = last.lines[-1].endswith("。") and any("施行" in x or "废止" in x for x in last.lines)
    return bool(_TAIL.match(line)) or (said and not _SENTENCE_END.search(line) and not _ITEM.match(line))


def _closed(article: _Open | None, partial: bool) -> list[Part]:
    """The article, if anything of it is the text of the law."""
    if article is None:
        return []
    lines = [_ITEM.sub(r"（\1）", x, count=1) if _ITEM.match(x) else x for x in article.lines]
    if partial:
        lines = [_INSERTED.sub("", x) for x in lines]
    text = "\n".join(x.strip() for x in lines if x.strip())
    return [Part(article.number, text, article.chapter, article.line)] if text else []


def _is_annex(line: str) -> bool:
    return bool(_ANNEX.fullmatch(line)) and not line.endswith(("。", "；")) and not re.match(r"附[ \u3000]*则", line)


class _Chapters:
    """Where in 编, 分编, 章 and 节 the reading stands."""

    def __init__(self) -> None:
        self._at: list[tuple[int, int, str]] = []  # rank, number, heading

    def take(self, line: str, *, in_text: bool) -> bool:
        """Note a heading; False for a line that is none."""
        heading = heading_of(line)
        if heading is None and re.sub(r"[ \u3000]", "", line) in _BARE_HEADING and not (in_text and "。" in line):
            heading = (_RANKS["章"], 0, re.sub(r"[ \u3000]", "", line))
        if heading is None:
            return False
        self._at = [h for h in self._at if h[0] < heading[0]] + [heading]
        return True

    def path(self, *, first: bool) -> str:
        """The headings above the next article, outermost first."""
        if first and self._at and self._at[0][1] > 1 and len(self._at) == 1:
            self._at = []  # left over from a table of contents without headings in the text
        return PATH.join(h[2] for h in self._at)


def heading_of(line: str) -> tuple[int, int, str] | None:
    """(rank, number, levelled heading) of a line such as 第 一 章　总　则; None for other lines."""
    match = _HEADING.fullmatch(line)
    if not match:
        return None
    value = number(re.sub(r"[ \u3000\t]", "", match[1]).replace("○", "〇"))
    title = _LEADER.sub("", match[4] or "")
    if value is None or len(title) > 45 or title.endswith(("。", "；", "：", "，", "、")):
        return None
    if title and not match[3] and _SPEAKS_OF.match(title):
        return None
    return _RANKS[match[2]], value, f"第{chinese(value) or '零'}{match[2]} {_closed_up(title)}".strip()


def _closed_up(title: str) -> str:
    """总　则 -> 总则: two characters set wide apart; other blanks become one."""
    parts = re.split(r"[ \t\u3000\xa0]+", title.strip())
    return "".join(parts) if all(len(p) == 1 for p in parts) else " ".join(parts)


def _front(lines: Sequence[str]) -> tuple[str, ...]:
    out: list[str] = []
    contents = False
    for line in lines:
        if _CONTENTS.fullmatch(line):
            contents = True
        elif line and heading_of(line) is None and not _ARTICLE.match(line) and not (contents and _LEADER.search(line)):
            out.append(line)
    return tuple(out)


def _missing(keys: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    held = {key[0] for key in keys}
    gaps = [n for n in range(1, max(held)) if n not in held] if held else []
    return tuple(printed((n, 0)) for n in gaps[:50])
