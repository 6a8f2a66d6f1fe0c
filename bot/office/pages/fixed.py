"""What whoever installs the bot has set, for staff to read; of a secret only whether it is there."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from bot.office import ITEMS
from bot.settings import PREFIX, Settings

_TABLES = {
    "office": "本单位", "wechat": "微信公众号", "wecom": "企业微信", "sms": "短信", "answers": "回答",
    "llm": "语言模型", "server": "网站", "worker": "后台任务", "outreach": "推送", "console": "宣传工作台", "": "程序",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fixed:
    """A setting as staff see it."""

    name: str
    variable: str
    value: str


def fixed(settings: Settings) -> list[tuple[str, list[Fixed]]]:
    """All settings that staff cannot change, by what they are about."""
    out: dict[str, list[Fixed]] = {}
    for table, name, value, is_secret in _all(settings):
        if f"{table}.{name}" not in ITEMS:
            dotted = f"{table}.{name}" if table else name
            variable = PREFIX + dotted.upper().replace(".", "__")
            out.setdefault(_TABLES.get(table, table), []).append(Fixed(dotted, variable, _shown(value, is_secret)))
    return list(out.items())


def _all(settings: Settings) -> Iterator[tuple[str, str, Any, bool]]:
    hints = typing.get_type_hints(Settings)
    for top in fields(settings):
        held = getattr(settings, top.name)
        if is_dataclass(hints[top.name]):
            for f in fields(held):
                yield top.name, f.name, getattr(held, f.name), not f.repr
        else:
            yield "", top.name, held, not top.repr


def _shown(value: Any, is_secret: bool) -> str:
    if is_secret:
        return "已设置" if value else "没有设置"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value) if value != "" else "没有设置"
