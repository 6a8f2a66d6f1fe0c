"""Reading the JSON that the phone page and the control API are sent."""

from collections.abc import Mapping
from typing import Any

from flask import request


class BadInput(ValueError):
    """A request that cannot be understood; the text says why."""


def read_json() -> dict[str, Any]:
    """The request's JSON object, {} for an empty body. Raises BadInput.

    The Content-Type is demanded: another site's form cannot set it, so it cannot press these buttons.
    """
    if request.mimetype != "application/json":
        raise BadInput("Content-Type must be application/json")
    if not request.get_data():
        return {}
    value = request.get_json(silent=True)
    if not isinstance(value, dict):
        raise BadInput("body must be a JSON object")
    return value


def checked(given: Mapping[str, Any], types: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """`given`, when every name is in `types` and every value of the type there. Raises BadInput."""
    for name, value in given.items():
        if name not in types:
            raise BadInput(f"unknown field {name}")
        allowed = types[name]
        numeric = bool not in (allowed if isinstance(allowed, tuple) else (allowed,))
        if not isinstance(value, allowed) or (numeric and isinstance(value, bool)):
            raise BadInput(f"{name} has the wrong type")
    return dict(given)
