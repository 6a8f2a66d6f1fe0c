"""Carries out what people ask of their subscriptions, units and data, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.dialogue import Deed, PlaceTold
from bot.errors import StoreError
from bot.messages import Choice, Inbound, Reply
from bot.people import deeds, followers, officers
from bot.people.choices import WORDS, Choices
from bot.people.consents import ConsentRow
from bot.people.followers import CHANNELS, CameRow, ChoseRow, Person
from bot.people.tables import unit
from bot.settings import BEIJING, OfficeSettings
from bot.store.database import Database
from bot.store.records import Records
from bot.store.tables import message_log, rating

_REGION_TAP = "region"
#: More taps would not fit into a message beside its text.
_TAPS = 8
_FIELD_WORDS = {
    "region": "地区", "audience": "人群", "industry": "行业", "post": "岗位", "slot": "时段", "frequency": "频率",
}  # fmt: skip


class PeopleDesk:
    """The room's side of the inbox. words: [people] of replies.toml; asked each time, as is the office.

    from_staff  how many messages of staff are kept with a person's channel and address
    """

    takes = (*deeds.ALL, PlaceTold)

    def __init__(
        self,
        database: Database,
        records: Records,
        choices: Choices,
        office: Callable[[], OfficeSettings],
        words: Callable[[], Mapping[str, str]],
        from_staff: Callable[[sa.Connection, str, str], int] = lambda _db, _channel, _address: 0,
    ) -> None:
        self._database, self._records, self._choices = database, records, choices
        self._office, self._words, self._from_staff = office, words, from_staff

    def carry_out(self, deed: Deed, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        """See inbox.Capability. What must last is stored, or in the spool, when this returns."""
        if isinstance(deed, deeds.FollowerCame):
            return self._came(deed, inbound, reply, now)
        if isinstance(deed, deeds.ConsentsChanged):
            self._records.write(ConsentRow(now, inbound.channel, inbound.address, deed.changes))
            return reply
        if isinstance(deed, deeds.EraseData):
            return self._say("erased")  # the inbox erases when it has been said
        if isinstance(deed, PlaceTold):
            return self._offer_region(deed.place, inbound, reply)
        if inbound.channel not in CHANNELS and not isinstance(deed, deeds.ShowData):
            return self._say("elsewhere")
        try:
            return self._answer(deed, inbound, now)
        except StoreError:
            return self._say("busy")

    def _answer(self, deed: Deed, inbound: Inbound, now: datetime) -> Reply | None:
        if isinstance(deed, deeds.OfferTopics):
            return self._topics("no_such_topic" if deed.unknown else "topics")
        if isinstance(deed, deeds.OfferValues):
            return self._values(deed.field)
        if isinstance(deed, deeds.Chose):
            return self._chose(deed, inbound, now)
        if isinstance(deed, deeds.JoinUnit):
            return self._join(deed.code, inbound, now)
        if isinstance(deed, deeds.LeaveUnit):
            self._records.write(ChoseRow(now, inbound.channel, inbound.address, unit_code="-"))
            return self._say("left_unit")
        if isinstance(deed, deeds.BecomeOfficer):
            return self._officer(deed.code, inbound, now)
        if isinstance(deed, deeds.ShowSubscriptions):
            return self._subscriptions(self._person(inbound))
        if isinstance(deed, deeds.ShowData):
            return self._data(inbound)
        return None

    def _came(self, deed: deeds.FollowerCame, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        self._records.write(CameRow(now, inbound.channel, inbound.address, deed.unit_code, deed.anew))
        if not deed.unit_code or reply is None:
            return reply
        try:
            name = self._unit(deed.unit_code)
        except StoreError:
            return reply
        joined = self._word("joined", unit=name) if name else self._word("no_such_code")
        return Reply(f"{reply.text}\n{joined}", reply.choices, reply.citations)

    def _offer_region(self, place: str, inbound: Inbound, reply: Reply | None) -> Reply | None:
        """Beside the reply: to keep as theirs what they told to be; nothing is kept unasked."""
        try:
            person = self._person(inbound) if inbound.channel in CHANNELS else None
        except StoreError:
            return reply
        if person is None or reply is None or person.region.startswith(place):
            return reply
        others = tuple(c for c in reply.choices if c.id != _REGION_TAP)  # of an earlier offer
        tap = Choice(_REGION_TAP, self._word("note_region_tap", place=place), f"地区：{place}")
        asked = self._word("note_region", place=place, tap=tap.label)
        return Reply(f"{reply.text}\n{asked}", (*others, tap), reply.citations)

    def _may_have_region(self, inbound: Inbound) -> bool:
        try:
            person = self._person(inbound)
        except StoreError:  # what they want begins all the same, later
            return True
        return bool(person and person.region)

    def _chose(self, deed: deeds.Chose, inbound: Inbound, now: datetime) -> Reply:
        before = self._person(inbound) if deed.stop_all or deed.end else None
        fields = dict(deed.fields)
        if deed.begin and "region" in fields and self._may_have_region(inbound):
            del fields["region"]  # told in a talk: what they chose stays
        row = ChoseRow(now, inbound.channel, inbound.address, fields, deed.begin, deed.end, deed.stop_all)
        if not self._records.write(row):
            return self._say("noted_later")
        if deed.stop_all:
            anything = before and (before.topics or before.frequency)
            return self._say("stopped" if anything else "nothing_to_stop")
        if deed.end:
            return self._say("stopped_one", topics="、".join(deed.end))
        if deed.begin:
            told = self._word("subscribed", topics="、".join(deed.begin), first=deed.begin[0])
            if "region" in fields:
                told += self._word("region_noted", place=fields["region"])
        else:
            what = "，".join(f"{_FIELD_WORDS[f]} {WORDS.get(v, v)}" for f, v in fields.items())
            told = self._word("noted", what=what)
        return self._next(told, self._person(inbound))

    def _next(self, told: str, person: Person | None) -> Reply:
        """What was noted, and a question after what is not known yet."""
        wanted = _wanted(person) if person and person.topics else ""
        return self._asking(told, wanted) if wanted else Reply(told)

    def _values(self, field: str) -> Reply:
        """What there is to choose from, to one who wrote something else."""
        if field == "region":
            return self._say("no_such_place")
        return self._asking(self._word("no_such_value", what=_FIELD_WORDS[field]), field)

    def _asking(self, told: str, wanted: str) -> Reply:
        word = _FIELD_WORDS[wanted]
        taps = [f"{word}：{name}" for name in self._choices.names[wanted][:_TAPS]]
        labels = [*self._choices.names[wanted][:_TAPS], self._word("skip")]
        texts = [*taps, "我的订阅"]
        choices = (Choice(f"p{n}", *tap) for n, tap in enumerate(zip(labels, texts, strict=True)))
        return Reply(f"{told}\n{self._word(f'ask_{wanted}')}", tuple(choices))

    def _topics(self, name: str) -> Reply:
        names = self._choices.names["topic"][:_TAPS]
        return self._say(name, choices=(Choice(f"p{n}", topic, f"订阅{topic}") for n, topic in enumerate(names)))

    def _join(self, code: str, inbound: Inbound, now: datetime) -> Reply:
        if not code:
            return self._say("join_how")
        if not (name := self._unit(code)):
            return self._say("no_such_code")
        self._records.write(ChoseRow(now, inbound.channel, inbound.address, unit_code=code))
        return self._say("joined", unit=name)

    def _unit(self, code: str) -> str:
        """The name of the active unit with a code, "" for none."""
        with self._database.begin() as db:
            return db.scalar(sa.select(unit.c.name).where(unit.c.code == code, unit.c.state == "active")) or ""

    def _officer(self, code: str, inbound: Inbound, now: datetime) -> Reply:
        if not code:
            return self._say("officer_how", office=self._office().name, phone=self._office().phone)
        with self._database.begin() as db:
            person = followers.ensure(db, inbound.channel, inbound.address, now)
            name = officers.claim(db, code, person)
        return self._say("officer", unit=name) if name else self._say("no_such_code")

    def _subscriptions(self, person: Person | None) -> Reply:
        if person is None or not (person.topics or person.frequency):
            return self._say("none")
        lines = [self._word("mine", topics="、".join(person.topics) or "无"), *_profile(person)]
        return Reply("\n".join([*lines, self._word("how_to_change")]))

    def _data(self, inbound: Inbound) -> Reply:
        with self._database.begin() as db:
            person = followers.find(db, inbound.channel, inbound.address)
            counts = [
                db.scalar(
                    sa.select(sa.func.count()).where(
                        table.c.channel == inbound.channel, table.c.address == inbound.address
                    )
                )
                for table in (message_log, rating)
            ]
            counts.append(self._from_staff(db, inbound.channel, inbound.address))
        lines = list(_known(person)) if person else []
        lines += [
            f"{word}：{n}条"
            for word, n in zip(("聊天记录", "对回答的评价", "工作人员的回复"), counts, strict=True)
            if n
        ]
        return self._say("data", lines="\n".join(lines)) if lines else self._say("no_data")

    def _person(self, inbound: Inbound) -> Person | None:
        with self._database.begin() as db:
            return followers.find(db, inbound.channel, inbound.address)

    def _word(self, name: str, **facts: Any) -> str:
        return str(self._words()[name]).format(**facts)

    def _say(self, name: str, choices: Iterable[Choice] = (), **facts: Any) -> Reply:
        return Reply(self._word(name, **facts), tuple(choices))


def _wanted(person: Person) -> str:
    """What of a person is asked next, "" when enough is known."""
    if not person.audience:
        return "audience"
    if person.audience == "企业" and not person.industry:
        return "industry"
    if person.audience == "企业" and not person.post:
        return "post"
    return "slot" if person.frequency and not person.slot else ""


def _profile(person: Person) -> list[str]:
    held = {name: getattr(person, name) for name in _FIELD_WORDS}
    lines = [f"{_FIELD_WORDS[name]}：{WORDS.get(value, value)}" for name, value in held.items() if value]
    return [f"单位：{person.unit}", *lines] if person.unit else lines


def _known(person: Person) -> Iterable[str]:
    for word, at in (("关注时间", person.followed_at), ("最近一次发消息", person.last_message_at)):
        if at:
            yield f"{word}：{at.astimezone(BEIJING):%Y年%m月%d日}"
    if person.topics:
        yield f"订阅：{'、'.join(person.topics)}"
    yield from _profile(person)
    if person.officer_of:
        yield f"联络员：{'、'.join(person.officer_of)}"
    if person.consents:
        yield f"同意接收的订阅通知：{person.consents}种"
