"""WeCom (企业微信): the callback of a self-built app, its messages, and robots of groups."""

from bot.channels.wecom.callback import CALLBACK_PATH, WeComCallback
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.senders import senders

__all__ = ["CALLBACK_PATH", "WeComCallback", "WeComClient", "senders"]
