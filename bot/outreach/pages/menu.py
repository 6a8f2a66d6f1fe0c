"""The account's menu, under /staff/settings/menu: what is shown now, a new one, another person publishes, restore."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import redirect, request
from werkzeug.exceptions import Forbidden, NotFound
from wtforms import StringField

from bot.console import Group, Link, Pages, Section, Waiting, current, flash, intend, page, record
from bot.console.forms import Form, at_most, required
from bot.errors import OutreachError, SendError
from bot.outreach.day_menu import DayMenu
from bot.outreach.menu_buttons import KINDS, MOST, MOST_SUBS, Button, digest, faults, lost
from bot.outreach.menus import WORDS, Menu, MenuDesk, MenuState, Present
from bot.staff import Permission, Staff

_READ, _WRITE, _PUBLISH = Permission.READ_SETTINGS, Permission.WRITE_OUTREACH, Permission.APPROVE_OUTREACH
_URL = "/staff/settings/menu"
#: Numbers that no row has: PostgreSQL refuses to look them up.
_LAST_ID = 2**63 - 1
#: What can be chosen on the page; a button of another kind stays as it is.
_OFFERED = ("click", "view", "miniprogram", "scancode_waitmsg", "pic_photo_or_album", "location_select")
_MOST_CHARS = 1024
#: Where an editor of the day's menu begins with that of the file.
_SHIPPED = "shipped"
_WAITS = "咨询日的菜单已定下：那一天零点自动换上，第二天零点换回。"


@dataclass(frozen=True, slots=True)
class MenuPart:
    """What the pages work on."""

    desk: MenuDesk
    day: Callable[[], DayMenu]
    clock: Callable[[], datetime]


class WhyForm(Form):
    """Why a menu is as it is."""

    why = StringField("为什么改", [required("请写为什么改，发布的人要看。"), at_most(200)])


def with_menu(group: Group, part: MenuPart) -> Group:
    """The group of settings with the pages of the menu."""
    section = Section("设置", [*(group.section.links if group.section else ()), Link("公众号菜单", _URL, _READ)])
    pages = Pages("menu", __name__, _URL)
    _Menus(pages, part)

    def waiting(staff: Staff, now: datetime) -> Sequence[Waiting]:
        return [*group.waiting(staff, now), *_waiting(part.desk, staff)]

    return replace(group, pages=[*group.pages, pages], section=section, waiting=waiting)


def _waiting(desk: MenuDesk, staff: Staff) -> list[Waiting]:
    if not staff.may(_PUBLISH):
        return []
    open_ones = [m for m in desk.proposed() if m.author != staff.name]
    return [Waiting(f"{len(open_ones)} 份菜单等您看过后发布", _URL, 0, len(open_ones))] if open_ones else []


class _Menus:
    """Registers its views with the group."""

    def __init__(self, pages: Pages, part: MenuPart) -> None:
        self._desk, self._day, self._clock = part.desk, part.day, part.clock
        pages.get("", _READ)(self.menu)
        pages.get("/new", _WRITE)(self.new)
        pages.post("/new", _WRITE, once="/staff/settings/menu")(self.propose)
        pages.post("/keep", _WRITE, once="/staff/settings/menu")(self.keep)
        pages.get("/<int:number>", _READ)(self.version)
        pages.post("/<int:number>/publish", _PUBLISH)(self.publish)
        pages.post("/<int:number>/restore", _PUBLISH)(self.restore)
        pages.post("/<int:number>/discard", _WRITE)(self.discard)

    def menu(self) -> str:
        """What followers see now, and the versions we keep."""
        present, problem = self._present()
        return page(
            "outreach/menu.html", present=present, problem=problem, versions=self._desk.listed(), words=WORDS,
            of_day=self._desk.listed(of_day=True), day=self._day().read(), standing=self._day().standing(),
            kinds=KINDS, may_write=current().may(_WRITE), tone=_TONES,
        )  # fmt: skip

    def new(self) -> str:
        """The editor; it begins with what is shown now, or with a version that is named."""
        _of_the_whole_office()
        number = request.args.get("from", "")
        if number.isascii() and number.isdecimal() and len(number) < 20 and int(number) <= _LAST_ID:
            return self._editor(self._get(int(number)).buttons)
        if self._is_of_day():
            return self._editor(self._day().shipped() if number == _SHIPPED else self._day().read())
        present, problem = self._present()
        return self._editor(present.buttons if present else (), problem=problem)

    def propose(self) -> Any:
        """Write it down for another person to publish; or show it where only that is asked for."""
        _of_the_whole_office()
        begun = self._begun()
        buttons = _read(request.form, begun)
        form = WhyForm(request.form)
        wrong = faults(buttons)
        if request.form.get("do") == "preview":
            return self._editor(buttons, form, wrong)
        if wrong or not form.validate():
            return self._editor(buttons, form, wrong), 422
        of_day = self._is_of_day()
        made = self._desk.propose(buttons, current().name, form.text("why"), self._clock(), of_day=of_day)
        record("menu.propose", "menu", made.id, after={"menu": _told(made)}, reason=form.text("why"))
        flash("菜单已写好，等另一位同事看过后发布。公众现在看到的还是原来的。")
        return redirect(f"{_URL}/{made.id}", 303)

    def keep(self) -> Any:
        """Keep what is shown now as a version, and change nothing."""
        _of_the_whole_office()
        kept = self._desk.keep(current().name, self._clock())
        record("menu.keep", "menu", kept.id, after={"menu": _told(kept)})
        flash("已保存现在的菜单，什么都没有改；以后随时可以恢复。")
        return redirect(f"{_URL}/{kept.id}", 303)

    def version(self, number: int) -> str:
        """One version, on a phone."""
        held = self._get(number)
        return page(
            "outreach/menu_version.html", menu=held, words=WORDS, kinds=KINDS, tone=_TONES, lost=lost(held.buttons),
            is_mine=held.author == current().name, may_write=current().may(_WRITE), may_publish=current().may(_PUBLISH),
        )  # fmt: skip

    def publish(self, number: int) -> Any:
        """Show it to followers."""
        _of_the_whole_office()
        before = self._get(number)
        intend("menu.publish", "menu", number, reason=before.why)
        done = self._desk.publish(number, current().name, self._clock(), even_if_lost="even_if_lost" in request.form)
        record("menu.publish", "menu", number, after={"menu": _told(done)}, reason=before.why)
        flash(_WAITS if done.of_day else "菜单已发布。关注者退出公众号再进来就能看到，最迟 24 小时。")
        return redirect(_URL, 303)

    def restore(self, number: int) -> Any:
        """Show an earlier one again."""
        _of_the_whole_office()
        self._get(number)
        intend("menu.restore", "menu", number)
        done = self._desk.restore(number, current().name, self._clock(), even_if_lost="even_if_lost" in request.form)
        record("menu.restore", "menu", number, after={"menu": _told(done)})
        if done.of_day:
            flash("已提交这份咨询日的菜单，请另一位同事在“咨询日”页批准；批准以后那一天自动换上。")
            return redirect(_URL, 303)
        flash(f"已恢复第 {number} 份菜单。关注者退出公众号再进来就能看到，最迟 24 小时。")
        return redirect(_URL, 303)

    def discard(self, number: int) -> Any:
        """Leave a proposal."""
        _of_the_whole_office()
        before = self._get(number)
        self._desk.discard(number, current().name, self._clock())
        record("menu.discard", "menu", number, before={"menu": _told(before)})
        flash("这份菜单不用了，公众看到的没有变。")
        return redirect(_URL, 303)

    def _is_of_day(self) -> bool:
        """Whether the form or the page is about the menu of the consultation day."""
        number = request.values.get("from", "")
        if number.isascii() and number.isdecimal() and len(number) < 20 and int(number) <= _LAST_ID:
            return self._get(int(number)).of_day
        return request.values.get("day", "") == "1"

    def _present(self) -> tuple[Present | None, str]:
        """What is shown now; None with the reason where WeChat does not tell."""
        try:
            return self._desk.present(), ""
        except (OutreachError, SendError) as e:
            return None, str(e)

    def _get(self, number: int) -> Menu:
        if number > _LAST_ID:
            raise NotFound
        try:
            return self._desk.get(number)
        except OutreachError as e:
            raise NotFound from e

    def _begun(self) -> tuple[Button, ...]:
        """The buttons that the editor began with, by the version it names or by what is shown now."""
        number = request.form.get("from", "")
        if number.isascii() and number.isdecimal() and len(number) < 20 and int(number) <= _LAST_ID:
            return self._get(int(number)).buttons
        if self._is_of_day():
            return self._day().shipped() if number == _SHIPPED else self._day().read()
        present, _ = self._present()
        return present.buttons if present else ()

    def _editor(
        self, buttons: Sequence[Button], form: WhyForm | None = None, wrong: Sequence[str] = (), problem: str = ""
    ) -> str:
        rows = [_Row(n, *_at(buttons, n)) for n in range(MOST)]
        offered = {kind: KINDS[kind] for kind in _OFFERED}
        return page(
            "outreach/menu_editor.html", rows=rows, buttons=buttons, form=form or WhyForm(), wrong=wrong,
            problem=problem, kinds=offered, begun=request.values.get("from", ""), of_day=self._is_of_day(),
        )  # fmt: skip


def _of_the_whole_office() -> None:
    """Refuse those of a district: there is one menu for everybody."""
    if current().region or not current().may(_READ):
        raise Forbidden("公众号菜单是全单位的，辖区人员不能改。需要的话请找管理员。")


@dataclass(frozen=True, slots=True)
class _Row:
    """A column of the menu in the editor: the button at the bottom, and those above it."""

    number: int
    button: Button
    subs: Sequence[Button]


_EMPTY = Button(name="", kind="click")


def _at(buttons: Sequence[Button], n: int) -> tuple[Button, Sequence[Button]]:
    held = buttons[n] if n < len(buttons) else _EMPTY
    return held, [*held.subs, *[_EMPTY] * (MOST_SUBS - len(held.subs))][:MOST_SUBS]


def _read(given: Mapping[str, str], begun: Sequence[Button]) -> tuple[Button, ...]:
    """The menu of the form; places without a name are left out."""
    known = {(b.name, b.kind, b.value): b for top in begun for b in (top, *top.subs)}
    out = []
    for n in range(MOST):
        top = _button(given, f"b{n}", known)
        subs = tuple(b for m in range(MOST_SUBS) if (b := _button(given, f"b{n}s{m}", known)).name)
        if top.name or subs:
            out.append(replace(top, kind="", value="", more={}, subs=subs) if subs else top)
    return tuple(out)


def _button(given: Mapping[str, str], place: str, known: Mapping[tuple[str, str, str], Button]) -> Button:
    name, kind, value = (
        str(given.get(f"{place}-{part}", "")).strip()[:_MOST_CHARS] for part in ("name", "kind", "value")
    )
    held = known.get((name, kind, value))
    more = dict(held.more) if held else {}
    more |= {part: text for part in ("appid", "pagepath") if (text := str(given.get(f"{place}-{part}", "")).strip())}
    return Button(name=name, kind=kind, value=value, more=more)


def _told(menu: Menu) -> str:
    return f"{len(menu.buttons)} 个按钮，{digest(menu.buttons)[:12]}"


_TONES = {
    MenuState.PROPOSED: "wait", MenuState.PUBLISHING: "wait", MenuState.PUBLISHED: "good", MenuState.FOUND: "calm",
    MenuState.DISCARDED: "calm",
}  # fmt: skip
