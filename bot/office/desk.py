"""What staff do with settings, one verb a function: try, set, put the default back, restore, switch off and on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.errors import OfficeError
from bot.office import changes, values
from bot.office.changes import DEFAULT, Change
from bot.office.keeper import Office, OfficeKeeper, laid_over
from bot.office.registry import ITEMS, Item, Kind, default
from bot.store.database import Database
from bot.switches import NAMES, Function

log = logging.getLogger(__name__)


#: Values that must go together.
_TOGETHER = ("answers.answer_at", "answers.offer_at", "outreach.mass_kept", "outreach.mass_per_month")


@dataclass(frozen=True, slots=True)
class Line:
    """An item as it stands. change: the last one, None where nobody ever changed it."""

    item: Item
    value: Any
    default: Any
    change: Change | None

    @property
    def is_changed(self) -> bool:
        """Whether something other than the default holds."""
        return bool(self.value != self.default)

    @property
    def version(self) -> int:
        """What whoever edits it hands back, so that nothing is overwritten unseen."""
        return self.change.version if self.change else 0


class OfficeDesk:
    """The settings of one office. tell: called when something was changed."""

    def __init__(self, database: Database, keeper: OfficeKeeper, tell: Callable[[], object]) -> None:
        self._database, self._keeper, self._tell = database, keeper, tell

    def lines(self) -> list[Line]:
        """All that staff may change, in the order of the registry, as the database has it."""
        with self._database.begin() as db:
            held = changes.newest(db)
        return [self._line(item, held.get(key)) for key, item in ITEMS.items()]

    def line(self, key: str) -> Line:
        """One of them. Raises OfficeError where there is no such key."""
        item = _item(key)
        with self._database.begin() as db:
            held = changes.of_key(db, key)
        return self._line(item, held[0] if held else None)

    def tried(self, key: str, given: object) -> tuple[Any, Office]:
        """The value as it would be kept, and the office with it; nothing is changed. Raises OfficeError."""
        with self._database.begin() as db:
            held = changes.values(changes.newest(db))
        return self._tried(_item(key), given, held)

    def set(self, key: str, given: object, who: str, why: str, now: datetime, version: int | None = None) -> Line:
        """Let a value hold. version: the one that was edited; None for whichever is the last. Raises OfficeError."""
        item = _item(key)
        with self._database.begin() as db:
            held = changes.newest(db)
            value, _ = self._tried(item, given, changes.values(held))
            before = self._line(item, held.get(key))
            if value == before.value:
                raise OfficeError(f"{item.title}：和现在的一样，没有要改的")
            last = before.version if version is None else version
            if last != before.version:
                raise OfficeError(f"{item.title}：您改的时候，{_who(before)}也改了，请刷新看看再改")
            kept = DEFAULT if value == before.default else value
            changes.add(db, key, last + 1, kept, who, why, now)
        return self._changed(key, who)

    def reset(self, key: str, who: str, why: str, now: datetime) -> Line:
        """Let the default hold again. Raises OfficeError where it does."""
        line = self.line(key)
        if not line.is_changed:
            raise OfficeError(f"{line.item.title}：现在就是默认的")
        with self._database.begin() as db:
            self._tried(line.item, DEFAULT, changes.values(changes.newest(db)))
            changes.add(db, key, line.version + 1, DEFAULT, who, why, now)
        return self._changed(key, who)

    def restore(self, key: str, version: int, who: str, why: str, now: datetime) -> Line:
        """Let the value of an earlier version hold again. Raises OfficeError."""
        found = next((change for change in self.history(key) if change.version == version), None)
        if found is None:
            raise OfficeError(f"{_item(key).title}：没有第 {version} 版")
        if found.value is DEFAULT:
            return self.reset(key, who, why, now)
        return self.set(key, found.value, who, why, now)

    def switch_off(self, function: Function, reason: str, who: str, why: str, now: datetime) -> Line:
        """Switch a function off. reason: told to the public. Raises OfficeError."""
        if not reason.strip():
            raise OfficeError(f"{NAMES[function]}：请写关闭的原因，会告诉公众")
        return self.set(f"switch.{function}", reason, who, why or reason, now)

    def switch_on(self, function: Function, who: str, why: str, now: datetime) -> Line:
        """Switch it on again. Raises OfficeError where it is on."""
        key = f"switch.{function}"
        if not self.line(key).is_changed:
            raise OfficeError(f"{NAMES[function]}：现在就是打开的")
        return self.reset(key, who, why or "重新打开", now)

    def history(self, key: str) -> list[Change]:
        """All changes of a key, newest first. Raises OfficeError where there is no such key."""
        _item(key)
        with self._database.begin() as db:
            return changes.of_key(db, key)

    def latest(self, count: int, before: int = 0) -> list[Change]:
        """The last changes of all keys, newest first; before: an id."""
        return changes.latest(self._database, count, before)

    def off(self) -> list[Line]:
        """What is switched off."""
        return [line for line in self.lines() if line.item.table == "switch" and line.is_changed]

    def _line(self, item: Item, change: Change | None) -> Line:
        ours = default(item, self._keeper.defaults, self._keeper.shipped)
        value = ours if change is None or change.value is DEFAULT else change.value
        return Line(item, value, ours, change)

    def _tried(self, item: Item, given: object, held: dict[str, Any]) -> tuple[Any, Office]:
        defaults, shipped = self._keeper.defaults, self._keeper.shipped
        ours = default(item, defaults, shipped)
        value = ours if given is DEFAULT else values.checked(item, given, ours)
        held = {**held, item.key: value} if value != ours else {k: v for k, v in held.items() if k != item.key}
        if item.key in _TOGETHER:
            _check_together({key: held.get(key, default(ITEMS[key], defaults, shipped)) for key in _TOGETHER})
        return value, laid_over(defaults, shipped, held, "tried")

    def _changed(self, key: str, who: str) -> Line:
        log.info("a setting was changed by staff", extra={"key": key, "by": who})
        self._tell()
        return self.line(key)


def _check_together(after: dict[str, Any]) -> None:
    if after["answers.offer_at"] > after["answers.answer_at"]:
        raise OfficeError(
            f"“{ITEMS['answers.offer_at'].title}”（{after['answers.offer_at']:g}）不能高于"
            f"“{ITEMS['answers.answer_at'].title}”（{after['answers.answer_at']:g}），请先改另一项"
        )
    if after["outreach.mass_kept"] >= after["outreach.mass_per_month"]:
        raise OfficeError(
            f"留给紧急情况的次数（{after['outreach.mass_kept']}）要少于每人每月的上限"
            f"（{after['outreach.mass_per_month']}），不然平时一次也发不了"
        )


def _item(key: str) -> Item:
    if key not in ITEMS:
        raise OfficeError(f"没有“{key[:80]}”这一项；用 safetybot office list 查看可以改的")
    return ITEMS[key]


def _who(line: Line) -> str:
    return line.change.who if line.change else "别人"


def shown(item: Item, value: Any) -> str:
    """A value as staff read and edit it."""
    if item.kind is Kind.HOTLINES:
        return "\n".join("，".join(filter(None, (r["number"], r["name"], r["note"]))) for r in value)
    if item.kind in (Kind.LINES, Kind.PLACES):
        return "\n".join(value)
    return f"{value:g}" if item.kind is Kind.SHARE else str(value)
