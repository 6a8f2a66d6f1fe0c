"""Buttons of the menu as staff write them, and all that WeChat would refuse about them, in words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Source: developers.weixin.qq.com, 自定义菜单 (menu/create), as of October 2026.
MOST, MOST_SUBS = 3, 5
NAME_BYTES, SUB_NAME_BYTES = 16, 60
_KEY_BYTES, _URL_BYTES = 128, 1024
#: Kind of button -> how staff call it. A tap of one with a key comes to the bot as if the key had been written.
KINDS = {
    "click": "点一下等于说一句话",
    "view": "打开网页",
    "miniprogram": "打开小程序",
    "scancode_push": "扫码",
    "scancode_waitmsg": "扫码并把结果告诉公众号",
    "pic_sysphoto": "拍照",
    "pic_photo_or_album": "拍照或从相册选",
    "pic_weixin": "从相册选",
    "location_select": "发位置",
    "media_id": "发素材",
    "article_id": "发已发布的文章",
    "article_view_limited": "打开已发布的文章",
}
_OF_KEY = frozenset(KINDS) - {"view", "miniprogram", "media_id", "article_id", "article_view_limited"}
_WITH_ID = {
    "media_id": ("media_id",),
    "article_id": ("article_id",),
    "article_view_limited": ("article_id",),  # older ones hold a media_id instead, which stays in Button.more
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button.

    kind   of KINDS; "" for one that opens sub-buttons. Menus made in WeChat's console have others too
    value  the words that a tap says (kinds with a key), the address, or the id; "" with sub-buttons
    more   appid and pagepath of a mini-program; whatever else WeChat tells of a button of the console
    subs   at most 5
    """

    name: str
    kind: str = ""
    value: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    subs: tuple[Button, ...] = ()


def read(data: Sequence[Mapping[str, Any]]) -> tuple[Button, ...]:
    """Buttons in WeChat's shape."""
    return tuple(_read(item) for item in data)


def dump(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    """Buttons as WeChat takes them."""
    return [_dump(button) for button in buttons]


def digest(buttons: Sequence[Button]) -> str:
    """By which the same menu is known again."""
    text = json.dumps(dump(buttons), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def faults(buttons: Sequence[Button]) -> list[str]:
    """Everything that WeChat would refuse, a sentence each; [] where it may be published."""
    found = [] if 1 <= len(buttons) <= MOST else [f"菜单要有1到{MOST}个按钮，现在{len(buttons)}个"]
    for button in buttons:
        found += _faults(button, NAME_BYTES)
        if len(button.subs) > MOST_SUBS:
            found.append(f"“{button.name}”下面最多{MOST_SUBS}个子按钮，现在{len(button.subs)}个")
        for sub in button.subs:
            found += _faults(sub, SUB_NAME_BYTES)
            if sub.subs:
                found.append(f"“{sub.name}”是子按钮，下面不能再有按钮")
    return found


def lost(buttons: Sequence[Button]) -> tuple[str, ...]:
    """Names of buttons that were made in WeChat's console and cannot be put back by the API once they are replaced."""
    below = [button for top in buttons for button in (top.subs or (top,))]
    return tuple(button.name for button in below if button.kind not in KINDS)


def lines(buttons: Sequence[Button]) -> list[str]:
    """The menu as staff read it, a line a button, sub-buttons indented."""
    out = []
    for button in buttons:
        out.append(_line(button))
        out += [f"    {_line(sub)}" for sub in button.subs]
    return out


def _line(button: Button) -> str:
    return button.name if button.subs else f"{button.name}  →  {KINDS.get(button.kind, button.kind)}：{button.value}"


def _faults(button: Button, most_bytes: int) -> Iterator[str]:
    size, name = len(button.name.encode()), button.name or "（没有名字）"
    if not button.name.strip():
        yield "有按钮没有名字"
    elif size > most_bytes:
        yield f"“{name}”太长：最多{most_bytes}个字节（一个汉字3个），现在{size}个"
    if button.subs:
        if button.kind or button.value:
            yield f"“{name}”有子按钮，自己就不能再有动作"
        return
    if button.kind not in KINDS:
        yield (
            f"“{name}”没有写点了以后做什么，可用：{'、'.join(KINDS)}"
            if not button.kind
            else (f"“{name}”的类型 {button.kind} 不能用接口发布，可用：{'、'.join(KINDS)}")
        )
        return
    yield from _faults_of_value(button, name)


def _faults_of_value(button: Button, name: str) -> Iterator[str]:
    size = len(button.value.encode())
    if not button.value.strip():
        yield f"“{name}”（{KINDS[button.kind]}）没有写内容"
    elif button.kind in ("view", "miniprogram"):
        if not re.fullmatch(r"https?://[^\s/?#]+\S*", button.value):
            yield f"“{name}”的网址要以 http:// 或 https:// 开头，不能有空格"
        if size > _URL_BYTES:
            yield f"“{name}”的网址最多{_URL_BYTES}个字节，现在{size}个"
    elif button.kind in _OF_KEY and size > _KEY_BYTES:
        yield f"“{name}”的内容最多{_KEY_BYTES}个字节（一个汉字3个），现在{size}个"
    if button.kind == "miniprogram" and not (button.more.get("appid") and button.more.get("pagepath")):
        yield f"“{name}”打开小程序，要写 appid 和 pagepath；网址是旧版微信打开的备用网页"


def _read(item: Mapping[str, Any]) -> Button:
    kind, subs = str(item.get("type") or ""), item.get("sub_button") or ()
    told = next((n for n in (*_WITH_ID.get(kind, ()), "url" if kind in ("view", "miniprogram") else "key", "value")
                 if item.get(n)), "")  # fmt: skip
    more = {k: v for k, v in item.items() if k not in ("name", "type", "sub_button", told)}
    return Button(
        name=str(item.get("name") or ""), kind=kind, value=str(item.get(told) or ""), more=more, subs=read(subs)
    )


def _dump(button: Button) -> dict[str, Any]:
    if button.subs:
        return {"name": button.name, "sub_button": dump(button.subs)}
    kind = button.kind
    if kind in _WITH_ID:
        told = _WITH_ID[kind][0]
    else:
        told = "url" if kind in ("view", "miniprogram") else "key" if kind in _OF_KEY else "value"
    held = {told: button.value} if button.value else {}
    return {"name": button.name, "type": kind, **held, **button.more}
