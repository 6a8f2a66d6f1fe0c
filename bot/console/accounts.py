"""The accounts of staff, for administrators; and one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, redirect, request
from werkzeug.exceptions import NotFound
from wtforms import BooleanField, StringField

from bot.console.desk import console
from bot.console.forms import Form, at_most, required
from bot.console.groups import Waiting
from bot.console.pages import Pages, current, flash, fragment, page, record
from bot.errors import StaffError
from bot.staff import Permission, Role, Staff
from bot.staff.accounts import Account
from bot.staff.binding import CHANNELS, LIFE
from bot.staff.roles import EXPLAINED, NAMES

pages = Pages("accounts", __name__, "/staff")
_LIST = "/staff/accounts"


def waiting(staff: Staff, now: datetime) -> list[Waiting]:
    """For Today: one person alone can write but let nothing go."""
    if not staff.may(Permission.MANAGE_STAFF):
        return []
    if sum(account.is_active for account in console().accounts.every()) > 1:
        return []
    return [Waiting("现在只有您一个账号。一人写、另一人批才能发布和发送，请添加同事", f"{_LIST}/new", 1)]


class AccountForm(Form):
    """Who somebody is and what they may do."""

    name = StringField("登录名", [at_most(40)])
    display = StringField("姓名", [required("请填写姓名。"), at_most(40)])
    region = StringField("辖区", [at_most(100)])
    author = BooleanField(NAMES[Role.AUTHOR], description=EXPLAINED[Role.AUTHOR])
    approver = BooleanField(NAMES[Role.APPROVER], description=EXPLAINED[Role.APPROVER])
    handler = BooleanField(NAMES[Role.HANDLER], description=EXPLAINED[Role.HANDLER])
    district = BooleanField(NAMES[Role.DISTRICT], description=EXPLAINED[Role.DISTRICT])
    auditor = BooleanField(NAMES[Role.AUDITOR], description=EXPLAINED[Role.AUDITOR])
    administrator = BooleanField(NAMES[Role.ADMINISTRATOR], description=EXPLAINED[Role.ADMINISTRATOR])

    def roles(self) -> set[Role]:
        """What is ticked."""
        return {role for role in Role if self[role.value].data}


@pages.get("/accounts", Permission.MANAGE_STAFF)
def accounts() -> str:
    return page("console/accounts.html", accounts=console().accounts.every(), names=NAMES, now=console().clock())


@pages.get("/accounts/new", Permission.MANAGE_STAFF)
def new() -> str:
    return _shown(AccountForm(), None)


@pages.post("/accounts/new", Permission.MANAGE_STAFF, once="/staff/accounts")
def make() -> Any:
    form = AccountForm(request.form)
    if not form.text("name"):
        form.name.errors = ["请填写登录名。"]
        return _shown(form, None), 422
    if not form.validate():
        return _shown(form, None), 422
    try:
        made, given = console().accounts.add(
            form.text("name"), form.text("display"), form.roles(), form.text("region"), console().clock()
        )
    except StaffError as e:
        form.form_errors.append(str(e))
        return _shown(form, None), 422
    record("staff.add", "staff", made.name, after={"roles": sorted(made.roles), "region": made.region})
    return page("console/given.html", name=made.name, display=made.display, password=given)


@pages.get("/accounts/<int:number>", Permission.MANAGE_STAFF)
def edit(number: int) -> str:
    account = _account(number)
    held = account.staff
    ticked: dict[str, Any] = {role.value: role in held.roles for role in Role}
    return _shown(AccountForm(name=held.name, display=held.display, region=held.region, **ticked), account)


@pages.post("/accounts/<int:number>", Permission.MANAGE_STAFF)
def change(number: int) -> Any:
    account, form = _account(number), AccountForm(request.form)
    if not form.validate():
        return _shown(form, account), 422
    try:
        console().accounts.change(number, form.text("display"), form.roles(), form.text("region"))
    except StaffError as e:
        form.form_errors.append(str(e))
        return _shown(form, account), 422
    record("staff.change", "staff", account.staff.name, before=_shape(account), after=_shape(_account(number)))
    return _back(f"{form.text('display')}的账号已经改好，下一次打开页面就生效。")


@pages.post("/accounts/<int:number>/close", Permission.MANAGE_STAFF)
def close(number: int) -> Any:
    account = _account(number)
    console().accounts.close(number)
    record("staff.close", "staff", account.staff.name, before={"open": account.is_active}, after={"open": False})
    return _back(f"{account.staff.display}的账号已停用，已登录的地方都已退出。")


@pages.post("/accounts/<int:number>/open", Permission.MANAGE_STAFF)
def reopen(number: int) -> Any:
    account = _account(number)
    console().accounts.open(number)
    record("staff.open", "staff", account.staff.name, before={"open": account.is_active}, after={"open": True})
    return _back(f"{account.staff.display}的账号可以登录了。")


@pages.post("/accounts/<int:number>/reset", Permission.MANAGE_STAFF)
def reset(number: int) -> Any:
    account = _account(number)
    given = console().accounts.reset(number)
    record("staff.reset", "staff", account.staff.name, after={"password": "新的初始密码", "second_factor": "重新绑定"})
    return page("console/given.html", name=account.staff.name, display=account.staff.display, password=given)


@pages.get("/me", Permission.SIGNED_IN)
def me() -> str:
    account = console().accounts.account(current().id)
    return page("console/me.html", account=account, names=NAMES, **_bound())


@pages.post("/me/bind", Permission.SIGNED_IN)
def bind() -> Any:
    held, me, now = console().bindings, current(), console().clock()
    before, code = {"code_waits": held.waits(me.id, now)}, held.code(me.id, now)
    after = {"code_waits": True, "minutes": LIFE.total_seconds() // 60}
    record("staff.code_given", "staff", me.name, before=before, after=after)
    return page("console/bind.html", code=code, minutes=int(LIFE.total_seconds() // 60), **_bound())


@pages.get("/me/bound", Permission.SIGNED_IN)
def bound() -> str:
    return fragment("console/bound.html", **_bound())


@pages.post("/me/unbind", Permission.SIGNED_IN)
def unbind() -> Any:
    channel = request.form.get("channel", "")
    if not console().bindings.unbind(current().id, channel):
        raise StaffError("没有绑定这个账号，可能已经解除了。请返回“我的账号”再看。")
    record("staff.unbind", "staff", current().name, before={"channel": channel})
    flash("已解除绑定，试发不会再发到那里。")
    return redirect("/staff/me", 303)


@pages.post("/me/elsewhere", Permission.SIGNED_IN)
def sign_out_elsewhere() -> Any:
    console().sessions.end_others(current().id, g.visit.session.id)
    record("staff.sign_out_elsewhere", "staff", current().name)
    flash("别处的登录都已退出。")
    return redirect("/staff/me", 303)


def _shown(form: AccountForm, account: Account | None) -> str:
    """The form of an account; None for a new one."""
    return page("console/account.html", form=form, account=account, roles=Role)


def _back(words: str) -> Any:
    flash(words)
    return redirect(_LIST, 303)


def _bound() -> dict[str, Any]:
    return {"bindings": console().bindings.of(current().id), "channels": CHANNELS}


def _account(number: int) -> Account:
    found = console().accounts.account(number)
    if found is None:
        raise NotFound("没有这个账号。")
    return found


def _shape(account: Account) -> dict[str, object]:
    held = account.staff
    return {"display": held.display, "roles": sorted(held.roles), "region": held.region}
