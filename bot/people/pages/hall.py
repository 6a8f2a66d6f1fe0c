"""What the pages of people are handed, and what all of them do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console import current
from bot.people.card import Sent
from bot.people.choices import Choices
from bot.people.sync import Run
from bot.people.work import Works
from bot.store.database import Database
from bot.store.records import Records

T = TypeVar("T")
#: Rows of a list.
PAGE = 50
#: Numbers that no row has: both engines refuse to look them up.
_LAST_ID = 2**63 - 1


@dataclass(frozen=True)
class Hall:
    """What the pages work on.

    sync     brings all followers into step, and tells how far it is; None where no account is set up
    make_qr  what WeChat's QR for a scene holds; None where no account is set up. Raises SendError
    sent_to  what was sent to a follower, before a key; and the key to go on from
    talk_url opens the conversation that a message of the log belongs to
    robots   of groups, name -> key, as the settings have them. Raises OutreachError
    """

    database: Database
    records: Records
    choices: Choices
    office: Callable[[], str]
    clock: Callable[[], datetime]
    sync: Callable[[Callable[[str], None]], Run] | None
    make_qr: Callable[[str], str] | None
    sent_to: Callable[[sa.Connection, int, int | None], tuple[Sequence[Sent], int | None]]
    talk_url: Callable[[int], str]
    robots: Callable[[], Mapping[str, str]]

    @cached_property
    def works(self) -> Works:
        """What takes longer than a page."""
        return Works(self.database, self.clock)

    @contextmanager
    def db(self) -> Iterator[sa.Connection]:
        """A transaction."""
        with self.database.begin() as db:
            yield db


def own() -> str:
    """The region of whoever is signed in, "" for the whole office."""
    return current().region


def there(found: T | None) -> T:
    """What was found. Raises NotFound: what lies outside a district does not exist for its staff."""
    if found is None:
        raise NotFound()
    return found


def to(url: str) -> Response:
    """Off to another page, after something was done."""
    return redirect(url, 303)


def number_of(key: str) -> int | None:
    """A key of a list as a number; None for the beginning, and for what is none."""
    return int(key) if key.isascii() and key.isdigit() and len(key) < 20 and int(key) <= _LAST_ID else None


def again(**changes: Any) -> str:
    """This page's address with other parameters; None takes one away."""
    held: Mapping[str, Any] = {**request.args.to_dict(), **changes}
    query = urlencode({name: value for name, value in held.items() if value not in (None, "")})
    return f"{request.path}?{query}" if query else request.path


def export_url(kind: str) -> str:
    """Where what this page lists is written to a file, by the same filters."""
    return again(after=None).replace(f"/{kind}", f"/export/{kind}", 1)
