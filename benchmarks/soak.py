"""Broadcasts for as long as one likes, while `serve` and workers are killed at random: is anybody lost, or told twice?

python -m benchmarks.soak MINUTES [SEED]

Real processes, a database in a file, a platform over real HTTP: those of tests/system/test_killed.py, which does the
same at a fixed list of moments. Prints the seed first, a line for each broadcast, and at the end what must be 0.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.messages import Delivery
from bot.outreach.states import State
from bot.store.database import Database
from tests.outreach.conftest import Clock, Office, Platform
from tests.small_office import furnish
from tests.system.test_killed import THREADS, Machine, WeChat, ends, fates

_PEOPLE = 2000
_ZYGOTE = Path(__file__).resolve().parent.parent / "tests" / "system" / "zygote.py"


@dataclass
class Sums:
    """Over all broadcasts. unexplained: unknown of more people than calls were under way when somebody was killed."""

    broadcasts: int = 0
    people: int = 0
    kills: int = 0
    lost: int = 0
    twice: int = 0
    unknown: int = 0
    unexplained: int = 0
    unfinished: int = 0

    @property
    def is_right(self) -> bool:
        """Whether nothing happened that must not."""
        return not (self.lost or self.twice or self.unexplained or self.unfinished)


def main(minutes: float, seed: int) -> int:
    """Exit code 1 where something is lost, sent twice or unexplained."""
    print(f"seed {seed}", flush=True)
    dice, sums, until = random.Random(seed), Sums(), time.monotonic() + minutes * 60
    with tempfile.TemporaryDirectory(prefix="soak") as home:
        furnish(Path(home) / "knowledge")
        command = [sys.executable, "-P", str(_ZYGOTE), home]
        zygote = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        while time.monotonic() < until:
            _broadcast(zygote, Path(home), dice, sums)
        zygote.communicate()
    print(sums)
    return 0 if sums.is_right else 1


def _broadcast(zygote: subprocess.Popen[str], home: Path, dice: random.Random, sums: Sums) -> None:
    folder = home / f"office-{sums.broadcasts}"
    folder.mkdir()
    (folder / "index").symlink_to(home / "index")
    database = Database(f"sqlite:///{folder / 'bot.db'}")
    database.migrate()
    office, wechat = Office(database, Clock()), WeChat()
    thread = threading.Thread(target=wechat.serve_forever, args=(0.05,))
    thread.start()
    order = {"folder": str(folder), "database": f"sqlite:///{folder / 'bot.db'}", "redis": ""}
    machine = Machine(zygote, {**order, "api": f"http://127.0.0.1:{wechat.server_port}"})
    office.follows(_PEOPLE)
    sender = dice.choice(["official.template", "official.service"])
    sent = office.broadcasts(Platform(name=sender), started_at=datetime.now(UTC), urgent=1)
    kills = _send(office, machine, wechat, sent, dice)
    _judge(office, wechat, sent, kills, sums)
    wechat.shutdown()
    thread.join()
    wechat.server_close()
    office.close()
    database.close()


def _send(office: Office, machine: Machine, wechat: WeChat, sent: int, dice: random.Random) -> int:
    """Kill whoever sends until hardly anybody is left; returns how often."""
    kills = 0
    while (gone := wechat.got.total()) < _PEOPLE - 300:
        pid = machine.starts(dice.choice(["worker", "worker", "serve"]))
        wechat.reaches(gone + dice.randint(1, 200))
        time.sleep(dice.uniform(0, 0.02))
        machine.kills(pid)
        kills += 1
    last = machine.starts("worker")
    ends(office, sent)
    machine.kills(last)
    return kills


def _judge(office: Office, wechat: WeChat, sent: int, kills: int, sums: Sums) -> None:
    told = fates(office, sent)
    unknown = {who for who, state in told.items() if state == Delivery.UNKNOWN}
    sums.broadcasts += 1
    sums.people += len(told)
    sums.kills += kills
    sums.unknown += len(unknown)
    sums.lost += len(told.keys() - wechat.got.keys() - unknown)
    sums.twice += sum(times > 1 for times in wechat.got.values())
    sums.unexplained += max(0, len(unknown) - kills * THREADS)
    sums.unfinished += office.stands(sent).state != State.SENT
    print(f"broadcast {sums.broadcasts}: killed {kills} times, {len(unknown)} of {len(told)} unknown", flush=True)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)))
