"""Pictures of the account's library that were not handed over here: fetched when a page shows them, kept for a while.

The platform lets no browser of others have them, so our server asks for them. It asks for one at a time, whoever wants
it; what fails is left alone for a while, so that pages do not wait for a platform that does not answer.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.errors import OutreachError, Refusal, SendError, StoreError
from bot.outreach.media_tables import media_item
from bot.sending import Storehouse
from bot.store.database import Database, aware
from bot.store.kv import KeyValue

log = logging.getLogger(__name__)

#: What is kept of them all together, bytes, and how long one of them is: it may be gone from the library.
MOST_BYTES = 64 << 20
KEPT = timedelta(days=30)
#: How long nothing is asked for after a call that failed, and how long not again for what cannot be shown.
REST_S, REFUSED_S = 60.0, 24 * 3600.0
#: A page shows some of them at once; a browser asks for six. Who waits longer shows the name alone.
_TURN_S = 3.0
_KEY = "material-picture"

#: The bytes of a picture, and its kind as in Content-Type.
Picture = tuple[bytes, str]


@dataclass(frozen=True, slots=True)
class MaterialPictures:
    """Copies of pictures that lie in the library alone. storehouse: None where no account is set up."""

    database: Database
    storehouse: Storehouse | None
    store: KeyValue

    def picture(self, number: int, now: datetime) -> Picture | None:
        """One of them; None where it cannot be had now, or not be shown. number: of its item."""
        held, is_fresh, _ = self._held(number, now)
        if is_fresh or self.storehouse is None:
            return held
        try:
            if self._is_left_alone(number):
                return held
            with self.store.in_turn(_KEY, _TURN_S) as is_ours:
                return self._fetched(number, now, self.storehouse) if is_ours else held
        except StoreError as e:
            log.warning("a picture of the library was not asked for", extra={"error": str(e)})
            return held

    def _fetched(self, number: int, now: datetime, storehouse: Storehouse) -> Picture | None:
        """As `picture`, by the one whose turn it is: another may have fetched it, or failed, meanwhile."""
        held, is_fresh, media_id = self._held(number, now)
        if is_fresh or self._is_left_alone(number):
            return held
        try:
            data, mime = storehouse.picture(media_id)
        except (OutreachError, SendError) as e:
            log.info("a picture of the library is not shown", extra={"item": number, "error": str(e)})
            is_final = isinstance(e, OutreachError) or e.refusal is Refusal.BAD_CONTENT
            self.store.set(f"{_KEY}:{number}" if is_final else _KEY, b"1", REFUSED_S if is_final else REST_S)
            if is_final:
                self._drop([number])
            return None if is_final else held
        self._keep(number, data, mime, now)
        return data, mime

    def _is_left_alone(self, number: int) -> bool:
        return self.store.get(_KEY) is not None or self.store.get(f"{_KEY}:{number}") is not None

    def _held(self, number: int, now: datetime) -> tuple[Picture | None, bool, str]:
        """The copy that is kept, whether it is new enough, and what the platform calls it."""
        c = media_item.c
        with self.database.read() as db:
            row = db.execute(sa.select(c.picture, c.mime, c.at, c.media_id).where(c.id == number)).one_or_none()
        if row is None:
            return None, True, ""
        if not row.picture:
            return None, False, row.media_id
        return (bytes(row.picture), row.mime), (aware(row.at) or now) > now - KEPT, row.media_id

    def _keep(self, number: int, data: bytes, mime: str, now: datetime) -> None:
        c = media_item.c
        told = {"picture": data, "mime": mime, "size": len(data), "at": now}
        with self.database.begin() as db:
            db.execute(sa.update(media_item).where(c.id == number, c.who == "").values(**told))
            held = db.execute(
                sa.select(c.id, c.size, c.at)
                .where(c.who == "", c.picture.is_not(None), c.id != number)
                .order_by(c.at.desc(), c.id.desc())
            ).all()
        total, gone = len(data), []
        for row in held:
            total += row.size
            if total > MOST_BYTES or (aware(row.at) or now) <= now - KEPT:
                gone.append(row.id)
        self._drop(gone)

    def _drop(self, numbers: list[int]) -> None:
        if numbers:
            c = media_item.c
            with self.database.begin() as db:
                db.execute(sa.update(media_item).where(c.id.in_(numbers), c.who == "").values(picture=None, size=0))
