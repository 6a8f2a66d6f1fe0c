"""Arrays and byte strings in files, mapped into memory: read when first touched, shared between processes."""

from __future__ import annotations

import hashlib
import mmap
import os
import threading
from array import array
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: np.load reads a file's head with ast.parse, and CPython 3.11 fails now and then where two threads are in there at
#: once: "SystemError: AST constructor recursion depth mismatch" (python/cpython#106905).
_PARSING = threading.Lock()


def mapped(path: Path) -> NDArray[Any]:
    """The array of a .npy file. For many threads: nothing else of ours may call np.load."""
    with _PARSING:
        held: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    return held


class Blob:
    """Byte strings in one file, mapped into memory."""

    def __init__(self, path: Path) -> None:
        self._at: NDArray[np.int64] = mapped(path.with_suffix(".at.npy"))
        with path.with_suffix(".blob").open("rb") as f:
            empty = os.fstat(f.fileno()).st_size == 0
            self._data = b"" if empty else mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._at) - 1

    def __getitem__(self, n: int) -> bytes:
        return bytes(self._data[int(self._at[n]) : int(self._at[n + 1])])


class BlobWriter:
    """Writes path.blob and path.at.npy, one byte string after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = array("q", [0])
        self._file = path.with_suffix(".blob").open("wb")

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        np.save(self._path.with_suffix(".at.npy"), np.array(self._at, np.int64), allow_pickle=False)

    def add(self, item: bytes) -> None:
        """The next byte string."""
        self._file.write(item)
        self._at.append(self._at[-1] + len(item))


def write_blob(path: Path, items: Iterable[bytes]) -> None:
    """Write path.blob and path.at.npy."""
    with BlobWriter(path) as blob:
        for item in items:
            blob.add(item)


@lru_cache(maxsize=4096)
def digest(text: str) -> int:
    """A number below 2**63 that stands for a text where texts are looked up."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
