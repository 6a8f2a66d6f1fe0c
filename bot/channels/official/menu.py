"""The menu at the bottom of the chat (自定义菜单): what the account shows now, and another one in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.official.client import OfficialClient
from bot.errors import Refusal, SendError

#: There is no menu made by the API.
_NONE = 46003


class MenuCalls:
    """Calls about the menu, in WeChat's own shape. Raises SendError and nothing else."""

    def __init__(self, client: OfficialClient) -> None:
        self._client = client

    def shown(self) -> Sequence[Mapping[str, Any]]:
        """The buttons that everybody sees who is in no group of their own, () for no menu; in the shape of `create`.

        Those made in WeChat's console are told too, with kinds that `create` does not take: text, news, img …
        """
        held = self._client.fetch("get_current_selfmenu_info")
        if not held.get("is_menu_open"):
            return ()
        try:
            return [_as_created(button) for button in held["selfmenu_info"]["button"]]
        except (AttributeError, KeyError, TypeError) as e:
            raise SendError("WeChat's answer holds no menu", None, Refusal.UNKNOWN) from e

    def conditional(self) -> int:
        """How many menus for groups (个性化菜单) there are beside it."""
        try:
            return len(self._client.fetch("menu/get").get("conditionalmenu") or ())
        except SendError as e:
            if e.errcode == _NONE:
                return 0
            raise

    def create(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Show these instead; menus for groups stay as they are."""
        self._client.post("menu/create", {"button": list(buttons)})

    def delete(self) -> None:
        """Show none. It takes the menus for groups away too."""
        self._client.fetch("menu/delete")


def _as_created(button: Mapping[str, Any]) -> dict[str, Any]:
    """One button of get_current_selfmenu_info, whose sub-buttons lie one level deeper."""
    below = button.get("sub_button") or {}
    subs = below.get("list") or () if isinstance(below, Mapping) else below
    rest = {name: value for name, value in button.items() if name != "sub_button"}
    return {"name": button["name"], "sub_button": [_as_created(sub) for sub in subs]} if subs else rest
