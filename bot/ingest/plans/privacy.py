"""Names, telephone numbers and addresses of persons are taken out before anything else is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.ingest.plans.names import HIDDEN, ONE, is_name

NAME, PHONE, EMAIL, ADDRESS, ID = "（姓名略）", "（电话略）", "（邮箱略）", "（地址略）", "（证件号略）"

_ROLE = (
    "书记|支书|局长|厅长|部长|处长|科长|股长|所长|站长|队长|大队长|支队长|镇长|乡长|区长|县长|市长|省长|村长|社长|街长|校长|园长|院长|馆长|行长|台长|主任|经理|总经理|董事长|总监|总工程师|"
    "总工(?!程)|工程师|秘书长|秘书|主席|会长|理事长|委员|组长|副组长|专员|干事|科员|主任科员|调研员|巡视员|安全员|护林员|网格员|巡查员|协管员|安检员|专干|指挥长|总指挥|指挥|指挥员|政委|教导员|"
    "指导员|辅导员|厂长|矿长|段长|班长|年段长|年级长|教师|老师|教练|教授|专家|律师|医生|医师|护士长|民警|法官|检察官|讲师|研究员|主管|主编|记者|站务员|店长|船长|机长|队员|同志|先生|女士|"
    "联络员|联系人|经办人|负责人|责任人|主持人|主讲人|会计|出纳|校医|楼长|路长|河长|湖长|林长|网格长|同学|施工员|资料员|质检员|驾驶员|炊事员|保管员|宣传员|讲解员|管理员|消防员|救生员|监督员|信息员|组织委员|安全委员|宣传委员|法人代表"
)
_DEEDS = (
    "负责|主持|牵头|带队|担任|任|兼|主讲|讲课|授课|讲评|讲话|致辞|致词|作|宣读|发言|领誓|宣誓|通报|介绍|带领|出席|"
    "传达|组织|率队|总负责|负总责|总协调|共同|现场|亲自|全程|每[天日周月]|代表|到场|到会|签字|签名|授课|授旗|率|表示|"
    "指出|强调|要求|向|在|解读|点评|宣布|部署|签发|分管|包保|包片|包村|值班|联系|陪同|参加"
)
_AFTER_NAME = (
    rf"(?=\s*(?:同志|老师|教师|教授|医生|{_DEEDS}|为(?:第一|常务)?(?:组长|副组长|成员|联络员|负责人|责任人)|等|和|与|及|[、，,。；;）)（(：:”]|处(?!室)|"
    r"收(?![集到看听])|$|\t|\d))"
)
_BEHIND_ROLE = re.compile(
    rf"(?P<before>(?:{_ROLE}|大使|代表|标兵|模范|英雄|志愿者|司机|校医|门卫)[：: ]{{0,2}})(?P<name>{ONE}){_AFTER_NAME}"
)
_BEFORE_ROLE = re.compile(
    rf"(?P<before>^|[由请是、，,。；;：:的（(和及至到向给与或找\s]|邀请|聘请|联系|分管[一-鿿]{{0,8}}的)(?P<name>{ONE})"
    rf"(?=\s{{0,4}}(?:副|常务副|党组|党委|党总支|党支部|村委|代理|原|总)?(?:{_ROLE})(?![们]))"
)
#: 市应急局李强副局长: behind a unit only a name of three, or one of two before 副
_UNIT_BEFORE_ROLE = re.compile(
    rf"(?P<before>[局校镇县区司院委办科站所队部社村厂班])(?P<name>{ONE})(?=(?:副|常务副)(?:{_ROLE})|(?:教授|同学|老师|律师|医生|同志|民警|教官|工程师|专家))"
)
#: 赵明负责第一组   王五、赵六两位同志
_DOES = re.compile(
    rf"(?P<before>^|[，,。；;、（(由：:])(?P<name>{ONE})"
    r"(?=(?:具体|分别|全面)?(?:负责|牵头|主持|带队|主讲|领誓|发言)|[两二三四五六]位同志|[二两三]人负责)"
)
#: A name beside one that was found: 王五、（姓名略）
_BEFORE_NAME = re.compile(rf"(?P<before>^|[，,。；;、（(由：:\s])(?P<name>{ONE})(?=[、和及与]{NAME})")
_AFTER_NAMED = re.compile(rf"(?P<before>{NAME}[、和及与])(?P<name>{ONE})(?=[、，,。；;）)和及与等\s]|$)")
#: 值班安排：6月1日 王小虎；
_ON_DUTY = re.compile(rf"(?P<before>[日午晚夜]\s{{1,4}}|[日午晚夜][：:])(?P<name>{ONE})(?=[；;，,、。\s]|$)")
#: 由陈晓明主持   报至特监科孔祥凯处   联系王芳
_BY = re.compile(
    rf"(?P<before>由|请|邀请|聘请|经|报|交)(?P<name>{ONE})(?=\s*(?:同志)?(?:{_DEEDS}|任组|任总|讲|签字|签名|同意|审核|审批|审定|汇总|统一|处[。，；,;）)]))"
)
_AT = re.compile(rf"(?P<before>[科办室股部处站所局队心])(?P<name>{ONE})(?=处[。，；,;）)]|处$|同志|收[。；)）]|收$)")
#: （电话略）（张三）
_BEHIND_PHONE = re.compile(
    rf"(?P<before>(?:{PHONE}|{EMAIL})[\s，,、]*[（(]?)(?P<name>{HIDDEN}|{ONE})(?=[）)，,。；;、\s]|同志|老师|$)"
)
#: 张三（电话略）  王芳，手机：（电话略）
_BESIDE_PHONE = re.compile(
    rf"(?P<before>^|[，,。；;：:、\s（(系络询找洽和人员电]|[所局科室办部站处队股院厂校司会心村组镇乡委区])(?P<name>{HIDDEN}|{ONE})"
    rf"(?=[\s，,、：:；;（(—-]{{0,4}}(?:同志|老师)?[\s，,、：:（(]{{0,3}}(?:联系|办公)?(?:电话|手机|手机号|手机号码|微信|邮箱|固话|座机)?(?:号码?)?[）)]?[\s：:]{{0,3}}(?:{PHONE}|{EMAIL}))"
)
_PERSON_LABEL = (
    r"联\s*系\s*人|经\s*办\s*人|联\s*络\s*员|联\s*络\s*人|责\s*任\s*人|负\s*责\s*人|承\s*办\s*人|咨\s*询\s*人|填\s*[报表写]\s*人|报\s*送\s*人|制\s*表\s*人?|"
    r"签\s*发\s*人?|审\s*[核批定签]\s*人?|复\s*核\s*人?|核\s*稿\s*人?|拟\s*[稿文]\s*人?|起\s*草\s*人?|会\s*签\s*人?|批\s*准\s*人?|编\s*[辑写制]\s*人?|校\s*[对核]\s*人?|撰\s*[稿写]\s*人?|主\s*编|打\s*印|"
    r"签\s*[字名收]|值\s*班\s*员|指\s*挥\s*长|(?:常务|第一)?副?\s*组\s*长|(?:小组|主要)?成\s*员|组\s*员|总\s*指\s*挥|副总指挥|总协调|总负责|总策划|策\s*划|主\s*任|副\s*主\s*任|收\s*件\s*人|"
    r"主\s*讲\s*人?|授课人?|讲\s*师|主持人?|领\s*队|带\s*队|姓\s*名|嘉\s*宾|评\s*委|裁\s*判|专\s*家|选\s*手|家\s*长|学\s*生|法\s*人|校\s*医|司\s*机|保\s*安|门\s*卫|[特一二三]等奖|优秀奖|优胜奖|[一-鿿]{0,6}(?:人|员|者|长|领导|干部|老师|教师|书记|经理|名单)"
)
_LABEL = re.compile(
    rf"(?P<label>(?:{_PERSON_LABEL})"
    r"(?:(?:及|和|、|与|[/／])?(?:其)?(?:联系)?(?:电话|方式|手机|传真|职务)(?:[/／、及和](?:电话|传真|手机|邮箱|微信))*)?(?:[（(][^（()）]{0,8}[)）])?\s*[：:\t]\s*)(?P<rest>[^。\n]*)"
)
_NAME_IN_LIST = re.compile(
    rf"(?P<before>^|[、，,；;：:\s\t（(及和/／]|(?:{_ROLE})|[所局科室办部站处队股院厂校司会心村组委](?=[一-鿿\s]{{2,4}}(?:[、，,；;\s（(）)]|$)))"
    rf"(?P<name>{HIDDEN}|{ONE})(?=[、，,；;。\s\t）)（(\d:：及和/／等]|同志|$|联系|电话|手机|1[3-9]\d|（)"
)
#: 周志荣  区应急管理局局长: a line of a list of members
_ROSTER = re.compile(
    rf"^(?P<before>\s*)(?P<name>{ONE})(?=\s*[\t（(—-]\s*[^。，；]{{0,24}}(?:{_ROLE})|\s{{1,8}}[^。，；\s]{{0,24}}(?:{_ROLE})\s*[）)]?\s*$)"
)
_OPEN_LABEL = re.compile(rf"^\s*(?:[（(]?[一二三四五六七八九十\d]+[）)、.．]?\s*)?(?:{_PERSON_LABEL})\s*[：:]?\s*$")
_ONLY_NAME = re.compile(rf"(?:^|(?<=[\s、，,；;]))(?P<name>{HIDDEN}|{ONE})(?=[\s、，,；;。]|$)")
_ONLY_NAMES = re.compile(rf"^\s*(?:{HIDDEN}|{ONE})(?:[\s、，,；;]+(?:{HIDDEN}|{ONE}))*[\s。；;]*$")
#: Heads of columns that hold names.
_NAME_COLUMN = re.compile(
    r"姓名|负责人|责任人|联系人|联络[员人]|经办人|主持人?$|主讲|授课|讲师|带队|组长|成员$|签[名字]|领导$|指导(?:老师|教师)|班主任|值班(?:员|人员|领导|人)?$|专家|[一-鿿]长$|书记|牵头$|人员$|网格员|^负责$|^责任$"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}\s*@\s*[A-Za-z0-9\-]{1,64}(?:\.[A-Za-z0-9\-]{1,64})+")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_LANDLINE = re.compile(
    r"(?<![\d〔\[.\-])(?:[（(]?0\d{2,3}[)）]?[-—－– ]?)?[2-8]\d{6,7}(?:[-—转]\d{1,5})?(?!\d|[号元人次份个册张条])"
)
_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_ACCOUNT = re.compile(
    r"(?P<label>(?:QQ(?:号|群)?|微信(?:号)?|工作群号?|群号)\s*[：:]?\s*)(?P<n>[A-Za-z][\w-]{5,19}|\d{5,12})", re.I
)
_ADDRESS = re.compile(
    r"(?P<label>(?:邮寄|通讯|通信|办公|联系|报送|寄送|收件|单位)?地址\s*[：:]\s*)(?P<rest>[^。；;，,\n\t]{4,60})"
)
_PUBLIC = re.compile(
    r"热线|举报|投诉|监督电话|报警|值班电话|救援电话|抢修|抢险|应急电话|客服|24小时|火警|咨询电话|服务电话|特服|受理电话|便民|平台"
)
_PERSONAL = re.compile(r"联系人|经办|联络员|负责人|责任人")


_LONGEST_ROW = 4  # names of a list that one found name draws along on either side
_REPEATED = re.compile(rf"(?:{re.escape(NAME)}\s*[、，,]?\s*)+(?={re.escape(NAME)})")


def scrub(line: str) -> tuple[str, int]:
    """A line without what is personal, each replaced by a word in brackets, and how many were taken out."""
    return _named(*_numbers(line))


def scrub_lines(lines: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """The same of a whole text, where a table's head or a label above tells that names follow."""
    out: list[str] = []
    count, listing = 0, False
    columns: tuple[int, ...] = ()
    for line in lines:
        cells = line.split("\t")
        listing = bool(_OPEN_LABEL.match(line)) or (listing and bool(_ONLY_NAMES.match(line)))
        columns = (_name_columns(cells) or columns) if len(cells) > 1 else ()
        line, n = _numbers(line)
        if columns:
            line, n = _without(line, n, columns)
        elif listing or _ONLY_NAMES.match(line) and len(_ONLY_NAME.findall(line)) > 1:
            line, n = _taken(_ONLY_NAME, line, n)
        line, n = _named(line, n)
        out.append(line)
        count += n
    return tuple(out), count


def _name_columns(cells: Sequence[str]) -> tuple[int, ...]:
    """The columns of a table whose head says that they hold names; () for another row."""
    heads = [re.sub(r"\s", "", c) for c in cells]
    if not all(len(h) <= 12 for h in heads):
        return ()
    return tuple(n for n, h in enumerate(heads) if _NAME_COLUMN.search(h) and len(h) <= 12)


def _without(line: str, count: int, columns: Sequence[int]) -> tuple[str, int]:
    """A table's row without the names in some of its columns."""
    cells = line.split("\t")
    for n in columns:
        if n < len(cells):
            cells[n], count = _taken(_NAME_IN_LIST, cells[n], count)
    return "\t".join(cells), count


def _numbers(line: str) -> tuple[str, int]:
    """A line without mailboxes, telephone and other numbers and addresses."""
    line, count = _EMAIL.subn(EMAIL, line)
    line, ids = _ID_NUMBER.subn(ID, line)
    line, mobiles = _MOBILE.subn(PHONE, line)
    private = [m for m in _LANDLINE.finditer(line) if not _is_public(line, m)]
    for m in reversed(private):
        line = line[: m.start()] + PHONE + line[m.end() :]
    line, accounts = _ACCOUNT.subn(rf"\g<label>{PHONE}", line)
    line, addresses = _ADDRESS.subn(rf"\g<label>{ADDRESS}", line)
    return line, count + ids + mobiles + len(private) + accounts + addresses


def _named(line: str, count: int) -> tuple[str, int]:
    """A line without names; `count` is added to."""
    for m in reversed(list(_LABEL.finditer(line))):
        rest, count = _taken(_NAME_IN_LIST, m["rest"], count, sure=True)
        line = line[: m.start("rest")] + rest + line[m.end("rest") :]
    for pattern in (_BESIDE_PHONE, _BEHIND_PHONE):
        line, count = _taken(pattern, line, count, sure=True)
    for pattern in (_ROSTER, _BEHIND_ROLE, _BEFORE_ROLE, _UNIT_BEFORE_ROLE, _BY, _AT, _DOES):
        line, count = _taken(pattern, line, count)
    if "值班" in line or "带班" in line:
        line, count = _taken(_ON_DUTY, line, count)
    for pattern in (_BEFORE_NAME, _AFTER_NAMED) * (_LONGEST_ROW if NAME in line else 0):
        line, count = _taken(pattern, line, count)
    return _REPEATED.sub("", line), count


def _taken(pattern: re.Pattern[str], line: str, count: int, *, sure: bool = False) -> tuple[str, int]:
    """A line without the names that a pattern finds, which stand in its group `name`."""
    found = [m for m in pattern.finditer(line) if is_name(m["name"], sure=sure)]
    for m in reversed(found):
        line = line[: m.start("name")] + NAME + line[m.end("name") :]
    return line, count + len(found)


def _is_public(line: str, m: re.Match[str]) -> bool:
    """A unit's published line: told as a hotline or report line, and no person stands beside it."""
    before = re.split(r"[。；;]", line[: m.start()])[-1][-40:]
    return bool(
        _PUBLIC.search(before) or _PUBLIC.match(line[m.end() : m.end() + 9].lstrip("（( "))
    ) and not _PERSONAL.search(before[-20:])
