"""订阅, 退订, 我的订阅, 我的数据: what a person says of themselves and of what they want to get. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.answers.normalise import core, normalise
from bot.dialogue.reading import QUESTION
from bot.dialogue.session import Session
from bot.dialogue.speaker import Speaker
from bot.dialogue.turn import Deed, Event, Noted, Turn
from bot.messages import Choice, Inbound, MessageKind, Reply
from bot.people import consents, deeds
from bot.people.choices import CODES, FIELDS, Choices
from bot.switches import Function

#: Session.asking while the bot waits for the word that everything may be erased.
ERASE = "erase"
#: Before a unit's code in the scene of its QR.
UNIT_SCENE = "unit-"
_LONGEST = 40  # characters of a message that may be for us
_PLEASE = r"(?:我(?:还|也)?(?:要|想要?)|想要?|请|麻烦|帮我|给我|能不能|可以|可不可以|怎么|如何|怎样|在哪里?)*"
_KINDS = (
    r"(?:的?(?:消息|信息|短信|通知|推送|提示|提醒|内容|东西|广告|安全提示"
    r"|了|来了|给我|这些|这种|那些|吧|啦|行吗|好吗|可以吗|吗|啊))*"
)
_STOP = re.compile(
    rf"(?:.{{0,4}}烦.{{0,3}}[,。! ]*|太多了[,。! ]*)?{_PLEASE}(?:"
    rf"退订(?:一切|所有|全部|所有内容)?|(?:全部|所有|都)(?:退订|取消)|取消(?:所有|全部|我的)?的?(?:订阅|推送)|退出订阅|不再?订阅?|td|t|stop|拒收"
    rf"|(?:停止|关闭|关掉|屏蔽)(?:推送|发送|订阅|接收|发消息|消息|提醒|通知)|(?:别|不要)再?烦我|不发(?=.)"
    rf"|(?:你们?)?(?:别|不要|不用|不准|甭|不许)(?:再|给我|跟我|向我|往我这|老是?|天天|总是?|一直|每天)*(?:发|推送|推)(?={_KINDS}$)"
    rf"|不(?:想|要|愿意?)?再?(?:收到|接收|接到|(?<=[想要意再])收)(?:你们的?|这些|任何|这种)?"
    rf"){_KINDS}"
)
_END = re.compile(
    rf"{_PLEASE}(退订|取消订阅|不再?订阅?|取消|(?:别|不要)再?发)(.{{1,12}}?)(?:的?(?:提醒|推送|消息|信息|内容))?了?"
)
_BEGIN = re.compile(
    rf"{_PLEASE}(?:重新|恢复)?(?:订阅|定阅|接收)(?:一下|下|了)?(.{{0,24}}?)(?:的?(?:推送|消息|内容|服务|怎么弄|怎么操作))?"
)
_DAILY = re.compile(
    r"(?:以后|请|能不能|可以|我想|我?要)*(?:每天|天天|每日)(?:早上|上午|中午|晚上)?都?(?:给我|向我)?(?:发|推送|提醒|的)我?"
    r"(?:一条|一下|点|些)?(?:安全)?(?:提示|知识|常识|小贴士|贴士|提醒)?(?:给我)?(?:吗|吧)?"
)
_MINE = re.compile(
    r"(?:查看|查询|看看?|查一?下?)?(?:我(?:的|都)?订阅(?:了)?(?:什么|哪些|情况|列表|内容|设置)?|我订了(?:什么|哪些)|订阅(?:情况|列表|管理|设置)|(?:修改|更改|管理)订阅|我的设置)"
)
_DATA = re.compile(
    r"(?:查看|查询|看看?|查一?下?)?我的个?人?(?:数据|信息|资料|隐私)|你们?(?:这里)?(?:有|存|保存|收集|掌握)了?我的?(?:哪些|什么)?个?人?(?:数据|信息|资料)"
)
_ERASE = re.compile(
    rf"{_PLEASE}(?:把)?(?:(?:删除|清除|删掉|清空|抹掉|注销|销毁)掉?我?的?(?:所有的?|全部的?)?个?人?(?:数据|信息|资料|账号|记录|聊天记录|隐私)"
    r"|我的(?:所有|全部)?个?人?(?:数据|信息|资料|记录)(?:都|全部)?(?:删除|清除|删掉|清空|删了)(?:掉|了)?)"
)
_HOW = re.compile("怎么|如何|怎样|在哪")
_KEEP = re.compile(r"(?:不|不要|不用|别|先不|取消|算了)(?:删除?)?(?:了|吧)?")
_CONFIRM = re.compile(r"(?:是的?|对|确认|确定|好的?|删除|删吧)?(?:确认|确定)?(?:删除?)?(?:是的?|确认|确定)?")
_JOIN = re.compile(rf"{_PLEASE}(?:申请)?加入(?:我的|本|我们)?(?:单位)?[: -]*([a-z0-9](?:[ -]?[a-z0-9]){{5}})?")
_LEAVE = re.compile(r"(?:我要?)?退出(?:本|我的|这个)?单位")
_OFFICER = re.compile(r"(?:我是)?联络员(?:代码|码)?[: ]*([a-z0-9]{8})?")
_NAMES = {name: field for field, names in FIELDS.items() if field != "topic" for name in names}
_SET = re.compile(
    rf"(?:我的?)?({'|'.join([*_NAMES, '地区', '地方'])})(?:是|为|改成|改为|改|换成|选|:| )*(?:在)?(.{{1,20}}?)(?:行业)?"
)
#: 改成每周, 每周发一次就行, 每天.
_TURN = re.compile(
    r"(?:[换改调]成|改为|改到|[换改调]回|恢复(?:成|为)?)(.{1,6}?)(?:发|推送|收)?(?:一次|一条)?(?:吧|就行)?"
    r"|(?:还是|我?还?要|想要?)?(每[天日周]|每星期|天天)(?:发|收)?(?:一[次条])?(?:就[行好]|吧)?"
)
_AND = re.compile("[、,和与及/ ]+")


class PeopleFlow:
    """Takes what is about the person themselves; passes on all else."""

    def __init__(self, speaker: Speaker, choices: Choices) -> None:
        self._speaker, self._choices = speaker, choices

    def __call__(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """Events of following and of consents; commands."""
        turn = self._taken(inbound, session)
        if turn and any(map(_begins, turn.events)):
            return self._speaker.closed(Function.SUBSCRIPTIONS, inbound, session) or turn
        return turn

    def _taken(self, inbound: Inbound, session: Session) -> Turn | None:
        if inbound.kind is MessageKind.EVENT:
            return self._event(inbound, session)
        if not inbound.text or len(inbound.text) > _LONGEST:
            return None
        return self._said(core(normalise(inbound.text)), session)

    @property
    def _words(self) -> Mapping[str, str]:
        words: Mapping[str, str] = self._speaker.answerer.base.words["people"]
        return words

    def _event(self, inbound: Inbound, session: Session) -> Turn | None:
        if inbound.event in ("subscribe", "scan"):
            turn = self._speaker.welcome(inbound, session)
            return replace(
                turn, events=(deeds.FollowerCame(_code(inbound.event_key), anew=inbound.event == "subscribe"),)
            )
        if inbound.event in consents.EVENTS:
            changes = consents.changes(inbound.event, inbound.items)
            return _do(session, deeds.ConsentsChanged(changes)) if changes else None
        return self._said(normalise(inbound.event_key), session) if inbound.event == "click" else None

    def _said(self, text: str, session: Session) -> Turn | None:
        if session.asking == ERASE and text and _CONFIRM.fullmatch(text):
            return _do(session, deeds.EraseData(), "erased")
        if session.asking == ERASE and _KEEP.fullmatch(text):
            return Turn(Reply(self._words["erase_kept"]), session.offering(()), (), Noted("people"))
        for pattern, read in self._readings():
            if (found := pattern.fullmatch(text)) and (turn := read(found, session)):
                return turn
        return None

    def _readings(self) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Session], Turn | None]], ...]:
        """What is looked for, in this order: 取消订阅高温 ends one topic, 取消订阅 all."""
        return (
            (_STOP, _stop),
            (_END, self._end),
            (_MINE, lambda _m, s: _do(s, deeds.ShowSubscriptions())),
            (_ERASE, self._ask_erase),
            (_DATA, lambda _m, s: _do(s, deeds.ShowData())),
            (_DAILY, lambda _m, s: self._begun(self._choices.names["topic"][:1], s)),
            (_BEGIN, self._begin),
            (_JOIN, lambda m, s: _do(s, deeds.JoinUnit(re.sub("[ -]", "", m[1] or "").upper()))),
            (_LEAVE, lambda _m, s: _do(s, deeds.LeaveUnit())),
            (_OFFICER, lambda m, s: _do(s, deeds.BecomeOfficer((m[1] or "").upper()))),
            (_SET, self._set),
            (_TURN, self._turn),
        )

    def _begin(self, found: re.Match[str], session: Session) -> Turn | None:
        what = found[1].strip("“”\"' :.。")
        if not what or (_HOW.match(found[0]) and self._topics(what)):
            return _do(session, deeds.OfferTopics())
        if what in ("全部", "所有", "全部内容", "全部主题"):
            return self._begun(self._choices.names["topic"], session)
        topics = self._topics(what)
        if topics:
            return self._begun(topics, session)
        if QUESTION.search(what) or what.startswith("号") or "订" not in found[0]:
            return None
        return _do(session, deeds.OfferTopics(unknown=True))

    def _begun(self, topics: tuple[str, ...], session: Session) -> Turn:
        fields = {"region": session.region} if session.region else {}
        if self._choices.names["topic"][0] in topics:
            fields["frequency"] = "daily"  # asked afterwards, with the time of day
        return _do(session, deeds.Chose(fields, begin=topics), "subscribed")

    def _end(self, found: re.Match[str], session: Session) -> Turn | None:
        if topics := self._topics(found[2]):
            return _do(session, deeds.Chose(end=topics), "unsubscribed")
        return _do(session, deeds.ShowSubscriptions()) if "订" in found[1] and not QUESTION.search(found[2]) else None

    def _topics(self, text: str) -> tuple[str, ...]:
        """The topics that a text lists; () where one of them is none."""
        whole = self._choices.find("topic", text)
        found = [whole] if whole else [self._topic(part) for part in _AND.split(text) if part]
        return tuple(dict.fromkeys(found)) if all(found) else ()

    def _topic(self, text: str) -> str:
        bare = re.sub(r"(?:的|方面)?(?:安全)?(?:提示|提醒|信息|知识|通知|预警)$", "", text)
        return self._choices.find("topic", text) or self._choices.find("topic", bare)

    def _set(self, found: re.Match[str], session: Session) -> Turn | None:
        name, said = found[1], found[2]
        if name in ("地区", "地方"):
            place = self._speaker.places.find(said)
            return _do(replace(session, region=place), deeds.Chose({"region": place})) if place else None
        field = _NAMES[name]
        value = self._choices.find(field, said) or self._choices.find(field, f"{said}行业")
        if not value:
            return None
        fields = {field: CODES.get(value, value)}
        return _do(session, deeds.Chose(fields))

    def _turn(self, found: re.Match[str], session: Session) -> Turn | None:
        said = found[1] or found[2]
        held = {f: CODES[name] for f in ("frequency", "slot") if (name := self._choices.find(f, said))}
        return _do(session, deeds.Chose(held)) if held else None

    def _ask_erase(self, _found: re.Match[str], session: Session) -> Turn:
        words = self._words
        choices = tuple(Choice(f"e{n}", words[w], words[w]) for n, w in enumerate(("erase_yes", "erase_no")))
        after = replace(session.offering(choices), asking=ERASE)
        return Turn(Reply(words["erase_ask"], choices), after, (), Noted("people"))


def _stop(found: re.Match[str], session: Session) -> Turn:
    if _HOW.match(found[0]):
        return _do(session, deeds.ShowSubscriptions())
    return _do(session, deeds.Chose(stop_all=True), "unsubscribed")


def _begins(event: Event) -> bool:
    """Whether something is begun, which staff may switch off; to end it, and to see what is kept, one always may."""
    if isinstance(event, deeds.Chose):
        return bool(event.begin or event.fields)
    return isinstance(event, deeds.OfferTopics | deeds.JoinUnit | deeds.BecomeOfficer)


def _do(session: Session, deed: Deed, intent: str = "") -> Turn:
    """Nothing is said yet: whoever carries the deed out knows what came of it."""
    return Turn(None, session.offering(()), (deed,), Noted("people", intent))


def _code(scene: str) -> str:
    """The unit's code in the scene of a QR."""
    return scene.removeprefix(UNIT_SCENE).upper()[:20] if scene.startswith(UNIT_SCENE) else ""
