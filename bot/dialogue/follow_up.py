"""Questions that lean on what was said: 那罚多少, 个人呢, 找谁. They are made full and answered with their context.

How a message leans is told by its form alone (`read`). Both readings, alone and joined with the topic, are put to
the answerer; then

- a message that says nothing by itself (罚多少, 个人呢) is taken joined whenever that is understood;
- one that points back but speaks of something (那工伤怎么申请) is taken joined only if that is understood better;
- a short one that does not point back (学校) is taken joined only if it is not understood alone.

So a short but complete question is never bent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.answers import Outcome, Status
from bot.answers.entries import Plan
from bot.answers.matching import level
from bot.answers.normalise import core
from bot.dialogue.reading import QUESTION, content
from bot.dialogue.session import Session, Topic
from bot.dialogue.speaker import Speaker
from bot.dialogue.turn import Turn
from bot.messages import Inbound

_LONGEST = 24  # characters; what is longer speaks for itself
_SHORT = 8
_LEAD = re.compile(
    r"^(?:那么|那|哪|然后|所以|这样的?话|这种情况下?|这个事?|这|它|上面(?:说的)?|刚才(?:说的)?|前面(?:说的)?|[,。 ])+"
)
_WHAT_ABOUT = re.compile(
    r"^(?:那么?|要是|如果|假如|换成|换了?|若)*是?(.{1,8}?)(?:的话)?(?:呢|咧|哩|怎么样|咋样|又怎么样|又如何|行不行)[?!。 ]*$"
    r"|^(?:要是|如果是|假如是|换成|若是)(.{1,8}?)(?:的话)?[?!。 ]*$"
)
_WHOM = re.compile(r"找谁|问谁|找哪|哪个部门|什么部门|谁管|归谁|打什么电话|电话多少|找哪里")
#: What asks, in a question that is to be asked anew of the same thing.
_ASKED = re.compile(
    r"什么时候|多长时间|怎么处理|怎么处罚|罚多少钱?|罚款多少|怎么罚|多少钱|多少|多久内?|几天内?|几个月|几年|能不能|可不可以|可以|会不会|要不要"
    r"|是不是|算不算|怎么办|怎么|如何|向谁|找谁|为什么|哪里|哪些|哪个|什么|吗|呢|吧|[?!。]"
)
#: Words of a kind: one takes the place of another. The longest first.
_KINDS = (
    "主要负责人|安全管理人员|用人单位|个体工商户|农民工|个体户|经营者|负责人|包工头|承包方|发包方|物业公司|居委会|村委会|实习生|临时工|退休人员|未成年人"
    "|劳务派遣|派遣工|钟点工|企业|公司|单位|工厂|个人|公民|员工|职工|工人|老板|物业|房东|租客|业主|住户|居民|学校|幼儿园|医院|商场|超市|饭店|餐馆|酒店"
    "|宾馆|网吧|工地|社区|小区|政府|机关|家庭|平台|学生|孕妇|女工|孩子|小孩|老人|司机|驾驶员|乘客|厂里|厂|自己|别人|村里|农村",
    "电动自行车|老年代步车|危化品车|大货车|摩托车|电动车|电瓶车|自行车|小轿车|三轮车|拖拉机|面包车|网约车|出租车|货车|小车|轿车|汽车|客车|校车|叉车",
    "楼梯间|地下室|停车场|架空层|楼道|走廊|车库|阳台|屋里|家里|电梯|门口|院子|宿舍|仓库|车间|办公室",
    "高层建筑|高层|多层|老小区|平房|别墅|自建房|出租屋|群租房",
    "(?:19|20)\\d\\d年?|今年|去年|前年|明年",
    "重大事故|较大事故|一般事故|特别重大事故|死亡事故|重伤|轻伤|死亡",
    "第[一二三四五]次|第[二三四]回|首次|再次",
)
_KIND = tuple(re.compile(words) for words in _KINDS)


class Form(Enum):
    """How a message leans, by its form."""

    NOT = "not"
    SHORT = "short"  # few words, none that point back
    POINTS = "points"  # 那工伤怎么申请
    BARE = "bare"  # 罚多少
    WHAT_ABOUT = "what about"  # 个人呢


@dataclass(frozen=True, slots=True)
class Leaning:
    """A message read for how it leans. rest: what is left when pointing words are taken off."""

    form: Form
    rest: str


def read(text: str) -> Leaning:
    """The form of a levelled message."""
    bare = core(text)
    if not bare or len(bare) > _LONGEST or not any(c.isalpha() for c in bare):
        return Leaning(Form.NOT, bare)
    about = _WHAT_ABOUT.fullmatch(text.strip())
    if about and not QUESTION.search(x := _LEAD.sub("", about[1] or about[2])) and x:
        return Leaning(Form.WHAT_ABOUT, x)
    rest = _LEAD.sub("", bare) or bare
    if QUESTION.search(bare) or content(rest) != content(bare):
        if not content(rest):
            return Leaning(Form.BARE, rest)
        if rest != bare:
            return Leaning(Form.POINTS, rest)
    if not content(rest) and _ASKED.sub("", rest) != rest:
        return Leaning(Form.BARE, rest)
    return Leaning(Form.SHORT if len(bare) <= _SHORT else Form.NOT, rest)


def is_kind(word: str) -> bool:
    """Whether a word is one of a kind that we know: 个人, 货车."""
    return any(kind.fullmatch(word) for kind in _KIND)


def swapped(question: str, word: str) -> str:
    """The question asked of something else of the same kind: 公司 in place of 个人; else of it, too."""
    kind = next((kind for kind in _KIND if kind.fullmatch(word)), None)
    if kind and (found := kind.search(question)):
        return question[: found.start()] + word + question[found.end() :]
    return question if word in question else word + question


def stem(question: str) -> str:
    """What a question is about, without what it asks of it."""
    return _ASKED.sub("", question) or question


def joined(leaning: Leaning, topic: Topic, plan: Plan | None = None) -> list[str]:
    """The full questions that a message may mean, in no order."""
    about = [topic.question, topic.title]
    if leaning.form is Form.WHAT_ABOUT:
        full = [swapped(text, leaning.rest) for text in about if text]
    else:
        full = [stem(text) + leaning.rest for text in about if text]
    if plan:
        full = [f"{plan.aliases[0]}{plan.year}年{leaning.rest}", *full]
    return list(dict.fromkeys(full))


class FollowUp:
    """Answers what leans on the last answer; passes on where there is none or nothing leans."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def question(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """A message that is no full question, made one."""
        topic = session.topic
        leaning = read(level(inbound.text)) if topic else Leaning(Form.NOT, "")
        if topic is None or leaning.form is Form.NOT:
            return None
        alone = self._speaker.understand(leaning.rest if leaning.form is Form.POINTS else inbound.text, session, now)
        found = self.best(leaning, session, now)
        if found and wins(found[1], alone, leaning.form):
            return self._told(found, inbound, session)
        if leaning.form is not Form.SHORT and alone.status is not Status.ANSWERED:
            return self._whom(inbound, session)
        return self._speaker.tell(alone, inbound, session) if leaning.form is Form.POINTS else None

    def best(self, leaning: Leaning, session: Session, now: datetime) -> tuple[str, Outcome] | None:
        """The joined question that is understood best, and its outcome."""
        assert session.topic is not None
        tried = [(q, self._speaker.ask(q, session, now)) for q in joined(leaning, session.topic, self._plan(session))]
        told = [(q, o) for q, o in tried if not o.intent or not session.topic.title]
        return max(told, key=lambda pair: _rank(pair[1]), default=None)

    def _plan(self, session: Session) -> Plan | None:
        assert session.topic is not None
        return next((p for p in self._speaker.answerer.base.plans if p.id == session.topic.plan), None)

    def _told(self, found: tuple[str, Outcome], inbound: Inbound, session: Session) -> Turn:
        question, outcome = found
        assert session.topic is not None
        title = session.topic.title
        before = self._speaker.word("follow_up", topic=title) if title else ""
        return self._speaker.tell(outcome, inbound, session, question=question, before=before)

    def _whom(self, inbound: Inbound, session: Session) -> Turn | None:
        """找谁: whom the entry itself names."""
        entry = self._speaker.entry(session)
        if not entry or not entry.ask or not _WHOM.search(inbound.text):
            return None
        return self._speaker.say("whom", inbound, session, session.choices, topic=entry.title, ask=entry.ask)


#: A joined reading must be understood this well where the message could be something else.
_SURE = 0.5
#: … and this much better than the message alone, where that speaks of something.
_BETTER = 0.05


def wins(joined: Outcome, alone: Outcome, form: Form) -> bool:
    """Whether the joined reading is the one to answer; the rule is told at the head of this module."""
    if _rank(joined)[0] == 0 or (alone.confidence == 1.0 and form is not Form.WHAT_ABOUT and alone.status not in _NOT):
        return False
    if form in (Form.BARE, Form.WHAT_ABOUT):
        return joined.status is Status.ANSWERED or alone.status is not Status.ANSWERED
    if joined.status is not Status.ANSWERED or joined.confidence < _SURE:
        return False
    if form is Form.POINTS:
        return alone.status is not Status.ANSWERED or joined.confidence > alone.confidence + _BETTER
    return alone.status in _NOT


#: Not understood.
_NOT = (Status.UNKNOWN, Status.CHOICES)


def _rank(outcome: Outcome) -> tuple[int, float]:
    """How well a joined question was understood: 2 answered, 1 told of what is not held or offered, 0 not at all."""
    if outcome.status is Status.ANSWERED:
        return 2, outcome.confidence
    held = outcome.status is Status.CHOICES or (outcome.status is Status.UNKNOWN and bool(outcome.entry))
    return int(held), outcome.confidence
