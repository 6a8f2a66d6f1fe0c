"""What the commands are put together from."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.services import Services

#: Takes the arguments and the settings, returns the exit code.
Command = Callable[[argparse.Namespace, Settings], int]


def add(
    commands: Any, name: str, run: Command, help_text: str, aliases: tuple[str, ...] = ()
) -> argparse.ArgumentParser:
    """Add a command; returns its parser, to which its arguments are added."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_text, description=help_text, aliases=aliases)
    parser.set_defaults(run=run)
    return parser


def sign(parser: argparse.ArgumentParser) -> None:
    """Have a command say who gives it, and why."""
    parser.add_argument("--by", required=True, help="谁（留在历史里）")
    parser.add_argument("--why", default="", help="为什么（留在历史里）")


def record(services: Services, deed: str, object_id: str, by: str, before: str, after: str) -> None:
    """Put a deed on record, as its page does. deed: as reminder.approve."""
    from bot.staff import Entry

    told: dict[str, Any] = {"before": {"standing": before}, "after": {"standing": after}}
    kind, now = deed.partition(".")[0], datetime.now(UTC)
    services.trail.write(Entry(staff=by, action=deed, kind=kind, object_id=object_id, at=now, address="命令行", **told))


#: What the command under way has opened.
_OPENED = ContextVar[ExitStack]("opened")


@contextmanager
def under_way() -> Iterator[None]:
    """Close what a command has opened when it ends, however it ends."""
    with ExitStack() as stack:
        before = _OPENED.set(stack)
        try:
            yield
        finally:
            _OPENED.reset(before)


def services(settings: Settings) -> Services:
    """The services of the office, until the command ends."""
    # What they are made of is read when a command needs it, not for its `--help`.
    from bot.services import Services

    return _OPENED.get().enter_context(closing(Services(settings)))
