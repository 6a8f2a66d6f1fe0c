"""The callback while a broadcast goes out: 300 messages a second arrive, with a broadcast and without, in turns.

    python -m benchmarks.meanwhile [--rounds 3] [--seconds 15] [--rate 300] [--people 100000] [--alone]
        [--database URL --redis URL]

`safetybot serve` answers as in benchmarks.callback, `safetybot worker` sends beside it as in benchmarks.sending: one
call each at 20 ms, from the same database. With --alone `serve` sends too, and there is no worker. Latency counts from
when a message was due. Server, sender, platform and the client that asks share the cores as the system likes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from benchmarks.callback import QUESTIONS
from benchmarks.callback_load import Load, Run
from benchmarks.callback_messages import APP_ID, Sender, drawn, questions
from benchmarks.callback_servers import Server, ours
from benchmarks.sending import environment, fan_out, follow, platform, worker
from bot.outreach import ledger
from bot.outreach.states import State
from bot.outreach.tables import broadcast
from bot.store.database import Database

_CONNECTIONS = 64
_WARM_S = 5.0


def main() -> None:
    """See above."""
    args = _arguments()
    with tempfile.TemporaryDirectory() as folder, platform() as port:
        home = Path(folder) / "ours"
        url = args.database or f"sqlite:///{home}/safetybot.db"
        database = Database(url)
        database.migrate()
        follow(database, args.people)
        settings = environment(str(home), url, args.redis, port)
        more = {
            name.removeprefix("SAFETYBOT_"): value for name, value in settings.items() if name.startswith("SAFETYBOT_")
        }
        more |= {"WECHAT__APP_ID": APP_ID, "WORKER__IN_SERVE": str(args.alone).lower()}
        with ours(Path(folder), None, more) as bot:
            sender = None if args.alone else worker(settings | {"SAFETYBOT_WECHAT__APP_ID": APP_ID}, 256)
            try:
                _rounds(bot, database, args)
            finally:
                if sender:
                    sender.terminate()
                    sender.wait()
        database.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=float, default=300)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--database", default="", help="postgresql://…, an empty database")
    parser.add_argument("--redis", default="")
    parser.add_argument("--alone", action="store_true", help="serve sends, without a worker")
    return parser.parse_args()


def _rounds(bot: Server, database: Database, args: argparse.Namespace) -> None:
    asks = _Asking(bot, questions(QUESTIONS))
    while asks.ask(_WARM_S, args.rate).failed:
        print("not ready", flush=True)
    print(f"{args.rate:g} messages/s for {args.seconds:g} s, milliseconds from when each was due; goal 25 at p99")
    for _ in range(args.rounds):
        _tell("nothing is sent", asks.ask(args.seconds, args.rate))
        number = fan_out(database, "official.notice")
        _set(database, number, State.SENDING)
        run = asks.ask(args.seconds, args.rate)
        with database.begin() as db:
            sent = ledger.progress(db, number)["sent"]
        _set(database, number, State.CANCELLED)
        _tell("a broadcast", run, f", {sent / run.took_s:.0f} of {args.people} people sent to each second")


class _Asking:
    """People who write."""

    def __init__(self, bot: Server, texts: Sequence[str]) -> None:
        self._port, self._sender = bot.port, Sender(bot.path, encrypted=True)
        self._texts: Iterator[str] = drawn(texts)

    def ask(self, seconds: float, rate: float) -> Run:
        """So many a second."""
        requests = self._sender.write(islice(self._texts, int(seconds * rate)))
        return Load(self._port, _CONNECTIONS, seconds, rate).send(requests)


def _tell(what: str, run: Run, more: str = "") -> None:
    figures = "  ".join(f"p{q * 100:g} {run.quantile_ms(q):.1f}" for q in (0.5, 0.9, 0.99, 0.999))
    print(f"  {what:<16}{figures}  longest {run.quantile_ms(1):.0f}, {run.failed} failed{more}", flush=True)


def _set(database: Database, number: int, state: State) -> None:
    with database.begin() as db:
        # Urgent: it goes out in quiet hours too, or nothing would be measured at night.
        db.execute(sa.update(broadcast).where(broadcast.c.id == number).values(state=state, urgent=1))


if __name__ == "__main__":
    main()
