"""Words that are doubled, misspelt or used two ways."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.ingest.plans.checks.given import INFO, WARN, WHOLE, Given, finding
from bot.ingest.plans.proposal import Finding

_DOUBLE = re.compile(
    r"(活动|安全|工作|单位|企业|宣传|生产|部门|开展|组织|加强|要求|管理|教育|监督|责任|落实|检查|培训|进行|通过|时间|以及|有关|相关|方案|总结|情况)\1|([的了和与在])\2(?![确一]|的)"
)
#: 总结阶段性总结: the same word again after a few characters
_AGAIN = re.compile(r"(总结|方案|报告|通知|情况)(?![和与及、，])([一-鿿]{2,4})\1(?![一-鿿]*会)")
#: Slips that are seen again and again, and what they should be.
_SLIPS = (
    ("监管管理", "监督管理"),
    ("疫情防期间", "疫情防控期间"),
    ("文字总计", "文字总结"),
    ("以上大事故", "以上事故"),
    ("应急救缓", "应急救援"),
    ("安全生月", "安全生产月"),
    ("安全产生", "安全生产"),
    ("隐患排察", "隐患排查"),
    ("排査", "排查"),
    ("宣传资询", "宣传咨询"),
    ("布署", "部署"),
    ("按装", "安装"),
    ("防犯", "防范"),
    ("既时", "即时"),
    ("必需要", "必须要"),
    ("做为", "作为"),
    ("制定定", "制定"),
    ("意思和", "意识和"),
    ("安全意思", "安全意识"),
)


def check(given: Given) -> Iterator[Finding]:
    """Findings about words."""
    for said in given.reading.said():
        if m := _DOUBLE.search(said.masked):
            yield finding(
                "DUPLICATED_WORD",
                INFO,
                said.section,
                f"重字“{m[0]}”",
                said.masked[max(0, m.start() - 12) : m.end() + 12],
            )
        if m := _AGAIN.search(said.masked):
            yield finding("WORD_REPEAT", INFO, said.section, f"“{m[0]}”用词重复", said.text)
        for wrong, right in _SLIPS:
            if wrong in said.text:
                yield finding("TYPO", INFO, said.section, f"“{wrong}”疑为“{right}”", said.text)
    yield from _terms(given)
    yield from _scope(given)


def _terms(given: Given) -> Iterator[Finding]:
    """各市场监管所 and 各市场所: a unit named in full and cut short."""
    named = set(re.findall(r"各([一-鿿]{2,8}?(?:所|局|站|科室|支队|大队))(?![一-鿿]?属)", given.text))
    for short in named:
        for long in named:
            if len(short) < len(long) and short[:2] == long[:2] and short[-1] == long[-1] and _inside(short, long):
                yield finding("TERM_MIX", INFO, WHOLE, f"“{long}”和“{short}”混用")


def _inside(short: str, long: str) -> bool:
    rest = iter(long)
    return all(c in rest for c in short)


def _scope(given: Given) -> Iterator[Finding]:
    """销售企业 almost everywhere, 生产销售企业 in a place or two."""
    kinds = re.findall(r"((?:生产|销售|经营|使用|储存|运输){1,3})企业", re.sub(r"[、和]", "", given.text))
    for kind in set(kinds):
        wider = [k for k in set(kinds) if kind in k and k != kind]
        for other in wider:
            if kinds.count(kind) >= 5 and kinds.count(other) <= 3:
                where = next(
                    (
                        s.section
                        for s in given.reading.said()
                        if f"{other}企业" in s.text or f"{other[:2]}、{other[2:]}企业" in s.text
                    ),
                    WHOLE,
                )
                yield finding("SCOPE_MIX", WARN, where, f"多处对象是“{kind}企业”，这里写成“{other}企业”")
