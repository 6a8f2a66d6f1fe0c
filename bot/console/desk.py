"""What the shell of one app holds: who may come in, what is on record, which groups of pages there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from flask import current_app, g

from bot.console.groups import Group, Section
from bot.staff import Accounts, Staff, Trail
from bot.staff.binding import Bindings
from bot.staff.sessions import Sessions

_NAME = "safetybot.console"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Console:
    """The parts of the shell.

    office            the name in the head of each page
    is_secure         the site is open by https alone, so cookies go by nothing else
    factor_is_needed  nobody comes in without a second factor
    """

    accounts: Accounts
    sessions: Sessions
    trail: Trail
    bindings: Bindings
    office: Callable[[], str]
    is_secure: bool = False
    factor_is_needed: bool = True
    clock: Callable[[], datetime] = _utc_now
    groups: list[Group] = field(default_factory=list)

    def sections(self, staff: Staff) -> list[Section]:
        """The navigation of one person."""
        held = []
        for group in self.groups:
            if group.section and (links := [k for k in group.section.links if staff.may(k.permission)]):
                held.append(Section(group.section.label, links))
        return held

    def add(self, groups: Sequence[Group]) -> None:
        """Take in groups of pages, in the order of the navigation."""
        self.groups.extend(groups)


def console() -> Console:
    """The console of the app that serves this request."""
    return cast("Console", current_app.extensions[_NAME])


def install(app_extensions: dict[str, object], held: Console) -> None:
    """Make it the app's console."""
    app_extensions[_NAME] = held


def person(name: str) -> str:
    """What colleagues call the one who signs in by this name; a name that is no account's stays."""
    if "displays" not in g:
        g.displays = console().accounts.displays()
    return str(g.displays.get(name, "系统" if name == "system" else name))
