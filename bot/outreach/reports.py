"""What WeChat's events say of messages that it took: from the callback to the ledger. Nobody is answered."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.dialogue import Deed, Handler, Noted, Session, Turn
from bot.errors import StoreError
from bot.messages import Inbound, Reply
from bot.outreach.reconciling import JobReport, job_finished, receipt
from bot.store.database import Database
from bot.store.records import Records

log = logging.getLogger(__name__)

_JOB = "masssendjobfinish"
#: Event of one person's message -> the sender it is of.
_SENDERS = {"templatesendjobfinish": "official.template", "subscribe_msg_sent_event": "official.notice"}
#: Any number is a refusal, the documented ones are not all. Source: as reconciling.REASONS.
_STATUS = re.compile(r"send success|send fail|err\(\d{1,9}\)")
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Reported(Deed):
    """Inbound.items tell what came of something that was sent."""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """What came of messages to one person each, as the event lists them."""

    at: datetime
    event: str
    items: Sequence[Mapping[str, str]]


class ReportFlow:
    """Takes reports of what was sent, beside what `others` make of the same event; leaves all else to them."""

    def __init__(self, others: Handler) -> None:
        self._others = others

    def __call__(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """The talk goes on as if nothing had come."""
        turn = self._others(inbound, session, now)
        if not inbound.items or (inbound.event != _JOB and inbound.event not in _SENDERS):
            return turn
        turn = turn or Turn(None, session, (), Noted("event"))
        return replace(turn, events=(*turn.events, Reported()))


class ReportDesk:
    """Writes reports into the ledger."""

    takes = (Reported,)

    def __init__(self, database: Database, records: Records) -> None:
        self._database, self._records = database, records

    def carry_out(self, deed: Deed, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        """See inbox.Capability."""
        if inbound.event != _JOB:
            self._records.write(ReceiptRow(now, inbound.event, inbound.items))
            return reply
        for report in filter(None, map(_job, inbound.items)):
            self._finish(report, now)
        return reply

    def _finish(self, report: JobReport, now: datetime) -> None:
        # Past the records: a million rows may change, and what people write must not wait for that.
        try:
            with self._database.begin() as db:
                known = job_finished(db, report, now)
        except StoreError as e:
            log.warning("a report waits until WeChat is asked for it", extra={"error": str(e)})
            return
        log.info("a mass message was reported on", extra={"status": report.status, "is_news": known})


def _job(item: Mapping[str, str]) -> JobReport | None:
    """None for a status that says nothing: WeChat is asked later, see reconciling.poll."""
    status = " ".join(item.get("Status", "").lower().split()).replace("err (", "err(")
    if not _STATUS.fullmatch(status):
        log.warning("a mass message was reported on in unknown words", extra={"status": status[:40]})
        return None
    counts = (_count(item, name) for name in ("TotalCount", "FilterCount", "SentCount", "ErrorCount"))
    return JobReport(item.get("MsgID", ""), status, *counts)


def _count(item: Mapping[str, str], name: str) -> int:
    told = item.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS else 0


def _keep(db: sa.Connection, rows: Sequence[ReceiptRow]) -> None:
    for row in rows:
        for item in row.items:
            error = _error(item)
            if error is not None:
                receipt(db, _SENDERS[row.event], item.get("MsgID", ""), error, row.at)


def _error(item: Mapping[str, str]) -> str | None:
    """ "" where the message arrived, else why it did not; None where nothing is said."""
    if "ErrorCode" in item and "Status" not in item:
        code = item["ErrorCode"]
        return "" if code == "0" else code or None
    status = " ".join(item.get("Status", "").lower().split())
    if status == "success":
        return ""
    return status.removeprefix("failed:").strip() or "failed" if status.startswith("failed") else None


#: For Records: how rows of this module are written.
WRITERS: dict[type[Any], Callable[[sa.Connection, Any], None]] = {ReceiptRow: _keep}
