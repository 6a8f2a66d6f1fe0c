"""BM25 over arrays gives what the formula gives when it is written out."""

import math
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from bot.answers.ngrams import NgramIndex, encode, encode_printed, letters, query_terms, top
from bot.answers.normalise import printed

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
    scores = []
    for doc in docs:
        score = 0.0
        for term in set(terms(question)):
            df = sum(term in d for d in docs)
            idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
            tf = doc[term]
            score += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * sum(doc.values()) / mean))
        scores.append(score)
    return scores


@pytest.fixture
def index() -> NgramIndex:
    return NgramIndex.build(encode(TEXTS), len(TEXTS), k1=K1, b=B, max_df=1.0)


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
    # Impacts are kept as float16: eleven bits.
    assert index.search(letters(question)) == pytest.approx(bm25(TEXTS, question), rel=2e-3, abs=1e-3)


def test_scores_equal_the_formula_on_random_texts() -> None:
    rng = random.Random(3)
    texts = ["".join(rng.choice("甲乙丙丁戊己 ,庚辛") for _ in range(rng.randrange(40))) for _ in range(120)]
    index = NgramIndex.build(encode(texts), len(texts), k1=K1, b=B, max_df=1.0)
    for _ in range(40):
        question = "".join(rng.choice("甲乙丙丁戊己 子丑") for _ in range(8))
        assert index.search(letters(question)) == pytest.approx(bm25(texts, question), rel=2e-3, abs=2e-3)


def test_very_common_terms_are_passed_over_unless_there_is_nothing_else() -> None:
    texts = [f"的{chr(0x4E00 + n)}" for n in range(200)]
    index = NgramIndex.build(encode(texts), len(texts), k1=K1, b=B, max_df=0.1)
    assert np.flatnonzero(index.search(letters("的" + texts[5][1]))).tolist() == [5]
    assert np.count_nonzero(index.search(letters("的"))) == 200


def test_saved_index_gives_the_same_scores(index: NgramIndex, tmp_path: Path) -> None:
    index.save(tmp_path, "x")
    opened = NgramIndex.open(tmp_path, "x", max_df=1.0)
    for question in QUESTIONS:
        assert opened.search(letters(question)).tolist() == index.search(letters(question)).tolist()


@pytest.mark.parametrize("texts", [[], [""], ["", "，"]])
def test_index_of_nothing_finds_nothing(texts: list[str], tmp_path: Path) -> None:
    index = NgramIndex.build(encode(texts), len(texts), k1=K1, b=B)
    index.save(tmp_path, "x")
    assert not NgramIndex.open(tmp_path, "x").search(letters("高温")).any()


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
