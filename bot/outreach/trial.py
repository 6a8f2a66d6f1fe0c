"""“Test to me”: one message to one of staff, marked as a test, and in no ledger of a broadcast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.errors import OutreachError, SendError
from bot.outreach.content import Level
from bot.outreach.drafts import Broadcast
from bot.outreach.ways import APP, MASS, SERVICE, WAYS, carries
from bot.people import windows
from bot.people.scope import followers_of
from bot.people.tables import follower
from bot.sending import Kind, Message, Sender

MARK = "【测试】"
#: A look at a mass message beforehand (预览): it needs no window, and WeChat takes 100 a day.
PREVIEW = "official.preview"
#: Channel of a follower -> how a test gets there.
_WAYS = {"official": SERVICE, "wecom": APP}


def words_of(way: str) -> str:
    """How a test went out, as staff call it."""
    return "群发预览" if way == PREVIEW else WAYS[way].words


def prepare(
    db: sa.Connection, held: Broadcast, address: str, level: Level, senders: Mapping[str, Sender], now: datetime,
    within: str = "",
) -> tuple[str, Message]:  # fmt: skip
    """By which way, and what; nothing is sent yet. Raises OutreachError where it cannot be sent.

    within  the region of the one who asks: no test reaches anybody outside it
    """
    c = follower.c
    row = db.execute(
        sa.select(c.channel, windows.is_open(now).label("open")).where(
            c.address == address, c.state == "following", c.channel.in_(_WAYS), followers_of(within)
        )
    ).first()
    if row is None:
        raise OutreachError("没有这个粉丝：试发只发给已关注本账号的工作人员，请核对 openid")
    way = _WAYS[row.channel]
    if way not in senders:
        raise OutreachError("试发要用的渠道没有配置")
    if way == SERVICE and not row.open:
        if PREVIEW not in senders:
            raise OutreachError("先用自己的微信给公众号发一条消息，再试发：平台只许在 48 小时内、5 条以内推送")
        way = PREVIEW
    if level not in held.draft.content:
        level = Level.PUBLIC
    message = marked(held.draft.content[level])
    if not carries(MASS if way == PREVIEW else way, message):
        raise OutreachError("这种内容不能试发")
    return way, message


def marked(message: Message) -> Message:
    """The message with a mark that nobody can take for the real one. A notice is shown as text, its fields by line."""
    if message.kind is Kind.NOTICE:
        lines = [f"{name}：{value}" for name, value in message.fields.items()]
        return Message(text="\n".join([f"{MARK}订阅通知", *lines]), url=message.url)
    if message.kind is Kind.NEWS:
        return replace(message, title=MARK + message.title)
    return replace(message, text=MARK + message.text)


def send(sender: Sender, address: str, message: Message, key: str) -> None:
    """Make the call. Raises OutreachError in words."""
    try:
        sender.send([address], message, key)
    except SendError as e:
        code = f"（错误码 {e.errcode}）" if e.errcode is not None else ""
        raise OutreachError(f"试发没有成功，平台拒绝或没有回应{code}") from e


def sent(db: sa.Connection, way: str, address: str, now: datetime) -> None:
    """A message of the window is used up."""
    if way == SERVICE:
        windows.is_taken(db, sa.and_(follower.c.channel == "official", follower.c.address == address), now)
