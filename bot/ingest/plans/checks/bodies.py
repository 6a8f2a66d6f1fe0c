"""Names of bodies, places and laws that are wrong, old or of somewhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.answers.regions import NATIONWIDE, parts
from bot.ingest.plans import places
from bot.ingest.plans.checks.given import INFO, WARN, Given, finding
from bot.ingest.plans.proposal import FactKind, Finding

_PROVINCE_OFFICE = re.compile(
    r"(?P<n>[一-鿿]{2,3}省|省)(?P<what>应急管理|教育|交通运输|公安|住房和城乡建设|工业和信息化|自然资源|农业农村|水利|民政|财政|文化和旅游|生态环境)局"
)
_CITY_OFFICE = re.compile(
    r"(?P<n>[一-鿿]{2,4}[市县区])(?P<what>应急管理|教育|交通运输|住房和城乡建设|工业和信息化|农业农村)厅"
)
#: Old name -> new name, and the year since when.
_OLD = (
    (r"安全生产监督管理(?:总)?局|安监局|安监总局", "应急管理局（部）", 2019),
    (r"公安消防(?:支队|大队|总队|局)|消防部队", "消防救援队伍", 2019),
    (r"质量技术监督局|质监局|工商行政管理局|工商局|食品药品监督管理局|食药监局", "市场监督管理局", 2019),
    (r"煤矿安全监察局|煤监局", "矿山安全监察局", 2021),
    (r"卫生和计划生育(?:局|委员会)|卫计[局委]", "卫生健康局（委）", 2019),
    (r"国土资源局|国土局", "自然资源局", 2019),
    (r"环境保护局|环保局", "生态环境局", 2019),
    (r"旅游局|文广新局", "文化和旅游局", 2019),
)
#: A law that has been repealed, its successor, and the year from which citing it is out of date.
#: Source: State Council orders 822 (in force 2026-01-01) and 774 (2024-05-01).
_REPEALED = (
    ("森林防火条例", "森林草原防灭火条例", 2026),
    ("草原防火条例", "森林草原防灭火条例", 2026),
    ("煤矿安全监察条例", "煤矿安全生产条例", 2024),
)
#: A regulation that stands, but yields to a law since that year: 危险化学品安全法 is in force since 2026-05-01.
_YIELDING = (("危险化学品安全管理条例", "危险化学品安全法", 2026),)


def check(given: Given) -> Iterator[Finding]:
    """Findings about names."""
    yield from _offices(given)
    yield from _laws(given)
    yield from _elsewhere(given)
    yield from _wrong_level(given)


def _offices(given: Given) -> Iterator[Finding]:
    year = given.header.year or 0
    told: set[str] = set()
    for said in given.reading.said():
        for pattern, right in ((_PROVINCE_OFFICE, "厅"), (_CITY_OFFICE, "局")):
            for m in pattern.finditer(said.masked):
                name = next((m[0][n:] for n in range(3) if places.known(m["n"][n:])), m[0])
                if name not in told and not re.match(r"^(?:各|全)", m[0]):
                    told.add(name)
                    yield finding("ORG_NAME", WARN, said.section, f"“{name}”的名称应为“{name[:-1]}{right}”", said.text)
        for old, new, since in _OLD:
            hit = re.search(rf"(?<!原)(?:{old})", said.masked)
            if hit and year >= since and hit[0] not in told:
                told.add(hit[0])
                yield finding("OUTDATED_BODY", WARN, said.section, f"“{hit[0]}”是旧机构名，现为{new}", said.text)
    if any("公主岭" in p.addressees for p in given.reading.outline.main):
        yield finding("ADMIN_DIVISION_CHANGED", INFO, "主送", "公主岭市2020年起由长春市代管，主送单位再用时要核对")


def _laws(given: Given) -> Iterator[Finding]:
    year = given.header.year or 0
    for law in given.of(FactKind.LAW):
        name = law.what.removeprefix("中华人民共和国")
        if name == "安全生产法" and 0 < year < 2021:
            yield finding(
                "OUTDATED_LAW_CONTEXT", INFO, law.section, f"{year}年引的安全生产法是2014年版，2021年9月1日起条号已变"
            )
        for old, new, since in _REPEALED:
            if name == old and year >= since:
                yield finding("OUTDATED_LAW", WARN, law.section, f"《{old}》已废止，现行的是《{new}》", law.sentence)
        for old, new, since in _YIELDING:
            if name == old and year >= since:
                message = f"《{new}》已施行，与《{old}》不一致的以法律为准"
                yield finding("OUTDATED_LAW", INFO, law.section, message, law.sentence)
        if (
            re.search(r"《(?:中华人民共和国)?安全生产法》宣传周", law.sentence)
            and year >= 2017
            and "安全生产月" in given.proposal.title
        ):
            yield finding(
                "OUTDATED_LAW_WEEK",
                INFO,
                law.section,
                "《安全生产法》宣传周自2017年起在12月1日至7日，不在安全生产月内",
                law.sentence,
            )


_UNIT_AFTER = r"(?:安委办|安委会|应急管理局|应急局|人民政府|政府|教育局|住建局|消防|区委|市委|县委|各|全)"
_CASE = re.compile(r"事故|火灾|爆炸|坍塌|学习|借鉴|经验|观摩|考察|生产|制造|公司")


def _elsewhere(given: Given) -> Iterator[Finding]:
    """Places of the same level as the plan's own, or provinces and prefectures that do not hold it."""
    region = given.proposal.region
    if not region or region == NATIONWIDE:
        return
    levels = parts(region)
    for said in given.reading.said():
        if said.section == "前言" and said.in_title:
            continue
        for m in re.finditer(
            rf"([一-鿿]{{2,5}}?[省市区县镇乡])(?={_UNIT_AFTER})|(?:全|我)(?:市|区|县|镇|乡)?([一-鿿]{{2,4}}[市区县镇乡])(?=安全)",
            said.masked,
        ):
            name = m[1] or m[2]
            full = places.known(_last_place(name))
            if (
                full
                and not full.startswith(levels[0])
                and not _CASE.search(said.masked[max(0, m.start() - 15) : m.end() + 15])
            ) or (
                full
                and len(levels) > 1
                and places.known(levels[1])
                and not (region.startswith(full) or full.startswith(region))
                and not _CASE.search(said.masked[max(0, m.start() - 15) : m.end() + 15])
            ):
                yield finding(
                    "FOREIGN_PLACE",
                    WARN,
                    said.section,
                    f"方案是{region}的，这里写“{_last_place(name)}”，疑从别处抄来",
                    said.text,
                )
            elif not full and _same_level(name, levels[-1]):
                yield finding(
                    "FOREIGN_PLACE",
                    WARN,
                    said.section,
                    f"方案是{levels[-1]}的，这里写“{_last_place(name)}”，疑从别处抄来",
                    said.text,
                )


_LEAD = re.compile(r"^(?:.*(?:[由向至报到在和与及对是请以为将全我各本省市]|根据|按照|配合|参加|结合|推动|确保|提高))?")


def _last_place(name: str) -> str:
    for size in (4, 3, 5):
        if places.known(name[-size:]):
            return name[-size:]
    return _LEAD.sub("", name[:-1]) + name[-1]


_COMMON = re.compile(
    r"^(?:[省市区县镇乡]|[^省市区县镇乡]?委|政府|全|各|本|我|该|辖|园|社|城|市|郊|校|厂|矿|景|库|片|地|小|街|山|林|灾|汛|新|老|乡|村|相关|有关|重点|有条件|所在|当地|上级|所属|开发|高新|城乡|农村|成立|组建|建立|深入|推动|走进|面向|覆盖|动员|督促|指导|组织|通知|负责|其他|周边)"
)


def _same_level(name: str, own: str) -> bool:
    """江海区 and 蓬江区: another place that ends like the plan's own."""
    other = _last_place(name)
    return (
        3 <= len(other) <= 4
        and other[-1] == own[-1]
        and other != own
        and own[-1] in "区县镇乡"
        and not own.endswith(("社区", "新区", "开发区", "园区"))
        and other not in own
        and own not in other
        and not _COMMON.match(other)
    )


_TWINS = {"区": "县", "县": "区", "镇": "乡", "乡": "镇"}


def _wrong_level(given: Given) -> Iterator[Finding]:
    """我县 in the plan of a district, 全乡 in that of a town: left from another plan."""
    region = given.proposal.region
    twin = _TWINS.get(region[-1:], "")
    if not twin or twin in region:
        return
    for said in given.reading.said():
        if m := re.search(rf"(?:我|全|本){twin}(?![级直城域乡镇])", said.masked):
            message = f"方案是{parts(region)[-1]}的，这里写“{m[0]}”，疑从别处抄来"
            yield finding("FOREIGN_PLACE", WARN, said.section, message, said.text)
            return
