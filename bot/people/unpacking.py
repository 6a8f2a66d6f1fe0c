"""How much a workbook may unpack to: what was made to fill the memory is refused before anything is built of it.

A reader of workbooks holds the table of texts and the styles as a whole, and a row of a sheet until it ends. So it is
counted how many elements stand there, by their signs alone, while the parts run through in pieces.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO

_PIECE = 1 << 20
#: Of all parts together. A list of 100,000 units takes 60 MB.
_MAX_UNPACKED = 192 << 20
_MAX_PARTS = 2_000
#: Kind of part -> bytes and elements of it, opened and closed; of a sheet: those of one row.
_MOST = {"texts": (48 << 20, 2_500_000), "sheet": (16 << 20, 400_000), "other": (8 << 20, 200_000)}
_BLANK = b"\xef\xbb\xbf \t\r\n"
_TABLE = re.compile(rb"[<:]sst[\s>/]")
_SHEET = re.compile(rb"[<:]sheetData[\s>/]")
_ROW_ENDS = re.compile(rb"</(?:[^<>/\s]{1,30}:)?row\s{0,9}>")
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
#: As long as the longest of what is looked for: it may lie across two pieces.
_LAP = 64


def is_harmless(file: IO[bytes]) -> bool:
    """Whether a workbook may be read. The file is left at its beginning. Raises what zipfile raises."""
    with zipfile.ZipFile(file) as held:
        parts = held.infolist()
        is_small = len(parts) <= _MAX_PARTS and sum(part.file_size for part in parts) <= _MAX_UNPACKED
        is_right = is_small and all(_is_plain(held, part) for part in parts)
    file.seek(0)
    return is_right


def _is_plain(held: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether one part stays within its limits; what is no XML is never parsed, so it may be what it is."""
    with held.open(part) as opened:
        first = opened.read(4)
    if b"\0" in first or first.startswith((b"\xff\xfe", b"\xfe\xff")):
        return not first.replace(b"\0", b"").lstrip(b"\xff\xfe").startswith(b"<")  # UTF-16: nobody writes it here
    if first.strip(_BLANK) and not first.lstrip(_BLANK).startswith(b"<"):
        return True
    kind = "other"
    for piece in pieces(held, part):
        if _DECLARED.search(piece):
            return False
        kind = "texts" if _TABLE.search(piece) else "sheet" if kind == "other" and _SHEET.search(piece) else kind
    return _stays_within(held, part, kind)


def _stays_within(held: zipfile.ZipFile, part: zipfile.ZipInfo, kind: str) -> bool:
    most_bytes, most_signs = _MOST[kind]
    size = signs = 0
    for piece in pieces(held, part, lap=0):
        begin = 0
        for end in [m.end() for m in _ROW_ENDS.finditer(piece)] if kind == "sheet" else []:
            if size + end - begin > most_bytes or signs + piece.count(b"<", begin, end) > most_signs:
                return False
            begin, size, signs = end, 0, 0
        size, signs = size + len(piece) - begin, signs + piece.count(b"<", begin)
        if size > most_bytes or signs > most_signs:
            return False
    return True


def pieces(held: zipfile.ZipFile, part: zipfile.ZipInfo, lap: int = _LAP) -> Iterator[bytes]:
    """A part in pieces, each with the end of the one before it."""
    with held.open(part) as opened:
        before = b""
        while piece := opened.read(_PIECE):
            yield before + piece
            before = piece[-lap:] if lap else b""
