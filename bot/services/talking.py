"""The way of a message: dialogue, inbox, what staff say in place of the bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from bot.services.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversations import Taken, TalkDesk
    from bot.dialogue import Dialogue
    from bot.inbox import Capability, Inbox
    from bot.llm import Aide
    from bot.messages import Reply
    from bot.unanswered import Teller

#: Where the content has no words for a failure: nobody is left without an answer.
_NO_WORDS = "系统刚才出了点问题，没能回答您，请稍后再发一次。急事请拨12345，险情请拨119、120、110。"


@dataclass
class Talking(Sending):
    """The way of a message: dialogue, inbox, what staff say in place of the bot."""

    @cached_property
    def aide(self) -> Aide | None:
        """The language model, None where it may do nothing."""
        settings = self.settings.llm
        if not settings.is_on:
            return None
        from bot.llm import Aide, ModelClient  # only for those who have one: http.client brings ssl

        # Half of the threads at most wait for it: the others answer everybody else meanwhile.
        client = ModelClient(settings, at_most=max(1, self.settings.server.threads // 2))
        return Aide(settings, client, lambda name: self.base.entry_by_id(name), self._chat_words)

    def _chat_words(self, name: str) -> str:
        return str(self.base.words["chat"][name])

    @cached_property
    def _dialogue(self) -> Dialogue:
        from bot.dialogue import Dialogue
        from bot.outreach import reports
        from bot.outreach.meetings import MeetingFlow
        from bot.people import PeopleFlow
        from bot.people.binding import BindFlow

        choices, bind = self._choices, BindFlow()
        return Dialogue(
            lambda: self.answerer,
            [
                lambda _: bind,
                lambda speaker: reports.ReportFlow(PeopleFlow(speaker, choices)),
                lambda _: MeetingFlow(),
            ],
            [lambda _: bind.is_sure, lambda speaker: PeopleFlow(speaker, choices).is_sure],
        )

    @cached_property
    def inbox(self) -> Inbox:
        """Messages to replies."""
        from bot.inbox import Inbox
        from bot.outreach.consulting import Consulting, Day

        day = Consulting(Day(self._is_consultation_day), lambda: self.base.words["consultation"], self._quiz)
        return Inbox(
            self.store, self.records, day.handlers(self._dialogue.handlers()),
            deadline_s=self.settings.wechat.reply_deadline_s, failure=self._failure, improver=self.aide,
            rooms=self.rooms, staff=self.taken,
        )  # fmt: skip

    @property
    def rooms(self) -> Sequence[Capability]:
        """Who carries out what messages ask for."""
        from bot.conversations import WaitingDesk, count_from_staff
        from bot.outreach import reports
        from bot.outreach.meetings import MeetingDesk
        from bot.people import PeopleDesk
        from bot.people.binding import BindDesk

        words = lambda: self.base.words["people"]  # noqa: E731
        return (
            BindDesk(self.database, self.bindings, words),
            PeopleDesk(self.database, self.records, self._choices, self._who, words, count_from_staff),
            MeetingDesk(self.database, lambda: self.base.words["tips"]),
            reports.ReportDesk(self.database, self.records),
            WaitingDesk(self.records),
        )

    def _failure(self) -> Reply:
        from bot.messages import Reply

        ours = self.office_keeper.shipped.get("chat", {}).get("failure", _NO_WORDS)
        return Reply(str(self.office.words.get("chat", {}).get("failure", ours)))

    @cached_property
    def teller(self) -> Teller:
        """Tells askers of answers that came later."""
        from bot.channels.official import CustomerService
        from bot.people.windows import Windows
        from bot.unanswered import Teller

        is_set_up = self.settings.wechat.app_id and self.settings.wechat.secret
        return Teller(self.database, self._newest, CustomerService(self.official) if is_set_up else None, Windows())

    @cached_property
    def taken(self) -> Taken:
        """Whom staff speak to, kept up to date once it is started."""
        from bot.conversations import Taken

        return Taken(self.database, lambda: self._dialogue.while_staff_speak())

    @cached_property
    def talks(self) -> TalkDesk:
        """What staff do with talks."""
        from bot.conversations import TalkDesk

        settings = self.settings
        return TalkDesk(
            self.database, self.taken, lambda: self.senders, lambda: self.base.words["conversations"],
            settings.conversations, self._who,
        )  # fmt: skip

    def tell_askers(self, now: datetime) -> None:
        """Tell those who asked of answers that staff gave since; nobody where no account is set up."""
        if "official.service" in self.senders:
            self.teller.tell(now)

    def return_talks(self, now: datetime) -> None:
        """Give talks back to the bot that staff have left."""
        self.talks.tick(now)
