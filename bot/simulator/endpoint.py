"""What one server API is, and what it is handed: the words that all api_ modules share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .config import EVERYONE, Profile
from .errcodes import Refused

if TYPE_CHECKING:
    from .simulator import Simulator

#: A \uXXXX escape, not one whose backslash is itself escaped.
_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u(?=[0-9a-fA-F]{4})")


@dataclass(frozen=True, slots=True)
class Upload:
    """The file of a multipart request (form field `media`). description: the field beside it, JSON, of a video."""

    filename: str
    content: bytes
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to the API, after it has been let in.

    body   the JSON object of a POST, {} for a GET or an upload
    """

    path: str
    query: Mapping[str, str]
    raw: bytes = b""
    body: dict[str, Any] = field(default_factory=dict)
    upload: Upload | None = None
    remote_addr: str = ""

    def text(self, name: str, missing: int = 40035) -> str:
        """A non-empty string from the body. Raises Refused(missing) for anything else."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise Refused(missing)
        return value

    def mapping(self, name: str, missing: int = 40035) -> dict[str, Any]:
        """An object from the body. Raises Refused(missing) for anything else."""
        return as_mapping(self.body.get(name), missing)


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """An answer that is a file rather than JSON."""

    content: bytes
    mime: str
    filename: str


Answer = dict[str, Any] | FileAnswer
Handler = Callable[["Simulator", Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One path of the API.

    handler   called while the simulator's lock is held, unless `unlocked`
    token     whether an access_token is demanded
    allowed   kinds of account that may call; others get 48001
    upload    whether the body is multipart instead of JSON
    """

    method: str
    handler: Handler
    token: bool = True
    allowed: frozenset[Profile] = EVERYONE
    upload: bool = False
    unlocked: bool = False


def parse_object(raw: bytes) -> dict[str, Any]:
    r"""The JSON object of a POST. Raises Refused: 44002 empty, 47001 broken or no object.

    WeChat does not undo \uXXXX: people read the escape itself, and so does who reads the result here.
    """
    if not raw:
        raise Refused(44002)
    try:
        literal = _ESCAPE.sub(rb"\1\\\\u", raw) if b"\\u" in raw else raw
        value = json.loads(literal.decode())
    except (ValueError, RecursionError) as e:
        raise Refused(47001) from e
    if not isinstance(value, dict):
        raise Refused(47001)
    return value


def has_escapes(raw: bytes) -> bool:
    r"""Whether a body holds \uXXXX escapes, which menu/create refuses."""
    return _ESCAPE.search(raw) is not None


def as_mapping(value: object, errcode: int) -> dict[str, Any]:
    """`value` if it is an object. Raises Refused(errcode) for anything else."""
    if not isinstance(value, dict):
        raise Refused(errcode)
    return value


def as_list(value: object, errcode: int) -> list[Any]:
    """`value` if it is a list with something in it. Raises Refused(errcode) for anything else."""
    if not isinstance(value, list) or not value:
        raise Refused(errcode)
    return value
