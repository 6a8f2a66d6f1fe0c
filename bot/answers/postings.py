"""An index of many documents is built in bounded memory: chunk by chunk to disk, then merged term by term.

Each chunk is sorted by itself (a term and a document packed into one number) and written; then, for one span of terms
after the other, the chunks' postings are laid end to end. A million passages take about 0.3 GB.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bot.answers.blobs import mapped
from bot.answers.ngrams import DOC_MASK, SHIFT, Encoded, Floats, Ints, distinct, occurrences

#: Documents of a chunk, about; and postings that are merged at once.
CHUNK = 16384
_SPAN = 4_000_000
#: A term in more than this share of the documents is common: it is kept as a row of all documents.
_COMMON = 1 / 16


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Postings of some documents, on disk. first: the number of the first of them.

    keys  int64[t]    the terms, sorted
    ptr   int64[t+1]  where the postings of each start in docs (int32, counted from `first`) and tf (uint16)
    """

    folder: Path
    first: int

    def save(self, **arrays: NDArray[Any]) -> None:
        for name, array in arrays.items():
            np.save(self._path(name), array, allow_pickle=False)

    def load(self, name: str) -> NDArray[Any]:
        return mapped(self._path(name))

    def _path(self, name: str) -> Path:
        return self.folder / f"{self.first}.{name}.npy"


class IndexWriter:
    """Writes folder/name.*.npy of an NgramIndex; use it in a `with`: add the documents in order, then `finish`."""

    def __init__(self, folder: Path, name: str, *, k1: float, b: float) -> None:
        self._folder, self._name, self._k1, self._b = folder, name, k1, b
        self._scratch = Path(tempfile.mkdtemp(dir=folder, prefix=f".{name}-"))
        self._chunks: list[_Chunk] = []
        self._lengths: list[Ints] = []
        self._size = 0

    def __enter__(self) -> IndexWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)

    def add(self, texts: Encoded, size: int) -> None:
        """The next `size` documents; CHUNK of them at a time are best."""
        every = occurrences(texts)
        cells, first = distinct(every)
        tf = np.diff(first, append=len(every))
        keys, ptr = distinct(cells >> SHIFT)
        docs = cells & DOC_MASK
        chunk = _Chunk(self._scratch, self._size)
        chunk.save(
            keys=keys,
            ptr=np.append(ptr, len(docs)),
            docs=docs.astype(np.int32),
            tf=tf.clip(max=65535).astype(np.uint16),
        )
        self._chunks.append(chunk)
        self._lengths.append(np.bincount(docs, tf, size).astype(np.int64))
        self._size += size

    def finish(self) -> None:
        """Merge the chunks and write the index."""
        keys, df = self._terms()
        n = self._size
        idf = np.log(1 + (n - df + 0.5) / (df + 0.5)).astype(np.float32)
        scale = np.zeros(len(keys), np.float32)
        common = df > _COMMON * n
        kept, norm = np.where(common, 0, df), self._norm()
        with (
            _Column(self._path("docs"), np.int32, (int(kept.sum()),)) as docs,
            _Column(self._path("impact"), np.uint8, (int(kept.sum()),)) as impact,
            _Column(self._path("rows"), np.uint8, (int(common.sum()), n)) as rows,
        ):
            for low, high in _spans(df):
                count = df[low:high]
                found, tf = self._postings(keys[low:high], count)
                weight = np.repeat(idf[low:high], count) * (tf * np.float32(self._k1 + 1) / (tf + norm[found]))
                scale[low:high] = np.maximum.reduceat(weight, np.cumsum(count) - count) / 255
                level = np.rint(weight / np.repeat(scale[low:high], count)).clip(1, 255).astype(np.uint8)
                start = np.cumsum(count) - count
                for term in np.flatnonzero(common[low:high]).tolist():
                    mine = slice(int(start[term]), int(start[term] + count[term]))
                    rows.write(_row(found[mine], level[mine], n))
                rare = np.repeat(~common[low:high], count)
                docs.write(found[rare])
                impact.write(level[rare])
        arrays: dict[str, NDArray[Any]] = {
            "keys": keys, "idf": idf, "scale": scale, "ptr": np.concatenate([[0], np.cumsum(kept)]).astype(np.int64),
            "row": np.where(common, np.cumsum(common) - 1, -1).astype(np.int32), "size": np.array([n], np.int64),
        }  # fmt: skip
        for array, value in arrays.items():
            np.save(self._path(array), value, allow_pickle=False)

    def _path(self, array: str) -> Path:
        return self._folder / f"{self._name}.{array}.npy"

    def _terms(self) -> tuple[Ints, Ints]:
        """All terms, sorted, and in how many documents each stands."""
        keys = np.zeros(0, np.int64)
        for chunk in self._chunks:
            keys, _ = distinct(np.sort(np.concatenate([keys, chunk.load("keys")])))
        df = np.zeros(len(keys), np.int64)
        for chunk in self._chunks:
            df[np.searchsorted(keys, chunk.load("keys"))] += np.diff(chunk.load("ptr"))
        return keys, df

    def _norm(self) -> Floats:
        """What the length of each document does to its scores."""
        length = np.concatenate([np.zeros(0, np.int64), *self._lengths])
        mean = max(float(length.mean()) if len(length) else 1.0, 1e-9)
        return (self._k1 * (1 - self._b + self._b * length / mean)).astype(np.float32)

    def _postings(self, keys: Ints, df: Ints) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
        """Documents and frequencies of some neighbouring terms, one term behind the other."""
        docs, tf = np.empty(int(df.sum()), np.int32), np.empty(int(df.sum()), np.uint16)
        free = np.cumsum(df) - df
        for chunk in self._chunks:
            held = chunk.load("keys")
            low, high = np.searchsorted(held, [keys[0], keys[-1] + 1]).tolist()
            ptr = chunk.load("ptr")[low : high + 1]
            count, term = np.diff(ptr), np.searchsorted(keys, held[low:high])
            to = np.repeat(free[term] - (ptr[:-1] - ptr[0]), count) + np.arange(int(ptr[-1] - ptr[0]))
            docs[to] = chunk.load("docs")[ptr[0] : ptr[-1]] + np.int32(chunk.first)
            tf[to] = chunk.load("tf")[ptr[0] : ptr[-1]]
            free[term] += count
        return docs, tf


def _spans(df: Ints) -> Iterator[tuple[int, int]]:
    """Cut the terms into neighbours that have _SPAN postings together, or one term with more."""
    before = np.concatenate([[0], np.cumsum(df)])
    low = 0
    while low < len(df):
        high = max(low + 1, int(np.searchsorted(before, before[low] + _SPAN, "right")) - 1)
        yield low, high
        low = high


def _row(docs: NDArray[np.int32], level: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    row = np.zeros(size, np.uint8)
    row[docs] = level
    return row


class _Column:
    """A .npy file that is written piece by piece."""

    def __init__(self, path: Path, dtype: DTypeLike, shape: tuple[int, ...]) -> None:
        self._file = path.open("wb")
        header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)

    def __enter__(self) -> _Column:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, piece: NDArray[Any]) -> None:
        piece.tofile(self._file)
