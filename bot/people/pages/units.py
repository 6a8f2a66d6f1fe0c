"""Pages of units: the list, one of them, its code and QR, its liaison officers."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from bot.console import Pages, current, flash, intend, page, record
from bot.console.keyset import cut
from bot.errors import OutreachError, SendError
from bot.people import officers, roster, units
from bot.people.flow import UNIT_SCENE
from bot.people.pages.forms import OfficerFilter, OfficerForm, UnitFilter, UnitForm
from bot.people.pages.hall import PAGE, Hall, again, export_url, number_of, own, there, to
from bot.staff import Permission

_READ, _WRITE = Permission.READ_PEOPLE, Permission.WRITE_PEOPLE


class UnitPages:
    """Registers its views with the group."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.get("/units", _READ)(self.units)
        pages.get("/units/new", _WRITE)(self.new_unit)
        pages.post("/units/new", _WRITE, once="/staff/people/units")(self.create_unit)
        pages.get("/units/<int:number>", _READ)(self.unit)
        pages.get("/units/<int:number>/edit", _WRITE)(self.edit_unit)
        pages.post("/units/<int:number>/edit", _WRITE)(self.change_unit)
        pages.post("/units/<int:number>/close", _WRITE)(self.close_unit)
        pages.post("/units/<int:number>/code", _WRITE)(self.renew_unit_code)

    def units(self) -> tuple[str, int]:
        """The list, by filters."""
        form = UnitFilter(self._hall.choices, request.args)
        is_right = form.validate()
        rows: list[roster.Row] = []
        if is_right:
            with self._hall.database.read() as db:
                rows = roster.page(db, form.asked, own(), request.args.get("after", "")[:200], PAGE + 1)
        part = cut(rows, PAGE, lambda row: row.unit.name)
        shown = page(
            "people/units.html", form=form, rows=part.items, officers=roster.OFFICERS, may_write=current().may(_WRITE),
            may_export=current().may(Permission.EXPORT_PEOPLE), is_filtered=any(n != "after" for n in request.args),
            next_url=again(after=part.next_key) if part.next_key else None, export_url=export_url("units"),
        )  # fmt: skip
        return shown, 200 if is_right else 422

    def new_unit(self) -> str:
        """The form."""
        form = UnitForm(self._hall.choices, own(), region=own())
        return page("people/unit_form.html", form=form, held=None)

    def create_unit(self) -> Response | tuple[str, int]:
        """Add a unit."""
        form = UnitForm(self._hall.choices, own(), request.form)
        if not form.validate():
            return page("people/unit_form.html", form=form, held=None), 422
        with self._hall.db() as db:
            number = roster.create(db, form.unit, self._hall.clock())
        record("unit.create", "unit", number, after=_told(form.unit))
        flash(f"已新建“{form.unit.name}”。接下来填写联络员，再打印二维码。")
        return to(f"/staff/people/units/{number}")

    def unit(self, number: int) -> str:
        """One of them."""
        return show_unit(self._hall, number, OfficerForm())

    def edit_unit(self, number: int) -> str:
        """The form, filled."""
        held = self._open(number)
        u = held.unit
        form = UnitForm(self._hall.choices, own(), name=u.name, kind=u.kind, region=u.region, industry=u.industry)
        return page("people/unit_form.html", form=form, held=held)

    def change_unit(self, number: int) -> Response | tuple[str, int]:
        """Write it over."""
        held = self._open(number)
        form = UnitForm(self._hall.choices, own(), request.form)
        if not form.validate():
            return page("people/unit_form.html", form=form, held=held), 422
        with self._hall.db() as db:
            roster.change(db, number, form.unit)
        record("unit.change", "unit", number, before=_told(held.unit), after=_told(form.unit))
        flash("已保存。")
        return to(f"/staff/people/units/{number}")

    def close_unit(self, number: int) -> Response:
        """Close it: nobody belongs to it any more."""
        held = self._open(number)
        with self._hall.db() as db:
            people = units.close(db, held.unit.name, self._hall.clock())
        record("unit.close", "unit", number, before=_told(held.unit), after={"people": people})
        flash(f"已撤销“{held.unit.name}”，{people} 人不再属于它。")
        return to("/staff/people/units")

    def renew_unit_code(self, number: int) -> Response:
        """Another code: what was printed is worth nothing."""
        held = self._open(number)
        with self._hall.db() as db:
            code = roster.renew_code(db, number)
        record("unit.code", "unit", number, before={"code": held.code}, after={"code": code})
        flash(f"新的加入代码是 {code}。以前打印的二维码和代码已经不能用，请重新打印。")
        return to(f"/staff/people/units/{number}")

    def _open(self, number: int) -> roster.Row:
        return open_unit(self._hall, number)


class CodePages:
    """QR codes for joining: WeChat's own, or one that holds the code to be sent."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.post("/units/<int:number>/qr", _WRITE, once="/staff/people/units")(self.ask_qr)
        pages.get("/units/<int:number>/qr.svg", _READ)(self.qr_picture)
        pages.get("/units/<int:number>/print", _READ)(self.print_unit)

    def ask_qr(self, number: int) -> Response:
        """Ask WeChat for the QR by which one follows and joins at once."""
        held, make = open_unit(self._hall, number), self._hall.make_qr
        if make is None:
            raise OutreachError(
                "还没有设置公众号（wechat.app_id 和 wechat.secret），不能向微信申请二维码；可以先用加入代码"
            )
        intend("unit.qr", "unit", number)
        try:
            link = make(f"{UNIT_SCENE}{held.code}")
        except SendError as e:
            raise OutreachError(
                f"微信没有给二维码（{e.errcode or '没有连上'}）：带参数的二维码只有认证的服务号能用。"
                "可以先用加入代码，打印页一样能用。"
            ) from e
        with self._hall.db() as db:
            is_kept = roster.keep_qr(db, number, held.code, link)
        if not is_kept:
            raise OutreachError("加入代码刚刚换过，请再申请一次")
        record("unit.qr", "unit", number, before={"qr": held.qr_link}, after={"qr": link})
        flash("已得到微信二维码：扫一下就关注公众号并加入这个单位。")
        return to(f"/staff/people/units/{number}")

    def qr_picture(self, number: int) -> Response:
        """The QR, drawn here: no picture is fetched from outside."""
        held = open_unit(self._hall, number)
        out = io.BytesIO()
        # Not segno.make: a short text becomes a Micro QR, which WeChat does not read.
        segno.make_qr(held.qr_link or f"加入 {held.code}", error="m").save(
            out, kind="svg", scale=8, border=4, xmldecl=False, svgns=True, nl=False, light="#fff"
        )
        response = FlaskResponse(out.getvalue(), content_type="image/svg+xml")
        response.headers["Cache-Control"] = "no-store"
        return response

    def print_unit(self, number: int) -> str:
        """One sheet of A4 to put up: the QR, and how to join."""
        held = open_unit(self._hall, number)
        return page("people/print.html", held=held, office=self._hall.office())


class OfficerPages:
    """Liaison officers: all of them, and those of one unit."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.get("/officers", _READ)(self.officers)
        pages.post("/units/<int:number>/officer", _WRITE, once="/staff/people/units")(self.appoint_officer)
        pages.post("/units/<int:number>/officer/code", _WRITE)(self.renew_officer_code)
        pages.post("/units/<int:number>/officer/end", _WRITE)(self.end_officer)

    def officers(self) -> tuple[str, int]:
        """All present ones."""
        form = OfficerFilter(request.args)
        is_right = form.validate()
        rows: list[roster.OfficerRow] = []
        if is_right:
            after = number_of(request.args.get("after", "")) or 0
            with self._hall.database.read() as db:
                rows = roster.officers_page(db, own(), form.region.data or "", form.state.data or "", after, PAGE + 1)
        part = cut(rows, PAGE, lambda row: row.id)
        shown = page(
            "people/officers.html", form=form, rows=part.items, phone=phone_for,
            next_url=again(after=part.next_key) if part.next_key else None,
            is_filtered=any(n != "after" for n in request.args),
        )  # fmt: skip
        return shown, 200 if is_right else 422

    def appoint_officer(self, number: int) -> Response | tuple[str, int]:
        """Somebody is the officer from now on; whoever was it stays as history."""
        held, form = open_unit(self._hall, number), OfficerForm(request.form)
        if not form.validate():
            return show_unit(self._hall, number, form), 422
        with self._hall.db() as db:
            is_other = officers.appoint(db, number, form.officer.data or "", form.phone.data or "", self._hall.clock())
            now = officers.current(db, number)
        before, after = {"officer": held.unit.officer}, {"officer": form.officer.data}
        record("officer.appoint", "unit", number, before=before, after=after)
        code = f"请其在公众号里发：联络员 {now.code}" if now and now.code else ""
        flash(f"联络员现在是{form.officer.data}。{code}" if is_other else "已保存。")
        return to(f"/staff/people/units/{number}#liaison")

    def renew_officer_code(self, number: int) -> Response:
        """Another code for the present officer, who changed their telephone or lost the code."""
        held = open_unit(self._hall, number)
        with self._hall.db() as db:
            code = roster.renew_officer_code(db, number)
        record("officer.code", "unit", number, before={"code": held.officer_code}, after={"code": code})
        flash(f"新的联络员代码是 {code}。请联络员在公众号里发：联络员 {code}")
        return to(f"/staff/people/units/{number}#liaison")

    def end_officer(self, number: int) -> Response:
        """The unit has no officer from now on."""
        held = open_unit(self._hall, number)
        with self._hall.db() as db:
            officers.retire(db, number, self._hall.clock())
        record("officer.end", "unit", number, before={"officer": held.unit.officer}, after={"officer": ""})
        flash("这个单位现在没有联络员。")
        return to(f"/staff/people/units/{number}#liaison")


def open_unit(hall: Hall, number: int) -> roster.Row:
    """An active unit of whoever is signed in. Raises NotFound."""
    with hall.database.read() as db:
        held = there(roster.find(db, number, own()))
    return there(held if held.state == "active" else None)


def show_unit(hall: Hall, number: int, form: OfficerForm) -> str:
    """The page of one unit."""
    with hall.database.read() as db:
        held = there(roster.find(db, number, own()))
        before = officers.history(db, number)
    return page(
        "people/unit.html", held=held, history=before, form=form, officers=roster.OFFICERS, phone=phone_for,
        may_write=current().may(_WRITE) and held.state == "active", has_account=hall.make_qr is not None,
    )  # fmt: skip


def phone_for(text: str) -> str:
    """A telephone number as whoever is signed in may see it: whole for those who look after units."""
    return text if current().may(_WRITE) else roster.masked(text)


def _told(held: units.Unit) -> dict[str, Any]:
    return {"name": held.name, "kind": held.kind, "region": held.region, "industry": held.industry}
