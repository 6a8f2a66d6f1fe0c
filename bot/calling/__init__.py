"""Calls to platforms over connections that are kept: what a broadcast makes by the thousand."""

from bot.calling.caller import Caller
from bot.calling.switchboard import Connecting, Switchboard
from bot.calling.wire import Answer, Request, Steps

__all__ = ["Answer", "Caller", "Connecting", "Request", "Steps", "Switchboard"]
