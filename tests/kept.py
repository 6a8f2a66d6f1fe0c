"""What takes long to build and hangs on files of this repository alone: built once, kept for whoever tests next.

It lies below .pytest_cache, so that the lanes of .ci/run, which run side by side, build it once.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from bot.settings import ROOT

_FOLDER = ROOT / ".pytest_cache" / "kept"
#: What a base is made by and of. A change of any of these makes another.
_MADE_OF = ("bot/answers", "bot/ingest", "bot/knowledge", "config", "knowledge")


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills, made by the first process that asks for it. Nobody may change what is in it."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    folder, scratch = _FOLDER / f"{name}-{_digest()}", _FOLDER / f".{name}"
    with (_FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            for old in (scratch, *_FOLDER.glob(f"{name}-*")):
                shutil.rmtree(old, ignore_errors=True)
            scratch.mkdir()
            make(scratch)
            scratch.rename(folder)
    return folder


@cache
def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for folder in _MADE_OF for path in _files(ROOT / folder)):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:20]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
