"""What holds for this office now: the settings of files and environment, with what staff changed laid over them.

Every process keeps one copy in memory and looks for changes each second, at once where it is told: whoever needs a
setting that staff may change asks `OfficeKeeper.now`, each time, and never keeps what it got.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import OfficeError, SettingsError, StoreError
from bot.office import changes, texts, values
from bot.office.registry import ITEMS, Item, default
from bot.settings import Settings, changed
from bot.store.database import Database
from bot.store.kv import KeyValue
from bot.store.lookout import Lookout, Signal
from bot.switches import NAMES, ON_THE_WEB, Function, Switches

log = logging.getLogger(__name__)

CHANGED = Signal("office-changed")


@dataclass(frozen=True, slots=True)
class Hotline:
    """A telephone number of the place, as staff wrote it."""

    number: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Office:
    """What holds at one moment.

    words   sentences of replies.toml that staff changed, by table and name
    places  regions that the office knows beside those of the content
    off     what is switched off, with the reason that the public is told
    stamp   changes with any of it
    """

    settings: Settings
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    hotlines: tuple[Hotline, ...] = ()
    off: Switches = field(default_factory=dict)
    stamp: str = ""

    @property
    def known_places(self) -> tuple[str, ...]:
        """The places that the office is in and knows, by their full names, its own first."""
        return (self.settings.office.region, *self.places)

    def is_on(self, function: Function) -> bool:
        """Whether staff left it on."""
        return function not in self.off

    def closed_on_the_web(self) -> list[tuple[str, str]]:
        """What the chat page cannot do now, as people call it, and the reason that they are told."""
        return [(NAMES[one], self.off[one].rstrip("。.!！")) for one in ON_THE_WEB if one in self.off]

    def why_off(self, function: Function) -> str:
        """What staff read where it is off; "" where it is on."""
        reason = self.off.get(function)
        return f"“{NAMES[function]}”的开关已关闭：{reason}" if reason else ""


class OfficeKeeper:
    """Keeps one process up to date. defaults: what files and environment say."""

    def __init__(self, defaults: Settings, database: Database, store: KeyValue) -> None:
        self.defaults, self._database = defaults, database
        self.shipped = texts.shipped(defaults.knowledge_dir)
        self._held: Office | None = None
        self._lookout = Lookout("office", self.look, lambda: CHANGED.heard(store))

    @property
    def now(self) -> Office:
        """What holds now; the defaults while the database has not been reached yet."""
        if self._held is None:
            try:
                self.look()
            except StoreError as e:
                log.warning("what staff changed cannot be read, the defaults hold", extra={"error": str(e)})
                self._held = self._held or Office(self.defaults)
        assert self._held
        return self._held

    def look(self) -> None:
        """Notice what has changed; what the thread does each second. Raises StoreError: then all stays as it is."""
        held = self._held
        # It may be asked inside a transaction of the asker's.
        with self._database.read() as db:
            seen = changes.stamp(db)
            if held and held.stamp == seen:
                return
            found = changes.values(changes.newest(db))
        self._held = laid_over(self.defaults, self.shipped, found, seen)
        if held:
            log.info("settings of the office have changed")

    def start(self) -> None:
        """Look for changes from now on, in a thread of its own."""
        self._lookout.start()

    def stop(self) -> None:
        """Look no more."""
        self._lookout.stop()


def laid_over(
    defaults: Settings, shipped: Mapping[str, Mapping[str, Any]], found: Mapping[str, Any], stamp: str
) -> Office:
    """The office with these values of staff. What does not fit any more is left out, and logged: the default holds."""
    fit: dict[str, Any] = {}
    for key, value in found.items():
        item = ITEMS.get(key)
        try:
            if item is None:
                raise OfficeError("unknown here")
            fit[key] = values.checked(item, value, default(item, defaults, shipped))
        except OfficeError as e:
            log.error("a change of the settings does not fit and is left out", extra={"key": key, "error": str(e)})
    words: dict[str, dict[str, Any]] = {}
    for item in _of(fit, "texts"):
        table, name = item.name.split(".")
        words.setdefault(table, {})[name] = fit[item.key]
    return Office(
        settings=_settings(defaults, fit),
        words=words,
        places=tuple(fit.get("places.own", ())),
        hotlines=tuple(Hotline(**row) for row in fit.get("hotlines.own", ())),
        off={Function(item.name): fit[item.key] for item in _of(fit, "switch")},
        stamp=stamp,
    )


def _of(fit: Mapping[str, Any], table: str) -> list[Item]:
    return [ITEMS[key] for key in fit if ITEMS[key].table == table]


def _settings(defaults: Settings, fit: Mapping[str, Any]) -> Settings:
    """Table by table: one whose values do not go together keeps its defaults."""
    settings = defaults
    for table in ("office", "answers", "outreach"):
        said = {item.key: fit[item.key] for item in _of(fit, table)}
        try:
            settings = changed(settings, said) if said else settings
        except SettingsError as e:
            log.error("changes of the settings do not go together", extra={"table": table, "error": str(e)})
    return settings
