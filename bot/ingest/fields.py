"""A content file as YAML with lines, and its fields one by one: a bad one is named with file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.answers.entries import Source
from bot.errors import ContentError

#: The key under which each mapping keeps its line.
LINE = "__line__"


class Loader(yaml.CSafeLoader):
    """Plain YAML, with the line of each mapping kept under __line__; a key may not stand twice."""


def _mapping(loader: Loader, node: yaml.MappingNode) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in out:
            raise yaml.constructor.ConstructorError(None, None, f"key {key} stands twice", key_node.start_mark)
        try:
            out[key] = loader.construct_object(value_node, deep=True)
        except ValueError as e:  # 2026-02-30 looks like a date and is none
            raise yaml.constructor.ConstructorError(None, None, f"{key}: {e}", value_node.start_mark) from e
    out[LINE] = node.start_mark.line + 1
    return out


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse(path: Path, loader: type[yaml.CSafeLoader] = Loader) -> dict[str, Any]:
    """A content file as it is written. Raises ContentError where it is missing, or not YAML of keys and values."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), loader)
    except FileNotFoundError as e:
        raise ContentError("没有这个文件", path) from e
    except UnicodeDecodeError as e:
        raise ContentError("不是 UTF-8 文本，请另存为 UTF-8", path) from e
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else None
        raise ContentError(f"不是正确的 YAML：{e.problem or e.context}", path, line) from e
    except yaml.YAMLError as e:
        raise ContentError(f"不是正确的 YAML：{e}", path) from e
    if not isinstance(data, dict):
        raise ContentError("文件要由“键: 值”组成，见 knowledge/README.md", path, 1)
    return data


def items_of(data: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    """The items below a key. Raises ContentError where there are none."""
    items = data.get(key)
    if not isinstance(items, list) or not items:
        raise ContentError(f"`{key}:` 之下要有列表", path, data.get(LINE))
    for item in items:
        if not isinstance(item, dict):
            raise ContentError(f"`{key}:` 之下每一项都要由“键: 值”组成，现在是：{item!r:.40}", path)
    return items


def unknown_fields(item: dict[str, Any], known: frozenset[str], path: Path) -> Iterator[ContentError]:
    """A complaint for each key that no reader knows."""
    for key in sorted(map(str, set(item) - known - {LINE})):
        yield ContentError(f"没有叫 {key} 的字段；可用：{', '.join(sorted(known))}", path, item[LINE])


class Fields:
    """Reads the fields of one item; a bad one is noted and replaced by an empty value."""

    def __init__(self, item: dict[str, Any], path: Path) -> None:
        self.item, self.path = item, path
        self.errors: list[ContentError] = []

    def wrong(self, reason: str) -> None:
        """Note a complaint at the line of the item."""
        name = self.item.get("id", "")
        self.errors.append(ContentError(f"{name}: {reason}" if name else reason, self.path, self.item[LINE]))

    def text(self, key: str, *, needed: bool = False, longest: int = 2000) -> str:
        value = self.item.get(key)
        if value is None or value == "":
            if needed:
                self.wrong(f"缺少 {key}")
            return ""
        if not isinstance(value, str | int):
            self.wrong(f"{key} 要写成文字")
            return ""
        value = str(value).strip()
        if len(value) > longest:
            self.wrong(f"{key} 有 {len(value)} 个字，最多 {longest} 个")
        return value

    def texts(self, key: str, *, at_least: int = 0) -> tuple[str, ...]:
        value = self.item.get(key) or []
        if not isinstance(value, list) or not all(isinstance(v, str | int) for v in value):
            self.wrong(f"{key} 要写成文字的列表；含冒号的文字请加引号")
            return ()
        if len(value) < at_least:
            self.wrong(f"{key} 有 {len(value)} 项，至少要 {at_least} 项")
        if any(not str(v).strip() for v in value):
            self.wrong(f"{key} 有一项是空的")
        return tuple(str(v).strip() for v in value)

    def reasoned(self, key: str) -> tuple[str, ...]:
        """The names in a mapping of names to reasons; none may be without one."""
        value = {k: v for k, v in (self.item.get(key) or {}).items() if k != LINE}
        if not all(isinstance(v, str) and v.strip() for v in value.values()):
            self.wrong(f"{key} 的每一项都要写明理由")
        return tuple(map(str, value))

    def day(self, key: str) -> date | None:
        value = self.item.get(key)
        if value is None:
            return None
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.wrong(f"{key} 要写成 2026-11-24 这样的日期，现在是：{value}")
            return None

    def one_of(self, key: str, allowed: Sequence[str] | frozenset[str], default: str) -> str:
        value = self.text(key) or default
        if value not in allowed:
            self.wrong(f"{key} 只能是 {', '.join(sorted(allowed))} 之一，现在是：{value}")
            return default
        return value

    def sources(self, *, needed: bool) -> tuple[Source, ...]:
        value = self.item.get("sources") or []
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.wrong("sources 要写成 {law, article} 或 {name, issuer, ref} 的列表")
            return ()
        if needed and not value:
            self.wrong("缺少 sources：每个回答都要写明出处")
        return tuple(s for v in value if (s := self._source(v)))

    def source(self, key: str) -> Source:
        """One source; it must be there."""
        value = self.item.get(key)
        if not isinstance(value, dict):
            self.wrong(f"缺少 {key}，要写成 {{name, issuer, ref}}")
            return Source()
        return self._source(value) or Source()

    def _source(self, value: dict[str, Any]) -> Source | None:
        known = {k: str(v).strip() for k, v in value.items() if k in Source.__dataclass_fields__ and v is not None}
        if unknown := set(value) - set(Source.__dataclass_fields__) - {LINE, "date", "year"}:
            self.wrong(f"sources 里没有这些字段：{', '.join(sorted(unknown))}")
        if not known.get("law") and not known.get("name"):
            self.wrong("出处要写 law（和 article），或者 name")
            return None
        return Source(**known)
