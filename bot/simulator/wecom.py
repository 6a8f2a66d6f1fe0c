"""企业微信 as it is remembered: one token, what members and groups were shown, what is limited."""

import json
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errcodes import Refused
from .quotas import beijing_date
from .tokens import TokenDesk

#: Source: developer.work.weixin.qq.com/document/path/96212 (calls), 90312 (a member), 91770 (a robot).
CALLS_PER_MINUTE = 10_000
PER_MEMBER_AND_MINUTE = 30
PER_ROBOT_AND_MINUTE = 20
MINUTE_S = 60.0
MAX_KEPT = 10_000
MAX_DUPLICATES = 10_000
DEFAULT_DUPLICATE_S = 1_800
MAX_DUPLICATE_S = 4 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class WeComMessage:
    """One message on a member's phone or in a robot's group: `to` is the userid or the robot's key."""

    msg_id: str
    to: str
    kind: str
    data: Mapping[str, Any]
    at: float


@dataclass(slots=True)
class Pace:
    """Times of the last messages to somebody: so many within any minute."""

    times: deque[float] = field(default_factory=deque)

    def take(self, now: float, limit: int) -> bool:
        """Whether one more fits."""
        while self.times and now - self.times[0] >= MINUTE_S:
            self.times.popleft()
        if len(self.times) >= limit:
            return False
        self.times.append(now)
        return True


class WeComDesk:
    """Not locked here: the simulator holds its lock around every use."""

    def __init__(self, tokens: TokenDesk) -> None:
        self.tokens = tokens
        self.trusted_ips: frozenset[str] | None = None
        self.messages: deque[WeComMessage] = deque(maxlen=MAX_KEPT)
        self.dropped = 0
        self._paces: dict[str, Pace] = {}
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._count = 0

    def next_id(self, now: float) -> str:
        """The msgid of the next message."""
        self._count += 1
        return f"MSGID{beijing_date(now):%Y%m%d}{self._count:012d}"

    def count_call(self, now: float) -> None:
        """Raises Refused 45009 beyond 10 000 calls of one interface in a minute."""
        if not self._pace("message/send").take(now, CALLS_PER_MINUTE):
            raise Refused(45009)

    def count_robot(self, key: str, now: float) -> None:
        """Raises Refused 45009 beyond 20 messages of one robot in a minute."""
        if not self._pace(f"robot {key}").take(now, PER_ROBOT_AND_MINUTE):
            raise Refused(45009)

    def reaches(self, userid: str, now: float) -> bool:
        """Whether one more message shows; beyond 30 a minute a member sees nothing, and nobody is told."""
        if self._pace(f"member {userid}").take(now, PER_MEMBER_AND_MINUTE):
            return True
        self.dropped += 1
        return False

    def repeats(self, body: Mapping[str, Any], now: float) -> bool:
        """Whether this very request came within the interval that it names; only asked when it wants the check."""
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        given = body.get("duplicate_check_interval", DEFAULT_DUPLICATE_S)
        interval_s = min(given, MAX_DUPLICATE_S) if type(given) is int else DEFAULT_DUPLICATE_S
        last = self._seen.get(text)
        if last is not None and now - last < interval_s:
            return True
        self._seen[text] = now
        self._seen.move_to_end(text)
        if len(self._seen) > MAX_DUPLICATES:
            self._seen.popitem(last=False)
        return False

    def _pace(self, name: str) -> Pace:
        if len(self._paces) > MAX_KEPT:
            self._paces.clear()
        return self._paces.setdefault(name, Pace())
