"""What became of a broadcast: figures while it goes, and a workbook with a row for every person after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import Refusal
from bot.messages import Delivery
from bot.outreach import drafts, ledger
from bot.outreach.content import Level
from bot.outreach.drafts import Broadcast
from bot.outreach.planner import WHY
from bot.outreach.reconciling import REASONS, RECEIPTS
from bot.outreach.states import DELIVERY_WORDS
from bot.outreach.tables import delivery
from bot.outreach.ways import LEVELS, WAYS
from bot.people.tables import follower, unit
from bot.settings import BEIJING
from bot.store.database import Database, aware, unhurried
from bot.workbooks import safe

#: Why a platform did not take a message -> in words for staff.
REFUSALS = {
    Refusal.NOT_SENT: "没有连上平台",
    Refusal.UNREACHABLE: "平台没有回应",
    Refusal.TOKEN_REJECTED: "平台不认访问凭证",
    Refusal.THROTTLED: "平台说发得太快",
    Refusal.QUOTA_USED_UP: "平台额度用完",
    Refusal.WINDOW_CLOSED: "对方的 48 小时窗口已关，或已发满",
    Refusal.RECIPIENT_BUSY: "对方（群机器人）一分钟内收满了",
    Refusal.RECIPIENT_GONE: "对方已取消关注，或地址不存在",
    Refusal.RECIPIENT_FOREIGN: "对方不是这个账号的关注者",
    Refusal.AWAITS_ADMIN: "等账号管理员在手机上确认",
    Refusal.RECIPIENT_DECLINED: "对方不接收这类消息",
    Refusal.UNSUPPORTED: "本账号不能发这种消息",
    Refusal.DUPLICATE: "平台早已接收",
    Refusal.ACCOUNT_BLOCKED: "平台拒绝了本账号",
    Refusal.BAD_CONTENT: "平台不接受这份内容",
    Refusal.UNKNOWN: "平台拒绝，原因不明",
}
_REFUSED = {str(refusal): words for refusal, words in REFUSALS.items()}
_HEAD = (
    "序号",
    "渠道",
    "粉丝编号",
    "地区",
    "单位",
    "发送方式",
    "内容版本",
    "结果",
    "原因",
    "平台错误码",
    "时间（北京）",
)
_CHANNELS = {"official": "公众号", "wecom": "企业微信", "robot": "企业微信群", "sms": "短信"}
#: Rows of a sheet, by the format, less one for the head.
_SHEET_ROWS = 1_048_575
_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a broadcast is. people: by result; problems: why -> people, of those who do not get it."""

    held: Broadcast
    people: Mapping[Delivery, int]
    problems: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.people.values())

    @property
    def open(self) -> int:
        """Who still waits, or is being sent to."""
        return sum(self.people.get(state, 0) for state in (*ledger.OPEN, Delivery.SENDING))


def progress(db: sa.Connection, number: int) -> Progress:
    """How far a broadcast is, by the counts that its batches keep: see ledger/tallies.py."""
    people: dict[Delivery, int] = {}
    problems: dict[str, int] = {}
    for (state, why), count in sorted(ledger.tallies.of_broadcast(db, number).items()):
        people[Delivery(state)] = people.get(Delivery(state), 0) + count
        if why and Delivery(state) not in (Delivery.SENT, Delivery.DELIVERED):
            problems[why] = problems.get(why, 0) + count
    return Progress(drafts.read(db, number), people, dict(sorted(problems.items(), key=lambda item: -item[1])))


def because(why: str) -> str:
    """A reason of the ledger in words for staff."""
    return WHY.get(why) or _REFUSED.get(why) or REASONS.get(why) or RECEIPTS.get(why, why)


def export(
    database: Database, number: int, path: Path, tell: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """Write a workbook with a row for every person; returns how many. Addresses are shortened.

    tell  is told now and then how many rows stand there, of how many
    Read page by page: neither a million rows in memory nor a transaction that lasts for minutes.
    """
    from openpyxl import Workbook  # 9 MB, which no worker needs

    book = Workbook(write_only=True)
    with database.begin() as db:
        unhurried(db)
        total = ledger.tallies.of_broadcast(db, number).total()
    count = 0
    sheet: Any = None
    for count, row in enumerate(_rows(database, number), 1):
        if (count - 1) % _SHEET_ROWS == 0:
            sheet = book.create_sheet(f"结果{(count - 1) // _SHEET_ROWS + 1}")
            sheet.append(_HEAD)
        sheet.append([count, *map(safe, row)])
        if count % _PAGE == 0:
            tell(count, total)
    if sheet is None:
        book.create_sheet("结果1").append(_HEAD)
    book.save(path)
    return count


def _rows(database: Database, number: int) -> Iterator[tuple[Any, ...]]:
    d, f = delivery.c, follower.c
    columns = (d.follower_id, f.channel, f.address, f.region, unit.c.name, d.sender, d.level, d.state, d.why, d.errcode)
    joined = delivery.outerjoin(follower, f.id == d.follower_id).outerjoin(unit, unit.c.id == f.unit_id)
    rows = sa.select(*columns, d.at).select_from(joined).where(d.broadcast_id == number).order_by(d.follower_id)
    after = -1
    while True:
        with database.begin() as db:
            page = db.execute(rows.where(d.follower_id > after).limit(_PAGE)).all()
        for row in page:
            yield _row(row)
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def _row(row: Sequence[Any]) -> tuple[Any, ...]:
    _id, channel, address, region, unit_name, sender, level, state, why, code, at = row
    when = aware(at)
    return (
        _CHANNELS.get(channel, channel or ""),
        f"…{address[-6:]}" if address else "",
        region or "",
        unit_name or "",
        WAYS[sender].words if sender in WAYS else sender,
        LEVELS[Level(level)] if sender else "",
        DELIVERY_WORDS[Delivery(state)],
        because(why),
        code if code else "",
        when.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if when else "",
    )
