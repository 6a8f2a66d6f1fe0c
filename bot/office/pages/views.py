"""Settings by group, one of them with its preview and history, the red switches, what only the installer sets."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console import Pages, current, flash, fragment, page, record
from bot.console.keyset import cut
from bot.errors import OfficeError
from bot.office import GROUP_NAMES, ITEMS, Change, Group, Line, shown
from bot.office.pages.fixed import fixed
from bot.office.pages.forms import OffForm, WhyForm, form_of, rows
from bot.office.pages.part import Part
from bot.office.showing import meant, told
from bot.staff import Permission
from bot.switches import NAMES, WHILE_OFF, Function

_READ, _WRITE = Permission.READ_SETTINGS, Permission.WRITE_SETTINGS
_PREFIX = "/staff/settings"
_SWITCHES = f"{_PREFIX}/switches"
_PAGE = 50
#: Numbers that no row has: PostgreSQL refuses to look them up.
_LAST_ID = 2**63 - 1


def create_pages(part: Part) -> Pages:
    """The pages."""
    pages = Pages("settings", __name__, _PREFIX)
    _Items(pages, part)
    _Switches(pages, part)
    _Looks(pages, part)
    return pages


class _Items:
    """One item: edit, try, save, put back."""

    def __init__(self, pages: Pages, part: Part) -> None:
        self._part = part
        pages.get("/", _READ)(self.front)
        pages.get("/values/", _READ)(self.groups)
        pages.get("/values/group/<name>", _READ)(self.group)
        pages.get("/values/item/<key>", _READ)(self.item)
        pages.post("/values/item/<key>", _WRITE)(self.save)
        pages.post("/values/item/<key>/preview", _WRITE, audited=False)(self.preview)
        pages.post("/values/item/<key>/reset", _WRITE)(self.reset)
        pages.post("/values/item/<key>/restore/<int:version>", _WRITE)(self.restore)

    def front(self) -> Response:
        """Where the settings begin."""
        return redirect(f"{_PREFIX}/values/", 303)

    def groups(self) -> str:
        """Where to find what."""
        lines = self._part.desk.lines()
        groups = [(g, GROUP_NAMES[g], _count(lines, g), _titles(lines, g)) for g in Group if g is not Group.SWITCHES]
        off = [line for line in lines if line.item.group is Group.SWITCHES and line.is_changed]
        return page("office/groups.html", groups=groups, off=off)

    def group(self, name: str) -> Any:
        """All items of a group."""
        if name not in set(Group):
            raise NotFound
        if name == Group.SWITCHES:
            return redirect(_SWITCHES, 303)
        lines = [line for line in self._part.desk.lines() if line.item.group == name]
        return page("office/group.html", title=GROUP_NAMES[Group(name)], lines=lines, shown=shown)

    def item(self, key: str) -> str:
        """One item, to be changed by those who may."""
        return self._page(self._line(key))

    def save(self, key: str) -> Any:
        """Let what was typed hold; or only show it where that is asked for."""
        line = self._line(key)
        form = form_of(line, request.form)
        if request.form.get("do") == "preview":
            return self._page(line, form, form.text("value"))
        if not form.validate():
            return self._page(line, form), 422
        try:
            given = form.text("version")
            version = int(given) if given.isdecimal() and len(given) < 10 else line.version
            after = self._part.desk.set(
                key, form.text("value"), current().name, form.text("why"), self._part.clock(), version
            )
        except OfficeError as e:
            form.value.errors = [str(e)]
            return self._page(line, form), 422
        _record("setting.set", line, after, form.text("why"))
        flash(f"“{line.item.title}”已改好，5 秒内处处生效。")
        return redirect(f"{_PREFIX}/values/item/{key}", 303)

    def preview(self, key: str) -> Any:
        """What it would look like, as a part of the page."""
        line = self._line(key)
        return fragment("office/preview.html", **self._tried(line, request.form.get("value", "")))

    def reset(self, key: str) -> Any:
        """Let the default hold again."""
        line, why = self._line(key), self._why()
        after = self._part.desk.reset(key, current().name, why, self._part.clock())
        _record("setting.reset", line, after, why)
        flash(f"“{line.item.title}”已恢复默认，5 秒内处处生效。")
        return redirect(f"{_PREFIX}/values/item/{key}", 303)

    def restore(self, key: str, version: int) -> Any:
        """Let an earlier value hold again."""
        line, why = self._line(key), self._why()
        after = self._part.desk.restore(key, version, current().name, why, self._part.clock())
        _record("setting.restore", line, after, why)
        flash(f"“{line.item.title}”已恢复成第 {version} 版，5 秒内处处生效。")
        return redirect(f"{_PREFIX}/values/item/{key}", 303)

    def _why(self) -> str:
        form = WhyForm(request.form)
        if not form.validate():
            raise OfficeError(str(form.reason.errors[0]))
        return form.text("reason")

    def _line(self, key: str) -> Line:
        if key not in ITEMS or ITEMS[key].group is Group.SWITCHES:
            raise NotFound
        return self._part.desk.line(key)

    def _page(self, line: Line, form: Any = None, given: str | None = None) -> str:
        return page(
            "office/item.html", line=line, form=form or form_of(line), rows=rows(line.item), shown=shown,
            history=self._part.desk.history(line.item.key), group=line.item.group,
            group_name=GROUP_NAMES[line.item.group], may_write=current().may(_WRITE),
            **self._tried(line, shown(line.item, line.value) if given is None else given),
        )  # fmt: skip

    def _tried(self, line: Line, given: str) -> dict[str, Any]:
        """What the preview needs."""
        try:
            value, office = self._part.desk.tried(line.item.key, given)
        except OfficeError as e:
            return {"problem": str(e), "bubbles": [], "meaning": ""}
        bubbles = told(office, line.item, value, self._part.shipped)
        return {"problem": "", "bubbles": bubbles, "meaning": meant(office, line.item)}


class _Switches:
    """The red switches."""

    def __init__(self, pages: Pages, part: Part) -> None:
        self._part = part
        pages.get("/switches", _READ)(self.switches)
        pages.post("/switches/<name>/off", _WRITE)(self.off)
        pages.post("/switches/<name>/on", _WRITE)(self.on)

    def switches(self) -> str:
        """All of them."""
        return self._page()

    def off(self, name: str) -> Any:
        """Switch one off."""
        function, form = _function(name), OffForm(request.form)
        if not form.validate():
            return self._page(function, form), 422
        before = self._part.desk.line(f"switch.{function}")
        try:
            after = self._part.desk.switch_off(
                function, form.text("reason"), current().name, form.text("why"), self._part.clock()
            )
        except OfficeError as e:
            form.reason.errors = [str(e)]
            return self._page(function, form), 422
        _record("switch.off", before, after, form.text("why") or form.text("reason"))
        flash(f"“{NAMES[function]}”已关闭，5 秒内处处生效。险情照常回答。", "note")
        return redirect(_SWITCHES, 303)

    def on(self, name: str) -> Any:
        """Switch one on again."""
        function = _function(name)
        before = self._part.desk.line(f"switch.{function}")
        after = self._part.desk.switch_on(function, current().name, "", self._part.clock())
        _record("switch.on", before, after, "重新打开")
        flash(f"“{NAMES[function]}”已打开，5 秒内处处生效。")
        return redirect(_SWITCHES, 303)

    def _page(self, function: Function | None = None, form: OffForm | None = None) -> str:
        held = {line.item.name: line for line in self._part.desk.lines() if line.item.group is Group.SWITCHES}
        cards = [(f, NAMES[f], WHILE_OFF[f], held[f], _off_form(f, form if f is function else None)) for f in Function]
        return page("office/switches.html", cards=cards, may_write=current().may(_WRITE))


class _Looks:
    """What can only be looked at."""

    def __init__(self, pages: Pages, part: Part) -> None:
        self._part = part
        pages.get("/values/history", _READ)(self.history)
        pages.get("/values/fixed", _READ)(self.fixed)

    def history(self) -> str:
        """All changes, newest first."""
        after = request.args.get("after", "")
        before = min(int(after), _LAST_ID) if after.isascii() and after.isdecimal() and len(after) < 20 else 0
        part = cut(self._part.desk.latest(_PAGE + 1, before), _PAGE, lambda change: change.id)
        changes = [(change, *_named(change)) for change in part.items]
        next_url = f"{_PREFIX}/values/history?after={part.next_key}" if part.next_key else None
        return page("office/history.html", changes=changes, next_url=next_url)

    def fixed(self) -> str:
        """What the installer has set."""
        return page("office/fixed.html", tables=fixed(self._part.settings))


def _function(name: str) -> Function:
    if name not in set(Function):
        raise NotFound
    return Function(name)


def _off_form(function: Function, given: OffForm | None) -> OffForm:
    """The form of one switch: many stand on one page, and each field has an id of its own."""
    form = given or OffForm()
    for field in form:
        field.id = f"{function}-{field.name}"
        field.label.field_id = field.id
    return form


def _count(lines: list[Line], group: Group) -> int:
    return sum(line.item.group is group and line.is_changed for line in lines)


def _titles(lines: list[Line], group: Group) -> str:
    titles = [line.item.title for line in lines if line.item.group is group]
    return "、".join(titles[:4]) + ("……" if len(titles) > 4 else "")


def _named(change: Change) -> tuple[str, str]:
    """What was changed, and to what, in words."""
    item = ITEMS.get(change.key)
    if item is None:
        return change.key, str(change.value)
    if item.group is Group.SWITCHES:
        return f"开关：{item.title}", f"关闭：{change.value}" if change.value else "打开"
    return item.title, "默认" if change.value is None else shown(item, change.value)


def _record(action: str, before: Line, after: Line, why: str) -> None:
    key = before.item.key
    record(action, "setting", key, before={"value": before.value}, after={"value": after.value}, reason=why)
