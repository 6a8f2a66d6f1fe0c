"""Paths that somebody names -> the files below them, and their bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.errors import ContentError
from bot.ingest.readers.limits import MAX_BYTES, too_large


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder in name order; hidden ones are left out, no folder is entered twice.

    A folder that cannot be opened comes as if it were a file: reading it says so.
    """
    seen: set[tuple[int, int]] = set()
    closed: list[Path] = []
    for parent, folders, names in os.walk(folder, followlinks=True, onerror=lambda e: closed.append(Path(e.filename))):
        where = os.stat(parent)
        if (where.st_dev, where.st_ino) in seen:  # a link back to a folder above
            folders.clear()
            continue
        seen.add((where.st_dev, where.st_ino))
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        yield from (Path(parent, n) for n in sorted(names) if not n.startswith((".", "~$")))
    yield from closed


def expand(paths: Sequence[Path]) -> list[tuple[Path, bool]]:
    """(file, whether it was named itself) for files and folders, in the order given."""
    out: list[tuple[Path, bool]] = []
    for path in paths:
        if path.is_dir():
            out += [(child, False) for child in files_below(path)]
        else:
            out.append((path, True))
    return out


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises ContentError; a file that is too large is not even opened."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise ContentError("文件夹打不开", path)
        if not stat.S_ISREG(found.st_mode):
            raise ContentError("不是普通文件", path)
        if found.st_size > MAX_BYTES:
            raise too_large(str(path), found.st_size)
        with path.open("rb") as f:
            data = f.read(MAX_BYTES + 1)
    except FileNotFoundError as e:
        raise ContentError("没有这个文件或文件夹", path) from e
    except PermissionError as e:
        raise ContentError("没有读取权限", path) from e
    except OSError as e:
        raise ContentError(f"读不出（{e.strerror}）", path) from e
    if len(data) > MAX_BYTES:
        raise too_large(str(path), len(data))
    return data
