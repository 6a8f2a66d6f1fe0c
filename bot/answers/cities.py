"""Provinces and cities by name: which one a text speaks of, whether or not we hold anything of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

from bot.answers.normalise import normalise
from bot.answers.regions import NATIONWIDE

_SUFFIX = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|自治州|林区|地区|省|市|盟)$")
_PEOPLES = re.compile(
    r"(?:(?:朝鲜|土家|苗|侗|布依|彝|哈尼|壮|傣|白|景颇|傈僳|藏|羌|回|蒙古|哈萨克|柯尔克孜)族|柯尔克孜|蒙古|哈萨克)+(?=自治州)"
)
_TOWN = re.compile("[\u4e00-\u9fff]{2,12}(?:镇|乡|街道|村|社区)")
_SHORTEST = 2  # characters of a name
#: Short names that are words of their own; these places are named with 市 or 区.
_WORDS = frozenset("安康 白银 东方 大同 开封 保定 来宾 中卫 长治 日照 朝阳 玉树 海口 安顺 三明 平凉 山南 海东".split())
#: 推广安全, 东西安装: what ends in 安 before these is no city.
_NOT_BEFORE = re.compile(r"[全装监检置]")


@cache
def cities() -> dict[str, str]:
    """Full and short names of provinces and cities, normalised -> the full name from the province on."""
    out: dict[str, str] = {}
    for province, *_ in _rows():
        out[province] = out[short_city(province)] = province
    for province, *held in _rows():
        for city in held:
            out[city] = province + city
            out.setdefault(short_city(city), province + city)
    return {normalise(name): place for name, place in out.items()}


def provinces() -> tuple[str, ...]:
    """The full names of all provinces."""
    return tuple(row[0] for row in _rows())


def in_full(place: str, known: Iterable[str]) -> str:
    """A place from its province down, where the full names that are known tell it; else as it was given.

    known  the own one first: a town that none of them names lies in it
    """
    whole = [k for k in known if k.startswith(provinces())]
    if not place or place == NATIONWIDE or place.startswith(provinces()):
        return place
    if len(ending := {k for k in whole if k.endswith(place)}) == 1:
        return ending.pop()
    return whole[0] + place if whole and not ending and _TOWN.fullmatch(place) else place


@cache
def _rows() -> tuple[list[str], ...]:
    """A province and its cities each."""
    text = resources.files("bot.answers").joinpath("data/cities.txt").read_text(encoding="utf-8")
    return tuple(line.split() for line in text.splitlines())


def short_city(name: str) -> str:
    """江门市 -> 江门, 延边朝鲜族自治州 -> 延边; a name of two characters stays whole."""
    bare = _SUFFIX.sub("", _PEOPLES.sub("", name))
    return bare if len(bare) >= _SHORTEST else name


def city_in(text: str) -> str:
    """The most exact province or city that normalised text names; "" for none, and where it names several."""
    found: list[str] = []
    for m in _names().finditer(text):
        doubtful = m[0].endswith("安") and _NOT_BEFORE.match(text, m.end())
        if not doubtful:
            found.append(cities()[m[0]])
    best = max(found, key=len, default="")
    return best if all(best.startswith(place) for place in found) else ""


@cache
def _names() -> re.Pattern[str]:
    names = sorted((n for n in cities() if n not in _WORDS), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names)))
