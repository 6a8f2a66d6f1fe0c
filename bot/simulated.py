"""The accounts of a demonstration, for the commands beside it: while `simulate` serves, they join it of themselves.

The file lies in `var_dir`, for our user alone, and counts only as long as who wrote it holds its lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from bot.settings import Settings, changed

_FILE = "simulated.json"
_TABLES = ("wechat", "wecom", "sms")


@contextlib.contextmanager
def shared(settings: Settings, made_up: Settings) -> Iterator[None]:
    """Tell other commands of accounts that are not in the settings, until this ends. The first of two counts."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            path = settings.var_dir / _FILE
            file = stack.enter_context(os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stack.callback(path.unlink, missing_ok=True)
            file.truncate(0)
            json.dump(_made_up(settings, made_up), file)
            file.flush()
        yield


def joined(settings: Settings) -> Settings:
    """The settings, with the accounts of a demonstration that is running over the same folder where there is one."""
    values = _told(settings.var_dir / _FILE)
    return changed(settings, values) if values else settings


def _told(path: Path) -> dict[str, object]:
    with contextlib.suppress(OSError, ValueError), path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return dict(json.load(file))
    return {}  # nobody holds it: who wrote it is gone


def _made_up(settings: Settings, made_up: Settings) -> dict[str, object]:
    """Dotted name -> value, of what differs."""
    pairs = ((table, f.name) for table in _TABLES for f in fields(getattr(settings, table)))
    found = ((f"{table}.{name}", getattr(getattr(made_up, table), name), table, name) for table, name in pairs)
    return {key: value for key, value, table, name in found if value != getattr(getattr(settings, table), name)}
