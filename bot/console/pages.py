"""A group of pages: every route names its permission, and whoever calls is known, may do it, and is on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import Forbidden, HTTPException, NotFound, UnprocessableEntity
from werkzeug.wrappers import Response as BaseResponse

from bot.console import errors, sending
from bot.console.cookies import CSRF_FIELD, is_ours, same, word
from bot.console.deeds import BEGUN, FAILED
from bot.console.desk import console
from bot.errors import BotError, StoreError
from bot.headers import protect_staff
from bot.peers import client_ip
from bot.staff import Entry, Permission, Staff
from bot.staff.sessions import Session

View = TypeVar("View", bound=Callable[..., Any])
#: Of a form without files.
MAX_BYTES = 1 << 20
_YEAR_S = 31_536_000
_WHY_CHARS = 200
#: Before the title of a form that is shown again.
_WRONG = "有地方要改"
#: Numbers that no row has: both engines refuse to look them up.
_LAST_ID = 2**63 - 1


@dataclass
class _Visit:
    """One request of somebody who is signed in."""

    session: Session
    notes: list[tuple[str, str]] = field(default_factory=list)
    records: list[Entry] = field(default_factory=list)
    intent: Entry | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else has saved what is being edited: for console/clash.html, above the form with what was typed.

    told  who has saved what; rows: what differs, as it was saved, as it was typed
    """

    told: str
    rows: Sequence[tuple[str, str, str]]


class Pages:
    """The pages of a capability, under `prefix`. Templates and static files lie beside the module.

    import_name  __name__ of the module or package
    """

    def __init__(self, name: str, import_name: str, prefix: str) -> None:
        here = Path(cast("str", __import__(import_name, fromlist=["x"]).__file__)).parent
        static = "static" if (here / "static").is_dir() else None
        self.blueprint = Blueprint(
            name, import_name, url_prefix=prefix, template_folder="templates", static_folder=static,
            static_url_path="/static" if static else None,
        )  # fmt: skip
        self.blueprint.after_request(_finish)
        self.blueprint.register_error_handler(HTTPException, errors.respond)
        self.blueprint.register_error_handler(BotError, errors.respond_to_ours)

    def get(self, path: str, permission: Permission) -> Callable[[View], View]:
        """Register a view that shows something."""
        return self._route(path, "GET", permission, MAX_BYTES, audited=False)

    def post(
        self, path: str, permission: Permission, *, max_bytes: int = MAX_BYTES, audited: bool = True, once: str = ""
    ) -> Callable[[View], View]:
        """Register a view that changes something.

        once       where a form that makes something leads that was sent a second time, and has been done already:
                   to the page that the first one led to, or here where it led to none
        max_bytes  of the whole request, files included
        audited    False for what changes nothing that counts: a draft that saves itself, a count, a preview
        """
        return self._route(path, "POST", permission, max_bytes, audited=audited, once=once)

    def _route(
        self, path: str, method: str, permission: Permission, max_bytes: int, *, audited: bool, once: str = ""
    ) -> Callable[[View], View]:
        def register(view: View) -> View:
            guarded = _guard(view, permission, max_bytes, audited=audited, once=once)
            self.blueprint.add_url_rule(path, view.__name__, guarded, methods=[method])
            return view

        return register


def current() -> Staff:
    """Who is signed in."""
    return cast("Staff", g.visit.session.staff)


def flash(text: str, tone: str = "good") -> None:
    """Begin the next page with a sentence. tone: good, bad, note."""
    g.visit.notes.append((text, tone))


def record(
    action: str, kind: str = "", object_id: object = "", *, before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None, reason: str = "",
) -> None:  # fmt: skip
    """Put what this request does on record: it is held with the deed itself, or neither is."""
    g.visit.records.append(_entry(action, kind, str(object_id), before, after, reason))


def intend(action: str, kind: str = "", object_id: object = "", *, reason: str = "") -> None:
    """Put on record what this request is about to ask of a platform, which no transaction of ours can take back.

    From here on each transaction stands by itself. What came of it is told by `record` as ever; where it is not, it
    is written down as failed.
    """
    visit, trail = cast("_Visit", g.visit), console().trail
    visit.intent = _entry(action, kind, str(object_id), None, None, reason)
    trail.write(replace(visit.intent, action=f"{action}{BEGUN}"))
    trail.apart()


def page(template: str, **context: Any) -> str:
    """A whole page. Needs the names that the template asks for; the layout brings its own."""
    return render_template(template, **context)


def is_fragment() -> bool:
    """Whether a part of a page is asked for."""
    return request.headers.get("HX-Request") == "true"


def fragment(template: str, **context: Any) -> str:
    """A part of a page, without its layout; with it, where somebody opens the address of the part by itself."""
    html = piece(template, **context)
    if request.method == "POST" or is_fragment():
        return html
    return render_template("console/part.html", part=Markup(html))  # a template of ours made it


def piece(template: str, **context: Any) -> str:
    """A part of a page as it is, for a stream: a browser asks for those without saying that it wants a part."""
    return render_template(template, **context)


def to_sign_in() -> BaseResponse:
    """Off to the sign-in, and back to this page afterwards. A part of a page cannot be exchanged for that one."""
    here = _page_around() if is_fragment() else request.full_path.rstrip("?")
    target = url_for("signing.sign_in_form") + "?next=" + quote(here, safe="")
    if is_fragment():
        return Response("登录已过期，请重新登录。", 401, {"HX-Redirect": target})
    return redirect(target, 303)


def _page_around() -> str:
    """The page that asks for a part of itself, as the browser tells it; "" where that is no address."""
    try:
        return urlsplit(request.headers.get("HX-Current-URL", "")).path
    except ValueError:
        return ""


def _guard(
    view: Callable[..., Any], permission: Permission, max_bytes: int, *, audited: bool, once: str
) -> Callable[..., Any]:
    @wraps(view)
    def serve(**args: Any) -> Any:
        request.max_content_length = max_bytes
        if request.method == "POST" and not is_ours(request):
            raise Forbidden("这次提交不是从本网站发出的，没有受理。")
        shell = console()
        session = shell.sessions.find(word(request), shell.clock(), is_by_itself=_is_by_itself())
        if session is None or session.is_over or not session.is_proven:
            _park(session)
            return to_sign_in()
        if step := _missing(session):
            return redirect(url_for(step), 303)
        g.visit = _Visit(session)
        if request.method == "POST" and not same(request.form.get(CSRF_FIELD, ""), session.csrf):
            if is_fragment():  # the page is of a sign-in before this one; its form is parked when it is sent
                return to_sign_in()
            _park(session)
            return redirect(url_for("signing.parked"), 303)
        if not session.staff.may(permission):
            raise Forbidden("您的角色不能做这件事。需要的话请找管理员调整角色。")
        check_given(args)
        digest = sending.digest(session.staff.id) if once else ""
        if digest and (made := sending.found(digest)) is not None:
            return _again(made, once)
        try:
            with shell.trail.as_one() if audited else nullcontext():
                response = _done(view, args, audited=audited)
                if digest:
                    sending.keep(digest, response)
        except sending.TwiceError:
            return _again(sending.found(digest) or "", once)
        return response

    serve.permission = permission  # type: ignore[attr-defined]
    return serve


def _done(view: Callable[..., Any], args: Mapping[str, Any], *, audited: bool) -> Response:
    """Do what was asked, and put it on record."""
    try:
        response = make_response(view(**args))
    except Exception as e:
        _fail(str(getattr(e, "description", e)))
        raise
    _keep(response, args, audited=audited)
    return response


def _again(made: str, else_to: str) -> Response:
    """To what the same form has made already, else to the page where that is found."""
    visit = cast("_Visit", g.visit)
    visit.notes, visit.records, visit.intent = [], [], None
    rest = "这就是办好的。" if made else "没看到的结果（比如初始密码），请在这里打开重设。"
    flash(f"这份表单刚才已经提交过，没有重复办理；{rest}", "note")
    response = make_response(redirect(made or else_to, 303))
    _keep(response, {}, audited=False)
    return response


def recognise() -> None:
    """Know who calls, where nothing is done for them: an address that no view has is told in the look of the site."""
    shell = console()
    try:
        session = shell.sessions.find(word(request), shell.clock(), is_by_itself=True)
    except BotError:  # then it is told to a stranger
        return
    if session and session.is_proven and not session.is_over and _missing(session) is None:
        g.visit = _Visit(session)


def _is_by_itself() -> bool:
    """Whether a part of a page renews itself: what people do sends a form or opens a page."""
    return request.method == "GET" and (is_fragment() or "text/event-stream" in request.headers.get("Accept", ""))


def check_given(args: Mapping[str, Any]) -> None:
    """Refuse what no database takes, wherever it stands. Raises NotFound, UnprocessableEntity."""
    if any(value > _LAST_ID if isinstance(value, int) else "\0" in str(value) for value in args.values()):
        raise NotFound()
    given: list[str | None] = []  # a part of a form may be without a name
    for held in (request.args, request.form):
        given += [text for name, values in held.lists() for text in (name, *values)]
    if any("\0" in text for text in given if text):
        raise UnprocessableEntity("填写的内容里有看不见的空字符，不能保存。请删去粘贴来的内容，重新输入。")


def _missing(session: Session) -> str | None:
    """The page that must come first."""
    if session.must_change:
        return "signing.password_form"
    if not session.has_factor and console().factor_is_needed:
        return "signing.factor_form"
    return None


def _park(session: Session | None) -> None:
    """Keep what was typed, for the one whose session it was."""
    if session is None or request.method != "POST" or not session.is_proven or is_fragment():
        return
    fields = [(k, v) for k, v in request.form.items(multi=True) if k != CSRF_FIELD]
    shell = console()
    shell.sessions.park(session.staff.id, request.full_path.rstrip("?"), fields, shell.clock())


def _fail(why: str) -> None:
    """Write down that nothing came of what a platform was to be asked."""
    visit = cast("_Visit", g.visit)
    if visit.intent and not visit.records:
        failed = replace(visit.intent, action=f"{visit.intent.action}{FAILED}", reason=why[:_WHY_CHARS])
        with suppress(StoreError):  # that it was begun is on record, and what went wrong is told all the same
            console().trail.write(failed)


def _keep(response: Response, args: Mapping[str, Any], *, audited: bool) -> None:
    """Write down what was done, and what the next page begins with."""
    visit, shell = cast("_Visit", g.visit), console()
    done = response.status_code < 400
    if done and audited and request.method == "POST" and not visit.records:
        ids = " ".join(f"{k}={v}" for k, v in args.items())
        visit.records.append(_entry(str(request.endpoint), "", ids, None, None, ""))
    elif not done:
        _fail(str(response.status_code))
    for entry in visit.records:
        shell.trail.write(entry)
    if visit.notes or (visit.session.notes and _is_whole_page(response)):
        # A redirect carries on what it was given; a page has shown it.
        shown = [] if _is_whole_page(response) else [*visit.session.notes, *visit.notes]
        shell.sessions.note(visit.session.id, shown)


def _is_whole_page(response: Response) -> bool:
    return response.status_code < 300 and response.mimetype == "text/html" and not is_fragment()


def _entry(
    action: str,
    kind: str,
    object_id: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    reason: str,
) -> Entry:
    return Entry(
        staff=current().name, action=action, kind=kind, object_id=object_id, before=before, after=after, reason=reason,
        address=client_ip(request), at=console().clock(),
    )  # fmt: skip


def _finish(response: Response) -> Response:
    if str(request.endpoint).endswith(".static") and "v" in request.args:
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    if response.status_code == 422 and response.mimetype == "text/html":  # who hears a page hears its title first
        html = response.get_data(as_text=True)
        if f"<title>{_WRONG}" not in html:
            response.set_data(html.replace("<title>", f"<title>{_WRONG}：", 1))
    return cast("Response", protect_staff(response))
