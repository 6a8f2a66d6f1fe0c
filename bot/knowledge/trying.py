"""What people would get: a question answered as things are, or with an entry laid over, and why it came out so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.answers import Answerer, Asked, Outcome, Status
from bot.answers.entries import Entry
from bot.answers.matching import Found, level
from bot.answers.regions import NATIONWIDE, covers
from bot.messages import numbered
from bot.settings import AnswerSettings

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Considered:
    """An entry that was considered.

    confidence  the chance that it is the right one
    near        how close its nearest phrasing comes, 0 to 1
    """

    entry: str
    title: str
    confidence: float
    near: float
    told: bool
    is_card: bool  # an emergency card: it has no page here


@dataclass(frozen=True, slots=True)
class Tried:
    """What one question came to.

    text    as a person reads it, with what is offered
    scope   the chance that the question is of our field
    why     in plain words: why it was answered so, or not
    """

    outcome: Outcome
    text: str
    scope: float
    considered: tuple[Considered, ...]
    why: str


def try_question(answerer: Answerer, settings: AnswerSettings, text: str, region: str, today: date) -> Tried:
    """Ask, and look how the answer came about."""
    outcome = answerer.answer(Asked(text, today, region))
    found = answerer.matcher.find(level(text), region)
    considered = []
    for match in found.matches[:_SHOWN]:
        entry = answerer.base.entry(match.entry)
        told, is_card = entry.id == outcome.entry, entry.group == "emergency"
        considered.append(Considered(entry.id, entry.title, match.confidence, match.near, told, is_card))
    shown = "\n".join(part for part in (outcome.text, numbered(outcome.choices)) if part)
    return Tried(outcome, shown, found.scope, tuple(considered), _why(outcome, found, settings))


def barred(entry: Entry, region: str, today: date) -> str:
    """Why an entry is not told here today although it is found; "" where it is."""
    if not covers(entry.region, region) and entry.region != NATIONWIDE:
        office = "还没有填" if region == NATIONWIDE else f"是{region}"
        return (
            f"只有说了自己在{entry.region}的人才会得到这一条：本单位的所在地区{office}（“设置”→“用语和参数”→“本单位”）"
        )
    if entry.valid_from and entry.valid_from > today:
        return f"这一条从{entry.valid_from:%Y-%m-%d}起才用"
    if entry.valid_to and entry.valid_to < today:
        return f"这一条到{entry.valid_to:%Y-%m-%d}为止，现在只作为历史告知"
    return ""


def _why(outcome: Outcome, found: Found, settings: AnswerSettings) -> str:
    told = _TOLD.get(outcome.status)
    if outcome.intent == "hazard_report":
        return "这是在反映隐患，机器人会带着提问人登记举报。"
    if told:
        return told
    if outcome.status is Status.ANSWERED:
        return _why_answered(outcome, found)
    if not found.matches:
        return "没有一条与它相近。"
    if found.scope < settings.scope_at:
        return (
            f"不像本领域的问题：领域把握 {found.scope:.2f}，低于 {settings.scope_at:.2f}，所以不作回答。"
            "要回答它，给相应的条目加上这样的问法。"
        )
    line = settings.answer_at
    if found.confidence < line:
        return f"最接近的条目把握 {found.confidence:.2f}，低于回答线 {line:.2f}，所以只给选项或者说不知道。"
    return "问的是这里没有的事（例如查个人情况、查天气），机器人说明不掌握并指给能问的地方。"


def _why_answered(outcome: Outcome, found: Found) -> str:
    if not outcome.entry:
        return "按法规原文或当年主题直接回答，没有用到条目。"
    if outcome.confidence >= 1.0:
        return "问的就是这一条的问法，原样对上了。"
    second = next((m for m in found.matches if m.confidence < outcome.confidence), None)
    beside = f"，第二名 {second.confidence:.2f}" if second else ""
    return f"最接近的条目把握 {outcome.confidence:.2f}{beside}。"


_TOLD = {
    Status.EMERGENCY: "按正在发生的险情处理：先告诉拨打的号码和三步做法，不查条目。",
    Status.SMALL_TALK: "这是寒暄。",
    Status.OUT_OF_SCOPE: "不归这里管的问题，机器人指给别处。",
}  # fmt: skip
