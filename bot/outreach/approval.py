"""Two persons for one broadcast: what is checked before review, what exactly is approved, who may approve.

An approval names the version it read and carries the digest of text, audience, channels and what is allowed; an edit
makes both wrong. An urgent alert goes with one person: see alerts.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.outreach import drafts, persons
from bot.outreach.content import Level
from bot.outreach.drafts import Broadcast, By, Draft
from bot.outreach.planner import Segments, whole
from bot.outreach.states import Move, State
from bot.outreach.tables import broadcast, broadcast_event, delivery
from bot.outreach.ways import KINDS, LEVELS, MASS, NOTICE, TAG, WAYS, carries, wrong, wrong_anywhere
from bot.people.tables import follower
from bot.settings import OutreachSettings

#: Within this time the same text to the same people needs a reason.
AGAIN = timedelta(hours=24)
_NAME_CHARS, _TITLE_CHARS, _CAMPAIGN_CHARS = 80, 200, 80


def named(who: str) -> str:
    """A person's name as it is kept, the same however it is typed. Raises OutreachError where there is none.

    Full width, blanks between characters and what cannot be seen make no second person.
    """
    seen = "".join(c for c in unicodedata.normalize("NFKC", who) if unicodedata.category(c) != "Cf")
    name = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", " ".join(seen.split()))
    if not name:
        raise OutreachError("请写明是谁在操作")
    if len(name) > _NAME_CHARS:
        raise OutreachError(f"名字太长，最多 {_NAME_CHARS} 字")
    return name


def check_size(draft: Draft) -> None:
    """Raises OutreachError where a draft cannot even be kept."""
    for name, value, longest in (("title", draft.title, _TITLE_CHARS), ("campaign", draft.campaign, _CAMPAIGN_CHARS)):
        if len(value) > longest:
            raise OutreachError(f"{name}：最多 {longest} 字，现在 {len(value)} 字")


def check(draft: Draft, settings: OutreachSettings) -> None:
    """Raises OutreachError with everything that is wrong with a draft, a line each."""
    if found := [*_wrong(draft), *_wrong_for_account(draft, settings), *_wrong_words(draft)]:
        raise OutreachError("\n".join(found))


def _wrong(draft: Draft) -> Iterator[str]:
    if not draft.title.strip():
        yield "没有标题"
    if Level.PUBLIC not in draft.content:
        yield "没有面向公众的内容"
    if not draft.channels:
        yield "没有选用发送方式"
    for name in draft.channels:
        if name not in WAYS:
            yield f"发送方式 {name} 不认识，可用：{'、'.join(WAYS)}"
    if draft.send_at and draft.until and draft.until <= draft.send_at:
        yield "截止时间须晚于发送时间"


def _wrong_for_account(draft: Draft, settings: OutreachSettings) -> Iterator[str]:
    if settings.account_type == "subscription":
        for name in (MASS, NOTICE):
            if name in draft.channels and draft.channels != drafts.CHANNELS:
                yield f"公众号不能用{WAYS[name].words}（{name}），请改用{WAYS[TAG].words}（{TAG}）"
    if TAG in draft.channels and whole(draft.audience) is None:
        yield f"{WAYS[TAG].words}（{TAG}）的受众只能是全部粉丝或一个标签，平台不认识别的条件"


def _wrong_words(draft: Draft) -> Iterator[str]:
    ways = [name for name in draft.channels if name in WAYS]
    for level, message in draft.content.items():
        for error in wrong_anywhere(message):
            yield f"{LEVELS[level]}：{error}"
        for name in ways:
            if carries(name, message):
                for error in wrong(name, message):
                    yield f"{LEVELS[level]}，{WAYS[name].words}：{error}"
        if ways and not any(carries(name, message) for name in ways):
            yield f"{LEVELS[level]}是{KINDS[message.kind]}，选用的方式都发不了"


def submit(db: sa.Connection, held: Broadcast, settings: OutreachSettings, by: By) -> None:
    """Put a draft to review; it must be right."""
    check(held.draft, settings)
    drafts.move(db, held, Move.SUBMIT, by)


def approve(db: sa.Connection, held: Broadcast, version: int, by: By) -> None:
    """Let a second person answer for what they read. version: the one they read."""
    if version != held.version:
        raise OutreachError(f"{held.name}：你看过的是第 {version} 版，现在是第 {held.version} 版，请重新看过再审核")
    if persons.same(db, by.who, hands(db, held)):
        raise OutreachError(f"{held.name}：{by.who} 写过或改过这份稿子，须由另一人审核")
    values: dict[str, Any] = {"approver": by.who, "approved_digest": held.draft.approvable()}
    drafts.move(db, held, Move.APPROVE, by, **values)


def is_approved(held: Broadcast) -> bool:
    """Whether what stands there is what was approved."""
    return bool(held.approver) and held.approved_digest == held.draft.approvable()


def hands(db: sa.Connection, held: Broadcast) -> set[str]:
    """Who has written this broadcast: its author, and whoever edited it or put it to review."""
    c = broadcast_event.c
    did = sa.select(c.who).where(c.broadcast_id == held.id, c.move.in_((Move.EDIT, Move.SUBMIT)))
    return {held.author, *db.scalars(did)}


def earlier(db: sa.Connection, held: Broadcast, segments: Segments, now: datetime) -> Broadcast | None:
    """A broadcast that told some of the same people the same within a day, None where there is none."""
    c = broadcast.c
    marks = set(held.draft.same().split())
    alike = sa.select(c.id, c.digest).where(
        sa.or_(*(c.digest.contains(mark) for mark in marks)),
        c.id != held.id, c.started_at > now - AGAIN, c.state != State.FAILED,
    ).order_by(c.id.desc())  # fmt: skip
    found = {row.id: str(row.digest) for row in db.execute(alike)} if marks else {}
    if not found:
        return None
    who = sa.select(follower.c.id).where(segments.where(held.draft.audience, now)).subquery("people")
    d = delivery.c
    got = sa.or_(*(sa.and_(d.broadcast_id.in_(n), d.level == level) for level, n in _by_level(found, marks).items()))
    both = sa.select(d.broadcast_id).join(who, who.c.id == d.follower_id).where(got, d.sender != "").limit(1)
    number = db.scalar(both)
    return drafts.read(db, number) if number is not None else None


def _by_level(found: Mapping[int, str], marks: set[str]) -> dict[Level, list[int]]:
    """Level -> broadcasts that told it the same."""
    same = {n: {mark[0] for mark in marks & set(held.split())} for n, held in found.items()}
    return {level: numbers for level in Level if (numbers := [n for n, firsts in same.items() if level[0] in firsts])}


def check_again(db: sa.Connection, held: Broadcast, segments: Segments, now: datetime) -> None:
    """Raises OutreachError where the same people would be told the same again, and no reason is given."""
    if held.draft.reason.strip():
        return
    if before := earlier(db, held, segments, now):
        raise OutreachError(
            f"{held.name}：24 小时内已把同样的内容发给过同样的人（{before.name}）。确实要再发，请写明理由"
        )
