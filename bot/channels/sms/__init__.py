"""Text messages (短信) by one of two gateways: Alibaba Cloud, Tencent Cloud. Both send approved templates only."""

from bot.channels.sms.reports import Answered, Report
from bot.channels.sms.sender import SmsSender, sender
from bot.channels.sms.text import OPT_OUT, parts, worded

__all__ = ["OPT_OUT", "Answered", "Report", "SmsSender", "parts", "sender", "worded"]
