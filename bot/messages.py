"""The words that all rooms share: what comes in from a channel, and what goes out again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class MessageKind(StrEnum):
    """What a person sent, whatever the channel calls it."""

    TEXT = "text"
    VOICE = "voice"
    IMAGE = "image"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    EVENT = "event"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """A position a person sent: degrees, and the platform's own words for it."""

    latitude: float
    longitude: float
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One message or event from a channel.

    channel         the channel's name: "official", "web"
    account         the account written to (gh_… on WeChat)
    address         who wrote: the openid on WeChat
    key             names this very message, for executing it once: account, address and MsgId; for an event
                    account, address, CreateTime, Event and EventKey, or the job that it reports on
    sent_at         unix seconds, by the platform's clock
    text            the words typed, or the words recognised in a voice message; may be empty
    event           event name in lower case, for MessageKind.EVENT
    event_key       the menu key or QR scene of an event
    items           what an event lists, by the platform's names: what became of each template of notices, or of a job
    menu_id         id of a tapped suggestion; anyone may forge it, so only a hint
    max_text_bytes  how long a text reply may be on this channel, in UTF-8 bytes
    """

    channel: str
    account: str
    address: str
    key: str
    sent_at: int
    kind: MessageKind
    text: str = ""
    event: str = ""
    event_key: str = ""
    items: tuple[Mapping[str, str], ...] = ()
    menu_id: str = ""
    place: Place | None = None
    max_text_bytes: int = 2048


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tap: `text` is what the tap says in the person's name, `label` what it shows."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer comes from.

    title    as shown to people, e.g. 《安全生产法》第五十五条
    law      full title of the statute, "" for other sources
    article  as printed, e.g. 第五十五条
    plan     id of the campaign plan, "" if none
    section  section of the plan, e.g. 五（四）
    passage  id of the article in the index, for opening its full text; None where the text is not held
    """

    title: str
    law: str = ""
    article: str = ""
    plan: str = ""
    section: str = ""
    passage: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person gets back.

    text        all of it, in plain words, without the choices
    choices     tappable; a channel that cannot show taps numbers them
    citations   what the text rests on, chief one first; the text names them already
    """

    text: str
    choices: tuple[Choice, ...] = ()
    citations: tuple[Citation, ...] = ()

    def __hash__(self) -> int:
        # Of the text alone: what was made of a reply is looked up for every message, and a text knows its hash.
        return hash(self.text)


def numbered(choices: tuple[Choice, ...]) -> str:
    """Write choices as lines a person can answer with a number."""
    return "\n".join(f"{n}. {choice.label}" for n, choice in enumerate(choices, 1))


_SENTENCE_END = re.compile(r"[。！？；!?;\n]")


def cut_text(text: str, max_bytes: int) -> tuple[str, str]:
    """Cut `text` into a head of at most `max_bytes` UTF-8 bytes and the rest, at a sentence end where one fits.

    Platforms count bytes: one Chinese character is 3. Without a sentence end in the second half of the head it
    is cut between characters, never inside one. The rest is "" when everything fits.
    Raises ValueError when max_bytes < 4, the longest UTF-8 character.
    """
    if max_bytes < 4:
        raise ValueError("max_bytes must hold at least one character (4 bytes)")
    data = text.encode()
    if len(data) <= max_bytes:
        return text, ""
    head = data[:max_bytes].decode(errors="ignore")
    ends = [m.end() for m in _SENTENCE_END.finditer(head) if m.end() >= len(head) // 2]
    at = ends[-1] if ends else len(head)
    return text[:at].rstrip(), text[at:].lstrip()


class Delivery(StrEnum):
    """What became of something pushed to one person."""

    CREATED = "created"  # nothing was sent yet
    SENDING = "sending"
    SENT = "sent"  # the platform took it
    DELIVERED = "delivered"  # it says that it arrived
    TEMPORARY_FAILURE = "temporary_failure"
    PERMANENT_FAILURE = "permanent_failure"  # this person cannot be reached so
    TECHNICAL_FAILURE = "technical_failure"  # ours to mend
    SKIPPED = "skipped"
    UNKNOWN = "unknown"  # it may have arrived, so it is never sent again


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a channel says of one push.

    errcode  the platform's code, None where it gave none
    halt     nobody else would get theirs now either: stop, and go on another time
    """

    delivery: Delivery
    errcode: int | None = None
    halt: bool = False
