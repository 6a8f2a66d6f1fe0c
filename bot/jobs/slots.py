"""Names of processes that stay the same from one start to the next, and that no two running ones share."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import socket
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def slot(folder: Path) -> Iterator[str]:
    """The first name of this machine that is free, ours until the end or the death of the process."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        with (folder / f"worker-{number}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield f"{socket.gethostname()[:60]}-{number}"
            return
