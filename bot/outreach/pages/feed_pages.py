"""The feeds of official warnings: how each of them is, what came, what was relayed, waits, or was refused and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.console import Pages, current, fragment, page, record
from bot.errors import OutreachError
from bot.outreach.feed_reading import Reading
from bot.outreach.feeds import Condition, Feeds, Seen
from bot.outreach.pages.desks import Desks
from bot.outreach.pages.telling import TONES
from bot.outreach.states import WORDS
from bot.staff import Permission

_ITEMS = 60
#: A feed answers within ten seconds or is given up; who waits longer has a process that ended meanwhile.
_PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True)
class Outcome:
    """What came of a reading that somebody asked for. is_over: nothing more is to come."""

    is_over: bool
    waits: Sequence[str]
    away: Sequence[Condition]
    relayed: Sequence[Seen]
    refused: Sequence[Seen]


def register(pages: Pages, desks: Desks) -> None:
    """Add the page to the group."""
    reading = Reading()

    @pages.get("/feeds", Permission.READ_OUTREACH)
    def feeds() -> str:
        return page("outreach/feeds.html", **_shown(desks))

    @pages.get("/feeds/part", Permission.READ_OUTREACH)
    def feeds_part() -> str:
        return fragment("outreach/feeds_part.html", **_shown(desks))

    @pages.post("/feeds/read", Permission.WRITE_OUTREACH)
    def read_feeds() -> BaseResponse:
        now = desks.clock()
        reading.begin(desks.house.feeds, now)
        record("feeds.read", "feeds", after={"at": now.isoformat()})
        return redirect("/staff/outreach/feeds?" + urlencode({"since": now.isoformat()}), 303)


def _shown(desks: Desks) -> dict[str, Any]:
    problem, found, items = "", list[Condition](), list[Seen]()
    since, now = _moment(request.args.get("since", "")), desks.clock()
    is_direct = desks.house.office.settings.outreach.feed_direct
    try:
        held: Feeds = desks.house.feeds
        found, items = held.conditions(), [one for one in held.seen(_ITEMS) if _is_mine(one)]
    except OutreachError as e:  # the settings name no feed, but something else
        problem = str(e)
    outcome = _outcome(found, items, since, now) if since and found else None
    return {
        "found": found, "items_": items, "problem": problem, "is_direct": is_direct, "WORDS": WORDS, "TONES": TONES,
        "now": now, "outcome": outcome, "since": since,
    }  # fmt: skip


def _outcome(found: Sequence[Condition], items: Sequence[Seen], since: datetime, now: datetime) -> Outcome:
    waits = [one.name for one in found if one.at is None or one.at < since]
    new = [one for one in items if one.at >= since]
    return Outcome(
        is_over=not waits or now > since + _PATIENCE, waits=waits,
        away=[one for one in found if one.is_broken and one.name not in waits],
        relayed=[one for one in new if one.state == "relayed"],
        refused=[one for one in new if one.state != "relayed"],
    )  # fmt: skip


def _moment(text: str) -> datetime | None:
    """The time of a reading; None where it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo and 2000 <= at.year < 2100 else None


def _is_mine(seen: Seen) -> bool:
    """What was refused names no regions that could be relied on: it is the whole office's to look at."""
    me = current()
    return not me.region or (bool(seen.regions) and all(me.sees(region) for region in seen.regions))
