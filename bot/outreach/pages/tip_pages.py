"""Tips: the book, what is chosen for today and the next days, who gets which, and whether they go out by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import redirect, request
from werkzeug.exceptions import Forbidden, NotFound

from bot.console import Pages, current, flash, fragment, page, record
from bot.console.keyset import cut
from bot.ingest.tips import Tip
from bot.outreach import tip_outlook
from bot.outreach.choosing import LEADER, Profile, message
from bot.outreach.head_counts import head_counts
from bot.outreach.pages.desks import Desks
from bot.outreach.pages.listing import quotas
from bot.settings import BEIJING
from bot.staff import Permission

_ROWS = 40
_DAYS, _KINDS = 7, 12
_NAMES = {"daily": "每天", "weekly": "每周"}


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group."""

    @pages.get("/tips", Permission.READ_OUTREACH)
    def tips() -> str:
        today = desks.clock().astimezone(BEIJING).date()
        book, region = desks.house.tips.tips, current().region
        with desks.house.database.begin() as db:
            heads = head_counts(db, today, region)
        return page(
            "outreach/tips.html", book=book, today=today, who=who,
            told=tip_outlook.decided(desks.house.database, book, today, region),
            heads=sum(people for _, people in heads.values()), leaders=sum(n for n, _ in heads.values()),
            board=quotas(desks), is_whole=not region, standing=desks.house.tip_rounds.standing(),
        )  # fmt: skip

    @pages.post("/tips/propose", Permission.WRITE_OUTREACH)
    def propose_tips() -> Any:
        _whole_office()
        desks.house.tip_rounds.propose(current().name, desks.clock())
        record("tips.propose", "tips", after={"digest": desks.house.tip_rounds.digest()[:16]})
        return _done("已提交现在的全部提示，请另一位同事看过后批准。")

    @pages.post("/tips/approve", Permission.APPROVE_OUTREACH)
    def approve_tips() -> Any:
        _whole_office()
        desks.house.tip_rounds.approve(current().name, desks.clock())
        record("tips.approve", "tips", after={"digest": desks.house.tip_rounds.digest()[:16]})
        return _done("已批准，每天按各人选的时段自动发；改了任何一条都要重新提交、批准。")

    @pages.post("/tips/stop", Permission.WRITE_OUTREACH)
    def stop_tips() -> Any:
        _whole_office()
        desks.house.tip_rounds.withdraw()
        record("tips.stop", "tips", before={"digest": desks.house.tip_rounds.digest()[:16]}, after={})
        return _done("已停止，从现在起不再自动发每日提示。")

    @pages.get("/tips/ahead", Permission.READ_OUTREACH)
    def tips_ahead() -> str:
        now = desks.clock()
        held = tip_outlook.ahead(desks.house.database, desks.house.tips.tips, now, _DAYS, _KINDS, current().region)
        today = now.astimezone(BEIJING).date()
        days = [today + timedelta(days=n) for n in range(1, _DAYS + 1)]
        return fragment("outreach/tips_ahead.html", ahead=held, days=days, who=who)

    @pages.get("/tips/book", Permission.READ_OUTREACH)
    def tip_book() -> str:
        asked = {name: request.args.get(name, "").strip() for name in ("industry", "post", "audience", "season", "q")}
        found = [tip for tip in desks.house.tips.tips if _fits(tip, asked, desks)]
        start = _place(found, request.args.get("after", ""))
        return page(
            "outreach/tip_book.html", found=cut(found[start : start + _ROWS + 1], _ROWS, lambda tip: tip.id),
            asked=asked, choices=desks.choices, count=len(found),
        )  # fmt: skip

    @pages.get("/tips/book/<name>", Permission.READ_OUTREACH)
    def tip(name: str) -> Any:
        held = next((one for one in desks.house.tips.tips if one.id == name), None)
        if held is None:
            raise NotFound("没有这条提示")
        return page("outreach/tip.html", tip=held, said=message(held), leader=message(held, leader=True), LEADER=LEADER)


def _whole_office() -> None:
    """What all followers get is not for a district to decide."""
    if current().region:
        raise Forbidden("每日提示发给全部关注者，不由一个辖区决定。")


def _done(told: str) -> Any:
    flash(told)
    return redirect("/staff/outreach/tips", 303)


def who(kind: Profile) -> str:
    """A kind of people as staff read it."""
    parts = [kind.audience, kind.industry, kind.post]
    said = "、".join(part for part in parts if part) or "没有填过自己情况的人"
    return f"{said}（{_NAMES.get(kind.frequency, kind.frequency)}）"


def _fits(held: Tip, asked: dict[str, str], desks: Desks) -> bool:
    today = desks.clock().astimezone(BEIJING).date()
    return (
        (not asked["industry"] or asked["industry"] in held.industries)
        and (not asked["post"] or asked["post"] in held.posts)
        and (not asked["audience"] or asked["audience"] in held.audiences)
        and (asked["season"] != "now" or _is_in_season(held, today))
        and asked["q"] in held.text
    )


def _is_in_season(held: Tip, today: date) -> bool:
    return any(season.holds(today) for season in held.seasons)


def _place(found: Sequence[Tip], after: str) -> int:
    """Where the page after a tip begins."""
    return next((n + 1 for n, held in enumerate(found) if held.id == after), 0)
