"""WeCom (企业微信): the callback of a self-built app, its messages, and robots of groups."""

from typing import TYPE_CHECKING

from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.senders import senders
from bot.doors import opening

if TYPE_CHECKING:
    from bot.channels.wecom.callback import CALLBACK_PATH, WeComCallback
else:
    __getattr__ = opening(
        __name__,
        {
            "CALLBACK_PATH": "callback.CALLBACK_PATH",
            "WeComCallback": "callback.WeComCallback",
        },
    )

__all__ = ["CALLBACK_PATH", "WeComCallback", "WeComClient", "senders"]
