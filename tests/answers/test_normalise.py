"""How a question is levelled before anything is compared."""

import random

import pytest

from bot.answers.normalise import chinese, core, normalise, number


@pytest.mark.parametrize(
    ("typed", "levelled"),
    [
        ("１２３５０", "12350"),
        ("ＡＢＣ　ａｂｃ", "abc abc"),
        ("（一）", "(一)"),
        ("安全生產法", "安全生产法"),
        ("消防通道被佔用，應該怎麼辦？", "消防通道被占用,应该怎么办?"),
        ("電動車", "电动车"),
        ("滅火器過期", "灭火器过期"),
        ("安 全 生 产 月", "安全生产月"),
        ("高温　津贴\n多少", "高温津贴多少"),
        ("40℃", "40°c"),
        ("①", "1"),
        ("㎡", "m2"),
        ("两\u200b三\ufeff天\u2060", "两三天"),
        ("⚠️危险", "⚠危险"),
        ("  Hello   World  ", "hello world"),
        ("。《》", "。《》"),
        ("", ""),
        (" \t\n", ""),
    ],
)
def test_width_case_script_and_blanks_are_levelled(typed: str, levelled: str) -> None:
    assert normalise(typed) == levelled


@pytest.mark.parametrize("typed", ["安全生產法第二十五條", "Ａ　ｂ", "①②③", "ﬁre", "😀", "㍿", "İ"])
def test_levelling_twice_changes_nothing_more(typed: str) -> None:
    assert normalise(normalise(typed)) == normalise(typed)


def test_any_text_at_all_is_levelled() -> None:
    rng = random.Random(20261124)
    for _ in range(3000):
        text = "".join(
            chr(rng.choice([rng.randrange(0x3000), rng.randrange(0x110000)])) for _ in range(rng.randrange(30))
        )
        core(normalise(text))


@pytest.mark.parametrize(
    ("typed", "bare"),
    [
        ("请问电动车能停楼道吗", "电动车能停楼道吗"),
        ("你好，想问一下高温停工几度呀", "高温停工几度"),
        ("嗯嗯那个工伤怎么认定啊谢谢", "工伤怎么认定"),
        ("您好老师，灭火器怎么用？？？", "灭火器怎么用"),
        ("高温停工几度。", "高温停工几度"),
        ("急急急在线等", "急急急在线等"),
        ("谢谢", "谢谢"),
        ("你好", "你好"),
        ("嗯", "嗯"),
        ("", ""),
    ],
)
def test_greetings_and_fillers_fall_away_but_never_the_whole(typed: str, bare: str) -> None:
    held = core(normalise(typed))
    assert held == bare or (typed and held)


def test_greetings_fall_away_at_the_ends() -> None:
    assert core(normalise("请问一下，电动车能停楼道吗？谢谢")) == "电动车能停楼道吗"


def test_same_characters_inside_a_sentence_stay() -> None:
    assert core("灭火器你好像没写") == "灭火器你好像没写"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25", 25), ("0", 0), ("二十五", 25), ("十", 10), ("十五", 15), ("二十", 20), ("一百", 100), ("一百零三", 103),
        ("一百一十", 110), ("一百一十七", 117), ("百一十", 110), ("两百", 200), ("一千零五", 1005),
        ("一千二百三十四", 1234),
        ("二〇二六", 2026), ("一一九", 119), ("幺二零", 120), ("〇", 0), ("九千九百九十九", 9999),
    ],
)  # fmt: skip
def test_numerals_are_read(text: str, value: int) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "x", "二五x", "第二", "1.5", "-1", "²", " 5", "半"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number(text) is None


def test_every_article_number_is_written_as_it_is_read() -> None:
    assert [number(chinese(n)) for n in range(1, 10_000)] == list(range(1, 10_000))


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (25, "二十五"), (100, "一百"), (101, "一百零一"),
        (110, "一百一十"), (115, "一百一十五"), (133, "一百三十三"), (1000, "一千"), (1010, "一千零一十"),
        (1260, "一千二百六十"),
    ],
)  # fmt: skip
def test_article_numbers_are_written_as_statutes_print_them(value: int, printed: str) -> None:
    assert chinese(value) == printed
