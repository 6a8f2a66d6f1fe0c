"""Campaigns: their names in titles and sentences, and the national themes that belong to years."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.ingest.plans.text import bare

_FILE = Path(__file__).parent / "data" / "themes.txt"

#: Names of campaigns that stand without quotes, the longer first.
KNOWN = re.compile(
    r"安全生产[一-鿿]{1,6}?行(?![业为政动])|[一-鿿]{2,8}安全(?:发展)?行(?![业为政动])|安全生产月|安全月|安全生产周|《?(?:中华人民共和国)?职业病防治法》?宣传周|《?(?:中华人民共和国)?安全生产法》?宣传周|"
    r"(?:全国)?消防(?:安全)?宣传(?:教育)?月|[“\"]?119[”\"]?消防(?:安全)?(?:宣传)?(?:月|周|日)|(?:全国)?防灾减灾(?:救灾)?(?:宣传)?(?:日|周)|(?:全国)?消防日|(?:全国)?交通安全日|安康杯|(?:全国)?中小学生安全教育日|安全教育日|"
    r"防溺水(?:专项|宣传教育|安全教育)?|燃气安全(?:宣传)?(?:月|周|进万家)?|森林(?:草原)?防火宣传(?:月|周)|安全宣传[“\"]?[五七]进[”\"]?|[“\"]?[五七]进[”\"]?|质量月|国际减灾日|国家安全教育日|食品安全宣传周|气象日|安全宣传咨询日"
)
MONTH = "安全生产月"


def in_title(title: str) -> list[str]:
    """The campaigns that a title names, quoted ones first: [安全生产月, 安全生产五邑行]."""
    inside = re.findall(r"“([^“”]{2,20})”|\"([^\"]{2,20})\"", title)
    names = [a or b for a, b in inside if not re.search(r"^[\d·.]+$|[、，,；\s]", a or b)]
    plain = re.sub(r"“([^“”]*)”", r"\1", title)
    names = [n for n in names if not re.fullmatch(r"[五七]进", n)]
    # “珍惜生命 远离危险”安全宣传周: a slogan and the week's own name
    names += re.findall(r"[”\"]([一-鿿]{2,10}(?:宣传|教育|安全)(?:周|月|日))", title)
    for m in KNOWN.finditer(plain):
        name = m[0].strip('“”"《》') if "法" not in m[0] else m[0].strip('“”"')
        if not any(bare(name) in bare(n) or bare(n) in bare(name) for n in names):
            names.append(name)
    return list(dict.fromkeys(names))


_FRAME = re.compile(
    r"^.*?关于(?:印发|开展|做好|组织开展)?|(?:19|20)\d\d(?:[—-]\d{4})?年度?|[《》]|(?:活动|工作|专项|实施|宣传教育)*(?:实施|工作)?(?:方案|计划|安排|通知)(?:的通知)?$"
)


def plain_name(title: str, unit: str) -> str:
    """What a plan without a known campaign is about: 某局今冬明春校园火灾防控工作方案 -> 今冬明春校园火灾防控."""
    return _FRAME.sub("", _FRAME.sub("", title.removeprefix(unit)).removeprefix(unit)).strip(" 的")


def stem(name: str) -> str:
    """A campaign's name without 活动 and quotes, for comparison."""
    return re.sub(r"^(?:全国|全省|全市|全区|全县|全镇)", "", bare(name).removesuffix("活动"))


def national_themes(calendar: Path) -> dict[int, str]:
    """Year -> theme of Safety Production Month, from calendar.yaml; empty where there is no such file."""
    return _calendar(calendar, calendar.stat().st_mtime_ns) if calendar.is_file() else {}


@cache
def _calendar(calendar: Path, _changed: int) -> dict[int, str]:
    rows = yaml.load(calendar.read_text(encoding="utf-8"), yaml.CSafeLoader).get("themes") or []
    return {int(r["year"]): str(r["theme"]) for r in rows}


@dataclass(frozen=True, slots=True)
class Themes:
    """National themes by campaign and year. first: the year before the campaign's first, for 第22个."""

    by_campaign: dict[str, dict[int, str]]
    first: dict[str, int]

    def campaign(self, title: str, text: str) -> str:
        """Which campaign with national themes a plan belongs to: by its title, then its text; "" for none."""
        for words, name in _MARKS:
            if re.search(words, title):
                return name
        return ""

    def years_of(self, campaign: str, theme: str) -> list[int]:
        """Years whose national theme this is, punctuation aside."""
        held = self.by_campaign.get(campaign, {})
        return [y for y, t in held.items() if bare(t) == bare(theme)]


_MARKS = (
    (r"安全生产月|安全月|生产月", MONTH),
    (r"消防(?:安全)?宣传(?:教育)?月|消防日|119|消防月", "消防宣传月"),
    (r"防灾减灾|5[·.・]12", "防灾减灾日"),
    (r"职业病", "职业病防治法宣传周"),
    (r"交通安全日|12[·.・]2|122", "交通安全日"),
)


def themes(calendar: Path) -> Themes:
    """All national themes that are known: those of Safety Production Month are kept by staff in the calendar."""
    held, first = _others()
    return Themes({**held, MONTH: national_themes(calendar)}, {**first, MONTH: 2001})


@cache
def _others() -> tuple[dict[str, dict[int, str]], dict[str, int]]:
    held: dict[str, dict[int, str]] = {}
    first: dict[str, int] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, year, theme = line.split("\t")
            if theme == "第1个":
                first[name] = int(year) - 1
            else:
                held.setdefault(name, {})[int(year)] = theme
    return held, first


def ordinal_year(text: str, table: Themes, names: Sequence[str] = ()) -> int | None:
    """The year that 第22个全国“安全生产月” tells."""
    for m in re.finditer(r"第\s*(\d{1,2})\s*(?:个|次|届)(?:全国)?[“\"《]?([^，。；]{2,14})", text):
        for words, name in _MARKS:
            if re.match(rf"[^，。]{{0,3}}(?:{words})", m[2]) and name in table.first:
                return table.first[name] + int(m[1])
    return None
