"""What staff do with talks: see who waits, read, take over, answer, hand back. And what happens by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.conversations import ledger, owning
from bot.conversations import talks as talking
from bot.conversations.ledger import AGAIN, Draft, Written
from bot.conversations.rows import ensure
from bot.conversations.search import person_of
from bot.conversations.tables import End, Kind
from bot.conversations.taken import Taken
from bot.conversations.talks import Allowance, Member, Talk
from bot.errors import ConversationError, StoreError
from bot.messages import Delivery
from bot.people.tables import follower
from bot.sending import Sender
from bot.settings import ConversationSettings, OfficeSettings
from bot.store.database import Database

log = logging.getLogger(__name__)

#: Characters of an answer: 2,048 bytes are what WeChat takes.
MAX_CHARS = 600
_MAX_BYTES = 2048
_RETURNED = {End.STAFF: "returned", End.IDLE: "returned_idle", End.DAY: "returned_day"}


@dataclass(frozen=True, slots=True)
class TalkDesk:
    """Does it. Raises ConversationError, in words for staff.

    senders  by name, asked each time
    words    [conversations] of replies.toml, asked each time
    """

    database: Database
    taken: Taken
    senders: Callable[[], Mapping[str, Sender]]
    words: Callable[[], Mapping[str, str]]
    settings: ConversationSettings
    office: Callable[[], OfficeSettings]

    def opened(self, message: int, staff: Member, now: datetime) -> int:
        """The number of the talk that a message of the log belongs to. Raises NoSuchTalkError where there is none."""
        with self.database.begin() as db:
            person = person_of(db, message)
            if person is None:
                raise NoSuchTalkError("这条消息已经不在了：可能已过保存期，或对方删除了自己的数据。")
            number = ensure(db, *person, _utc(now))
            self._visible(db, number, staff)
            return number

    def opened_with(self, person: int, staff: Member, now: datetime) -> int:
        """The number of the talk with a follower. person: their number among the followers. Raises as `opened`."""
        c = follower.c
        with self.database.begin() as db:
            row = db.execute(
                sa.select(c.channel, c.address).where(c.id == person, c.state == "following")
            ).one_or_none()
            if row is None:
                raise NoSuchTalkError("没有这个关注者，或对方已经取消关注。")
            number = ensure(db, row.channel, row.address, _utc(now))
            self._visible(db, number, staff)
            return number

    def talk(self, number: int, staff: Member) -> Talk:
        """A talk. Raises NoSuchTalkError where there is none, or none for this one of staff."""
        with self.database.begin() as db:
            return self._visible(db, number, staff)

    def allowance(self, talk: Talk, now: datetime) -> Allowance:
        """What may be sent to the person now."""
        return talking.allowance(talk, frozenset(self.senders()), _utc(now))

    def returns_at(self, talk: Talk) -> datetime | None:
        """When a talk goes back by itself if staff write nothing."""
        return talk.staff_at + self._idle if talk.owner and talk.staff_at else None

    def take(self, number: int, staff: Member, now: datetime) -> Written:
        """Let staff speak, and tell the person; returns what was told."""
        now = _utc(now)
        with self.database.begin() as db:
            talk = self._visible(db, number, staff)
            if talk.owner is not None:
                raise ConversationError(_busy(talk, staff))
            if why := self.allowance(talk, now).why:
                raise ConversationError(f"现在接管不了：{why}")
            if not owning.is_taken(db, number, staff, now):
                raise ConversationError("别的同事刚刚接管了这个会话，请刷新看看。")
        self.taken.add(talk.channel, talk.address)
        log.info("a talk was taken over", extra={"talk": number, "staff": staff.id})
        return self._tell(talk, Kind.TAKEN, "taken", now)

    def hand_back(self, number: int, staff: Member, now: datetime) -> Written:
        """Let the bot speak again, and tell the person; returns what was told."""
        now = _utc(now)
        with self.database.begin() as db:
            talk = self._visible(db, number, staff)
            if not talk.is_of(staff):
                raise ConversationError(_busy(talk, staff) if talk.owner else "这个会话已经交还给机器人了。")
            if not owning.is_given_back(db, talk, End.STAFF, now):
                raise ConversationError("会话刚刚有变化，请刷新后再试。")
        return self._returned(talk, End.STAFF, now)

    def answer(self, number: int, staff: Member, text: str, key: str, now: datetime) -> Written:
        """Send the person a text. key: of the form; one that was sent before is not sent again."""
        now, text = _utc(now), _checked(text)
        with self.database.begin() as db:
            talk = self._visible(db, number, staff)
            # The row of the talk is locked first: the same form sent at once finds what the first has written.
            speaks = owning.is_writing(db, number, staff, now)
            if held := ledger.by_key(db, f"{number}:{key}"):
                return held
            self._may_write(db, talk, staff, now, speaks=speaks)
            draft = Draft(f"{number}:{key}", Kind.ANSWER, text, (staff.id, staff.display))
            written = ledger.write(db, talk, draft, Delivery.SENDING, "", now)
        return self._deliver(talk, written, now)

    def again(self, message: int, staff: Member, now: datetime) -> Written:
        """Send what was not sent once more. message: its number in the ledger."""
        now = _utc(now)
        with self.database.begin() as db:
            written = ledger.find(db, message)
            if written is None:
                raise NoSuchTalkError("没有这条回复：可能已过保存期，或不在您负责的地区。")
            talk = self._visible(db, written.conversation_id, staff)
            if written.state not in AGAIN:
                raise ConversationError("这条已经发过，或者不知道有没有送到，不能重发，以免对方收到两次。")
            self._may_write(db, talk, staff, now, speaks=owning.is_writing(db, talk.id, staff, now))
            if not ledger.is_claimed(db, message, now):
                raise ConversationError("这条正在重发。")
        return self._deliver(talk, written, now)

    def news(self, address: str, after: int) -> Sequence[tuple[int, str]]:
        """What staff wrote to a visitor of the chat page after a number; nothing while the database is away."""
        try:
            with self.database.begin() as db:
                return [(written.id, written.text) for written in ledger.shown(db, "web", address, after)]
        except StoreError as e:
            log.warning("what staff wrote cannot be read", extra={"error": str(e)})
            return ()

    def settle(self, number: int, staff: Member, now: datetime) -> None:
        """Take a person off the list of those who wait: it was settled otherwise, by telephone say."""
        with self.database.begin() as db:
            self._visible(db, number, staff)
            if not owning.settled(db, number, _utc(now)):
                raise ConversationError("这个人已经不在等候名单里了。")

    def tick(self, now: datetime) -> int:
        """Give back what is overdue, and tell the people; how many. Safe to run twice, and at once."""
        now, count = _utc(now), 0
        with self.database.begin() as db:
            ledger.give_up_abandoned(db, now)
            late = owning.overdue(db, self._idle, self.settings.day_ends, now)
        for talk, end in late:
            with self.database.begin() as db:
                if not owning.is_given_back(db, talk, end, now):
                    continue
            self._returned(talk, end, now)
            count += 1
        return count

    @property
    def _idle(self) -> timedelta:
        return timedelta(minutes=self.settings.return_after_min)

    def _visible(self, db: sa.Connection, number: int, staff: Member) -> Talk:
        talk = talking.find(db, number)
        if talk is None or not talk.is_seen_by(staff):
            raise NoSuchTalkError("没有这个会话：可能已过保存期，对方删除了自己的数据，或不在您负责的地区。")
        return talk

    def _may_write(self, db: sa.Connection, talk: Talk, staff: Member, now: datetime, *, speaks: bool) -> None:
        """See that this one may write now, and take what is needed for it."""
        if not speaks:
            raise ConversationError(_busy(talk, staff) if talk.owner else "请先接管会话，再回复。")
        if why := self.allowance(talk, now).why:
            raise ConversationError(f"没有发出：{why}")
        if not ledger.is_reserved(db, talk, now):
            raise ConversationError("没有发出：微信允许的5条刚刚用完，对方再发一句话就又能发。")

    def _deliver(self, talk: Talk, written: Written, now: datetime) -> Written:
        # Between two transactions: a call to the platform may take seconds, and others want to write.
        outcome = ledger.call(self.senders(), talk, written)
        with self.database.begin() as db:
            ledger.close(db, talk, written, outcome, now)
            if written.kind == Kind.ANSWER and outcome.state in (Delivery.SENT, Delivery.UNKNOWN):
                owning.answered(db, talk.id)
            held = ledger.find(db, written.id)
        if outcome.state is not Delivery.SENT:
            log.warning("an answer of staff was not delivered", extra={"state": outcome.state, "why": outcome.why})
        return held or written

    def _returned(self, talk: Talk, end: End, now: datetime) -> Written:
        self.taken.discard(talk.channel, talk.address)
        log.info("a talk was handed back", extra={"talk": talk.id, "why": end})
        return self._tell(talk, Kind.RETURNED, _RETURNED[end], now)

    def _tell(self, talk: Talk, kind: Kind, name: str, now: datetime) -> Written:
        """A line of ours, at most once for each change of who speaks."""
        office = self.office()
        text = self.words()[name].format(office=office.name, hours=office.hours)
        draft = Draft(f"{talk.id}:{kind}:{now.timestamp()}", kind, text)
        with self.database.begin() as db:
            # As it is now: the person may have written since the talk was read.
            fresh = talking.find(db, talk.id) or talk
            allowed = self.allowance(fresh, now)
            is_last = allowed.left == 1  # it stays for what staff themselves have to say
            may = not allowed.why and not is_last and ledger.is_reserved(db, fresh, now)
            state, why = (Delivery.SENDING, "") if may else (Delivery.SKIPPED, "last" if is_last else "window")
            written = ledger.write(db, talk, draft, state, why, now)
        return self._deliver(talk, written, now) if may else written


class NoSuchTalkError(ConversationError):
    """There is none, or it is none of this one's business: a page says 404."""


def _utc(now: datetime) -> datetime:
    return now.astimezone(UTC)


def _busy(talk: Talk, staff: Member) -> str:
    if talk.is_of(staff):
        return "您已经在接待这个人了。"
    return f"{talk.owner_name or '别的同事'}正在接待这个人，等他交还后您才能接管。"


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if not text:
        raise ConversationError("回复是空的，请写几个字。")
    if len(text) > MAX_CHARS or len(text.encode(errors="replace")) > _MAX_BYTES:
        raise ConversationError(f"回复太长：最多{MAX_CHARS}字，请分两次发。")
    return text.encode(errors="replace").decode()
