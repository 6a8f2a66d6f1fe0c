"""Pages of followers: the list, one of them, and forgetting one who asks for it."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from bot.console import Pages, current, flash, intend, page, record
from bot.console.keyset import cut
from bot.errors import OutreachError
from bot.people import card, facts, listing
from bot.people.choices import WORDS
from bot.people.facts import LABELS
from bot.people.pages.forms import FactsForm, FollowerFilter
from bot.people.pages.hall import PAGE, Hall, again, export_url, number_of, own, there, to
from bot.staff import Permission


class FollowerPages:
    """Registers its views with the group."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.get("/", Permission.READ_PEOPLE)(self.people)
        pages.get("/followers", Permission.READ_PEOPLE)(self.followers)
        pages.get("/followers/<int:number>", Permission.READ_PEOPLE)(self.follower)
        pages.get("/followers/<int:number>/edit", Permission.WRITE_PEOPLE)(self.edit_form)
        pages.post("/followers/<int:number>/edit", Permission.WRITE_PEOPLE)(self.edit_follower)
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
            may_write=current().may(Permission.WRITE_PEOPLE),
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

    def edit_form(self, number: int) -> str:
        """What staff know better than the record."""
        with self._hall.db() as db:
            held = there(facts.known(db, [number], own()).get(number))
        form = FactsForm(self._hall.choices, **held.facts)
        return page("people/follower_form.html", form=form, number=number)

    def edit_follower(self, number: int) -> Response | tuple[str, int]:
        """Write down where somebody is, their unit and post; why is on record."""
        form, hall = FactsForm(self._hall.choices, request.form), self._hall
        is_right = form.validate()
        with hall.db() as db:
            held = there(facts.known(db, [number], own()).get(number))
            by = facts.rules(db, hall.choices, own())
            typed = {name: form.text(name) for name in LABELS}
            given, wrong = facts.checked({k: text for k, text in typed.items() if text != held.facts[k]}, by)
            if not wrong and not facts.stays(held.facts, given, by):
                wrong = [("region", f"改了以后就不在您负责的地区（{own()}）里了")]
            if not is_right or wrong:
                for name, what in wrong:
                    form[name].errors = [*form[name].errors, f"{what}。"]
                return page("people/follower_form.html", form=form, number=number), 422
            edit = facts.edit(held, given)
            facts.write(db, [edit])
        record("follower.edit", "follower", number, before=edit.before, after=edit.after, reason=form.text("reason"))
        flash("已改好。" if edit.after else "没有改动。")
        return to(f"/staff/people/followers/{number}")

    def erase_follower(self, number: int) -> Response:
        """Forget what is known of one who asked for it; they go on following."""
        with self._hall.database.read() as db:
            held = there(card.find(db, number, own()))
        reason = request.form.get("reason", "").strip()[:200]
        if not reason:
            raise OutreachError("请写明是谁、什么时候提出要求删除的，会记入操作记录")
        if held.state != "following":
            raise OutreachError("这位已取消关注，个人数据当时就删除了，没有可以再删的")
        intend("follower.erase", "follower", number, reason=reason)  # the writer of the log does it, in its own turn
        self._hall.records.erase(held.channel, held.address, stays=True)
        record("follower.erase", "follower", number, reason=reason)
        flash("已删除这位关注者的聊天记录、订阅、所属单位和其他个人选择；关注关系还在。")
        return to(f"/staff/people/followers/{number}")
