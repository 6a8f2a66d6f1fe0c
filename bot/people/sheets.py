"""Lists of units as Excel files: read with a check of each cell, or not at all; no cell written is a formula."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils import range_boundaries

from bot.answers.cities import provinces
from bot.errors import OutreachError
from bot.people.choices import Choices
from bot.people.units import KINDS, Listed, Unit
from bot.people.unpacking import is_harmless, pieces
from bot.workbooks import plain, safe

#: Column of the file -> field of Unit.
COLUMNS = {
    "单位名称": "name", "类别": "kind", "地区": "region", "行业": "industry", "联络员": "officer", "联系电话": "phone",
}  # fmt: skip
_LENGTHS = {"name": 200, "kind": 20, "region": 100, "industry": 40, "officer": 40, "phone": 30}
#: What the program adds when it writes the list; passed over when it is read.
ADDED = ("加入代码", "联络员代码", "已加入人数", "联络员状态")
_MAX_ROWS = 100_000
_MAX_COLUMNS = 50
_MAX_SHOWN = 50
_TOLD_EVERY = 500  # rows
_HEADER_WITHIN = 10  # rows above it may hold a title
_MERGED = re.compile(rb'mergeCell[^<>]{0,40}ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
#: What Excel shows where a formula came to nothing.
_FAILED = frozenset("#N/A #REF! #VALUE! #DIV/0! #NAME? #NULL! #NUM! #SPILL! #CALC!".split())
#: A date or a number that stands where a name should.
_NO_NAME = re.compile(r"[-\d.:/ ]+|TRUE|FALSE|True|False")
_PHONE = re.compile(r"\+?[0-9][0-9 ()（）-]{5,24}(?:转[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell, and what to do. row as Excel counts."""

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"第{self.row}行“{self.column}”：{self.what}"


class SheetError(OutreachError):
    """A list that was not read; `problems` may be more than the message shows."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = "\n".join(map(str, problems[:_MAX_SHOWN]))
        more = f"\n……只列出前{_MAX_SHOWN}处" if len(problems) > _MAX_SHOWN else ""
        super().__init__(f"{shown}{more}\n共{len(problems)}处要改，改好后重新导入；这次什么都没有导入。")


def read_units(path: Path, choices: Choices) -> list[Unit]:
    """The units of a list. Raises SheetError naming each cell, OutreachError where the file cannot be read at all."""
    try:
        with path.open("rb") as file:
            rows, problems = read(file, path.name, choices)
    except FileNotFoundError as e:
        raise OutreachError(f"{path}：没有这个文件") from e
    except OSError as e:
        raise OutreachError(f"{path.name}：读不了：{e.strerror}") from e
    if problems:
        raise SheetError(problems)
    return [one for _, one in rows]


def read(
    file: IO[bytes], name: str, choices: Choices, tell: Callable[[int], None] = lambda _row: None
) -> tuple[list[tuple[int, Unit]], list[Problem]]:
    """Row and unit of each line of a list, and what is wrong with cells.

    tell  is told of the row that has been reached
    Raises OutreachError where the file cannot be read at all, or holds no units.
    """
    rows = _rows(file, name)
    at, columns = _header(name, rows)
    _refuse_merged(file, name, at, {title: columns[field] for title, field in COLUMNS.items() if field in columns})
    problems: list[Problem] = []
    units: list[tuple[int, Unit]] = []
    first: dict[str, int] = {}
    for number, row in rows:
        if number > _MAX_ROWS:
            raise OutreachError(f"{name}：超过{_MAX_ROWS}行，请分成几个文件；名单没有那么长的，请删去下方的空行")
        if not any(row):
            continue
        if not number % _TOLD_EVERY:
            tell(number)
        cells = {field: row[n] if n < len(row) else "" for field, n in columns.items()}
        found, wrong = _checked(cells, choices)
        if found.name and (before := first.setdefault(found.name, number)) != number:
            wrong.append(("name", f"与第{before}行重复，请删去一行"))
        problems += [Problem(number, _column(field), what) for field, what in wrong]
        units.append((number, found))
    if not units:
        raise OutreachError(f"{name}：第{at}行表头下面没有单位")
    return units, problems


def _rows(file: IO[bytes], name: str) -> Iterator[tuple[int, list[str]]]:
    """Number and texts of each row of the first sheet."""
    try:
        if not is_harmless(file):
            raise OutreachError(f"{name}：解开后太大，或内部结构不正常，没有读。请只留名单一张表，另存为 xlsx 再导入")
        book = load_workbook(file, read_only=True)
        sheet = book.worksheets[0]
        for number, row in enumerate(sheet.iter_rows(max_col=_MAX_COLUMNS, values_only=True), 1):
            # A cell far below brings all the empty rows above it.
            yield number, [] if row.count(None) == len(row) else [_text(value) for value in row]
        book.close()
    except (OutreachError, GeneratorExit):
        raise
    except Exception as e:  # what is not a workbook, or is one on the outside only, fails in its reader in any way
        raise OutreachError(f"{name}：读不了，请用 Excel 或 WPS 另存为 xlsx 格式") from e


def _refuse_merged(file: IO[bytes], name: str, header: int, columns: Mapping[str, int]) -> None:
    """Raise OutreachError where cells below the header are merged: only the first of them holds anything."""
    with zipfile.ZipFile(file) as held:
        book = load_workbook(file, read_only=True)
        path = book.worksheets[0]._worksheet_path
        book.close()
        found = [reference for piece in pieces(held, held.getinfo(path)) for reference in _MERGED.findall(piece)]
    for reference in found:
        left, top, right, bottom = range_boundaries(reference.decode())
        titles = [title for title, at in columns.items() if left - 1 <= at <= right - 1]
        if bottom > header and titles:
            raise OutreachError(
                f"{name}：第{top}行“{titles[0]}”是合并的单元格（{reference.decode()}），只有第一格有内容。"
                "请取消合并，每一格都填好再导入；这次什么都没有导入。"
            )


def _text(value: Any) -> str:
    """A cell as text: numbers without the .0 that Excel adds, no blanks between characters, the mark of `_safe` off."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = re.sub(r"\s+", " ", str(value)).strip()
    return plain(re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", text))


def _header(name: str, rows: Iterator[tuple[int, list[str]]]) -> tuple[int, dict[str, int]]:
    """The row of the header, and field -> place of its column."""
    for number, row in rows:
        named = [cell.replace(" ", "").rstrip("*＊") for cell in row]
        if "单位名称" in named:
            return number, {field: named.index(title) for title, field in COLUMNS.items() if title in named}
        if number >= _HEADER_WITHIN:
            break
    raise OutreachError(
        f"{name}：前{_HEADER_WITHIN}行里没有表头。表头要有“单位名称”一列，可以有：{'、'.join(list(COLUMNS)[1:])}"
    )


def _checked(cells: dict[str, str], choices: Choices) -> tuple[Unit, list[tuple[str, str]]]:
    """A row as a unit, and what is wrong with its fields."""
    wrong = []
    for field, text in cells.items():
        if len(text) > _LENGTHS[field]:
            wrong.append((field, f"超过{_LENGTHS[field]}个字"))
        if text.startswith("="):
            wrong.append((field, "是公式，请复制后“粘贴为值”"))
        if text in _FAILED:
            wrong.append((field, f"是算不出来的公式（{text}），请填上内容"))
    if not cells["name"]:
        wrong.append(("name", "是空的，请填写；不要的行请整行删去"))
    elif _NO_NAME.fullmatch(cells["name"]):
        wrong.append(("name", f"“{cells['name'][:20]}”是数字或日期，不像单位名称"))
    if (kind := cells.get("kind", "")) and kind not in KINDS:
        wrong.append(("kind", f"“{kind[:20]}”不在可选项里，请改成：{'、'.join(KINDS)}"))
    region = cells.get("region", "")
    if region and not region.startswith(provinces()):
        wrong.append(("region", f"“{region[:20]}”要从省写起，例如：广东省江门市蓬江区"))
    industry = cells.get("industry", "")
    if industry and not (held := choices.find("industry", industry)):
        wrong.append(("industry", f"“{industry[:20]}”不认识，请改成：{'、'.join(choices.names['industry'])}"))
    elif industry:
        cells["industry"] = held
    phone = cells.get("phone", "")
    if phone and phone not in _FAILED:
        cells["phone"] = phone = digits(phone)
        if not is_phone(phone):
            lost = "：Excel 把它记成了约数，请把这一列设为文本，重新填号码" if "E+" in phone.upper() else ""
            wrong.append(("phone", f"“{phone[:20]}”不像电话号码{lost}"))
    if phone and not cells.get("officer"):
        wrong.append(("officer", "有电话没有姓名，请填写联络员"))
    return Unit(**{field: text[: _LENGTHS[field]] for field, text in cells.items()}), wrong


def digits(text: str) -> str:
    """A telephone number with plain digits and signs, as it is typed in full width too."""
    return re.sub("[‐-―−]", "-", unicodedata.normalize("NFKC", text))


def is_phone(text: str) -> bool:
    """Whether a text looks like a telephone number."""
    return _PHONE.fullmatch(text) is not None


def _column(field: str) -> str:
    return next(name for name, held in COLUMNS.items() if held == field)


def write_units(path: Path, units: Iterable[Listed]) -> int:
    """Write a list that `read_units` reads again, with codes for joining; returns how many units."""
    rows = (
        [
            *(getattr(held.unit, field) for field in COLUMNS.values()),
            held.code,
            held.officer_code,
            held.people,
            "" if not held.unit.officer else "已绑定微信" if held.officer_known else "未绑定",
        ]
        for held in units
    )
    return write(path, [*COLUMNS, *ADDED], rows)


def write(path: Path | IO[bytes], header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write one sheet; returns how many rows stand below the header."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    sheet.append(list(header))
    count = 0
    for row in rows:
        sheet.append([safe(cell) for cell in row])
        count += 1
    try:
        book.save(path)
    except OSError as e:
        raise OutreachError(f"{path}：写不了：{e.strerror}") from e
    return count


def table(file: IO[bytes], name: str, columns: Mapping[str, str], key: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Number and cells of each row below the header of any list. columns: name -> field; key: the column there must be.

    Raises OutreachError where the file or its header cannot be read.
    """
    found: dict[str, int] = {}
    for number, row in _rows(file, name):
        if number > _MAX_ROWS:
            raise OutreachError(f"{name}：超过{_MAX_ROWS}行，请分成几个文件；名单没有那么长的，请删去下方的空行")
        named = [cell.replace(" ", "").rstrip("*＊") for cell in row]
        if not found and key in named:
            found = {field: named.index(title) for title, field in columns.items() if title in named}
            _refuse_merged(file, name, number, {t: found[field] for t, field in columns.items() if field in found})
        elif found and any(row):
            yield number, {field: row[at] if at < len(row) else "" for field, at in found.items()}
        if not found and number >= _HEADER_WITHIN:
            break
    if not found:
        raise OutreachError(f"{name}：前{_HEADER_WITHIN}行里没有表头。表头要有“{key}”，可以有：{'、'.join(columns)}")
