"""Run by test_killed.py: what a process of the office needs is imported once, each is forked from here.

Reads lines of JSON: {"what": "worker" or "serve", "folder": …, "database": …, "redis": …, "api": …, "knowledge": …}.
Answers each with the process's number. Whoever reads it kills it.
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

from bot import app, draining, warming  # noqa: F401
from bot.server import serve
from bot.services import Services
from bot.settings import Settings, WeChatSettings, WorkerSettings

THREADS = 8


def be(order: dict[str, Any]) -> None:
    """Be such a process, for as long as it is let."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    settings = Settings(
        var_dir=Path(order["folder"]),
        database_url=order["database"],
        redis_url=order["redis"],
        knowledge_dir=Path(order["knowledge"]),
        wechat=WeChatSettings(app_id="wx1", secret="s", api_base=order["api"], api_timeout_s=5),
        worker=WorkerSettings(serve_threads=THREADS),
    )
    if order["what"] == "serve":
        serve(settings, port=0)
        return
    Services(settings).crew(THREADS).start()
    while True:
        time.sleep(60)


def main() -> None:
    """See above."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    assert Services(Settings(wechat=WeChatSettings(app_id="wx1", secret="s"))).senders  # imported before the fork
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            os.close(0)
            os.dup2(2, 1)
            be(json.loads(line))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
