"""Runs the table of jobs with DBOS: every firing once, however many processes there are, kept in a database.

A firing is a row with the name of the job and its time as the key, so two schedulers cannot make it twice; one that a
crash interrupts is run again when a process of the same name starts. Batches of broadcasts do not go through its
queue: they are rows with leases of their own already (see bot/outreach/ledger and benchmarks/README.md).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy.orm  # noqa: F401  # DBOS needs it: imported while other threads make statements, it breaks theirs

from bot.jobs.clock import Connection
from bot.jobs.schedule import Job

log = logging.getLogger(__name__)

_ZONE = "Asia/Shanghai"
_RETRY_S = 5.0
#: Firings are kept so long, to look something up.
_KEPT = timedelta(days=7)
_TIDY = Job("tidy", "10 4 * * *", lambda scheduler, now: scheduler.tidy(now))
_AT_ONCE = 500
#: Raised when a job changes so that what an older program left unfinished must not be run by this one.
_VERSION = "1"
_ENDING_S = 5


class Scheduler:
    """The schedule of one process; a process has one at most, for DBOS is one per process.

    services  what jobs are called with
    url       of the database that keeps the firings, SQLAlchemy's; PostgreSQL: in a schema of its own
    name      of the process: what one of this name left unfinished is finished
    """

    def __init__(self, services: object, jobs: Sequence[Job], *, url: str, name: str) -> None:
        self._services, self._jobs, self._url, self._name = services, {job.name: job for job in jobs}, url, name
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin soon. Where the database is away it is tried until it is there; nobody waits for that."""
        self._thread = threading.Thread(target=self._launch, name="scheduler", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Fire nothing more. Returns at once."""
        self._ending.set()

    def stop(self) -> None:
        """End, after the jobs that are being run."""
        self.end()
        if self._thread:
            self._thread.join()
            self._thread = None
            _destroy()

    def tidy(self, now: datetime) -> None:
        """Drop firings of long ago."""
        from dbos import DBOS

        before = (now - _KEPT).isoformat()
        while old := DBOS.list_workflows(
            end_time=before, status=["SUCCESS", "ERROR"], limit=_AT_ONCE, load_input=False, load_output=False
        ):
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])

    def _launch(self) -> None:
        while not self._ending.is_set():
            try:
                self._begin()
                return
            except Exception as e:  # whatever keeps it from starting now, the process has other things to do
                log.warning("the schedule cannot start yet", extra={"error": f"{type(e).__name__}: {e}"[:300]})
                _destroy()
                self._ending.wait(_RETRY_S)

    def _begin(self) -> None:
        from dbos import DBOS  # half a second, and 20 MB: only where jobs are run

        config: dict[str, Any] = {
            "name": "safetybot",
            "system_database_url": self._url,
            "dbos_system_schema": "safetybot_jobs",
            "executor_id": self._name,
            "application_version": _VERSION,
            "run_admin_server": False,
            "enable_otlp": False,
            "log_level": "ERROR",
        }
        if self._url.startswith("sqlite"):
            config["db_engine_kwargs"] = {"connect_args": {"factory": Connection}}
        DBOS(config=config)  # type: ignore[arg-type]

        @DBOS.workflow(name="job")
        def run(due: datetime, name: str) -> None:  # a function: DBOS takes no bound method
            self._run(due, name)

        DBOS.launch()
        DBOS.apply_schedules(
            [
                {
                    "schedule_name": job.name,
                    "workflow_fn": run,
                    "schedule": job.cron,
                    "context": job.name,
                    "automatic_backfill": job.catch_up,
                    "cron_timezone": _ZONE,
                }
                for job in (*self._jobs.values(), _TIDY)
            ]
        )
        known = {*self._jobs, _TIDY.name}
        for schedule in DBOS.list_schedules():
            if schedule["schedule_name"] not in known:
                DBOS.delete_schedule(schedule["schedule_name"])
        log.info("the schedule runs", extra={"jobs": len(known)})

    def _run(self, due: datetime, name: str) -> None:
        if self._ending.is_set():
            return
        try:
            if name == _TIDY.name:
                self.tidy(due)
            else:
                self._jobs[name].run(self._services, due.astimezone(UTC))
        except Exception:  # the edge: a job that breaks is told of, and comes again at its next time
            log.exception("a job broke", extra={"job": name})


def _destroy() -> None:
    from dbos import DBOS

    DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=_ENDING_S)
