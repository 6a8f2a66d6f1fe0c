"""Official warnings of weather, flood and fire: relayed word for word, with issuer and time, to the regions they name.

Only those whom the law names may issue a warning. The bot makes none, changes none and grades none: it relays the text
that staff paste, or that a configured feed gives, and refuses what does not say who issued it, when and for where.
Source: 气象灾害防御条例 第三十条; 突发事件应对法 第六十四条.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.answers.cities import provinces
from bot.answers.regions import NATIONWIDE
from bot.errors import OutreachError
from bot.outreach import drafts
from bot.outreach.calendar_tables import warning
from bot.outreach.content import Level
from bot.outreach.issuers import is_office, reaches
from bot.outreach.states import State
from bot.people.segments import NOWHERE
from bot.sending import Message
from bot.settings import BEIJING
from bot.store.database import Database, aware

log = logging.getLogger(__name__)

#: A warning that does not say until when is relayed no longer than this after it was issued.
LASTS = timedelta(hours=24)
_LONGEST = timedelta(days=7)
#: Clocks of others may be ahead of ours.
_AHEAD = timedelta(minutes=10)
_TEXT_CHARS = 600
#: A drill is no warning: who reads it in a hurry takes it for one.
_DRILL = re.compile("演练|演习|测试|模拟")
_PLACE = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """A warning as it was issued. text: unchanged; regions: full names; source: where it was taken from."""

    issuer: str
    issued_at: datetime
    text: str
    regions: tuple[str, ...]
    source: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Relayed:
    """A warning that was taken over. is_new: False where the same was taken before: nothing is sent again."""

    id: int
    broadcast_id: int
    until: datetime
    is_new: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A warning as it is kept. broadcast: where its sending stands, None where it is gone."""

    id: int
    official: Official
    by: str
    broadcast_id: int | None
    broadcast: State | None


#: Lets the urgent broadcast of that number go by one person; a second one confirms it afterwards.
Alert = Callable[[int, str, str, datetime], object]


@dataclass(frozen=True, slots=True)
class Warnings:
    """The warnings of one office.

    alert   None leaves the urgent broadcast as a draft for staff to let go
    closed  why staff switched warnings off, "" while they are on
    home    the region that the office is for: who told no region lives there for all we know; "" leaves them out
    """

    database: Database
    alert: Alert | None = None
    closed: Callable[[], str] = lambda: ""
    home: Callable[[], str] = lambda: ""

    def relay(self, official: Official, by: str, now: datetime) -> Relayed:
        """Take a warning over and send it. The same one again is found, not sent twice. Raises OutreachError."""
        now = now.astimezone(UTC)
        if closed := self.closed():
            raise OutreachError(closed)
        until = _check(official, by, now)
        with self.database.begin() as db:
            relayed = _keep(db, official, until, by.strip(), self.home(), now)
        if self.alert and self._is_waiting(relayed.broadcast_id):
            self.alert(relayed.broadcast_id, by.strip(), f"转发{official.issuer}发布的预警", now)
        if relayed.is_new:
            log.info("warning relayed", extra={"warning": relayed.id, "broadcast_id": relayed.broadcast_id})
        return relayed

    def current(self, now: datetime) -> list[Held]:
        """Those that hold now, newest first."""
        with self.database.begin() as db:
            return [_held(db, row) for row in db.execute(_rows().where(warning.c.until > now.astimezone(UTC)))]

    def _is_waiting(self, number: int) -> bool:
        """Whether a broadcast has not begun: a crash may have come between keeping a warning and sending it."""
        with self.database.begin() as db:
            return drafts.read(db, number).state is State.DRAFT


def _check(official: Official, by: str, now: datetime) -> datetime:
    """Until when a warning is relayed. Raises OutreachError with all that is missing."""
    wrong = []
    if not is_office(official.issuer):
        wrong.append(
            f"发布单位要写气象台站、应急、防汛、水利、林草、消防等有权发布的单位全称，现在是“{official.issuer.strip()}”"
        )
    if official.issued_at > now + _AHEAD:
        wrong.append(f"发布时间{_clock(official.issued_at)} 在将来")
    if not official.text.strip():
        wrong.append("没有原文")
    elif drill := _DRILL.search(official.text):
        wrong.append(f"原文里有“{drill[0]}”：演练、测试不当预警转发，请另写一份群发，写明是演练")
    elif len(official.text) > _TEXT_CHARS:
        wrong.append(f"原文有{len(official.text)}个字，最多{_TEXT_CHARS}个；请取发布单位的短文本，不要自己删改")
    wrong += _wrong_regions(official)
    if not official.source.strip():
        wrong.append("没有写从哪里得来，如 江门天气网页、传真文号")
    if not by.strip():
        wrong.append("请写明是谁转发")
    until = official.until or official.issued_at + LASTS
    if not wrong and until <= now:
        wrong.append(f"这份预警到 {_clock(until)} 已经失效，不转发")
    if until - official.issued_at > _LONGEST:
        wrong.append("有效期超过7天，请核对截止时间")
    if wrong:
        raise OutreachError("\n".join(wrong))
    return until


def _wrong_regions(official: Official) -> list[str]:
    """What is wrong with the regions: a name that does not begin with the province reaches nobody."""
    held = official.regions
    if not held or not all(_PLACE.fullmatch(r) and r.startswith((NATIONWIDE, *provinces())) for r in held):
        return ["影响地区要从省写起，如 广东省江门市江海区；不写地区的预警不转发"]
    if beyond := [region for region in held if not reaches(official.issuer, region)]:
        return [f"{official.issuer.strip()} 管不到{beyond[0]}，请核对发布单位和影响地区"]
    return []


def said(official: Official) -> str:
    """What is sent: who and when, then the text as it was issued."""
    head = f"【转发预警】{official.issuer} {_clock(official.issued_at)} 发布："
    return f"{head}\n{official.text}\n情况紧急请打119、110、120。"


def _keep(db: sa.Connection, official: Official, until: datetime, by: str, home: str, now: datetime) -> Relayed:
    issued_at, until = official.issued_at.astimezone(UTC), until.astimezone(UTC)
    same = [official.issuer, issued_at.isoformat(), official.text, sorted(official.regions)]
    digest = hashlib.sha256(json.dumps(same, ensure_ascii=False).encode()).hexdigest()
    row = {
        "digest": digest, "issuer": official.issuer, "issued_at": issued_at, "text": official.text, "until": until,
        "regions": json.dumps(official.regions, ensure_ascii=False), "source": official.source, "by": by, "at": now,
    }  # fmt: skip
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    new = insert(warning).values(**row).on_conflict_do_nothing().returning(warning.c.id)
    number = db.scalar(new)
    if number is None:
        held = db.execute(sa.select(warning).where(warning.c.digest == digest)).one()
        return Relayed(held.id, held.broadcast_id, aware(held.until) or until, False)
    draft = drafts.Draft(
        title=f"转发预警：{official.issuer}"[:60], content={Level.PUBLIC: Message(text=said(official))},
        audience=_audience(official.regions, home), urgent=True, until=until, campaign=f"warning-{number}",
    )  # fmt: skip
    broadcast_id = drafts.add(db, draft, by, now)
    db.execute(sa.update(warning).where(warning.c.id == number).values(broadcast_id=broadcast_id))
    return Relayed(number, broadcast_id, until, True)


def _audience(regions: tuple[str, ...], home: str) -> dict[str, object]:
    """Those in the regions; where these hold the whole of the office's, those too who told no region."""
    all_of_home = home not in ("", NATIONWIDE) and home.startswith(regions)
    values = [*regions, NOWHERE] if all_of_home else list(regions)
    return {"all": [{"field": "region", "op": "in", "values": values}]}


def _rows() -> sa.Select[tuple[object, ...]]:
    return sa.select(warning).order_by(warning.c.issued_at.desc(), warning.c.id.desc())


def _held(db: sa.Connection, row: sa.Row[tuple[object, ...]]) -> Held:
    official = Official(
        issuer=row.issuer, issued_at=aware(row.issued_at) or row.issued_at, text=row.text, source=row.source,
        regions=tuple(json.loads(row.regions)), until=aware(row.until),
    )  # fmt: skip
    state = drafts.read(db, row.broadcast_id).state if row.broadcast_id is not None else None
    return Held(row.id, official, row.by, row.broadcast_id, state)


def _clock(at: datetime) -> str:
    here = at.astimezone(BEIJING)
    return f"{here.year}年{here.month}月{here.day}日{here:%H:%M}"
