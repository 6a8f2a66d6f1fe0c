"""Signing in: the first account, two factors, a password of one's own, and the form that came too late."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import segno
from flask import g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField, StringField

from bot.console.cookies import CSRF_FIELD, FORM, SESSION, give, is_ours, same, take_away, word
from bot.console.desk import console
from bot.console.forms import Form, required
from bot.console.pages import Pages, check_given, current, flash, page
from bot.errors import StaffError
from bot.peers import client_ip
from bot.staff import Entry, Permission, Staff
from bot.staff import second_factor as factor
from bot.staff.sessions import Session

HOME = "/staff/"
View = TypeVar("View", bound=Callable[..., Any])
pages = Pages("signing", __name__, "/staff")


class SignInForm(Form):
    """Name and password."""

    name = StringField("登录名", [required("请填写登录名。")])
    password = PasswordField("密码", [required("请填写密码。")], filters=[])


class SetUpForm(Form):
    """The first administrator."""

    code = StringField("启动码", [required("请填写启动码。")])
    name = StringField("登录名", [required("请填写登录名。")])
    display = StringField("姓名", [required("请填写姓名。")])
    password = PasswordField("密码", [required("请填写密码。")], filters=[])
    again = PasswordField("再输一遍密码", [required("请再输一遍密码。")], filters=[])


class CodeForm(Form):
    """A code of six digits, or a recovery code."""

    code = StringField("验证码", [required("请填写验证码。")])


class PasswordForm(Form):
    """A password of one's own."""

    old = PasswordField("现在的密码", [required("请填写现在的密码。")], filters=[])
    new = PasswordField("新密码", [required("请填写新密码。")], filters=[])
    again = PasswordField("再输一遍新密码", [required("请再输一遍新密码。")], filters=[])


def _open(path: str, method: str) -> Callable[[View], View]:
    """A route for those who are not signed in yet; the form shows by a cookie that it is ours."""

    def register(view: View) -> View:
        def serve() -> Any:
            request.max_content_length = 1 << 16
            if method == "POST" and not (is_ours(request) and same(request.form.get(CSRF_FIELD, ""), _form_cookie())):
                raise Forbidden("表单已经过期，请返回刷新页面再试。")
            check_given({})
            response = make_response(view())
            if method == "GET":
                give(response, FORM, _form_token(), secure=_secure())
            return response

        serve.permission = None  # type: ignore[attr-defined]
        pages.blueprint.add_url_rule(path, view.__name__, serve, methods=[method])
        return view

    return register


def _half(path: str, method: str) -> Callable[[View], View]:
    """A route for those who have shown their password and are not in yet, and for those who are in."""

    def register(view: View) -> View:
        def serve() -> Any:
            request.max_content_length = 1 << 16
            shell = console()
            session = shell.sessions.find(word(request), shell.clock())
            if session is None or session.is_over:
                return redirect(url_for("signing.sign_in_form"), 303)
            if method == "POST" and not (is_ours(request) and same(request.form.get(CSRF_FIELD, ""), session.csrf)):
                raise Forbidden("表单已经过期，请返回刷新页面再试。")
            check_given({})
            g.session = session
            return view(session)

        serve.permission = None  # type: ignore[attr-defined]
        pages.blueprint.add_url_rule(path, view.__name__, serve, methods=[method])
        return view

    return register


@_open("/setup", "GET")
def set_up_form() -> Any:
    if console().accounts.setup_code() is None:
        return redirect(url_for("signing.sign_in_form"), 303)
    return _shown("console/setup.html", SetUpForm())


@_open("/setup", "POST")
def set_up() -> Any:
    shell, form = console(), SetUpForm(request.form)
    if not form.validate():
        return _shown("console/setup.html", form), 422
    if form.text("password") != form.text("again"):
        return _refused("console/setup.html", form, "两次输入的密码不一样。")
    shown, name, display, password = (form.text(field) for field in ("code", "name", "display", "password"))
    try:
        with shell.trail.as_one():
            made = shell.accounts.set_up(shown, name, display, password, shell.clock())
            _on_record(made.name, "staff.set_up", {"roles": sorted(made.roles)})
            return _begin(made.id, is_proven=True, to=HOME)
    except StaffError as e:
        return _refused("console/setup.html", form, str(e))


@_open("/sign-in", "GET")
def sign_in_form() -> Any:
    if console().accounts.setup_code() is not None:
        return redirect(url_for("signing.set_up_form"), 303)
    return _shown("console/sign_in.html", SignInForm())


@_open("/sign-in", "POST")
def sign_in() -> Any:
    shell, form = console(), SignInForm(request.form)
    if not form.validate():
        return _shown("console/sign_in.html", form), 422
    try:
        account = shell.accounts.first_factor(
            form.text("name"), form.text("password"), client_ip(request), shell.clock()
        )
    except StaffError as e:
        _on_record(shell.accounts.named(form.text("name")), "staff.sign_in_refused", None)
        return _refused("console/sign_in.html", form, str(e))
    if account.has_factor:
        target = url_for("signing.code_form", next=_next())
        return _begin(account.staff.id, is_proven=False, to=target)
    return _come_in(account.staff)


@_half("/code", "GET")
def code_form(session: Session) -> Any:
    return _shown("console/code.html", CodeForm(), session)


@_half("/code", "POST")
def code(session: Session) -> Any:
    shell, form = console(), CodeForm(request.form)
    if not form.validate():
        return _shown("console/code.html", form, session), 422
    try:
        shell.accounts.second_factor(session.staff.id, form.text("code"), client_ip(request), shell.clock())
    except StaffError as e:
        _on_record(session.staff.name, "staff.code_refused", None)
        return _refused("console/code.html", form, str(e), session)
    return _come_in(session.staff, session)


@_half("/factor", "GET")
def factor_form(session: Session) -> Any:
    _proven(session)
    if session.has_factor:
        return redirect(HOME, 303)
    return _enrolment(session, factor.new_secret(), CodeForm())


@_half("/factor", "POST")
def enrol(session: Session) -> Any:
    _proven(session)
    if session.has_factor:
        return redirect(HOME, 303)
    form, secret = CodeForm(request.form), request.form.get("secret", "")
    if not factor.is_secret(secret):  # tampered with: there is no QR to show again
        secret = factor.new_secret()
    if not form.validate():
        return _enrolment(session, secret, form), 422
    shell = console()
    try:
        with shell.trail.as_one():
            codes = shell.accounts.enrol(session.staff.id, secret, form.text("code"), shell.clock())
            _on_record(session.staff.name, "staff.enrol", None)
            given = _begun_anew(session, ())  # whoever came in by the password alone is out
    except StaffError as e:
        form.form_errors.append(str(e))
        return _enrolment(session, secret, form), 422
    return _with_session(make_response(_shown("console/recovery.html", form, session, codes=codes)), given)


@_half("/password", "GET")
def password_form(session: Session) -> Any:
    _proven(session)
    return _shown("console/password.html", PasswordForm(), session)


@_half("/password", "POST")
def password(session: Session) -> Any:
    _proven(session)
    shell, form = console(), PasswordForm(request.form)
    if not form.validate():
        return _shown("console/password.html", form, session), 422
    if form.text("new") != form.text("again"):
        return _refused("console/password.html", form, "两次输入的新密码不一样。", session)
    mine, old, new = session.staff.id, form.text("old"), form.text("new")
    try:
        held = shell.accounts.old_password(mine, old, client_ip(request), shell.clock())
        digest = shell.accounts.new_password(session.staff.name, old, new)
        with shell.trail.as_one():
            shell.accounts.exchange(mine, held, digest)
            _on_record(session.staff.name, "staff.password", None)
            given = _begun_anew(session, [("密码已经改好，别处的登录都已退出。", "good")])
    except StaffError as e:
        _on_record(session.staff.name, "staff.password_refused", None)
        return _refused("console/password.html", form, str(e), session)
    return _with_session(redirect(HOME, 303), given)


@pages.post("/sign-out", Permission.SIGNED_IN)
def sign_out() -> BaseResponse:
    shell = console()
    shell.sessions.end(g.visit.session.id)
    response = redirect(url_for("signing.sign_in_form"), 303)
    take_away(response, SESSION)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@pages.get("/parked", Permission.SIGNED_IN)
def parked() -> Any:
    held = console().sessions.parked(current().id, console().clock())
    return page("console/parked.html", parked=held) if held else redirect(HOME, 303)


@pages.post("/parked/drop", Permission.SIGNED_IN, audited=False)
def drop_parked() -> BaseResponse:
    console().sessions.drop_parked(current().id)
    flash("刚才没有提交的内容已经丢弃。", "note")
    return redirect(HOME, 303)


def _come_in(staff: Staff, half: Session | None = None) -> BaseResponse:
    """Let somebody in who has shown all that is asked for. half: the session until now."""
    shell = console()
    with shell.trail.as_one():
        shell.accounts.succeeded(staff.id, shell.clock())
        _on_record(staff.name, "staff.sign_in", None)
        if half:
            shell.sessions.end(half.id)
        return _begin(staff.id, is_proven=True, to=_next())


def _begin(staff_id: int, *, is_proven: bool, to: str) -> BaseResponse:
    """A session under a new word, whatever word came with the request."""
    shell = console()
    now = shell.clock()
    given = shell.sessions.begin(staff_id, is_proven=is_proven, address=client_ip(request), now=now)
    if is_proven and shell.sessions.parked(staff_id, now):
        to = url_for("signing.parked")
    return _with_session(redirect(to, 303), given)


def _begun_anew(session: Session, notes: Sequence[tuple[str, str]]) -> str:
    """A session in place of this one and of all others of the same person; returns its word."""
    shell = console()
    now, mine = shell.clock(), session.staff.id
    given = shell.sessions.begin(mine, is_proven=True, address=client_ip(request), now=now)
    begun = shell.sessions.find(given, now)
    if begun:
        shell.sessions.end_others(mine, begun.id)
        shell.sessions.note(begun.id, notes)
    return given


def _with_session(response: BaseResponse, given: str) -> BaseResponse:
    give(response, SESSION, given, secure=_secure())
    return response


def _next() -> str:
    """Where to go after the sign-in: a page of this site, or the first one."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted) if wanted.isprintable() else urlsplit("")
    inside = not parts.scheme and not parts.netloc and parts.path.startswith(HOME) and "\\" not in wanted
    return wanted if inside and not parts.path.startswith("/staff/sign-") else HOME


def _enrolment(session: Session, secret: str, form: CodeForm) -> str:
    address = factor.address(secret, session.staff.name, console().office())
    drawn = segno.make(address, error="m").svg_inline(scale=5, border=2, dark="#000", light="#fff", omitsize=True)
    return _shown("console/factor.html", form, session, secret=secret, qr=Markup(drawn))


def _shown(template: str, form: Form, session: Session | None = None, **context: Any) -> str:
    token = session.csrf if session else _form_token()
    return render_template(template, form=form, token=token, next=_next(), office_name=console().office(), **context)


def _refused(template: str, form: Form, sentence: str, session: Session | None = None) -> tuple[str, int]:
    form.form_errors.append(sentence)
    return _shown(template, form, session), 422


def _proven(session: Session) -> None:
    if not session.is_proven:
        raise Forbidden("请先输入验证码完成登录。")


def _form_cookie() -> str:
    return request.cookies.get(FORM, "")


def _form_token() -> str:
    if "form_token" not in g:
        g.form_token = _form_cookie() or secrets.token_urlsafe(24)
    return str(g.form_token)


def _secure() -> bool:
    return console().is_secure or request.is_secure


def _on_record(name: str, action: str, after: dict[str, Any] | None) -> None:
    shell = console()
    shell.trail.write(
        Entry(staff=name, action=action, kind="staff", object_id=name, after=after, address=client_ip(request),
              at=shell.clock())
    )  # fmt: skip
