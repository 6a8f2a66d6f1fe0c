"""What a database takes of the processor: PostgreSQL has processes of its own, which this one's time leaves out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from bot.store.database import Database


def base_ms_of(database: Database) -> Callable[[], float]:
    """Milliseconds of a processor that the database's processes have used; 0 for SQLite and one that is elsewhere."""
    if database.is_sqlite or not Path("/proc").is_dir():
        return lambda: 0.0
    with database.read() as db:
        number = db.scalar(sa.text("SELECT pg_backend_pid()"))
    try:
        server = _parent(Path(f"/proc/{number}"))
    except OSError:
        return lambda: 0.0
    return lambda: sum(_used_ms(p) for p in Path("/proc").iterdir() if p.name.isdigit() and _parent(p) == server)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:  # it has ended
        return 0


def _used_ms(process: Path) -> float:
    try:
        return int((process / "schedstat").read_text().split()[0]) / 1e6
    except OSError:  # it has ended
        return 0.0
