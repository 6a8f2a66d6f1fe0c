"""What the bot asked of the API, without its secrets."""

import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_RECORDS = 10_000
STRUCK_OUT = "***"
#: Of a longer list only the beginning is kept: 10 000 openids a call would fill the memory.
MAX_ITEMS = 120
_SECRET_NAMES = frozenset({"access_token", "secret", "appsecret", "token", "aes_key", "Signature", "corpsecret", "key"})
_SECRET_IN_TEXT = re.compile(r'("?(?:access_token|appsecret|secret)"?\s*[:=]\s*"?)[^"&\s,}]+')


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRecord:
    """One API call and how it ended.

    body      the JSON object, or {"text": …} for what is not JSON, or {"bytes": n} for an upload
    errcode   None when the answer was no business answer (file, fault)
    status    HTTP status sent; None when the connection was dropped
    """

    at: float
    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]
    remote_addr: str
    rid: str
    errcode: int | None
    status: int | None


class Recorder:
    """The last calls, oldest first. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: deque[ApiRecord] = deque(maxlen=MAX_RECORDS)

    def add(self, record: ApiRecord) -> None:
        """Keep one call; its query and body have been scrubbed."""
        with self._lock:
            self._records.append(record)

    def all(self, path: str = "") -> list[ApiRecord]:
        """Calls so far, of one path when given."""
        with self._lock:
            return [record for record in self._records if not path or record.path == path]

    def clear(self) -> None:
        """Forget every call."""
        with self._lock:
            self._records.clear()


def scrub(value: Any) -> Any:
    """The same JSON-like value with tokens and secrets struck out, at any depth."""
    if isinstance(value, Mapping):
        return {k: STRUCK_OUT if k in _SECRET_NAMES else scrub(v) for k, v in value.items()}
    if isinstance(value, list):
        kept = [scrub(v) for v in value[:MAX_ITEMS]]
        return [*kept, f"… {len(value) - MAX_ITEMS} more"] if len(value) > MAX_ITEMS else kept
    return value


def scrub_text(text: str) -> str:
    """Text that was not JSON, with what looks like a secret's value struck out."""
    return _SECRET_IN_TEXT.sub(rf"\1{STRUCK_OUT}", text)
