"""What platforms report after a call was taken: "accepted" becomes "delivered", or a failure with its reason."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.errors import Refusal, SendError
from bot.messages import Delivery
from bot.outreach import early, ledger
from bot.outreach.states import Batch, Move, State
from bot.outreach.tables import batch, broadcast, broadcast_event, delivery
from bot.outreach.troubles import Trouble, tell
from bot.outreach.ways import MASS, MASSES
from bot.store.database import Database, unhurried

log = logging.getLogger(__name__)

#: An administrator has 30 minutes to confirm a mass message; its report comes after. Source: as MASSSENDJOBFINISH.
_LOST_AFTER = timedelta(minutes=40)
_POLLED_AT_ONCE = 20
#: A mass message that was taken, of which nothing is known yet.
_OPEN_JOB = (
    batch.c.sender.in_(MASSES),
    batch.c.platform_id != "",
    batch.c.reported_at.is_(None),
)
#: WeChat's reasons for refusing a mass message. Source: developers.weixin.qq.com, 群发接口, MASSSENDJOBFINISH.
REASONS = {
    "err(10001)": "涉嫌广告",
    "err(20001)": "涉嫌政治",
    "err(20002)": "涉嫌色情",
    "err(20004)": "涉嫌社会",
    "err(20006)": "涉嫌违法犯罪",
    "err(20008)": "涉嫌欺诈",
    "err(20013)": "涉嫌版权",
    "err(22000)": "涉嫌互推",
    "err(21000)": "涉嫌其他",
    "err(30001)": "原创校验出错",
    "err(30002)": "原创校验不通过",
    "err(30003)": "判为转载而本次不允许转载",
    "err(40001)": "管理员拒绝",
    "err(40002)": "管理员 30 分钟内没有确认",
}
#: Other failures that are told after a call was taken, of the job or of one message.
RECEIPTS = {
    "send fail": "平台没有发出，原因不明",
    "user block": "对方屏蔽了这类消息",
    "system failed": "平台内部故障",
    "43101": "对方没有同意接收，或同意的次数已用完",
}


@dataclass(frozen=True, slots=True)
class JobReport:
    """MASSSENDJOBFINISH. status: "send success", "send fail" or "err(N)".

    total …  WeChat's counts, approximate; a total of 0: they were not told
    """

    platform_id: str
    status: str
    total: int = 0
    filtered: int = 0
    sent: int = 0
    failed: int = 0


def job_finished(db: sa.Connection, report: JobReport, now: datetime) -> bool:
    """Write down what came of a mass message; False where it is none of ours, not known yet, or was reported before.

    Several batches may bear its number: WeChat answers a repeat of a list that it knows with the number of the first.
    """
    c = batch.c
    unhurried(db)  # all that follow may be one batch
    ours = (c.platform_id == report.platform_id, *_OPEN_JOB)
    rows = db.execute(sa.select(c.id, c.broadcast_id).where(*ours).order_by(c.id).with_for_update()).all()
    for row in rows:
        _finish(db, row, report, now)
    if not rows and not _is_reported(db, report.platform_id):
        early.keep(db, MASS, report.platform_id, asdict(report), now)
    return bool(rows)


def _is_reported(db: sa.Connection, platform_id: str) -> bool:
    return db.scalar(sa.select(batch.c.id).where(batch.c.platform_id == platform_id).limit(1)) is not None


def _finish(db: sa.Connection, row: sa.Row[Any, Any], report: JobReport, now: datetime) -> None:
    c = batch.c
    db.execute(sa.update(batch).where(c.id == row.id).values(reported_at=now))
    if report.status.lower() == "send success":
        # WeChat does not say whom it did not reach: only where it reached all is anybody known to have been.
        if report.sent >= report.total > 0 and not report.failed:
            _turn(db, row.id, Delivery.SENT, Delivery.DELIVERED, "", now)
        counts = f"名单{report.total}人，过滤后{report.filtered}人，成功{report.sent}人，失败{report.failed}人"
        words = f"平台报告：{counts if report.total else '已发出，没有给出人数'}"
    else:
        reason = REASONS.get(report.status, "")
        _turn(db, row.id, Delivery.SENT, Delivery.TECHNICAL_FAILURE, report.status[:40], now)
        words = f"平台没有发出这一批：{reason or '原因不明'}（{report.status}）"
        tell(db, row.broadcast_id, Trouble(Refusal.BAD_CONTENT, None), now)
    _note(db, row.broadcast_id, words, now)


def receipt(db: sa.Connection, sender: str, platform_id: str, error: str, now: datetime) -> bool:
    """Write down what came of one message; False where it is none of ours, or not known yet: then it is kept.

    error  "" where it arrived; else the platform's reason (TEMPLATESENDJOBFINISH: "user block", "system failed")
    """
    state = Delivery.PERMANENT_FAILURE if error else Delivery.DELIVERED
    if error == "system failed":
        state = Delivery.TECHNICAL_FAILURE
    c = delivery.c
    taken = (c.sender == sender, c.platform_id == platform_id, c.state == Delivery.SENT)
    values = {"state": state, "why": error[:40], "at": now}
    if platform_id:
        for row in db.execute(sa.select(c.broadcast_id, c.follower_id, c.sender, c.level).where(*taken)).all():
            ledger.tallies.touch(db, ledger.tallies.of_person(*row))
        if db.execute(sa.update(delivery).where(*taken).values(values)).rowcount == 1:
            return True
    early.keep(db, sender, platform_id, {"error": error}, now)
    return False


def catch_up(database: Database, now: datetime) -> None:
    """Take in reports that came before the calls that they report on were closed."""
    with database.begin() as db:
        unhurried(db)
        for sender, number, told in early.known_now(db):
            if "error" in told:
                receipt(db, sender, number, str(told["error"]), now)
            else:
                job_finished(db, JobReport(**told), now)  # type: ignore[arg-type]
        early.drop_old(db, now)


def poll(database: Database, ask: Callable[[str], str], now: datetime) -> int:
    """Ask for what came of mass messages whose report was lost; returns how many are known now.

    ask  number of a job -> SEND_SUCCESS, SEND_FAIL, SENDING, DELETE (mass/get); raises SendError
    """
    known = 0
    for platform_id in _unreported(database, now):
        try:
            status = ask(platform_id)
        except SendError as e:
            log.warning("a mass message could not be asked for", extra={"errcode": e.errcode})
            break
        if status == "SENDING":
            continue
        with database.begin() as db:
            if status == "SEND_FAIL":
                known += job_finished(db, JobReport(platform_id, "send fail"), now)
            else:
                # It went out; how many it reached is not told, so "accepted" is all that is known of each.
                told = sa.update(batch).where(batch.c.platform_id == platform_id)
                known += db.execute(told.values(reported_at=now)).rowcount
    return known


def _unreported(database: Database, now: datetime) -> list[str]:
    old = sa.func.coalesce(broadcast.c.started_at, broadcast.c.created_at) < now - _LOST_AFTER
    rows = sa.select(batch.c.platform_id).join(broadcast, broadcast.c.id == batch.c.broadcast_id).where(*_OPEN_JOB, old)
    with database.begin() as db:
        return list(db.scalars(rows.order_by(batch.c.id).limit(_POLLED_AT_ONCE)))


def _turn(db: sa.Connection, batch_id: int, was: Delivery, now_is: Delivery, why: str, now: datetime) -> None:
    part, month = ledger.whole(db, batch_id), ledger.uncount(db, batch_id)
    turned = sa.update(delivery).where(part, delivery.c.state == was)
    db.execute(turned.values(state=now_is, why=why, at=now))
    ledger.recount(db, batch_id, Batch.FAILED if now_is is Delivery.TECHNICAL_FAILURE else Batch.SENT)
    if month:
        ledger.count(db, batch_id, now, month)


def _note(db: sa.Connection, broadcast_id: int, words: str, now: datetime) -> None:
    state = db.scalar(sa.select(broadcast.c.state).where(broadcast.c.id == broadcast_id)) or State.SENT
    row = {"who": "system", "move": Move.REPORT, "before": state, "after": state, "why": words}
    db.execute(sa.insert(broadcast_event).values(broadcast_id=broadcast_id, at=now, **row))
