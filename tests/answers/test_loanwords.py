"""Foreign words in a Chinese sentence are read as the Chinese ones they stand for."""

from pathlib import Path

import pytest

from bot.answers import Answerer
from bot.answers.loanwords import PATH, Loanwords, is_english, load_loanwords
from bot.answers.matching import level
from bot.errors import ContentError
from bot.ingest import content
from bot.settings import ROOT
from tests.bases import asked

WORDS = Loanwords(
    {"boss": "老板", "part time": "兼职", "ok吗": "可以吗", "gas": "燃气", "被fire": "被辞退", "fire": "火"}
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("boss不给工资", "老板不给工资"),
        ("我 boss 不给工资", "我老板不给工资"),
        ("家里gas味", "家里燃气味"),
        ("停楼道ok吗", "停楼道可以吗"),
        ("part time算工伤吗", "兼职算工伤吗"),
        ("被fire了怎么办", "被辞退了怎么办"),
        ("fire了", "火了"),
        ("bossy不给", "bossy不给"),
        ("wifi", "wifi"),
        ("boss", "boss"),
        ("", ""),
        ("gas gas gas", "gas gas gas"),
    ],
)
def test_words_are_put_in_chinese_where_chinese_stands_around(text: str, read: str) -> None:
    assert WORDS.translate(text) == read


def test_question_is_levelled_with_the_shipped_words() -> None:
    assert level("ＢＯＳＳ不給salary") == "老板不给工资"


def test_shipped_words_leave_our_own_questions_alone() -> None:
    shipped = Loanwords(load_loanwords(PATH))
    ours = [q for e in content.read(ROOT / "knowledge").entries if e.kind in ("faq", "hotline") for q in e.questions]
    assert [q for q in map(level.__wrapped__, ours) if shipped.translate(q) != q] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the table is missing"),
        ("[words]\nBoss = '老板'", "small letters"),
        ("[words]\nboss = ''", "one to eight"),
        ("[words]\nboss = 'chief'", "one to eight"),
        ("[words]\nboss = 5", "one to eight"),
        ("[words", "not valid TOML"),
    ],
)
def test_slip_of_the_pen_is_named(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "loanwords.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=reason):
        load_loanwords(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cannot be read"):
        load_loanwords(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("what is the fine for this", True),
        ("can i get paid if i am hurt", True),
        ("qwertz uiop asdfgh", False),
        ("fire", False),
        ("help me", False),
        ("xiaoche chaoyuan zenme chufa", False),
        ("gong shang zen me shen qing", False),
        ("老板 fire 我 no reason pay", False),
        ("", False),
    ],
)
def test_sentence_in_english_is_told_from_pinyin(text: str, english: bool) -> None:
    assert is_english(text) is english


def test_english_is_answered_that_we_speak_chinese(shipped: Answerer) -> None:
    outcome = shipped.answer(asked("what is the fine for parking my bike there"))
    assert outcome.rejected
    assert "answers in Chinese" in outcome.text
    assert "12350" in outcome.text
