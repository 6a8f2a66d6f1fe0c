"""WeChat official account (公众号, 服务号): the callback and its passive replies, and calls to WeChat's API."""

from typing import TYPE_CHECKING

from bot.channels.official.client import OfficialClient
from bot.channels.official.errcodes import refusal_of
from bot.channels.official.menu import MenuCalls
from bot.channels.official.read import read
from bot.channels.official.render import MAX_TEXT_BYTES, choice_bytes, content, render
from bot.channels.official.senders import senders
from bot.channels.official.sending import CustomerService
from bot.doors import opening

if TYPE_CHECKING:
    from bot.channels.official.callback import Callback
    from bot.channels.official.lane import CALLBACK_PATH, CallbackLane
else:
    __getattr__ = opening(
        __name__,
        {
            "CALLBACK_PATH": "lane.CALLBACK_PATH",
            "Callback": "callback.Callback",
            "CallbackLane": "lane.CallbackLane",
        },
    )

__all__ = [
    "CALLBACK_PATH",
    "MAX_TEXT_BYTES",
    "Callback",
    "CallbackLane",
    "CustomerService",
    "MenuCalls",
    "OfficialClient",
    "choice_bytes",
    "content",
    "read",
    "refusal_of",
    "render",
    "senders",
]
