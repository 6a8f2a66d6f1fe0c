"""The schedule: every firing once, whoever runs."""

import re
import sqlite3
import subprocess
import sys
import textwrap
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.jobs.clock import Connection
from bot.jobs.schedule import JOBS, Job
from bot.services import Services

#: A process with a job for each second and one for 6:00, which write the times they were due into files. It ends when
#: a file has so many lines.
PROCESS = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from bot.jobs.schedule import Job
    from bot.jobs.scheduler import Scheduler

    url, name, folder, watched, lines = sys.argv[1:]

    def writes(file):
        def run(services, due):
            with (Path(folder) / file).open("a") as f:
                f.write(f"{due.isoformat()}\\n")
        return run

    jobs = [Job("tick", "* * * * * *", writes("ticks")), Job("night", "0 6 * * *", writes("nights"), catch_up=True)]
    scheduler = Scheduler(None, jobs, url=url, name=name)
    scheduler.start()
    end, watched = time.monotonic() + 90, Path(folder) / watched
    while time.monotonic() < end and not (watched.exists() and len(watched.read_text().split()) >= int(lines)):
        time.sleep(0.1)
    scheduler.stop()
    """
)


def runs(url: str, name: str, folder: Path, watched: str, lines: int) -> subprocess.Popen[str]:
    """Start such a process."""
    command = [sys.executable, "-W", "error", "-c", PROCESS, url, name, str(folder), watched, str(lines)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ends(process: subprocess.Popen[str]) -> None:
    """Wait for its end, which must be a silent one."""
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")


def test_two_schedulers_fire_once(database_url: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.db'}" if database_url.startswith("sqlite") else database_url
    for process in [runs(url, name, tmp_path, "ticks", 4) for name in ("a", "b")]:
        ends(process)
    fired = Counter((tmp_path / "ticks").read_text().split())
    assert set(fired.values()) == {1}


def test_missed_nights_are_made_good_once(tmp_path: Path) -> None:
    database = tmp_path / "jobs.db"
    ends(runs(f"sqlite:///{database}", "a", tmp_path, "ticks", 1))
    last = datetime.now(UTC) - timedelta(days=2)
    with closing(sqlite3.connect(database)) as db, db:  # as if nothing had run for two days
        db.execute("UPDATE workflow_schedules SET last_fired_at = ?", [last.isoformat()])
    for _ in range(2):  # the second finds nothing to make good
        (tmp_path / "ticks").unlink()
        ends(runs(f"sqlite:///{database}", "a", tmp_path, "ticks", 2))
    due = [datetime.fromisoformat(line) for line in (tmp_path / "nights").read_text().split()]
    assert len(set(due)) == len(due) == 2
    assert {(at.hour, at.minute) for at in due} == {(22, 0)}  # 6:00 in Beijing, told in UTC


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_jobs_of_the_table_can_be_run_twice(job: Job, services: Services) -> None:
    for _ in range(2):
        job.run(services, datetime.now(UTC))


def test_names_of_jobs_are_their_own() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert all(re.fullmatch(r"[a-z_]+", job.name) for job in JOBS)


def test_firings_have_times_whatever_sqlite_there_is() -> None:
    with closing(sqlite3.connect(":memory:", factory=Connection)) as db, db:
        db.execute("CREATE TABLE firing (name TEXT, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
        db.execute("INSERT INTO firing (name) VALUES ('sweep')")
        [(at,)] = db.execute("SELECT at FROM firing").fetchall()
    assert abs(at / 1000 - datetime.now(UTC).timestamp()) < 60
