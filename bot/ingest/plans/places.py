"""Places in names of units and titles: 江门市江海区 -> 广东省江门市江海区."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.answers.regions import NATIONWIDE, parts, short

_FILE = Path(__file__).parent / "data" / "places.txt"

#: 安全生产X行 of a place -> the place.
ROUNDS = {
    "南粤行": "广东省",
    "五邑行": "广东省江门市",
    "楚天行": "湖北省",
    "三湘行": "湖南省",
    "江淮行": "安徽省",
    "燕赵行": "河北省",
    "白山松水": "吉林省",
    "三晋行": "山西省",
    "齐鲁行": "山东省",
    "中原行": "河南省",
    "三秦行": "陕西省",
    "陇原行": "甘肃省",
    "八桂行": "广西壮族自治区",
    "八闽": "福建省",
    "海西行": "福建省",
    "巴渝行": "重庆市",
    "天府行": "四川省",
    "巴蜀行": "四川省",
    "多彩贵州行": "贵州省",
    "云岭行": "云南省",
    "彩云行": "云南省",
    "琼州行": "海南省",
    "龙江行": "黑龙江省",
    "辽沈行": "辽宁省",
    "钱塘行": "浙江省",
    "之江行": "浙江省",
    "赣鄱行": "江西省",
    "塞上行": "宁夏回族自治区",
    "天山行": "新疆维吾尔自治区",
    "草原行": "内蒙古自治区",
    "江苏行": "江苏省",
    "云南行": "云南省",
    "陕西行": "陕西省",
    "广州行": "广东省广州市",
    "鹏城行": "广东省深圳市",
}

_NOT = r"[^省市区县旗镇乡的在对与及由向到至了是为将我各全本\W\d_]"
_LOW = _NOT.replace("旗", "")
#: Levels of a full name, each optional, read from its beginning.
_FULL = re.compile(
    rf"(?P<province>[一-鿿]{{2,3}}省|(?:内蒙古|广西壮族|西藏|宁夏回族|新疆维吾尔)自治区|(?:北京|天津|上海|重庆)市|(?:香港|澳门)特别行政区)?"
    rf"(?P<city>{_NOT}{{2,10}}自治州|{_NOT}{{2,6}}(?:市(?![场政监民容委直属])|市(?=市)|地区|盟))?"
    rf"(?P<county>{_NOT}{{1,12}}(?:自治县|新区|开发区|高新区|示范区|管理区|林区)|{_NOT}{{1,5}}(?:区(?![域块])|县(?!级)|旗(?![村路社街小中镇乡舰])|市(?![场政监民容委直属])))?"
    rf"(?P<town>{_LOW}{{1,6}}(?:街道(?![办各])|街道(?=办事处)|(?<![城乡集])镇(?![街级])|乡(?![镇村建])))?"
    rf"(?P<village>{_LOW}{{1,6}}?(?:社区|村(?![级委])))?"
)


@dataclass(frozen=True, slots=True)
class _Table:
    provinces: dict[str, str]  # name and short name -> full name
    signs: dict[str, str]  # 粤 -> 广东省
    cities: dict[str, str]  # name and short name -> 广东省江门市


@cache
def _table() -> _Table:
    table = _Table({}, {}, {})
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        province, sign, *cities = line.split()
        table.provinces[province] = table.provinces[short(province)] = province
        table.signs[sign] = province
        for city in cities:
            table.cities.setdefault(city, province + city)
            table.cities.setdefault(short(city), province + city)
    return table


def leading(name: str) -> str:
    """The place with which a unit's name begins, completed upwards: 江门市教育局 -> 广东省江门市; "" for none."""
    table = _table()
    name = re.sub(r"^(?:中共|中国共产党|共青团)", "", name)
    m = _FULL.match(name)
    told = m[0] if m else ""
    if not told:
        return _short_name(name)
    if m and not m["province"]:
        first = m["city"] or m["county"] or ""
        if first in table.cities:
            return table.cities[first] + told[len(first) :]
        if first and (head := _short_name(told)) and len(told) > len(head):
            bare = next((s for s in sorted(table.provinces, key=len, reverse=True) if told.startswith(s)), "")
            rest = told[len(bare) :]
            if bare and _FULL.fullmatch(rest) and len(rest) > 2:
                return table.provinces[bare] + rest
            if city := next(
                (told[:n] for n in (4, 3, 2) if told[:n] in table.cities and _ZONE.fullmatch(told[n:])), ""
            ):
                return table.cities[city] + told[len(city) :]
    return told


#: 临港经济技术开发区 of 沧州临港经济技术开发区: a zone that bears its city's name
_ZONE = re.compile(r"[一-鿿]{0,10}(?:开发区|高新区|示范区|管理区|产业园区|工业园区)")


def _short_name(name: str) -> str:
    """A company's or school's name that begins with a short name: 广东粤安建设公司 -> 广东省."""
    table = _table()
    for known in (table.provinces, table.cities):
        for length in (7, 6, 5, 4, 3, 2):
            head = name[:length]
            if (
                len(head) == length
                and head in known
                and short(known[head])
                and not re.match(r"[市县区]", name[length:])
            ):
                return known[head] if known is table.provinces else table.cities[head]
    return ""


def by_sign(doc_no: str, own: str = "") -> str:
    """The province whose sign opens a document number: 粤安办〔2023〕69号 -> 广东省; "" for none.

    own: the place as far as it is known; 云减办 of 云溪区 says nothing of Yunnan.
    """
    return "" if doc_no[:1] in own else _table().signs.get(doc_no[:1], "")


def known(name: str) -> str:
    """The full name of a province or prefecture named in full: 江门市 -> 广东省江门市; "" where there is none such."""
    table = _table()
    return table.cities.get(name, "") if name not in table.provinces else table.provinces[name]


def named(text: str) -> list[str]:
    """Full names of the provinces and prefectures that the text names in full, in order, each once."""
    table = _table()
    names = [n for n in (*table.provinces, *table.cities) if n == short(n) + n[len(short(n)) :] and n != short(n)]
    return list(dict.fromkeys(known(m) for m in _pattern(tuple(names)).findall(text)))


@cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))


def completed(place: str, hints: Iterable[str]) -> str:
    """A place whose upper levels the document tells elsewhere: 江海区 + 广东省江门市 -> 广东省江门市江海区."""
    told = list(hints)
    once = _completed_once(place, told)
    higher = [h for h in told if _level(parts(h)[0]) < _level(parts(once)[0])] if once and once != place else []
    return _completed_once(once, higher)


def _completed_once(place: str, hints: Iterable[str]) -> str:
    table = _table()
    if (
        not place
        or place == NATIONWIDE
        or parts(place)[0].endswith(("省", "自治区"))
        or any(place.startswith(p) for p in table.signs.values())
    ):
        return place
    for hint in sorted(hints, key=len, reverse=True):
        if hint and place not in hint and not hint.startswith(place):
            return _joined(hint, place)
        if hint.endswith(place):
            return hint
        if place in hint:
            return hint[: hint.index(place)] + place
    return place


def _joined(hint: str, place: str) -> str:
    """Put a lower place under a higher one, dropping levels of the hint that are not above it."""
    levels = parts(hint)
    own = parts(place)
    lowest = _level(own[0])
    return "".join(p for p in levels if _level(p) < lowest) + place


def _level(part: str) -> int:
    if part in _table().provinces:
        return 0
    if part in _table().cities or part.endswith(("自治州", "地区", "盟")):
        return 1
    if part.endswith(("镇", "乡", "街道")):
        return 3
    if part.endswith(("社区", "村")):
        return 4
    return 2
