"""订阅, 退订, 我的订阅, 我的数据: what a person says of themselves and of what they want to get. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.answers.despair import Mood
from bot.answers.normalise import core, normalise, number
from bot.dialogue.reading import QUESTION
from bot.dialogue.session import Session
from bot.dialogue.speaker import Speaker
from bot.dialogue.turn import Deed, Event, Noted, Turn
from bot.messages import Choice, Inbound, MessageKind, Reply
from bot.people import consents, deeds, phrases
from bot.people.choices import CODES, Choices
from bot.people.officers import CODE_CHARS
from bot.switches import Function

#: Session.asking while the bot waits for the word that everything may be erased.
ERASE = "erase"
#: Before a unit's code in the scene of its QR.
UNIT_SCENE = "unit-"
_LONGEST = 40  # characters of a message that may be for us
#: While one list is asked for, a word of these is taken too.
_ANSWERED = ("audience", "industry", "post", "slot")


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

    def is_sure(self, text: str, session: Session) -> bool:
        """Whether a message as a whole ends or sets something or is a code: no danger is looked for in 我不想收交通了.

        To begin something is not sure enough.
        """
        if not text or len(text) > _LONGEST:
            return False
        turn = self._written(text, session)
        events = turn.events if turn else ()
        return any(map(_is_sure, events))

    def _taken(self, inbound: Inbound, session: Session) -> Turn | None:
        if inbound.kind is MessageKind.EVENT:
            return self._event(inbound, session)
        if not inbound.text or len(inbound.text) > _LONGEST:
            return None
        return self._written(inbound.text, session)

    def _written(self, text: str, session: Session) -> Turn | None:
        """What a typed message asks for; whoever wants to die beside it is not merely unsubscribed."""
        turn = self._said(core(normalise(text)), session)
        return turn if turn and self._speaker.answerer.mood(text) not in (Mood.WISH, Mood.JUMP) else None

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
        if session.asking == ERASE and text and phrases.CONFIRM.fullmatch(text):
            return _do(session, deeds.EraseData(), "erased")
        if session.asking == ERASE and phrases.KEEP.fullmatch(text):
            return Turn(Reply(self._words["erase_kept"]), session.offering(()), (), Noted("people"))
        for pattern, read in self._readings():
            if (found := pattern.fullmatch(text)) and (turn := read(found, session)):
                return turn
        return self._answer(text, session)

    def _answer(self, text: str, session: Session) -> Turn | None:
        """A bare word for an answer, while the bot asks for it."""
        name = session.choices[0].text.partition("：")[0] if session.choices else ""
        if name not in phrases.NAMES:
            return None
        if phrases.SKIP.fullmatch(text):
            return _do(session, deeds.ShowSubscriptions())
        bare = found[1] if (found := phrases.ANSWER.fullmatch(text)) else ""
        for field in (phrases.NAMES[name], *_ANSWERED):
            if value := self._value(field, text) or self._value(field, bare):
                return _do(session, deeds.Chose({field: value}))
        return None

    def _readings(self) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Session], Turn | None]], ...]:
        """What is looked for, in this order: 取消订阅高温 ends one topic, 取消订阅 all."""
        return (
            (phrases.STOP, _stop),
            (phrases.END, self._end),
            (phrases.MINE, lambda _m, s: _do(s, deeds.ShowSubscriptions())),
            (phrases.ERASE, self._ask_erase),
            (phrases.DATA, lambda _m, s: _do(s, deeds.ShowData())),
            (phrases.DAILY, lambda _m, s: self._begun(self._choices.names["topic"][:1], s)),
            (phrases.BEGIN, self._begin),
            (phrases.WHAT, lambda _m, s: _do(s, deeds.OfferTopics())),
            (phrases.WANT, lambda m, s: self._begun(topics, s) if (topics := self._topics(m[1])) else None),
            (phrases.JOIN, lambda m, s: _do(s, deeds.JoinUnit(re.sub("[ -]", "", m[1] or "").upper()))),
            (phrases.LEAVE, lambda _m, s: _do(s, deeds.LeaveUnit())),
            (phrases.OFFICER, lambda m, s: _do(s, deeds.BecomeOfficer((m[1] or "").upper()))),
            (phrases.CODE, _by_code),
            (phrases.SET, self._set),
            (phrases.TURN, self._turn),
            (phrases.END_AFTER, lambda m, s: _ended(topics, s) if (topics := self._topics(m[1])) else None),
        )

    def _begin(self, found: re.Match[str], session: Session) -> Turn | None:
        what = found[1].strip("“”\"' :.。")
        if not what or (phrases.HOW.match(found[0]) and self._topics(what)):
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
            return _ended(topics, session)
        return _do(session, deeds.ShowSubscriptions()) if "订" in found[1] and not QUESTION.search(found[2]) else None

    def _topics(self, text: str) -> tuple[str, ...]:
        """The topics that a text lists; () where one of them is none."""
        whole = self._choices.find("topic", text)
        found = [whole] if whole else [self._topic(part) for part in phrases.AND.split(text) if part]
        return tuple(dict.fromkeys(found)) if all(found) else ()

    def _topic(self, text: str) -> str:
        bare = re.sub(r"(?:的|方面)?(?:安全)?(?:提示|提醒|信息|知识|通知|预警)$", "", text)
        return self._choices.find("topic", text) or self._choices.find("topic", bare)

    def _set(self, found: re.Match[str], session: Session) -> Turn | None:
        name, said = found[1], found[2]
        written = ":" in found[0] and not QUESTION.search(said)  # as we told them to write it
        if name in ("地区", "地方"):
            place = self._speaker.places.find(said)
            if not place:
                return _do(session, deeds.OfferValues("region")) if written else None
            return _do(replace(session, region=place), deeds.Chose({"region": place}))
        field = phrases.NAMES[name]
        if value := self._value(field, said) or self._value(field, f"{said}行业"):
            return _do(session, deeds.Chose({field: value}))
        return _do(session, deeds.OfferValues(field)) if written else None

    def _value(self, field: str, said: str) -> str:
        """What is stored for a word of a list, "" for none; 晚上8点 is a time of day too."""
        name = self._choices.find(field, said)
        if not name and field == "slot" and (clock := phrases.CLOCK.fullmatch(said)):
            hour = number(clock[2]) or 0
            spoken = "早上" if hour < 11 else "中午" if hour < 15 else "傍晚"
            name = self._choices.find(field, clock[1]) if clock[1] else spoken
        return CODES.get(name, name)

    def _turn(self, found: re.Match[str], session: Session) -> Turn | None:
        said = found[1] or found[2]
        parts = (said, said[:2], said[2:])
        held = {
            f: v for f in ("frequency", "slot") if (v := next(filter(None, (self._value(f, p) for p in parts)), ""))
        }
        return _do(session, deeds.Chose(held)) if held else None

    def _ask_erase(self, _found: re.Match[str], session: Session) -> Turn:
        words = self._words
        choices = tuple(Choice(f"e{n}", words[w], words[w]) for n, w in enumerate(("erase_yes", "erase_no")))
        after = replace(session.offering(choices), asking=ERASE)
        return Turn(Reply(words["erase_ask"], choices), after, (), Noted("people"))


def _by_code(found: re.Match[str], session: Session) -> Turn:
    code = found[1].upper()
    return _do(session, deeds.BecomeOfficer(code) if len(code) == CODE_CHARS else deeds.JoinUnit(code))


def _ended(topics: tuple[str, ...], session: Session) -> Turn:
    return _do(session, deeds.Chose(end=topics), "unsubscribed")


def _stop(found: re.Match[str], session: Session) -> Turn:
    if phrases.HOW.match(found[0]):
        return _do(session, deeds.ShowSubscriptions())
    return _do(session, deeds.Chose(stop_all=True), "unsubscribed")


def _begins(event: Event) -> bool:
    """Whether something is begun, which staff may switch off; to end it, and to see what is kept, one always may."""
    if isinstance(event, deeds.Chose):
        return bool(event.begin or event.fields)
    return isinstance(event, deeds.OfferTopics | deeds.JoinUnit | deeds.BecomeOfficer)


def _is_sure(event: Event) -> bool:
    if isinstance(event, deeds.Chose):
        return bool(event.stop_all or event.end or event.fields) and not event.begin
    return isinstance(event, deeds.JoinUnit | deeds.BecomeOfficer) and bool(event.code)


def _do(session: Session, deed: Deed, intent: str = "") -> Turn:
    """Nothing is said yet: whoever carries the deed out knows what came of it."""
    return Turn(None, session.offering(()), (deed,), Noted("people", intent))


def _code(scene: str) -> str:
    """The unit's code in the scene of a QR."""
    return scene.removeprefix(UNIT_SCENE).upper()[:20] if scene.startswith(UNIT_SCENE) else ""
