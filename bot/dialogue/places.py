"""Places in what people say: provinces and cities by name, and what the content knows below them.

Only names that stand in a table of ours come out, so they may be shown and kept.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources

from bot.answers.normalise import normalise
from bot.answers.regions import Gazetteer

_SUFFIX = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|自治州|林区|地区|省|市|盟)$")
_PEOPLES = re.compile(
    r"(?:(?:朝鲜|土家|苗|侗|布依|彝|哈尼|壮|傣|白|景颇|傈僳|藏|羌|回|蒙古|哈萨克|柯尔克孜)族|柯尔克孜|蒙古|哈萨克)+(?=自治州)"
)
#: What leads up to a place and says nothing without it.
_BEFORE = re.compile(r"(?:(?:我|咱|俺)们?)?(?:在|是|住在?)?$")
_LONGEST, _SHORTEST = 11, 2  # characters of a name
_WINDOW = 16  # characters after "我在" in which the place stands
#: What comes before a place that is somebody's own.
_OWN = re.compile(
    r"(?:我|咱|俺|人|家|公司|厂|工地|单位|学校|店)们?(?:家|这|这里|这边|这儿|那)?(?:就|人|住|都)?(?:在|是|住)(?:在)?"
)
#: 朝阳 before one of these is no city but a part of another.
_PARTS = ("区", "县")
#: What may follow a place in a message that is only about it: a part of it that we do not know, and 这边, 上班.
_NOTHING = re.compile(
    r"(?:[一-鿿]{1,5}(?:区|县|镇|乡|村|街道|旗))?"
    r"(?:这边|这里|这儿|人|的|上班|工作|打工|住|干活|生活)*[呢了啊哦呀]?[,。!?~ ]*"
)
_IN_QUESTION = 40  # characters; in a longer story the place may be anybody's


class Places:
    """Finds places in normalised text."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        #: As `_told` says: each message is asked for it several times.
        self.told = lru_cache(maxsize=4096)(self._told)

    def find(self, text: str) -> str:
        """The most exact place that `text` names, as 广东省江门市江海区; "" if none."""
        place = ""
        for n in range(min(len(text), _IN_QUESTION)):
            named = self._starting(text[n:])
            place = named if len(named) > len(place) and named.startswith(place) else place
        return place

    def _told(self, text: str, *, alone: bool = False) -> str:
        """The place that a person says to be theirs: 我在江门市江海区; "" if they say none.

        alone  only where the message says nothing besides
        """
        read = [self._read(text[m.end() : m.end() + _WINDOW]) for m in _OWN.finditer(text)]
        found = [place for place, rest in read if not alone or _NOTHING.fullmatch(rest)]
        return max(found, key=len, default="")

    def without(self, text: str) -> str:
        """`text` without what it says of places."""
        for n in range(min(len(text), _IN_QUESTION)):
            place, rest = self._read(text[n:])
            if place:
                return self.without(_BEFORE.sub("", text[:n]) + rest)
        return text

    def _starting(self, text: str) -> str:
        return self._read(text)[0]

    def _read(self, text: str) -> tuple[str, str]:
        """The place whose name `text` begins with, followed by what lies in it; and what comes after."""
        place = ""
        while name := self._name(text, place):
            place, text = name[0], text[name[1] :].lstrip(" ,的")
        return place, text

    def _name(self, text: str, above: str) -> tuple[str, int] | None:
        """Place and length of the name that `text` begins with; it lies in `above`."""
        for n in range(min(_LONGEST, len(text)), _SHORTEST - 1, -1):
            known = _cities().get(text[:n]) or self._gazetteer.named(text[:n])
            if known and known != above and known.startswith(above) and text[n : n + 1] not in _PARTS:
                return known, n
        return None


@cache
def provinces() -> tuple[str, ...]:
    """The full names of all provinces."""
    return tuple(row[0] for row in _rows())


@cache
def _rows() -> tuple[list[str], ...]:
    """A province and its cities each."""
    text = resources.files("bot.dialogue").joinpath("data/cities.txt").read_text(encoding="utf-8")
    return tuple(line.split() for line in text.splitlines())


@cache
def _cities() -> dict[str, str]:
    """Full and short names of provinces and cities -> the full name from the province on."""
    rows = _rows()
    out: dict[str, str] = {}
    for province, *_ in rows:
        out[province] = out[_short(province)] = province
    for province, *cities in rows:
        for city in cities:
            out[city] = province + city
            out.setdefault(_short(city), province + city)
    return {normalise(name): place for name, place in out.items()}


def _short(name: str) -> str:
    """江门市 -> 江门, 延边朝鲜族自治州 -> 延边; a name of two characters stays whole."""
    bare = _SUFFIX.sub("", _PEOPLES.sub("", name))
    return bare if len(bare) >= _SHORTEST else name
