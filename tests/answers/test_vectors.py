"""Cosines over arrays give what vectors as dictionaries give."""

import math
import random
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from bot.answers.ngrams import distinct, encode, letters, occurrences
from bot.answers.vectors import ANSWER_WEIGHT, ARTICLE_WEIGHT, UNIGRAM, VectorIndex

from .test_ngrams import terms

Vector = dict[str, float]

PHRASINGS = [
    ["高温停工几度", "多少度可以停工", "天太热能不能不干"],
    ["高温津贴多少", "热天补贴"],
    ["电动车能停楼道吗", "楼道里充电"],
]
ANSWERS = ["四十度以上停止室外作业", "高温津贴由单位发放,各省标准不同", "不得在楼道停放充电"]
ARTICLES = ["日最高气温达到四十度以上停止当日室外露天作业", "", "禁止在公共门厅停放电动自行车"]


def naive(phrasings: list[list[str]], answers: list[str], articles: list[str]) -> tuple[list[Vector], dict[str, float]]:
    """Vectors of the entries and the idf of each term, by dictionaries."""
    docs = [set(terms(t)) for t in [*(p for ps in phrasings for p in ps), *answers, *articles]]
    df = Counter(t for d in docs for t in d)
    idf = {t: math.log(1 + (len(docs) - n + 0.5) / (n + 0.5)) for t, n in df.items()}
    entries = []
    for mine, answer, article in zip(phrasings, answers, articles, strict=True):
        whole: Vector = defaultdict(float)
        for texts, weight in ((mine, 1.0), ([answer], ANSWER_WEIGHT), ([article], ARTICLE_WEIGHT)):
            part: Vector = defaultdict(float)
            for text in texts:
                for term, value in unit({t: weigh(t, idf) for t in set(terms(text))}).items():
                    part[term] += value
            for term, value in unit(part).items():
                whole[term] += weight * value
        entries.append(unit(whole))
    return entries, idf


def weigh(term: str, idf: dict[str, float]) -> float:
    return idf[term] * (UNIGRAM if len(term) == 1 else 1.0)


def unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(v * v for v in vector.values())) or 1.0
    return {t: v / length for t, v in vector.items()}


def cosines(entries: list[Vector], idf: dict[str, float], question: str) -> list[float]:
    asked = set(terms(question))
    known = {t: weigh(t, idf) for t in asked if t in idf}
    unknown = len(asked) - len(known)
    length = math.sqrt(sum(v * v for v in known.values()) + unknown * max(idf.values()) ** 2) or 1.0
    return [sum(e.get(t, 0.0) * v for t, v in known.items()) / length for e in entries]


def build(phrasings: list[list[str]], answers: list[str], articles: list[str]) -> VectorIndex:
    owner = np.repeat(np.arange(len(phrasings)), [len(p) for p in phrasings]).astype(np.int32)
    texts = encode([*(q for ps in phrasings for q in ps), *answers, *articles])
    return VectorIndex.build(distinct(occurrences(texts))[0], owner, len(answers))


@pytest.fixture
def index() -> VectorIndex:
    return build(PHRASINGS, ANSWERS, ARTICLES)


QUESTIONS = ["高温停工几度", "楼道充电", "天热补贴多少钱", "没见过的字", "", "，", "停", "高温", "高温停工几度" * 3]


@pytest.mark.parametrize("question", QUESTIONS)
def test_cosines_equal_those_of_dictionaries(index: VectorIndex, question: str) -> None:
    entries, idf = naive(PHRASINGS, ANSWERS, ARTICLES)
    found = index.cosines(index.query(letters(question)))
    assert found == pytest.approx(cosines(entries, idf, question), abs=2e-3)


def test_cosines_equal_those_of_dictionaries_on_random_entries() -> None:
    rng = random.Random(5)

    def text() -> str:
        return "".join(rng.choice("甲乙丙丁戊己庚辛壬癸 ") for _ in range(rng.randrange(2, 15)))

    phrasings = [[text() for _ in range(rng.randrange(1, 5))] for _ in range(40)]
    answers, articles = [text() for _ in phrasings], [text() if rng.random() < 0.5 else "" for _ in phrasings]
    index = build(phrasings, answers, articles)
    entries, idf = naive(phrasings, answers, articles)
    for _ in range(30):
        question = text() + "子"
        found = index.cosines(index.query(letters(question)))
        assert found == pytest.approx(cosines(entries, idf, question), abs=3e-3)


def test_cosines_lie_between_nothing_and_all(index: VectorIndex) -> None:
    for question in QUESTIONS:
        found = index.cosines(index.query(letters(question)))
        assert (found >= 0).all()
        assert (found <= 1.001).all()


def test_phrasing_met_word_for_word_is_as_near_as_can_be(index: VectorIndex) -> None:
    near, said = index.nearest_phrasing(index.query(letters("热天补贴")), 1)
    assert near == pytest.approx(1.0, abs=1e-3)
    assert said == pytest.approx(1.0, abs=1e-3)


def test_nearest_phrasing_is_that_of_the_entry_asked_about(index: VectorIndex) -> None:
    query = index.query(letters("热天补贴"))
    assert index.nearest_phrasing(query, 0)[0] < 0.5


@pytest.mark.parametrize("question", QUESTIONS)
def test_coverage_is_the_share_of_the_question_that_an_entry_knows(index: VectorIndex, question: str) -> None:
    entries, idf = naive(PHRASINGS, ANSWERS, ARTICLES)
    asked = {t: idf.get(t, max(idf.values())) for t in set(terms(question))}
    wanted = [sum(v for t, v in asked.items() if t in e) / (sum(asked.values()) or 1.0) for e in entries]
    assert index.coverages(index.query(letters(question))) == pytest.approx(wanted, abs=2e-3)


def test_question_of_unknown_words_is_near_to_nothing(index: VectorIndex) -> None:
    assert index.nearest_phrasing(index.query(letters("xyz")), 0) == (0.0, 0.0)
    assert index.nearest_phrasing(index.query([]), 0) == (0.0, 0.0)


def test_saved_index_gives_the_same_cosines(index: VectorIndex, tmp_path: Path) -> None:
    index.save(tmp_path, "x")
    opened = VectorIndex.open(tmp_path, "x")
    for question in QUESTIONS:
        query = index.query(letters(question))
        assert opened.cosines(query).tolist() == index.cosines(query).tolist()
        assert opened.nearest_phrasing(query, 0) == index.nearest_phrasing(query, 0)


@pytest.mark.parametrize("text", ["热天补贴", "安全", "xyz", ""])
def test_many_entries_are_looked_up_as_one_by_one(index: VectorIndex, text: str) -> None:
    query = index.query(letters(text))
    entries = [*range(index.size), 0]
    assert index.nearest_phrasings(query, entries) == [pytest.approx(index.nearest_phrasing(query, n)) for n in entries]
    assert index.nearest_phrasings(query, []) == []
