"""The form of the document: remains of conversion, broken paragraphs, brackets, annexes, empty sections."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from bot.answers.normalise import number
from bot.ingest.plans.checks.given import ERROR, INFO, WARN, WHOLE, Given, finding
from bot.ingest.plans.parts import Block
from bot.ingest.plans.proposal import FactKind, Finding
from bot.ingest.plans.sections import CLOSING


def check(given: Given) -> Iterator[Finding]:
    """Findings about form."""
    yield from _artefacts(given)
    yield from _paragraphs(given)
    yield from _brackets(given)
    yield from _annexes(given)
    yield from _empty(given)
    yield from _mixed(given)
    if given.header.cut_title:
        yield finding("TITLE_CUT", WARN, "标题", "标题开头缺字，已按正文补全", given.proposal.title)
    if given.personal:
        yield finding(
            "PERSONAL_DATA_IN_SOURCE", INFO, WHOLE, f"原文有个人姓名、电话、邮箱或地址{given.personal}处，都没有收录"
        )


def _artefacts(given: Given) -> Iterator[Finding]:
    remains = [a for a in given.source.artefacts if a.kind not in ("网页栏目", "页码")]
    if remains:
        kinds = "、".join(f"{kind}{n}处" for kind, n in Counter(a.kind for a in remains).items())
        first = f"第{remains[0].line}行"
        yield finding("CONVERSION_ARTEFACT", INFO, first, f"残留{kinds}，已去掉", remains[0].found)
    chrome = [a for a in given.source.artefacts if a.kind == "网页栏目"]
    if chrome:
        yield finding(
            "CONVERSION_ARTEFACT",
            INFO,
            f"第{chrome[0].line}行",
            f"混有网页栏目文字{len(chrome)}行，已去掉",
            chrome[0].found,
        )


_FINISHED = re.compile(r"[。；：！？…”』」）)》;:!?.、，,]$")


def _paragraphs(given: Given) -> Iterator[Finding]:
    """Paragraphs that stop in the middle, and paragraphs that stand twice."""
    for part in given.reading.outline.main:
        blocks = [b for b in part.blocks if not b.cells]
        for n, block in enumerate(blocks[:-1]):
            if len(block.text) < 40 or _FINISHED.search(block.text) and not block.text.endswith(("、", "，")):
                continue
            orphan = _orphan(blocks, n)
            if orphan:
                message = f"在“{block.text[-12:]}”处断开，后半段落到“{orphan.text[:12]}”，顺序错位"
                yield finding("PARAGRAPH_SPLIT", ERROR, f"{block.number}、{orphan.number}", message, orphan.text)
            elif not blocks[n + 1].style:
                yield finding(
                    "PARAGRAPH_SPLIT", WARN, block.number, f"段落在“{block.text[-12:]}”处断开", blocks[n + 1].text
                )
            else:
                yield finding("MISSING_STOP", INFO, block.number, f"段末“{block.text[-12:]}”没有句号")
        seen = Counter(b.text for b in blocks if len(b.text) >= 25)
        for text, count in seen.items():
            if count > 1:
                where = "、".join(dict.fromkeys(b.number for b in blocks if b.text == text))
                yield finding("PARAGRAPH_REPEATED", WARN, where, f"同一段出现{count}次", text)


_STARTS = re.compile(
    r"^(?:各|请|要|为|对|在|以|由|根据|按照|通过|结合|同时|此外|另外|一是|活动|联系|附|上述|本|区|市|县|全|局|公司|学校|特|企业|[“《（(\d])"
)


def _orphan(blocks: list[Block], n: int) -> Block | None:
    """The other half of a paragraph: a plain one after the next item, which does not begin like a sentence."""
    following = blocks[n + 1 : n + 3]
    if (
        len(following) == 2
        and following[0].style
        and not following[1].style
        and following[1].number in (following[0].number, CLOSING)
    ):
        finished = _FINISHED.search(following[0].text)
        if finished and not _STARTS.match(following[1].text):
            return following[1]
    return None


_PAIRS = (("“", "”"), ("《", "》"), ("（", "）"), ("(", ")"), ("〔", "〕"))


def _brackets(given: Given) -> Iterator[Finding]:
    for block in given.reading.outline.blocks:
        text = re.sub(r"(?:(?<=[。；;：:，,\s])|^)\d{1,2}[)）]", "", block.whole).replace("(", "（").replace(")", "）")
        for left, right in _PAIRS:
            if left == "(" or text.count(left) == text.count(right):
                continue
            if left == "“" and '"' in text:
                continue
            more, less = (left, right) if text.count(left) > text.count(right) else (right, left)
            at = text.rfind(more) if more == left else text.find(more)
            yield finding(
                "UNCLOSED_BRACKET", INFO, block.number, f"有“{more}”没有对应的“{less}”", text[max(0, at - 15) : at + 25]
            )


_MENTION = re.compile(
    r"(?:见|详见|填写|填报|按照?|附|（|\()\s*附件\s*(?:\d[-—－])?(?P<n>[\d一二三四五六七八九十]{0,2})|附件(?:\d[-—－])?(?P<n2>[\d一二三四五六七八九十]{1,2})"
)


def _annexes(given: Given) -> Iterator[Finding]:
    """Annexes that are mentioned but not listed, listed but not there, listed and never mentioned."""
    outline = given.reading.outline
    listed = {v: name for p in outline.main for v, name in p.annexes}
    present = {p.mark.removeprefix("附件") for p in outline.parts if p.mark and (p.blocks or p.title)}
    mentioned: dict[int, str] = {}
    for block in outline.blocks:
        for m in _MENTION.finditer(block.whole):
            told = m["n"] or m["n2"] or ""
            mentioned.setdefault(number(told) or 1 if told else 1, block.number)
    absent = [v for v in listed if str(v) not in present and not (v == 1 and "" in present)]
    if len(listed) == 1 and len(outline.parts) > 1 + (outline.notice is not None):
        absent = []
    absent = [v for v in absent if not any(_same(listed[v], p.title) for p in outline.parts)]
    if absent:
        names = "、".join(f"附件{v}《{listed[v]}》" for v in absent)
        yield finding("ATTACHMENT_MISSING", WARN, "附件", f"只列了名称，文件里没有正文：{names}")
    for value, where in mentioned.items():
        if value not in listed and str(value) not in present and not (value == 1 and "" in present):
            yield finding("ATTACHMENT_MISSING", WARN, where, f"提到附件{value}，文件里没有这个附件")
    if outline.plan.mark and not listed and outline.notice is None and not mentioned:
        yield finding("ATTACHMENT_MISSING", WARN, "文首", f"本文件是{outline.plan.mark}，印发通知正文不在文件里")
    if listed and mentioned:
        for value in listed:
            there = str(value) in present or any(_same(listed[value], p.title) for p in outline.parts)
            if value not in mentioned and not there and outline.notice is None:
                yield finding("ATTACHMENT_UNMENTIONED", INFO, "附件", f"附件{value}《{listed[value]}》正文没有提到")


def _same(a: str, b: str) -> bool:
    return bool(b) and (a in b or b in a)


def _empty(given: Given) -> Iterator[Finding]:
    """A heading with nothing below it."""
    for part in given.reading.outline.main:
        for n, block in enumerate(part.blocks):
            if not block.style or not block.title or block.text or len(block.title) > 16 or block.depth > 2:
                continue
            following = part.blocks[n + 1] if n + 1 < len(part.blocks) else None
            bare = (
                following is None
                or (following.style not in ("", "row") and following.depth <= block.depth)
                or following.number == CLOSING
            )
            if bare and (block.depth == 1 or re.search(r"时间|主题|地点|对象|内容|要求", block.title)):
                yield finding("EMPTY_SECTION", WARN, block.number, f"“{block.title}”下面没有内容")


def _mixed(given: Given) -> Iterator[Finding]:
    """Half-width and full-width marks side by side."""
    lines = given.source.lines
    half = sum(bool(re.match(r"\([一二三四五六七八九十]+\)", x)) for x in lines)
    full = sum(bool(re.match(r"（[一二三四五六七八九十]+）", x)) for x in lines)
    commas = len(re.findall(r"(?<=[一-鿿]),(?=[一-鿿])", given.text))
    if half and full or commas >= 2:
        yield finding("FORMAT", INFO, WHOLE, "括号、逗号全角半角混用")
    if any(re.search(r"MPG2", d) for f in given.of(FactKind.DEADLINE) for d in f.limits):
        yield finding("MEDIA_FORMAT_NAME", INFO, "文末", "“MPG2”不是通行的扩展名，应为.mpg或.mpeg")
