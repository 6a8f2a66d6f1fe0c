"""The menu at the bottom of the chat (自定义菜单), checked as WeChat checks it.

Source: developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .config import ENABLED
from .endpoint import Answer, Call, Endpoint, as_mapping, has_escapes
from .errcodes import Refused, ok

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_BUTTONS = 3
MAX_SUB_BUTTONS = 5
MAX_KEY_BYTES = 128
MAX_URL_BYTES = 1024
KEY_TYPES = frozenset(
    {
        "click",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    }
)
#: By these no group can be chosen any more.
WITHDRAWN_RULES = frozenset({"sex", "country", "province", "city", "language"})
ID_TYPES: dict[str, tuple[str, ...]] = {
    "media_id": ("media_id",),
    "article_id": ("article_id",),
    "article_view_limited": ("media_id", "article_id"),
}


@dataclass(frozen=True, slots=True)
class LevelRule:
    """Limits of one level of the menu, and the errcode for breaking each."""

    max_name_bytes: int
    count: int
    kind: int
    name: int
    key: int
    url: int
    domain: int


TOP = LevelRule(16, count=40016, kind=40017, name=40018, key=40019, url=40020, domain=40055)
SUB = LevelRule(60, count=40023, kind=40024, name=40025, key=40026, url=40027, domain=40054)


def create(sim: Simulator, call: Call) -> Answer:
    """Replace the menu; those for groups stay."""
    sim.state.menu, sim.state.console_menu = _buttons(call), None
    return ok()


def get(sim: Simulator, call: Call) -> Answer:
    """The menus as created; one that was made in the console is not among them."""
    if sim.state.menu is None:
        raise Refused(46003)
    told: dict[str, Any] = {"menu": {"button": sim.state.menu}}
    if sim.state.conditional_menus:
        told["conditionalmenu"] = list(reversed(sim.state.conditional_menus.values()))
    return told


def delete(sim: Simulator, call: Call) -> Answer:
    """Take the menu away, and those for groups with it; none to take is no error."""
    sim.state.menu = sim.state.console_menu = None
    sim.state.conditional_menus.clear()
    return ok()


def current(sim: Simulator, call: Call) -> Answer:
    """The menu in the shape that also covers menus made in the console."""
    if sim.state.console_menu is not None:
        return {"is_menu_open": 1, "selfmenu_info": {"button": sim.state.console_menu}}
    if sim.state.menu is None:
        return {"is_menu_open": 0}
    buttons = [_self_menu(button) for button in sim.state.menu]
    return {"is_menu_open": 1, "selfmenu_info": {"button": buttons}}


def add_conditional(sim: Simulator, call: Call) -> Answer:
    """A menu for those under a tag, or with one kind of telephone."""
    buttons, rule = _buttons(call), as_mapping(call.body.get("matchrule") or {}, 65304)
    if sim.state.menu is None:
        raise Refused(65303)
    if set(rule) & WITHDRAWN_RULES:
        raise Refused(65320)
    tag_id = str(rule.get("tag_id") or "")
    if not (tag_id or rule.get("client_platform_type")):
        raise Refused(65304)
    if tag_id and (not tag_id.isdecimal() or (int(tag_id) > 2 and int(tag_id) not in sim.state.tags)):
        raise Refused(45159)
    number = sim.state.next_menu_id()
    sim.state.conditional_menus[number] = {"button": buttons, "matchrule": {**rule, "tag_id": tag_id}, "menuid": number}
    return {"menuid": str(number)}


def delete_conditional(sim: Simulator, call: Call) -> Answer:
    """Take one menu for a group away."""
    number = str(call.body.get("menuid") or "")
    if not number.isdecimal() or sim.state.conditional_menus.pop(int(number), None) is None:
        raise Refused(65301)
    return ok()


def try_match(sim: Simulator, call: Call) -> Answer:
    """What one person would see."""
    follower = sim.state.followers.get(call.text("user_id", 41009))
    if follower is None:
        raise Refused(46004)
    if (buttons := sim.state.menu_of(follower)) is None:
        raise Refused(46003)
    return {"button": buttons}


def _buttons(call: Call) -> list[dict[str, Any]]:
    """Raises Refused where they may not be shown."""
    if has_escapes(call.raw):
        raise Refused(40033)
    buttons = call.body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MAX_BUTTONS:
        raise Refused(TOP.count)
    return [_checked(button, TOP) for button in buttons]


def _self_menu(button: dict[str, Any]) -> dict[str, Any]:
    if not button["sub_button"]:
        return {name: value for name, value in button.items() if name != "sub_button"}
    inner = [_self_menu(sub) for sub in button["sub_button"]]
    return {"name": button["name"], "sub_button": {"list": inner}}


def _checked(value: object, rule: LevelRule) -> dict[str, Any]:
    """One button in the shape menu/get returns. Raises Refused."""
    button = as_mapping(value, 40035)
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= rule.max_name_bytes:
        raise Refused(rule.name)
    subs = button.get("sub_button")
    if subs:
        return {"name": name, "sub_button": _checked_subs(subs, rule)}
    return {"type": button.get("type"), "name": name, **_checked_target(button, rule), "sub_button": []}


def _checked_subs(subs: object, rule: LevelRule) -> list[dict[str, Any]]:
    if rule is SUB:
        raise Refused(40022)
    if not isinstance(subs, list) or len(subs) > MAX_SUB_BUTTONS:
        raise Refused(SUB.count)
    return [_checked(sub, SUB) for sub in subs]


def _checked_target(button: dict[str, Any], rule: LevelRule) -> dict[str, str]:
    """What a tap leads to: a key, an address or an id, by type."""
    kind = button.get("type")
    if not isinstance(kind, str):
        raise Refused(rule.kind)
    if kind in KEY_TYPES:
        return {"key": _sized(button.get("key"), MAX_KEY_BYTES, rule.key)}
    if kind == "view":
        return {"url": _url(button, rule)}
    if kind == "miniprogram":
        _url(button, rule)
        raise Refused(45064)  # no mini-program is linked to this account
    if kind in ID_TYPES:
        return _ids(button, ID_TYPES[kind])
    raise Refused(rule.kind)


def _url(button: dict[str, Any], rule: LevelRule) -> str:
    url = _sized(button.get("url"), MAX_URL_BYTES, rule.url)
    if not url.startswith(("http://", "https://")):
        raise Refused(rule.domain)
    return url


def _ids(button: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    found = {name: str(button[name]) for name in names if button.get(name)}
    if not found:
        raise Refused(40007)
    return found


def _sized(value: object, max_bytes: int, errcode: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= max_bytes:
        raise Refused(errcode)
    return value


ENDPOINTS = {
    "/cgi-bin/menu/create": Endpoint(method="POST", handler=create, allowed=ENABLED),
    "/cgi-bin/menu/get": Endpoint(method="GET", handler=get, allowed=ENABLED),
    "/cgi-bin/menu/delete": Endpoint(method="GET", handler=delete, allowed=ENABLED),
    "/cgi-bin/menu/addconditional": Endpoint(method="POST", handler=add_conditional, allowed=ENABLED),
    "/cgi-bin/menu/delconditional": Endpoint(method="POST", handler=delete_conditional, allowed=ENABLED),
    "/cgi-bin/menu/trymatch": Endpoint(method="POST", handler=try_match, allowed=ENABLED),
    "/cgi-bin/get_current_selfmenu_info": Endpoint(method="GET", handler=current),
}
