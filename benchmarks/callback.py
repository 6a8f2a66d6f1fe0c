"""The callback under load: ours, the floor and WeRoBot, measured in turns in the same run.

    python -m benchmarks.callback [--rounds 3] [--connections 32] [--press 60]

floor    Flask, wechatpy and waitress with an echo in plaintext mode: no encryption, no session, no log, no answer
ours     `safetybot serve` in secure mode: signature, AES, de-duplication, session, a real question answered, a log
         row in SQLite, always from another openid and with a MsgId of its own. Three ways of asking:
         campaign  some 4,000 texts, drawn by Zipf's law as people ask while a campaign runs: a few questions often,
                   most of them once. The claim of 1.0 × the floor is about this
         warm      400 questions over and over: what an answer costs that was made before
         cold      no text comes twice: every answer is made. Nobody's followers ask like this
WeRoBot  as it comes, an echo in plaintext mode; only where it is installed (pip install '.[bench]')

Ratios are of one round each, so what else the machine does weighs on both sides. One core for the servers, another
for the client, where the machine has them. Afterwards ours alone: arrivals at a constant rate, then 64 connections
that press. Some replies are decrypted and checked all along, and at the end the log rows are counted.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from benchmarks.callback_load import Load, Run
from benchmarks.callback_messages import Sender, complaint, drawn, questions, varied
from benchmarks.callback_servers import Server, ours, pin_client, rival
from bot.settings import ROOT

QUESTIONS = ROOT / "benchmarks/data/questions.jsonl"
#: What else people write to an office, for the campaign.
OTHERS = (ROOT / "benchmarks/data/hazards.jsonl", ROOT / "benchmarks/data/emergencies.jsonl")
FLOOR, CAMPAIGN, COLD, WARM, WEROBOT = "floor", "campaign", "ours cold", "ours warm", "WeRoBot"
OURS = (CAMPAIGN, WARM, COLD)
_CAMPAIGN_TEXTS = 4000
_WARM_QUESTIONS = 400
_PRESSING = 64
#: Prepared requests per second of a load: more than any of the servers answers on one core.
_MOST_PER_S = 3000


@dataclass(slots=True)
class Case:
    """One thing to measure: a server, and what it is asked.

    rates   replies per second in each round
    cpu_ms  processor time per reply in each round: what else the machine does weighs less on it
    """

    name: str
    server: Server
    sender: Sender
    texts: Iterator[str]
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    answered: int = 0

    def load(self, connections: int, seconds: float, rate_per_s: float | None = None) -> Run:
        """Write the requests, then send them."""
        size = int(seconds * (rate_per_s or _MOST_PER_S))
        requests = self.sender.write(islice(self.texts, size))
        run = Load(self.server.port, connections, seconds, rate_per_s).send(requests)
        self.answered += len(run.latencies_s)
        return run

    def take_part(self, connections: int, seconds: float) -> Run:
        """One round, written down."""
        before = self.server.cpu_s()
        run = self.load(connections, seconds)
        self.rates.append(run.per_s)
        self.cpu_ms.append((self.server.cpu_s() - before) * 1000 / max(1, len(run.latencies_s)))
        return run


def main() -> int:
    args = _arguments()
    texts = questions(Path(args.questions))
    pinned = pin_client()
    print(f"{len(texts)} questions; one core each: {'yes' if pinned else 'no, so these figures are rough'}")
    with tempfile.TemporaryDirectory() as folder:
        with ExitStack() as stack:
            cases = _cases(stack, Path(folder), texts)
            good = _rounds(cases, args)
            good &= _arrivals(cases, args)
            good &= _press(cases[COLD], args)
        good &= _rows(Path(folder) / "ours" / "safetybot.db", cases)
    return 0 if good else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="of each load of a round")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rate", type=float, default=300, help="arrivals per second of the open loop")
    parser.add_argument("--open", type=float, default=20, metavar="SECONDS", help="length of the open loop")
    parser.add_argument("--press", type=float, default=60, metavar="SECONDS", help="length of the press")
    parser.add_argument("--questions", default=str(QUESTIONS))
    return parser.parse_args()


def _cases(stack: ExitStack, folder: Path, texts: Sequence[str]) -> dict[str, Case]:
    floor, bot = stack.enter_context(rival("flask", folder)), stack.enter_context(ours(folder))
    plain, secure = Sender(floor.path, encrypted=False), Sender(bot.path, encrypted=True)
    cases = [
        Case(FLOOR, floor, plain, cycle(texts)),
        Case(CAMPAIGN, bot, secure, drawn(_of_a_campaign(texts))),
        Case(COLD, bot, secure, varied(texts)),
        Case(WARM, bot, secure, cycle(texts[:_WARM_QUESTIONS])),
    ]
    if find_spec("werobot"):
        third = stack.enter_context(rival("werobot", folder))
        cases.append(Case(WEROBOT, third, Sender(third.path, encrypted=False), cycle(texts)))
    else:
        print("werobot is not installed: left out")
    return {case.name: case for case in cases}


def _of_a_campaign(texts: Sequence[str]) -> list[str]:
    """As many texts as a campaign brings, the questions as they are first, then what else people write."""
    as_they_are = [*texts, *(text for path in OTHERS for text in questions(path))]
    return [*as_they_are, *islice(varied(texts, seed=8, years_from=30), max(0, _CAMPAIGN_TEXTS - len(as_they_are)))]


def _rounds(cases: dict[str, Case], args: argparse.Namespace) -> bool:
    """Measure all cases in turns and print them side by side; whether all replies were good."""
    good = True
    for round_ in range(args.rounds + 1):  # the first one warms up
        for case in cases.values():
            run = case.take_part(args.connections, args.seconds) if round_ else case.load(args.connections, 1)
            good &= _are_good(case, run)
    print(f"\nclosed loop, {args.connections} connections, {args.rounds} rounds of {args.seconds:g} s each in turns")
    print(f"{'':<12}{'replies/s':>10}{'min–max':>14}{'to floor':>10}{'CPU ms':>9}")
    for case in cases.values():
        ratio = _ratio(case, cases[FLOOR])
        print(
            f"{case.name:<12}{median(case.rates):>10.0f}{_span(case.rates):>14}{ratio:>9.2f}×{median(case.cpu_ms):>9.2f}"
        )
    for name in OURS:
        _goal(f"{name} to floor", _ratio(cases[name], cases[FLOOR]), 1.0)
        if WEROBOT in cases:
            _goal(f"{name} to WeRoBot", _ratio(cases[name], cases[WEROBOT]), 5.0)
    return good


def _ratio(case: Case, other: Case) -> float:
    """The median over the rounds of how many times as fast one was as the other."""
    return median(a / b for a, b in zip(case.rates, other.rates, strict=True))


def _span(rates: Sequence[float]) -> str:
    return f"{min(rates):.0f}–{max(rates):.0f}"


def _goal(what: str, reached: float, least: float) -> None:
    print(f"  {'reached' if reached >= least else 'MISSED '} {what}: {reached:.2f} × (goal {least:g} ×)")


def _arrivals(cases: dict[str, Case], args: argparse.Namespace) -> bool:
    """Arrivals at a constant rate; latency counts from when each was due."""
    good = True
    print(f"\nopen loop, {args.rate:g} arrivals/s for {args.open:g} s, milliseconds from when each was due")
    print(f"{'':<12}{'p50':>8}{'p99':>8}{'p99.9':>8}{'max':>8}")
    for name in (FLOOR, *OURS):
        run = cases[name].load(_PRESSING, args.open, args.rate)
        good &= _are_good(cases[name], run)
        figures = "".join(f"{run.quantile_ms(q):>8.1f}" for q in (0.5, 0.99, 0.999, 1))
        print(f"{name:<12}{figures}" + ("" if name == FLOOR else "   p99 goal 25 ms"))
    return good


def _press(case: Case, args: argparse.Namespace) -> bool:
    """Connections that ask again as soon as they are answered; nobody may wait for a second."""
    run = case.load(_PRESSING, args.press)
    slow = sum(latency > 1 for latency in run.latencies_s)
    good = _are_good(case, run)
    print(f"\npress, {_PRESSING} connections for {run.took_s:.0f} s, every text new")
    print(f"  {len(run.latencies_s)} replies, {run.per_s:.0f}/s, longest {run.quantile_ms(1):.0f} ms")
    print(f"  {slow} over 1 s (goal 0), {run.failed} not 200 or lost, {len(run.kept)} decrypted, invalid: {not good}")
    return good and not slow


def _are_good(case: Case, run: Run) -> bool:
    """Print what is wrong with the replies, if anything. What a rival answers only has to be 200."""
    if run.failed:
        print(f"{case.name}: {run.failed} of {len(run.latencies_s)} replies were not 200 or lost: {dict(run.statuses)}")
    if case.name not in OURS:
        return True
    wrong = [words for reply in run.kept if (words := complaint(reply, _failure()))]
    if wrong:
        print(f"{case.name}: {len(wrong)} of {len(run.kept)} decrypted replies are wrong: {wrong[0]}")
    return not wrong and not run.failed


@cache
def _failure() -> str:
    """What the bot says when something of its own broke."""
    return str(tomllib.loads((ROOT / "knowledge/replies.toml").read_text(encoding="utf-8"))["chat"]["failure"])


def _rows(database: Path, cases: dict[str, Case]) -> bool:
    """Whether the server, which has ended by now, wrote a log row for every message."""
    answered = sum(cases[name].answered for name in OURS)
    with closing(sqlite3.connect(database)) as db:
        (rows,) = db.execute("SELECT count(*) FROM message_log").fetchone()
        (people,) = db.execute("SELECT count(DISTINCT address) FROM message_log").fetchone()
        kinds = db.execute("SELECT status, count(*) FROM message_log GROUP BY 1 ORDER BY 2 DESC").fetchall()
    told = ", ".join(f"{status} {n / rows:.0%}" for status, n in kinds)
    print(f"\n{rows} log rows of {answered} messages of {people} people: {told}")
    return bool(rows == answered)


if __name__ == "__main__":
    raise SystemExit(main())
