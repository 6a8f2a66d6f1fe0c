"""What staff do to a broadcast by a button: one table; approving and scheduling, which ask for more, besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from bot.console import Pages, current, flash, intend
from bot.errors import OutreachError
from bot.outreach.broadcasts import Broadcasts
from bot.outreach.content import Level
from bot.outreach.drafts import Broadcast
from bot.outreach.pages.desks import Desks, whole
from bot.outreach.pages.showing import back
from bot.outreach.pages.telling import clock
from bot.outreach.trial import words_of
from bot.outreach.written import moment
from bot.staff import Permission

_WRITE, _APPROVE = Permission.WRITE_OUTREACH, Permission.APPROVE_OUTREACH
#: Of a broadcast: who, why, now.
Run = Callable[[Broadcasts, int, str, str, datetime], Broadcast]


@dataclass(frozen=True, slots=True)
class Deed:
    """A button. told: what has been done, for the next page."""

    name: str
    permission: Permission
    run: Run
    told: str


DEEDS = (
    Deed("submit", _WRITE, lambda d, n, who, why, now: d.submit(n, who, why, now), "已提交，请另一位同事审核。"),
    Deed("return", _APPROVE, lambda d, n, who, why, now: d.give_back(n, who, why, now), "已退回给作者修改。"),
    Deed("send", _WRITE, lambda d, n, who, why, now: d.start(n, who, now, why), "已开始发送，进度就在这一页。"),
    Deed("alert", _WRITE, lambda d, n, who, why, now: d.alert(n, who, why, now), "已紧急发出，请另一位同事事后确认。"),
    Deed("confirm", _APPROVE, lambda d, n, who, why, now: d.confirm(n, who, why, now), "已事后确认。"),
    Deed(
        "object", _APPROVE, lambda d, n, who, why, now: d.object_to(n, who, why, now),
        "已记下异议，没发出的已停止。处理完请写明怎么处理的。",
    ),
    Deed("settle", _APPROVE, lambda d, n, who, why, now: d.settle(n, who, why, now), "异议已了结。"),
    Deed("pause", _WRITE, lambda d, n, who, why, now: d.pause(n, who, why, now), "已暂停，不再开始新的发送。"),
    Deed("resume", _WRITE, lambda d, n, who, why, now: d.resume(n, who, why, now), "已继续，发过的人不会再收到。"),
    Deed("cancel", _WRITE, lambda d, n, who, why, now: d.cancel(n, who, why, now), "已停止，没发的不再发。"),
)  # fmt: skip


def register(pages: Pages, desks: Desks) -> None:
    """Add these to the group."""
    for deed in DEEDS:
        _add(pages, desks, deed)

    @pages.post("/broadcasts/<int:number>/approve", _APPROVE)
    def approve(number: int) -> Any:
        return _approve(desks, number)

    @pages.post("/broadcasts/<int:number>/schedule", _WRITE)
    def schedule(number: int) -> Any:
        held, at = desks.mine(number), moment(request.form.get("at", ""), "发送时间")
        why = request.form.get("reason", "").strip()
        done = desks.house.broadcasts.schedule(number, at, current().name, why, desks.clock())
        desks.note("schedule", held, done, why)
        flash(f"已定时，{clock(at)} 自动开始发送。")
        return back(number)

    @pages.post("/broadcasts/<int:number>/test", _WRITE)
    def test(number: int) -> Any:
        held, level = desks.mine(number), request.form.get("level", "")
        at, (address, within) = Level(level) if level in list(Level) else Level.PUBLIC, _to_whom(desks)
        intend("broadcast.test", "broadcast", number)
        way = desks.house.broadcasts.test(number, address, at, current().name, desks.clock(), within)
        desks.note("test", held, held, f"{at}，{way}")
        flash(f"已用{words_of(way)}试发，请看手机；内容前有“测试”字样。")
        return back(number)


def _to_whom(desks: Desks) -> tuple[str, str]:
    """The address that a test goes to, and the region which it may not leave: one's own account may be anywhere."""
    channel, typed = request.form.get("channel", ""), request.form.get("address", "").strip()
    own = {binding.channel: binding.address for binding in desks.house.bindings.of(current().id)}
    if channel in own:
        return own[channel], ""
    if not typed:
        raise OutreachError("还不知道试发到哪里：请先在“我的账号”里绑定自己的微信，或者填自己的 openid")
    return typed, current().region


def _add(pages: Pages, desks: Desks, deed: Deed) -> None:
    def view(number: int) -> Any:
        held, why = desks.mine(number), request.form.get("reason", "").strip()
        done = deed.run(desks.house.broadcasts, number, current().name, why, desks.clock())
        desks.note(deed.name, held, done, why)
        flash(deed.told)
        return back(number)

    view.__name__ = f"{deed.name}_broadcast"
    pages.post(f"/broadcasts/<int:number>/{deed.name}", deed.permission)(view)


def _approve(desks: Desks, number: int) -> Any:
    """Approve what was read, and let it go at once or at its time where that was ticked too."""
    held, desk, me, now = desks.mine(number), desks.house.broadcasts, current().name, desks.clock()
    version, why = whole(request.form.get("version", "")), request.form.get("reason", "").strip()
    done = desk.approve(number, version, me, why, now)
    desks.note("approve", held, done, why)
    try:
        match request.form.get("then"):
            case "send":
                desks.note("send", done, desk.start(number, me, now))
                flash("审核通过，已开始发送，进度就在这一页。")
            case "schedule" if held.draft.send_at:
                desks.note("schedule", done, desk.schedule(number, held.draft.send_at, me, "", now))
                flash(f"审核通过，{clock(held.draft.send_at)} 自动开始发送。")
            case _:
                flash("审核通过。可以定时，或立即发送。")
    except OutreachError as e:
        flash(f"审核通过了，但还不能发送：{e}", "bad")
    return back(number)
