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
from bot.staff.binding import CODE_CHARS, Bindings
from bot.store.database import Database

_BIND = re.compile(rf"绑定(?:工作台|工作人员|账号)?[: -]*([a-z0-9]{{{CODE_CHARS}}})")
_LONGEST = 20


@dataclass(frozen=True, slots=True)
class AccountShown(Deed):
    """Whoever writes has this code from their page of the staff site."""

    code: str


class BindFlow:
    """Takes a code of staff; passes on all else."""

    def __call__(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """绑定 and six characters."""
        if inbound.kind is MessageKind.EVENT or not inbound.text or len(inbound.text) > _LONGEST:
            return None
        found = _BIND.fullmatch(core(normalise(inbound.text)))
        if found is None:
            return None
        return Turn(None, session.offering(()), (AccountShown(found[1].upper()),), Noted("people", "bind"))


class BindDesk:
    """Keeps whose account is whose. words: [people] of replies.toml."""

    takes = (AccountShown,)

    def __init__(self, database: Database, bindings: Bindings, words: Callable[[], Mapping[str, str]]) -> None:
        self._database, self._bindings, self._words = database, bindings, words

    def carry_out(self, deed: Deed, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        """See inbox.Capability."""
        assert isinstance(deed, AccountShown)
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
