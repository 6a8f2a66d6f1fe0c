"""What staff do with the menu at the bottom of the chat: look at the present one, keep it, write, publish, restore.

A page or command needs only `MenuDesk` and `bot.outreach.menu_buttons` (Button, faults, lines, KINDS); `now` is aware.
Every verb raises OutreachError with a sentence for staff.

    desk = services.menus
    desk.present()                         -> Present: what followers see now, asked of WeChat each time
    desk.keep(by, now)                     -> Menu: the present menu taken over as a version, so that it can be restored
    desk.propose(buttons, by, why, now)    -> Menu in state proposed; faults(buttons) tells beforehand what is wrong
    desk.publish(number, by, now)          -> Menu; by another person than its author. What was shown is kept first
    desk.restore(number, by, now)          -> Menu; one that was published or found before, by one person
    desk.discard(number, by, now)             a proposal that is not wanted
    desk.get(number), desk.listed(count)      versions, newest first; Menu.is_shown marks the one put up last
    desk.dress(day, buttons, now), desk.undress(day, now)    the consultation day: see programme.py
    propose(…, of_day=True)                   a menu of that day: published, it waits for the day (desk.of_day())

Menus for groups of followers (个性化菜单) are never touched; Present.conditional says how many there are.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa

from bot.errors import OutreachError, SendError
from bot.outreach import menu_buttons, persons, standing
from bot.outreach.approval import named
from bot.outreach.menu_buttons import Button
from bot.outreach.menu_tables import menu_version
from bot.store.database import Database, aware

log = logging.getLogger(__name__)

SYSTEM = "system"


class Account(Protocol):
    """Calls about the menu of the account; bot.channels.official.MenuCalls. They raise SendError and nothing else."""

    def shown(self) -> Sequence[Mapping[str, Any]]:
        """What everybody sees who is in no group, () for no menu."""

    def conditional(self) -> int:
        """How many menus for groups there are."""

    def create(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Show these instead."""

    def delete(self) -> None:
        """Show none, nor any menu for a group."""


class MenuState(StrEnum):
    """Where a version stands. FOUND: somebody else had put it up, it was kept when another took its place."""

    PROPOSED = "proposed"
    PUBLISHING = "publishing"  # asked of WeChat; after a crash it may be published again
    PUBLISHED = "published"
    FOUND = "found"
    DISCARDED = "discarded"


#: As staff read them.
WORDS = {
    MenuState.PROPOSED: "待发布",
    MenuState.PUBLISHING: "正在发布",
    MenuState.PUBLISHED: "发布过",
    MenuState.FOUND: "换下前保存的",
    MenuState.DISCARDED: "不用了",
}
_ON_RECORD = (MenuState.PUBLISHED, MenuState.FOUND)


@dataclass(frozen=True, slots=True)
class Present:
    """What followers see now.

    buttons      () for no menu
    version      number of the version that it is, None where we know none like it
    conditional  menus for groups of followers beside it
    lost         names of buttons made in WeChat's console that no program can put back once they are replaced
    """

    buttons: tuple[Button, ...]
    version: int | None
    conditional: int
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """A version of the menu as it is kept.

    of_day    written for the consultation day
    is_shown  it was put up last, by us; of the day's: it is put up on that day
    """

    id: int
    state: MenuState
    buttons: tuple[Button, ...]
    why: str
    author: str
    written_at: datetime
    publisher: str
    published_at: datetime | None
    of_day: bool = False
    is_shown: bool = False


class MenuDesk:
    """The menu of one account. account: None where no official account is set up."""

    def __init__(self, database: Database, account: Account | None) -> None:
        self._database, self._held_account = database, account

    def present(self) -> Present:
        """What followers see now, as WeChat tells it."""
        with _in_words():
            buttons = menu_buttons.read(self._account.shown())
            conditional = self._account.conditional()
        with self._database.begin() as db:
            version = _known(db, buttons)
        return Present(buttons, version, conditional, menu_buttons.lost(buttons))

    def keep(self, by: str, now: datetime) -> Menu:
        """Take what is shown now over as a version; the one it is where we know it already."""
        present = self.present()
        if present.lost:
            raise OutreachError(_lost_words(present.lost))
        if present.version is not None:
            return self.get(present.version)
        with self._database.begin() as db:
            return _read(db, _add(db, present.buttons, MenuState.FOUND, named(by), "沿用公众号现有的菜单", now))

    def propose(self, buttons: Sequence[Button], by: str, why: str, now: datetime, *, of_day: bool = False) -> Menu:
        """Write a menu down, for another person to publish. Raises OutreachError with everything that is wrong."""
        _check(buttons)
        if of_day and not buttons:
            raise OutreachError("咨询日的菜单至少要有一个按钮")
        with self._database.begin() as db:
            return _read(db, _add(db, buttons, MenuState.PROPOSED, named(by), why, now, of_day=int(of_day)))

    def publish(self, number: int, by: str, now: datetime, *, even_if_lost: bool = False) -> Menu:
        """Put a proposal up, by another person than its author. What is shown until then is kept first.

        One of the consultation day waits for that day: author and publisher have let it be put up by itself.

        even_if_lost  although the console's own buttons cannot be put back afterwards
        """
        by, held = named(by), self.get(number)
        with self._database.read() as db:
            is_author = persons.same(db, by, [held.author])
        if is_author:
            raise OutreachError(f"菜单 {number} 是 {held.author} 写的，须由另一人发布")
        self._claim(held, (MenuState.PROPOSED, MenuState.PUBLISHING))
        if held.of_day:
            return self._published_for_the_day(held, by, now)
        try:
            self._keep_present(by, now, even_if_lost=even_if_lost)
            self._put_up(held.buttons)
        except OutreachError:
            self._move(number, MenuState.PROPOSED)
            raise
        return self._published(number, by, now)

    def restore(self, number: int, by: str, now: datetime, *, even_if_lost: bool = False) -> Menu:
        """Put one up again that was published or found before; one of the consultation day is put forward for it, and
        another person approves it."""
        by, held = named(by), self.get(number)
        if held.state not in _ON_RECORD:
            raise OutreachError(f"菜单 {number} 现在是“{WORDS[held.state]}”，只能恢复发布过的或换下前保存的")
        if held.of_day:
            standing.propose(self._database, standing.DAY_MENU, menu_buttons.digest(held.buttons), by, now)
            return self._published(number, by, now)
        self._keep_present(by, now, even_if_lost=even_if_lost)
        self._put_up(held.buttons)
        return self._published(number, by, now)

    def discard(self, number: int, by: str, now: datetime) -> Menu:
        """Leave a proposal."""
        by = named(by)
        self._claim(self.get(number), (MenuState.PROPOSED,))
        return self._move(number, MenuState.DISCARDED, publisher=by, published_at=None)

    def get(self, number: int) -> Menu:
        """One version. Raises OutreachError where there is none."""
        with self._database.begin() as db:
            return _read(db, number)

    def listed(self, count: int = 50, *, of_day: bool = False) -> list[Menu]:
        """The newest versions, newest first: the everyday ones, or those of the consultation day."""
        c = menu_version.c
        wanted = sa.select(menu_version).where(c.of_day == int(of_day)).order_by(c.id.desc()).limit(count)
        with self._database.begin() as db:
            shown = _shown(db, of_day=of_day)
            rows = db.execute(wanted).all()
        return [_menu(row, shown) for row in rows]

    def proposed(self) -> list[Menu]:
        """All that wait for another person, everyday ones and those of the consultation day, oldest first."""
        c = menu_version.c
        wanted = sa.select(menu_version).where(c.state == MenuState.PROPOSED).order_by(c.id)
        with self._database.read() as db:
            return [_menu(row, None) for row in db.execute(wanted)]

    def of_day(self) -> Menu | None:
        """The menu of the consultation day that staff published last; None where they have left it to the file."""
        with self._database.read() as db:
            number = _shown(db, of_day=True)
            return _read(db, number) if number is not None else None

    # The consultation day

    def dress(self, day: date, buttons: Sequence[Button], now: datetime) -> None:
        """Show the menu of the day, once what was shown before is kept. Doing it again does no harm."""
        _check(buttons)
        present, of = self.present(), day.isoformat()
        wanted = menu_buttons.digest(buttons)
        with self._database.begin() as db:
            if _of_day(db, menu_version.c.kept_for, of) is None:
                if present.lost:
                    raise OutreachError(_lost_words(present.lost))
                if menu_buttons.digest(present.buttons) == wanted:
                    raise OutreachError("咨询日的菜单已经挂着，没有可换回的菜单；请先恢复平常的菜单")
                why = f"{day.month}月{day.day}日咨询日前保存"
                _add(db, present.buttons, MenuState.FOUND, SYSTEM, why, now, kept_for=of)
            shown = _of_day(db, menu_version.c.shown_for, of)
            if shown is None:
                why = f"{day.month}月{day.day}日咨询日的菜单"
                shown = _add(db, buttons, MenuState.PUBLISHING, SYSTEM, why, now, shown_for=of)
        self._put_up(self.get(shown).buttons)
        self._published(shown, SYSTEM, now)

    def undress(self, day: date, now: datetime) -> str:
        """Put back what was shown before the day; returns in words what was done. Doing it again does no harm.

        Where another menu is shown by now than the one of the day, somebody has changed it, and it stays.
        """
        with self._database.begin() as db:
            kept = _of_day(db, menu_version.c.kept_for, day.isoformat())
            shown = _of_day(db, menu_version.c.shown_for, day.isoformat())
        if kept is None or shown is None:
            return "没有换过菜单"
        before, present = self.get(kept), self.present()
        if menu_buttons.digest(present.buttons) == menu_buttons.digest(before.buttons):
            return "菜单已经是原来的"
        if menu_buttons.digest(present.buttons) != menu_buttons.digest(self.get(shown).buttons):
            log.warning("the menu was changed on the consultation day, it stays", extra={"day": day.isoformat()})
            return "当天有人另外改过菜单，没有动它"
        self._put_up(before.buttons)
        self._published(kept, SYSTEM, now)
        return "已换回原来的菜单"

    @property
    def is_set_up(self) -> bool:
        """Whether there is an account to ask."""
        return self._held_account is not None

    @property
    def _account(self) -> Account:
        if self._held_account is None:
            raise OutreachError("没有设置公众号（wechat.app_id、wechat.secret），不能看也不能改菜单")
        return self._held_account

    def _keep_present(self, by: str, now: datetime, *, even_if_lost: bool) -> None:
        present = self.present()
        if present.lost and not even_if_lost:
            raise OutreachError(_lost_words(present.lost))
        if present.version is None and present.buttons and not present.lost:
            with self._database.begin() as db:
                _add(db, present.buttons, MenuState.FOUND, by, "换下前保存", now)

    def _put_up(self, buttons: Sequence[Button]) -> None:
        with _in_words():
            if buttons:
                self._account.create(menu_buttons.dump(buttons))
            elif self._account.conditional():
                raise OutreachError("原来没有默认菜单，撤下它会连个性化菜单一起删掉，没有动。请到公众平台处理")
            else:
                self._account.delete()

    def _claim(self, held: Menu, states: Sequence[MenuState]) -> None:
        c = menu_version.c
        mine = sa.update(menu_version).where(c.id == held.id, c.state.in_(states))
        with self._database.begin() as db:
            if db.execute(mine.values(state=MenuState.PUBLISHING)).rowcount != 1:
                raise OutreachError(f"菜单 {held.id} 现在是“{WORDS[_read(db, held.id).state]}”，不能这样操作")

    def _move(self, number: int, state: MenuState, **values: Any) -> Menu:
        with self._database.begin() as db:
            db.execute(sa.update(menu_version).where(menu_version.c.id == number).values(state=state, **values))
            return _read(db, number)

    def _published_for_the_day(self, held: Menu, by: str, now: datetime) -> Menu:
        """Author and publisher are the two persons who let it be put up by itself."""
        digest = menu_buttons.digest(held.buttons)
        standing.propose(self._database, standing.DAY_MENU, digest, held.author, now)
        standing.approve(self._database, standing.DAY_MENU, digest, by, now)
        return self._published(held.id, by, now)

    def _published(self, number: int, by: str, now: datetime) -> Menu:
        log.info("a menu was published", extra={"menu": number})
        return self._move(number, MenuState.PUBLISHED, publisher=by, published_at=now.astimezone(UTC))


@contextmanager
def _in_words() -> Iterator[None]:
    """A refusal of WeChat's as staff read it."""
    try:
        yield
    except SendError as e:
        raise OutreachError(_REFUSED.get(e.errcode or 0, _REFUSED[0]).format(code=e.errcode or "没有回应")) from e


_REFUSED = {
    0: "微信没有接受（{code}），菜单没有改动，请稍后再试",
    48001: "这个公众号没有菜单接口的权限（{code}）：要通过微信认证",
    40164: "微信不认这台服务器的地址（{code}）：请在公众平台的 IP 白名单里加上它",
    45009: "今天调用菜单接口的次数用完了（{code}），明天再试",
    45064: "菜单里的小程序没有和公众号关联（{code}），请先在公众平台关联",
    40055: "菜单里有网址的域名微信不接受（{code}），请核对网址",
    40054: "菜单里有网址的域名微信不接受（{code}），请核对网址",
    40007: "菜单里的素材编号不存在（{code}），请核对",
}


def _lost_words(names: Sequence[str]) -> str:
    listed = "、".join(f"“{name}”" for name in names)
    return (
        f"公众号现在的菜单是在公众平台网页上做的，其中{listed}（网页上才能做的类型）换下以后程序放不回去。"
        "请先用程序发布一份能用的菜单，再换"
    )


def _check(buttons: Sequence[Button]) -> None:
    if found := menu_buttons.faults(buttons):
        raise OutreachError("\n".join(found))


def _add(
    db: sa.Connection, buttons: Sequence[Button], state: MenuState, by: str, why: str, now: datetime, **rest: Any
) -> int:
    """rest: of_day, kept_for or shown_for."""
    row = {
        "state": state, "buttons": json.dumps(menu_buttons.dump(buttons), ensure_ascii=False), "why": why, "author": by,
        "digest": menu_buttons.digest(buttons), "written_at": now.astimezone(UTC), **rest,
    }  # fmt: skip
    number: int = db.execute(sa.insert(menu_version).values(**row).returning(menu_version.c.id)).scalar_one()
    return number


def _of_day(db: sa.Connection, column: sa.Column[Any], day: str) -> int | None:
    return db.scalar(sa.select(menu_version.c.id).where(column == day))


def _known(db: sa.Connection, buttons: Sequence[Button]) -> int | None:
    c = menu_version.c
    alike = sa.select(c.id).where(c.digest == menu_buttons.digest(buttons), c.state.in_(_ON_RECORD), c.of_day == 0)
    return db.scalar(alike.order_by(c.id.desc()).limit(1))


def _shown(db: sa.Connection, *, of_day: bool) -> int | None:
    """The one that was published last."""
    c = menu_version.c
    last = (
        sa.select(c.id)
        .where(c.published_at.is_not(None), c.of_day == int(of_day))
        .order_by(c.published_at.desc(), c.id.desc())
    )
    return db.scalar(last.limit(1))


def _read(db: sa.Connection, number: int) -> Menu:
    row = db.execute(sa.select(menu_version).where(menu_version.c.id == number)).one_or_none()
    if row is None:
        raise OutreachError(f"没有编号为 {number} 的菜单；用 safetybot menu list 查看")
    return _menu(row, _shown(db, of_day=bool(row.of_day)))


def _menu(row: sa.Row[tuple[Any, ...]], shown: int | None) -> Menu:
    return Menu(
        row.id, MenuState(row.state), menu_buttons.read(json.loads(row.buttons)), row.why, row.author,
        aware(row.written_at) or row.written_at, row.publisher, aware(row.published_at),
        bool(row.of_day), row.id == shown,
    )  # fmt: skip
