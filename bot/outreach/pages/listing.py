"""All broadcasts, newest first, and the quotas of today and of the month beside them."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from bot.console import Pages, current, page
from bot.console.keyset import cut
from bot.outreach import lists
from bot.outreach.board import Board, board
from bot.outreach.pages.desks import Desks, is_mine
from bot.outreach.pages.telling import TONES
from bot.outreach.states import WORDS, State
from bot.outreach.tip_rounds import CAMPAIGN
from bot.staff import Permission

_ROWS = 30
#: Tabs of the list: label -> states.
TABS: dict[str, tuple[str, tuple[State, ...]]] = {
    "": ("全部", ()),
    "draft": ("草稿", (State.DRAFT,)),
    "review": ("待审核", (State.IN_REVIEW,)),
    "ready": ("等待发送", (State.APPROVED, State.SCHEDULED)),
    "going": ("发送中", (State.SENDING, State.PAUSED)),
    "done": ("已结束", (State.SENT, State.CANCELLED, State.FAILED)),
    "tips": ("每日提示", ()),
}


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group."""

    @pages.get("/", Permission.READ_OUTREACH)
    def index() -> Any:
        return redirect(url_for("outreach.broadcasts"), 303)

    @pages.get("/broadcasts", Permission.READ_OUTREACH)
    def broadcasts() -> str:
        tab = request.args.get("state", "")
        tab, said = tab if tab in TABS else "", request.args.get("q", "").strip()[:80]
        tips = {"campaign": CAMPAIGN} if tab == "tips" else {"without": CAMPAIGN}
        wanted = lists.Wanted(states=TABS[tab][1], region=current().region, said=said, **tips)
        after = request.args.get("after", "")
        before = int(after) if after.isdecimal() and len(after) < 19 else None
        found = cut(lists.page(desks.house.database, wanted, _ROWS + 1, before), _ROWS, lambda held: held.id)
        desk = desks.house.broadcasts
        alone, objected = ([one for one in held if is_mine(one.held)] for held in (desk.unconfirmed(), desk.objected()))
        return page(
            "outreach/list.html", found=found, tab=tab, tabs=TABS, said=said, told=desks.told, alone=alone,
            objected=objected, WORDS=WORDS, TONES=TONES, board=quotas(desks),
        )  # fmt: skip


def quotas(desks: Desks) -> Board:
    """The quotas as they stand now."""
    house = desks.house
    office = house.office
    account = office.settings.wechat.app_id
    return board(house.database, list(house.senders), office.settings.outreach, account, desks.clock())
