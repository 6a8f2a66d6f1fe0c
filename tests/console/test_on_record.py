"""Every deed of staff is on record: who, what, to what, before and after, and why."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import sqlalchemy as sa

from bot.console.deeds import said
from bot.console.pages import Pages
from bot.outreach.pages.deeds import DEEDS
from bot.settings import ROOT
from bot.staff import Role
from bot.staff.tables import audit
from tests.console.pages import NOW, Office, office  # noqa: F401
from tests.console.walking import rules

#: Deeds that say neither what was before nor what is after, and why.
NOTHING_TO_TELL = {
    "staff.sign_out_elsewhere": "sessions are no part of the office's business", "audit.check": "it changes nothing",
    "follower.erase": "what was erased is not to be kept anywhere", "followers.sync": "WeChat's list is what counts",
    "knowledge.export": "it changes nothing", "questions.remove": "its name tells all",
}  # fmt: skip
#: The parts of actions that are put together when the deed is done.
PUT_TOGETHER = {
    "entry": "submit draft return publish withdraw discard restore roll_back",
    "synonyms": "submit draft publish return withdraw roll-back",
    "unanswered": "answer link dismiss reopen publish", "followers": "export", "units": "export",
    "broadcast": " ".join(["edit", "copy", "export", "approve", "schedule", "test", *(deed.name for deed in DEEDS)]),
}  # fmt: skip
#: Before somebody is signed in the shell has no visit to put a record to: these write it themselves.
AT_THE_DOOR = {"signing.code", "signing.enrol", "signing.password", "signing.set_up", "signing.sign_in"}


def calls(name: str = "record") -> Iterator[tuple[Path, ast.Call]]:
    """Every call that puts a deed on record."""
    folders = [*(ROOT / "bot").glob("*/pages"), ROOT / "bot" / "console"]
    for path in sorted(p for folder in folders for p in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                yield path, node


def action_of(call: ast.Call) -> str:
    """What stands there for the action: a text, or * for what is only known later."""
    first = call.args[0]
    return str(first.value) if isinstance(first, ast.Constant) else "*"


def test_every_deed_tells_what_was_and_what_is() -> None:
    found = list(calls())
    silent = [
        f"{path.name}: {action_of(call)}" for path, call in found
        if not {"before", "after", None} & {keyword.arg for keyword in call.keywords}
        and action_of(call) not in NOTHING_TO_TELL
    ]  # fmt: skip
    assert not silent
    assert len(found) > 40


def test_a_deed_that_is_excused_has_really_nothing_to_tell() -> None:
    told = {
        action_of(call) for _, call in calls()
        if {"before", "after", None} & {keyword.arg for keyword in call.keywords}
    }  # fmt: skip
    assert not told & NOTHING_TO_TELL.keys()


def test_what_begins_on_record_ends_there_by_the_same_name() -> None:
    intended = {action_of(call) for _, call in calls("intend")}
    assert "unit.qr" in intended
    assert not [action for action in intended if said(action) == action or said(f"{action}.begun") == action]
    written = {action_of(call) for _, call in calls()} | {"broadcast.test", "conversation.answer", "conversation.again"}
    assert intended <= written


def test_every_deed_has_words_for_those_who_read_the_trail() -> None:
    named = {action_of(call) for _, call in calls()} - {"*"}
    named |= {f"{noun}.{verb}" for noun, verbs in PUT_TOGETHER.items() for verb in verbs.split()}
    named |= {"staff.sign_in", "staff.sign_in_refused", "staff.code_refused", "staff.password_refused", "staff.enrol"}
    assert not [action for action in named if said(action) == action]


def test_every_form_that_changes_something_puts_it_on_record(office: Office) -> None:  # noqa: F811
    silent = []
    for rule in rules(office.app, "POST"):
        guarded: Any = office.app.view_functions[rule.endpoint]
        if rule.endpoint not in AT_THE_DOOR and is_audited(guarded) and not tells(guarded.__wrapped__):
            silent.append(str(rule))
    assert not silent


def is_audited(guarded: Any) -> bool:
    """Whether the shell was told to put it on record: it is a part of what the guard closes over."""
    names = guarded.__code__.co_freevars
    return bool(guarded.__closure__[names.index("audited")].cell_contents)


def tells(view: Callable[..., Any]) -> bool:
    """Whether a view, or what it calls of ours, puts something on record."""
    waiting, seen = [view], set()
    while waiting:
        one: Any = waiting.pop()
        mine, one = getattr(one, "__self__", None), getattr(one, "__func__", one)
        if one in seen or not hasattr(one, "__code__"):
            continue
        seen.add(one)
        names = names_in(one.__code__)
        if names & {"record", "note"}:
            return True
        held = [cell.cell_contents for cell in one.__closure__ or ()]
        of_module = [one.__globals__.get(name) for name in names]
        waiting += [
            f for f in (*held, *of_module) if callable(f) and str(getattr(f, "__module__", "")).startswith("bot.")
        ]
        waiting += [getattr(mine, name) for name in names if mine is not None and callable(getattr(mine, name, None))]
    return False


def names_in(code: CodeType) -> set[str]:
    """All names that code speaks of, and the code within it."""
    inner = (names_in(part) for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*inner)


def test_what_the_shell_writes_has_every_part(office: Office) -> None:  # noqa: F811
    boss = office.sign_in(Role.ADMINISTRATOR, name="chief")
    made = office.sign_in(Role.AUTHOR, name="writer")
    boss.post(f"/staff/accounts/{made.staff.id}", {"display": "新名", "approver": "y"})
    boss.post(f"/staff/accounts/{made.staff.id}/close")
    with office.services.database.begin() as db:
        changed, closed = db.execute(sa.select(audit).where(audit.c.staff == "chief").order_by(audit.c.id)).all()[-2:]
    assert (changed.action, changed.kind, changed.object_id) == ("staff.change", "staff", "writer")
    assert '"author"' in changed.before
    assert '"approver"' in changed.after
    assert changed.at.startswith(NOW.isoformat()[:10])
    assert changed.address == "127.0.0.1"
    assert '"open": true' in closed.before


def test_the_guard_still_closes_over_what_is_asked_here() -> None:
    assert "audited" in Pages.post.__kwdefaults__
