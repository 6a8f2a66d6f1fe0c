"""Personal data in what people write, struck out before staff see it."""

from __future__ import annotations

import re

_DIGIT = r"(?<![\d.])"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = rf"[{_PROVINCES}][A-Za-z][·. ]?[A-Za-z\d]{{5,6}}(?![A-Za-z\d])"
_STRUCK = (
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+", re.ASCII), "（邮箱）"),
    (re.compile(_DIGIT + r"(?:\d[ -]?){17}[\dXx](?!\d)|" + _DIGIT + r"\d{15}(?!\d)"), "（证件号）"),
    (re.compile(_DIGIT + r"(?:\d[ -]?){15,18}\d(?!\d)"), "（账号）"),
    (re.compile(_DIGIT + r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"), "（手机号）"),
    (re.compile(_DIGIT + r"0\d{2,3}[ -]?\d{7,8}(?!\d)"), "（电话）"),
    (re.compile(_PLATE), "（车牌）"),
    (re.compile(r"(?:微信号?|[Qq]{2}号?|[Vv]信)[是为:： ]*[A-Za-z\d][\w-]{4,19}", re.ASCII), "（联系方式）"),
    (re.compile(r"(我(?:叫|的名字叫|的名字是|姓名是?))[一-鿿]{2,4}(?=[,，。.；;、\s]|$)"), r"\1（姓名）"),
    (re.compile(r"\bo[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])"), "（编号）"),
)  # fmt: skip
#: What stands in place of something struck out.
MARK = re.compile("（(?:邮箱|证件号|账号|手机号|电话|车牌|联系方式|姓名|编号)）")


def masked(text: str) -> str:
    """The text without telephone, identity and account numbers, addresses of mail, plates and names that are told."""
    if not any(c.isdigit() or c == "@" for c in text) and "我" not in text:
        return text
    for pattern, to in _STRUCK:
        text = pattern.sub(to, text)
    return text
