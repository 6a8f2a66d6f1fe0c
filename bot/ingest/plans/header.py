"""Title, issuer, place, year, day of issue and theme: what the whole plan is told by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.answers.regions import NATIONWIDE, parts
from bot.ingest.plans import campaigns, dates, laws, places, units
from bot.ingest.plans.campaigns import Themes
from bot.ingest.plans.parts import PLAN_END
from bot.ingest.plans.sections import Outline
from bot.ingest.plans.text import bare, quoted, sentences


@dataclass(frozen=True, slots=True)
class Theme:
    """A slogan, the section and sentence that tell it, and how sure that is."""

    slogan: str
    section: str
    sentence: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Header:
    """What is told of the plan as a whole. year_from: title, number, date, text, ordinal, theme or ""."""

    title: str
    issuer: str
    printed_issuer: bool
    region: str
    year: int | None
    year_from: str
    doc_no: str
    issue_date: str
    themes: tuple[Theme, ...]
    campaigns: tuple[str, ...]
    cut_title: bool

    @property
    def theme(self) -> Theme | None:
        """The theme told most plainly."""
        return max(self.themes, key=lambda t: t.confidence, default=None)

    @property
    def frame(self) -> dates.Frame:
        """What dates without a year are read against."""
        return dates.Frame(self.year, self.issue_date)


def read(outline: Outline, name: str, known: Themes) -> Header:
    """Read the head matters of an outlined document; `name` is the file's, used where there is no title."""
    title, cut = _title(outline, name)
    doc_no = _doc_no(outline)
    issued = _issue_date(outline)
    text = "\n".join(b.whole for b in outline.blocks)
    themes = tuple(_themes(outline))
    year, source = _year(title, outline, doc_no, issued, text, themes, known)
    issuer, printed = _issuer(outline, title)
    names = campaigns.in_title(title) or campaigns.in_title(outline.notice.title if outline.notice else "")
    region = _region(outline, title, issuer, doc_no, text)
    issuer = issuer if printed else _full_unit(issuer, region, outline, text)
    if len(issued) == 5 and year:
        issued = f"{year}-{issued}"
    return Header(title, issuer, printed, region, year, source, doc_no, issued, themes, tuple(names), cut)


def _title(outline: Outline, name: str) -> tuple[str, bool]:
    """The plan's own title, else the notice's, else the file's name; and whether its beginning was lost."""
    title = outline.plan.title
    if outline.notice and not PLAN_END.search(title):
        title = outline.notice.title or title
    if not title:
        title = next((v for p in outline.parts for k, v in p.meta if k in ("名称", "标题")), "") or re.sub(
            r"\.\w{2,5}$", "", name
        )
    title = re.sub(r"\s+", " ", title).strip(" *#")
    title = re.sub(r"“[^“”]*”|(?<=[一-鿿”》]) (?=[一-鿿“《])", lambda m: m[0].strip(" "), title)
    if title.count("”") > title.count("“") and "”" in title:
        head = title[: title.index("”") + 1]
        for block in outline.blocks:
            if m := re.search(rf"“([^“”]{{0,12}}){re.escape(head)}", block.whole):
                return m[0] + title[len(head) :], True
        return "“" + title, True
    return title, False


def _doc_no(outline: Outline) -> str:
    for part in outline.parts:
        told = part.doc_no or next((v for k, v in part.meta if k in ("发文字号", "文号")), "")
        if numbers := laws.doc_numbers(told):
            return numbers[0]
    return ""


def _issue_date(outline: Outline) -> str:
    """The date under the signature of the notice or plan, else of the page's metadata."""
    told = [p.date for p in outline.main if p.date]
    told += [
        v
        for keys in (("成文日期", "发文日期", "生成日期"), ("发布日期", "发布时间"))
        for p in outline.parts
        for k, v in p.meta
        if k in keys
    ]
    told += [p.date for p in outline.others if p.date]  # a signature below the annexes
    for text in told:
        if found := [w for w in dates.find(re.sub(r"\s", "", text).replace("O", "〇").replace("o", "〇")) if w.start]:
            return found[0].start
    return ""


def _year(
    title: str, outline: Outline, doc_no: str, issued: str, text: str, themes: tuple[Theme, ...], known: Themes
) -> tuple[int | None, str]:
    for told, source in ((title, "title"), (outline.notice.title if outline.notice else "", "title")):
        if years := _years(told):
            return years[0], source
    if m := re.search(r"〔(\d{4})〕", doc_no):
        return int(m[1]), "number"
    if len(issued) == 10:
        return int(issued[:4]), "date"
    counted = Counter(y for s in sentences(text) for y in _years(s) if not re.search(r"事故|以来|规划|计划（|五年", s))
    counted.update(int(n[n.index("〔") + 1 : n.index("〕")]) for n in laws.doc_numbers(text))
    if counted:
        most = max(counted.values())
        return max(y for y, n in counted.items() if n == most), "text"
    if year := campaigns.ordinal_year(text, known):
        return year, "ordinal"
    campaign = known.campaign(title, text)
    for theme in themes:
        if years := known.years_of(campaign or campaigns.MONTH, theme.slogan):
            return years[-1], "theme"
    return None, ""


def _years(text: str) -> list[int]:
    found = re.findall(r"(?<!\d)((?:19|20)\d\d)(?=\s*年|[“《]|度)", text)
    chinese = re.findall(r"[一二][〇零○][〇零○一二三四五六七八九]{2}(?=年)", text)
    digits = {c: str(n) for n, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0"}
    return [int(y) for y in found] + [int("".join(digits[c] for c in y)) for y in chinese]


# ── issuer and place ────────────────────────────────────────────────────────


def _issuer(outline: Outline, title: str) -> tuple[str, bool]:
    """Who issues, and whether that is printed as signature, masthead or metadata rather than inferred."""
    for part in outline.main:
        if part.issuers:
            return "、".join(part.issuers), True
    for part in outline.parts:
        if told := next(
            (v for k, v in part.meta if k in ("发文机关", "发文机构", "发布机构", "发文单位", "发布单位") and v), ""
        ):
            return told, True
    if outline.notice and (unit := units.in_title(outline.notice.title)) and units.is_unit(unit):
        return unit, True
    for part in outline.parts:
        if part.masthead:
            return part.masthead, True
    for part in reversed(outline.others):
        if part.issuers and part.date:
            return "、".join(part.issuers), True
    unit = units.in_title(title)
    return unit, False


def _full_unit(issuer: str, region: str, outline: Outline, text: str) -> str:
    """A unit that is not printed: 我局 by the unit the text tells; a bare place by the office it gives."""
    own = units.selves(text)
    place = parts(region)[-1] if region and region != NATIONWIDE else ""
    if issuer and units.is_unit(issuer) and issuer != place:
        return (
            region[: region.index(place)] + issuer
            if place and issuer.startswith(place) and region.endswith(place)
            else issuer
        )
    if m := re.search(
        r"(?:办公室|指挥部)?设在([省市区县镇乡]?[一-鿿]{0,6}(?:安委办|安委会办公室|减灾办|消安办|应急管理局|应急办)(?:[（(][一-鿿]{2,12}(?=[，,）)]))?)",
        text,
    ):
        office = m[1] + ("）" if m[1].count("（") > m[1].count("）") else "")
        return (
            re.sub(r"^[省市区县镇乡]", lambda s: place if place.endswith(s[0]) else s[0], office) if place else office
        )
    for kind in dict.fromkeys(own):
        if kind in "局厅委办部" and (
            m := re.search(rf"(?:成立|由|设在)[省市区县]?([一-鿿]{{2,12}}{kind})(?=[“”（(，。\w])", text)
        ):
            level = re.search(rf"[省市区县](?={re.escape(m[1])})", text)
            base = place if level and place.endswith(level[0]) else place
            return base + re.sub(r"^[省市区县]", "", m[1])
    return issuer or (place if any(k in "镇乡街道社区村" for k in own) else "")


def _region(outline: Outline, title: str, issuer: str, doc_no: str, text: str) -> str:
    """The place a plan is for: by its issuer and title, completed by what else the text tells."""
    if re.match(
        r"^(?:国务院|中共中央|国家|应急管理部|教育部|交通运输部|住房和城乡建设部|工业和信息化部|公安部|全国总工会|中国(?!.*公司))",
        issuer,
    ):
        return NATIONWIDE
    stem = re.sub(r"^关于(?:印发|转发)?[《〈]?|^[《]|(?:19|20)\d\d年", "", title)
    told = max((places.leading(u) for u in (*issuer.split("、"), units.in_title(title), stem)), key=len, default="")
    hints = list(_hints(outline, title, doc_no, text, told))
    if told:
        return places.completed(told, hints)
    own = units.selves(text) + re.findall(r"全([省市区县镇乡])", text)
    for hint in hints:
        levels = parts(hint)
        if not own or levels[-1][-1] in own or len(levels) == 1:
            return hint
    return hints[0] if hints else ""


def _hints(outline: Outline, title: str, doc_no: str, text: str, told: str) -> Iterator[str]:
    """Places that the document tells elsewhere, the most telling first."""
    for name, place in places.ROUNDS.items():
        if name in title:
            yield place
    cites = laws.cited(text)
    for cite in cites:
        inner = re.sub(r"^关于(?:印发|转发|开展|做好)?[〈《<]?|(?:19|20)\d\d年", "", cite.name)
        if not cite.is_law and (place := places.leading(inner)):
            yield place
    for m in re.finditer(r"(?:成立|根据|按照|由|设在|至|向|为了推动)([一-鿿]{2,9}(?:省|市|区|县|镇|乡|街道))", text):
        if place := places.leading(m[1]):
            yield place
    for m in re.finditer(r"(?:地处|位于|隶属于?)([一-鿿]{3,24})", text):
        if place := places.leading(m[1]):
            yield place
    for name, place in places.ROUNDS.items():
        if name in text and not re.search(r"安全生产[一-鿿]{2,4}行", title):
            yield place
    for number in (doc_no, *laws.doc_numbers(text)):
        if place := places.by_sign(number, told):
            yield place
    yield from places.named(text)


# ── theme ───────────────────────────────────────────────────────────────────

_THEME_HEAD = re.compile(r"主\s*题$|主题(?:和|与|及)?(?:口号|目标|时间)?$|^主题")
_THEME_QUOTED = re.compile(
    r"(?:以|紧扣|围绕|突出|聚焦|紧紧围绕|按照)(?:今年)?(?:的)?[“\"](?P<a>[^“”\"]{4,40})[”\"](?:这一|这个|的|为|活动|宣传|年度|作为)*主题"
    r"|主题(?:是|为|：|:|确定为|定为)+\s*“(?P<q>[^“”]{4,40})”"
    r"|主题(?:是|为|：|:|确定为|定为)+\s*[“\"《]?(?P<b>[^“”\"。；;\n》]{4,40}?)[”\"》]?(?=$|[。；;，,\n）)”\"])"
    r"|(?:活动|宣传)?主题[“\"](?P<c>[^“”\"]{4,40})[”\"]"
)


def _themes(outline: Outline) -> Iterator[Theme]:
    """Every telling of the theme, each with how plain it is."""
    for part in outline.main:
        told: set[str] = set()
        for block in part.blocks:
            head = block.titles[-1] if block.titles else ""
            content = block.text or ""
            if head and _THEME_HEAD.search(head) and content and not block.cells and block.number not in told:
                told.add(block.number)
                if slogan := _slogan(content):
                    yield Theme(slogan, block.number, content, 0.95)
                    continue
            if block.title and "主题" in block.title and not block.text and (m := _THEME_QUOTED.search(block.title)):
                yield Theme(next(g for g in m.groups() if g).strip(), block.number, block.title, 0.9)
            for sentence in sentences(block.whole):
                for m in _THEME_QUOTED.finditer(sentence):
                    slogan = next(g for g in m.groups() if g).strip(" ：:")
                    if not re.search(r"活动主题$|安全生产月$", slogan) and len(bare(slogan)) >= 4:
                        yield Theme(slogan, block.number, sentence, _plainness(m, sentence))


def _plainness(m: re.Match[str], sentence: str) -> float:
    """How sure a telling is: 以“…”为主题的征文 speaks of a part of the campaign only."""
    if re.match(r"的(?!活动|系列|宣传)", sentence[m.end() :]):
        return 0.4
    return 0.7 if m["c"] else 0.85


def _slogan(content: str) -> str:
    """The slogan that a section headed 活动主题 holds."""
    if m := _THEME_QUOTED.search(content):
        return next(g for g in m.groups() if g).strip(" ：:")
    first = sentences(content)[0] if sentences(content) else content
    inside = [q for q in quoted(first) if len(bare(q)) >= 6 and not re.search(r"安全生产月|宣传月$|宣传周$", q)]
    if inside and len(first) > len(inside[-1]) + 4:
        return inside[-1]
    plain = re.sub(r"^(?:\d{4}年)?(?:本次|今年)?(?:活动|宣传)?主题[为是：:]*", "", first).strip(' “”"。；.：:')
    return plain if 4 <= len(plain) <= 40 and "，为" not in plain else ""
