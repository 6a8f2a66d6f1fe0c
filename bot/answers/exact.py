"""Questions that name what they want: 第二十五条, a law by its short name. Looked up, never searched for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.answers.base import Base
from bot.answers.normalise import chinese, normalise, number
from bot.answers.passages import short_title
from bot.answers.regions import NATIONWIDE, covers

_NUMBER = "[零〇一二三四五六七八九十百千两0-9]{1,7}"
_LAW_QUOTES = str.maketrans("", "", "《》〈〉")
_AND = r"[、,;/和及与跟]|以及|还有"
_TO = r"到|至|~|-|—|–"
#: 第25、38条; 25到27条; 二十五和三十八条: several numbers before one 条.
_SEVERAL = re.compile(rf"第?{_NUMBER}(?:(?:{_AND}|{_TO})第?{_NUMBER})+条(?!之)")
_ARTICLE = re.compile(
    rf"第?({_NUMBER})条(?:之([一二三四五六七八九十]{{1,2}}|[0-9]{{1,2}})(?!款|项))?的?(?:第?({_NUMBER})款)?"
    rf"的?(?:第?[((]({_NUMBER})[))]项?|第?({_NUMBER})项)?的?(?:第?[((]?({_NUMBER})[))]?目)?"
)
_MORE_ITEMS = re.compile(rf"(?:{_AND})第?[((]?({_NUMBER})[))]?项")
_LAST = 9999  # no statute comes near; 民法典 ends with 1260
_MOST = 40  # articles that one question may name
#: Dots and blanks that slip in between 第, a number and 条.
_SLIPPED = re.compile(
    rf"(?<=第)[\s.·•・]+(?={_NUMBER})|(?<=[零〇一二三四五六七八九十百千两0-9])[\s.·•・]+(?=[条款项目])"
    r"|(?<=[条款项])[\s.·•・]+(?=第?[0-9零〇一二三四五六七八九十(])|(?<=[法例定则])[\s.·•・]+(?=第?[0-9零〇一二三四五六七八九十])"
)
_LAST_ARTICLE = re.compile(r"(?:最后|最末|末尾?|倒数第([一二两三四五六七八九1-9]))(?:的)?(?:一条|1条|那条|条)")
_HOW_MANY = re.compile(r"(?:一?共|总共|总计|有|是)*(?:多少|几|一共几)个?(条文|条|章节|章|编|节)")
_CONTENTS = re.compile(r"目录|章节(?:目录|结构|有哪些)|(?:有|分)?(?:哪|几)(?:些|几)?个?章|结构")
_CHAPTER = re.compile(rf"第?({_NUMBER})(编|分编|章|节)")
_YEAR = re.compile(r"((?:19|20)\d\d)(?:年?(?:版本?|修[订正改]版?本?|公布|通过|施行)|年)的?")
_OLD = re.compile(r"(?:旧|老|上一?)版的?|(?:旧|以前|过去|原来|从前|之前|修[订正改]之?前)的?|历史版本")
#: What may stand beside law and number when the article itself is wanted.
_ASKING = re.compile(
    r"(内容|规定|讲|说|写|是|的|了|什么|啥|怎么|全文|原文|具体|查|看|一下|给我|请|帮我|想|条文|如何|多少|吗|呢|念|读|有|里|中|在"
    r"|哪些|[?!,。、《》\s])+"
)
#: 天津市安全生产条例, and not 这个条例, 本法, 上面的规定.
_TITLE = re.compile(r"[一-鿿]{4,}(?:条例|办法|规定|规则|细则|规程)$|[一-鿿]{3,}法$")
_WHEN = re.compile(r"(施行|生效|实施|执行|起效|开始用)")
_ASKS_WHEN = re.compile(r"(什么时候|何时|哪天|哪一天|几号|哪年|日期|时间|啥时候|多久)")
_VALID = re.compile(
    r"有效|作废|失效|废止|废除|现行|还能用|还用吗|还在用|过期|取代|替代|代替|新版|最新|修订|修改|还适用|不用了"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """An article that a question names. law is "" where only the number was given."""

    law: str
    article: str
    paragraph: int = 0
    item: int = 0
    sub: int = 0


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter that a question names; level is 编, 分编, 章 or 节; above: the one around it, if named."""

    number: int
    level: str
    above: tuple[int, str] | None = None


class LawNames:
    """Finds statutes in questions by full title and short names; a local one also by its name without the place."""

    def __init__(self, base: Base, others: Iterable[str] = ()) -> None:
        """others: titles that are held but not in force."""
        names: dict[str, str] = {}
        local: dict[str, list[tuple[str, str]]] = {}
        for title, held in base.statutes.items():
            names.setdefault(_key(title), title)
            names.setdefault(_key(short_title(title)), title)
            region = held.region
            for bare in _without_place(title) if region != NATIONWIDE else ():
                local.setdefault(_key(bare), []).append((title, region))
        for law in base.laws:
            for short in (law.title, short_title(law.title), *law.short):
                names.setdefault(_key(short), law.title)
        for title in others:
            names.setdefault(_key(title), title)
            names.setdefault(_key(short_title(title)), title)
        self._names = {n: t for n, t in names.items() if len(n) >= 2}
        self._local = local
        #: The names by their first two characters, longest first: a statute is looked for at every place of a text.
        self._by_head: dict[str, list[str]] = {}
        for name in sorted({*self._names, *local}, key=len, reverse=True):
            self._by_head.setdefault(name[:2], []).append(name)
        self._scan = lru_cache(maxsize=64)(self._find_names)

    def _find_names(self, text: str) -> tuple[tuple[int, str], ...]:
        """(where, name) of every name in a text, the longest first where several begin."""
        out: list[tuple[int, str]] = []
        at = 0
        while at < len(text) - 1:
            held = self._by_head.get(text[at : at + 2], ())
            name = next((n for n in held if text.startswith(n, at)), "")
            if name:
                out.append((at, name))
            at += len(name) or 1
        return tuple(out)

    def title(self, name: str, region: str = NATIONWIDE) -> str:
        """The statute that a name means in a place; a local one comes before a national one. "" for none."""
        for title, where in self._local.get(name, ()):
            if covers(where, region):
                return title
        return self._names.get(name, "")

    def find(self, text: str, region: str = NATIONWIDE) -> list[tuple[str, str]]:
        """(title, the words that name it) for every statute named in normalised text, in order."""
        return [(t, name) for _, name in self._scan(text.translate(_LAW_QUOTES)) if (t := self.title(name, region))]

    def places(self, text: str, region: str = NATIONWIDE) -> list[tuple[int, str]]:
        """(where, title) of every statute named in normalised text without 《》."""
        return [(at, t) for at, name in self._scan(text) if (t := self.title(name, region))]

    def without(self, text: str) -> str:
        """Normalised text without the names of statutes."""
        text = text.translate(_LAW_QUOTES)
        out, end = "", 0
        for at, name in self._scan(text):
            out += text[end:at]
            end = at + len(name)
        return out + text[end:]


def _key(name: str) -> str:
    return normalise(name).translate(_LAW_QUOTES)


def _without_place(title: str) -> list[str]:
    """汕头经济特区消防条例 -> 消防条例; 广东省实施《…消防法》办法 -> 消防法实施办法."""
    bare = re.sub(r"^.{2,8}?(?:特别行政区|自治区|自治州|自治县|经济特区|省|市)", "", title)
    if match := re.fullmatch(r"实施《(?:中华人民共和国)?(.+)》(办法|细则|规定)", bare):
        return [f"{match[1]}实施{match[2]}", f"实施{match[1]}{match[2]}"]
    return [bare] if len(bare) >= 3 else []


def tidy(text: str) -> str:
    """Normalised text without the dots and blanks that slip in between 第, a number and 条."""
    return _SLIPPED.sub("", text.translate(_LAW_QUOTES))


def references(text: str, names: LawNames, law: str = "", region: str = NATIONWIDE) -> list[Reference]:
    """Every article named in normalised text, each with the law named before it.

    law  the one that the talk is about, for a question that names none
    """
    text = tidy(text)
    laws = names.places(text, region)
    bare = bool(laws or law) or not _besides(text, names)
    out: list[Reference] = []
    before: re.Match[str] | None = None
    for match, numbers in _matches(text):
        if not (match[0].startswith("第") or bare):
            continue
        title = next((t for at, t in reversed(laws) if at < match.start()), laws[0][1] if laws else law)
        found = [r for n in numbers for r in _reference(match, title, n)]
        if before and out and found and _is_range(text[before.end() : match.start()], out[-1], found[0]):
            out += _between(out[-1], found[0])
        out += found
        before = match
    return list(dict.fromkeys(out))[:_MOST]


def _matches(text: str) -> list[tuple[re.Match[str], list[int]]]:
    """Every mention of articles with its numbers, from left to right."""
    out: list[tuple[re.Match[str], list[int]]] = []
    at = 0
    while at < len(text):
        several, one = _SEVERAL.search(text, at), _ARTICLE.search(text, at)
        if several and one and several.start() <= one.start() and (numbers := _listed(several[0])):
            out.append((several, numbers))
            at = several.end()
        elif one:
            main = mixed(one[1])
            out += [(one, [main])] if main and main <= _LAST else []
            at = one.end()
        else:
            break
    return out


def _listed(text: str) -> list[int]:
    """第25、38条 -> [25, 38]; 25到27条 -> [25, 26, 27]; [] where a number is none."""
    parts = re.split(rf"({_TO})", re.sub(r"[第条]", "", text))
    groups = [[mixed(n) for n in re.split(_AND, part)] for part in parts[::2]]
    if any(n is None or not 0 < n <= _LAST for group in groups for n in group):
        return []
    out: list[int] = []
    for n, group in enumerate(groups):
        numbers = [x for x in group if x is not None]
        if n and out and out[-1] < numbers[0] <= out[-1] + _MOST:
            out += range(out[-1] + 1, numbers[0])
        out += numbers
    return out


def _reference(match: re.Match[str], law: str, main: int) -> list[Reference]:
    groups = match.groups() if match.re is _ARTICLE else ("", None, None, None, None, None)
    after = mixed(groups[1] or "")
    printed = f"第{chinese(main)}条" + (f"之{chinese(after)}" if after else "")
    first = Reference(law, printed, mixed(groups[2] or "") or 0, mixed(groups[3] or groups[4] or "") or 0,
                      mixed(groups[5] or "") or 0)  # fmt: skip
    out, at = [first], match.end()
    while first.item and (more := _MORE_ITEMS.match(match.string, at)):
        out.append(replace(first, item=mixed(more[1]) or 0, sub=0))
        at = more.end()
    return out


def _is_range(words: str, first: Reference, last: Reference) -> bool:
    whole = not (first.paragraph or first.item or last.paragraph or last.item)
    return whole and first.law == last.law and bool(re.fullmatch(rf"\s*(?:{_TO})\s*", words))


def _between(first: Reference, last: Reference) -> list[Reference]:
    start, stop = (number(re.sub(r"第|条.*$", "", r.article)) or 0 for r in (first, last))
    if not start < stop <= start + _MOST:
        return []
    return [replace(first, article=f"第{chinese(n)}条") for n in range(start + 1, stop)]


def mixed(text: str) -> int | None:
    """A number in digits, in Chinese, or in both: 2十5 -> 25. None for what is none."""
    if text.isascii():
        return number(text) if text else None
    return number(text.translate(str.maketrans("0123456789", "零一二三四五六七八九")))


def wants_article(text: str, names: LawNames) -> bool:
    """Whether nothing but the article itself is asked for: the words beside law and number say no more."""
    return len(_besides(text, names)) <= 2


def _besides(text: str, names: LawNames) -> str:
    """What a question says besides law, number and the wish to read the article."""
    text = _OLD.sub("", _YEAR.sub("", names.without(tidy(text))))
    for pattern in (_SEVERAL, _ARTICLE, _MORE_ITEMS, _LAST_ARTICLE, _CHAPTER):
        text = pattern.sub("", text)
    text = re.sub(rf"^(?:{_AND}|{_TO})+|(?:{_AND}|{_TO})+$", "", text)
    return _ASKING.sub("", text)


def names_number(text: str) -> bool:
    """Whether a question names something like the number of an article, whatever the number is."""
    return _ARTICLE.search(tidy(text)) is not None


def names_unheld(text: str) -> bool:
    """Whether the words before an article's number are a title; asked where no statute that we know was found."""
    text = tidy(text).translate(_LAW_QUOTES)
    match = _ARTICLE.search(text)
    if match is None or len(_ASKING.sub("", text[match.end() :])) > 2:
        return False
    return _TITLE.search(text[: match.start()].rstrip("的 ")) is not None


def year_of(text: str, names: LawNames) -> int:
    """The year of the edition that a question names: 2014年版 -> 2014; 0 for none."""
    match = _YEAR.search(names.without(text))
    return int(match[1]) if match else 0


def names_edition(text: str, names: LawNames) -> bool:
    """Whether the year in a question is that of an edition (2021年版, 2021年修订), and not one in which it held."""
    match = _YEAR.search(names.without(text))
    return match is not None and not match[0].rstrip("的").endswith("年")


def asks_old(text: str, names: LawNames) -> bool:
    """Whether a question is about the version before the present one."""
    return bool(_OLD.search(names.without(text)))


def last_article(text: str) -> int:
    """1 for 最后一条, 2 for 倒数第二条, 0 where neither is asked for."""
    match = _LAST_ARTICLE.search(text)
    return 0 if not match else (mixed(match[1]) or 1) if match[1] else 1


def how_many(text: str, names: LawNames) -> str:
    """What is to be counted, 条 or 章, where a question asks only that of a law; "" else."""
    bare = names.without(tidy(text))
    match = _HOW_MANY.search(bare)
    if not match or len(_ASKING.sub("", bare.replace(match[0], ""))) > 2:
        return ""
    return "条" if match[1].startswith("条") else "章"


def chapter_of(text: str, names: LawNames) -> Chapter | None:
    """The chapter that a question names, where it asks for nothing else."""
    bare = names.without(tidy(text))
    found = [(mixed(m[1]), m[2]) for m in _CHAPTER.finditer(bare)]
    if not found or len(_ASKING.sub("", _CHAPTER.sub("", bare))) > 2 or not found[-1][0]:
        return None
    above = found[-2] if len(found) > 1 else None
    return Chapter(found[-1][0], found[-1][1], (above[0], above[1]) if above and above[0] else None)


def asks_contents(text: str, names: LawNames) -> bool:
    """Whether a question asks for a law's chapters."""
    bare = names.without(tidy(text))
    return bool(_CONTENTS.search(bare)) and len(_ASKING.sub("", _CONTENTS.sub("", bare))) <= 2


def asks_effective_date(text: str) -> bool:
    """Whether a question about a law is about the day it came into force."""
    return bool(_WHEN.search(text) and _ASKS_WHEN.search(text))


def asks_validity(text: str) -> bool:
    """Whether a question about a law is about whether it still holds, or what took its place."""
    return bool(_VALID.search(text))
