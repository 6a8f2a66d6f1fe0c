"""PDF with text -> paragraphs: lines put together from where their pieces stand, headers and page numbers taken off."""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import ContentError
from bot.ingest.readers.document import Document, Format, Line
from bot.ingest.readers.limits import MAX_TEXT
from bot.ingest.readers.wrapped import RawLine, columns, unwrap, without_page_numbers

MAX_PAGES = 1500
SCANNED = "扫描件，请先做文字识别"
_MIN_CHARACTERS = 12  # on a page; below, it is a picture with at most a page number
_EDGE = 3  # lines at the top and at the bottom of a page that may be headers and footers
_BARE_NUMBER = re.compile(r"[-—–－―·•\s　]*(?:第\s*)?[0-9０-９ivxIVX]{1,5}(?:\s*页)?[-—–－―·•\s　]*")
_CJK = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”‘’…—"
#: Radicals and compatibility forms, which some fonts name in place of the characters themselves: ⽣ for 生.
_LOOK_ALIKES = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]+")
#: Blanks that typesetting put between Chinese and Latin; those behind 第一章 and 第一条 were put there by people.
_GAP = re.compile(rf"(?<=[{_CJK}])(?<![条章节编])[ \xa0]+(?=[{_CJK}0-9A-Za-z])|(?<=[0-9A-Za-z%])[ \xa0]+(?=[{_CJK}])")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of characters at a place; y grows upwards."""

    text: str
    x: float
    y: float
    size: float

    @property
    def right(self) -> float:
        return self.x + columns(self.text) * self.size / 2


@dataclass(frozen=True, slots=True)
class _PageLine:
    text: str
    x: float
    y: float
    size: float

    @property
    def right(self) -> float:
        return self.x + columns(self.text) * self.size / 2


def read_pdf(data: bytes, name: str) -> Document:
    """Read a PDF that holds text. Raises ContentError: encrypted, truncated, scanned, damaged."""
    if b"%%EOF" not in data[-4096:]:
        raise ContentError("PDF 不完整，请重新下载再传", name)
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it tells of every oddity; what matters is raised
    try:
        pages, pictures = _pages(data, name)
    except ContentError:
        raise
    except RecursionError as e:
        raise ContentError("PDF 结构异常，读不出，请用“打印成 PDF”另存一份再传", name) from e
    except Exception as e:
        # pypdf lets through whatever a broken file makes of it: KeyError, TypeError, its own errors.
        raise ContentError("PDF 损坏，读不出，请重新下载，或用“打印成 PDF”另存一份再传", name) from e
    bare = [n for n, page in enumerate(pages, 1) if sum(len(x.text) for x in page) < _MIN_CHARACTERS]
    if len(bare) == len(pages) or (pictures and len(bare) > len(pages) / 2):
        raise ContentError(SCANNED, name)
    lines = _paragraphs(pages)
    _check_readable("".join(line.text for line in lines), name)
    shown = "、".join(map(str, bare[:10]))
    warnings = (f"第{shown}页没有文字，可能是图片",) if bare else ()
    return Document(name=name, format=Format.PDF, lines=lines, warnings=warnings)


def _pages(data: bytes, name: str) -> tuple[list[list[_PageLine]], bool]:
    from pypdf import PdfReader  # slow to load

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ContentError("PDF 已加密，请先去掉密码", name)
    if len(reader.pages) > MAX_PAGES:
        raise ContentError(f"PDF 超过 {MAX_PAGES} 页，请拆分", name)
    out: list[list[_PageLine]] = []
    pictures, length = False, 0
    for page in reader.pages:
        out.append(_page_lines(page))
        pictures = pictures or "/XObject" in (page.get("/Resources") or {})
        length += sum(len(x.text) for x in out[-1])
        if length > MAX_TEXT:
            raise ContentError("文字太多，不像一份文件，请拆成几份再传", name)
    if not out:
        raise ContentError("PDF 里没有页面，请重新下载再传", name)
    return out, pictures


def _page_lines(page: Any) -> list[_PageLine]:
    pieces: list[_Piece] = []

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], _font: Any, size: float) -> None:
        if not text.strip("\n\r"):
            return
        x = cm[0] * tm[4] + cm[2] * tm[5] + cm[4]
        y = cm[1] * tm[4] + cm[3] * tm[5] + cm[5]
        scale = abs(tm[3] or tm[1] or 1) * abs(cm[3] or cm[1] or 1)
        for n, line in enumerate(text.strip("\n\r").split("\n")):
            pieces.append(_Piece(line.replace("\r", ""), x, y - n * size * scale * 1.2, size * scale or 12.0))

    page.extract_text(visitor_text=visit)
    return [_assemble(run) for run in _runs(pieces) if any(p.text.strip() for p in run)]


def _runs(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Pieces on the same height, in the order in which they are drawn: columns stay apart."""
    out: list[list[_Piece]] = []
    for piece in pieces:
        # What is blank has no place of its own in pypdf's report: it goes with what was drawn before.
        blank = not piece.text.strip()
        if out and (blank or abs(piece.y - out[-1][0].y) < 0.45 * max(piece.size, out[-1][0].size)):
            out[-1].append(piece)
        elif not blank:
            out.append([piece])
    return out


def _assemble(run: Sequence[_Piece]) -> _PageLine:
    shown = sorted((p for p in run if p.text.strip()), key=lambda p: p.x)
    first = shown[0]
    size = max(shown, key=lambda p: len(p.text)).size
    text, right = "", first.x
    for piece in shown:
        gap = piece.x - right
        if text and gap > 2.5 * size:
            text += "\t"
        elif text and gap > (1.3 if _mixed(text[-1], piece.text[0]) else 0.6) * size:
            text += "\u3000"
        text += piece.text
        right = piece.right
    bare = text.lstrip(" \u3000\xa0")
    x = first.x + columns(text[: len(text) - len(bare)]) * size / 2
    bare = _LOOK_ALIKES.sub(lambda m: unicodedata.normalize("NFKC", m[0]), bare.rstrip(" \u3000\xa0"))
    return _PageLine(_GAP.sub("", bare), x, first.y, size)


def _mixed(left: str, right: str) -> bool:
    """Chinese beside Latin: typesetting leaves a gap there, and our guess of a digit's width is a rough one."""
    return left.isascii() != right.isascii()


def _paragraphs(pages: Sequence[Sequence[_PageLine]]) -> tuple[Line, ...]:
    repeated = _repeated(pages)
    raws: list[RawLine] = []
    for page in pages:
        edges = _edges(page)
        kept = [x for x in page if not (x in edges and (_key(x) in repeated or _BARE_NUMBER.fullmatch(x.text)))]
        for column in _columns(kept):
            left = min((x.x for x in column), default=0.0)
            raws += [RawLine(x.text, max(0, round((x.x - left) / max(x.size, 1.0) * 2))) for x in column]
    return tuple(Line(x.text) for x in unwrap(without_page_numbers(raws)) if x.text)


def _columns(page: Sequence[_PageLine]) -> list[list[_PageLine]]:
    """The lines of a page column by column, as gazettes are set; one column where there is no gap down the middle."""
    left, right = min((x.x for x in page), default=0.0), max((x.right for x in page), default=0.0)
    middle = (left + right) / 2
    second = [x for x in page if x.x >= middle - (right - left) * 0.05]
    across = [x for x in page if x.x < middle < x.right - (right - left) * 0.08]
    if len(second) < max(4, 0.25 * len(page)) or len(across) > 0.15 * len(page):
        return [list(page)]
    above = [x for x in across if x.y > max(y.y for y in second)]  # a title over both columns
    first = [x for x in page if x not in second and x not in above]
    return [above, first, second]


def _edges(page: Sequence[_PageLine]) -> list[_PageLine]:
    by_height = sorted(page, key=lambda x: -x.y)
    return by_height[:_EDGE] + by_height[max(_EDGE, len(by_height) - _EDGE) :]


def _repeated(pages: Sequence[Sequence[_PageLine]]) -> set[str]:
    """What stands at the edge of most pages, numbers aside: running headers and footers."""
    if len(pages) < 2:
        return set()
    counts = Counter(key for page in pages for key in {_key(x) for x in _edges(page)})
    return {key for key, n in counts.items() if n >= 2 and n >= 0.4 * len(pages)}


def _key(line: _PageLine) -> str:
    return f"{re.sub(r'[0-9０-９]+', '#', line.text)}@{round(line.y / 12)}"


def _check_readable(text: str, name: str) -> None:
    """Fonts without a character table give rubbish: say so rather than store it."""
    odd = sum(1 for c in text if c == "\ufffd" or "\ue000" <= c <= "\uf8ff" or c < " ")
    cids = len(re.findall(r"/(?:cid|g|G|uni)[0-9A-F]{1,5}(?=/)|\(cid:\d+\)", text)) * 6
    if odd + cids > 0.1 * len(text):
        raise ContentError("PDF 的字体没有文字编码，读出的是乱码；请先做文字识别", name)
