"""Forms of the pages of settings."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, StringField, TextAreaField

from bot.console.forms import Form, at_most, required
from bot.office import Item, Kind, Line, shown

_TALL = {Kind.TEXT: 6, Kind.LINES: 8, Kind.PLACES: 12, Kind.HOTLINES: 8}


class LineForm(Form):
    """A value in one line."""

    value = StringField("")
    why = StringField("为什么改", [required("请写为什么改，会留在记录里。"), at_most(200)])
    version = HiddenField()


class TextForm(LineForm):
    """A value of several lines."""

    value = TextAreaField("")


class WhyForm(Form):
    """Why the default, or an earlier value, is to hold again."""

    reason = StringField("原因", [required("请写原因，会留在记录里。"), at_most(200)])


class OffForm(Form):
    """Why a function is switched off."""

    reason = StringField("告诉公众的原因", [required("请写关闭的原因，会告诉公众。"), at_most(100)])
    why = StringField("内部备注", [at_most(200)])


def rows(item: Item) -> int:
    """How tall the field of an item is; 0 for one line."""
    return _TALL.get(item.kind, 0)


def form_of(line: Line, given: MultiDict[str, str] | None = None) -> LineForm:
    """The form of an item, with what holds or with what was typed."""
    kind = TextForm if rows(line.item) else LineForm
    held: dict[str, Any] = {"value": shown(line.item, line.value), "version": str(line.version)}
    form = kind(given, **held)
    form.value.label.text = line.item.title
    return form
