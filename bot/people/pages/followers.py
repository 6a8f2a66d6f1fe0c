"""Pages of followers: the list, one of them, and forgetting one who asks for it."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from bot.console import Pages, current, flash, page, record
from bot.console.keyset import cut
from bot.errors import OutreachError
from bot.people import card, listing
from bot.people.choices import WORDS
from bot.people.pages.forms import FollowerFilter
from bot.people.pages.hall import PAGE, Hall, again, export_url, number_of, own, there, to
from bot.staff import Permission


class FollowerPages:
    """Registers its views with the group."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.get("/", Permission.READ_PEOPLE)(self.people)
        pages.get("/followers", Permission.READ_PEOPLE)(self.followers)
        pages.get("/followers/<int:number>", Permission.READ_PEOPLE)(self.follower)
        pages.post("/followers/<int:number>/erase", Permission.WRITE_PEOPLE)(self.erase_follower)

    def people(self) -> Response:
        """The door of the group."""
        return to("/staff/people/followers")

    def followers(self) -> tuple[str, int]:
        """The list, by filters."""
        form = FollowerFilter(self._hall.choices, request.args)
        is_right, now = form.validate(), self._hall.clock()
        rows: list[listing.Row] = []
        if is_right:
            after = number_of(request.args.get("after", ""))
            with self._hall.database.read() as db:
                rows = listing.page(db, form.asked, own(), after, now, PAGE + 1)
        part = cut(rows, PAGE, lambda row: row.id)
        may_sync = self._hall.sync is not None and current().may(Permission.WRITE_PEOPLE) and not own()
        shown = page(
            "people/followers.html", form=form, rows=part.items, channels=listing.CHANNEL_WORDS,
            states=listing.STATES, next_url=again(after=part.next_key) if part.next_key else None, may_sync=may_sync,
            is_filtered=any(name != "after" for name in request.args), export_url=export_url("followers"),
            segment_url=again(after=None).replace("/followers", "/segments/new", 1),
        )  # fmt: skip
        return shown, 200 if is_right else 422

    def follower(self, number: int) -> str:
        """One of them."""
        hall, now = self._hall, self._hall.clock()
        with hall.database.read() as db:
            held = there(card.find(db, number, own()))
            sent, before = hall.sent_to(db, number, number_of(request.args.get("before", "")))
        return page(
            "people/follower.html", held=held, sent=sent, words=WORDS, channels=listing.CHANNEL_WORDS,
            states=listing.STATES, open_until=held.window_until(now),
            talk_url=hall.talk_url(held.last_message) if held.last_message else "",
            earlier_url=again(before=before) if before else None, may_write=current().may(Permission.WRITE_PEOPLE),
            may_read_talks=current().may(Permission.READ_CONVERSATIONS), is_earlier="before" in request.args,
        )  # fmt: skip

    def erase_follower(self, number: int) -> Response:
        """Forget what is known of one who asked for it; they go on following."""
        with self._hall.database.read() as db:
            held = there(card.find(db, number, own()))
        reason = request.form.get("reason", "").strip()[:200]
        if not reason:
            raise OutreachError("请写明是谁、什么时候提出要求删除的，会记入操作记录")
        if held.state != "following":
            raise OutreachError("这位已取消关注，个人数据当时就删除了，没有可以再删的")
        self._hall.records.erase(held.channel, held.address, stays=True)
        record("follower.erase", "follower", number, reason=reason)
        flash("已删除这位关注者的聊天记录、订阅、所属单位和其他个人选择；关注关系还在。")
        return to(f"/staff/people/followers/{number}")
