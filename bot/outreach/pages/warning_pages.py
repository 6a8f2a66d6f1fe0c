"""Warnings: an official text is pasted, with issuer and time, and relayed word for word to the regions it names."""

from __future__ import annotations

from typing import Any

import wtforms
from flask import redirect, request

from bot.console import Pages, current, flash, page, record
from bot.console.forms import Form, at_most, required
from bot.errors import OutreachError
from bot.outreach.pages.audience import lines
from bot.outreach.pages.desks import Desks
from bot.outreach.pages.forms import in_our_days
from bot.outreach.pages.listing import quotas
from bot.outreach.states import WORDS
from bot.outreach.warnings import Held, Official, Warnings, said
from bot.settings import BEIJING
from bot.staff import Permission
from bot.switches import Function

_TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


class WarningForm(Form):
    """What must be known of a warning before it is relayed."""

    body = wtforms.TextAreaField("预警原文", [required("请贴上预警原文。"), at_most(600)])
    issuer = wtforms.StringField("发布单位", [required("请填发布单位的全称。"), at_most(100)])
    issued_at = wtforms.DateTimeLocalField(
        "发布时间", [wtforms.validators.InputRequired("请填发布时间。"), in_our_days], format=_TIMES
    )
    until = wtforms.DateTimeLocalField("失效时间", [wtforms.validators.Optional(), in_our_days], format=_TIMES)
    regions = wtforms.TextAreaField("影响地区", [required("请填影响地区。"), at_most(1000)])
    source = wtforms.StringField("从哪里得来", [required("请填从哪里得来。"), at_most(400)])

    def official(self) -> Official:
        """The warning that was typed."""
        assert self.issued_at.data
        return Official(
            issuer=self.text("issuer"), issued_at=self.issued_at.data.replace(tzinfo=BEIJING),
            text=self.text("body").replace("\r\n", "\n"), regions=tuple(lines(self.regions.data)),
            source=self.text("source"), until=self.until.data.replace(tzinfo=BEIJING) if self.until.data else None,
        )  # fmt: skip


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group."""

    @pages.get("/warnings", Permission.READ_OUTREACH)
    def warnings() -> str:
        return _shown(desks, WarningForm(regions=current().region))

    @pages.post("/warnings", Permission.WRITE_OUTREACH, once="/staff/outreach/warnings")
    def relay() -> Any:
        form, house, me = WarningForm(request.form), desks.house, current()
        if not form.validate():
            return _shown(desks, form), 422
        official, at_once = form.official(), request.form.get("then") == "send"
        if outside := [region for region in official.regions if not me.sees(region)]:
            form.regions.errors = [f"{'、'.join(outside)} 不在您的辖区（{me.region}）内"]
            return _shown(desks, form), 422
        closed = house.office.why_off(Function.WARNINGS)
        home = "" if me.region else house.office.settings.office.region
        desk = Warnings(house.database, house.broadcasts.alert if at_once else None, lambda: closed, lambda: home)
        try:
            relayed = desk.relay(official, me.name, desks.clock())
        except OutreachError as e:
            form.form_errors.extend(str(e).splitlines())
            return _shown(desks, form), 422
        after = {"text": said(official), "regions": list(official.regions), "at_once": at_once}
        record("warning.relay", "broadcast", relayed.broadcast_id, after=after, reason=official.source)
        flash(_told(relayed.is_new, at_once), "good" if relayed.is_new else "note")
        return redirect(f"/staff/outreach/broadcasts/{relayed.broadcast_id}", 303)


def _told(is_new: bool, at_once: bool) -> str:
    if not is_new:
        return "这份预警早已转发，没有再发一遍。"
    return "已开始发出，请另一位同事事后确认。" if at_once else "已存成紧急草稿，请核对后发出。"


def _shown(desks: Desks, form: WarningForm) -> str:
    desk = Warnings(desks.house.database)
    held = [one for one in desk.current(desks.clock()) if _is_mine(one)]
    return page("outreach/warnings.html", form=form, held=held, WORDS=WORDS, board=quotas(desks))


def _is_mine(held: Held) -> bool:
    return all(current().sees(region) for region in held.official.regions)
