"""Activities and dated events: what is done, for whom, by whom, through what, when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bot.ingest.plans import dates, numbering
from bot.ingest.plans.dates import When
from bot.ingest.plans.parts import Block
from bot.ingest.plans.proposal import Fact, FactKind
from bot.ingest.plans.reading import Reading, Said, clause
from bot.ingest.plans.text import sentences, shorten, until

#: Headings whose items are activities, and those whose items are not.
CONTENT = re.compile(
    r"内容|活动安排|重点工作|主要工作|主要任务|工作任务|重点任务|任务安排|活动形式|主要活动|宣传形式|宣传重点|具体安排|活动项目|重点活动|主要措施|工作措施|工作安排|具体措施|方法步骤|实施步骤|工作步骤|步骤|阶段|活动方式|宣传方式|系列活动|持续开展|深入开展|广泛开展|扎实开展|开展.*(?:活动|宣传|行动)|任务分工|任务$|举措|活动$|宣传教育"
)
NO_CONTENT = re.compile(
    r"宣传重点|宣传内容|宣传要点|^重点内容|要求|保障|组织领导|组织机构|组织架构|组织实施|指导思想|总体思路|总体要求|主题|活动时间|时间安排$|目的|目标|意义|依据|原则|报送|附则|领导机构|机构设置|职责分工|参加(?:对象|范围|人员)|活动对象|活动范围|背景|注意事项|考核|督导|经费|联系"
)

AUDIENCES = {
    "企业": r"企业|职工|员工|从业人员|工人|班组|一线|车间|厂",
    "学校": r"学校|学生|师生|校园|教职工|幼儿园|课堂|青少年|家长",
    "社区": r"社区|居民|小区|物业|楼道|楼宇",
    "农村": r"农村|乡村|村民|农民|村居|农户|返乡|农机",
    "家庭": r"家庭|家长|亲子|老人|留守儿童",
    "机关": r"机关|干部|公务员|党员",
    "公共场所": r"公共场所|广场|商场|车站|公园|景区|公交|地铁|集市|超市",
    "公众": r"群众|公众|市民|社会|全民",
}
CHANNELS = (
    "微信公众号|公众号|微信工作群|微信群|交流群|微信|微博|抖音|快手|短视频|短信|网站|官网|门户网站|网络|新媒体|自媒体|电视台|电视|广播电台|广播|报纸|报刊|电子显示屏|显示屏|LED屏|LED|大屏|滚动播放|横幅|标语|海报|宣传画|"
    "展板|挂图|宣传栏|宣传册|宣传单|传单|折页|宣传品|宣传片|警示教育片|警示片|公益广告|讲座|公开课|大讲堂|宣讲|座谈|培训|演练|知识竞赛|竞赛|比赛|征文|演讲|文艺演出|咨询台|现场咨询|咨询|展览|展示|观摩|体验|参观|"
    "主题班会|班会|升旗|国旗下讲话|黑板报|手抄报|家长会|告家长书|倡议书|一封信|入户|走访|承诺书|签名|宣誓|直播|H5|线上答题|答题|举报|曝光|媒体|检查|志愿|大喇叭|小喇叭|宣传车|无人机|小程序"
).split("|")
_CHANNEL = re.compile("|".join(map(re.escape, sorted(CHANNELS, key=len, reverse=True))))
_ACCIDENT = re.compile(
    r"事故|火灾(?:造成|致)|爆炸|坍塌|死亡|遇难|吸取|发生(?:的|一起|了)|教训|地震(?:发生|造成)|特大暴雨"
)
_BASIS = re.compile(
    r"印发的?《|根据.*(?:通知|文件)|按照.*(?:通知|文件)|会议精神|重要讲话|讲话精神|论述|施行|实施之日|颁布|公布施行|修订|修正"
)
_RECURRING = {
    "每月": "monthly",
    "每周": "weekly",
    "每天": "daily",
    "每日": "daily",
    "每年": "yearly",
    "持续": "ongoing",
    "常态化": "ongoing",
    "滚动": "ongoing",
    "长期": "ongoing",
}


def activities(reading: Reading) -> list[Fact]:
    """One fact for each item below the headings that tell what is done, and for its 一是, 二是."""
    out: list[Fact] = []
    for part in reading.outline.main:
        blocks = [b for b in part.blocks if not b.cells]
        for n, block in enumerate(blocks):
            below = _below(blocks, n)
            if block.depth == 1 and block.style and not any(b.style for b in below):
                out += _undivided(block, below, reading)
            if not _is_content(block) or (_is_stage(block) and not (block.text or below)):
                continue
            if any(_holds(held, block) for held in out):
                continue
            if not any(b.style for b in below) or _rolls_up(below) or _are_steps(block, below):
                out += _activity(block, "".join([block.text, *(b.whole for b in below)]), reading)
    return out


_GENERIC = re.compile(
    r"^(?:主要|具体|重点|活动|宣传|工作|任务|分工|内容|安排|形式|及|和|与|方式|步骤|措施|开展|实施|时间|项目|“|”)*$"
)


def _undivided(block: Block, below: Sequence[Block], reading: Reading) -> Iterator[Fact]:
    """A main heading of contents without items: one activity by its name, or one a paragraph where it has none."""
    if not CONTENT.search(block.title) or NO_CONTENT.search(block.title) and not re.search("内容|安排", block.title):
        return
    if re.search(r"宣传(?:重点|内容|要点)|重点内容|时间", block.title):
        return
    texts = [t for t in (block.text, *(b.text for b in below)) if t]
    name = re.sub(r"(?:主要|具体)?(?:内容|安排|任务)$", "", block.title)
    if not _GENERIC.match(name) and texts:
        yield _fact(block.number, name, "".join(texts), 0.7, reading)
        return
    for text in texts:
        if len(text) >= 20 and re.search(r"开展|组织|举办|举行|召开", text) and (title := _derived(text)):
            yield _fact(block.number, title, text, 0.6, reading)


_CHILD = re.compile(r"[（①-⑳第]|\d|[一二三四五六七八九十]{1,3}是")


def _holds(held: Fact, block: Block) -> bool:
    """Whether an item was rolled up into one above it."""
    if not block.number.startswith(held.section) or block.number == held.section:
        return False
    rest = block.number[len(held.section) :]
    return bool(_CHILD.match(rest)) and not (held.section[-1].isdecimal() and rest[0].isdecimal())


def _below(blocks: Sequence[Block], n: int) -> list[Block]:
    """What stands under an item: its paragraphs and the items of its own."""
    own = blocks[n].number
    out: list[Block] = []
    for block in blocks[n + 1 :]:
        inside = block.depth > blocks[n].depth if block.style else block.number.startswith(own)
        if not inside or not blocks[n].style:
            break
        out.append(block)
    return out


_SHORT_ITEM = 70


def _rolls_up(below: Sequence[Block]) -> bool:
    """Items of one short sentence and no title are steps of what stands above, not activities."""
    items = [b for b in below if b.style]
    return all(
        not b.title and len(b.text) < _SHORT_ITEM and not any(w.start for w in dates.find(b.text)) for b in items
    )


def _are_steps(block: Block, below: Sequence[Block]) -> bool:
    """Items without titles below a titled item of the third level, or 第一， and ①, tell how it is done."""
    items = [b for b in below if b.style]
    spoken = all(b.style in ("yi", "circ") for b in items)
    return (
        bool(block.title)
        and (block.depth >= 3 or spoken and not _is_stage(block))
        and not any(b.title and (b.text or b.style != "circ") for b in items)
    )


def _is_stage(block: Block) -> bool:
    """An item of 实施步骤 that only names a stage: 动员部署阶段（3月）."""
    return bool(re.search(r"阶段", block.title) and re.search(r"步骤|时间|安排|阶段", " ".join(block.titles[:-1])))


def _is_content(block: Block) -> bool:
    """Whether a block is an item under a heading of activities."""
    heads = block.titles if block.style == "" else block.titles[:-1] or block.titles
    if not heads or not block.style:
        return False
    if any(
        NO_CONTENT.search(h) and not re.search(r"(?<!宣传)(?<!重点)内容|活动安排|重点工作|开展", h) for h in heads[:1]
    ):
        return False
    if block.depth == 1:
        return False
    return bool(CONTENT.search(heads[0])) or any(CONTENT.search(h) for h in heads[1:-1])


def _activity(block: Block, body: str, reading: Reading) -> Iterator[Fact]:
    title = _name(block.title) if block.title else _derived(body)
    if not title:
        return
    if re.search(r"阶段", title) and not re.search(r"开展|活动", title):
        confidence = 0.6
    else:
        confidence = 0.9 if block.title else 0.7
    yield _fact(block.number, title, body or block.title, confidence, reading)
    for shown, _, text in numbering.inline(body):
        name = _derived(text)
        if name and re.search(
            r"开展|举办|组织|活动|宣讲|进[企农社学家校机]|演练|竞赛|培训", sentences(text)[0] if sentences(text) else ""
        ):
            yield _fact(f"{block.number}{shown}", name, text, 0.65, reading)


def _fact(section: str, title: str, body: str, confidence: float, reading: Reading) -> Fact:
    found = dates.find(body, reading.header.frame)
    whens = [w for w in found if (w.start or w.recurring) and not w.due and not _ASIDE.search(body[: w.at])]
    first = next((w for w in whens if w.start), None)
    rhythm = next((r for w, r in _RECURRING.items() if w in body), "")
    rhythm = next((w.recurring for w in whens if w.recurring), rhythm)
    said = sentences(body)
    whole = title + body
    return Fact(
        id="",
        kind=FactKind.ACTIVITY,
        section=section,
        sentence="".join(said[:3]) if said else title,
        confidence=confidence,
        what=title,
        date=first.date if first and not first.is_span else "",
        start=first.start if first and first.is_span else "",
        end=first.end if first and first.is_span else "",
        when=first.text if first else "",
        who=doer(body),
        audience=tuple(a for a, words in AUDIENCES.items() if re.search(words, whole)),
        channels=tuple(dict.fromkeys(_CHANNEL.findall(whole))),
        recurring=rhythm,
    )


def _name(title: str) -> str:
    """A heading as an activity's name, without a date in brackets."""
    return re.sub(r"[（(][^（()）]*(?:月|日|单位|牵头|负责|责任)[^（()）]*[)）]$", "", title).strip("。；：: ")


_NAMED = re.compile(
    r"(?:开展|举办|组织|参加|组织开展|举行|推进|参与|实施)(?:好|一次|全[区市县省])?(?P<n>[^，。；]{0,20}?“[^“”]{2,24}”[^，。；“”]{0,12}?(?:活动|竞赛|宣讲|行动|研讨|演练|宣传|评选|采访)|[^，。；]{2,24}?(?:活动|竞赛|演练|宣讲|培训|讲座|研讨))"
)


def _derived(text: str) -> str:
    """A name for an item without a title: its own 开展“…”活动, else its first words."""
    text = re.sub(r"^(?:\d{4}年)?\d{1,2}月[^，。]{0,20}，", "", text)
    if quoted := [m["n"] for m in _NAMED.finditer(text) if "“" in m["n"]]:
        return quoted[-1].strip() if len(quoted) == 1 else quoted[0].strip()
    if m := _NAMED.search(text):
        return m["n"].strip("的")
    plain = re.sub(r"^(?:各[^，。；]{0,30}?|[区市县镇局][^，。；]{0,12}?)(?=要|应|须|将)", "", text.strip())
    left = re.sub(r"^(?:要|应|须|将)(?:通过|结合|充分|积极|认真)?", "", plain)
    while left:
        first = until(left, "，。；：")
        if len(first) >= 4 and not dates.find(first):
            return shorten(first, 30)
        left = left[len(first) + 1 :]
    return ""


_DOER = re.compile(
    r"(?:^|[。；，])(?:由|请)?(?P<who>(?:各|全[市区县省镇校]|[区市县省镇]|局|公司|学校|特|基层|城区|企业|社区|农村|党委|安委|应急|教育|消防|住建|交通|宣传|工会|团委|党政|监管|辖区)[^，。；：“《》]{0,32}?)(?=要(?!求)|应(?!急)|须|将|负责|组织|牵头|积极|结合|围绕|广泛|认真|通过|充分|开展|利用|会同|自行|至少|不少于)"
)


#: Words that begin a body's name (宣传部要) or say what is done (宣传知识应): only with a body are they who does it.
_DEED = re.compile(r"应急|教育|消防|交通|宣传|监管")
_BODY = re.compile(r"[部局委办厅处科站所队组](?!署|织|属)|机构|部门|系统|中心|单位|人员|学校|企业")


def doer(text: str) -> str:
    """Who does it, as the text names the subject; "" where it does not."""
    for m in _DOER.finditer(text[:160]):
        who = m["who"].strip("， ")
        if len(who) >= 2 and (not _DEED.match(who) or _BODY.search(who)):
            return who
    return ""


# ── dated events ────────────────────────────────────────────────────────────


def events(reading: Reading, taken: Sequence[Fact]) -> list[Fact]:
    """What happens on a day or in a part of a month. taken: periods and deadlines, whose dates are no events."""
    spans = {(f.start, f.end) for f in taken if f.kind is FactKind.PERIOD}
    due = {(f.sentence, f.when) for f in taken if f.kind is FactKind.DEADLINE}
    out: list[Fact] = []
    sectioned = any(b.style for b in reading.outline.blocks)
    named: list[Fact] = []
    headings = {b.number: b.title for b in reading.outline.blocks if b.title}
    for said in reading.said():
        for when in dates.find(said.masked, reading.header.frame):
            if _is_event(said, when, spans, due, sectioned):
                fact = _event(said, when, headings)
                if not any(_same(fact, held) for held in out):
                    out.append(fact)
            elif when.is_day and _NAMED_DAY.match(said.text[when.stop :]):
                named.append(_event(said, when, headings))
    out = [f for f in out if not _is_only_a_name(f, out)]
    days = {f.date for f in out}
    return out + [f for n, f in enumerate(named) if f.date not in days and f.date not in {o.date for o in named[:n]}]


def _is_only_a_name(fact: Fact, found: Sequence[Fact]) -> bool:
    """Whether 6·16 in a heading names a day for which the text below sets another."""
    if not _BY_NAME.fullmatch(fact.when.strip("“”")):
        return False
    return any(
        f.section == fact.section and f.date not in ("", fact.date) and not _AROUND.search(f.what) for f in found
    )


#: 5月12日是第15个全国防灾减灾日
_NAMED_DAY = re.compile(r"是?(?:我国)?(?:第\s*\d+\s*个)?[“”]?(?:全国|世界|国际)[^，。；]{2,14}日")


def _same(a: Fact, b: Fact) -> bool:
    return a.date == b.date and (a.what == b.what or a.section == b.section and a.start == b.start)


def _is_event(said: Said, when: When, spans: set[tuple[str, str]], due: set[tuple[str, str]], sectioned: bool) -> bool:
    if when.recurring or when.relative or not when.start or when.fault or (said.text, when.text) in due or when.due:
        return False
    if (when.start, when.end) in spans or "即日" in when.text:
        return False
    part_of_month = (
        when.vague
        and len(when.start) in (5, 10)
        and re.search(r"旬|初|底|末", when.text)
        and "年" not in when.text[-2:]
    )
    if not (when.is_day or part_of_month or when.ranged and len(when.start) in (5, 10)):
        return False
    near = clause(said.text, when.at, when.stop)
    if _ASIDE.search(said.text[: when.at]):
        return False
    if _ACCIDENT.search(near) and not re.search(r"活动|演练|观看|开展|设置|举办|组织|举行|发放|宣传", near):
        return False
    after = said.text[when.stop : when.stop + 14]
    if re.match(r"起(?:，)?(?:每|至|到)|(?:前后)?(?:结束|截止)", after):
        return False
    if re.match(
        r"[”\"]?[^，开组举]{0,12}(?:事故|火灾|爆炸|坍塌|暴雨|地震|通知|文件|会议精神|讲话|起?施行|以来|印发|颁布)",
        after,
    ):
        return False
    if _BASIS.search(clause(said.masked, when.at, when.stop)) and not re.search(
        r"活动|举办|开展", said.text[when.stop :]
    ):
        return False
    return not (
        said.block.number == "前言" and sectioned and not re.search(r"举办|举行|开展", near[near.find(when.text) :])
    )


#: 时间：6月18日上午, below the heading that says what it is
_LABEL = re.compile(r"^\W*(?:活动)?(?:时间|日期)[：:为是]")


#: 6月8日、6月11日、6月17日分别
_LISTED_DAYS = re.compile(r"^(?:[、，和及](?:\d{1,2}月)?\d{1,2}[日号])+(?:分别)?")
#: Before a day that is none of its own: 如遇雨顺延至6月26日, 因6月16日恰逢赶集.
_ASIDE = re.compile(
    r"(?:遇|逢)[^。；;]{0,24}(?:顺延|推迟|延期|改期|改)(?:至|到|在|为)?$|(?:因|由于|鉴于|考虑到)(?:今年)?$"
)
#: The consultation day by its name: whatever day is set for it, and not what prepares or follows it.
_BY_NAME = re.compile(r"6[·.．]16")
_AROUND = re.compile("筹备|准备|部署|动员|预热|培训|协调会|总结")
#: 初赛，6月25日决赛
_NEXT_DAY = re.compile(r"[，、](?=\d{1,2}月\d{1,2}[日号])")


def _event(said: Said, when: When, headings: Mapping[str, str]) -> Fact:
    text, near = said.text, clause(said.text, when.at, when.stop)
    title = said.block.title
    what = _LISTED_DAYS.sub("", text[when.stop :])
    what = re.sub(r"^[，、：:\s前后当天）)]+", "", what)
    what = until(_NEXT_DAY.split(what)[0], "。；")
    if m := re.search(
        r"(?:组织|开展|举办|举行|参加|召开|启动|进行|参与)(?:[^，。；“]|“[^”]*”){2,50}?(?:活动|仪式|演练|竞赛|培训|讲座|会议|检查|宣讲|比赛|行动|展览)(?![一-鿿]{0,2}活动|系统)",
        what,
    ):
        what = m[0]
    elif title and said.in_title:
        what = re.sub(r"[（(].*?[)）]", "", title)
    elif _LABEL.match(near):
        what = title or headings.get(said.section) or near
    elif len(what) < 4:
        what = title or near
    vague = not when.is_day and not when.ranged
    return Fact(
        id="",
        kind=FactKind.EVENT,
        section=said.section,
        sentence=text,
        confidence=0.65 if vague or said.block.number == "前言" else 0.9,
        what=shorten(what, 60).strip("，、 "),
        date=when.date,
        start=when.start if not when.is_day else "",
        end=when.end if not when.is_day else "",
        when=when.text,
        who=doer(text[when.stop :].lstrip("，")),
    )
