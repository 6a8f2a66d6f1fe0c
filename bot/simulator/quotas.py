"""Daily and per-minute counters of API calls, and the few times a month they may be cleared."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from .config import Profile
from .errcodes import Refused

BEIJING = timezone(timedelta(hours=8))
CLEARS_PER_MONTH = 10
CLEARS_OF_ONE_PATH_PER_MONTH = 50
MINUTE_S = 60

#: path -> (calls a day, calls a day of a test account). A path not here is not counted against a limit.
#: Source: developers.weixin.qq.com/doc/offiaccount/Message_Management/API_Call_Limits.html
DAILY_LIMITS = {
    "/cgi-bin/token": (2_000, 200),
    "/cgi-bin/stable_token": (500_000, 500_000),
    "/cgi-bin/menu/create": (1_000, 100),
    "/cgi-bin/menu/get": (10_000, 1_000),
    "/cgi-bin/menu/delete": (1_000, 100),
    "/cgi-bin/menu/addconditional": (2_000, 2_000),
    "/cgi-bin/menu/delconditional": (2_000, 2_000),
    "/cgi-bin/menu/trymatch": (20_000, 20_000),
    "/cgi-bin/media/upload": (100_000, 500),
    "/cgi-bin/media/get": (200_000, 1_000),
    "/cgi-bin/message/custom/send": (500_000, 50_000),
    "/cgi-bin/message/mass/sendall": (100, 100),
    "/cgi-bin/message/mass/preview": (100, 100),
    "/cgi-bin/message/template/send": (100_000, 100_000),
    "/cgi-bin/qrcode/create": (100_000, 10_000),
    "/cgi-bin/draft/add": (1_000, 1_000),
    "/cgi-bin/draft/update": (1_000, 1_000),
    "/cgi-bin/draft/delete": (1_000, 1_000),
    "/cgi-bin/draft/count": (1_000, 1_000),
    "/cgi-bin/draft/batchget": (1_000, 1_000),
    "/cgi-bin/draft/get": (500, 500),
    "/cgi-bin/user/get": (500, 100),
    "/cgi-bin/user/info": (5_000_000, 500_000),
    "/cgi-bin/user/info/updateremark": (10_000, 10_000),
}
#: path -> calls a minute
MINUTE_LIMITS = {"/cgi-bin/stable_token": 10_000, "/cgi-bin/message/mass/sendall": 60}
#: Paths that are counted as another one: mass messages to tags and to lists are counted together.
COUNTED_AS = {"/cgi-bin/message/mass/send": "/cgi-bin/message/mass/sendall"}


def beijing_date(now: float) -> date:
    """The calendar day in Beijing, by which WeChat counts (epoch seconds in)."""
    return datetime.fromtimestamp(now, BEIJING).date()


@dataclass(slots=True)
class Counter:
    """Calls of one path: today's, and those of the current minute."""

    day: date
    minute: int
    used_today: int = 0
    used_this_minute: int = 0


@dataclass(slots=True)
class Clears:
    """How often quotas were cleared in one month."""

    month: tuple[int, int] = (0, 0)
    used: int = 0

    def take(self, day: date, limit: int) -> None:
        """Raises Refused 48006 when this month's clears are used up."""
        if self.month != (day.year, day.month):
            self.month, self.used = (day.year, day.month), 0
        if self.used >= limit:
            raise Refused(48006)
        self.used += 1


@dataclass(slots=True)
class QuotaBook:
    """All counters of one account."""

    now: Callable[[], float]
    counters: dict[str, Counter] = field(default_factory=dict)
    daily_limits: dict[str, int] = field(default_factory=dict)
    minute_limits: dict[str, int] = field(default_factory=lambda: dict(MINUTE_LIMITS))
    clears: Clears = field(default_factory=Clears)
    single_clears: Clears = field(default_factory=Clears)

    def count(self, path: str, profile: Profile) -> None:
        """Count one call. Raises Refused: 45009 the day's are used up, 45011 the minute's are."""
        path = COUNTED_AS.get(path, path)
        counter = self._counter(path)
        limit = self.daily_limit(path, profile)
        if limit is not None and counter.used_today >= limit:
            raise Refused(45009)
        per_minute = self.minute_limits.get(path)
        if per_minute is not None and counter.used_this_minute >= per_minute:
            raise Refused(45011)
        counter.used_today += 1
        counter.used_this_minute += 1

    def daily_limit(self, path: str, profile: Profile) -> int | None:
        """Calls allowed a day, None when not limited; a limit set by the control API comes first."""
        path = COUNTED_AS.get(path, path)
        if path in self.daily_limits:
            return self.daily_limits[path]
        if path not in DAILY_LIMITS:
            return None
        normal, test = DAILY_LIMITS[path]
        return test if profile is Profile.TEST else normal

    def used_today(self, path: str) -> int:
        """Calls of `path` counted today."""
        return self._counter(COUNTED_AS.get(path, path)).used_today

    def clear(self) -> None:
        """Zero every daily counter. Raises Refused 48006 after ten times in a month."""
        self.clears.take(beijing_date(self.now()), CLEARS_PER_MONTH)
        self.counters.clear()

    def clear_one(self, path: str) -> None:
        """Zero one path's counter. Raises Refused 48006 after fifty times in a month."""
        self.single_clears.take(beijing_date(self.now()), CLEARS_OF_ONE_PATH_PER_MONTH)
        self.counters.pop(COUNTED_AS.get(path, path), None)

    def _counter(self, path: str) -> Counter:
        now = self.now()
        day, minute = beijing_date(now), int(now // MINUTE_S)
        counter = self.counters.setdefault(path, Counter(day, minute))
        if counter.day != day:
            counter.day, counter.used_today = day, 0
        if counter.minute != minute:
            counter.minute, counter.used_this_minute = minute, 0
        return counter
