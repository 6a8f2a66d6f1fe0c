"""绑定 K7M4PQ: one of staff shows in the chat which account is theirs, so that tests can come to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.answers.normalise import core, normalise
from bot.dialogue import Deed, Noted, Session, Turn
from bot.errors import StoreError
from bot.messages import Inbound, MessageKind, Reply
from bot.people import followers
from bot.people.followers import CHANNELS
from bot.people.phrases import BIND
from bot.staff.binding import Bindings
from bot.store.database import Database

_LONGEST = 20


@dataclass(frozen=True, slots=True)
class AccountShown(Deed):
    """Whoever writes has this code from their page of the staff site; "": they ask for how it is done."""

    code: str


class BindFlow:
    """Takes a code of staff; passes on all else."""

    def __call__(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """绑定, and mostly six characters."""
        code = None if inbound.kind is MessageKind.EVENT else _code(inbound.text)
        if code is None:
            return None
        return Turn(None, session.offering(()), (AccountShown(code),), Noted("people", "bind"))

    def is_sure(self, text: str, _session: Session) -> bool:
        """Whether a message is a code as a whole: no danger is read into its letters."""
        return bool(_code(text))


def _code(text: str) -> str | None:
    """The code of a message that shows one, "" where it asks for how, None for all others."""
    if not text or len(text) > _LONGEST:
        return None
    found = BIND.fullmatch(core(normalise(text)))
    return re.sub("[ -]", "", found[1] or "").upper() if found else None


class BindDesk:
    """Keeps whose account is whose. words: [people] of replies.toml."""

    takes = (AccountShown,)

    def __init__(self, database: Database, bindings: Bindings, words: Callable[[], Mapping[str, str]]) -> None:
        self._database, self._bindings, self._words = database, bindings, words

    def carry_out(self, deed: Deed, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        """See inbox.Capability."""
        assert isinstance(deed, AccountShown)
        if not deed.code:
            return Reply(self._words()["bind_how"])
        if inbound.channel not in CHANNELS:
            return Reply(self._words()["elsewhere"])
        try:
            whose = self._bindings.claim(deed.code, inbound.channel, inbound.address, now)
            if not whose:
                return Reply(self._words()["bind_unknown"])
            with self._database.begin() as db:
                followers.ensure(db, inbound.channel, inbound.address, now)
        except StoreError:
            return Reply(self._words()["busy"])
        return Reply(self._words()["bound"].format(name=whose))
