"""Documents made for a test: docx with python-docx, PDF and zip by hand, so that every byte is ours."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

SENTENCE = "生产经营单位的主要负责人应当对本单位的安全生产工作全面负责，其他负责人对职责范围内的工作负责，并接受监督。"


def docx(*paragraphs: str, table: Sequence[Sequence[str]] = ()) -> bytes:
    """A docx with these paragraphs and then a table."""
    word = Document()
    for text in paragraphs:
        word.add_paragraph(text)
    if table:
        made = word.add_table(len(table), len(table[0]))
        for row, texts in zip(made.rows, table, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    return saved(word)


def saved(word: object) -> bytes:
    """The bytes of a python-docx document."""
    out = io.BytesIO()
    word.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def numbered_docx(formats: Sequence[tuple[str, str]], items: Sequence[tuple[int, str]]) -> bytes:
    """A docx with automatic numbers. formats: (numFmt, lvlText) per level; items: (level, text), -1 for none."""
    word = Document()
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{style}"/><w:lvlText w:val="{pattern}"/></w:lvl>'
        for n, (style, pattern) in enumerate(formats)
    )
    root = word.part.numbering_part.element
    for child in list(root):
        root.remove(child)
    root.append(parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="7">{levels}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="3"><w:abstractNumId w:val="7"/></w:num>'))
    for level, text in items:
        paragraph = word.add_paragraph(text)
        if level >= 0:
            properties = paragraph._p.get_or_add_pPr()
            properties.append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="3"/></w:numPr>')
            )
    return saved(word)


def with_part(data: bytes, name: str, content: bytes | None, replace: tuple[bytes, bytes] = (b"", b"")) -> bytes:
    """The same zip with one part exchanged or added; or with bytes in that part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            held = old.read(item)
            if item.filename == name:
                held = held.replace(*replace) if content is None else content
            new.writestr(item.filename, held)
        if content is not None and name not in old.namelist():
            new.writestr(name, content)
    return out.getvalue()


def zipped(members: dict[str, bytes], *, gbk_names: bool = False) -> bytes:
    """A zip of these members; with names in GBK as Windows writes them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(_gbk(name) if gbk_names else name, content)
    data = out.getvalue()
    if gbk_names:
        for name in members:
            data = data.replace(_gbk(name).encode(), name.encode("gbk"))
    return data


def _gbk(name: str) -> str:
    """ASCII of the same length as the name has in GBK."""
    return "x" * len(name.encode("gbk")) if not name.isascii() else name


Placed = tuple[float, float, float, str]


def pdf(pages: Sequence[Sequence[Placed]], *, to_unicode: bool = True) -> bytes:
    """A PDF with text at places: (x, y, size, text) per line, y from the bottom, A4 is 595 by 842 points."""
    text = "".join(sorted({c for page in pages for _, _, _, line in page for c in line}))
    glyphs = {c: n for n, c in enumerate(text, 1)}
    streams = [_content(page, glyphs) for page in pages]
    mapping = "".join(f"<{n:04X}> <{c.encode('utf-16-be').hex()}>\n" for c, n in glyphs.items())
    widths = " ".join(f"{n} [{500 if c.isascii() else 1000}]" for c, n in glyphs.items())
    first = 6
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        (
            "<</Type/Font/Subtype/Type0/BaseFont/Test/Encoding/Identity-H/DescendantFonts[4 0 R]"
            + ("/ToUnicode 5 0 R" if to_unicode else "")
            + ">>"
        ).encode(),
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/Test/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        f"/Supplement 0>>/DW 1000/W[{widths}]>>".encode(),
        _stream(
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def\n"
            b"1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
            + f"{len(glyphs)} beginbfchar\n{mapping}endbfchar\n".encode()
            + b"endcmap end end"
        ),
    ]
    for n, stream in enumerate(streams):
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {first + 2 * n + 1} 0 R>>".encode()
        )
        objects.append(_stream(stream))
    return _file(objects)


def _content(page: Sequence[Placed], glyphs: dict[str, int]) -> bytes:
    out = []
    for x, y, size, line in page:
        codes = "".join(f"{glyphs[c]:04X}" for c in line)
        out.append(f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm <{codes}> Tj ET")
    return "\n".join(out).encode()


def _stream(data: bytes) -> bytes:
    packed = zlib.compress(data)
    return b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    at = []
    for n, held in enumerate(objects, 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, held)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in at)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def typeset(paragraphs: Sequence[str], *, columns: int = 30, size: float = 14, header: str = "") -> list[list[Placed]]:
    """Paragraphs set as a printer would: indented two characters, cut at the edge, page number at the foot."""
    lines: list[tuple[float, str]] = []
    for text in paragraphs:
        indent, rest = 2 * size, text
        while rest:
            fits = columns - (2 if indent else 0)
            lines.append((90 + indent, rest[:fits]))
            rest, indent = rest[fits:], 0
    pages: list[list[Placed]] = []
    for n in range(0, len(lines), 25):
        page: list[Placed] = [(200, 800, 9, header)] if header else []
        page += [(x, 740 - 24 * k, size, text) for k, (x, text) in enumerate(lines[n : n + 25])]
        page.append((290, 40, 9, f"— {n // 25 + 1} —"))
        pages.append(page)
    return pages


def write(path: Path, data: bytes | str) -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path
