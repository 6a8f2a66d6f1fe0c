"""Has the base of what is live built in a process of its own, `python -m bot.knowledge`.

Seconds of work that hold Python's lock would delay every answer of the server that asked for them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass

from bot.settings import ROOT, Settings

#: What was tried and is not there would most likely not be there the next time either.
_RETRY_S = 60.0


@dataclass
class Builder:
    """Runs one building process at a time."""

    settings: Settings
    _process: subprocess.Popen[bytes] | None = None
    _tried: tuple[str, float] = ("", 0.0)

    def start(self, wanted: str) -> bool:
        """Begin to build, unless that is going on, or was tried just now; whether it was begun.

        wanted  the name of the base that is hoped for
        """
        now = time.monotonic()
        if self._process or (self._tried[0] == wanted and now < self._tried[1] + _RETRY_S):
            return False
        self._tried = wanted, now
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot.knowledge"], cwd=ROOT, stdin=subprocess.PIPE,
            # A signal for the server (Ctrl-C in its terminal) is not meant for what it builds.
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin
        with self._process.stdin as pipe:
            pipe.write(json.dumps(_given(self.settings)).encode())
        return True

    def ended(self) -> bool:
        """Whether a build has ended since this was last asked."""
        if self._process is None or self._process.poll() is None:
            return False
        self._process = None
        return True

    def stop(self) -> None:
        """End a running build; nothing of it is left but a folder that the next one clears away."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


def _given(settings: Settings) -> dict[str, str | bool]:
    return {
        "database": settings.database,
        "var_dir": str(settings.var_dir),
        "knowledge_dir": str(settings.knowledge_dir),
        "log_level": settings.log_level,
        "dense": settings.answers.dense,
    }
