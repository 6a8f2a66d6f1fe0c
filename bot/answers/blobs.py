"""Arrays and byte strings in files, mapped into memory: read when first touched, shared between processes."""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def mapped(path: Path) -> NDArray[Any]:
    """The array of a .npy file."""
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    return array


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

    @staticmethod
    def write(path: Path, items: Sequence[bytes]) -> None:
        """Write path.blob and path.at.npy."""
        at = np.concatenate([[0], np.cumsum([len(i) for i in items], dtype=np.int64)]).astype(np.int64)
        np.save(path.with_suffix(".at.npy"), at, allow_pickle=False)
        path.with_suffix(".blob").write_bytes(b"".join(items))
