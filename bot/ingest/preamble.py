"""What stands around a statute -> its title, dates, who made it, on what level, and where it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.answers.normalise import number

_N = "[0-9零〇○一二三四五六七八九十]"
_DATE = re.compile(rf"({_N}{{4}})[ \u3000]*年[ \u3000]*({_N}{{1,3}})[ \u3000]*月[ \u3000]*({_N}{{1,3}})[ \u3000]*日")
_ISO = re.compile(r"((?:19|20)\d{2})[-./年](\d{1,2})[-./月](\d{1,2})")
_PASSED = re.compile(r"通过|批准|公布|发布|修订|修正|修改|颁布|施行")
_MADE = re.compile(r"通过|批准|公布|发布|修订|修正|修改|颁布")
_EFFECT = re.compile(rf"自[ \u3000]*({_DATE.pattern})[ \u3000]*起[ \u3000]*(?:施行|实施|生效|执行)")
_AT_ONCE = re.compile(r"自(?:公布|发布|颁布|印发)之日起(?:施行|实施|生效)")
_KIND = re.compile(r"(?:法|条例|规定|办法|细则|决定|解释|规则|规程|标准|准则|法典|规范|制度|通则|公约|目录|纲要)$")
#: How the second line of a title begins, and no title.
_SECOND_LINE = re.compile(r"问题|的|若干|和|与|及|有关|实施|适用|管理|监督|规定|办法|条例|安全")
_EDITION = re.compile(r"[（(]((?:19|20)\d\d)年?[^（）()]{0,8}(?:修正|修订|版|修改|公布|施行)[^（）()]{0,4}[）)]$")
_STAMP = re.compile(r"[_\-—（(]?((?:19|20)\d\d)[-.]?(\d\d)[-.]?(\d\d)[）)]?$")
_PROVINCES = (
    "北京市 天津市 上海市 重庆市 河北省 山西省 辽宁省 吉林省 黑龙江省 江苏省 浙江省 安徽省 福建省 江西省 山东省 河南省"
    " 湖北省 湖南省 广东省 海南省 四川省 贵州省 云南省 陕西省 甘肃省 青海省 台湾省 内蒙古自治区 广西壮族自治区"
    " 西藏自治区 宁夏回族自治区 新疆维吾尔自治区 香港特别行政区 澳门特别行政区"
).split()
_CITY = re.compile(r"[一-鿿]{2,7}?(?:自治州|自治县|经济特区|(?<!城)市(?!场|区|政|民|容|售))")
#: Where a body's name begins: behind a day, or behind what is no character of a name.
_BEGIN = r"(?:(?<=日)|(?<![一-鿿])(?!日))"
_SEAT = "[一-鿿]{2,10}?(?:省|自治区|市|自治州|自治县)"
#: Who makes what. The first that is found in the lines around the text.
_MAKERS = (
    (re.compile(r"最高人民法院[、 \u3000和]*最高人民检察院"), "最高人民法院、最高人民检察院", "司法解释"),
    (re.compile(r"最高人民法院"), "最高人民法院", "司法解释"),
    (re.compile(r"最高人民检察院"), "最高人民检察院", "司法解释"),
    (re.compile(r"全国人民代表大会常务委员会"), "全国人民代表大会常务委员会", "法律"),
    (re.compile(r"全国人民代表大会"), "全国人民代表大会", "法律"),
    (re.compile(rf"{_BEGIN}({_SEAT})(?:第[一-鿿]{{1,6}}届)?(人民代表大会(?:常务委员会)?)"), "", "地方性法规"),
    (re.compile(rf"{_BEGIN}({_SEAT})(人民政府)令"), "", "地方政府规章"),
    (re.compile(r"国务院令|国务院第\S{1,12}常务会议|国务院[发公]布"), "国务院", "行政法规"),
    (re.compile(rf"{_BEGIN}([一-鿿、]{{2,20}}?(?:部|委员会|总局|局|署|银行))()(?:令|公告)第"), "", "部门规章"),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out; "" where nothing was."""

    title: str = ""
    level: str = ""
    issuer: str = ""
    version: str = ""
    effective: str = ""
    status: str = ""
    history: str = ""


def region_of(title: str, level: str) -> str:
    """Where a statute holds by its title: 广东省, 汕头市; 全国 for what is not local."""
    local = "地方" in level or "经济特区" in level
    if not local and (level or not _is_local(title)):
        return "全国"
    match = re.match(r"(.{2,8}?(?:特别行政区|自治区|自治州|自治县|经济特区|省|市))", title)
    return match[1].replace("经济特区", "市") if match else "全国"


def _is_local(title: str) -> bool:
    return title.startswith(tuple(_PROVINCES)) or bool(_CITY.match(title))


def facts_of(
    front: Sequence[str], closing: Sequence[str], page: Mapping[str, str], title: str, file_stem: str
) -> Facts:
    """Read the lines before the first article, the last articles, a page's own table, and the file's name."""
    name, edition = title_of(front, title, page, file_stem)
    history = history_of(front) or page.get("题注", "")
    made = _days(history, _MADE)
    stamp = _STAMP.search(file_stem)
    version = made[-1] if made else ""
    for key in ("发布日期", "公布日期", "成文日期"):
        version = version or _iso(page.get(key, ""))
    if not version and stamp:
        version = _date(stamp[1], stamp[2], stamp[3])
    version = version or edition
    issuer, level = _maker([history, page.get("制定机关", ""), page.get("发文机关", ""), *front], name, page)
    effective = _effective(history, closing, page, version, len(made))
    return Facts(
        title=name, level=page.get("效力级别", "") or level, issuer=page.get("制定机关", "") or issuer, version=version,
        effective=effective, status=page.get("时效性", page.get("有效性", "")), history=history,
    )  # fmt: skip


def title_of(front: Sequence[str], given: str, page: Mapping[str, str], stem: str) -> tuple[str, str]:
    """(title, year of the edition): the line above the text that looks like one, else what else is known."""
    lines = [re.sub(r"[ \u3000]+", "", x) for x in front[:30]]
    found = ""
    for n, line in enumerate(lines):
        if line.startswith(("（", "(", "【")) or len(line) > 80 or not _KIND.search(_EDITION.sub("", line)):
            continue
        found = line
        if line.startswith("关于"):
            above = [x for x in lines[max(0, n - 2) : n] if 2 <= len(x) <= 40 and not _KIND.search(x)]
            found = "、".join(_without_numbers(above)) + line
        break
    quoted = next((m[1] for x in front if (m := re.search(r"《([^《》]{3,60})》", x)) and _KIND.search(m[1])), "")
    plain = _STAMP.sub("", stem).strip("_- ")
    # A title in two lines: the page or the file may hold the whole of it.
    others = (page.get("标题", ""), given, plain) if _SECOND_LINE.match(found) else ()
    whole = next((t for t in others if _closed_up(t).endswith(found)), found)
    for candidate in (whole, page.get("标题", ""), given, quoted, plain):
        bare = _closed_up(candidate).strip("《》")
        if edition := _EDITION.search(bare):
            return _EDITION.sub("", bare), edition[1]
        if bare and (_KIND.search(bare) or candidate in (given, plain)):
            return bare, ""
    return "", ""


def _closed_up(text: str) -> str:
    return re.sub(r"[ \u3000]+", "", text)


def _without_numbers(lines: Sequence[str]) -> list[str]:
    return [x for x in lines if not re.search(r"\d{4}|第.{1,8}号", x)]


def history_of(front: Sequence[str]) -> str:
    """The note below the title that tells when the statute was passed and amended."""
    for n, line in enumerate(front):
        if line.startswith(("（", "(")) and _DATE.search(line) and _PASSED.search(line):
            return line.strip("（）() ")
        if line.startswith(("（", "(")) and _DATE.search(line) and n + 1 < len(front) and _PASSED.search(front[n + 1]):
            return (line + front[n + 1]).strip("（）() ")
    loose = [x for x in front if _DATE.search(x) and _PASSED.search(x) and len(x) < 300]
    return "；".join(loose[:6])


def _days(text: str, what: re.Pattern[str]) -> list[str]:
    """ISO days in a text whose words, up to the next day, are of a kind."""
    matches = list(_DATE.finditer(text))
    out = []
    for n, match in enumerate(matches):
        until = matches[n + 1].start() if n + 1 < len(matches) else len(text)
        if what.search(text[match.end() : until]) and (day := _date(match[1], match[2], match[3])):
            out.append(day)
    return out


def _effective(history: str, closing: Sequence[str], page: Mapping[str, str], version: str, made: int) -> str:
    """Since when this version holds, as far as the text tells.

    The last article gives the day of the first enactment; of an amended statute that is not since when its present
    words hold, so an earlier day than the version's is left out.
    """
    for key in ("施行日期", "实施日期", "生效日期"):
        if day := _iso(page.get(key, "")):
            return day
    said = [d for x in (history, *closing) for m in _EFFECT.finditer(x) if (d := _date(m[2], m[3], m[4]))]
    said += _days(history, re.compile(r"^[ \u3000]*(?:起)?(?:施行|实施|生效)"))
    later = [d for d in said if d >= version] if version else said
    if later:
        return later[0]
    if version and made <= 2 and any(_AT_ONCE.search(x) for x in (history, *closing)) and len(version) == 10:
        return version
    return ""


def _maker(lines: Sequence[str], title: str, page: Mapping[str, str]) -> tuple[str, str]:
    text = "\n".join(x for x in lines if x)
    for pattern, issuer, level in _MAKERS:
        match = pattern.search(text)
        if match and (level != "司法解释" or title.startswith("最高人民")):
            return issuer or match[1] + match[2], level
    if title.startswith("中华人民共和国") and title.endswith("法"):
        return "", "法律"
    if page.get("发文机关") == "国务院":
        return "国务院", "行政法规"
    if _is_local(title):
        return "", "地方性法规"
    # Of the whole country's bodies only the State Council calls what it makes 条例 (规章制定程序条例, article 7).
    return ("国务院", "行政法规") if title.endswith("条例") else (page.get("发文机关", ""), "")


def _iso(text: str) -> str:
    if match := _ISO.search(text):
        return _date(match[1], match[2], match[3])
    match = _DATE.search(text)
    return _date(match[1], match[2], match[3]) if match else ""


def _date(year: str, month: str, day: str) -> str:
    values = [number(x.replace("○", "〇")) for x in (year, month, day)]
    try:
        return date(*(v or 0 for v in values)).isoformat()
    except (ValueError, TypeError):
        return ""
