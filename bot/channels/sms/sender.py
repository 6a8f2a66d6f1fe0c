"""How broadcasts reach people by text message: the sender, whichever gateway carries it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.channels.sms.aliyun import Aliyun
from bot.channels.sms.gateway import Gateway, Note
from bot.channels.sms.tencent import Tencent
from bot.channels.sms.text import MAX_CHARS, length, parts, shown, worded
from bot.errors import Refusal, SendError
from bot.sending import Kind, Message, Receipt
from bot.settings import SmsSettings

_PHONE = re.compile(r"(?:\+|00)?(?:86)?[ -]?(1[3-9]\d{9})")
GATEWAYS: Mapping[str, Callable[[SmsSettings, Callable[[], float]], Gateway]] = {"aliyun": Aliyun, "tencent": Tencent}


class SmsSender:
    """One text message a call, so that each person has an outcome and a number of their own; a `Sender`.

    Neither gateway knows a repeat by a key: a call that breaks off is not made again.
    """

    name, least, most, has_key, per_minute = "sms", 1, 1, False, 0

    def __init__(self, settings: SmsSettings, gateway: Gateway) -> None:
        self._settings, self._gateway = settings, gateway

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """See Sender. Fields fill the template's variables; without any the text fills its one variable."""
        if len(addresses) != 1:
            raise SendError("a text message is for one number", None, Refusal.BAD_CONTENT)
        number = _PHONE.fullmatch(addresses[0])
        if not number:
            raise SendError("not a mobile number of the mainland", None, Refusal.RECIPIENT_GONE)
        return Receipt(self._gateway.send(Note(number[1], *self._filled(message))))

    def parts(self, message: Message) -> int:
        """See Priced. Of a template with fields only what is filled in is known here: it may be billed as more."""
        text = "".join(message.fields.values()) if message.fields else message.text
        return parts(shown(replace(message, text=text), self._settings))

    def close(self) -> None:
        """Close the connections."""
        self._gateway.close()

    def _filled(self, message: Message) -> tuple[str, Mapping[str, str]]:
        """The template and its parameters. Raises SendError for what would be refused, or billed for nothing."""
        settings = self._settings
        if message.kind not in (Kind.TEXT, Kind.FILE):
            raise SendError(f"not for text messages: {message.kind}", None, Refusal.UNSUPPORTED)
        if message.fields:
            return message.template or settings.template, dict(sorted(message.fields.items(), key=_place))
        if not message.text.strip() or length(shown(message, settings)) > MAX_CHARS:
            raise SendError(f"a text of 1 to {MAX_CHARS} characters is needed", None, Refusal.BAD_CONTENT)
        return settings.template, {settings.variable: worded(message, settings)}


def _place(field: tuple[str, str]) -> tuple[int, str]:
    """Variables that are numbers stand in that order: the second gateway knows them by place alone."""
    name = field[0]
    return (int(name), "") if name.isascii() and name.isdigit() else (0, name)


def sender(settings: SmsSettings, clock: Callable[[], float] = time.time) -> SmsSender | None:
    """The sender of the settings, None where no gateway is set up. clock: unix seconds."""
    make = GATEWAYS.get(settings.provider)
    return SmsSender(settings, make(settings, clock)) if make else None
