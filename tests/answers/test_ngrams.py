"""BM25 over arrays gives what the formula gives when it is written out."""

import math
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bot.answers.ngrams import NgramIndex, best_of, encode, encode_printed, letters, query_terms, top
from bot.answers.normalise import printed
from bot.answers.postings import IndexWriter

TEXTS = [
    "高温天气停止室外露天作业",
    "高温津贴由用人单位发放",
    "电动自行车不得在楼道停放充电",
    "灭火器每月检查一次",
    "消防通道不得堵塞,消防车优先",
    "",
    "作业 高温",
    "a1b2高温a1",
]
K1, B = 1.5, 0.75


def terms(text: str) -> list[str]:
    """Every uni- and bigram of letters and digits; no pair crosses a gap."""
    singles = [c for c in text if c.isalnum()]
    pairs = [a + b for a, b in zip(text, text[1:], strict=False) if a.isalnum() and b.isalnum()]
    return singles + pairs


def bm25(texts: list[str], question: str) -> list[float]:
    """Robertson & Zaragoza (2009), written out word by word."""
    docs = [Counter(terms(t)) for t in texts]
    n, mean = len(docs), sum(sum(d.values()) for d in docs) / len(docs)
    held = {term: sum(term in d for d in docs) for term in set(terms(question))}
    scores = []
    for doc in docs:
        score = 0.0
        for term in set(terms(question)):
            df = held[term]
            idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
            tf = doc[term]
            score += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * sum(doc.values()) / mean))
        scores.append(score)
    return scores


def build(texts: list[str], folder: Path, *, chunk: int = 3) -> NgramIndex:
    """An index that was merged from chunks of a few documents."""
    with IndexWriter(folder, "x", k1=K1, b=B) as index:
        for n in range(0, len(texts), chunk):
            index.add(encode(texts[n : n + chunk]), len(texts[n : n + chunk]))
        index.finish()
    return NgramIndex.open(folder, "x")


def scores(index: NgramIndex, question: str) -> list[float]:
    """The score of every document."""
    found = np.zeros(index.size)
    docs, values = index.best(letters(question), index.size)
    found[docs] = values
    return found.tolist()


@pytest.fixture
def index(tmp_path: Path) -> NgramIndex:
    return build(TEXTS, tmp_path)


QUESTIONS = [
    "高温停工",
    "高温",
    "楼道充电",
    "消防车通道",
    "a1",
    "作业高温",
    "没有的字词",
    "",
    "，。",
    "温温温温",
    "高温天气停止室外露天作业",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_scores_equal_the_formula(index: NgramIndex, question: str) -> None:
    # Impacts are kept in 255 steps.
    assert scores(index, question) == pytest.approx(bm25(TEXTS, question), rel=5e-3, abs=5e-3)


@pytest.mark.parametrize("chunk", [1, 7, 120, 1000])
def test_scores_equal_the_formula_on_random_texts_whatever_the_chunks(chunk: int, tmp_path: Path) -> None:
    rng = random.Random(3)
    texts = ["".join(rng.choice("甲乙丙丁戊己 ,庚辛") for _ in range(rng.randrange(40))) for _ in range(120)]
    index = build(texts, tmp_path, chunk=chunk)
    for _ in range(40):
        question = "".join(rng.choice("甲乙丙丁戊己 子丑") for _ in range(8))
        assert scores(index, question) == pytest.approx(bm25(texts, question), rel=5e-3, abs=2e-2)


def test_best_of_many_are_those_of_the_formula(tmp_path: Path) -> None:
    rng = random.Random(5)
    letters_ = [chr(0x4E00 + n) for n in range(400)]
    weights = [1 / (n + 2) for n in range(400)]
    texts = ["".join(rng.choices(letters_, weights, k=rng.randrange(5, 20))) for _ in range(9000)]
    index = build(texts, tmp_path, chunk=5000)
    assert len(index.rows) > 20
    for _ in range(3):
        question = "".join(rng.choices(letters_, weights, k=10))
        wanted = sorted(bm25(texts, question), reverse=True)[:50]
        assert index.best(letters(question), 50)[1].tolist() == pytest.approx(wanted, rel=1e-2)


def test_common_terms_alone_still_find(tmp_path: Path) -> None:
    texts = [f"的{chr(0x4E00 + n)}" for n in range(200)]
    index = build(texts, tmp_path)
    assert index.best(letters("的"), 3)[0].tolist() == [0, 1, 2]
    assert index.best(letters("的" + texts[5][1]), 1)[0].tolist() == [5]


def test_term_that_is_frequent_beyond_measure_counts_as_often_as_fits(tmp_path: Path) -> None:
    index = build(["一" * 5000, "一二"], tmp_path)
    assert index.best(letters("一"), 2)[0].tolist() == [0, 1]


def test_threads_do_not_mix_their_scores(tmp_path: Path) -> None:
    index = build(TEXTS * 50, tmp_path)
    wanted = {q: index.best(letters(q), 20)[0].tolist() for q in QUESTIONS}
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda q: (q, index.best(letters(q), 20)[0].tolist()), QUESTIONS * 20))
    assert all(wanted[q] == docs for q, docs in found)


def test_nothing_is_left_behind_beside_the_arrays(index: NgramIndex, tmp_path: Path) -> None:
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"x.{a}.npy" for a in NgramIndex.ARRAYS)


@pytest.mark.parametrize("texts", [[], [""], ["", "，"]])
def test_index_of_nothing_finds_nothing(texts: list[str], tmp_path: Path) -> None:
    docs, values = build(texts, tmp_path).best(letters("高温"), 5)
    assert (docs.tolist(), values.tolist()) == ([], [])


def test_best_of_some_come_first_and_equal_ones_in_their_order() -> None:
    docs, scores = np.array([9, 3, 7, 5]), np.array([2.0, 0.0, 5.0, 2.0], np.float32)
    for k, wanted in ((1, [7]), (2, [7, 5]), (9, [7, 5, 9]), (0, [])):
        assert best_of(docs, scores, k)[0].tolist() == wanted


def test_best_documents_come_first_and_equal_ones_in_their_order() -> None:
    scores = np.array([0.0, 2.0, 5.0, 2.0, 0.0, 7.0])
    assert top(scores, 4).tolist() == [5, 2, 1, 3]
    assert top(scores, 100).tolist() == [5, 2, 1, 3]
    assert top(scores, 1).tolist() == [5]
    assert top(np.zeros(0), 3).tolist() == []
    assert top(scores, 0).tolist() == []


def test_letters_and_documents_are_coded_alike() -> None:
    text = "灭火器 过期！ａ1٣😀\U00020000𝔸"
    assert encode([text, "二"]).codes.tolist() == [*letters(text), 0, ord("二"), 0]


@pytest.mark.parametrize(
    "text",
    [
        "第二十五条　生产经营单位：（一）ＡＢｃ１２",
        "面积３５㎡，温度４０℃……",
        "e\u0301te\u0301 ΑΣ",
        "각각",
        "①②⑩㈱",
        "",
        "plain",
    ],
)
def test_print_is_coded_like_printed_text_that_was_levelled_first(text: str) -> None:
    found = encode_printed(["前", text, "后"])
    for n, level in enumerate(["前", printed(text), "后"]):
        mine = [c for c in found.codes[found.owner == n].tolist() if c]
        assert mine == [c for c in letters(level) if c]


def test_half_a_character_is_a_gap() -> None:
    assert letters("一\ud800二") == [ord("一"), 0, ord("二")]
    # In a document it becomes a question mark, a gap as well.
    assert encode(["一\ud800二"]).codes.tolist() == [ord("一"), 0, ord("二"), 0]


def test_terms_of_a_question_are_distinct_and_sorted() -> None:
    held = query_terms(letters("高温高温"))
    assert held.tolist() == sorted(set(held.tolist()))
    assert len(held) == 4
    assert len(query_terms(letters("字" * 100_000))) == 2
