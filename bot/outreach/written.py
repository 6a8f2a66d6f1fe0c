"""A broadcast as a small YAML file, which staff write by hand: read, and written out again.

title: 高温作业提醒
content:
  public: 今天最高气温 38 ℃，户外作业请避开 11 点到 15 点。
  worker: {kind: text, text: 班前喝水，每小时歇一次。, url: https://…}
audience: {all: [{field: region, values: [广东省江门市]}]}
channels: [official.service, official.notice, official.mass]
until: 2026-07-01 18:00
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.errors import OutreachError
from bot.outreach.content import Level
from bot.outreach.drafts import CHANNELS, Draft
from bot.outreach.ways import WAYS
from bot.sending import Kind, Message
from bot.settings import BEIJING

_KEYS = tuple(f.name for f in fields(Draft))
#: Taps belong to what the program itself writes.
_MESSAGE_KEYS = tuple(f.name for f in fields(Message) if f.name != "taps")
_SIZE = 1 << 20
#: Times outside these are slips of the finger, and the first and last cannot be told in another zone.
YEARS = range(2000, 2101)


class _TwiceError(yaml.constructor.ConstructorError):
    """A key stands twice: YAML would take the second, and a second `audience: {}` is everybody."""

    problem: str


class _Loader(yaml.SafeLoader):
    """YAML in which no key stands twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _value in node.value]
    for n, (key, _value) in enumerate(node.value):
        if key.value in keys[:n]:
            raise _TwiceError(None, None, f"{key.value} 写了两次", key.start_mark)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(path: Path) -> Draft:
    """Read a file. Raises OutreachError, which names the file, the field, and what is wanted there."""
    try:
        if path.stat().st_size > _SIZE:
            raise OutreachError(f"{path}：文件太大")
        held = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except OSError as e:
        raise OutreachError(f"{path}：读不了：{e.strerror}") from e
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        mark = getattr(e, "problem_mark", None)
        where = f"第 {mark.line + 1} 行" if mark else "编码不是 UTF-8"
        twice = "，" + e.problem if isinstance(e, _TwiceError) else ""
        raise OutreachError(f"{path}：不是正确的 YAML，{where}{twice}") from e
    try:
        return parse(held)
    except OutreachError as e:
        raise OutreachError(f"{path}：{e}") from e


def parse(held: object) -> Draft:
    """A draft of what a file holds. Raises OutreachError."""
    if not isinstance(held, Mapping):
        raise OutreachError("应是一组“名称: 值”，至少有 title 和 content")
    if unknown := [str(key) for key in held if key not in _KEYS]:
        raise OutreachError(f"不认识的项 {unknown[0]}，可用：{'、'.join(_KEYS)}")
    values: dict[str, Any] = {name: _text(held, name) for name in ("title", "campaign", "reason")}
    values |= {name: _flag(held, name) for name in ("urgent", "twice_ok")}
    values |= {name: _time(held, name) for name in ("send_at", "until")}
    audience = held.get("audience") or {}
    if not isinstance(audience, Mapping):
        raise OutreachError("audience：应是一条规则，如 {all: [{field: region, values: [广东省江门市]}]}")
    audience = json.loads(json.dumps(audience, default=str))  # YAML reads 2026-06-01 as a date, a rule as text
    left = held.get("mass_left")
    if left is not None and (not isinstance(left, int) or isinstance(left, bool)):
        raise OutreachError("mass_left：应是一个数字")
    return Draft(
        **values, content=_content(held.get("content")), audience=audience, channels=_channels(held), mass_left=left
    )


def _content(held: object) -> dict[Level, Message]:
    if not isinstance(held, Mapping):
        raise OutreachError("content：应按版本写内容，如 {public: 公众版的话, worker: …, officer: …}")
    levels = [str(level) for level in Level]
    if unknown := [str(level) for level in held if level not in levels]:
        raise OutreachError(f"content：不认识的版本 {unknown[0]}，可用：{'、'.join(levels)}")
    return {Level(level): _message(f"content.{level}", message) for level, message in held.items()}


def _message(where: str, held: object) -> Message:
    if isinstance(held, str):
        return Message(text=held.strip())
    if not isinstance(held, Mapping):
        raise OutreachError(f"{where}：应是一段文字，或 {{kind: …, text: …}}")
    if unknown := [str(key) for key in held if key not in _MESSAGE_KEYS]:
        raise OutreachError(f"{where}：不认识的项 {unknown[0]}，可用：{'、'.join(_MESSAGE_KEYS)}")
    kinds = [str(kind) for kind in Kind]
    kind = held.get("kind", "text")
    if kind not in kinds:
        raise OutreachError(f"{where}.kind：不认识 {kind}，可用：{'、'.join(kinds)}")
    filled = held.get("fields") or {}
    if not isinstance(filled, Mapping):
        raise OutreachError(f"{where}.fields：应是模板项和内容，如 {{thing1: 高温提醒}}")
    texts: dict[str, Any] = {
        name: _text(held, name, f"{where}.") for name in _MESSAGE_KEYS if name not in ("kind", "fields")
    }
    return Message(kind=Kind(kind), fields={str(k): str(v) for k, v in filled.items()}, **texts)


def _channels(held: Mapping[Any, Any]) -> tuple[str, ...]:
    channels = held.get("channels", list(CHANNELS))
    if not isinstance(channels, list) or not all(isinstance(name, str) for name in channels):
        raise OutreachError(f"channels：应是一个列表，可用：{'、'.join(WAYS)}")
    return tuple(dict.fromkeys(channels))


def _text(held: Mapping[Any, Any], name: str, where: str = "") -> str:
    value = held.get(name)
    if value is None:
        return ""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value).strip()
    raise OutreachError(f"{where}{name}：应是文字")


def _flag(held: Mapping[Any, Any], name: str) -> bool:
    value = held.get(name, False)
    if not isinstance(value, bool):
        raise OutreachError(f"{name}：应是 true 或 false")
    return value


def _time(held: Mapping[Any, Any], name: str) -> datetime | None:
    value = held.get(name)
    return None if value is None else moment(value, name)


def moment(value: object, name: str) -> datetime:
    """A time as staff write it; Beijing's where no zone is told. Raises OutreachError."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            value = None
    if isinstance(value, date) and isinstance(value, datetime) and value.year in YEARS:
        return value if value.tzinfo else value.replace(tzinfo=BEIJING)
    raise OutreachError(f"{name}：应是日期和时刻，如 2026-06-15 09:00")


def dump(draft: Draft) -> str:
    """A draft as a file that can be edited and read again."""
    held: dict[str, Any] = {"title": draft.title, "content": {}}
    for level, message in sorted(draft.content.items(), key=lambda item: list(Level).index(item[0])):
        told = {name: value for name in _MESSAGE_KEYS if (value := getattr(message, name))}
        told |= {"kind": str(message.kind)} | (
            {"fields": dict(sorted(message.fields.items()))} if message.fields else {}
        )
        held["content"][str(level)] = told
    held |= {"audience": dict(draft.audience), "channels": list(draft.channels)}
    for name in ("urgent", "twice_ok", "campaign", "reason", "mass_left"):
        if (value := getattr(draft, name)) not in (False, "", None):
            held[name] = value
    for name in ("send_at", "until"):
        if at := getattr(draft, name):
            held[name] = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    return yaml.safe_dump(held, allow_unicode=True, sort_keys=False, width=1000)
