"""The chat page, the API behind it, and the statutes: what a visitor can open."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from bot.channels.web import chat as talk
from bot.channels.web.errors import respond
from bot.channels.web.marking import mark
from bot.channels.web.shelf import ArticlePage, Chapter, Library, Opening, StatutePage
from bot.channels.web.visitors import remember, visitor
from bot.headers import protect
from bot.inbox import Inbox
from bot.settings import OfficeSettings

__all__ = ["ArticlePage", "Chapter", "Library", "Opening", "StatutePage", "create_blueprint"]

#: What a visitor may tap before having asked anything.
FIRST_QUESTIONS = (
    "电动车能停楼道吗",
    "油锅起火怎么灭",
    "工伤认定多久内申请",
    "怎么举报安全隐患",
    "高温天气有什么补贴",
    "安全生产法第二十五条",
)
_MAX_MARKED = 200  # characters of ?q= that are cut into words
_MOST_NUMBER = 1 << 62  # no database numbers rows beyond that

# Some systems call scripts text/plain, and with nosniff a browser would not run them.
mimetypes.add_type("text/javascript", ".js")


def create_blueprint(
    inbox: Inbox,
    library: Library,
    office: Callable[[], OfficeSettings],
    clock: Callable[[], float],
    suggestions: Sequence[str] = FIRST_QUESTIONS,
    news: talk.News | None = None,
    closed: Callable[[], Sequence[tuple[str, str]]] = tuple,
) -> Blueprint:
    """The blueprint "web", for the root of the site.

    office       whom the pages are of, asked each time
    clock        unix seconds, e.g. time.time
    suggestions  first questions to tap
    news         what staff wrote to a visitor
    closed       what staff switched off, as people call it, and why
    """
    blueprint = Blueprint(
        "web", __name__, static_folder="static", static_url_path="/web/static", template_folder="templates"
    )
    blueprint.before_request(_limit_body)
    blueprint.after_request(_finish)
    blueprint.register_error_handler(HTTPException, respond)
    blueprint.add_app_template_filter(spoken, "spoken_date")
    _add_chat(blueprint, talk.Desk(inbox, library, clock, news), office, suggestions, closed)
    _add_laws(blueprint, library, office)
    return blueprint


def _limit_body() -> None:
    request.max_content_length = talk.MAX_BODY_BYTES


def _finish(response: Response) -> Response:
    remember(response)
    protect(response)
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _add_chat(
    blueprint: Blueprint, desk: talk.Desk, office: Callable[[], OfficeSettings], suggestions: Sequence[str],
    closed: Callable[[], Sequence[tuple[str, str]]],
) -> None:  # fmt: skip
    def page(turn: dict[str, Any] | None) -> str:
        # The id makes a form that is sent twice (a reload, a second tap) one message.
        return render_template(
            "web/chat.html", office=office(), suggestions=suggestions, turn=turn, message_id=secrets.token_urlsafe(12),
            closed=closed(),
        )  # fmt: skip

    @blueprint.get("/")
    def chat() -> str:
        visitor()
        return page(None)

    @blueprint.post("/")
    def chat_without_script() -> str:
        said = talk.read_form(request)
        desk.admit(request, visitor())
        turn = {"question": said.text, **desk.answer(said, visitor()), "news": desk.news(visitor(), 0)}
        return page(turn)

    @blueprint.post("/api/chat")
    def chat_api() -> Response:
        said = talk.read_json(request)
        desk.admit(request, visitor())
        response = make_response(jsonify(desk.answer(said, visitor())))
        response.headers["Cache-Control"] = "no-store"
        return response

    @blueprint.get("/api/chat/news")
    def chat_news() -> Response:
        after = min(max(0, request.args.get("after", 0, type=int)), _MOST_NUMBER)
        response = make_response(jsonify(news=desk.news(visitor(), after)))
        response.headers["Cache-Control"] = "no-store"
        return response

    @blueprint.get("/healthz")
    def health() -> Response:
        return jsonify(status="ok")


def _add_laws(blueprint: Blueprint, library: Library, office: Callable[[], OfficeSettings]) -> None:
    @blueprint.get("/law/")
    def statutes() -> str:
        return render_template("web/statutes.html", office=office(), titles=library.statutes())

    @blueprint.get("/law/<title>")
    def statute(title: str) -> str:
        found = library.statute(title)
        if found is None:
            raise NotFound("这里没有收录这部法规。")
        return render_template("web/statute.html", office=office(), statute=found)

    @blueprint.get("/law/<title>/<number>")
    def article(title: str, number: str) -> str:
        found = library.article(title, number)
        if found is None:
            raise NotFound("这里没有收录这一条，请核对法规名称和条号。")
        asked = request.args.get("q", "")[:_MAX_MARKED]
        paragraphs = mark(found.text, library.words(asked) if asked else ())
        return render_template("web/article.html", office=office(), article=found, paragraphs=paragraphs)


def spoken(iso: str) -> str:
    """2021-09-01 -> 2021年9月1日; anything else stays as it is."""
    parts = iso.split("-")
    if not all(p.isdigit() for p in parts):
        return iso
    return "".join(f"{int(p)}{unit}" for p, unit in zip(parts, "年月日", strict=False))
