"""What of a question never leaves the house."""

import pytest

from bot.llm.masking import masked

BLOTTED = (
    ("电话13812345678打不通", "电话□打不通"),
    ("电话138 1234 5678", "电话□"),
    ("电话１３８１２３４５６７８", "电话□"),
    ("座机0750-3861000", "座机□"),
    ("身份证44070319900101123X丢了", "身份证□丢了"),
    ("卡号6222 0212 3456 7890 123", "卡号□"),
    ("粤A12345撞了我", "□撞了我"),
    ("车牌粤BD12345", "车牌□"),
    ("邮箱wang.xm@example.com.cn", "邮箱□"),
    ("我微信wxid_a1b2c3d4", "我微信□"),
    ("oABCD1234567890abcdefghijklm是谁", "□是谁"),
    ("手机一三八一二三四五六七八", "手机□"),
    ("见https://a.cn/u?id=1", "见□"),
)


@pytest.mark.parametrize(("text", "sent"), BLOTTED)
def test_numbers_and_accounts_are_blotted_out(text: str, sent: str) -> None:
    assert masked(text, 300) == sent


@pytest.mark.parametrize("text", ["24小时内报告", "罚3000元吗", "2米算高处作业吗", "第二十五条", "37度停工吗"])
def test_what_a_question_needs_stays(text: str) -> None:
    assert masked(text, 300) == text


def test_a_number_is_not_cut_in_two_before_it_is_seen() -> None:
    assert masked("啊" * 295 + "13812345678", 300) == "啊" * 295 + "□"
