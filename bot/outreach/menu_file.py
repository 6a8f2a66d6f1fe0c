"""A menu as a file that staff write: config/menu.yaml for the consultation day, or one of their own to propose.

Each button has a name and one of: say (a tap says these words), url (a tap opens the page), sub (a list of buttons), or
type and value for what else WeChat offers. {quiz} in a url stands for the page of the quiz: where there is none, the
button is left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.errors import ContentError, ContentErrors
from bot.ingest.fields import LINE, items_of, parse
from bot.outreach.menu_buttons import Button, faults
from bot.settings import ROOT

MENU = ROOT / "config" / "menu.yaml"
_KNOWN = frozenset({"name", "say", "url", "sub", "type", "value", "appid", "pagepath"})
_QUIZ = "{quiz}"


def read_menu(path: Path, key: str = "menu", quiz: str = "") -> tuple[Button, ...]:
    """The buttons below `key`. Raises ContentErrors with file and line for everything that is wrong."""
    errors: list[ContentError] = []
    try:
        items = items_of(parse(path), key, path)
    except ContentError as e:
        raise ContentErrors([e]) from e
    buttons = _buttons(items, path, quiz, errors)
    if not errors:
        errors = [ContentError(fault, path) for fault in faults(buttons)]
    if errors:
        raise ContentErrors(errors)
    return buttons


def _buttons(items: list[dict[str, Any]], path: Path, quiz: str, errors: list[ContentError]) -> tuple[Button, ...]:
    found = (_button(item, path, quiz, errors) for item in items)
    return tuple(button for button in found if button is not None)


def _button(item: dict[str, Any], path: Path, quiz: str, errors: list[ContentError]) -> Button | None:
    """None for one that leads to a quiz that there is not."""
    line, name = item.get(LINE), str(item.get("name") or "").strip()
    does = [key for key in ("say", "url", "sub", "type") if item.get(key)]
    if unknown := set(item) - _KNOWN - {LINE}:
        errors.append(ContentError(f"没有叫 {min(unknown)} 的字段；可用：{', '.join(sorted(_KNOWN))}", path, line))
    if len(does) != 1 and does != ["url", "type"]:
        errors.append(ContentError(f"“{name}”要写 say（说的话）、url（网址）、sub（子按钮）其中的一个", path, line))
        return None
    if "sub" in does:
        return _parent(name, item, path, quiz, errors)
    if "say" in does:
        return Button(name=name, kind="click", value=str(item["say"]).strip())
    url = str(item.get("url") or "").strip()
    if _QUIZ in url and not quiz:
        return None
    kind = str(item.get("type") or "view")
    more = {key: str(item[key]) for key in ("appid", "pagepath") if item.get(key)}
    return Button(name=name, kind=kind, value=url.replace(_QUIZ, quiz) or str(item.get("value") or ""), more=more)


def _parent(name: str, item: dict[str, Any], path: Path, quiz: str, errors: list[ContentError]) -> Button | None:
    subs = item["sub"]
    if not isinstance(subs, list) or not all(isinstance(sub, dict) for sub in subs):
        errors.append(ContentError(f"“{name}”的 sub 要写成按钮的列表", path, item.get(LINE)))
        return None
    held = _buttons(subs, path, quiz, errors)
    return Button(name=name, subs=held) if held else None
