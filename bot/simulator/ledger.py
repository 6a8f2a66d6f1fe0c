"""How many customer-service messages (客服消息) one follower may still be sent, and until when."""

from dataclasses import dataclass, field
from enum import StrEnum

from .errcodes import Refused

MINUTE_S = 60.0
HOUR_S = 3600.0


class Trigger(StrEnum):
    """What a person did that lets the account write to them."""

    MESSAGE = "message"
    MENU = "menu"
    FOLLOW = "follow"
    SCAN = "scan"


#: trigger -> (messages allowed, seconds they may be sent in). Rules of 2023-06-12.
#: Source: developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html
ALLOWANCES = {
    Trigger.MESSAGE: (5, 48 * HOUR_S),
    Trigger.MENU: (3, MINUTE_S),
    Trigger.FOLLOW: (3, MINUTE_S),
    Trigger.SCAN: (3, MINUTE_S),
}


@dataclass(slots=True)
class ReplyWindow:
    """Messages left, and the time (epoch seconds) from which they are lost."""

    left: int
    closes_at: float


@dataclass(slots=True)
class ReplyLedger:
    """One window a trigger: the same deed again starts its window afresh."""

    windows: dict[Trigger, ReplyWindow] = field(default_factory=dict)

    def open(self, trigger: Trigger, now: float) -> None:
        """Grant what `trigger` grants, from `now`."""
        count, lasts_s = ALLOWANCES[trigger]
        self.windows[trigger] = ReplyWindow(count, now + lasts_s)

    def take(self, now: float) -> None:
        """Spend one message. Raises Refused: 45015 no window is open, 45047 the open ones are empty.

        The window that closes first is spent first. WeChat does not say; any other order would waste it.
        """
        open_windows = [window for window in self.windows.values() if now < window.closes_at]
        if not open_windows:
            raise Refused(45015)
        usable = [window for window in open_windows if window.left > 0]
        if not usable:
            raise Refused(45047)
        min(usable, key=lambda window: window.closes_at).left -= 1

    def left(self, now: float) -> int:
        """Messages that could be sent at `now`."""
        return sum(window.left for window in self.windows.values() if now < window.closes_at)

    def close(self) -> None:
        """Forget every window: the person has left."""
        self.windows.clear()
