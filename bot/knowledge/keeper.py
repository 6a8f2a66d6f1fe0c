"""Keeps what answers up to date: notices a change, lays it over the base, has a new base built, exchanges.

The exchange is one assignment. A message that is being answered keeps the Answerer that it began with, and with it
one base, its caches and its plans; the next message gets the new one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.answers import Answerer, Asked, Base, dense
from bot.answers.entries import Entry
from bot.answers.overlay import LaidOver
from bot.errors import ContentErrors, StoreError
from bot.ingest import holdings
from bot.knowledge import house, live
from bot.knowledge.bases import Name, Shelf, build_base, content_digest
from bot.knowledge.building import Builder
from bot.knowledge.live import Below, Overlay
from bot.knowledge.revision import stamp
from bot.office import Office
from bot.settings import BEIJING, Settings
from bot.store.database import Database
from bot.store.kv import KeyValue
from bot.store.lookout import Lookout, Signal

log = logging.getLogger(__name__)

#: A base is built anew when nothing has changed for so long, or at once when so many entries lie over the old one.
_QUIET_S, _MANY = 5.0, 300
#: Asked of an Answerer before anybody else asks it: what it reads for the first time is slow.
_FIRST_QUESTION = "单位不给劳动者发防护用品怎么办"
CHANGED = Signal("knowledge-changed")


@dataclass(frozen=True)
class Held:
    """What answers at one moment. name: of the base below; overlay: what lies over it; office: whom it speaks for."""

    name: Name
    below: Below
    bottom: Base
    overlay: Overlay
    answerer: Answerer
    office: Office


@dataclass
class Keeper:
    """What is live, for one process.

    make    makes an Answerer of a base, the office's own words and the office, given one with the same words of danger
    office  what staff changed of the settings, asked each time
    """

    settings: Settings
    database: Database
    store: KeyValue
    make: Callable[[Base, Answerer | None, Overlay, Office], Answerer]
    office: Callable[[], Office]
    _held: Held | None = None
    _stamp: str = ""
    _statutes: str = ""
    _changed_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._shelf = Shelf(self.settings.var_dir / "index")
        self._builder = Builder(self.settings)
        self._lookout = Lookout("keeper", self._look, lambda: CHANGED.heard(self.store))

    @property
    def answerer(self) -> Answerer:
        """Questions to outcomes, as of now."""
        return (self._held or self._begin()).answerer

    @property
    def base(self) -> Base:
        """The base that answers now."""
        return self.answerer.base

    def trial(self, overlay: Overlay) -> Answerer:
        """What would answer with another overlay; nobody else sees it."""
        held = self._held or self._begin()
        base = house.furnished(overlay, held.office).laid_over(held.bottom, held.below)
        return self.make(base, _like(held, overlay), overlay, held.office)

    def trial_with(self, entry: Entry) -> Answerer:
        """What would answer if one more entry were live, in place of the one of its id; nobody else sees it."""
        held = self._held or self._begin()
        base = LaidOver.one_more(held.answerer.base, entry)
        return self.make(base, held.answerer, held.overlay, held.office)

    def start(self) -> None:
        """Look for changes from now on, in a thread of its own."""
        self._lookout.start()

    def stop(self) -> None:
        """Look no more."""
        self._lookout.stop()
        self._builder.stop()

    def look(self) -> None:
        """Notice what has changed, exchange, and see to a new base; what the thread does each second.

        Raises StoreError when the database is out of reach: then what answers stays as it is.
        """
        held = self._held or self._begin()
        seen, built = stamp(self.database), self._builder.ended()
        if seen != self._stamp:
            overlay, self._statutes = live.read(self.database), holdings.shelf(self.database).revision[:12]
            if overlay.digest != held.overlay.digest or self._statutes != held.name.statutes:
                self._changed_at = time.monotonic()
            self._exchange(overlay)
            self._stamp = seen
        elif built or held.office.stamp != self.office().stamp or held.name != self._best(held.overlay):
            self._exchange(held.overlay)
        self._tend()

    def _begin(self) -> Held:
        """What answers first: the nearest base on disk with what has changed since; built where there is none."""
        with self._lock:
            if self._held:
                return self._held
            try:
                seen, overlay = stamp(self.database), live.read(self.database)
                self._statutes = holdings.shelf(self.database).revision[:12]
                name = self._shelf.nearest(self._name(overlay))
                name = name or build_base(self.settings.knowledge_dir, self.database, self._shelf)
                self._stamp = seen
                self._held = self._opened(name, overlay)
            except StoreError as e:
                self._held = self._without_database(e)
            return self._held

    def _without_database(self, error: StoreError) -> Held:
        """The last base that was built answers; at the very first start one of the shipped content alone."""
        log.warning("the database is out of reach, the last base answers", extra={"error": str(error)})
        name = self._shelf.nearest(self._name(live.EMPTY), any_statutes=True)
        name = name or build_base(self.settings.knowledge_dir, None, self._shelf)
        self._statutes = name.statutes
        return self._opened(name, None)

    def _name(self, overlay: Overlay) -> Name:
        return Name(self._content, self._statutes, overlay.digest)

    @property
    def _content(self) -> str:
        # Files are exchanged with the program; who edits them starts it anew.
        if not hasattr(self, "_content_digest"):
            self._content_digest = content_digest(self.settings.knowledge_dir)
        return self._content_digest

    def _best(self, overlay: Overlay) -> Name:
        """The base to lay an overlay over; the present one until there is a better."""
        assert self._held
        return self._shelf.nearest(self._name(overlay)) or self._held.name

    def _exchange(self, overlay: Overlay) -> None:
        held = self._held
        assert held
        name = self._best(overlay)
        same = _named(overlay) == _named(held.overlay)
        if name == held.name and same and self.office().stamp == held.office.stamp:
            return
        started = time.perf_counter()
        new = self._opened(name, overlay)
        new.answerer.answer(Asked(_FIRST_QUESTION, datetime.now(BEIJING).date(), new.answerer.office.region))
        self._held = new
        took_ms = round((time.perf_counter() - started) * 1000)
        log.info("what is live has changed", extra={"folder": str(name), "took_ms": took_ms})

    def _opened(self, name: Name, overlay: Overlay | None) -> Held:
        """overlay: None for the one that the base was built with."""
        if self._held and self._held.name == name:
            bottom, below = self._held.bottom, self._held.below
        else:
            bottom, below = self._shelf.open(name)
        office = self.office()
        base = house.furnished(overlay, office).laid_over(bottom, below) if overlay else bottom
        over = overlay or Overlay({}, (), name.overlay)
        answerer = self.make(base, _like(self._held, over), over, office)
        return Held(name, below, bottom, over, answerer, office)

    def _tend(self) -> None:
        """Have a base built of what is live now, when it is time."""
        held = self._held
        assert held
        wanted = self._name(held.overlay)
        if self._shelf.someone_builds():
            return
        if self._shelf.has(wanted):
            if self.settings.answers.dense and not dense.missing() and not self._shelf.has_vectors(wanted):
                self._builder.start(f"{wanted} with vectors")
            return
        quiet = time.monotonic() - self._changed_at >= _QUIET_S
        if quiet or self._statutes != held.name.statutes or len(held.overlay.entries) - len(held.below.entries) > _MANY:
            self._builder.start(str(wanted))

    def _look(self) -> None:
        try:
            self.look()
        except ContentErrors as e:  # the warming stops the start and names each; here one line is enough
            log.error("the content cannot be read", extra={"problems": len(e.errors)})


def _like(held: Held | None, overlay: Overlay) -> Answerer | None:
    """The one that answers now, where it reads the same words of danger: what it made of them is used again."""
    return held.answerer if held and held.overlay.dangers == overlay.dangers else None


def _named(overlay: Overlay) -> tuple[object, ...]:
    return overlay.digest, overlay.synonyms, overlay.dangers
