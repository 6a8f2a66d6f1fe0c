"""Places: which rule holds where, and which place a question names."""

from __future__ import annotations

import re
from collections.abc import Iterable

NATIONWIDE = "全国"
_SUFFIX = re.compile(
    r"(经济技术开发区|经济开发区|高新技术产业开发区|高新技术开发区|高新区|开发区|工业园区|产业园区|风景名胜区|新区|特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|自治州|地区|省|市|区|县|旗|镇|乡|街道)$"
)
#: What people say for kinds of zones.
_ZONES = {
    "经济技术开发区": ("开发区", "经开区"),
    "经济开发区": ("开发区", "经开区"),
    "高新技术产业开发区": ("高新区", "开发区"),
    "高新技术开发区": ("高新区", "开发区"),
    "工业园区": ("园区",),
    "产业园区": ("园区",),
}


def covers(region: str, place: str) -> bool:
    """Whether a rule of `region` holds in `place`; both as 广东省江门市江海区, 全国 for everywhere."""
    return region == NATIONWIDE or (place != NATIONWIDE and region in place)


def parts(region: str) -> list[str]:
    """广东省江门市江海区 -> [广东省, 江门市, 江海区]."""
    if region == NATIONWIDE:
        return []
    return re.findall(r".+?(?:特别行政区|自治区|自治州|省|市|区|县|旗|镇|乡|街道)", region) or [region]


def short(part: str) -> str:
    """江门市 -> 江门; a name of two characters stays whole."""
    bare = _SUFFIX.sub("", part)
    return bare if len(bare) >= 2 else part


def place_forms(region: str) -> list[str]:
    """How people name the last place of a region: 广东省江门市江海区, 江海区, 江海, 江门市江海区, 江门江海 …"""
    places = parts(region)
    if not places:
        return []
    last, above = places[-1], places[:-1]
    out = ["".join(places), last, short(last)]
    for n in range(1, len(above) + 1):
        held, less = "".join(above[-n:]), "".join(map(short, above[-n:]))
        out += [held + last, held + short(last), less + last, less + short(last)]
    return out + _zone_forms(last)


def _zone_forms(place: str) -> list[str]:
    """临港经济技术开发区 -> 临港开发区, 临港经开区; also without a city of two characters before it."""
    zone = next((z for z in _ZONES if place.endswith(z)), "")
    name = place.removesuffix(zone)
    heads = [name, name[2:]] if len(name) >= 4 else [name]
    return [head + said for head in heads for said in _ZONES.get(zone, ()) if name]


class Gazetteer:
    """The places that the content knows, found in questions by their full or short names."""

    def __init__(self, regions: Iterable[str]) -> None:
        self._by_name: dict[str, str] = {}
        self._regions = frozenset(regions)
        for region in sorted(self._regions, key=lambda r: (len(r), r)):
            held = ""
            for part in parts(region):
                held += part
                self._by_name.setdefault(part, held)
                self._by_name.setdefault(short(part), held)
        names = sorted(self._by_name, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, names))) if names else None

    def knowing(self, regions: Iterable[str]) -> Gazetteer:
        """One that knows these places too."""
        return Gazetteer({*self._regions, *regions})

    def named(self, name: str) -> str:
        """The place that has exactly this name, "" if none has."""
        return self._by_name.get(name, "")

    def find(self, text: str) -> str:
        """The most exact place named in normalised text, "" if none is."""
        if self._pattern is None:
            return ""
        found = [self._by_name[m] for m in self._pattern.findall(text)]
        return max(found, key=len, default="")
