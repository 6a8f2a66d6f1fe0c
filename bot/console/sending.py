"""A form that makes something, sent once: what names it, and what it has made."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from flask import Response, request

from bot.console.cookies import CSRF_FIELD
from bot.console.desk import console

#: In each form as it is shown: the same form shown again is another one.
FIELD = "form_key"


class TwiceError(Exception):
    """The same form came at the same moment, and was first: all that this one did is to be undone."""


def new_key() -> str:
    """The key of a form that is about to be shown."""
    return secrets.token_urlsafe(12)


def digest(staff_id: int) -> str:
    """Of this form and all that was typed into it, "" where it names no key.

    Who goes back and types something else into the same form sends another one.
    """
    if not request.form.get(FIELD, ""):
        return ""
    typed = sorted((k, v) for k, v in request.form.items(multi=True) if k != CSRF_FIELD)
    files = sorted((k, f.filename or "", _file(f.stream)) for k, f in request.files.items(multi=True))
    told = json.dumps([staff_id, request.path, typed, files], ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def found(name: str) -> str | None:
    """The page of what the form made, "" where it has none of its own; None where it has not been sent."""
    return console().sessions.made(name)


def keep(name: str, response: Response) -> None:
    """Remember what it has made; what was refused has made nothing. Raises TwiceError."""
    if response.status_code >= 400:
        return
    location = response.location or ""
    if not console().sessions.sent(name, location, console().clock()):
        raise TwiceError


def _file(stream: Any) -> str:
    """The digest of a file, which is read from its beginning afterwards."""
    held = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return held
