"""The full list of followers as the platform has it, brought into step with ours: who came, who left, who wears tags.

Goes on where it was interrupted: each page is stored together with the cursor of the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import OutreachError, Refusal, SendError
from bot.people import followers
from bot.people.tables import follower, follower_tag, sync_run
from bot.store.database import Database, among, aware, unhurried
from bot.store.records import LeavingRow, forget

#: An interrupted run is gone on with for so long; after that the list is another one.
_GOOD_FOR = timedelta(hours=36)
#: People in one statement, and of those who left in one transaction.
_PORTION = 500
#: People that are stored in one transaction: a whole page would keep messages from being written for long.
_AT_ONCE = 2000
#: Of the people that the platform counts, so many must have been listed before anybody is taken to have left.
_COMPLETE = 0.98
_FOLLOWERS, _TAG, _DONE, _DROPPED = "followers", "tag:", "done", "dropped"
#: "Invalid openid": the one that we stopped at is gone.
_BAD_CURSOR = 40003


class Directory(Protocol):
    """What a platform tells of its followers. Every method raises SendError and nothing else."""

    def followers_after(self, address: str) -> tuple[Sequence[str], str, int]:
        """A page of addresses after one of them ("" for the first), the last of the page, and how many follow in all.

        An empty page is the end.
        """

    def tags(self) -> Sequence[tuple[int, str]]:
        """Id and name of each tag."""

    def wearers_after(self, tag_id: int, address: str) -> tuple[Sequence[str], str]:
        """A page of addresses that wear a tag, and the last of them."""


@dataclass(frozen=True, slots=True)
class Run:
    """Where a sync stands. part: followers, then tag:<id> by id, then done."""

    id: int
    part: str
    cursor: str
    listed: int
    came: int
    left: int
    started_at: datetime


class Sync:
    """Brings the people of one channel into step.

    tell  is told of each page, in Chinese
    """

    def __init__(self, database: Database, directory: Directory, channel: str, tell: Callable[[str], None]) -> None:
        self._database, self._directory, self._channel, self._tell = database, directory, channel, tell

    def run(self, now: datetime) -> Run:
        """Go on with the last run, or begin one, and see it to its end.

        Raises OutreachError where it must be gone on with later; what was done until then is stored.
        """
        run = self._open(now)
        if run.cursor or run.part != _FOLLOWERS:
            self._tell(f"接着上次做：已同步{run.listed}人")
        try:
            if run.part == _FOLLOWERS:
                run = self._leavers(self._followers(run))
            return self._close(self._tags(run), now)
        except SendError as e:
            raise OutreachError(_why(e, self._open(now))) from e

    def _open(self, now: datetime) -> Run:
        c = sync_run.c
        names = list(Run.__dataclass_fields__)
        with self._database.begin() as db:
            found = db.execute(
                sa.select(*(c[name] for name in names))
                .where(c.channel == self._channel, c.ended_at.is_(None), c.started_at > now - _GOOD_FOR)
                .order_by(c.id.desc())
                .limit(1)
            ).one_or_none()
            if found is None:
                new = {"channel": self._channel, "part": _FOLLOWERS, "started_at": now}
                key = db.execute(sa.insert(sync_run).values(new)).inserted_primary_key
                return Run(key[0] if key else 0, _FOLLOWERS, "", 0, 0, 0, now)
        held = dict(found._mapping)
        return Run(**{**held, "started_at": aware(held["started_at"])})

    def _followers(self, run: Run) -> Run:
        while True:
            page, cursor, total = self._page(run)
            if not page:
                break
            for n in range(0, len(page), _AT_ONCE):
                with self._database.portion() as db:
                    run = _moved(db, run, came=run.came + self._seen(db, run.id, page[n : n + _AT_ONCE]))
            with self._database.begin() as db:
                run = _moved(db, run, cursor=cursor, listed=run.listed + len(page))
            self._tell(f"已同步{run.listed}人，共{total}人")
        if run.listed < total * _COMPLETE or (not run.listed and self._anybody()):
            self._drop(run)
            raise OutreachError(
                f"微信说有{total}人关注，却只列出了{run.listed}人：没有把任何人记为已取消关注，请过一会儿重新运行"
            )
        return run

    def _page(self, run: Run) -> tuple[Sequence[str], str, int]:
        try:
            return self._directory.followers_after(run.cursor)
        except SendError as e:
            if e.errcode != _BAD_CURSOR or not run.cursor:
                raise
        self._drop(run)
        raise OutreachError("上次停下的那个人已取消关注，名单要从头列起：请再运行一次")

    def _anybody(self) -> bool:
        """Whether anybody follows as far as we know: a list of nobody is then rather a fault of the platform."""
        c = follower.c
        here = sa.select(c.id).where(c.channel == self._channel, c.state == "following").limit(1)
        with self._database.begin() as db:
            return db.scalar(here) is not None

    def _drop(self, run: Run) -> None:
        """Give a run up: whom it listed may have left since, so the next has a number of its own."""
        with self._database.begin() as db:
            _moved(db, run, part=_DROPPED, ended_at=run.started_at)

    def _seen(self, db: sa.Connection, run_id: int, page: Sequence[str]) -> int:
        """Add who is new and mark all of a page; returns how many are new. Who was refused a message follows again."""
        held = [{"address_": address[:64], "channel_": self._channel, "run": run_id} for address in page]
        bind = sa.bindparam
        values = {**followers.NEW, "channel": bind("channel_"), "address": bind("address_"), "seen": bind("run")}
        c = follower.c
        before = db.scalar(sa.select(sa.func.max(c.id))) or 0
        db.execute(_ignoring(db, follower).values(values), held)
        mine = (c.channel == bind("channel_"), c.account == "", c.address == bind("address_"))
        db.execute(sa.update(follower).where(*mine).values(seen=bind("run"), **followers.BACK), held)
        new = sa.select(sa.func.count()).where(c.id > before, c.channel == self._channel, c.seen == run_id)
        return db.scalar(new) or 0

    def _leavers(self, run: Run) -> Run:
        """Those that the platform listed no more have left while we did not listen."""
        c = follower.c
        here = sa.and_(c.channel == self._channel, c.state == "following", c.seen < run.id)
        here = sa.and_(here, sa.or_(c.followed_at.is_(None), c.followed_at < run.started_at))
        last = -1
        while True:
            # Looked for beside those who write: a million may have to be passed over.
            with self._database.read() as db:
                unhurried(db)
                found = db.scalars(sa.select(c.id).where(here, c.id > last).order_by(c.id).limit(_PORTION)).all()
            with self._database.portion() as db:
                gone = db.scalars(sa.select(c.address).where(here, among(db, c.id, found))).all()
                rows = [LeavingRow(run.started_at, self._channel, address) for address in gone]
                forget(db, rows)
                followers.left(db, rows)
                run = _moved(db, run, left=run.left + len(gone))
                if len(found) < _PORTION:
                    return _moved(db, run, part=f"{_TAG}0", cursor="")
            last = found[-1]

    def _tags(self, run: Run) -> Run:
        tags = sorted(self._directory.tags())
        self._take_off(follower_tag.c.tag.not_in([name[:40] for _, name in tags]))
        at = int(run.part.removeprefix(_TAG) or 0) if run.part.startswith(_TAG) else 0
        for tag_id, name in tags:
            if tag_id >= at:
                run = self._tag(run, tag_id, name[:40])
        return run

    def _tag(self, run: Run, tag_id: int, name: str) -> Run:
        """Everybody who wears a tag; who wore it before and is not listed any more loses it at the end."""
        if run.part != f"{_TAG}{tag_id}":
            with self._database.begin() as db:
                run = _moved(db, run, part=f"{_TAG}{tag_id}", cursor="")
        while True:
            page, cursor = self._directory.wearers_after(tag_id, run.cursor)
            for n in range(0, len(page), _AT_ONCE):
                with self._database.portion() as db:
                    for m in range(n, min(n + _AT_ONCE, len(page)), _PORTION):
                        self._wear(db, run.id, name, page[m : m + _PORTION])
            if not page:
                self._take_off(sa.and_(follower_tag.c.tag == name, follower_tag.c.seen != run.id))
                return run
            with self._database.begin() as db:
                run = _moved(db, run, cursor=cursor)

    def _wear(self, db: sa.Connection, run_id: int, name: str, addresses: Sequence[str]) -> None:
        c = follower.c
        who = sa.select(c.id, sa.literal(name), sa.literal(run_id)).where(
            c.channel == self._channel, c.account == "", c.address.in_(addresses)
        )
        insert: Any = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
        put_on = insert(follower_tag).from_select(["follower_id", "tag", "seen"], who)
        db.execute(put_on.on_conflict_do_update(index_elements=["follower_id", "tag"], set_={"seen": run_id}))

    def _take_off(self, which: sa.ColumnElement[bool]) -> None:
        """These tags are worn no more."""
        c = follower_tag.c
        some = sa.select(c.follower_id, c.tag).where(which).limit(_AT_ONCE)
        while True:
            with self._database.portion() as db:
                count = db.execute(sa.delete(follower_tag).where(sa.tuple_(c.follower_id, c.tag).in_(some))).rowcount
            if count < _AT_ONCE:
                return

    def _close(self, run: Run, now: datetime) -> Run:
        with self._database.begin() as db:
            return _moved(db, run, part=_DONE, ended_at=now)


def _ignoring(db: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that passes over what is there already."""
    insert: Any = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def _moved(db: sa.Connection, run: Run, **values: Any) -> Run:
    """Write down where a run stands now."""
    db.execute(sa.update(sync_run).where(sync_run.c.id == run.id).values(values))
    held = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    return Run(**{**held, **{name: value for name, value in values.items() if name in held}})


def _why(error: SendError, run: Run) -> str:
    """What staff should know of an interruption."""
    kept = f"已同步的{run.listed}人都存好了，再运行一次会从这里接着做。"
    if error.refusal is Refusal.QUOTA_USED_UP:
        return f"微信今天的调用次数用完了（{error.errcode}）。{kept}请明天再运行。"
    if error.refusal is Refusal.THROTTLED:
        return f"微信嫌调用太快（{error.errcode}）。{kept}请过几分钟再运行。"
    if error.refusal in (Refusal.ACCOUNT_BLOCKED, Refusal.UNSUPPORTED):
        return (
            f"这个账号没有读取粉丝名单的权限，或凭据、IP白名单不对（{error.errcode}）：运行 safetybot doctor 看原因。"
        )
    return f"与微信的连接断了：{error}。{kept}"
