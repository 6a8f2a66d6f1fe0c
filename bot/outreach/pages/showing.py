"""One broadcast: what it says, whom it reaches, what may be done with it now, how far it is, what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for

from bot.console import Pages, Slice, current, fragment, page, piece
from bot.console.events import stream
from bot.console.keyset import cut
from bot.messages import Delivery
from bot.outreach import lists, written
from bot.outreach.content import Level
from bot.outreach.drafts import Broadcast, Event
from bot.outreach.outcome import because
from bot.outreach.pages import telling
from bot.outreach.pages.composing import pictures_of
from bot.outreach.pages.desks import Desks
from bot.outreach.pages.listing import quotas
from bot.outreach.states import DELIVERY_WORDS, MOVES, WORDS, Move, State
from bot.outreach.ways import KINDS, LEVELS, WAYS
from bot.settings import BEIJING
from bot.staff import Permission
from bot.staff.binding import CHANNELS

#: So long after the end the page is still told of it.
_LAST_WORD = timedelta(seconds=30)
_ROWS = 100


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group."""

    @pages.get("/broadcasts/<int:number>", Permission.READ_OUTREACH)
    def show(number: int) -> str:
        held = desks.mine(number)
        history = desks.house.broadcasts.history(number)
        office = desks.house.office.settings.office.name
        parts: dict[str, Any] = {
            "held": held, "draft": held.draft, "history": history, "moves": _moves(held),
            "alert": _first(history, Move.ALERT), "objection": _first(history, Move.OBJECT),
            "mine": _is_by(held, history, current().name), "audience": desks.told(held), "board": quotas(desks),
            "own": desks.house.bindings.of(current().id), "channels": CHANNELS,
            "media": desks.house.media.named(m.media for m in held.draft.content.values()),
            "pictures": pictures_of(held.draft, office, desks), "beijing": BEIJING, "going": None,
        }  # fmt: skip
        going = _progress(desks, number) if held.started_at else {}
        return page("outreach/show.html", **{**parts, **_words(), **going})

    @pages.get("/broadcasts/<int:number>/reach", Permission.READ_OUTREACH)
    def reach(number: int) -> str:
        desks.mine(number)
        desk, now = desks.house.broadcasts, desks.clock()
        found = desk.reach(number, now)
        return fragment(
            "outreach/reach.html",
            found=found,
            sample=desk.sample(number, 5, now),
            because=because,
            help_with=telling.help_with,
            **_words(),
        )

    @pages.get("/broadcasts/<int:number>/progress", Permission.READ_OUTREACH)
    def progress(number: int) -> str:
        desks.mine(number)
        return fragment("outreach/progress.html", **_progress(desks, number), **_words())

    @pages.get("/broadcasts/<int:number>/events", Permission.READ_OUTREACH)
    def events(number: int) -> Any:
        held = desks.mine(number)
        if held.state not in (State.SENDING, State.PAUSED) and _is_old(held, desks):
            return stream(None)
        return stream(piece("outreach/progress.html", **_progress(desks, number), **_words()))

    @pages.get("/broadcasts/<int:number>/people", Permission.READ_OUTREACH)
    def people(number: int) -> str:
        held = desks.mine(number)
        state, why = _state(request.args.get("state", "")), request.args.get("why", "")[:40]
        after = request.args.get("after", "-1")
        rows = lists.people(
            desks.house.database, number, _ROWS + 1, state=state, why=why,
            after=int(after) if after.isdecimal() and len(after) < 19 else -1,
        )  # fmt: skip
        found: Slice[lists.Outcome] = cut(rows, _ROWS, lambda row: row.follower_id)
        return page(
            "outreach/people.html", held=held, found=found, state=state, why=why, because=because,
            help_with=telling.help_with, going=desks.house.broadcasts.progress(number), **_words(),
        )  # fmt: skip

    @pages.get("/broadcasts/<int:number>/file", Permission.READ_OUTREACH)
    def as_file(number: int) -> Any:
        held = desks.mine(number)
        head = {"Content-Disposition": f'attachment; filename="broadcast-{number}.yaml"'}
        return written.dump(held.draft), 200, {"Content-Type": "text/yaml; charset=utf-8", **head}


def _is_old(held: Broadcast, desks: Desks) -> bool:
    """Whether everybody who looks at the page has seen how it ended."""
    return held.ended_at is None or desks.clock() - held.ended_at > _LAST_WORD


def back(number: int) -> Any:
    """To the page of a broadcast."""
    return redirect(url_for("outreach.show", number=number), 303)


def _progress(desks: Desks, number: int) -> dict[str, Any]:
    going = desks.house.broadcasts.progress(number)
    done = going.total - going.open
    return {
        "going": going, "held": going.held, "done": done, "problems": list(telling.problems(going)),
        "remaining": telling.remaining(going, desks.clock()),
        "percent": 100 if not going.total else min(99 if going.open else 100, done * 100 // going.total),
        "is_final": going.held.state not in (State.SENDING, State.PAUSED),
    }  # fmt: skip


def _moves(held: Broadcast) -> set[Move]:
    """What its state allows."""
    return {move for (state, move) in MOVES if state is held.state}


def _is_by(held: Broadcast, history: list[Event], who: str) -> bool:
    """Whether somebody wrote it, so that another one must approve it."""
    return who == held.author or any(e.who == who and e.move in (Move.EDIT, Move.SUBMIT) for e in history)


def _first(history: list[Event], move: Move) -> Event | None:
    """Who let it go alone, or objected, and why."""
    return next((event for event in history if event.move is move), None)


def _state(text: str) -> Delivery | None:
    return Delivery(text) if text in list(Delivery) else None


def _words() -> dict[str, Any]:
    return {
        "WORDS": WORDS, "TONES": telling.TONES, "WAYS": WAYS, "LEVELS": LEVELS, "KINDS": KINDS, "Level": Level,
        "DELIVERY_WORDS": DELIVERY_WORDS, "DELIVERY_TONES": telling.DELIVERY_TONES, "Move": Move, "State": State,
        "duration": telling.duration, "num": telling.number,
    }  # fmt: skip
