"""Every error of ours, as a tree. Raise the narrowest; catch BotError only at an edge: a view, a job, a command.

BotError
├── SettingsError           a key or value in config/ or the environment
├── ContentError            a file of knowledge/, a statute text, a JSONL line: carries path and line
├── KnowledgeError          what staff want done with an entry or a plan cannot be done; says why, in Chinese
├── OutreachError           what staff want sent cannot be; says why, in Chinese
├── OfficeError             a setting cannot be as staff want it; says why, in Chinese
├── ConversationError       what staff want done in a talk cannot be done; says why, in Chinese
├── StaffError              what is asked of an account, a sign-in or a form cannot be; says why, in Chinese
├── PayloadError            what a platform sent cannot be read
│   └── SignatureError      … or was not sent by the platform
├── WouldWait               no fault: come again in a thread that may wait
├── StoreError              the database or Redis did not do its part
│   └── RowRefusedError     … for what was to be written: the same will be refused again
└── SendError               a platform refused or did not answer: carries errcode and what it means, a Refusal
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path


class BotError(Exception):
    """Base of all errors that this project raises on purpose."""


class SettingsError(BotError):
    """A setting is unknown, missing or bad; the message names it."""


class ContentError(BotError):
    """Something in a content file is wrong.

    path, line  where; line counts from 1, None where the whole file is meant
    reason      what was wrong and what to do, for the person who edits the file
    """

    def __init__(self, reason: str, path: Path | str | None = None, line: int | None = None) -> None:
        self.reason = reason
        self.path = path
        self.line = line
        super().__init__(str(self))

    def __str__(self) -> str:
        if self.path is None:
            return self.reason
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {self.reason}"


class KnowledgeError(BotError):
    """Something that staff want done with an entry or a plan cannot be done; the message is for them."""


class OutreachError(BotError):
    """Something that staff want sent, or kept of people, cannot be; the message is for them."""


class OfficeError(BotError):
    """A setting cannot be as staff want it; the message is for them."""


class ConversationError(BotError):
    """Something that staff want done in a talk with a person cannot be done; the message is for them."""


class StaffError(BotError):
    """What is asked of an account, a sign-in or a form cannot be; the message is for staff."""


class PayloadError(BotError):
    """A message from a platform cannot be read."""


class SignatureError(PayloadError):
    """A message does not carry the platform's signature, or is too old."""


#: True in the WSGI environment of a request that is answered by the thread that reads all connections: whoever would
#: wait must raise WouldWait. The request comes again in a thread that may wait.
AT_ONCE = "safetybot.at_once"


#: In the WSGI environment: when the whole request had come, by time.monotonic(). It may have waited for a thread since.
CAME_AT = "safetybot.came_at"


class WouldWait(BotError):
    """Raised to one who must not wait, instead of waiting; nothing has been done then."""


class StoreError(BotError):
    """The database or Redis is out of reach."""


class RowRefusedError(StoreError):
    """The database will not have a row: too long, a sign it does not hold, against a constraint. It is no outage."""


class Refusal(StrEnum):
    """Why a platform did not carry a call out, and so what to do about it. Each channel has a table of its codes."""

    NOT_SENT = "not_sent"  # no connection could be made: surely not carried out
    UNREACHABLE = "unreachable"  # no answer or "system busy": the outcome may be unknown
    TOKEN_REJECTED = "token_rejected"  # the client has fetched a new one and tried again already
    THROTTLED = "throttled"  # too often, for a minute or so
    QUOTA_USED_UP = "quota_used_up"  # for the day or the month: staff should know, sending waits
    WINDOW_CLOSED = "window_closed"  # only the follower can reopen it, by writing
    RECIPIENT_BUSY = "recipient_busy"  # takes no more for a minute; others do
    RECIPIENT_GONE = "recipient_gone"  # not a follower of this account
    RECIPIENT_FOREIGN = "recipient_foreign"  # of another account: where it is many, the wrong account is set up
    RECIPIENT_DECLINED = "recipient_declined"  # follows, but does not want or may not get this
    AWAITS_ADMIN = "awaits_admin"  # accepted, once the administrator of the account has confirmed it
    UNSUPPORTED = "unsupported"  # this account may not send this kind: send it plainer
    DUPLICATE = "duplicate"  # accepted before: not a failure
    ACCOUNT_BLOCKED = "account_blocked"  # credentials, IP list, rights: staff must act, stop sending
    BAD_CONTENT = "bad_content"  # ours to mend; the same again will fail again
    UNKNOWN = "unknown"  # never retried, always logged


#: Worth another try later, if a second message does no harm: after UNREACHABLE the first may have arrived.
RETRYABLE = frozenset({Refusal.NOT_SENT, Refusal.UNREACHABLE, Refusal.THROTTLED, Refusal.TOKEN_REJECTED})


class SendError(BotError):
    """A call to a platform failed.

    errcode  the platform's own code, None where no answer came
    refusal  what it means, by the channel's table; the outcome of a call that was not answered is unknown
    """

    def __init__(self, message: str, errcode: int | None = None, refusal: Refusal = Refusal.UNREACHABLE) -> None:
        self.errcode, self.refusal = errcode, refusal
        super().__init__(message)


class ContentErrors(BotError):
    """Everything that is wrong with the content, one ContentError each; never empty."""

    def __init__(self, errors: list[ContentError]) -> None:
        self.errors = errors
        super().__init__("\n".join(map(str, errors)))
