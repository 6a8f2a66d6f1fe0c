"""Cutting and numbering: what every channel does with a reply that is too long or cannot be tapped."""

import pytest

from bot.messages import Choice, cut_text, numbered


def test_choices_are_numbered_from_one() -> None:
    assert numbered((Choice("a", "高温停工", "x"), Choice("b", "高温津贴", "y"))) == "1. 高温停工\n2. 高温津贴"
    assert numbered(()) == ""


@pytest.mark.parametrize(
    ("text", "max_bytes", "head", "rest"),
    [
        ("", 4, "", ""),
        ("您好", 6, "您好", ""),
        ("您好", 5, "您", "好"),
        ("一二三。四五六七", 14, "一二三。", "四五六七"),
        ("一。二三四五六七", 20, "一。二三四五", "六七"),
        ("一二三\n四五六七", 14, "一二三", "四五六七"),
        ("abcdefgh", 4, "abcd", "efgh"),
        ("😀😀", 7, "😀", "😀"),
        ("一二？三四", 12, "一二？", "三四"),
    ],
)
def test_text_is_cut_at_a_sentence_end_where_one_fits(text: str, max_bytes: int, head: str, rest: str) -> None:
    assert cut_text(text, max_bytes) == (head, rest)


@pytest.mark.parametrize("max_bytes", [4, 5, 6, 7, 31, 600, 2048])
@pytest.mark.parametrize("text", ["安全生产，人人有责。" * 60, "安" * 700, "a安😀" * 200, "第一\n" * 300])
def test_parts_fit_and_together_are_the_whole(text: str, max_bytes: int) -> None:
    parts, rest = [], text
    while rest:
        head, rest = cut_text(rest, max_bytes)
        assert head
        assert len(head.encode()) <= max_bytes
        parts.append(head)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")


def test_room_for_less_than_one_character_is_refused() -> None:
    with pytest.raises(ValueError, match="4"):
        cut_text("您好", 3)
