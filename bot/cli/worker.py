"""`safetybot worker`: delivers broadcasts and runs the schedule, beside `serve` or on another machine."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable
from typing import Any

from bot.settings import Settings

_GC_OBJECTS = 20_000
_NAP_S = 0.1


def add(commands: Any) -> None:
    """Add the command."""
    text = "deliver broadcasts and run the schedule, until it is told to end"
    parser = commands.add_parser("worker", help=text, description=text)
    parser.add_argument("--threads", type=int, help="calls to platforms at once (default: settings)")
    run: Callable[[argparse.Namespace, Settings], int] = _work
    parser.set_defaults(run=run)


def _work(args: argparse.Namespace, settings: Settings) -> int:
    from bot.server import SWITCH_INTERVAL_S, stop_on_signal
    from bot.services import Services

    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.set_threshold(_GC_OBJECTS, 10, 10)
    services, told = Services(settings), list[bool]()
    crew = services.crew(args.threads or settings.worker.threads)
    services.office_keeper.start()
    crew.start()
    stop_on_signal(lambda: told.append(True))
    print("worker ready", flush=True)
    while not told:
        time.sleep(_NAP_S)
    services.close()
    return 0
