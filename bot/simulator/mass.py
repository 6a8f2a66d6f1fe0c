"""Mass messages (群发): jobs, the ids that keep one from going out twice, and how often people may be sent one."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from .config import Profile
from .crowd import Crowd, Tally
from .errcodes import Refused
from .quotas import beijing_date

#: A clientmsgid is known for this long.
REMEMBERED_S = 24 * 3600.0
#: The same id sooner than this after the last try is refused with 45066.
RETRY_GAP_S = 60.0
MAX_CLIENT_MSG_ID_BYTES = 32
#: An administrator who has not answered by then has refused.
CONFIRMATION_S = 30 * 60.0
#: A follower of a service account receives so many in a calendar month; more are filtered without a word.
PER_FOLLOWER_AND_MONTH = 4
#: All-users sends of a service account.
TO_ALL_PER_DAY = 1
TO_ALL_PER_MONTH = 4
#: Sends of a subscription account (公众号).
SUBSCRIPTION_PER_DAY = 1
MAX_JOBS = 2_000
FIRST_JOB_ID = 3_147_483_000
#: speed -> 10 000 a minute
SPEEDS = {0: 80, 1: 60, 2: 45, 3: 30, 4: 10}
SENT = "send success"


class JobState(StrEnum):
    """What mass/get says of a job."""

    SENDING = "SENDING"
    SUCCESS = "SEND_SUCCESS"
    FAIL = "SEND_FAIL"
    DELETED = "DELETE"


@dataclass(frozen=True, slots=True)
class Fate:
    """A switch: how the next jobs end.

    status   "send success", "send fail" or err(N)
    errors   people whom it does not reach for reasons of the platform's
    """

    status: str = SENT
    errors: int = 0


@dataclass(slots=True, kw_only=True)
class MassJob:
    """One mass message that was accepted.

    openids    the list of mass/send, None for a tag or for all
    tag_id     None for all
    kind       what the phone draws: text, image, voice, video, news
    shown      what it draws it from
    draft_id   of the draft that is used up by success, "" where none is
    """

    msg_id: int
    openids: tuple[str, ...] | None
    tag_id: int | None
    to_all: bool
    kind: str
    shown: Mapping[str, Any]
    draft_id: str
    accepted_at: float
    state: JobState = JobState.SENDING
    waits_for_admin: bool = False
    articles_deleted: set[int] = field(default_factory=set)

    @property
    def article_count(self) -> int:
        """How many articles the message has, 0 for any other kind."""
        return len(self.shown["articles"]) if self.kind == "news" else 0


@dataclass(slots=True)
class Remembered:
    """A clientmsgid: whose job it is, when it was first and last used."""

    msg_id: int
    first_at: float
    last_at: float


class MassDesk:
    """Accepts jobs and counts them. Not locked here: the simulator holds its lock around every use."""

    def __init__(self, crowd: Crowd) -> None:
        self.jobs: OrderedDict[int, MassJob] = OrderedDict()
        self.speed = 0
        self.fates: list[Fate] = []
        self._ids: OrderedDict[str, Remembered] = OrderedDict()
        self._numbers = itertools.count(FIRST_JOB_ID)
        self._crowd = crowd
        self._month = (0, 0)
        self._in_month = Tally(crowd)
        self._all_in_month = 0
        self._days: dict[date, int] = {}

    # -- the same id twice

    def check_id(self, client_msg_id: str, now: float) -> None:
        """Raises Refused: 45067 too long, 45066 tried a moment ago, 45065 accepted before (with its msg_id).

        While the job waits for an administrator the answer is 89504.
        """
        if len(client_msg_id.encode()) > MAX_CLIENT_MSG_ID_BYTES:
            raise Refused(45067)
        self._forget_old_ids(now)
        known = self._ids.get(client_msg_id)
        if known is None:
            return
        soon = now - known.last_at < RETRY_GAP_S
        known.last_at = now
        job = self.jobs.get(known.msg_id)
        if job is not None and job.waits_for_admin:
            raise Refused(89504)
        if soon:
            raise Refused(45066)
        raise Refused(45065, msg_id=known.msg_id)

    def _forget_old_ids(self, now: float) -> None:
        while self._ids:
            oldest = next(iter(self._ids))
            if now - self._ids[oldest].first_at < REMEMBERED_S:
                return
            del self._ids[oldest]

    # -- quotas

    def check_quota(self, profile: Profile, *, to_all: bool, now: float) -> None:
        """Raises Refused 45028 when this kind of account has no mass message left for such an audience."""
        if profile is Profile.TEST:
            raise Refused(45028)
        today = beijing_date(now)
        self._turn_month(today)
        used = self._days.get(today, 0)
        if profile is Profile.VERIFIED_SUBSCRIPTION and used >= SUBSCRIPTION_PER_DAY:
            raise Refused(45028)
        to_all_gone = used >= TO_ALL_PER_DAY or self._all_in_month >= TO_ALL_PER_MONTH
        if profile is Profile.VERIFIED_SERVICE and to_all and to_all_gone:
            raise Refused(45028)

    def accept(self, client_msg_id: str, job: MassJob, profile: Profile) -> None:
        """Enter a job that passed every check; it counts from now on."""
        self.jobs[job.msg_id] = job
        self._ids[client_msg_id] = Remembered(job.msg_id, job.accepted_at, job.accepted_at)
        while len(self.jobs) > MAX_JOBS:
            self.jobs.popitem(last=False)
        self._count(job, profile, 1)

    def give_back(self, job: MassJob, profile: Profile) -> None:
        """A job that failed does not count: only a successful one does."""
        self._count(job, profile, -1)

    def _count(self, job: MassJob, profile: Profile, by: int) -> None:
        if profile is not Profile.VERIFIED_SUBSCRIPTION and not job.to_all:
            return
        day = beijing_date(job.accepted_at)
        self._turn_month(day)
        self._days[day] = max(self._days.get(day, 0) + by, 0)
        if job.to_all and self._month == (day.year, day.month):
            self._all_in_month = max(self._all_in_month + by, 0)

    def _turn_month(self, today: date) -> None:
        """Counters begin anew in a new month of Beijing's calendar."""
        month = (today.year, today.month)
        if month > self._month:
            self._month, self._all_in_month, self._in_month = month, 0, Tally(self._crowd)
            self._days = {day: n for day, n in self._days.items() if day == today}

    def month(self, now: float) -> Tally:
        """Mass messages of this month by follower."""
        self._turn_month(beijing_date(now))
        return self._in_month

    # -- jobs

    def next_id(self) -> int:
        """The msg_id of the next job."""
        return next(self._numbers)

    def fate(self) -> Fate:
        """How the job that ends now ends."""
        return self.fates.pop(0) if self.fates else Fate()

    def job(self, msg_id: object) -> MassJob:
        """The job of this id, a number or its digits. Raises Refused 40059."""
        number = int(msg_id) if isinstance(msg_id, str) and msg_id.isdecimal() else msg_id
        if type(number) is not int or number not in self.jobs:
            raise Refused(40059)
        return self.jobs[number]
