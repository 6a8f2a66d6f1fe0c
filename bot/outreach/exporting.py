"""What came of a broadcast for each person, as a workbook: written by a process of its own, which gives way to others.

A million rows take minutes of the processor: inside a request, or in a thread beside those that answer people, they
would hold up everybody. The file lies in the folder of the program, for a day; who took it along is on record.

`python -m bot.outreach.exporting` is that process. It reads its order from standard input, which holds a password, and
tells how far it is line by line.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.errors import BotError, OutreachError
from bot.outreach import outcome
from bot.settings import ROOT
from bot.store.database import Database

#: A file is kept no longer than whoever asked for it needs to fetch it.
KEPT = timedelta(days=1)
_LIMIT_S = 1800.0
_NICE = 15
_FAILED = "没能写出表格（中途停止）。请再试一次；还不行，请联系安装人员查看日志和磁盘空间"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written. database: its URL; path: where to."""

    database: str
    number: int
    path: Path


def path_of(folder: Path, task: int) -> Path:
    """Where the file of a piece of work lies. folder: of the program."""
    return folder / "exports" / f"outcome-{task}.xlsx"


def tidy(folder: Path) -> None:
    """Drop files that have served their time."""
    before = time.time() - KEPT.total_seconds()
    for path in (folder / "exports").glob("outcome-*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()


def export(order: Order, tell: Callable[[int, int], None]) -> int:
    """Have a workbook written; returns how many people. tell: how many rows stand there, of how many.

    Raises OutreachError where it did not come to an end.
    """
    order.path.parent.mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen(
        [sys.executable, "-m", "bot.outreach.exporting"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    timer = threading.Timer(_LIMIT_S, child.kill)
    timer.start()
    try:
        return _followed(child, order, tell)
    finally:
        timer.cancel()
        if child.poll() is None:
            child.kill()
        child.wait()


def _followed(child: subprocess.Popen[bytes], order: Order, tell: Callable[[int, int], None]) -> int:
    assert child.stdin
    assert child.stdout
    said: list[int] = []
    given = {"database": order.database, "number": order.number, "path": str(order.path)}
    with contextlib.suppress(BrokenPipeError), child.stdin as pipe:
        pipe.write(json.dumps(given).encode())
    with child.stdout as lines:
        for line in lines:
            said = json.loads(line)
            tell(said[0], said[1])
    if child.wait() or not said or not order.path.exists():
        raise OutreachError(_FAILED)
    return said[0]


def main() -> int:
    """Write the workbook beside its place, then put it there whole."""
    os.nice(_NICE)
    given = json.load(sys.stdin)
    database, path = Database(given["database"]), Path(given["path"])
    partly = path.with_suffix(".part")

    def tell(done: int, total: int) -> None:
        print(json.dumps([done, total]), flush=True)

    try:
        count = outcome.export(database, given["number"], partly, tell)
        partly.chmod(0o600)
        partly.replace(path)
        tell(count, count)
    except (BotError, OSError) as e:
        print(f"the workbook was not written: {e}", file=sys.stderr)
        partly.unlink(missing_ok=True)
        return 1
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
