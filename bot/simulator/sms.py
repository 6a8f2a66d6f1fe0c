"""Text messages (短信): what was sent, in how many parts it is billed, and what the carriers report."""

import itertools
import re
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from .quotas import beijing_date

#: A text this long is one message; a longer one is cut into parts of LONG_PART.
#: Source: help.aliyun.com/zh/sms, 短信计费规则: 70 characters, then 67 each.
SINGLE = 70
LONG_PART = 67
MAX_PHONES = {"aliyun": 1_000, "tencent": 200}
MAX_KEPT = 10_000
MAX_WAITING_REPORTS = 200_000
DELIVERED = {"aliyun": "DELIVERED", "tencent": "DELIVRD"}
UNDELIVERED = "UNDELIV"
_MOBILE = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """One message to one number, as the person reads it.

    serial    BizId or SerialNo
    parts     how many messages it is billed as
    context   what the caller gave to have it back (OutId, SessionContext)
    """

    gateway: str
    serial: str
    phone: str
    text: str
    parts: int
    sent_at: float
    context: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a carrier says of a message."""

    message: TextMessage
    at: float
    code: str

    @property
    def success(self) -> bool:
        """Whether the phone has it."""
        return self.code in DELIVERED.values()


def count_parts(text: str) -> int:
    """How many messages a text is billed as. An emoji counts twice, as its two UTF-16 units."""
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= SINGLE else -(-units // LONG_PART)


def mobile(number: object) -> str | None:
    """The eleven digits of a mainland mobile number, None for anything else."""
    found = _MOBILE.fullmatch(number) if isinstance(number, str) else None
    return found[1] if found else None


class SmsDesk:
    """Both gateways' memory. Not locked here: the simulator holds its lock around every use."""

    def __init__(self) -> None:
        self.messages: deque[TextMessage] = deque(maxlen=MAX_KEPT)
        self.parts_billed = 0
        self.unreachable: set[str] = set()
        self.refusals: dict[str, deque[str]] = {"aliyun": deque(), "tencent": deque()}
        self.nonces: OrderedDict[str, None] = OrderedDict()
        self.to_pull: deque[Report] = deque(maxlen=MAX_WAITING_REPORTS)
        self._reports: OrderedDict[tuple[str, str], Report | None] = OrderedDict()
        self._serials = itertools.count(1)
        self._day: date | None = None
        self._today: dict[tuple[str, str], int] = {}
        self._last: dict[tuple[str, str], float] = {}

    def next_serial(self, gateway: str, now: float) -> str:
        """A number in the gateway's own shape."""
        number = next(self._serials)
        return f"{900_000_000_000_000 + number}^0" if gateway == "aliyun" else f"5000:{int(now)}{number:012d}"

    def next_refusal(self, gateway: str) -> str:
        """A switch: the code with which the next call is refused, "" for none."""
        waiting = self.refusals[gateway]
        return waiting.popleft() if waiting else ""

    def use_nonce(self, nonce: str) -> bool:
        """Whether this SignatureNonce is new."""
        if nonce in self.nonces:
            return False
        self.nonces[nonce] = None
        if len(self.nonces) > MAX_WAITING_REPORTS:
            self.nonces.popitem(last=False)
        return True

    def sent_today(self, bucket: str, phone: str, now: float) -> int:
        """Messages of one bucket (a template, or all) to one number on this day of Beijing's."""
        day = beijing_date(now)
        if day != self._day:
            self._day, self._today = day, {}
            self._last = {who: at for who, at in self._last.items() if now - at < 3600}
        return self._today.get((bucket, phone), 0)

    def since_last(self, gateway: str, phone: str, now: float) -> float:
        """Seconds since a gateway's last message to a number."""
        return now - self._last.get((gateway, phone), float("-inf"))

    def keep(self, message: TextMessage, bucket: str) -> None:
        """Enter one message that was accepted."""
        count = self.sent_today(bucket, message.phone, message.sent_at)
        self._today[bucket, message.phone] = count + 1
        self._last[message.gateway, message.phone] = message.sent_at
        self.messages.append(message)
        self.parts_billed += message.parts
        self._reports[message.serial, message.phone] = None
        if len(self._reports) > MAX_WAITING_REPORTS:
            self._reports.popitem(last=False)

    def report(self, message: TextMessage, at: float) -> Report:
        """The carrier's word on a message, from now on there to be asked for."""
        code = UNDELIVERED if message.phone in self.unreachable else DELIVERED[message.gateway]
        report = Report(message, at, code)
        self._reports[message.serial, message.phone] = report
        if message.gateway == "tencent":
            self.to_pull.append(report)
        return report

    def reported(self, serial: str, phone: str) -> Report | None:
        """What is known of a message so far. Raises KeyError for one that was never sent."""
        return self._reports[serial, phone]


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with every ${name} or {1} replaced. Raises KeyError for a variable without a value."""
    return re.sub(r"\$?\{(\w+)\}", lambda found: values[found[1]], template)


def variables(template: str) -> list[str]:
    """The names of a template's variables, in their order."""
    return re.findall(r"\$?\{(\w+)\}", template)
