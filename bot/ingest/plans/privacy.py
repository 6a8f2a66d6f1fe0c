"""Names, telephone numbers and addresses of persons are taken out before anything else is read."""

from __future__ import annotations

import re

NAME, PHONE, EMAIL, ADDRESS, ID = "（姓名略）", "（电话略）", "（邮箱略）", "（地址略）", "（证件号略）"

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞"
    "熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓郁单"
    "杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇"
    "栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦"
    "雍桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧利蔚越夔隆师"
    "巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖闫佘覃涂苟岳仝丘佟付代占冼哈庹邸亓晋海"
)
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|皇甫|尉迟|公孙|慕容|令狐|夏侯|东方|南宫|端木|独孤"
#: Words that begin like a name.
_NO_NAME = (
    "安全|安排|安监|安委|安康|应急|应当|高度|高危|高层|高质|任组|任副|常态|常务|成员|全体|全面|全区|全市|全县|全省|全镇|全员|全国|方案|方面|时间|任何|万里|关于|关键|"
    "管理|程序|严格|严肃|明确|强化|党委|党组|党员|党政|党支|党建|温馨|金属|和分|和各|和副|和相|和主|和成|于每|查处|家庭|家长|车间|都要|公司|公共|公安|公开|文明|文化|"
    "国家|广泛|广大|广播|东莞|水利|水务|农业|农村|连续|经理|经营|干部|宣传|宣讲|项目|路段|单位|包括|石油|左右|平安|平时|时任|解读|充分|向各|向区|向市|向省|向社|向本|"
    "通知|通过|能力|利用|师生|相关|后勤|后方|居民|尚未|易燃|古镇|容易|贡献|从业|从事|怀疑|印发|龙头|武装|甘肃|山东|山西|江苏|江西|江门|江海|湖|黄金|康复|余名|"
    "商务|总工|卫生|卫健|华侨|施工|林业|汤|海事|海关|晋升|代表|代理|代管|付费|周边|周密|周一|周五|王府|张贴|何种|范围|云计|花园|柳州|雷电|罗列|房屋|计划|谈话|项|"
    "胡同|支持|支队|支部|丁香|邓小平|洪涝|左侧|吉林|段落|富|班组|班级|班子|宁波|祖国|符合|景区|叶片|司法|司机|司机|黎明|池塘|双重|双控|闻讯|申报|申请|通报|边远|"
    "负责|主任|主管|主持|分管|科长|局长|担任|牵头|组成|组长|副组|为组|兼任|具体|各|由|其他|以及|有关|部门|同志|办公|秘书|习近平|毛泽东|江泽民|胡锦涛|马克思|列宁|步骤|"
    "董事|段长|连长|关工|时政|农机|水电|石化|支书|居委|司长|常委|武警|牧业|文广|文旅|文体|文书|华能|国网|国资|国土|金融|司法|单独|"
    "高校|高中|高铁|高速|高温|平台|权责|边防|强调|季度|游客|车队|全程|全年|管线|管护|管控|计生|顾问|白天|海洋|阳台|曾经|后备|关系|"
    "农民|水电|水文|水库|施救|查找|查验|康复|古村|古建|范畴|应对|应付|应有|成立|成果|和谐|支撑|方式|方法|巡"
)
_BLOCKED = re.compile(rf"^(?:{_NO_NAME})")
_ONE = rf"(?:(?:{_DOUBLE})[一-鿿]{{1,2}}?|[{_SURNAMES}][ \t]{{0,4}}[一-鿿](?:[ \t]{{0,2}}[一-鿿])??)"
_HIDDEN = rf"(?:[{_SURNAMES}][某*×ⅹXx○]{{1,2}}|[{_SURNAMES}](?:工|总|老师|主任|科长|局长|队长|先生|女士|同志))"

_ROLE = (
    "书记|局长|厅长|部长|处长|科长|股长|所长|站长|队长|大队长|支队长|镇长|乡长|区长|县长|市长|省长|校长|园长|院长|主任|经理|总经理|董事长|总监|总工程师|工程师|秘书长|主席|会长|"
    "委员|组长|副组长|专员|干事|科员|主任科员|调研员|安全员|专干|指挥长|总指挥|厂长|矿长|班长|教师|老师|主管|同志|联络员|联系人|经办人|负责人|责任人"
)
_AFTER_NAME = (
    r"(?=\s*(?:同志|担任|任|兼|为(?:组长|副组长|成员|联络员)|[、，,。；;）)（(：:]|处(?!室)|负责|主持|牵头|带队|"
    r"收(?![集到看听])|$|\t|\d))"
)
_BEHIND_ROLE = re.compile(rf"(?P<role>(?:{_ROLE})[：: ]{{0,2}})(?P<name>{_ONE}){_AFTER_NAME}")
_BEFORE_ROLE = re.compile(
    rf"(?P<before>^|[由请是、，,。；;：:的（(和及至到向给\s]|分管[一-鿿]{{0,8}}的)(?P<name>{_ONE})(?=(?:副|常务副|党组|党委)?(?:{_ROLE})(?![们]))"
)
#: 联系人：张三、李四   组长：王强
#: 由陈晓明主持   报至特监科孔祥凯处
_BY = re.compile(rf"(?P<before>由|请|邀请)(?P<name>{_ONE})(?=主持|负责|主讲|担任|任组|任总|带队|授课|牵头|讲)")
_AT = re.compile(rf"(?P<before>[科办室股部处站所])(?P<name>{_ONE})(?=处[。，；,;）)]|处$|同志|收[。；)）]|收$)")
_LABEL = re.compile(
    r"(?P<label>(?:联\s*系\s*人|经\s*办\s*人|联\s*络\s*员|联络人|责\s*任\s*人|负\s*责\s*人|承\s*办\s*人|咨\s*询\s*人|填\s*报\s*人|报\s*送\s*人|签\s*发\s*人|审\s*核\s*人?|拟\s*稿\s*人?|校\s*对|编\s*辑|撰\s*稿|值\s*班\s*员|指\s*挥\s*长|"
    r"(?:常务)?副?\s*组\s*长|成\s*员|总\s*指\s*挥|副总指挥|总协调|主\s*任|副\s*主\s*任|收\s*件\s*人|主\s*讲\s*人?|授课人|讲\s*师|主持人|领\s*队)"
    r"(?:(?:及|和|、|与)?(?:联系)?(?:电话|方式|手机|传真)(?:[/／、及和](?:电话|传真|手机|邮箱|微信))*)?(?:[（(][^（()）]{0,8}[)）])?\s*[：:\t]\s*)(?P<rest>[^。；;\n]*)"
)
_NAME_IN_LIST = re.compile(
    rf"(?P<before>^|[、，,；;\s\t（(及和]|(?:{_ROLE}))(?P<name>{_HIDDEN}|{_ONE})(?=[、，,；;。\s\t）)（(\d:：及和]|同志|$|联系|电话|手机|1[3-9]\d|（)"
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


def scrub(line: str) -> tuple[str, int]:
    """A line without what is personal, each replaced by a word in brackets, and how many were taken out."""
    count = 0

    def put(word: str) -> str:
        nonlocal count
        count += 1
        return word

    line = _EMAIL.sub(lambda _: put(EMAIL), line)
    line = _ID_NUMBER.sub(lambda _: put(ID), line)
    line = _MOBILE.sub(lambda _: put(PHONE), line)
    line = _LANDLINE.sub(lambda m: m[0] if _is_public(line, m) else put(PHONE), line)
    line = _ACCOUNT.sub(lambda m: m["label"] + put(PHONE), line)
    line = _ADDRESS.sub(lambda m: m["label"] + put(ADDRESS), line)
    line = _LABEL.sub(lambda m: m["label"] + _names(m["rest"], put), line)
    line = _BEHIND_ROLE.sub(lambda m: m["role"] + put(NAME) if _is_name(m["name"]) else m[0], line)
    line = _BEFORE_ROLE.sub(lambda m: m["before"] + put(NAME) if _is_name(m["name"]) else m[0], line)
    for pattern in (_BY, _AT):
        line = pattern.sub(lambda m: m["before"] + put(NAME) if _is_name(m["name"]) else m[0], line)
    line = re.sub(rf"(?:{re.escape(NAME)}\s*[、，,]?\s*)+(?={re.escape(NAME)})", "", line)
    return line, count


def _names(rest: str, put: object) -> str:
    assert callable(put)
    return _NAME_IN_LIST.sub(lambda m: m["before"] + put(NAME) if _is_name(m["name"]) else m[0], rest)


def _is_name(text: str) -> bool:
    return not _BLOCKED.match(re.sub(r"\s", "", text)) and not text.endswith(
        ("会", "办", "局", "科", "组", "司", "部", "室")
    )


def _is_public(line: str, m: re.Match[str]) -> bool:
    """A unit's published line: told as a hotline or report line, and no person stands beside it."""
    before = re.split(r"[。；;]", line[: m.start()])[-1][-40:]
    return bool(_PUBLIC.search(before) or _PUBLIC.match(line[m.end() : m.end() + 8])) and not _PERSONAL.search(
        before[-20:]
    )
