"""What a message asks: politeness, stories and doubled characters aside.

The whole message is read first. Another reading is tried only where the whole calls for it, and wins only where it
is understood better; what tells of danger is never cut up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from bot.answers import Answerer, Asked, Outcome, Status
from bot.answers.matching import level
from bot.answers.normalise import core

#: What makes a clause a question.
QUESTION = re.compile(
    r"[?？]|吗|呢|么$|多少|多久|多长|多大|多高|多远|几[天个年岁度米次号点层]|谁|哪|怎么|怎样|咋|如何|什么|啥|为何|为什么|凭什么"
    r"|是不是|有没有|能不能|可不可以|会不会|要不要|该不该|算不算|行不行|合法|违法|找不找|点解|边个|几时|乜"
)
#: What asks, points and fills: a message of nothing else has no subject of its own.
_EMPTY = re.compile(
    r"什么时候|多长时间|什么意思|怎么处理|怎么处罚|怎么回事|为什么|怎么样|怎么办|怎么|怎样|如何|咋办|咋样|咋|什么|多少|多久|几天|几个月|几年"
    r"|去哪里|去哪|在哪里|在哪|哪里|哪儿|哪条|哪个|哪些|哪|找谁|谁|几|能不能|可不可以|可以|能|会不会|会|要不要|需要|要|是不是|应该|应当|该"
    r"|有没有|有|是|不|没|吗|呢|么|吧|啊|呀|的话|的|了|我们|你们|他们|我|你|您|他|她|它|这个|那个|这种|那种|这样|那样|这|那|个|请问|请|问|下"
    r"|一|判断|区分|辨别|识别|处理|预防|防范|避免|注意|使用|罚款|罚钱|处罚|罚|坐牢|判刑|拘留|钱|赔偿|赔|材料|手续|资料|条件|流程|程序|步骤|标准|期限|时限|时间|电话|地址|部门|单位管|责任|后果"
    r"|开始|施行|实施|生效|结束|截止|办理|办|申请|申报|申诉|举报|投诉|上报|报|交|负责|管|规定|依据|法律|合法|违法|犯法|情况|事|啥|具体|详细|最多|最少|最高|最低"
)
#: Before the point: greetings, thanks, assent, an insult with a mark behind it.
_POLITE = re.compile(
    r"^(?:(?:你好|您好|在吗|在不在|在么|有人吗|有人在吗|谢谢(?:你|您)?|多谢|感谢|知道了|明白了|懂了|收到|辛苦了|不好意思|打扰了?"
    r"|早上好|上午好|中午好|下午好|晚上好|麻烦(?:你|您)了?|哈喽)[,。!?~…、\s啊呀哈]*"
    r"|(?:好的?|嗯+|哦+|噢|行|明白|辛苦|老师|领导|亲|hi|hello|ok|你[^,。?]{0,4}(?:笨|傻|蠢|垃圾|废物|弱智|白痴|没用)[^,。?]{0,3})"
    r"[,。!?~…、\s]+)+"
)
#: … and behind it.
_REPROACH = re.compile(r"(?:这)?(?:都|也)(?:不知道|不懂|不会|答不上来?)[吗嘛啊吧!?。]*$")
_SENTENCE = re.compile(r"[^。!?;\n]+[。!?;\n]*")
_CLAUSE = re.compile(r"[^,。!?;:\n~…、 ]+[,。!?;:\n~…、 ]*")
#: What people say right before their question.
_ASKING = re.compile(
    r"^.*(?:(?:想|要|来|再)?(?:请问|问问|问下|问一下|问的是|请教|咨询)(?:一?下|你们?|您|大家|各位)*|想问"
    r"|(?:想|要)(?:知道|了解|搞清楚)(?:一下)?)"
    r"[,:。 ]*(?:的是|就是|下)?"
)
_ENDS_AS_QUESTION = re.compile(r"(?:[?？]|吗|呢|么|不|没有?|啊|呀)[。!?？~ ]*$")
_LONG = 45  # characters; what is shorter is read as a whole
_MAX_QUESTIONS = 3  # questions of a long message that are tried
#: What people say while they think; taken out of the middle of a sentence only where that is not understood.
_FILLERS = re.compile(
    r"[嗯呃哎诶唉]+|那个啥|那什么|(?<![这那哪])那个(?!人|厂|车|店|单位|老板)|就是说|(?<![不是也])就是(?!不)|怎么说呢"
    r"|然后呢|然后(?=[,。 ]|$)|你知道(?:吧|不)|对吧|是吧|反正(?=[,。 ])|[,。 ][啊呀哈嘛](?=[,。 ]|$)"
)
#: … and how they begin and end when they speak.
_OPENER = re.compile(r"^.{0,8}?(?:(?:想|要|来)?(?:问一?下|问问|打听一?下|问个事|请问一?下?|咨询一?下))[啊哈呀哦,。 ]*")
_TAIL = re.compile(r"(?:这个|那个|[啊呀呢吧嘛哈哦,。? ])+$")
_DOUBLED = re.compile(r"([一-鿿])\1")
#: A reading must be understood this well to stand where the whole is not understood.
_FOUND_AT = 0.3
_REPORTS = re.compile("举报|投诉|反映|报告|谁管|没人管|找谁|谁来|怎么办")
#: So many candidates of a question are near, unless it is understood this well.
_NEAR, _SURE = 3, 0.75
_ABUSE = "abuse"


@lru_cache(maxsize=1024)  # several handlers ask of each message
def content(text: str) -> str:
    """What levelled text speaks of, words that only ask or point left out; "" where that is less than a word."""
    bare = "".join(c for c in _EMPTY.sub("", core(text)) if c.isalnum())
    return bare if len(bare) >= 2 else ""


def understand(answerer: Answerer, asked: Asked) -> Outcome:
    """The outcome of the reading that is understood best."""
    whole = answerer.answer(asked)
    text = level(asked.text)
    if whole.status is Status.EMERGENCY:
        return whole
    if whole.intent:
        return _asked_beside(answerer, asked, text) or whole
    at_least = whole.confidence if whole.status is Status.ANSWERED else _FOUND_AT
    for reading in _readings(answerer, text, whole):
        other = answerer.answer(replace(asked, text=reading))
        if other.status is Status.ANSWERED and not other.intent and other.confidence >= at_least:
            return whole if _agrees(other, whole) else other
    return whole


def _asked_beside(answerer: Answerer, asked: Asked, text: str) -> Outcome | None:
    """What a message asks in so many words beside the hazard that it tells of; None where it asks whom to tell."""
    if len(text) <= _LONG or not _ASKING.search(text):
        return None
    question = next(iter(questions(text)), "")
    if not question or _REPORTS.search(question):
        return None
    other = answerer.answer(replace(asked, text=question))
    sure = other.status is Status.ANSWERED and not other.intent and other.confidence >= _SURE
    return other if sure else None


def _agrees(question: Outcome, whole: Outcome) -> bool:
    """Whether the question alone leads near to what the whole message does: then its story told which it is."""
    near = [c.id for c in question.candidates[:_NEAR]]
    return whole.status is Status.ANSWERED and whole.entry in near and question.confidence < _SURE


def _readings(answerer: Answerer, text: str, whole: Outcome) -> Iterator[str]:
    """Other readings of a levelled message, likeliest first."""
    rest = _REPROACH.sub("", re.sub("^那么?", "", _POLITE.sub("", text)))
    if rest != text and len(core(rest)) >= 3 and whole.status is not Status.ANSWERED:
        yield rest
    if len(text) > _LONG:
        yield from questions(text)
    elif _is_chat(answerer, whole):
        yield from questions(text, _CLAUSE)
    if whole.status is not Status.ANSWERED and (plain := _unspoken(text)) != text and content(plain):
        yield plain
    if whole.status is not Status.ANSWERED and _DOUBLED.search(text):
        yield _DOUBLED.sub(r"\1", text)


def _unspoken(text: str) -> str:
    """Levelled text without what people say while they think."""
    return _TAIL.sub("", _FILLERS.sub("", _OPENER.sub("", text)))


def _is_chat(answerer: Answerer, outcome: Outcome) -> bool:
    """Small talk and insults: the question beside them counts."""
    if outcome.status is Status.SMALL_TALK:
        return outcome.confidence < 1
    entry = answerer.base.entry_by_id(outcome.entry)
    return outcome.status is Status.OUT_OF_SCOPE and entry is not None and entry.group == _ABUSE


def questions(text: str, unit: re.Pattern[str] = _SENTENCE) -> list[str]:
    """The questions of a levelled message, the last one first: people tell their story and end with the point.

    What follows "我想问一下" is the question; else what ends like one; else what holds a word that asks. A question
    that says nothing by itself (这合法吗) comes with the sentence before it.
    """
    parts = [m[0].strip() for m in unit.finditer(text)]
    told = [(n, _ASKING.sub("", p)) for n, p in enumerate(parts) if _ASKING.search(p)]
    ends = [(n, p) for n, p in enumerate(parts) if QUESTION.search(p) and _ENDS_AS_QUESTION.search(p)]
    asks = [(n, p) for n, p in enumerate(parts) if QUESTION.search(p)]
    chosen = next((found for found in (told, ends, asks) if any(p for _, p in found)), [])
    whole = [p if content(p) else parts[n - 1] + p if n else p for n, p in chosen if core(p)]
    return whole[: -_MAX_QUESTIONS - 1 : -1]
