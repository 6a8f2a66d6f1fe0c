"""The built bases on disk: what they are named by, who holds one open, which are no longer needed.

    var/index/<content>-<statutes>-<overlay>/       arrays, see bot/answers/base.py
    var/index/<content>-<statutes>-<overlay>.json   what is shipped where the overlay lies over it
    var/index/.building-…/                          a base that is not whole yet
    var/index/.lock                                 held by the one process that builds

Whoever has a base open holds a shared lock on its folder. All locks go with their process, however it ends.
"""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import logging
import os
import shutil
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.answers import Base, build, dense
from bot.answers.base import FORMAT
from bot.answers.entries import Entry, EntryKind, Plan, Source, Verify
from bot.ingest import content, holdings
from bot.knowledge import live
from bot.knowledge.live import Below
from bot.store.database import Database

log = logging.getLogger(__name__)

#: Bases that are kept though nobody has them open, to go back to.
_KEPT = 2
_NO_STATUTES = "unknown"


@dataclass(frozen=True, slots=True)
class Name:
    """What a base is built from: digests of the content files, the statutes in force, the overlay."""

    content: str
    statutes: str
    overlay: str

    def __str__(self) -> str:
        return f"{self.content}-{self.statutes}-{self.overlay}"


def content_digest(folder: Path) -> str:
    """Names the content files, and the form of a base."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for path in content.files(folder):
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


class Shelf:
    """The bases of one office."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def has(self, name: Name) -> bool:
        """Whether this base was built."""
        return (self.root / str(name)).is_dir()

    def nearest(self, name: Name, *, any_statutes: bool = False) -> Name | None:
        """The base of this name, or else the newest with other entries; `any_statutes`: or other statutes."""
        if self.has(name):
            return name
        pattern = f"{name.content}-*-*" if any_statutes else f"{name.content}-{name.statutes}-*"
        built = self._newest_first(pattern)
        return Name(*built[0].name.split("-")) if built else None

    def has_vectors(self, name: Name) -> bool:
        """Whether the articles of this base have vectors."""
        return (self.root / str(name) / dense.FOLDER).is_dir()

    def open(self, name: Name) -> tuple[Base, Below]:
        """Map a base. It is not pruned as long as the Base lives. Raises OSError where it has gone."""
        folder = self.root / str(name)
        holding = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(holding, fcntl.LOCK_SH)
            base = Base(folder)
            below = _read_below(self.below_path(name))
        except BaseException:
            os.close(holding)
            raise
        weakref.finalize(base, os.close, holding)
        return base, below

    @contextmanager
    def building(self) -> Iterator[None]:
        """Be the one who builds; wait while another process does."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def someone_builds(self) -> bool:
        """Whether a process is building now."""
        try:
            with (self.root / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            pass
        return False

    def below_path(self, name: Name | str) -> Path:
        """The file beside a base."""
        return self.root / f"{name}.json"

    def prune(self) -> None:
        """Delete what nobody has open, but for the newest ones, and what a build that was cut off has left.

        Only while building.
        """
        for folder in self.root.glob(".building-*"):
            shutil.rmtree(folder, ignore_errors=True)
        for folder in self._newest_first("*")[1 + _KEPT :]:
            if _unused(folder):
                shutil.rmtree(folder, ignore_errors=True)
                self.below_path(folder.name).unlink(missing_ok=True)

    def _newest_first(self, pattern: str) -> list[Path]:
        folders = [p for p in self.root.glob(pattern) if p.is_dir() and not p.name.startswith(".")]
        return sorted(folders, key=lambda p: p.stat().st_mtime, reverse=True)


def build_base(knowledge_dir: Path, database: Database | None, shelf: Shelf) -> Name:
    """Build the base of what is live now, unless it is there; returns its name. One process at a time.

    database  None where it is out of reach: then of the shipped content alone

    Raises ContentErrors when the content is malformed, and then nothing of it is loaded.
    """
    with shelf.building():
        overlay = live.read(database) if database else live.EMPTY
        statutes = holdings.shelf(database).revision[:12] if database else _NO_STATUTES
        name = Name(content_digest(knowledge_dir), statutes, overlay.digest)
        if shelf.has(name):
            return name
        log.info("building the knowledge base", extra={"folder": str(name)})
        shipped = content.load(knowledge_dir)
        shelf.prune()
        _write_below(shelf.below_path(name), overlay.below(shipped))
        build(overlay.over(shipped), list(holdings.articles(database)) if database else [], shelf.root / str(name))
        shelf.prune()
        return name


def make_vectors(shelf: Shelf, name: Name) -> None:
    """Make the vectors of a base's articles, which takes minutes the first time; the base answers meanwhile."""
    if lacking := dense.missing():
        log.error("no vectors are made of articles", extra={"error": f"{lacking} is not installed"})
        return
    base, _ = shelf.open(name)
    log.info("vectors of articles are there", extra={"folder": str(name), "made": dense.make(base)})


def _unused(folder: Path) -> bool:
    try:
        holding = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(holding, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(holding)


def _write_below(path: Path, below: Below) -> None:
    held = {"entries": below.entries, "plans": below.plans}
    rows = {what: {name: item and dataclasses.asdict(item) for name, item in of.items()} for what, of in held.items()}
    path.write_text(json.dumps(rows, ensure_ascii=False, default=str), encoding="utf-8")


def _read_below(path: Path) -> Below:
    held = json.loads(path.read_bytes())
    entries = {name: _entry(row) if row else None for name, row in held["entries"].items()}
    return Below(entries, {name: Plan(**_tuples(row)) if row else None for name, row in held["plans"].items()})


def _entry(row: dict[str, Any]) -> Entry:
    days = {key: date.fromisoformat(row[key]) if row[key] else None for key in ("valid_from", "valid_to", "reviewed")}
    kinds = {"kind": EntryKind(row["kind"]), "verify": Verify(row["verify"])}
    return Entry(**{**_tuples(row), **days, **kinds, "sources": tuple(Source(**s) for s in row["sources"])})


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
