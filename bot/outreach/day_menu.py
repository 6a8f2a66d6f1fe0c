"""The menu of the consultation day: put up by itself once two persons let it, and put back whoever edits it since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from bot.errors import OutreachError
from bot.outreach import menu_buttons, standing
from bot.outreach.menu_buttons import Button
from bot.outreach.menus import MenuDesk
from bot.outreach.standing import Standing
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class DayMenu:
    """A `Stage` of programme.py. shipped: the buttons of the file; raises ContentErrors."""

    database: Database
    menus: MenuDesk
    shipped: Callable[[], tuple[Button, ...]]

    def read(self) -> tuple[Button, ...]:
        """The buttons as they are now: as staff published them, else as the file has them. Raises ContentErrors."""
        held = self.menus.of_day()
        return held.buttons if held else self.shipped()

    def dress(self, day: date, now: datetime) -> None:
        """Show the menu of the day. Raises OutreachError where nobody approved it."""
        buttons, held = self.read(), self.standing()
        if not (held.is_current and held.approver):
            raise OutreachError(f"咨询日的菜单没有换：{held.words}（safetybot consultation）")
        self.menus.dress(day, buttons, now)

    def undress(self, day: date, now: datetime) -> str:
        """Put back what was shown before."""
        return self.menus.undress(day, now)

    def standing(self) -> Standing:
        """Whether the menu as it is written now is put up by itself, and who let it."""
        digest = menu_buttons.digest(self.read())
        with self.database.read() as db:
            return standing.read(db, standing.DAY_MENU, digest)

    def propose(self, by: str, now: datetime) -> None:
        """Put it forward as it is written now."""
        standing.propose(self.database, standing.DAY_MENU, menu_buttons.digest(self.read()), by, now)

    def approve(self, by: str, now: datetime) -> None:
        """Let it be put up by itself, by another person. Raises OutreachError."""
        standing.approve(self.database, standing.DAY_MENU, menu_buttons.digest(self.read()), by, now)

    def withdraw(self) -> bool:
        """It is not put up by itself any more; False where it was not."""
        return standing.withdraw(self.database, standing.DAY_MENU)
