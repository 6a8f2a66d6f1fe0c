"""The articles of statutes, and the passages of any collection: kept, looked up by number, searched by words.

How they are ranked, measured on lay questions over 61,000 articles (benchmarks/retrieval.py): BM25 over the title,
twice, the chapter and the text; a statute lends its articles some of the score of the best of them, since a question
is mostly about one subject; and a law stands a little above regulations, as it does in the order of the law.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.blobs import Blob, BlobWriter, digest, mapped
from bot.answers.entries import Article
from bot.answers.ngrams import Floats, Ints, NgramIndex, best_of, encode_printed
from bot.answers.postings import CHUNK, IndexWriter

_K1, _B = 1.6, 0.9
#: A title counts twice: it says what all its articles are about, and they seldom say it again.
_TITLES = 2
#: Share of the score of its best article that a statute lends to each of its articles.
_LENT = 0.5
#: So much more a law counts than what ranks below it.
_LAW = 1.1
_RANKED = 2048  # passages that are ranked anew


@dataclass(frozen=True, slots=True)
class Statute:
    """What is known of a statute besides its text; the fields of Article."""

    title: str
    region: str
    status: str
    effective: str
    version: str
    issuer: str


class Passages:
    """Opened from what `write` left in a folder; read-only, safe for many threads.

    statutes  by title, in the order they came
    """

    def __init__(self, folder: Path) -> None:
        rows = json.loads((folder / "sheets.json").read_text(encoding="utf-8"))
        self._sheets = [Statute(*row) for row in rows]
        self.statutes: dict[str, Statute] = {}
        for sheet in self._sheets:
            self.statutes.setdefault(sheet.title, sheet)
        self._number = {title: n for n, title in enumerate(self.statutes)}
        self._rows = Blob(folder / "articles")
        self._sheet: NDArray[np.int32] = mapped(folder / "article_sheet.npy")
        self._key: Ints = mapped(folder / "article_key.npy")
        self._by_key: NDArray[np.int32] = mapped(folder / "article_by_key.npy")
        self._first: Ints = mapped(folder / "article_first.npy")
        self._by_title: NDArray[np.int32] = mapped(folder / "article_by_title.npy")
        self._index = NgramIndex.open(folder, "passages")
        self.numbers = lru_cache(maxsize=16)(self._numbers)
        self.article = lru_cache(maxsize=512)(self._article)

    def __len__(self) -> int:
        return len(self._rows)

    def _article(self, number: int) -> Article:
        name, text, chapter, passage = json.loads(self._rows[number])
        s = self._sheets[self._sheet[number]]
        return Article(
            law=s.title, number=name, text=text, chapter=chapter, passage=passage, region=s.region, status=s.status,
            effective=s.effective, version=s.version, issuer=s.issuer,
        )  # fmt: skip

    def find(self, law: str, number: str) -> int | None:
        """Which passage is the article of a statute, by full title and printed number; the first of several."""
        if law not in self.statutes:
            return None
        key = article_key(law, number)
        at = int(np.searchsorted(self._key, key))
        return int(self._by_key[at]) if at < len(self._key) and self._key[at] == key else None

    def _numbers(self, law: str) -> dict[str, int]:
        """The articles of a statute in order: printed number -> which passage; empty where it is not held."""
        if law not in self._number:
            return {}
        first, last = self._first[self._number[law] : self._number[law] + 2].tolist()
        held: dict[str, int] = {}
        for n in self._by_title[first:last].tolist():
            held.setdefault(json.loads(self._rows[n])[0], n)
        return held

    def best(self, codes: Sequence[int], k: int) -> tuple[Ints, Floats]:
        """The k passages that fit a question given as codes best, and their scores; best first."""
        found, scores = self._index.best(codes, max(_RANKED, k))
        title = self._title_of_sheet[self._sheet[found]]
        best = np.zeros(len(self.statutes), np.float32)
        # They come best first, so that the first of a title, written last, is its best.
        best[title[::-1]] = scores[::-1]
        return best_of(found, (scores + np.float32(_LENT) * best[title]) * self._rank_of_title[title], k)

    @cached_property
    def _title_of_sheet(self) -> Ints:
        return np.array([self._number[s.title] for s in self._sheets], np.int64)

    @cached_property
    def _rank_of_title(self) -> Floats:
        return np.array([_LAW if _is_law(title) else 1.0 for title in self.statutes], np.float32)


def _is_law(title: str) -> bool:
    """Whether a title is that of a law, made by the people's congress of the whole country."""
    return title.startswith("中华人民共和国") and title.endswith(("法", "法典"))


def article_key(law: str, number: str) -> int:
    """What an article is looked up by."""
    return digest(law) ^ digest(number)


def write(articles: Iterable[Article], folder: Path) -> list[Statute]:
    """Keep and index articles, read once and never held all at a time; returns the statute of each sheet.

    A sheet is what articles share: title, region, status, dates, issuer.
    """
    sheets: dict[Statute, int] = {}
    sheet: list[NDArray[np.int32]] = []
    key: list[Ints] = []
    with BlobWriter(folder / "articles") as rows, IndexWriter(folder, "passages", k1=_K1, b=_B) as index:
        for some in _chunks(articles):
            of = [Statute(a.law, a.region, a.status, a.effective, a.version, a.issuer) for a in some]
            sheet.append(np.array([sheets.setdefault(s, len(sheets)) for s in of], np.int32))
            key.append(np.array([article_key(a.law, a.number) for a in some], np.int64))
            for a in some:
                rows.add(_JSON.encode([a.number, a.text, a.chapter, a.passage]).encode())
            index.add(encode_printed([searched(a) for a in some]), len(some))
        index.finish()
    (folder / "sheets.json").write_text(_JSON.encode([_fields(s) for s in sheets]), encoding="utf-8")
    _write_order(list(sheets), np.concatenate([_NONE, *sheet]), np.concatenate([_NONE, *key]), folder)
    return list(sheets)


_NONE = np.zeros(0, np.int32)
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def searched(a: Article) -> str:
    """The words that an article is found by."""
    return f"{f'{short_title(a.law)} ' * _TITLES}{a.chapter} {a.text}"


def short_title(law: str) -> str:
    """A statute's title as people say it."""
    return law.removeprefix("中华人民共和国")


def _chunks(articles: Iterable[Article]) -> Iterator[list[Article]]:
    rest = iter(articles)
    while some := list(islice(rest, CHUNK)):
        yield some


def _fields(s: Statute) -> list[str]:
    return [s.title, s.region, s.status, s.effective, s.version, s.issuer]


def _write_order(sheets: list[Statute], sheet: NDArray[np.int32], key: Ints, folder: Path) -> None:
    """Write which sheet each article belongs to, and the orders in which articles are looked up."""
    numbers: dict[str, int] = {}
    title = np.array([numbers.setdefault(s.title, len(numbers)) for s in sheets], np.int64)[sheet]
    by_key, by_title = np.argsort(key, kind="stable"), np.argsort(title, kind="stable")
    arrays: dict[str, NDArray[Any]] = {
        "sheet": sheet, "key": key[by_key].astype(np.int64), "by_key": by_key.astype(np.int32),
        "first": np.searchsorted(title[by_title], np.arange(len(numbers) + 1)).astype(np.int64),
        "by_title": by_title.astype(np.int32),
    }  # fmt: skip
    for name, array in arrays.items():
        np.save(folder / f"article_{name}.npy", array, allow_pickle=False)
