"""Pages of audiences that staff save by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from bot.console import Pages, current, flash, fragment, is_fragment, page, record
from bot.console.keyset import cut
from bot.people import saved, segments
from bot.people.pages.forms import SegmentForm, shown
from bot.people.pages.hall import PAGE, Hall, again, number_of, own, there, to
from bot.people.saved import Saved
from bot.staff import Permission

_READ, _WRITE = Permission.READ_PEOPLE, Permission.WRITE_PEOPLE
_SAMPLED = 10


class SegmentPages:
    """Registers its views with the group."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.get("/segments", _READ)(self.segments)
        pages.get("/segments/new", _WRITE)(self.new_segment)
        pages.post("/segments/new", _WRITE, once="/staff/people/segments")(self.create_segment)
        pages.post("/segments/count", _READ, audited=False)(self.count_form)
        pages.get("/segments/<int:number>", _READ)(self.segment)
        pages.get("/segments/<int:number>/people", _READ)(self.segment_people)
        pages.get("/segments/<int:number>/edit", _WRITE)(self.edit_segment)
        pages.post("/segments/<int:number>/edit", _WRITE)(self.change_segment)
        pages.post("/segments/<int:number>/delete", _WRITE)(self.drop_segment)

    def segments(self) -> str:
        """All of them, the newest first."""
        with self._hall.database.read() as db:
            rows = saved.page(db, own(), number_of(request.args.get("after", "")), PAGE + 1)
        part = cut(rows, PAGE, lambda row: row.id)
        return page(
            "people/segments.html", rows=part.items, may_write=current().may(_WRITE),
            next_url=again(after=part.next_key) if part.next_key else None,
        )  # fmt: skip

    def new_segment(self) -> str:
        """The form; filled by the filters of a list of followers."""
        given = request.args
        values: dict[str, Any] = {
            name: [given[name]] for name in ("audience", "industry", "post", "topic", "channel") if given.get(name)
        }
        values |= {name: given[name] for name in ("region", "unit") if given.get(name)}
        if given.get("wrote") == "open":
            values["wrote_within_hours"] = "48"
        return self._form(SegmentForm(self._hall.choices, **values), None)

    def create_segment(self) -> Response | tuple[str, int]:
        """Keep it."""
        form = SegmentForm(self._hall.choices, request.form)
        if not form.validate():
            return self._form(form, None), 422
        with self._hall.db() as db:
            number = saved.save(db, form.name.data or "", form.rule, own(), current().name, self._hall.clock())
        record("segment.create", "segment", number, after={"name": form.name.data, "rule": form.rule})
        flash(f"已保存人群“{form.name.data}”，写推送时可以直接选它。")
        return to(f"/staff/people/segments/{number}")

    def count_form(self) -> str:
        """How many people the form means as it stands, and some of them: while it is being filled."""
        form = SegmentForm(self._hall.choices, request.form)
        form.name.data = form.name.data or "-"
        if not form.validate():
            told = "；".join(str(error) for errors in form.errors.values() for error in errors)
            return fragment("people/segment_count.html", told=told)
        return fragment("people/segment_count.html", **self._people(segments.limited(form.rule, own())))

    def segment(self, number: int) -> str:
        """One of them; its people are counted when the page is there."""
        return page("people/segment.html", held=self._find(number), may_write=current().may(_WRITE), is_counted=False)

    def segment_people(self, number: int) -> str:
        """Its count and a sample, for the page."""
        held, now = self._find(number), self._hall.clock()
        limited = segments.limited(held.limited, own())
        if limited == held.limited:
            saved.count(self._hall.database, held, now)
        counted = self._people(limited)
        if is_fragment():
            return fragment("people/segment_count.html", **counted)
        may_write = current().may(_WRITE)
        return page("people/segment.html", held=held, may_write=may_write, is_counted=True, **counted)

    def edit_segment(self, number: int) -> str:
        """The form, filled."""
        held = self._find(number)
        return self._form(SegmentForm(self._hall.choices, name=held.name, **shown(held.rule, self._hall.choices)), held)

    def change_segment(self, number: int) -> Response | tuple[str, int]:
        """Write it anew."""
        held = self._find(number)
        form = SegmentForm(self._hall.choices, request.form)
        if not form.validate():
            return self._form(form, held), 422
        with self._hall.db() as db:
            saved.change(db, held, form.name.data or "", form.rule, current().name, self._hall.clock())
        record(
            "segment.change", "segment", number, before={"name": held.name, "rule": held.rule},
            after={"name": form.name.data, "rule": form.rule},
        )  # fmt: skip
        flash("已保存。已经建好的推送不受影响。")
        return to(f"/staff/people/segments/{number}")

    def drop_segment(self, number: int) -> Response:
        """Delete it."""
        held = self._find(number)
        with self._hall.db() as db:
            saved.drop(db, number)
        record("segment.delete", "segment", number, before={"name": held.name, "rule": held.rule})
        flash(f"已删除人群“{held.name}”。")
        return to("/staff/people/segments")

    def _find(self, number: int) -> Saved:
        with self._hall.database.read() as db:
            return there(saved.find(db, number, own()))

    def _form(self, form: SegmentForm, held: Saved | None) -> str:
        return page("people/segment_form.html", form=form, held=held, is_raw=bool(form.raw.data), own=own())

    def _people(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """What the part of a page shows of a rule: how many people it is, and some of them."""
        now = self._hall.clock()
        people = segments.count(self._hall.database, rule, now)
        sample = segments.sample(self._hall.database, rule, _SAMPLED, now)
        return {"told": "", "people": people, "sample": sample, "words": segments.words(rule)}
