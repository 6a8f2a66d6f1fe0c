"""The page of telephones and of robots of groups: who is there, whose number is to get no more, what settings name."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from bot.console import Pages, current, flash, page, record
from bot.errors import OutreachError
from bot.people import listing, phones
from bot.people.pages.hall import Hall, own, to
from bot.staff import Permission

_HOME = "/staff/people/phones"
_MANY = 100


class PhonePages:
    """Registers its views with the group."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.get("/phones", Permission.READ_PEOPLE)(self.phones)
        pages.post("/phones/stop", Permission.WRITE_PEOPLE)(self.stop_phone)
        pages.post("/robots", Permission.WRITE_PEOPLE)(self.keep_robots)

    def phones(self) -> str:
        """Numbers that there are, and robots; their keys are shown to nobody."""
        hall = self._hall
        with hall.db() as db:
            rows = listing.page(db, listing.Filter(channel=phones.SMS), own(), None, hall.clock(), _MANY)
            robots = phones.robots(db, own())
        return page(
            "people/phones.html", count=len(rows), many=_MANY, robots=robots, named=_named(hall) if not own() else [],
            may_write=current().may(Permission.WRITE_PEOPLE), is_whole=not own(),
        )  # fmt: skip

    def stop_phone(self) -> Response:
        """Send no more to a number, because its owner wants it."""
        number, why = request.form.get("number", "").strip(), request.form.get("reason", "").strip()[:200]
        if not why:
            raise OutreachError("请写明是谁、什么时候要求停发的，会记入操作记录")
        if not phones.stop(self._hall.database, number, f"{current().name}：{why}", self._hall.clock(), own()):
            raise OutreachError("名单里没有这个号码，或早已停发；请核对号码")
        state = {"before": {"state": "following"}, "after": {"state": "left"}}
        record("phones.stop", "phone", listing.short(number), **state, reason=why)
        flash("以后不再给这个号码发短信；再导入名单也不会恢复，除非本人之后又同意。")
        return to(_HOME)

    def keep_robots(self) -> Response:
        """Bring the robots into step with the settings."""
        if own():
            raise Forbidden("群机器人由全局的人员管理，辖区人员不能改。")
        there, gone = phones.keep_robots(self._hall.database, self._hall.robots(), self._hall.clock())
        record("robots.keep", "robots", after={"there": there, "gone": gone, "names": _named(self._hall)})
        flash(f"群机器人现有 {there} 个，去掉 {gone} 个。")
        return to(_HOME)


def _named(hall: Hall) -> list[str]:
    """The groups that the settings name."""
    try:
        return sorted(hall.robots())
    except OutreachError as e:
        return [str(e)]
