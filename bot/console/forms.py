"""Forms: WTForms with Chinese messages and texts without blanks around them."""

from __future__ import annotations

from typing import Any

import wtforms
from werkzeug.datastructures import MultiDict

_SENTENCES = {
    "This field is required.": "这一项要填。",
    "Not a valid choice.": "请从列出的选项里选。",
    "Not a valid choice": "请从列出的选项里选。",
    "'%(value)s' is not a valid choice for this field.": "请从列出的选项里选。",
    "Not a valid integer value.": "请填整数。",
    "Not a valid decimal value.": "请填数字。",
    "Not a valid date value.": "请按 2026-06-16 这样填日期。",
    "Not a valid datetime value.": "请按 2026-06-16 08:00 这样填时间。",
    "Not a valid time value.": "请按 08:30 这样填时间。",
    "Invalid input.": "这一项填得不对。",
}


class _Chinese:
    def gettext(self, string: str) -> str:
        return _SENTENCES.get(string, _SENTENCES["Invalid input."])

    def ngettext(self, singular: str, _plural: str, _n: int) -> str:
        return self.gettext(singular)


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class Form(wtforms.Form):
    """Base of all forms of the staff site."""

    class Meta:
        """How WTForms treats them."""

        def get_translations(self, _form: object) -> _Chinese:
            """The messages of WTForms itself."""
            return _Chinese()

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """A text loses the blanks around it, unless the field has filters of its own."""
            if issubclass(unbound_field.field_class, wtforms.FieldList | wtforms.FormField):
                return unbound_field.bind(form=form, **options)  # those within have filters of their own
            options.setdefault("filters", unbound_field.kwargs.get("filters", [_stripped]))
            unbound_field.kwargs.pop("filters", None)
            return unbound_field.bind(form=form, **options)

    def __init__(self, given: MultiDict[str, str] | None = None, **values: Any) -> None:
        super().__init__(given, **values)

    def text(self, name: str) -> str:
        """What stands in a field, empty for nothing."""
        return str(self[name].data or "")


def required(message: str) -> wtforms.validators.DataRequired:
    """Refuse an empty field with this sentence."""
    return wtforms.validators.DataRequired(message)


def at_most(length: int) -> wtforms.validators.Length:
    """Refuse what is longer, in characters."""
    return wtforms.validators.Length(max=length, message=f"最多{length}个字。")
