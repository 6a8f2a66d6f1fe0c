"""Feeds read at once because staff ask for it: beside the page, one reading at a time in a process."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import BotError, OutreachError
from bot.outreach.feeds import Feeds

log = logging.getLogger(__name__)

#: Whoever runs a feed may shut us out for asking more often.
_APART = timedelta(seconds=20)


@dataclass
class Reading:
    """Reads all feeds in a thread of its own: each may take ten seconds, and the threads of pages answer people too."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def begin(self, feeds: Feeds, now: datetime) -> None:
        """Raises OutreachError where that is going on, was done just now, or there is no feed."""
        conditions = feeds.conditions()
        if not conditions:
            raise OutreachError("还没有设置预警源，没有可读的。请联系安装人员在设置里写上 outreach.feeds")
        with self._lock:
            if self._thread and self._thread.is_alive():
                raise OutreachError("正在读预警源，读完就显示结果，不用再点")
            if all(one.at and now - _APART < one.at <= now for one in conditions):
                raise OutreachError(f"刚刚读过，{_APART.seconds} 秒以后可以再读")
            self._thread = threading.Thread(target=_read, args=(feeds, now), name="feeds", daemon=True)
            self._thread.start()


def _read(feeds: Feeds, now: datetime) -> None:
    try:
        feeds.run(now)
    except BotError as e:
        log.error("feeds could not be read", extra={"error": str(e)})
    except Exception:  # the edge of a thread: nobody else would tell
        log.exception("feeds could not be read")
