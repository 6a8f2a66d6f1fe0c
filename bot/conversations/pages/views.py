"""The views: they read what was asked for, have the desk do it, and show what came of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlencode

from flask import Response, abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.answers import Answerer
from bot.console import Link, Pages, Section, console, current, flash, fragment, intend, page, piece, record
from bot.console.events import stream
from bot.conversations import NoSuchTalkError, TalkDesk, search, snippets, threads
from bot.conversations.ledger import Written
from bot.conversations.pages import words
from bot.conversations.pages.forms import AnswerForm, SearchForm
from bot.conversations.pages.waiting import Lists, WaitingRoom, key_of
from bot.conversations.snippets import Snippet
from bot.conversations.talks import Talk
from bot.log import strike
from bot.messages import Delivery
from bot.staff import Permission

_HOME = "/staff/conversations/"
_MAX_QUESTION = 300  # characters that an address carries
_LAST = re.compile(r"(\d{1,18})\.(\d{1,18})")
_READ, _ANSWER = Permission.READ_CONVERSATIONS, Permission.ANSWER_PEOPLE
SECTION = Section("会话", [Link("等候与接待", _HOME, _READ), Link("查找聊天", f"{_HOME}search", _READ)])


@dataclass(frozen=True, slots=True)
class _Views:
    """What the views share. region: of the office, for what the bot would say to one who told none."""

    talks: TalkDesk
    get_answerer: Callable[[], Answerer]
    region: Callable[[], str]

    def talk(self, number: int) -> Talk:
        """A talk that this one of staff may see, else the page that there is none."""
        try:
            return self.talks.talk(number, current())
        except NoSuchTalkError as e:
            _missing(e)

    def standing(self, talk: Talk) -> dict[str, Any]:
        """Who speaks, and what may be sent."""
        allowance = self.talks.allowance(talk, console().clock())
        returns = self.talks.returns_at(talk)
        return {
            "talk": talk,
            "allowance": allowance,
            "returns_at": returns,
            "words": words,
            "mine": talk.is_of(current()),
        }

    def suggested(self, talk: Talk) -> tuple[str, Sequence[Snippet]]:
        """A question, and what the bot would say to it: the last one, or that of the snippets which are shown."""
        question = request.args.get("q", "")[:_MAX_QUESTION]
        if not question:
            with self.talks.database.read() as db:
                question = threads.last_question(db, talk)[:_MAX_QUESTION]
        region = talk.region or self.region()
        return question, snippets.suggest(self.get_answerer(), question, region, console().clock())

    def shown(self, talk: Talk, form: AnswerForm | None = None, before: datetime | None = None) -> str:
        """The page of a talk."""
        with self.talks.database.read() as db:
            thread = threads.read(db, talk, before)
        question, found = self.suggested(talk) if talk.is_of(current()) else ("", ())
        if form is None:
            form = AnswerForm(reply=_chosen(found), key=secrets.token_urlsafe(12))
        return page(
            "conversations/talk.html", **self.standing(talk), thread=thread, before=before, form=form,
            question=question, snippets=found,
        )  # fmt: skip


def create_pages(talks: TalkDesk, get_answerer: Callable[[], Answerer], region: Callable[[], str]) -> Pages:
    """The pages under /staff/conversations/."""
    pages, views = Pages("conversations", __name__, prefix="/staff/conversations"), _Views(talks, get_answerer, region)
    _add_lists(pages, WaitingRoom(talks))
    _add_search(pages, views)
    _add_talk(pages, views)
    _add_deeds(pages, views)
    return pages


def _add_lists(pages: Pages, room: WaitingRoom) -> None:
    def shown(held: Lists) -> dict[str, Any]:
        return {"waiting": held.waiting, "taken": held.taken, "unanswered": held.unanswered, "strike": strike}

    @pages.get("/", _READ)
    def home() -> str:
        held = shown(room.now(current(), console().clock()))
        return page("conversations/home.html", **held, key=key_of(piece("conversations/lists.html", **held)))

    @pages.get("/lists", _READ)
    def waiting_lists() -> str:
        return fragment("conversations/lists.html", **shown(room.now(current(), console().clock())))

    @pages.get("/lists/events", _READ)
    def waiting_events() -> Response:
        html = piece("conversations/lists.html", **shown(room.lately(current(), console().clock())))
        key = key_of(html)
        seen = request.headers.get("Last-Event-ID") or request.args.get("seen")
        return stream("" if seen == key else html, key)


def _add_search(pages: Pages, views: _Views) -> None:
    @pages.get("/search", _READ)
    def find() -> Any:
        form = SearchForm(request.args)
        if not form.validate():
            return page("conversations/search.html", form=form, found=None, words=words, strike=strike, more=""), 422
        with views.talks.database.read() as db:
            found = search.search(db, form.sought(current().region), request.args.get("after", "")[:60])
        more = f"?{urlencode({**form.query(), 'after': found.next_key})}" if found.next_key else ""
        return page("conversations/search.html", form=form, found=found, words=words, strike=strike, more=more)

    @pages.get("/open/<int:message>", _READ)
    def open_talk(message: int) -> BaseResponse:
        try:
            number = views.talks.opened(message, current(), console().clock())
        except NoSuchTalkError as e:
            _missing(e)
        return _to(number)

    @pages.get("/of/<int:person>", _READ)
    def open_talk_with(person: int) -> BaseResponse:
        try:
            number = views.talks.opened_with(person, current(), console().clock())
        except NoSuchTalkError as e:
            _missing(e)
        return _to(number)


def _add_talk(pages: Pages, views: _Views) -> None:
    @pages.get("/<int:number>", _READ)
    def talk(number: int) -> str:
        return views.shown(views.talk(number), before=_time(request.args.get("before", "")))

    @pages.get("/<int:number>/new", _READ)
    def news(number: int) -> Any:
        held, last = views.talk(number), _LAST.fullmatch(request.args.get("after", ""))
        if last is None:
            abort(400)
        with views.talks.database.read() as db:
            thread = threads.since(db, held, (int(last[1]), int(last[2])))
        if not thread.lines:
            return Response(status=204)
        return fragment("conversations/news.html", **views.standing(held), thread=thread)

    @pages.get("/<int:number>/events", _READ)
    def events(number: int) -> Response:
        held = views.talk(number)
        given = request.headers.get("Last-Event-ID") or request.args.get("after", "")
        last = _LAST.fullmatch(given)
        if last is None:
            abort(400)
        with views.talks.database.read() as db:
            thread = threads.since(db, held, (int(last[1]), int(last[2])))
        if not thread.lines:
            return stream("")
        html = piece("conversations/said.html", **views.standing(held), thread=thread)
        return stream(html, f"{thread.last[0]}.{thread.last[1]}")

    @pages.get("/<int:number>/standing", _READ)
    def standing(number: int) -> str:
        return fragment("conversations/standing.html", **views.standing(views.talk(number)))

    @pages.get("/<int:number>/snippets", _ANSWER)
    def suggested(number: int) -> str:
        held = views.talk(number)
        question, found = views.suggested(held)
        return fragment("conversations/snippets.html", talk=held, question=question, snippets=found)

    @pages.get("/<int:number>/reply", _ANSWER)
    def reply(number: int) -> str:
        held = views.talk(number)
        form = AnswerForm(reply=_chosen(views.suggested(held)[1]), key=secrets.token_urlsafe(12))
        return fragment("conversations/reply.html", talk=held, form=form)


def _add_deeds(pages: Pages, views: _Views) -> None:
    @pages.post("/<int:number>/take", _ANSWER)
    def take(number: int) -> BaseResponse:
        views.talk(number)
        intend("conversation.take", "conversation", number)
        told = views.talks.take(number, current(), console().clock())
        record("conversation.take", "conversation", number, before={"owner": ""}, after={"owner": current().name})
        _tell("会话由您接待了，机器人不再说话。", told)
        return _to(number)

    @pages.post("/<int:number>/back", _ANSWER)
    def back(number: int) -> BaseResponse:
        views.talk(number)
        intend("conversation.return", "conversation", number)
        told = views.talks.hand_back(number, current(), console().clock())
        record("conversation.return", "conversation", number, before={"owner": current().name}, after={"owner": ""})
        _tell("已交还给机器人。", told)
        return _to(number)

    @pages.post("/<int:number>/answer", _ANSWER)
    def answer(number: int) -> Any:
        held, form = views.talk(number), AnswerForm(request.form)
        if not form.validate():
            form.key.data = form.text("key") or secrets.token_urlsafe(12)
            return views.shown(held, form), 422
        intend("conversation.answer", "conversation", number)
        written = views.talks.answer(number, current(), form.text("reply"), form.text("key"), console().clock())
        _on_record("conversation.answer", written)
        return _to(number)

    @pages.post("/again/<int:message>", _ANSWER)
    def again(message: int) -> BaseResponse:
        intend("conversation.again", "conversation", f"message {message}")
        try:
            written = views.talks.again(message, current(), console().clock())
        except NoSuchTalkError as e:
            _missing(e)
        _on_record("conversation.again", written)
        return _to(written.conversation_id)

    @pages.post("/<int:number>/settle", _ANSWER)
    def settle(number: int) -> BaseResponse:
        views.talk(number)
        views.talks.settle(number, current(), console().clock())
        record("conversation.settle", "conversation", number, before={"waits": True}, after={"waits": False})
        flash("已从等候名单里去掉。")
        return redirect(_HOME, 303)


def _missing(error: NoSuchTalkError) -> NoReturn:
    abort(404, str(error))


def _to(number: int) -> BaseResponse:
    return redirect(f"{_HOME}{number}#latest", 303)


def _tell(sentence: str, told: Written) -> None:
    """What was done; and whether the person could be told of it."""
    if told.state in (Delivery.SENT, Delivery.DELIVERED):
        flash(f"{sentence}对方收到的话：“{told.text}”")
    else:
        flash(f"{sentence}但告诉对方的那句话{words.state(told)[0]}。{words.reason(told)}", "bad")


def _on_record(action: str, written: Written) -> None:
    # Without its words: the trail is kept for good, and what was said to a person goes with them.
    held = {"state": written.state, "chars": len(written.text)}
    record(action, "conversation", written.conversation_id, after=held)
    if written.state not in (Delivery.SENT, Delivery.DELIVERED):
        flash(f"这条回复{words.state(written)[0]}。{words.reason(written)}", "bad")


def _chosen(found: Sequence[Snippet]) -> str:
    """The snippet that the address asks for, "" for none."""
    wanted = request.args.get("snippet", "")
    return next((snippet.text for snippet in found if wanted and snippet.id == wanted), "")


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at and at.tzinfo else None
