"""Questions that lean on what was said: 那罚多少, 个人呢, 找谁. They are made full and answered with their context.

How a message leans is told by its form alone (`read`). Both readings, alone and joined with the topic, are put to
the answerer; then

- a message that says nothing by itself (罚多少, 个人呢) is taken joined, also where that is not understood: alone it
  would be answered about something else; unless it is a phrasing of ours word for word;
- one that points back but speaks of something (那工伤怎么申请) is taken joined only if that is understood better;
- a short one that does not point back (没有证) is taken joined only if it is not understood alone, and what it speaks
  of stands in the answer.

So a short but complete question is never bent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache

from bot.answers import Asked, Outcome, Status
from bot.answers.entries import Entry, Plan
from bot.answers.matching import level
from bot.answers.normalise import core
from bot.answers.pinyin import sounds
from bot.dialogue.reading import QUESTION, content
from bot.dialogue.session import Session, Topic
from bot.dialogue.speaker import Speaker, today
from bot.dialogue.turn import Turn
from bot.dialogue.wanted import tells, wants
from bot.messages import Inbound

_LONGEST = 24  # characters; what is longer speaks for itself
_SHORT = 8
_PICTURES = re.compile(r"[^\w?!。]+$")
_LEAD = re.compile(
    r"^(?:我?(?:还|就|只)?(?:想|要)(?:知道|了解)(?:的是|一下)?|那么|那(?![次种样些边里年天])|哪(?=[怎为什罚多谁找几])|然后|所以|这样的?话|这种情况下?"
    r"|这个事?|这(?![次种样些边里本届家类])|它|上面(?:说的)?|刚才(?:说的)?|前面(?:说的)?|[,。 ])+"
)
_WHAT_ABOUT = re.compile(
    r"^(?:那么?|要是|如果|假如|换成|换了?|若)*是?(.{1,8}?)的?(?:的话)?"
    r"(?:呢|咧|哩|捏|嘞|怎么样|咋样|又怎么样|又如何|行不行)[?!。 ]*$"
    r"|^(?:要是|如果是|假如是|换成|若是)(.{1,8}?)(?:的话)?[?!。 ]*$"
)
#: What is asked of a campaign plan, and what makes it another's.
_CAMPAIGN = re.compile(
    r"总结|报送|上报|报到|交给|联络员|联系人|联系电话|邮箱|咨询日|主题|口号|统计表|附件|启动|结束|时间|活动|方案|安全月|五进|组织机构|指导|小组|要求|发文|通知"
)
_ELSEWHERE = re.compile(r"全国|(?:19|20)\d\d|今年|去年|明年|这次|本次|本届|法|条例")
_LEAST_HELD = 3  # characters
#: What is also said in other words by our questions.
_SAID_AS = (
    ("什么时候开始", "从哪天到哪天"),
    ("什么时候结束", "从哪天到哪天"),
    ("找谁", "向谁举报"),
    ("找哪", "向谁举报"),
    ("谁管", "归哪个部门管"),
    ("去哪", "在哪里办"),
)
_WHOM = re.compile(r"找谁|问谁|找哪|哪个部门|什么部门|谁管|归谁|打什么电话|电话多少|找哪里")
#: What asks, in a question that is to be asked anew of the same thing.
_ASKED = re.compile(
    r"什么时候|多长时间|要(?:带|交)?什么材料|怎么处理|怎么处罚|罚多少钱?|罚款多少|怎么罚|多少钱|多少|多久内?|几天内?|几个月|几年|能不能|可不可以|可以|会不会|要不要"
    r"|是不是|算不算|怎么办|怎么|如何|向谁|找谁|为什么|哪里|哪些|哪个|什么|吗|呢|吧|[?!。]"
    r"|(?<![功性职智才技可])能(?![源量力够])"
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


@lru_cache(maxsize=1024)  # several handlers ask of each message
def read(text: str) -> Leaning:
    """The form of a levelled message."""
    bare = core(text)
    if not bare or len(bare) > _LONGEST or not any(c.isalpha() for c in bare) or bare.startswith("你"):
        return Leaning(Form.NOT, bare)
    text = _PICTURES.sub("", text)
    about = _WHAT_ABOUT.fullmatch(text)
    x = _LEAD.sub("", about[1] or about[2]) if about else ""
    if x and not QUESTION.search(x) and (is_kind(x) or not text.rstrip("?!。 ").endswith("样")):
        return Leaning(Form.WHAT_ABOUT, x)
    if is_kind(bare):
        return Leaning(Form.WHAT_ABOUT, bare)
    rest = _LEAD.sub("", bare) or bare
    if QUESTION.search(bare) or content(rest) != content(bare):
        if not content(rest):
            return Leaning(Form.BARE, rest)
        if rest != bare:
            return Leaning(Form.POINTS, rest)
    if not content(rest) and wants(rest):
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


def joined(leaning: Leaning, session: Session, plan: Plan | None = None) -> list[str]:
    """The full questions that a message may mean, likeliest first.

    plan  the campaign plan that is talked of: then it is asked first
    Of what was offered to go on with, that which holds the message: 罚多少 is 楼道停电动车罚多少.
    """
    topic = session.topic
    assert topic is not None
    if plan and leaning.form is not Form.WHAT_ABOUT:
        said = [leaning.rest, *(other for word, other in _SAID_AS if word in leaning.rest)]
        named = [f"{plan.aliases[0]}{plan.year}年{rest}" for rest in said]
    else:
        named = [c.text for c in session.choices if c.id in topic.related and _holds(c.text, leaning.rest)]
    if leaning.form is Form.WHAT_ABOUT:
        about = (topic.question,) if plan else (topic.question, topic.title)
        full = [swapped(text, leaning.rest) for text in about if text]
    else:
        said = [leaning.rest, *(other for word, other in _SAID_AS if word in leaning.rest)]
        full = [stem(text) + rest for rest in said for text in (topic.subject, topic.title) if text]
    return list(dict.fromkeys([*named, *full]))


def _holds(offered: str, said: str) -> bool:
    return len(said) >= _LEAST_HELD and within(sounds(said), sounds(level(offered)))


def within(part: Sequence[int], whole: Sequence[int]) -> bool:
    """Whether all of `part` stands in `whole`, in its order."""
    rest = iter(whole)
    return len(part) <= len(whole) and all(one in rest for one in part)


class FollowUp:
    """Answers what leans on the last answer; passes on where there is none or nothing leans."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def question(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """A message that is no full question, made one."""
        topic = session.topic
        leaning = read(level(inbound.text)) if topic else Leaning(Form.NOT, "")
        if topic is None or (leaning.form is Form.NOT and not self._is_of_campaign(leaning.rest, topic)):
            return None
        alone = self._speaker.understand(leaning.rest if leaning.form is Form.POINTS else inbound.text, session, now)
        found = self.best(leaning, session, now)
        found = found and self._anew(found, leaning, session, now)
        if found and found[1].status is not Status.ANSWERED and (turn := self._whom(inbound, session)):
            return turn
        if found and leaning.form in (Form.SHORT, Form.POINTS) and not self._speaks_of(found[1], leaning.rest):
            found = None
        if found and (wins(found[1], alone, leaning.form) or self._of_plan(found[1], leaning, topic)):
            return self._told(found, inbound, session, leaning.form)
        return self._speaker.tell(alone, inbound, session) if leaning.form is Form.POINTS else None

    def _speaks_of(self, outcome: Outcome, said: str) -> bool:
        """Whether an answer speaks of what a message says of its own: the topic alone could have found it."""
        entry = self._speaker.answerer.base.entry_by_id(outcome.entry)
        return entry is not None and _akin(said, f"{entry.title}{entry.answer}")

    def _is_of_campaign(self, text: str, topic: Topic) -> bool:
        """Whether a question asked after a fact of a plan may ask another one of it: it names no place, no year."""
        if not topic.plan or len(text) > _LONGEST or _ELSEWHERE.search(text) or self._speaker.places.find(text):
            return False
        if any(alias in text for plan in self._speaker.answerer.base.plans for alias in plan.aliases):
            return False
        return bool(_CAMPAIGN.search(text))

    def _of_plan(self, joined: Outcome, leaning: Leaning, topic: Topic) -> bool:
        """Whether the joined reading is such a fact, understood well enough."""
        asked = self._is_of_campaign(leaning.rest, topic)
        return asked and self._is_of_plan(joined, topic) and joined.confidence > _OF_PLAN

    def _is_of_plan(self, outcome: Outcome, topic: Topic) -> bool:
        entry = self._speaker.answerer.base.entry_by_id(outcome.entry) if topic.plan else None
        return entry is not None and entry.group == topic.plan and outcome.status is Status.ANSWERED

    def best(self, leaning: Leaning, session: Session, now: datetime) -> tuple[str, Outcome] | None:
        """The joined question that is understood best, and its outcome."""
        assert session.topic is not None
        topic = session.topic
        tried = [(q, self._speaker.ask(q, session, now)) for q in joined(leaning, session, self._plan(session))]
        told = [(q, o) for q, o in tried if not o.intent or not topic.title]
        anew = leaning.form is not Form.WHAT_ABOUT
        of_plan = [(q, o) for q, o in told if anew and self._is_of_plan(o, topic)]
        return max(of_plan or told, key=lambda pair: _rank(pair[1], topic.entry if anew else ""), default=None)

    def _anew(
        self, found: tuple[str, Outcome], leaning: Leaning, session: Session, now: datetime
    ) -> tuple[str, Outcome]:
        """An answer that does not tell what is asked gives way to another one, else we say that it is not held."""
        question, outcome = found
        entry, topic, answerer = self._speaker.entry(session), session.topic, self._speaker.answerer
        told = answerer.base.entry_by_id(outcome.entry)
        if told is None or topic is None or outcome.status is not Status.ANSWERED or _fits(told, leaning):
            return found
        if entry is not None and told.id == entry.id:
            other = answerer.beside(Asked(question, today(now), self._speaker.region("", session)), entry)
            if self._is_better(other, leaning, f"{topic.subject}{entry.title}"):
                return question, other
        return (question, answerer.unheld(outcome)) if leaning.form is Form.BARE else found

    def _is_better(self, other: Outcome, leaning: Leaning, about: str) -> bool:
        """Whether another entry tells what is asked, of the same thing."""
        told = self._speaker.answerer.base.entry_by_id(other.entry)
        sure = other.status is Status.ANSWERED and other.confidence >= _SURE
        return told is not None and sure and _fits(told, leaning) and _akin(about, told.title)

    def _plan(self, session: Session) -> Plan | None:
        assert session.topic is not None
        return next((p for p in self._speaker.answerer.base.plans if p.id == session.topic.plan), None)

    def _told(self, found: tuple[str, Outcome], inbound: Inbound, session: Session, form: Form) -> Turn:
        question, outcome = found
        topic = session.topic
        assert topic is not None
        before = self._speaker.word("follow_up", topic=topic.title) if topic.title else ""
        subject = topic.subject if form is Form.BARE else ""
        return self._speaker.tell(outcome, inbound, session, question=question, subject=subject, before=before)

    def _whom(self, inbound: Inbound, session: Session) -> Turn | None:
        """找谁: whom the entry itself names."""
        entry = self._speaker.entry(session)
        if not entry or not entry.ask or not _WHOM.search(inbound.text):
            return None
        return self._speaker.say("whom", inbound, session, session.choices, topic=entry.title, ask=entry.ask)


#: A joined reading must be understood this well where the message could be something else.
_SURE = 0.5
#: A message that says nothing by itself is told alone where it is understood this well and joined it is not.
_COMPLETE = 0.9
#: … and this much better than the message alone, where that speaks of something.
_BETTER = 0.05


def wins(joined: Outcome, alone: Outcome, form: Form) -> bool:
    """Whether the joined reading is the one to answer; the rule is told at the head of this module."""
    if form in (Form.BARE, Form.WHAT_ABOUT):
        if alone.status in (Status.SMALL_TALK, Status.OUT_OF_SCOPE) or alone.confidence >= _COMPLETE:
            return _rank(joined)[0] > 0 and (alone.confidence < 1 or form is Form.WHAT_ABOUT)
        return joined.status is not Status.CHOICES or alone.status is not Status.ANSWERED
    if joined.status is not Status.ANSWERED or joined.confidence < _SURE:
        return False
    if form is Form.POINTS:
        return alone.status is not Status.ANSWERED or joined.confidence > alone.confidence + _BETTER
    return alone.status in _NOT


#: A fact of the plan that is talked of, understood this well, comes before all else.
_OF_PLAN = 0.4
#: So much less is an answer worth that was just given.
_SAME_AGAIN = 0.3
#: Not understood.
_NOT = (Status.UNKNOWN, Status.CHOICES)


def _fits(entry: Entry, leaning: Leaning) -> bool:
    """Whether an entry tells what a leaning message wants, as far as its words show."""
    if leaning.form is Form.WHAT_ABOUT:
        return leaning.rest in f"{entry.title}{entry.answer}"
    return leaning.form is not Form.BARE or tells(entry, leaning.rest)


def may_follow(text: str, status: str) -> bool:
    """Whether a message may be meant to go on from some answer, none of a campaign plan.

    status  that of its outcome by itself: a few words that are understood so are never bent
    """
    form = read(level(text)).form
    if form is Form.SHORT:
        return status in _NOT or _WHOM.search(text) is not None
    return form is not Form.NOT


def _akin(said: str, title: str) -> bool:
    """Whether two things speak of the same: a pair of characters that says something stands in both."""
    words = content(stem(said))
    return any(words[n : n + 2] in title for n in range(len(words) - 1))


def _rank(outcome: Outcome, told: str = "") -> tuple[int, float]:
    """How well a joined question was understood: 0 not at all, 1 offered or known not to be held, 2 answered.

    told  the entry that was told last: who goes on asking wants another, if one is understood at all well
    """
    if outcome.status is Status.ANSWERED:
        return 2, outcome.confidence - (_SAME_AGAIN if told and outcome.entry == told else 0)
    held = outcome.status is Status.CHOICES or (
        outcome.status is Status.UNKNOWN and (bool(outcome.entry) or not outcome.candidates)
    )
    return int(held), outcome.confidence
