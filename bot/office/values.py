"""Checks a value that staff give, kind by kind, and brings it into the one form that is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.errors import OfficeError
from bot.office import texts
from bot.office.registry import Item, Kind

#: Neither shown nor kept: PostgreSQL refuses NUL, a lone surrogate is no character, the marks that turn the direction
#: of writing make a text read as another than it is.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_PHONE = re.compile(r"\+?\d[\d\- ]{1,30}\d(?:转\d{1,6})?")
_REGION = re.compile(r"[\u4e00-\u9fff·]{2,40}")
_PLACE_ENDS = re.compile("(?:省|市|区|县|旗|镇|乡|街道|自治州|地区|盟|村|社区)$")
_EMERGENCY = frozenset({"110", "119", "120", "122", "12395"})
_MOST_LINE_CHARS = 20
_MOST_NOTE_CHARS = 100


def checked(item: Item, given: object, like: object) -> Any:
    """The value in the form that is kept. like: the default, which a sentence must fill in alike.

    Raises OfficeError, saying what to do.
    """
    value = _CHECKS[item.kind](item, given)
    if item.table == "texts" and item.kind is Kind.TEXT:
        _check_facts(item, value, str(like))
    return value


def _line(item: Item, given: object) -> str:
    text = " ".join(_text(item, given).split())
    return _sized(item, text)


def _text(item: Item, given: object) -> str:
    if not isinstance(given, str):
        raise OfficeError(f"{item.title}：要写成文字")
    lines = _UNWRITABLE.sub("", given.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return _sized(item, "\n".join(line.rstrip() for line in lines).strip())


def _sized(item: Item, text: str) -> str:
    if not text:
        raise OfficeError(f"{item.title}：不能空着；要用原来的请点“恢复默认”")
    if item.most and (size := len(text.encode())) > item.most:
        chars = int(item.most) // 3
        raise OfficeError(f"{item.title}：太长了，最多约 {chars} 个字（{int(item.most)} 字节），现在 {size} 字节")
    return text


def _check_facts(item: Item, text: str, ours: str) -> None:
    try:
        found = texts.named(text)
    except ValueError:
        raise OfficeError(
            f"{item.title}：花括号 {{ }} 只用来写会自动填入的词，要成对，里面只写词；{_known(item)}"
        ) from None
    if unknown := [name for name in found if name not in item.facts]:
        raise OfficeError(f"{item.title}：{{{unknown[0]}}} 在这里不会自动填入；{_known(item)}")
    if missing := [name for name in texts.must_name(ours) if name not in found]:
        raise OfficeError(f"{item.title}：少了 {{{missing[0]}}}，程序要在那里填入内容，请保留")


def _known(item: Item) -> str:
    return "可以用：" + "、".join(f"{{{fact}}}" for fact in item.facts) if item.facts else "这句话里没有可以填入的词"


def _lines(item: Item, given: object) -> list[str]:
    out = list(dict.fromkeys(" ".join(line.split()) for line in _split(item, given)))
    out = [line for line in out if line]
    if not out:
        raise OfficeError(f"{item.title}：至少写一个")
    if len(out) > item.most:
        raise OfficeError(f"{item.title}：最多 {int(item.most)} 个，现在 {len(out)} 个")
    if long := [line for line in out if len(line) > _MOST_LINE_CHARS]:
        raise OfficeError(f"{item.title}：“{long[0]}”太长，每个不超过 {_MOST_LINE_CHARS} 个字")
    return out


def _split(item: Item, given: object) -> list[str]:
    """The lines of a text, or a list of texts."""
    if isinstance(given, str):
        return _UNWRITABLE.sub("", given.replace("\r", "\n")).split("\n")
    if isinstance(given, Sequence) and all(isinstance(line, str) for line in given):
        return [_UNWRITABLE.sub("", str(line)) for line in given]
    raise OfficeError(f"{item.title}：要一行写一个")


def _clock(item: Item, given: object) -> str:
    text = str(given).strip().replace("：", ":")
    text = f"0{text}" if re.fullmatch(r"\d:\d\d", text) else text
    if not _CLOCK.fullmatch(text):
        raise OfficeError(f"{item.title}：要写成 20:30 这样的时间")
    return text


def _number(item: Item, given: object) -> float:
    try:
        number = float(str(given).strip())
    except ValueError:
        raise OfficeError(f"{item.title}：要写成数字") from None
    if not item.least <= number <= item.most:
        raise OfficeError(f"{item.title}：要在 {item.least:g} 到 {item.most:g} 之间")
    return number


def _whole(item: Item, given: object) -> int:
    number = _number(item, given)
    if number != int(number):
        raise OfficeError(f"{item.title}：要写成整数")
    return int(number)


def _share(item: Item, given: object) -> float:
    return round(_number(item, given), 4)


def _phone(item: Item, given: object) -> str:
    text = _line(item, given)
    if not _PHONE.fullmatch(text):
        raise OfficeError(f"{item.title}：要写成电话号码，例如 0750-3860000 或 12345")
    return text


def _region(item: Item, given: object) -> str:
    text = re.sub(r"\s", "", _text(item, given))
    if text != "全国" and not (_REGION.fullmatch(text) and _PLACE_ENDS.search(text)):
        raise OfficeError(f"{item.title}：“{text}”要写全称，从省、市写到区、县或街道、镇，例如：广东省江门市江海区")
    return text


def _places(item: Item, given: object) -> list[str]:
    out = [_region(item, line) for line in _split(item, given) if line.strip()]
    out = list(dict.fromkeys(place for place in out if place != "全国"))
    if len(out) > item.most:
        raise OfficeError(f"{item.title}：最多 {int(item.most)} 个，现在 {len(out)} 个")
    return out


def _hotlines(item: Item, given: object) -> list[dict[str, str]]:
    rows = given if isinstance(given, list) and all(isinstance(r, Mapping) for r in given) else None
    if rows is None:
        cut = [re.split("[，,、;；\t]", line.strip(), maxsplit=2) for line in _split(item, given) if line.strip()]
        rows = [dict(zip(("number", "name", "note"), parts, strict=False)) for parts in cut]
    out = [_hotline(item, row) for row in rows]
    if len(out) > item.most:
        raise OfficeError(f"{item.title}：最多 {int(item.most)} 个，现在 {len(out)} 个")
    for field, word in (("number", "号码"), ("name", "名称")):
        held = [row[field] for row in out]
        if twice := [value for value in held if held.count(value) > 1]:
            raise OfficeError(f"{item.title}：{word}“{twice[0]}”写了两次")
    return out


def _hotline(item: Item, row: Mapping[str, object]) -> dict[str, str]:
    number, name, note = (" ".join(str(row.get(key, "")).split()) for key in ("number", "name", "note"))
    if not _PHONE.fullmatch(number):
        raise OfficeError(f"{item.title}：“{number}”不像电话号码；一行写：号码，名称，说明")
    if number in _EMERGENCY:
        raise OfficeError(f"{item.title}：{number} 是全国统一的报警急救电话，不能在这里改")
    if not 2 <= len(name) <= _MOST_LINE_CHARS:
        raise OfficeError(f"{item.title}：{number} 的名称要写 2 到 {_MOST_LINE_CHARS} 个字；一行写：号码，名称，说明")
    if len(note) > _MOST_NOTE_CHARS:
        raise OfficeError(f"{item.title}：{number} 的说明最多 {_MOST_NOTE_CHARS} 个字")
    return {"number": number, "name": name, "note": note}


_CHECKS: Mapping[Kind, Callable[[Item, object], Any]] = {
    Kind.LINE: _line,
    Kind.TEXT: _text,
    Kind.LINES: _lines,
    Kind.CLOCK: _clock,
    Kind.WHOLE: _whole,
    Kind.SHARE: _share,
    Kind.PHONE: _phone,
    Kind.REGION: _region,
    Kind.PLACES: _places,
    Kind.HOTLINES: _hotlines,
    Kind.REASON: _line,
}
