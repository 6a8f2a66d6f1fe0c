"""The figures of a Chinese text, each with its unit, in one form however they are written: 五万元, 5万元, 50000元."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10**4, "亿": 10**8}
_NUMBER = r"(?:[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?[十百千万亿]*|[零〇一二三四五六七八九十百千万亿两半]+)"
#: Numerals that count nothing.
_WORDS = (
    "一般|一定|一旦|统一|一起|一样|一直|一律|一致|一些|一下|一点|一边|一并|一切|一概|一经|一方|万一|唯一|同一|另一|任一|逐一|单一|之一"
    "|十分|千万(?=不|别|要)|百姓|三轮|一次性|进一步|一步|一旁|一个(?!月|工作日|小时|半|季度|星期|人)|一种|一位|一句|一件"
)
#: Unit as written -> as compared. The longest is read; what is not here is compared by its first character.
_UNITS = {
    "个工作日": "工作日", "工作日": "工作日", "个小时": "小时", "小时": "小时", "分钟": "分钟", "个月": "个月",
    "个星期": "周", "星期": "周", "周岁": "周岁", "天": "日", "日": "日", "块钱": "元", "块": "元", "元": "元",
    "个人": "人", "名": "人", "人": "人", "摄氏度": "度", "°c": "度", "度": "度", "公斤": "千克", "千克": "千克",
    "千米": "公里", "公里": "公里", "平方米": "平方米", "立方米": "立方米", "厘米": "厘米", "毫米": "毫米",
    "千伏": "千伏", "千瓦": "千瓦", "分贝": "分贝", "学时": "学时", "课时": "课时", "毫克": "毫克", "毫升": "毫升",
}  # fmt: skip
_UNITS |= {unit: unit for unit in "年月周时分秒米克升吨倍次岁级层楼号伏款项章条分户家台辆份"}
_UNIT = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_FIGURE = re.compile(
    rf"第(?P<article>{_NUMBER})条(?:之(?P<after>{_NUMBER}))?|(?P<word>{_WORDS})"
    rf"|(?P<of>[百千万])分之(?P<share>{_NUMBER})|(?P<per>{_NUMBER})(?P<sign>[%‰])"
    rf"|(?P<whole>{_NUMBER})分之(?P<part>{_NUMBER})"
    rf"|(?P<ordinal>第?)(?P<number>{_NUMBER})(?P<more>[余多几]?)(?P<unit>{_UNIT}|[一-鿿a-z]?)"
)
_SHARES = {"百": "%", "千": "‰", "万": "‱"}
#: Marks before the points of a list; they say nothing.
_CIRCLED = re.compile(r"[①-⑳]")
_MARK = re.compile(r"(?<!第)[(][一二三四五六七八九十0-9]{1,2}[)]|(?:^|(?<=[\n。;:]))\s*[0-9]{1,2}[.、](?![0-9])")
#: A figure this long without a unit is a telephone or a document number: what follows it is not its unit.
_LONG = 3
_JOINS = frozenset("至到或和与及以不")


def figures(text: str) -> list[str]:
    """All figures in order. Marks of lists, and words like 一般, are none."""
    return [token for token, _ in placed(levelled(text))]


def levelled(text: str) -> str:
    """Width and case made one, blanks and the marks of lists gone."""
    text = unicodedata.normalize("NFKC", _CIRCLED.sub("", text)).lower()
    return re.sub(r"[^\S\n]+", "", _MARK.sub("", text))


def placed(text: str) -> list[tuple[str, int]]:
    """The figures of a levelled text, each with where it begins."""
    return [(_token(m), m.start()) for m in _FIGURE.finditer(text) if not m["word"]]


def without(text: str) -> str:
    """A levelled text with a blank in place of each figure."""
    return _FIGURE.sub(lambda m: m[0] if m["word"] else " ", text)


def _token(m: re.Match[str]) -> str:
    if m["article"]:
        return f"第{_value(m['article'])}条" + (f"之{_value(m['after'])}" if m["after"] else "")
    if m["share"]:
        return _value(m["share"]) + _SHARES[m["of"]]
    if m["per"]:
        return _value(m["per"]) + m["sign"]
    if m["whole"]:
        return f"{_value(m['part'])}/{_value(m['whole'])}"
    number, unit = m["number"], m["unit"]
    known = _UNITS.get(unit)
    if known is None and (unit in _JOINS or (len(number) >= _LONG and number.isdecimal())):
        unit = ""
    return f"{m['ordinal']}{_value(number)}{m['more']}{known or unit}"


def _value(text: str) -> str:
    """A number as plain digits; as it is written where it cannot be read."""
    digits = re.match(r"[0-9.,]*", text)
    head = digits[0].replace(",", "") if digits else ""
    if head:
        value = float(head)
        for c in text[len(digits[0]) if digits else 0 :]:
            value *= _TENS.get(c) or _BIG[c]
        return head if head.isdecimal() and head == text else f"{value:.15g}"
    if text == "半":
        return "0.5"
    if "半" in text:
        return text
    if not any(c in _TENS or c in _BIG for c in text):
        return "".join(str(_DIGITS[c]) for c in text)  # 一二三五零, as telephones are written
    return str(_whole(text))


def _whole(text: str) -> int:
    """三千五百, 十二万, 一亿两千万."""
    for name, size in sorted(_BIG.items(), key=lambda item: -item[1]):
        head, found, rest = text.partition(name)
        if found:
            return (_whole(head) if head else 1) * size + (_whole(rest) if rest else 0)
    total, digit = 0, 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        else:
            total += (digit or 1) * _TENS[c]
            digit = 0
    return total + digit
