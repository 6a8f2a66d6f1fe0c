"""Excel files: no cell that is written runs as a formula on the machine of whoever opens it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO

#: Chinese and Japanese programs take the full-width signs too; what is not seen may stand before them.
_FORMULA = re.compile(r"^(?:[\s\u200b-\u200f\u2060\ufeff]*[=+@\-＝＋＠－]|[\t\r\n])")


def safe(value: object) -> object:
    """A cell; a text that a program may take for a formula gets a mark before it."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{text}" if _FORMULA.match(text) else text


def plain(text: str) -> str:
    """A cell as it was before `safe`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A file with one sheet."""
    from openpyxl import Workbook  # half a second to import, for those who export alone

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(list(header))
    for row in rows:
        sheet.append([safe(cell) for cell in row])
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()
