"""Log lines: a fixed sentence with facts beside it; openids are shortened, phones and secrets struck out."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_STRUCK = (
    (re.compile(r"((?:secret|token|aes_key|api_key|[?&]key)=)[^&\s\"']+", re.IGNORECASE), r"\1***"),
    (re.compile(r"(://[^:/@\s]*:)[^@\s]+@"), r"\1***@"),
    (re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)"), r"\1****\2"),
    (re.compile(r"\bo[A-Za-z0-9_-]{5}([A-Za-z0-9_-]{18})([A-Za-z0-9_-]{4})\b"), r"o…\2"),
)
#: What would begin a line of its own, turn writing round or drive a terminal, where somebody typed it.
_UNSEEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def strike(text: str) -> str:
    """The text without what must not stand in a log."""
    for pattern, to in _STRUCK:
        text = pattern.sub(to, text)
    return text


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = {k: v for k, v in record.__dict__.items() if k not in _STANDARD}
        line = f"{when} {record.levelname:<7} {record.name} {record.getMessage()}"
        if facts:
            line += " " + json.dumps(facts, ensure_ascii=False, default=str)
        line = _one_line(line)
        if record.exc_info:  # set in: a line of an error's text is none of ours
            line += "".join(f"\n  {_one_line(one)}" for one in self.formatException(record.exc_info).split("\n"))
        return strike(line)


def _one_line(text: str) -> str:
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def set_up(level: str) -> None:
    """Write our log to standard error. Libraries that put secrets into their own lines are kept quiet."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("urllib3", "wechatpy", "requests", "alembic", "waitress", "jieba"):
        # urllib3's debug lines hold access_token and secret (wechatpy 1.8.18, measured).
        logging.getLogger(name).setLevel(logging.WARNING)
