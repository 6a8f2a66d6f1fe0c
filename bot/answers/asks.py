"""What kind of thing a question wants, where that can be told, and whether an answer holds such a thing.

A question for a price that is answered with a duty reads like an answer and is none. Where a question wants a
figure, an address, a form, the facts of one year, the entry must show that it has them; or the bot says honestly
that it does not, and tells what it has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from bot.answers.entries import Entry
from bot.answers.normalise import normalise
from bot.answers.plans import years

_NUMBER = r"[0-9零一二三四五六七八九十百千万半两几]"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing.

    wanted  how questions ask for it
    unless  what makes it another thing
    shown   what an answer that has it holds
    """

    name: str
    wanted: re.Pattern[str]
    unless: re.Pattern[str]
    shown: re.Pattern[str]


def _kind(name: str, wanted: str, shown: str, unless: str = "(?!)") -> Kind:
    return Kind(name, re.compile(wanted), re.compile(unless), re.compile(shown))


def _figure(name: str, wanted: str, unit: str) -> Kind:
    """A quantity: shown is a number before its unit, or words that are one (立即, 免费)."""
    return _kind(name, wanted, rf"(?<!第){_NUMBER}\s*(?:个|余|多)?(?:{unit})")


_KINDS = (
    _kind(
        "penalty",
        "怎么罚|罚多少|罚几多|罚款多少|罚几|多少罚款|会罚|罚不罚|罚吗|罚钱吗|怎么处罚|处罚多少|受什么处罚|罚得多|判几年|判多少年|判多久|坐几年",
        "罚|处以|拘留|徒刑|记分|警告|判|追究|吊销",
    ),
    _kind(
        "price",
        "什么价|价格|价钱|报名费|工本费|收费标准|费用(?:是)?多少|贵不贵|[花掏收交付](?:多少|几)|要花|保费(?:是)?多少"
        "|(?:多少|几多|几|几百|几千|几万)(?:块钱?|个?钱|银子|元)",
        rf"{_NUMBER}\s*(?:元|万)|免费|不收|不得收|免收",
        unless="罚|赔|奖|扣|判|损失|拖欠|电话|热线|学时|收费吗|要钱吗|收钱吗|要不要钱|谁[出付掏给]|偷|够|立案|算"
        "|工资|补|津贴|伤残|工亡|工伤|抚恤|丧葬|护理|[领拿]",
    ),
    _kind(
        "pay",
        "(?:工资|奖金|补贴|津贴|补助金?|标准|保费)[^,。罚]{0,8}(?:多少|几)(?:钱|元|万|块)?",
        rf"{_NUMBER}\s*(?:个月)?\s*(?:元|万|倍|个月|%)|免费|不收|不得收|免收",
        unless="罚|电话|热线|学时|收费吗|要钱吗|收钱吗|要不要钱",
    ),
    _figure("years", "(?<!八)(?<!九)(?<!七)几年|多少年|哪年", "年|周年"),
    _kind(
        "days",
        "(?<![这那好])(?:几天|几日|几个月|几小时|几个小时|几个钟)|多少(?:天|日|个月|小时|个钟)",
        rf"{_NUMBER}\s*(?:个|余|多)?(?:日|天|年|个月|月|小时|[学课]时|分钟|周|时)|立即|马上|当场|随时",
    ),
    _figure(
        "metres",
        "几米|多少米|多高|多远|多长距离|几公分|多少(?:厘米|毫米|公分)|几(?:厘米|毫米)|多宽|多深|多厚|几公里",
        "米|厘米|毫米|公里|千米|层|倍",
    ),
    _figure("weight", "几吨|多少吨|多重|几公斤|多少公斤|几斤|多少斤", "吨|公斤|千克|斤|kg"),
    _figure("power", "多少伏|几伏|多少(?:安|毫安)(?!全)|多少欧|几欧|多少瓦|多少千瓦", "伏|安|毫安|欧|瓦|千瓦|v|a|kw"),
    _figure("force", "多少牛|几牛|多少帕|多少(?:mpa|kpa)|多少力矩|多少勒克斯|多少lx", "牛|n|帕|mpa|kpa|勒克斯|lx"),
    _figure("decibels", "分贝", "分贝"),
    _figure("degrees", "多少度|几度|温度多少", "度|°c|摄氏度"),
    _figure("ages", "几岁|多少岁|多大年龄|多大年纪", "岁|周岁"),
    _figure("times", "几次|多少次|几回|多少回|几遍", "次|回|遍|日|天|年|月"),
    _figure("people", "多少人|几个人|几人", "人|名"),
    _figure("share", "百分之几|多少比例|比例是", "%|分之|倍"),
    _kind(
        "place",
        "地址|哪条(?:街|路)|哪栋|哪个(?:酒店|宾馆|楼)|几楼|在哪(?:里|儿)?(?:报名|考|买|领|学|培训|检测|修|换|上课)|去哪(?:里|儿)?(?:报名|考|买|学)",
        "地址|地点|窗口|网站|小程序|部门|机构|到当地",
    ),
    _kind(
        "hours",
        "几点(?:钟)?(?!意见|要求|注意|原因|建议|区别)|上班时间(?:是|几|从|到|$)|周[六日末]上不?上?班",
        r"\d+[:点时]|[一二三四五六七八九十]点|工作日|24小时",
        unless="调整|改变|缩短",
    ),
    _kind(
        "date",
        "几号(?![线楼仓门国电码])|哪一?天|几月|什么日子|哪个?月份?",
        r"\d+月|\d+日|[一二三四五六七八九十]月|农历|星期|每年|当[天日]|次日|之日|立即",
    ),
    _kind("mobile", "手机号|手机(?:是)?多少|联系方式|微信号|邮箱(?:是|多少|地址)|qq群", r"1\d{10}|\d{7,}|@|邮箱"),
    _figure("count", "(?:多少|几)(?:家|起|处|辆|所|座|栋|本|套|问题|隐患)", "家|起|处|辆|所|座|栋|本|套|项|人|名"),
    _kind(
        "person",
        "[局科处厅县区镇市所队]长(?:是谁|叫什么|姓)|联系人(?:是谁|叫什么|姓)|谁得了|名单",
        "名单|联系人[^。]{0,6}是",
    ),
    _kind("cause", "(?:是|为|有)?(?:什么|啥|哪些)原因|怎么回事|咋回事", "因|由于|导致|造成|引起|引发|说明|可能是"),
    _kind("form", "模板|范文|范本|样表|样本|空白表|电子版|下载|发我一份|表格发|答案发", "模板|范本|样表|下载|栏目"),
    _kind("brand", "哪个牌子|什么牌子|哪个品牌|哪家(?:好|便宜|靠谱|强)|推荐(?:一)?(?:个|款|家)", "(?!)"),
    _kind(
        "lost",
        "(?:证|执照|证书|登记证|报告)[^,。]{0,6}(?:丢了|丢失|遗失|弄丢|不见了|补办)|补办|挂失",
        "补办|补领|补发|遗失|挂失|丢",
    ),
    _kind(
        "procedure",
        "丢了|丢失|遗失|弄丢|怎么补|补办|补领|流程|(?:什么|哪些)(?:材料|手续)",
        r"\A(?![\s\S]*(?:办事指南|(?:材料|手续|流程)[^。;]{0,16}(?:为准|问当地|看当地)))",
    ),
    _kind("forecast", "前兆|(?:预测|预报)得?了?出来|快来之前|哪天(?:会)?地震", "前兆|征兆|预报|预测"),
    _kind("sum", "帮我(?:算|计算)|总(?:额|共)[^,。]{0,6}(?:多少|算)", "(?!)", unless="罚款总额"),
)  # fmt: skip

#: What each kind is called where it is said that we do not hold it.
CALLED = {
    "": "这一项", "penalty": "处罚", "price": "费用、价格", "pay": "数额", "years": "年数", "days": "具体时间",
    "metres": "距离、尺寸", "weight": "重量", "power": "电气数值", "force": "数值", "decibels": "分贝数",
    "degrees": "温度数", "ages": "年龄", "times": "次数", "people": "人数", "share": "比例", "place": "地址、地点",
    "hours": "钟点", "date": "日期", "mobile": "联系方式", "count": "数目", "person": "人员和名单", "cause": "原因",
    "form": "表格、文本", "brand": "品牌、商家", "lost": "补办手续", "procedure": "具体手续和材料", "forecast": "预测",
    "sum": "具体数额", "either": "哪一种", "year": "那一年的情况",
}  # fmt: skip

#: A fine is no price.
_FINE = re.compile(r"罚(?:款)?[^。;]*")
_EITHER = re.compile(r"([一-鿿]{2})[^一-鿿]*还是(?:算|是|要|该|由|按|归|属于|找)?([一-鿿]{2})")
_YEAR_OF_A_TEXT = re.compile(r"修订|修正|新|版|施行|实施|发布|颁布|第\d|受伤|入职|以来|开始|那年|届")
_SHORT = 26  # characters: in a longer message a year belongs to the story


@lru_cache(maxsize=4096)
def _held(title: str, answer: str) -> str:
    """What an entry says, normalised. Not left to the cache of `normalise`: messages would drive it out."""
    return normalise.__wrapped__(f"{title} {answer}")


def not_held(text: str, entry: Entry, today: date) -> str:
    """The kind of thing that normalised text asks for and the entry does not show; "" if there is none."""
    held = _held(entry.title, entry.answer)
    for kind in _KINDS:
        if kind.wanted.search(text) and not kind.unless.search(text):
            told = _FINE.sub("", held) if kind.name == "price" else held
            if not kind.shown.search(told):
                return kind.name
    either = _EITHER.search(text)
    if either and len(text) < _SHORT and either[1] not in held and either[2] not in held:
        return "either"
    return "year" if _names_other_year(text, held, today) else ""


def _names_other_year(text: str, held: str, today: date) -> bool:
    said = years(text, today)
    if any(y > today.year for y in said):
        return True  # nothing is known of a year to come
    if not said or len(text) > _SHORT or _YEAR_OF_A_TEXT.search(text):
        return False
    return not any(str(y) in held for y in said)


_WHEN = re.compile("哪一?天|哪日|几号|几月|多少号|哪个?月|什么时候|啥时候|何时|日期")
#: 第几个, 主题 and what is arranged are of one year.
_OF_ONE_YEAR = re.compile("主题|第几|周年|安排|通知|方案|活动|启动|仪式|放假|调休|报送|截止")
_YEAR_WORDS = re.compile(
    r"(?:今|明|后|本|去|上|前)年的?|(?:19|20)\d{2}年?的?|[一二][〇零九][〇零一二三四五六七八九]{2}年的?"
)
_EACH_YEAR = re.compile(r"每年的?\d{1,2}月")
_SINCE = re.compile(r"(\d{4})年(?:起|经|以来)")


def day_of_each_year(text: str, today: date) -> str:
    """今年咨询日是哪天 -> 咨询日是哪天: what may be asked of every year; "" for all else."""
    if not years(text, today) or not _WHEN.search(text) or _OF_ONE_YEAR.search(text) or len(text) > _SHORT:
        return ""
    return _YEAR_WORDS.sub("", text)


def holds_each_year(text: str, entry: Entry, today: date) -> bool:
    """Whether an entry tells a day of every year, and began to hold before the years that a question names."""
    since = [int(y) for y in _SINCE.findall(entry.answer)]
    began = max(since) if since else today.year
    return bool(_EACH_YEAR.search(entry.answer)) and min(years(text, today)) >= began


#: Fields with rules of their own: an answer that speaks of another one is no answer.
_SECTORS = tuple(
    re.compile(words)
    for words in (
        "危化|危险化学品",
        "民爆|民用爆炸|雷管|炸药",
        "煤矿",
        "烟花|鞭炮|爆竹",
        "工贸",
        "非煤|金属非金属",
        "燃气|煤气|天然气|液化气",
        "电梯",
        "锅炉|压力容器|气瓶",
        "校车",
        "铁路|火车|高铁",
        "农机|拖拉机|收割机",
        "船|水上|海上|内河",
        "工地|建筑施工|建设工程",
        "职业病|尘肺|职业健康",
        "工伤",
    )
)


def clashes(text: str, entry: Entry) -> bool:
    """Whether a question names a field and the entry speaks of another one only."""
    named = [s for s in _SECTORS if s.search(text)]
    if not named:
        return False
    held = _held(entry.title, entry.answer)
    return not any(s.search(held) for s in named) and any(s.search(normalise(entry.title)) for s in _SECTORS)
