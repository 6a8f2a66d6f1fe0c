"""What is done by the clock, in Asia/Shanghai: one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """Something done by the clock.

    cron      five fields, or six with seconds first
    run       called with the Services of the process and the time it was due, aware UTC; must bear being done twice
    catch_up  what was missed while nothing ran is done at the next start, once for each time
    """

    name: str
    cron: str
    run: Callable[[Any, datetime], object]
    catch_up: bool = False


#: A message is of use to the office for so long. Source: behaviour of the project, "retention per kind".
_KEPT = timedelta(days=90)

JOBS = (
    Job("sweep", "*/10 * * * * *", lambda services, now: services.sweep(now)),
    Job("talks", "5/30 * * * * *", lambda services, now: services.return_talks(now)),
    Job("calendar", "* * * * *", lambda services, now: services.remind(now)),
    Job("tips_plan", "0 5 * * *", lambda services, now: services.plan_tips(now)),
    Job("tips", "*/5 8-20 * * *", lambda services, now: services.send_tips(now)),
    Job("consultation", "*/10 * * * *", lambda services, now: services.consult(now)),
    Job("answers", "2-59/5 * * * *", lambda services, now: services.tell_askers(now)),
    Job("clusters", "0 6 * * *", lambda services, now: services.cluster(now), catch_up=True),
    Job("feeds", "1-59/5 * * * *", lambda services, now: services.read_feeds(now)),
    Job("token", "*/5 * * * *", lambda services, now: services.fresh_token(now)),
    Job("reports", "*/5 * * * *", lambda services, now: services.poll_reports(now)),
    Job("tally", "*/10 * * * *", lambda services, now: services.tally(now)),
    Job("retention", "30 3 * * *", lambda services, now: services.forget(now - _KEPT, now)),
)
