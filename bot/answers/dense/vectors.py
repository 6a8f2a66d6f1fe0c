"""The vectors of a base's articles, kept beside the base: made once for each text, searched in two steps.

<base>/dense/vector.npy   int8[N,384]      in units of 1/508, lengths 1
<base>/dense/key.npy      int64[N]         which text each is of
<base>/dense/head.npy     float32[N,64]    the vectors along the 64 axes in which they differ most …
<base>/dense/axes.npy     float32[384,64]  … and those axes
<base>/dense/digest       of all of them
.dense-<n>/               vector and key of some texts, while the rest is made
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.blobs import digest, mapped
from bot.answers.entries import Article
from bot.answers.ngrams import Floats, Ints
from bot.answers.passages import Passages, short_title
from bot.errors import ContentError

log = logging.getLogger(__name__)

FOLDER = "dense"
_ARRAYS = ("vector", "key", "head", "axes")
#: No number of a vector is beyond a quarter (61,000 articles: .20): 8 bits cost .0001 of a cosine.
_UNIT = np.float32(1 / 508)
_LENGTH, _AXES = 384, 64
_SAMPLE = 16384  # vectors that the axes are learned from
_SAVED = 500  # texts after which what was made is kept: some ten seconds' work

Encode = Callable[[str], Floats]


def passage_text(a: Article) -> str:
    """The text whose vector stands for an article."""
    return f"{short_title(a.law)} {a.text}"


class Vectors:
    """Opened from beside `count` articles; read-only, safe for many threads.

    Raises ContentError where there are none yet, and where what is there is damaged.
    """

    def __init__(self, base: Path, count: int) -> None:
        """base: the folder of the articles."""
        folder = base / FOLDER
        try:
            if (folder / "digest").read_text(encoding="ascii") != _digest(folder):
                raise ValueError("a file has changed")
            self._vector: NDArray[np.int8] = mapped(folder / "vector.npy")
            self._head: Floats = mapped(folder / "head.npy")
            self._axes: Floats = mapped(folder / "axes.npy")
            if len(self._vector) != count:
                raise ValueError("they are of other articles")
        except FileNotFoundError as e:
            raise ContentError("the vectors of the articles are not made yet", folder) from e
        except (OSError, ValueError) as e:
            reason = f"the vectors of the articles are damaged ({e}); safetybot vectors makes them anew"
            raise ContentError(reason, folder) from e

    def nearest(self, question: Floats, k: int) -> Ints:
        """About the k articles nearest to a question's vector, in no order: by the first axes alone."""
        if k >= len(self._head):
            return np.arange(len(self._head))
        likeness = self._head @ (question @ self._axes)
        return np.argpartition(likeness, -k)[-k:]

    def cosines(self, question: Floats, articles: Ints | slice) -> Floats:
        """How near a question's vector is to some articles; all lie close together, some .8 to .9."""
        near: Floats = self._vector[articles].astype(np.float32) @ (question * _UNIT)
        return near

    def rows(self) -> Floats:
        """The vectors, a row for each article."""
        return self._vector.astype(np.float32) * _UNIT


def make(articles: Passages, base: Path, encode: Encode) -> int:
    """Make the vectors of articles unless they are there and whole; those of texts that were met before are used again.

    base    the folder of the articles; its neighbours are looked through for vectors that can be used
    encode  a text to its vector. What was made is kept every few seconds, so that a run that is cut off is not lost.
    Returns how many had to be made.
    """
    with _alone(base.parent):
        try:
            Vectors(base, len(articles))
        except ContentError:
            shutil.rmtree(base / FOLDER, ignore_errors=True)
            return _make(articles, base, encode)
        return 0


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Be the one who makes vectors; wait while another process does, to use what it made."""
    with (root / ".vectors.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(articles: Passages, base: Path, encode: Encode) -> int:
    texts = [passage_text(articles.article(n)) for n in range(len(articles))]
    keys = np.array([digest.__wrapped__(text) for text in texts], np.int64)
    known = kept(base.parent)
    new = {key: text for key, text in zip(keys.tolist(), texts, strict=True) if key not in known}
    for done, part in _made(list(new.items()), encode, base.parent):
        known |= part
        log.info("vectors of articles made", extra={"done": done, "of": len(new)})
    vector = np.array([known[key] for key in keys.tolist()], np.int8).reshape(len(keys), _LENGTH)
    _write(base / FOLDER, keys, vector)
    for part_folder in base.parent.glob(f".{FOLDER}-*"):
        shutil.rmtree(part_folder, ignore_errors=True)
    return len(new)


def _made(
    texts: Sequence[tuple[int, str]], encode: Encode, root: Path
) -> Iterator[tuple[int, dict[int, NDArray[np.int8]]]]:
    """Make the vectors of (key, text), some hundred at a time, and keep them in a folder; (how many by now, those)."""
    for at in range(0, len(texts), _SAVED):
        some = texts[at : at + _SAVED]
        vector = np.rint(np.array([encode(text) for _, text in some]) / _UNIT).clip(-127, 127).astype(np.int8)
        folder = Path(tempfile.mkdtemp(dir=root, prefix=f".{FOLDER}-"))
        np.save(folder / "vector.npy", vector)
        np.save(folder / "key.npy", np.array([key for key, _ in some], np.int64))
        (folder / "digest").write_text(_digest(folder), encoding="ascii")
        yield at + len(some), dict(zip([key for key, _ in some], vector, strict=True))


def kept(root: Path) -> dict[int, NDArray[np.int8]]:
    """By key, the vectors that all bases and runs that were cut off have left."""
    out: dict[int, NDArray[np.int8]] = {}
    for folder in [*root.glob(f"*/{FOLDER}"), *root.glob(f".{FOLDER}-*")]:
        try:
            if (folder / "digest").read_text(encoding="ascii") == _digest(folder):
                out |= zip(mapped(folder / "key.npy").tolist(), mapped(folder / "vector.npy"), strict=True)
        except (OSError, ValueError):
            log.warning("vectors cannot be read and are made anew", extra={"folder": str(folder)})
    return out


def _write(folder: Path, keys: Ints, vector: NDArray[np.int8]) -> None:
    """All of it or nothing."""
    scratch = Path(tempfile.mkdtemp(dir=folder.parent.parent, prefix=f".{FOLDER}-"))
    axes = _axes(vector[:: max(1, len(vector) // _SAMPLE)].astype(np.float32) * _UNIT)
    head = np.concatenate([np.zeros((0, axes.shape[1]), np.float32), *(
        vector[n : n + _SAMPLE].astype(np.float32) @ (axes * _UNIT) for n in range(0, len(vector), _SAMPLE)
    )])  # fmt: skip
    arrays: tuple[NDArray[Any], ...] = (vector, keys, head, axes)
    for name, array in zip(_ARRAYS, arrays, strict=True):
        np.save(scratch / f"{name}.npy", array)
    (scratch / "digest").write_text(_digest(scratch), encoding="ascii")
    scratch.rename(folder)


def _axes(vectors: Floats) -> Floats:
    """The directions in which vectors differ most, as columns: principal components (Jolliffe, 2002)."""
    apart = vectors - vectors.sum(axis=0) / np.float32(max(1, len(vectors)))
    _, directions = np.linalg.eigh(apart.T @ apart)
    return np.ascontiguousarray(directions[:, ::-1][:, :_AXES])


def _digest(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name in _ARRAYS:
        if (path := folder / f"{name}.npy").exists():
            digest.update(path.read_bytes())
    return digest.hexdigest()
