"""Units: who issues, leads, does and receives. Names as printed, 我局 told in full where the document tells it."""

from __future__ import annotations

import re

#: Endings of units, the longer first.
ENDINGS = (
    "安全生产委员会办公室|减灾委员会办公室|防灾减灾委员会办公室|消防安全委员会办公室|安全生产委员会|安委会办公室|消安委办公室|消安办|减灾办|安委办|安办|安委会|减灾委|消安委|"
    "领导小组办公室|指导委员会办公室|领导小组|指导小组|指导委员会|组委会办公室|组委会|指挥部办公室|指挥部|人民政府办公室|人民政府|街道办事处|办事处|管理委员会|管委会|"
    "应急管理局|应急管理厅|消防救援(?:总队|支队|大队|局|站)|市场监督管理局|市场监管局|工业和信息化(?:局|厅)|住房和城乡建设(?:局|厅)|交通运输(?:局|厅)|教育(?:局|厅|委)|卫生健康(?:局|委员会|委)|"
    "总公司|分公司|有限责任公司|股份有限公司|有限公司|集团公司|集团|公司|项目经理部|项目部|经理部|"
    "总工会|工会|妇联|团委|共青团|委员会|办公室|总队|支队|大队|派出所|管理所|管理处|服务中心|中心|"
    "学校|小学|中学|大学|学院|幼儿园|医院|村委会|居委会|村民委员会|居民委员会|社区|街道|"
    "监督管理局|管理局|局|厅|部|委|处|科|股|所|站|院|镇|乡|村|矿|厂"
)
_STOP = r"[^，。；：、！？\s“”《》（）()〈〉<>]"
UNIT = re.compile(rf"{_STOP}{{0,24}}?(?:{ENDINGS})(?![一-鿿]*(?:{ENDINGS})(?:$|[，。；：、（）()“”]))")
_HEAD_NOISE = re.compile(
    r"^(?:(?:19|20)\d\d年?度?|二[〇○零][〇○零一二三四五六七八九]{2}年|关于(?:印发|转发|开展|做好|组织)?|印发|转发|《|“|”|全(?=省|市|县|区|镇|乡|校)|附件\d*[：:]?)+"
)
_SELF = re.compile(
    r"(?:我|本)(局|厅|委|办|部|公司|司|校|院|镇|乡|街道|县|区|市|省|中心|队|站|所|处|科|园|集团|项目部|社区|村|支队|大队|单位)"
)


def in_title(title: str) -> str:
    """The unit that a title names first: X局关于印发…  2023年X公司“安全生产月”活动方案; "" for none."""
    if m := re.match(r"^(?P<unit>[^“《]{3,60}?)关于", title):
        return m["unit"].strip()
    body = re.sub(r"^关于(?:印发|转发|开展|组织开展|做好|下发)?", "", title).lstrip("《〈<“")
    body = _HEAD_NOISE.sub("", body)
    stem = re.split(
        r"[“《\"]|(?:19|20)\d\d年?|二[〇○零]..年|(?:第.{1,4}[个次]|全国)?(?:安全生产月|安全月|消防(?:安全)?宣传|防灾减灾|安全宣传|职业病|安全生产|防溺水|交通安全|燃气|森林|安康杯|五进|七进|“?119|“?5·12|夏季|冬季|暑期)|(?:开展|组织|深入|推进)",
        body,
    )[0]
    stem = stem.strip(" 的在关于")
    if not is_unit(stem) and (m := UNIT.match(stem)):
        return m[0]
    return stem if 1 < len(stem) <= 40 else ""


def is_unit(name: str) -> bool:
    """Whether a name ends like a unit's."""
    return bool(re.search(rf"(?:{ENDINGS})$", re.sub(r"[（(][^（()）]*[)）]$", "", name)))


def ends_like(kind: str, name: str) -> bool:
    """Whether 我局 may stand for a unit: kind 局, name 江海区应急管理局."""
    endings = {"司": ("公司",), "校": ("学校", "小学", "中学", "学院", "大学"), "办": ("办", "办公室")}
    return name.endswith(endings.get(kind, (kind,)))


def selves(text: str) -> list[str]:
    """Kinds of unit that the text calls its own: 我局 -> 局."""
    return _SELF.findall(text)


_TRIM = re.compile(
    r"^(?:请|由|向|报送?至?|送至?|上报至?|发至?|到|至|给|交|与|和|及|并|统一|及时|分别|本方案由|经|将|把|要|须|应|均|再|同时|书面|电子版|一并)+"
)


def receiver(text: str) -> str:
    """The unit at the beginning of what follows 报送至: 报送省厅办公室（邮箱略） -> 省厅办公室; "" for none."""
    if re.match(r"\s*(?:本|各)", text):
        return ""
    head = re.split(r"[，。；：,;：\s]", _TRIM.sub("", text.lstrip()), maxsplit=1)[0]
    m = re.match(
        rf"^[^、]{{0,30}}?(?:{ENDINGS}|办|组|处)(?:[（(][^（()）略]{{1,30}}[)）])?(?=$|[，。；、（(“”]|联系|邮箱|备案|审核|汇总|统一|处(?!室)|，|的|存|指定|公共|工作|电子|信箱|OA|[（(])",
        head,
    )
    return m[0] if m else ""
