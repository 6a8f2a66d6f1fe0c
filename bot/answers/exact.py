"""Questions that name what they want: 第二十五条, a law by its short name. Looked up, never searched for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.answers.base import Base
from bot.answers.entries import Article
from bot.answers.normalise import chinese, normalise, number

_NUMBER = "[零〇一二三四五六七八九十百千两0-9]{1,7}"
_ARTICLE = re.compile(
    rf"第?({_NUMBER})条(?:之([一二三四五六七八九十]|[0-9]{{1,2}}))?的?(?:第?({_NUMBER})款)?的?(?:第?[((]?({_NUMBER})[))]?项)?"
)
_LAST = 9999  # no statute comes near; 民法典 ends with 1260
#: What may stand beside law and number when the article itself is wanted.
_ASKING = re.compile(
    r"(内容|规定|讲|说|写|是|的|了|什么|啥|怎么|全文|原文|具体|查|看|一下|给我|请|帮我|想|条文|如何|多少|吗|呢|[?!,。、《》\s])+"
)
_WHEN = re.compile(r"(施行|生效|实施|执行|起效|开始用)")
_ASKS_WHEN = re.compile(r"(什么时候|何时|哪天|哪一天|几号|哪年|日期|时间|啥时候|多久)")


@dataclass(frozen=True, slots=True)
class Reference:
    """An article that a question names. law is "" where only the number was given."""

    law: str
    article: str
    paragraph: int = 0
    item: int = 0


class LawNames:
    """Finds statutes in questions by full title and short names."""

    def __init__(self, base: Base) -> None:
        names: dict[str, str] = {}
        for title in base.statutes:
            names[normalise(title)] = title
            names.setdefault(normalise(title.removeprefix("中华人民共和国")), title)
        for law in base.laws:
            for short in (law.title, law.title.removeprefix("中华人民共和国"), *law.short):
                names.setdefault(normalise(short), law.title)
        self._names = {n: t for n, t in names.items() if len(n) >= 2}
        self._pattern = re.compile("|".join(map(re.escape, sorted(self._names, key=len, reverse=True))) or "(?!)")

    def find(self, text: str) -> list[tuple[str, str]]:
        """(title, the words that name it) for every statute named in normalised text, in order."""
        return [(self._names[m], m) for m in self._pattern.findall(text)]


def references(text: str, names: LawNames) -> list[Reference]:
    """Every article named in normalised text, each with the law named before it."""
    laws = [(m.start(), names._names[m[0]]) for m in names._pattern.finditer(text)]
    out: list[Reference] = []
    for match in _ARTICLE.finditer(text):
        main = number(match[1])
        if not main or main > _LAST or not (match[0].startswith("第") or laws or not _besides(text, names)):
            continue
        law = next((t for at, t in reversed(laws) if at < match.start()), laws[0][1] if laws else "")
        printed = f"第{chinese(main)}条" + _inserted(match[2])
        out.append(Reference(law, printed, number(match[3] or "") or 0, number(match[4] or "") or 0))
    return out


def wants_article(text: str, names: LawNames) -> bool:
    """Whether nothing but the article itself is asked for: the words beside law and number say no more."""
    return len(_besides(text, names)) <= 2


def _besides(text: str, names: LawNames) -> str:
    """What a question says besides law, number and the wish to read the article."""
    return _ASKING.sub("", _ARTICLE.sub("", names._pattern.sub("", text)))


def _inserted(number_after: str | None) -> str:
    """之一 of 第一百三十三条之一, also when it was typed 之1."""
    after = number(number_after or "")
    return f"之{chinese(after)}" if after else ""


def asks_effective_date(text: str) -> bool:
    """Whether a question about a law is about the day it came into force."""
    return bool(_WHEN.search(text) and _ASKS_WHEN.search(text))


def quote(article: Article, paragraph: int = 0, item: int = 0) -> str | None:
    """The words of an article, one paragraph or item of it if named; None where that does not exist."""
    lines = article.text.split("\n")
    if not paragraph and not item:
        return article.text
    paragraphs: list[list[str]] = []
    for line in lines:
        if re.match(r"（[一二三四五六七八九十]+）", line) and paragraphs:
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    chosen = paragraphs[(paragraph or 1) - 1 : (paragraph or 1)]
    if not chosen:
        return None
    if not item:
        return "\n".join(chosen[0])
    wanted = f"（{chinese(item)}）"
    return next((line for line in chosen[0] if line.startswith(wanted)), None)
