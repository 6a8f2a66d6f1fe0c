"""An address of every page of the staff site, taken from the route table, so that none is forgotten.

A route with a parameter is given one that is there, the largest of its kind; a new one must be named here.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask

from bot.store.database import Database

#: Who asks for the pages: what belongs to one person belongs to them.
WHO = "bench"
_WORK = f"SELECT max(id) FROM knowledge_work WHERE who = '{WHO}'"
_UNIT = "SELECT max(id) FROM unit"
_SEGMENT = "SELECT max(id) FROM segment"
_PLAN = "SELECT min(id) FROM plan_proposal WHERE state = 'accepted'"
_SENT = "SELECT max(broadcast_id) FROM delivery"
_DRAFT = "SELECT max(id) FROM broadcast WHERE state = 'draft'"
_TALK = "SELECT max(id) FROM conversation WHERE owner = 1"
#: Beginning of a route -> where the value of its parameter comes from; a value itself where it does not begin so.
_VALUES = {
    "/staff/knowledge/entries/": "ac-approval",
    "/staff/knowledge/files/": _WORK,
    "/staff/knowledge/plans/": _PLAN,
    "/staff/knowledge/progress/": _WORK,
    "/staff/knowledge/unanswered/": "SELECT min(id) FROM question_cluster WHERE id IN"
    " (SELECT cluster FROM cluster_question)",
    "/staff/conversations/open/": "SELECT max(id) FROM message_log",
    "/staff/conversations/of/": "SELECT max(id) FROM follower",
    "/staff/conversations/": _TALK,
    "/staff/outreach/broadcasts/<int:number>/edit": _DRAFT,
    "/staff/outreach/broadcasts/<int:number>/reach": _DRAFT,
    "/staff/outreach/broadcasts/": _SENT,
    "/staff/outreach/broadcasts/<int:number>/exports/": "SELECT max(id) FROM people_task WHERE kind = 'export'",
    "/staff/outreach/campaigns/": _PLAN,
    "/staff/outreach/media/": "SELECT max(id) FROM media_item",
    "/staff/outreach/tips/book/": "tip-care-01",
    "/staff/people/followers/": "SELECT max(id) FROM follower WHERE state = 'following'",
    "/staff/people/units/": _UNIT,
    "/staff/people/segments/": _SEGMENT,
    "/staff/people/phones/imports/": "SELECT max(id) FROM people_task WHERE kind = 'import'",
    "/staff/people/imports/": "SELECT max(id) FROM people_task WHERE kind = 'import'",
    "/staff/people/export/": "followers",
    "/staff/people/exports/": "SELECT max(id) FROM people_task WHERE kind = 'export'",
    "/staff/people/sync/": "SELECT max(id) FROM people_task WHERE kind = 'sync'",
    "/staff/settings/values/group/": "office",
    "/staff/settings/values/item/": "office.name",
    "/staff/settings/menu/": "SELECT max(id) FROM menu_version",
    "/staff/accounts/": "SELECT max(id) FROM staff",
}
#: Lists by filters and further pages, and what a page shows of something given.
_MORE = (
    "/staff/people/followers?region=广东省江门市蓬江区", "/staff/people/followers?industry=建筑&audience=学校",
    "/staff/people/followers?topic=高温&wrote=open", "/staff/people/followers?state=left",
    "/staff/people/followers?region=没有这里", "/staff/people/followers?unit=单位7",
    "/staff/people/followers?after=500",
    "/staff/people/units?named=99", "/staff/people/units?officer=none", "/staff/people/units?region=广东省江门市",
    "/staff/people/segments/new?region=广东省江门市",
    "/staff/outreach/broadcasts?state=done&after=400", "/staff/outreach/broadcasts?q=第4",
    "/staff/outreach/broadcasts/490/people?state=permanent_failure",
    "/staff/outreach/calendar?month=2026-12", "/staff/outreach/calendar/list?days=90",
    "/staff/outreach/calendar/firing?id=month-start:2026-06-01:0:公众",
    "/staff/outreach/tips/book?industry=建筑&q=安全",
    "/staff/conversations/search?q=电焊", "/staff/conversations/search?q=没有人说过",
    "/staff/conversations/search?kind=unknown&region=广东省江门市台山市",
    "/staff/conversations/search?region=没有这里", "/staff/conversations/search?channel=web&since=2026-05-01",
    "/staff/audit/?staff=staff3", "/staff/audit/?action=entry&kind=unit", "/staff/audit/?staff=nobody",
    "/staff/audit/?kind=unit&object_id=77&since=2026-06-01&until=2026-06-30", "/staff/audit/?after=5000",
    "/staff/knowledge/?q=安全", "/staff/knowledge/?show=own", "/staff/knowledge/ask?q=高温几度可以停工",
    "/staff/knowledge/articles?article_words=高温作业", "/staff/knowledge/entries/bench-77/edit",
)  # fmt: skip
#: Answers of a route that are no page for somebody who is signed in.
_NOT_MEASURED = ("/static/",)


def routes(app: Flask) -> list[str]:
    """All that is asked for by GET."""
    rules = (str(r) for r in app.url_map.iter_rules() if "GET" in (r.methods or ()))
    return sorted(r for r in rules if r.startswith("/staff") and not any(part in r for part in _NOT_MEASURED))


def unnamed(app: Flask) -> list[str]:
    """Routes with a parameter that has no value here."""
    return [route for route in routes(app) if "<" in route and _value(route) is None]


def addresses(app: Flask, database: Database) -> Iterator[str]:
    """An address of every route, then the lists by filters."""
    if missing := unnamed(app):
        raise SystemExit(f"benchmarks/page_routes.py names no value for {', '.join(missing)}")
    with database.read() as db:
        for route in routes(app):
            yield _filled(db, route)
    yield from _MORE


def _value(route: str) -> str | None:
    """The value of the longest beginning that is named."""
    named = [head for head in _VALUES if route.startswith(head)]
    return _VALUES[max(named, key=len)] if named else None


def _filled(db: sa.Connection, route: str) -> str:
    url, rest = "", route
    while "<" in rest:
        head, _, rest = rest.partition("<")
        # The parameter after this much of the route; what follows the last one may choose another value.
        before = route[: len(route) - len(rest) - 1]
        value = _value(before if "<" in rest else route) or ""
        held = db.scalar(sa.text(value)) if value.startswith("SELECT") else value
        url, rest = f"{url}{head}{held or 0}", rest.partition(">")[2]
    url += rest
    return f"{url}?after=0.0" if url.endswith("/new") and "<" in route else url
