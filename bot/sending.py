"""What outreach asks of a channel: senders, each one way of one platform to reach people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.calling import Caller, Steps


class Kind(StrEnum):
    """What a message is made of."""

    TEXT = "text"
    NEWS = "news"  # picture and text
    IMAGE = "image"
    VIDEO = "video"
    FILE = "file"  # a link to it, where the channel sends none
    NOTICE = "notice"  # filled-in fields of a template that the platform approved


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it goes to a platform, the same for all people of a batch.

    picture      of a news item the address of its picture, of a video the id of its cover at the platform
    media        id of the platform's own, of a picture, video, or draft; "" where none is needed
    template     id of a template of notices, and its fields
    taps         words under a text that a tap says in the person's name, where the platform can show such
    """

    kind: Kind = Kind.TEXT
    text: str = ""
    title: str = ""
    url: str = ""
    picture: str = ""
    media: str = ""
    template: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    taps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a platform says of a call that it took.

    platform_id  its number of the message or job, by which its later events name it
    refused      address -> its code, of those it did not take
    """

    platform_id: str = ""
    refused: Mapping[str, int] = field(default_factory=dict)


class Sender(Protocol):
    """One way of one platform. May be used from many threads at once.

    name        official.service, official.notice, official.mass, official.tag, wecom.app, wecom.robot, sms
    most        people in one call; 0: everybody under a tag, whose name is the one address ("" for all who follow)
    least       people in one call; WeChat's lists begin at 2
    has_key     a repeat of a call with the same key is known by the platform and does no harm
    per_minute  calls that broadcasts may make, 0: no limit known. Where conversations use the same interface it is
                four fifths of what the platform allows: the rest is theirs
    """

    name: str
    most: int
    least: int
    has_key: bool
    per_minute: int

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """Make one call. Raises SendError and nothing else.

        key  of the batch, at most 32 bytes of ASCII
        """


@runtime_checkable
class Priced(Protocol):
    """A sender that is billed for each part of a message."""

    def parts(self, message: Message) -> int:
        """As how many messages one to one person is billed."""


@runtime_checkable
class Remembering(Protocol):
    """A sender with keys whose platform forgets them, or knows a repeat by more than its key.

    known_s   seconds after a call in which a repeat of it is known
    by_body   … by all that it says: a repeat must name the very same people
    """

    known_s: float
    by_body: bool


@runtime_checkable
class Prompt(Sender, Protocol):
    """A sender whose calls can be made many at a time by one thread: it says what to call, and waits for nothing.

    caller  of the host that it calls
    """

    caller: Caller

    def steps(self, addresses: Sequence[str], message: Message, key: str) -> Steps[Receipt]:
        """What `send` does, as a talk: see Steps."""


class MediaKind(StrEnum):
    """What is kept at a platform to be shown later."""

    IMAGE = "image"
    VIDEO = "video"
    THUMB = "thumb"  # the cover of a video
    DRAFT = "draft"  # of picture and text: written at the platform, never uploaded by us


@dataclass(frozen=True, slots=True)
class Kept:
    """What a platform keeps. url: where its clients can see it; expires_at: None for good."""

    media_id: str
    url: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A draft as it is listed. cover: media id of the first article's picture; titles: of all its articles."""

    media_id: str
    titles: tuple[str, ...]
    digest: str
    cover: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FileCard:
    """A picture or a video as it is listed. url: where the platform's clients see it, "" for none."""

    media_id: str
    name: str
    url: str
    updated_at: datetime


class Storehouse(Protocol):
    """Where a platform keeps what messages show."""

    def keep(self, kind: MediaKind, data: bytes, *, for_good: bool, title: str = "") -> Kept:
        """Hand a file over. Raises OutreachError where the platform would refuse it for sure, SendError where it does.

        title  of a video
        """

    def drafts(self, offset: int, count: int) -> list[DraftCard]:
        """Up to 20 drafts of picture and text, the latest first. Raises SendError."""

    def files(self, kind: MediaKind, offset: int, count: int) -> tuple[list[FileCard], int]:
        """Up to 20 pictures or videos that are kept for good, the latest first; and of how many. Raises SendError."""

    def picture(self, media_id: str) -> tuple[bytes, str]:
        """A picture that is kept for good, and its kind as in Content-Type.

        Raises OutreachError where pages cannot show it: too large, of another kind; SendError where it is not given.
        """

    def mime(self, data: bytes, kind: MediaKind) -> str:
        """What a file is, by its content. Raises OutreachError where it is nothing that can be kept as this."""
