"""What sounds alike is alike, and nothing else."""

import random

import pytest

from bot.answers.ngrams import encode
from bot.answers.pinyin import fold, sound_table, sounds, split_latin


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("消防通到", "消防通道"),
        ("灭火气", "灭火器"),
        ("公伤", "工伤"),
        ("安权生产", "安全生产"),
        ("电平车", "电瓶车"),
        ("燃汽泻漏", "燃气泄漏"),
        ("触点", "触电"),
        ("着伙了", "着火了"),
        ("高温经贴", "高温津贴"),
        ("四十", "是十"),
        ("anquan", "安全"),
        ("anquan生产yue", "安全生产月"),
        ("xiaofang", "消防"),
    ],
)
def test_homophones_sound_the_same(written: str, meant: str) -> None:
    assert sounds(written) == sounds(meant)


@pytest.mark.parametrize(
    ("one", "other"), [("安全", "消防"), ("电", "店铺"), ("12350", "12345"), ("a", "b"), ("火", "水")]
)
def test_other_words_sound_otherwise(one: str, other: str) -> None:
    assert sounds(one) != sounds(other)


@pytest.mark.parametrize(
    ("syllable", "folded"),
    [("zhang", "zan"), ("sheng", "sen"), ("chi", "ci"), ("jing", "jin"), ("nan", "lan"), ("huo", "huo")],
)
def test_sounds_that_are_mixed_up_fold_into_one(syllable: str, folded: str) -> None:
    assert fold(fold(syllable)) == fold(syllable)
    assert len(fold(syllable)) <= len(syllable)


@pytest.mark.parametrize(
    ("word", "parts"),
    [("anquan", ["an", "quan"]), ("xian", ["xian"]), ("anquanyue", ["an", "quan", "yue"]), ("huozai", ["huo", "zai"])],
)
def test_latin_runs_are_cut_into_syllables(word: str, parts: list[str]) -> None:
    assert split_latin(word) == parts


@pytest.mark.parametrize("word", ["hello", "wechat", "ppe", "xyz"])
def test_what_is_no_pinyin_stays_letters(word: str) -> None:
    assert split_latin(word) is None
    assert sounds(word) == [ord(c) for c in word]


def test_digits_stay_and_marks_are_gaps() -> None:
    assert sounds("119！") == [ord("1"), ord("1"), ord("9"), 0]


def test_sound_never_equals_a_letter() -> None:
    assert min(sounds("安全生产消防火灾")) >= 0x110000


def test_single_characters_sound_the_same_in_documents_and_in_questions() -> None:
    text = "灭火器 过期！了吗119"
    assert encode([text]).through(sound_table()).codes.tolist() == [*sounds(text), 0]


def test_any_text_at_all_has_a_sound() -> None:
    rng = random.Random(7)
    for _ in range(2000):
        text = "".join(chr(rng.randrange(0x110000)) for _ in range(10))
        assert len(sounds(text)) == len(text)


def test_long_latin_run_is_cut_in_good_time() -> None:
    assert split_latin("xian" * 2000) is not None
