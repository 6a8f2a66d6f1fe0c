"""The feeds of official warnings: how each of them is, what came, what was relayed, waits, or was refused and why."""

from __future__ import annotations

from bot.console import Pages, current, page
from bot.errors import OutreachError
from bot.outreach.feeds import Condition, Feeds, Seen
from bot.outreach.pages.desks import Desks
from bot.outreach.pages.telling import TONES
from bot.outreach.states import WORDS
from bot.staff import Permission

_ITEMS = 60


def register(pages: Pages, desks: Desks) -> None:
    """Add the page to the group."""

    @pages.get("/feeds", Permission.READ_OUTREACH)
    def feeds() -> str:
        problem, found, items = "", list[Condition](), list[Seen]()
        is_direct = desks.house.office.settings.outreach.feed_direct
        try:
            held: Feeds = desks.house.feeds
            found, items = held.conditions(), [one for one in held.seen(_ITEMS) if _is_mine(one)]
        except OutreachError as e:  # the settings name no feed, but something else
            problem = str(e)
        return page(
            "outreach/feeds.html", found=found, items_=items, problem=problem, is_direct=is_direct, WORDS=WORDS,
            TONES=TONES, now=desks.clock(),
        )  # fmt: skip


def _is_mine(seen: Seen) -> bool:
    """What was refused names no regions that could be relied on: it is the whole office's to look at."""
    me = current()
    return not me.region or (bool(seen.regions) and all(me.sees(region) for region in seen.regions))
