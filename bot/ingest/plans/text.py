"""The text of a plan as it can be read: width levelled, remains of conversion and web pages taken out and noted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CHARS = 400_000  # a plan has some thousands; more is another kind of document

_WIDTH = {**{0xFF10 + n: str(n) for n in range(10)}, **{0xFF21 + n: chr(65 + n) for n in range(26)}}
_WIDTH |= {**{0xFF41 + n: chr(97 + n) for n in range(26)}, 0xFF0E: ".", 0xFF0F: "/", 0xFF05: "%", 0xFF1E: ">"}
_WIDTH |= {0x3000: " ", 0xA0: " ", 0x2003: " ", 0x2002: " ", 0x2009: " ", 0xFF20: "@", 0xFF1C: "<"}
_DROPPED = dict.fromkeys([*range(0x200B, 0x2010), 0xFEFF, 0x2060, *range(0xD800, 0xE000), 0xFE0F])
_TIGHT = re.compile(
    r"(?<=\d) +(?=[年月日号时点个次场周天%％])|(?<=[年月日]) +(?=\d)|"
    r"(?<=[至到—~～－-]) +(?=\d)|(?<=[日月]) +(?=[至到—~～－-] *\d)"
)


@dataclass(frozen=True, slots=True)
class Artefact:
    """What a conversion or a web page left in the text. kind: a word of `KINDS`; line counts from 1."""

    kind: str
    line: int
    found: str


#: What conversions leave inside lines.
_REMAINS = (
    ("转换标记", re.compile(r"\[bookmark:[^\]]*\]|\[if [^\]]*\]|\[endif\]|<!--.*?-->")),  # [bookmark: _GoBack]
    (
        "域代码",
        re.compile(
            r"HYPERLINK\s*(?:\\l\s*)?(?:\"[^\"]*\"|“[^”]*”|\S*)|PAGEREF\s+\S+(?:\s+\\h)?|TOC\s+\\o[^\n]*|\\\*\s*MERGEFORMAT|_Toc\d+"
        ),
    ),
    (
        "失效引用",
        re.compile(
            r"Error!\s*(?:Reference\s+source\s+not\s+found|Bookmark\s+not\s+defined)\.?|错误[!！]\s*未(?:找到引用源|定义书签)[。.]?"
        ),
    ),
    (
        "网页代码",
        re.compile(
            r"&(?:nbsp|ldquo|rdquo|mdash|middot|amp|lt|gt|quot|#\d+);?|</?(?:p|br|span|div|strong|b|font|td|tr|table|img|a|style|script)\b[^>]*>"
        ),
    ),
    ("乱码", re.compile(r"[\uFFFC\uFFFD]+|锟斤拷|(?:烫|屯){3,}|(?:Ã.|â€.|å[\x80-\xbf]){2,}|[\ue000-\uf8ff]+")),
)
_MEANING = {
    "&ldquo": "“",
    "&rdquo": "”",
    "&mdash": "—",
    "&middot": "·",
    "&lt": "<",
    "&gt": ">",
    "&amp": "&",
    "&quot": '"',
}
#: - 3 -   — 5 —   第 3 页 共 8 页   3 / 8
_PAGE = re.compile(
    r"^\s*(?:[-—–－·]+\s*\d{1,3}\s*[-—–－·]+|第\s*\d+\s*页\s*[,，/]?\s*(?:共\s*\d+\s*页)?|\d{1,3}\s*/\s*\d{1,3}|\d{1,3})\s*$"
)
#: Lines of the page around the text.
_CHROME = re.compile(
    r"^\s*(?:【?字体[:：]|【?打印|打印本页|关闭窗口|分享到|扫一扫|当前位置|您(?:的|当前)位置|首页\s*[>》]|上一[篇条]|下一[篇条]|相关(?:附件|链接|文章|稿件)[:：]?\s*$"
    r"|浏览(?:次数|量)|阅读(?:次数|量)|点击数|责任编辑|编辑[:：]|版权所有|主办单位[:：].*ICP|[^\n]*ICP备|网站(?:地图|标识码)|无障碍|繁體|来源[:：]|收藏本站"
    r"|(?:微信|微博|QQ空间|打印|收藏|关闭|返回顶部|大|中|小)(?:\s+(?:微信|微博|QQ空间|打印|收藏|关闭|返回顶部|大|中|小))*\s*$|附件下载[:：]?\s*$)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Lines that can be read, none blank, and what was taken out. gaps: numbers of lines that a blank one follows."""

    lines: tuple[str, ...]
    artefacts: tuple[Artefact, ...]
    gaps: frozenset[int]


def level(text: str) -> str:
    """Half-width digits and letters, plain blanks, none inside a date. Punctuation stays as printed."""
    return _TIGHT.sub("", text.translate(_DROPPED).translate(_WIDTH))


def clean(text: str) -> Source:
    """Cut a text into lines, without what conversions, printing and web pages added."""
    lines: list[str] = []
    artefacts: list[Artefact] = []
    gaps: set[int] = set()
    for number, raw in enumerate(re.split(r"\r\n|[\r\n\x0b\x0c\u2028\u2029]", text[:MAX_CHARS]), 1):
        line = _curled(_strip(level(raw), number, artefacts))
        if not line:
            gaps.add(len(lines) - 1)
        elif _PAGE.match(line):
            artefacts.append(Artefact("页码", number, line))
        elif _CHROME.match(line):
            artefacts.append(Artefact("网页栏目", number, line[:20]))
        else:
            lines.append(line)
    joined, kept = _join(lines, frozenset(gaps))
    return Source(tuple(joined), tuple(artefacts), kept)


def _curled(line: str) -> str:
    """Straight quotation marks in pairs become “ ”."""
    pieces = line.split('"')
    if len(pieces) % 2 == 0:
        return line
    return "".join(p + ("" if n == len(pieces) - 1 else "”" if n % 2 else "“") for n, p in enumerate(pieces))


def _strip(line: str, number: int, artefacts: list[Artefact]) -> str:
    line = re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", "", line)
    for kind, pattern in _REMAINS:
        for m in pattern.finditer(line):
            artefacts.append(Artefact(kind, number, m[0]))
        line = pattern.sub(lambda m: _MEANING.get(m[0].rstrip(";"), " " if m[0].startswith("&nbsp") else ""), line)
    # A table's cells are kept apart by tabs; blanks at either end say nothing.
    return re.sub(r" *\t *", "\t", line).strip(" \t" if "\t" not in line.strip() else " ")


_ENDS = "。；：！？;:!?”》）)"
_NEW_ITEM = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十]+[、.．章节]|[（(][一二三四五六七八九十\d]+[）)]|\d{1,2}[、.．)）]|[①-⑳]|附件|附[:：]|[-•●·]|各)"
)


def _join(lines: list[str], gaps: frozenset[int]) -> tuple[list[str], frozenset[int]]:
    """Mend lines that were cut at a page's width, where most of the text is cut so."""
    widths = sorted(len(x) for x in lines)
    width = widths[int(len(widths) * 0.9)] if widths else 0
    full = [n for n, x in enumerate(lines) if width * 0.85 <= len(x) <= width + 3 and x[-1] not in _ENDS]
    if not 18 <= width <= 70 or len(full) < max(4, len(lines) * 0.3):
        return lines, gaps
    out: list[str] = []
    kept: set[int] = set()
    for n, line in enumerate(lines):
        if n and (n - 1) in full and (n - 1) not in gaps and not _NEW_ITEM.match(line) and "\t" not in line:
            out[-1] += line
        else:
            out.append(line)
        if n in gaps:
            kept.add(len(out) - 1)
    return out, frozenset(kept)


_QUOTES = {"“": "”", "《": "》", "（": "）", "(": ")", "「": "」", "‘": "’", "〈": "〉"}


def sentences(text: str) -> list[str]:
    """Cut at 。！？ outside quotes and brackets; the mark stays with its sentence."""
    out, start, depth = [], 0, 0
    for n, c in enumerate(text):
        if c in _QUOTES:
            depth += 1
        elif c in _QUOTES.values():
            depth = max(0, depth - 1)
        elif c in "。！？!?" and (depth == 0 or c == "。" and not _closes_soon(text, n)):
            # A full stop ends the sentence even where a bracket was never closed.
            out.append(text[start : n + 1])
            start, depth = n + 1, 0
    out.append(text[start:])
    return [s.strip() for s in out if s.strip(" 。，；、\t”）")]


_MOST_OVER = 4  # times the wished length: so far a clause may run on before it is cut anywhere


def until(text: str, marks: str) -> str:
    """A text up to the first of some marks that stands outside quotes and brackets."""
    return text[: next(_places(text, marks), len(text))]


def shorten(text: str, longest: int) -> str:
    """A text of about `longest` characters, cut only where a clause ends outside quotes and brackets."""
    if len(text) <= longest:
        return text
    places = list(_places(text, "，。；：、！？"))
    within = [n for n in places if longest // 3 <= n <= longest]
    at = within[-1] if within else next((n for n in places if n > longest), len(text))
    return text[: min(at, longest * _MOST_OVER)]


def whole_quotes(text: str) -> str:
    """A text that was cut short, without the 《 or “ at its end that was not closed, where enough is left."""
    opened: list[tuple[str, int]] = []
    for n, c in enumerate(text):
        if c in _QUOTES:
            opened.append((_QUOTES[c], n))
        elif opened and c == opened[-1][0]:
            opened.pop()
    at = opened[0][1] if opened else len(text)
    return text[:at].rstrip("，、和与及 ") if opened and at >= _LEAST else text


_LEAST = 6  # characters


def _places(text: str, marks: str) -> Iterator[int]:
    depth = 0
    for n, c in enumerate(text):
        if c in _QUOTES:
            depth += 1
        elif c in _QUOTES.values():
            depth = max(0, depth - 1)
        elif c in marks and depth == 0:
            yield n


def _closes_soon(text: str, at: int) -> bool:
    """Whether a closing mark follows before any opening one."""
    for c in text[at + 1 : at + 60]:
        if c in _QUOTES.values():
            return True
        if c in _QUOTES:
            return False
    return False


def bare(text: str) -> str:
    """Only the characters that count when two wordings are compared."""
    return re.sub(r"[\W_]+", "", text)


def quoted(text: str) -> list[str]:
    """What stands in “ ”, also where straight marks were used."""
    return [a or b for a, b in re.findall(r"“([^“”]{1,40})”|\"([^\"]{1,40})\"", text)]
