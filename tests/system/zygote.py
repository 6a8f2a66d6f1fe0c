"""Run by test_killed.py: what a process of the office needs is imported once, each is forked from here.

Argument: a folder with the office's `knowledge`; its index is put beside it. Reads lines of JSON: {"what": "worker" or
"serve", "folder": …, "database": …, "redis": …, "api": …}, answers each with the process's number. Whoever reads it
kills it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import dbos  # noqa: F401

from bot import draining, jobs, warming  # noqa: F401
from bot.app import create_app
from bot.server import serve
from bot.services import Services
from bot.settings import Settings, WeChatSettings, WorkerSettings

HOME = Path(sys.argv[1])
THREADS = 8


def settings(order: dict[str, Any]) -> Settings:
    """Those of the office."""
    return Settings(
        var_dir=Path(order["folder"]),
        database_url=order["database"],
        redis_url=order["redis"],
        knowledge_dir=HOME / "knowledge",
        wechat=WeChatSettings(app_id="wx1", secret="s", api_base=order["api"], api_timeout_s=60),
        worker=WorkerSettings(serve_threads=THREADS),
    )


def warm() -> None:
    """Import, read and build all that each of them would."""
    services = Services(settings({"folder": HOME, "database": "", "redis": "", "api": "http://127.0.0.1:9"}))
    create_app(services)
    assert services.answerer
    assert services.senders
    assert services.answerer  # it builds the index
    services.close()


def be(order: dict[str, Any]) -> None:
    """Be such a process, for as long as it is let."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if order["what"] == "serve":
        serve(settings(order), port=0)
        return
    Services(settings(order)).crew(THREADS).start()
    while True:
        time.sleep(60)


def main() -> None:
    """See above."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    warm()
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            os.dup2(2, 1)
            be(json.loads(line))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
