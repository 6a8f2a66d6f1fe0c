"""docx -> lines: paragraphs and table rows in their order, with the numbers that Word counts put back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from bot.errors import ContentError
from bot.ingest.readers.document import Document, Format, Line, LineKind
from bot.ingest.readers.limits import MAX_TEXT, check_archive, read_member
from bot.ingest.readers.numbering import Numbering, W, read_numbering

#: Neither is ever fetched; a hyperlink and a picture elsewhere are common and harmless, a local template too.
_HARMLESS = ("/hyperlink", "/image", "/attachedTemplate", "/video", "/audio", "/media")
_FETCHES = re.compile(r"^\s*(?:https?|ftp|smb|\\\\|//|file://[^/])", re.IGNORECASE)
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BOXES = frozenset({W + "txbxContent"})
_GONE = frozenset({W + "del", W + "moveFrom", W + "instrText", W + "delText", _FALLBACK, W + "rPr", W + "pPr"})
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)


def read_docx(data: bytes, name: str) -> Document:
    """Read a docx. Nothing outside of it is ever opened. Raises ContentError."""
    _check(data, name)
    from docx import Document as open_docx  # slow to load

    try:
        word = open_docx(io.BytesIO(data))
        body = word.element.body
        reader = _Reader(read_numbering(_numbering_root(word)), _styles(word))
    except ContentError:
        raise
    except ValueError as e:  # python-docx: its main part is of another kind
        raise ContentError("不是普通的 docx（宏文档或模板？），请另存为 docx", name) from e
    except Exception as e:
        # python-docx lets through whatever a broken part makes of it: KeyError, ValueError, lxml's errors.
        raise ContentError("Word 文档损坏，读不出，请用 Word 打开后另存一份 docx 再传", name) from e
    lines = tuple(reader.lines(body))
    if not lines:
        raise ContentError("Word 文档里没有文字，可能是扫描件，请先做文字识别", name)
    if sum(len(line.text) for line in lines) > MAX_TEXT:
        raise ContentError("文字太多，不像一份文件，请拆成几份再传", name)
    return Document(name=name, format=Format.DOCX, lines=lines)


def _check(data: bytes, name: str) -> None:
    """Refuse bombs, entities, and parts that would be fetched from elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_archive(archive, name)
            for member in archive.infolist():
                if member.filename.endswith((".xml", ".rels")):
                    _check_part(read_member(archive, member, name, limit=128 << 20), member.filename, name)
    except zipfile.BadZipFile as e:
        raise ContentError("Word 文档不完整、已损坏，请重新下载，或用 Word 另存一份再传", name) from e


def _check_part(xml: bytes, part: str, name: str) -> None:
    plain = xml.replace(b"\x00", b"") if b"\x00" in xml[:200] else xml
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise ContentError("Word 文档含有外部实体声明，已拒绝；请把文字复制到新的 Word 文档再传", name)
    if not part.endswith(".rels"):
        return
    for relation in re.findall(r"<[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", plain.decode("utf-8", "replace")):
        kind, target = (re.search(rf"\b{a}\s*=\s*[\"']([^\"']*)", relation) for a in ("Type", "Target"))
        harmless = kind and kind[1].endswith(_HARMLESS)
        template = kind and kind[1].endswith("/attachedTemplate") and target and _FETCHES.match(target[1])
        if not harmless or template:
            shown = target[1][:60] if target else "?"
            raise ContentError(f"Word 文档引用了外部内容（{shown}），已拒绝；请把文字复制到新的 Word 文档再传", name)


def _numbering_root(word: Any) -> Any:
    for relation in word.part.rels.values():
        if relation.reltype.endswith("/numbering") and not relation.is_external:
            part = relation.target_part
            if hasattr(part, "element"):
                return part.element
            from docx.oxml import parse_xml

            return parse_xml(part.blob)
    return None


def _styles(word: Any) -> dict[str, Any]:
    return {s.get(W + "styleId", ""): s for s in word.styles.element.findall(W + "style")}


class _Reader:
    """Walks a body from top to bottom."""

    def __init__(self, numbering: Numbering, styles: dict[str, Any]) -> None:
        self._numbering, self._styles = numbering, styles

    def lines(self, body: Any) -> Iterator[Line]:
        """Every line of a body, cell or text box."""
        for block in _blocks(body):
            if block.tag == W + "tbl":
                yield from self._table(block)
            else:
                yield from self._paragraph(block)

    def _paragraph(self, p: Any) -> Iterator[Line]:
        number = self._number(p)
        level, centred = self._level(p), self._property(p, "jc", "val") in ("center", "distribute")
        kind = LineKind.HEADING if level else LineKind.PARAGRAPH
        first = True
        for text in _text(p).split("\n"):
            text = text.strip(" \t\u3000\xa0")
            if text:
                shown = number + text if first else text
                yield Line(shown, kind, level, centred, numbered=first and bool(number))
                first = False
        for box in p.iter(*_BOXES):
            if not any(a.tag in _GONE for a in box.iterancestors()):
                yield from self.lines(box)

    def _table(self, table: Any) -> Iterator[Line]:
        rows = [list(_cells(row)) for row in table.iter(W + "tr") if _table_of(row) is table]
        if all(len(cells) <= 1 for cells in rows):  # a frame around text, not a table
            for cells in rows:
                for cell in cells:
                    yield from self.lines(cell)
            return
        for cells in rows:
            shown = ["；".join(line.text.replace("\t", " ") for line in self.lines(cell)) for cell in cells]
            text = "\t".join(re.sub(r"([。；：，、])；", r"\1", cell) for cell in shown).strip()
            if text:
                yield Line(text, LineKind.ROW)

    def _number(self, p: Any) -> str:
        found = self._find(p, "numPr")
        if found is None:
            return ""
        number_id, level = found.find(W + "numId"), found.find(W + "ilvl")
        at = level.get(W + "val", "0") if level is not None else "0"
        if number_id is None or not at.isdecimal():
            return ""
        return self._numbering.next(number_id.get(W + "val", ""), int(at))

    def _level(self, p: Any) -> int:
        """The level of a heading by its style, 0 for other paragraphs."""
        for style in self._chain(p):
            named = style.find(W + "name")
            if named is not None and (match := _HEADING.fullmatch(named.get(W + "val", "").strip())):
                return int(match[1])
        return 0

    def _property(self, p: Any, tag: str, attribute: str) -> str:
        found = self._find(p, tag)
        return "" if found is None else str(found.get(W + attribute, ""))

    def _find(self, p: Any, tag: str) -> Any:
        """A property of a paragraph: its own, else that of its style, or the style's ancestors."""
        for holder in (p, *self._chain(p)):
            found = holder.find(f"{W}pPr/{W}{tag}")
            if found is not None:
                return found
        return None

    def _chain(self, p: Any) -> Iterator[Any]:
        ref = p.find(f"{W}pPr/{W}pStyle")
        for _ in range(20):  # a style may be based on itself
            style = self._styles.get(ref.get(W + "val", "")) if ref is not None else None
            if style is None:
                return
            yield style
            ref = style.find(W + "basedOn")


def _blocks(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables, also those in content controls and tracked insertions."""
    for child in parent:
        if child.tag in (W + "p", W + "tbl"):
            yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "ins", W + "moveTo", W + "customXml", W + "smartTag"):
            yield from _blocks(child)


def _cells(row: Any) -> Iterator[Any]:
    for child in row:
        if child.tag == W + "tc":
            yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "ins"):
            yield from _cells(child)


def _table_of(row: Any) -> Any:
    return next((a for a in row.iterancestors() if a.tag == W + "tbl"), None)


def _text(p: Any) -> str:
    """The words of a paragraph as they stand after all tracked changes, without those of its text boxes."""
    out: list[str] = []
    _collect(p, out)
    return "".join(out)


def _collect(element: Any, out: list[str]) -> None:
    for child in element:
        tag = child.tag
        if tag == W + "t":
            out.append(child.text or "")
        elif tag == W + "tab":
            out.append("\t")
        elif tag in (W + "br", W + "cr"):
            out.append("\n")
        elif tag == W + "noBreakHyphen":
            out.append("-")
        elif tag == W + "r" and _hidden(child):
            continue
        elif tag not in _GONE and tag not in _BOXES:
            _collect(child, out)


def _hidden(run: Any) -> bool:
    vanish = run.find(f"{W}rPr/{W}vanish")
    return vanish is not None and vanish.get(W + "val", "true") not in ("0", "false")
