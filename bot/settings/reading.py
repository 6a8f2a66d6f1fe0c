"""From files and environment to settings; each complaint names the key and where it stands."""

from __future__ import annotations

import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from bot.errors import SettingsError
from bot.settings.limits import check
from bot.settings.tables import ROOT, Settings

PREFIX = "SAFETYBOT_"
#: Files of config/ that an office edits too, but that hold words or rules rather than settings.
NOT_SETTINGS = frozenset(
    {"lexicon.toml", "limits.toml", "loanwords.toml", "people.toml", "plans.toml", "synonyms.toml"}
)


def load(environ: Mapping[str, str], config_dir: Path = ROOT / "config") -> Settings:
    """Read config_dir/*.toml in name order, then the environment over it.

    Raises SettingsError naming the first key that is unknown or bad, and where it stands.
    """
    values: dict[str, Any] = {}
    for path in sorted(p for p in config_dir.glob("*.toml") if p.name not in NOT_SETTINGS):
        _merge(values, _read_toml(path), str(path))
    _merge(values, _from_environment(environ), "environment")
    settings: Settings = _build(Settings, values, "")
    check(settings)
    return settings


def changed(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """`settings` with other values, by dotted name: {"office.phone": "0750-1"}.

    Raises SettingsError as `load` does.
    """
    for name, value in values.items():
        table, key = name.split(".")
        settings = replace(settings, **{table: replace(getattr(settings, table), **{key: value})})
    check(settings)
    return settings


@dataclass(frozen=True, slots=True)
class _Given:
    """A value with the place it came from, so that a complaint can name both."""

    value: Any
    where: str


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise SettingsError(f"{path}: not valid TOML: {e}") from e


def _merge(into: dict[str, Any], new: Mapping[str, Any], where: str) -> None:
    for key, value in new.items():
        if isinstance(value, dict):
            below = into.setdefault(key, {})
            if isinstance(below, _Given):
                raise SettingsError(f"{where}: {key} is a single value, not a table")
            _merge(below, value, where)
        else:
            into[key] = _Given(value, where)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, raw in environ.items():
        if not name.startswith(PREFIX):
            continue
        path = name.removeprefix(PREFIX).lower().split("__")
        value = raw
        if path[-1].endswith("_file"):
            path[-1] = path[-1].removesuffix("_file")
            value = _read_secret(name, raw)
        table = out
        for part in path[:-1]:
            table = table.setdefault(part, {})
        table[path[-1]] = value
    return out


def _read_secret(name: str, raw: str) -> str:
    try:
        return Path(raw).read_text(encoding="utf-8").strip()
    except OSError as e:
        raise SettingsError(f"{name}: cannot read {raw}: {e.strerror}") from e


def _build(cls: type[Any], values: Mapping[str, Any], prefix: str) -> Any:
    hints = typing.get_type_hints(cls)
    known = {f.name: f for f in fields(cls)}
    for key, given in values.items():
        if key not in known:
            where = given.where if isinstance(given, _Given) else "a table of that name"
            raise SettingsError(f"unknown setting {prefix}{key} ({where}); known here: {', '.join(known)}")
    return cls(
        **{name: _value(hints[name], values[name], f"{prefix}{name}", f) for name, f in known.items() if name in values}
    )


def _value(kind: Any, given: Any, name: str, f: Field[Any]) -> Any:
    if is_dataclass(kind):
        if isinstance(given, _Given):
            raise SettingsError(f"{name} is a table, not a single value ({given.where})")
        return _build(kind, given, f"{name}.")  # type: ignore[arg-type]
    if not isinstance(given, _Given):
        raise SettingsError(f"{name} is a single value, not a table")
    try:
        return _convert(kind, given.value)
    except (ValueError, TypeError) as e:
        shown = "(not shown)" if not f.repr else repr(given.value)
        raise SettingsError(f"{name} = {shown} ({given.where}): {e}") from e


def _convert(kind: Any, value: Any) -> Any:
    if isinstance(kind, types.UnionType):
        kind = next(k for k in typing.get_args(kind) if k is not type(None))
    if kind is bool:
        return _truth(value)
    if kind is str:
        if not isinstance(value, str):
            raise TypeError("must be text in quotes")
        return value.strip()
    if kind is Path:
        return Path(value).expanduser().resolve()
    if isinstance(value, bool):
        raise TypeError("must be a number")
    if kind is int and isinstance(value, float):
        raise TypeError("must be a whole number")
    return kind(value)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if str(value).lower() not in words:
        raise ValueError("must be true or false")
    return words[str(value).lower()]
