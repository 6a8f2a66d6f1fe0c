"""Facts of a plan in plain words: who, what, when with its year, to whom, in which form; then its own sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.answers.normalise import normalise
from bot.ingest.plans.asking import item_of
from bot.ingest.plans.laws import purpose
from bot.ingest.plans.proposal import Fact, FactKind
from bot.ingest.plans.text import whole_quotes

MAX_TITLE = 26  # characters: a line that can be tapped
_MAX_WORDS = 300  # of what is told, without the plan's own sentence
_MAX_QUOTE = 190
_MAX_LINE = 14  # characters of what a telephone number is for
_CLAUSE = re.compile(r"[^，。；;！？\n]*[，。；;！？\n]?")
_RECURRING = {"monthly": "每月", "weekly": "每周", "daily": "每天", "yearly": "每年", "ongoing": "活动期间持续"}
_PER = {
    "month": "每月",
    "day": "每天",
    "week": "每周",
    "year": "每年",
    "quarter": "每季度",
    "unit": "每个单位",
    "hour": "每小时",
}
_COMPARED = {">=": "不少于", "<=": "不超过", ">": "多于", "<": "少于", "=": "", "": "", "range": ""}


def spoken_date(iso: str) -> str:
    """2020-06-16 -> 2020年6月16日; also 2020-06, 06-16 and 2020. Anything else is told as it is."""
    if match := re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", iso):
        numbers = [int(n) for n in match.groups() if n]
        return "".join(f"{n}{u}" for n, u in zip(numbers, "年月日", strict=False))
    if match := re.fullmatch(r"(?:--)?(\d{2})-(\d{2})", iso):
        return f"{int(match[1])}月{int(match[2])}日"
    return iso


def span(fact: Fact) -> str:
    """When a fact holds: 2023年6月1日至2023年12月31日, 2023年6月16日, 每月; "" where it is not told."""
    if fact.start and fact.end and fact.start != fact.end:
        return f"{spoken_date(fact.start)}至{spoken_date(fact.end)}"
    if fact.start or fact.end:
        return spoken_date(fact.start or fact.end) if fact.start == fact.end else _open(fact)
    if fact.date:
        return spoken_date(fact.date)
    return fact.when or _RECURRING.get(fact.recurring, "")


def until(fact: Fact) -> str:
    """Until when something is due: 2023年6月29日前, 每月25日前; "" where it is not told."""
    if len(fact.date) == len("2023-06-29"):
        return f"{spoken_date(fact.date)}前"
    year = fact.date[:4] if re.match(r"\d{4}", fact.date) and not re.match(r"\d{4}年", fact.when) else ""
    if fact.when:
        return f"{year}年{fact.when}" if year else fact.when
    return f"{spoken_date(fact.date)}前" if fact.date else _RECURRING.get(fact.recurring, "")


def _open(fact: Fact) -> str:
    return f"{spoken_date(fact.start)}起" if fact.start else f"到{spoken_date(fact.end)}为止"


def amount(fact: Fact) -> str:
    """A figure with what it is compared by: 每天不少于2小时, 每月1至2个."""
    if fact.quantity is None:
        return ""
    most = f"至{fact.most:g}" if fact.most is not None and fact.most != fact.quantity else ""
    return f"{_PER.get(fact.per, '')}{_COMPARED.get(fact.comparator, '')}{fact.quantity:g}{most}{fact.unit}"


def told(fact: Fact, label: str) -> str:
    """The whole answer for one fact: plain words that name the plan, and its sentence where that says more."""
    words = _short(_TELL[fact.kind](fact, label), _MAX_WORDS)
    quote = quoted(fact.sentence, fact.what or fact.to)
    held = normalise(words)
    bare = re.sub(r"\W", "", normalise(quote))
    return f"{words}方案原文：“{quote}”" if bare and bare not in re.sub(r"\W", "", held) else words


def quoted(sentence: str, near: str) -> str:
    """The plan's sentence, or so many of its clauses around `near` as a phone shows well."""
    text = re.sub(r"\s+", "", sentence).rstrip("。；;，")
    if len(text) <= _MAX_QUOTE:
        return text
    wanted = frozenset(near)
    clauses = [c for c in _CLAUSE.findall(text) if c]
    best = max(range(len(clauses)), key=lambda n: len(wanted & frozenset(clauses[n])))
    first = last = best
    while True:
        size = sum(map(len, clauses[first : last + 1]))
        more = [n for n in (last + 1, first - 1) if 0 <= n < len(clauses) and size + len(clauses[n]) <= _MAX_QUOTE]
        if not more:
            break
        first, last = min(first, more[0]), max(last, more[0])
    chosen = "".join(clauses[first : last + 1]).rstrip("，。；;")[: _MAX_QUOTE + 10]
    return ("……" if first else "") + chosen + ("……" if last < len(clauses) - 1 else "")


def title_of(text: str, longest: int = MAX_TITLE) -> str:
    """A title of at most `longest` characters, cut where a clause ends if it can be."""
    text = re.sub(r"\s+", "", text).strip("，。；;：: ")
    if len(text) <= longest:
        return text
    head = re.split(r"[，。；;：:、]", text[: longest + 1])
    whole = whole_quotes("，".join(head[:-1]))
    return whole if 6 <= len(whole) <= longest else whole_quotes(text[: longest - 1]) + "…"


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else whole_quotes(text[: longest - 2]) + "……"


def _sentence(*parts: str) -> str:
    return "，".join(p.strip("，。；; ") for p in parts if p.strip("，。；; ")) + "。"


def _also(fact: Fact) -> tuple[str, ...]:
    """What every kind may tell beside its chief matter."""
    return (
        f"面向{'、'.join(fact.audience)}" if fact.audience and not _holds(fact.what, fact.audience) else "",
        f"形式有{'、'.join(fact.channels)}" if fact.channels and not _holds(fact.what, fact.channels) else "",
        amount(fact) if fact.quantity is not None and f"{fact.quantity:g}{fact.unit}" not in fact.what else "",
        f"要求{'、'.join(fact.limits)}" if fact.limits else "",
    )


def _holds(text: str, words: tuple[str, ...]) -> bool:
    return all(w in text for w in words)


def _theme(fact: Fact, label: str) -> str:
    return f"{label}的主题是“{fact.what.strip('“”。')}”。"


def _period(fact: Fact, label: str) -> str:
    when = span(fact) or "没有写明起止日期"
    return _sentence(f"{label}：“{fact.what.strip('“”')}”活动时间为{when}", *_also(fact))


def _event(fact: Fact, label: str) -> str:
    who = f"由{fact.who}负责" if fact.who and fact.who not in fact.what else ""
    return _sentence(f"{label}：{span(fact) or '日期没有写明'}，{fact.what}", who, *_also(fact))


def _deadline(fact: Fact, label: str) -> str:
    when, who = until(fact), fact.who or "各单位"
    if not fact.to and not item_of(fact.what):
        return _sentence(f"{label}要求{who}在{when or '规定时间'}完成：{fact.what}", *_also(fact))
    to = f"报送{fact.to}" if fact.to else "报送（没有写明报给谁）"
    form = f"格式要求：{'、'.join(fact.limits)}" if fact.limits else ""
    how = f"报送方式：{'、'.join(fact.channels)}" if fact.channels else ""
    return _sentence(f"{label}要求{who}在{when or '（没有写具体日期）'}把{fact.what}{to}", form, how)


def _deed(fact: Fact, label: str) -> str:
    """An activity or duty."""
    who = fact.who if fact.who and fact.who not in fact.what else ""
    when = span(fact)
    return _sentence(
        f"{label}{'要求' + who if who else '安排'}：{fact.what}", f"时间：{when}" if when else "", *_also(fact)
    )


def _hotline(fact: Fact, label: str) -> str:
    if not fact.number:
        return f"{label}提到{fact.what or '举报热线'}，但没有写号码，以发文单位公布为准。"
    return f"{label}写明的{line_of(fact) or '热线'}：{fact.number}。"


def line_of(fact: Fact) -> str:
    """What a telephone number is for, in a few words: those beside it that end in 电话 or 热线; "" where none do."""
    return purpose(fact.sentence, fact.number) or (fact.what if len(fact.what) <= _MAX_LINE else "")


def _law(fact: Fact, label: str) -> str:
    return f"{label}提到《{fact.what.strip('《》')}》。"


def _document(fact: Fact, label: str) -> str:
    issuer = f"{fact.who}的" if fact.who else ""
    title = f"《{fact.what.strip('《》')}》" if fact.what else ""
    number = f"（{fact.number}）" if fact.number and title else fact.number
    return f"{label}提到的文件：{issuer}{title}{number}。"


def _contact(fact: Fact, label: str) -> str:
    return _sentence(f"{label}的事，联系{fact.who or fact.to or fact.what}", *_also(fact))


def _organisation(fact: Fact, label: str) -> str:
    who = fact.who if fact.who and fact.who not in fact.what else ""
    return _sentence(f"{label}的组织领导：{fact.what or who}", f"由{who}负责" if who and fact.what else "")


def _plainly(word: str) -> Callable[[Fact, str], str]:
    def tell(fact: Fact, label: str) -> str:
        who = f"{fact.who}：" if fact.who and fact.who not in fact.what else ""
        return _sentence(f"{label}{word}：{who}{fact.what or '、'.join(fact.audience)}", *_also(fact))

    return tell


_TELL: dict[FactKind, Callable[[Fact, str], str]] = {
    FactKind.THEME: _theme,
    FactKind.PERIOD: _period,
    FactKind.EVENT: _event,
    FactKind.DEADLINE: _deadline,
    FactKind.ACTIVITY: _deed,
    FactKind.DUTY: _deed,
    FactKind.HOTLINE: _hotline,
    FactKind.LAW: _law,
    FactKind.DOCUMENT: _document,
    FactKind.CONTACT: _contact,
    FactKind.ORGANISATION: _organisation,
    FactKind.REQUIREMENT: _plainly("的要求"),
    FactKind.ATTACHMENT: _plainly("的附件"),
    FactKind.GOAL: _plainly("的目标"),
    FactKind.AUDIENCE: _plainly("面向"),
}
