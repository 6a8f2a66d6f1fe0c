"""The ways to reach people: what each can carry, what it costs, and what is wrong with a message for it.

A way is a sender by its name; its limits are the platform's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.outreach.content import Level
from bot.sending import Kind, Message

SERVICE, NOTICE, MASS, TAG = "official.service", "official.notice", "official.mass", "official.tag"
APP, ROBOT, SMS = "wecom.app", "wecom.robot", "sms"
#: Of which a follower gets only so many in a month.
MASSES = (MASS, TAG)


@dataclass(frozen=True, slots=True)
class Way:
    """One way. channel: of the followers whom it reaches.

    kinds     what it carries
    text      bytes of the text with its link; 0: no limit known
    wrong     what else may be wrong with a message
    """

    channel: str
    words: str
    kinds: frozenset[Kind]
    text: int = 0
    wrong: Callable[[Message], Iterator[str]] = lambda _message: iter(())


#: Prefix of a template's field -> longest value, pattern, words. Source: developers.weixin.qq.com, 订阅消息参数限制.
_FIELDS: Mapping[str, tuple[int, str, str]] = {
    "thing": (20, r".*", "20 个字以内"),
    "character_string": (32, r"[\x20-\x7e]*", "32 位以内的数字、字母或符号"),
    "number": (32, r"\d+(\.\d+)?", "32 位以内的数字"),
    "letter": (32, r"[A-Za-z]*", "32 位以内的字母"),
    "symbol": (5, r"[^\w\s]*", "5 位以内的符号"),
    "phone_number": (17, r"[\d+\-() ]*", "17 位以内的电话号码"),
    "car_number": (8, r".*", "8 位以内的车牌号"),
    "name": (10, r".*", "10 个汉字以内（字母 20 个）"),
    "phrase": (5, r"[\u4e00-\u9fff]*", "5 个以内的汉字"),
    "amount": (12, r"[¥￥$]?\d+(\.\d+)?[元]?", "币种符号和 10 位以内的数字"),
    "time": (32, r".*\d.*", "时间，如 2026年6月16日 09:00"),
    "date": (32, r".*\d.*", "日期，如 2026年6月16日"),
}
#: Source: the same, 群发接口: media of drafts and material.
_NEEDS_MEDIA = {Kind.NEWS: "图文草稿", Kind.IMAGE: "图片", Kind.VIDEO: "视频"}
_SMS_CHARS = 500
_TITLE_CHARS, _URL_BYTES = 64, 1024


def _notice(message: Message) -> Iterator[str]:
    if not message.template:
        yield "没有填订阅通知的模板编号"
    elif not message.fields:
        yield "没有填模板的各项内容"
    for name, value in message.fields.items():
        known = _FIELDS.get(name.rstrip("0123456789"))
        if known is None:
            yield f"模板项 {name} 不认识，应为 {'、'.join(_FIELDS)} 加编号"
        elif not value.strip():
            yield f"模板项 {name} 是空的"
        elif not _fits(name, value, known):
            yield f"模板项 {name} 须为{known[2]}，现在是“{value}”"


def _fits(name: str, value: str, rule: tuple[int, str, str]) -> bool:
    longest, pattern, _words = rule
    if name.startswith("name") and value.isascii():
        longest = 20
    return len(value) <= longest and bool(re.fullmatch(pattern, value))


def _mass(message: Message) -> Iterator[str]:
    if message.kind in _NEEDS_MEDIA and not message.media:
        yield f"群发{_NEEDS_MEDIA[message.kind]}要先选一份素材"


def _service(message: Message) -> Iterator[str]:
    if message.kind in (Kind.IMAGE, Kind.VIDEO) and not message.media:
        yield f"发送{_NEEDS_MEDIA[message.kind]}要先选一份素材"
    if message.kind is Kind.VIDEO and not message.picture:
        yield "客服消息里的视频要有一张封面"
    if message.kind is Kind.NEWS and not (message.title and message.url):
        yield "图文要有标题和链接"


def _app(message: Message) -> Iterator[str]:
    if message.kind is Kind.NEWS and not (message.title and message.url):
        yield "图文要有标题和链接"
    if message.kind is Kind.NEWS and len(message.title.encode()) > 128:
        yield f"企业微信图文的标题最多 128 字节（约 42 个汉字），现在 {len(message.title.encode())} 字节"


def _sms(message: Message) -> Iterator[str]:
    if len(message.text) > _SMS_CHARS:
        yield f"短信最多 {_SMS_CHARS} 字，现在 {len(message.text)} 字"


_WORDS = frozenset({Kind.TEXT, Kind.FILE})
_ALL = frozenset(Kind) - {Kind.NOTICE}
#: By sender, cheapest first: what a person is sent by is the first of these that is allowed and works.
WAYS: Mapping[str, Way] = {
    SERVICE: Way("official", "客服消息", _ALL, 2048, _service),
    NOTICE: Way("official", "订阅通知", frozenset(Kind), 0, _notice),
    MASS: Way("official", "按名单群发", _ALL, 2048, _mass),
    TAG: Way("official", "全体或按标签群发", _ALL, 2048, _mass),
    APP: Way("wecom", "企业微信应用消息", _WORDS | {Kind.NEWS}, 2048, _app),
    ROBOT: Way("robot", "企业微信群机器人", _WORDS | {Kind.NEWS}, 2048, _app),
    SMS: Way("sms", "短信", _WORDS, 0, _sms),
}
LEVELS = {Level.PUBLIC: "公众版", Level.WORKER: "职工版", Level.OFFICER: "联络员版"}
KINDS = {
    Kind.TEXT: "文字",
    Kind.NEWS: "图文",
    Kind.IMAGE: "图片",
    Kind.VIDEO: "视频",
    Kind.FILE: "文件链接",
    Kind.NOTICE: "通知模板",
}


def carries(sender: str, message: Message) -> bool:
    """Whether a way can carry a message of this make; a notice needs a template filled in."""
    return bool(message.template) if sender == NOTICE else message.kind in WAYS[sender].kinds


def wrong(sender: str, message: Message) -> Iterator[str]:
    """What the platform would refuse of a message, in words."""
    way = WAYS[sender]
    size = len("\n".join(part for part in (message.text, message.url) if part).encode())
    if way.text and size > way.text and message.kind in _WORDS:
        yield f"最多 {way.text} 字节（约 {way.text // 3} 个汉字），现在 {size} 字节，超出 {size - way.text} 字节"
    yield from way.wrong(message)


def wrong_anywhere(message: Message) -> Iterator[str]:
    """What is wrong with a message whatever carries it."""
    if message.kind in (Kind.TEXT, Kind.FILE) and not message.text.strip():
        yield "没有正文"
    if message.kind is Kind.FILE and not message.url:
        yield "没有文件的链接"
    if message.kind is Kind.NOTICE and not message.template:
        yield "没有填订阅通知的模板编号"
    if len(message.title) > _TITLE_CHARS:
        yield f"标题最多 {_TITLE_CHARS} 字，现在 {len(message.title)} 字"
    addresses = [("链接", message.url)]
    if message.kind is not Kind.VIDEO:  # whose cover is an id at the platform
        addresses.append(("图片", message.picture))
    for name, value in addresses:
        if value and not re.match(r"https?://\S+$", value):
            yield f"{name}须以 http:// 或 https:// 开头，现在是“{value}”"
        if len(value.encode()) > _URL_BYTES:
            yield f"{name}太长，最多 {_URL_BYTES} 字节"
