"""What a text message says, and as how many it is billed."""

from __future__ import annotations

import re

from bot.sending import Message
from bot.settings import SmsSettings

#: How one gets no more of them; where a message advertises, rules and gateways ask for it.
#: Source: 《通信短信息服务管理规定》 第十八、二十条; the gateways' rules for templates of 推广短信.
OPT_OUT = "拒收请回复R"
#: Characters of one message, and of each part of a longer one. Source: help.aliyun.com/document_detail/44335.html,
#: cloud.tencent.com/document/product/382/18058: signature included, whatever the characters.
ONE_CHARS, PART_CHARS = 70, 67
MAX_CHARS = 500


def worded(message: Message, settings: SmsSettings) -> str:
    """The text of a message with its link and, where it advertises, how to get no more of them.

    A gateway puts the signature in front by itself and knows it by its brackets: others become plain ones.
    """
    text = " ".join(part for part in (message.text.strip(), message.url) if part)
    text = re.sub(r"[\r\n]+", " ", text).replace("【", "[").replace("】", "]")
    return f"{text} {OPT_OUT}" if settings.marketing and OPT_OUT not in text else text


def shown(message: Message, settings: SmsSettings) -> str:
    """The whole text as it comes to a telephone, where the template is nothing but its one variable."""
    return f"【{settings.sign}】{worded(message, settings)}"


def parts(text: str) -> int:
    """As how many messages a text is billed, its signature in brackets included.

    Characters are those of UTF-16, in which they travel: an emoji is two.
    """
    chars = length(text)
    return 1 if chars <= ONE_CHARS else -(-chars // PART_CHARS)


def length(text: str) -> int:
    """Characters as gateways count them."""
    return len(text.encode("utf-16-le", errors="replace")) // 2
