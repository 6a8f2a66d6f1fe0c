"""Drafts (草稿箱): writing the articles that mass messages are made of."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from .drafts import MAX_ARTICLES, Draft, DraftArticle, read_article
from .endpoint import Answer, Call, Endpoint, as_list, as_mapping
from .errcodes import Refused, ok

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_PAGE = 20


def add(sim: Simulator, call: Call) -> Answer:
    """A new draft of one to eight articles."""
    given = as_list(call.body.get("articles"), 44003)
    if len(given) > MAX_ARTICLES:
        raise Refused(45008)
    articles = [_article(sim, one) for one in given]
    now = int(sim.now())
    draft = Draft(secrets.token_urlsafe(48), articles, now, now)
    sim.state.drafts[draft.media_id] = draft
    return {"media_id": draft.media_id}


def update(sim: Simulator, call: Call) -> Answer:
    """Replace one article; `articles` is a single object here."""
    draft = _draft(sim, call)
    index = call.body.get("index", 0)
    if type(index) is not int or not 0 <= index < len(draft.articles):
        raise Refused(40035)
    draft.articles[index] = _article(sim, call.body.get("articles"))
    draft.updated_at = int(sim.now())
    return ok()


def get(sim: Simulator, call: Call) -> Answer:
    """A draft's articles."""
    return {"news_item": [article.as_wechat() for article in _draft(sim, call).articles]}


def delete(sim: Simulator, call: Call) -> Answer:
    """Throw a draft away."""
    del sim.state.drafts[_draft(sim, call).media_id]
    return ok()


def count(sim: Simulator, call: Call) -> Answer:
    """How many there are."""
    return {"total_count": len(sim.state.drafts)}


def page(sim: Simulator, call: Call) -> Answer:
    """Up to 20 drafts from `offset`, the latest first."""
    offset, size = call.body.get("offset", 0), call.body.get("count")
    if type(offset) is not int or type(size) is not int or offset < 0 or not 1 <= size <= MAX_PAGE:
        raise Refused(40035)
    drafts = list(reversed(sim.state.drafts.values()))
    items = [_item(draft, bare=call.body.get("no_content") == 1) for draft in drafts[offset : offset + size]]
    return {"total_count": len(drafts), "item_count": len(items), "item": items}


def _item(draft: Draft, *, bare: bool) -> dict[str, Any]:
    articles = [article.as_wechat() for article in draft.articles]
    if bare:
        articles = [{name: value for name, value in one.items() if name != "content"} for one in articles]
    content = {"news_item": articles, "create_time": draft.created_at, "update_time": draft.updated_at}
    return {"media_id": draft.media_id, "content": content, "update_time": draft.updated_at}


def _article(sim: Simulator, given: object) -> DraftArticle:
    """Raises Refused 40007 for a cover that is no permanent material, and as `read_article`."""
    article = read_article(as_mapping(given, 40035), f"{sim.config.public_url.rstrip('/')}/pictures/")
    for media_id in article.pictures or (article.thumb_media_id,):
        if not sim.state.live_media(media_id or None, sim.now(), "image", "thumb").permanent:
            raise Refused(40007)
    return article


def _draft(sim: Simulator, call: Call) -> Draft:
    """Raises Refused: 41006 no id, 40007 no such draft."""
    media_id = call.text("media_id", 41006)
    if media_id not in sim.state.drafts:
        raise Refused(40007)
    return sim.state.drafts[media_id]


ENDPOINTS = {
    "/cgi-bin/draft/add": Endpoint(method="POST", handler=add),
    "/cgi-bin/draft/update": Endpoint(method="POST", handler=update),
    "/cgi-bin/draft/get": Endpoint(method="POST", handler=get),
    "/cgi-bin/draft/delete": Endpoint(method="POST", handler=delete),
    "/cgi-bin/draft/count": Endpoint(method="GET", handler=count),
    "/cgi-bin/draft/batchget": Endpoint(method="POST", handler=page),
}
