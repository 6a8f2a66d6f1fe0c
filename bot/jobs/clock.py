"""The clock of the firings on an older SQLite, which Debian 12 has.

From Python 3.12 on DBOS writes times down with unixepoch('subsec'), which SQLite knows since 3.42; an older one gives
NULL, and nothing would ever be fired. Source: sqlite.org/lang_datefunc.html; dbos/_migration.py.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any

_KNOWS = (3, 42)


class Connection(sqlite3.Connection):
    """One that knows unixepoch('subsec')."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if sqlite3.sqlite_version_info < _KNOWS:
            self.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(modifier: str) -> float | None:
    return round(time.time(), 3) if modifier in ("subsec", "subsecond") else None
