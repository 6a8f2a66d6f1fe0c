"""What came of a broadcast for each person, as a workbook: written by a process of its own, which gives way to others.

A million rows take minutes of the processor: inside a request, or in a thread beside those that answer people, they
would hold up everybody. The file is kept in the database for a day, where every host can hand it out; who took it
along is on record.

`python -m bot.outreach.exporting` is that process. It reads its order from standard input, which holds a password, and
tells how far it is line by line.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import BotError, OutreachError
from bot.outreach import outcome
from bot.settings import ROOT
from bot.store import files
from bot.store.database import Database

_LIMIT_S = 1800.0
_NICE = 15
_FAILED = "没能写出表格（中途停止）。请再试一次；还不行，请联系安装人员查看日志和磁盘空间"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written. database: its URL; name: of the file that is kept there."""

    database: str
    number: int
    name: str


def name_of(task: int) -> str:
    """The name under which the file of a piece of work is kept."""
    return f"outcome-{task}"


def export(order: Order, tell: Callable[[int, int], None]) -> int:
    """Have a workbook written; returns how many people. tell: how many rows stand there, of how many.

    Raises OutreachError where it did not come to an end.
    """
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
    given = {"database": order.database, "number": order.number, "name": order.name}
    with contextlib.suppress(BrokenPipeError), child.stdin as pipe:
        pipe.write(json.dumps(given).encode())
    with child.stdout as lines:
        for line in lines:
            said = json.loads(line)
            tell(said[0], said[1])
    if child.wait() or not said:
        raise OutreachError(_FAILED)
    return said[0]


def main() -> int:
    """Write the workbook, then keep it."""
    os.nice(_NICE)
    given = json.load(sys.stdin)
    database = Database(given["database"])

    def tell(done: int, total: int) -> None:
        print(json.dumps([done, total]), flush=True)

    try:
        with tempfile.TemporaryDirectory(prefix="safetybot-") as scratch:  # for our user alone
            path = Path(scratch) / "outcome.xlsx"
            count = outcome.export(database, given["number"], path, tell)
            with path.open("rb") as file:
                files.keep(database, given["name"], file, datetime.now(UTC))
        tell(count, count)
    except (BotError, OSError) as e:
        print(f"the workbook was not written: {e}", file=sys.stderr)
        return 1
    finally:
        database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
