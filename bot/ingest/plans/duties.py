"""Duties with figures: 滚动播放不少于2小时, 每月1至2个典型案例, 组织一次演练."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.answers.normalise import number
from bot.ingest.plans import dates
from bot.ingest.plans.proposal import Fact, FactKind
from bot.ingest.plans.reading import Reading, Said, clause

_N = r"(?:\d{1,6}(?:\.\d+)?|[一二两三四五六七八九十百千]{1,4})"
_UNITS = (
    "万(?:份|条|张|元|册|本|户|台|个|名|幅|只|盏)|个小时|小时|分钟|课时|学时|人次|台次|车次|家次|户次|场次|万人次|次|场|堂|节|期|个|篇|条|份|张|本|部|件|起|只|盏|具|枚|名|人|"
    "幅|块|家|处|天|遍|轮|项|套|支|面|题|户|例|所|辆|台|版|集|则|封|册|%|％"
)
_TO = r"\s*(?:至|到|[-—–~～－]+)\s*"
_LEAST = r"不少于|不低于|不得少于|不得低于|至少|最少|不小于|大于|超过|≥|>=|达到|达"
_MOST = r"不超过|不多于|不高于|不得超过|最多|≤|<=|控制在"
#: Deeds of which a figure makes a duty.
_DEEDS = (
    "开展|组织|举办|安排|广播|召开|举行|进行|播放|推送|发布|制作|张贴|悬挂|设置|发放|观看|阅读|绘制|讲授|讲|上好|上|参加|接受|"
    "刊发|刊登|刊播|报送|上报|曝光|公布|选取|推荐|培训|排查|检查|抽查|发送|撰写|征集|创作|读|参与|完成|设立|设|建立|建成|"
    "办|看|写|做|搞|签订|签|配备|明确|选派|选树|打造|发|摆放|印发|印制|编发|培养|评选|布置|开设|入户|走访|覆盖|出|"
    "组成|组建|深入|巡查|巡山|慰问|帮扶|招募|投放|安装|更换|维修|展出|接待|创建|拍摄|录制|排练|聘请|邀请"
)
_QUANTITY = re.compile(
    rf"(?:(?P<least>{_LEAST})|(?P<most>{_MOST}))?(?P<verb>(?:[一-鿿]{{0,4}}(?:{_DEEDS}|率))?)\s*"
    rf"(?P<n>{_N})(?:{_TO}(?P<m>{_N}))?\s*(?P<unit>{_UNITS})(?P<more>以上|左右|及以上)?(?P<less>以内|以下|之内)?"
)
#: 发放宣传手册3000份: the figure follows the thing; 救生圈8个 goes on after a comma
_THING_FIRST = re.compile(
    rf"(?:{_DEEDS})[一-鿿“”、□]{{2,14}}$|(?:{_DEEDS})[^。；]{{2,40}}\d+[个块条份张面幅本套][^，。；]{{0,4}}[，、][一-鿿]{{2,6}}$"
)
#: Figures that are no duty: 一批, 4个方面, 一个确立, 第一次, 三个阶段
_NO_DUTY = re.compile(
    r"^(?:方面|阶段|部分|专项|环节|维护|确立|必须|意识|自信|重点(?!企业|单位|场所|人群|区域)|层面|层次|维度|一批|月|工作日|星期|年|季度|省|市|区|县|乡|镇|街道|社区|村|单位|行业|领域|小组|原则|目标|等级|步骤|责任|关口|转变|结合|同步|到位|小时内|自然日|日内|类|字|条措施|条具体|条硬措施|条举措|不留|到边|不放过|问题)"
)
_PER = re.compile(
    r"每(?:个)?(?P<per>月|周|星期|季度|天|日|年|人|名[一-鿿]{1,4}|校|班|个?(?:单位|企业|村|社区|班级|学校|项目部|班组|街道|镇|所|科室|县|区|家庭|乡镇)|家[一-鿿]{0,4}|场|次|半年|学期|镇街|村居|所学校)|(?:各|每)(?P<each>单位|企业|街道|镇|社区|村|学校|班级|项目|班组)[^，。；]{0,12}(?:至少|不少于)"
)
_PERIODS = {
    "月": "month",
    "周": "week",
    "星期": "week",
    "季度": "quarter",
    "天": "day",
    "日": "day",
    "年": "year",
    "半年": "half-year",
    "学期": "term",
}
_WEAK = re.compile(
    r"事故|死亡|受伤|伤亡|人以下|隐患\d|以来|去年|上年|分辨率|像素|字以|格式|成立|以下简称|(?:视频|照片|图片|音频|作品|文字|总结|单张|大小|案例)[^，]{0,8}(?:不|小于|大于|控制)|电子版|Word|一式|报送[^，]{0,6}照片"
)


def duties(reading: Reading) -> list[Fact]:
    """Every duty that has a figure, in order."""
    return [f for said in reading.said() if not said.in_title for f in _in_sentence(said, reading)]


def _in_sentence(said: Said, reading: Reading) -> Iterator[Fact]:
    taken = [(w.at, w.stop) for w in dates.find(said.masked, reading.header.frame) if not w.recurring]
    for m in _QUANTITY.finditer(said.masked):
        at, end = m.start("n"), m.end()
        if any(a < end and at < b for a, b in taken) or not _is_duty(said.masked, m):
            continue
        yield _fact(said, m)


def _is_duty(text: str, m: re.Match[str]) -> bool:
    before, after = text[: m.start("n")], text[m.end() :]
    if before.count("“") > before.count("”") or before.count("《") > before.count("》"):
        return False
    if re.search(r"第\s*$|[“\"]$|[\d.〔]$", before) or _NO_DUTY.match(after) or _NO_DUTY.match(m["unit"] + after):
        return False
    part = clause(text, m.start(), m.end(), "，。；;")
    if _WEAK.search(part) or re.search(r"^[^，]{0,6}(?:以上|以下)(?:事故|单位|企业)", after):
        return False
    if m["unit"] in ("张", "幅") and re.search("照片|图片", part):
        return False
    if re.search(r"(?:全[省市县区镇乡村校厂]|辖区|现有|共有?)$", before) and not m["least"]:
        return False
    if _THING_FIRST.search(before) and m["n"].isdecimal():
        return True
    bound = bool(m["least"] or m["most"] or m["more"] or m["less"] or m["m"])
    per = bool(_PER.search(before[-12:]))
    if m["unit"] in _COUNTED:
        return bound or per or bool(m["verb"] and m["n"].isdecimal())
    if m["unit"] in ("项", "例", "件", "起"):
        return bound or per
    return bound or per or bool(m["verb"])


#: Units of which 一个 says no more than the article does: only a figure makes a duty.
_COUNTED = frozenset("人 名 家 处 个 台 所 户 面 支 套 块 则 题 版 集".split())


def _fact(said: Said, m: re.Match[str]) -> Fact:
    text = said.text
    low, high = _number(m["n"]), _number(m["m"]) if m["m"] else None
    comparator = "range" if high is not None else "=" if not (m["least"] or m["most"] or m["more"] or m["less"]) else ""
    comparator = comparator or (">=" if m["least"] or m["more"] else "<=")
    part = clause(text, m.start(), m.end(), "，。；;")
    near = clause(text, m.start(), m.end())
    per = _per(text[: m.start("n")], near)
    return Fact(
        id="",
        kind=FactKind.DUTY,
        section=said.section,
        sentence=said.text,
        confidence=0.85 if comparator != "=" or per else 0.7,
        what=part,
        quantity=low,
        most=high,
        unit=m["unit"].replace("％", "%").replace("个小时", "小时"),
        comparator=comparator,
        per=per,
        who=_who(near),
        recurring={"month": "monthly", "week": "weekly", "day": "daily", "year": "yearly"}.get(per, ""),
    )


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"[\d.]+", text) else float(number(text) or 0)


def _per(before: str, near: str) -> str:
    found = list(_PER.finditer(before[-30:]))
    if not found:
        return ""
    told = found[-1]["per"] or found[-1]["each"]
    return _PERIODS.get(told, re.sub(r"^个", "", told))


def _who(text: str) -> str:
    m = re.match(
        r"^(?:请|由|从[^，]{2,10}，)?(?P<who>(?:各|全体|区|市|县|企业|学校|农村|社区|家庭|每)[^，。；]{0,30}?)(?=要|应|须|需|至少|每|在|将|组织|开展|针对)",
        text.strip("， "),
    )
    return m["who"].strip("， ") if m else ""
