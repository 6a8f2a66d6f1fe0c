"""What the platform remembers: followers and their chats, tags, media, the menu."""

import itertools
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errcodes import Refused
from .ledger import ReplyLedger

#: A chat longer than this forgets its beginning; the page shows no more.
MAX_CHAT_ITEMS = 500
#: Temporary media (临时素材) live three days.
MEDIA_LIFETIME_S = 3 * 24 * 3600.0
#: Tags 0, 1 and 2 belong to the platform (未分组, 黑名单, 星标组).
FIRST_TAG_ID = 100
#: Above 2^53, where a double loses digits: a bot that reads MsgId as a JSON number is found out.
FIRST_MSG_ID = 25_000_000_000_000_001


@dataclass(frozen=True, slots=True)
class ChatItem:
    """One line on a phone's screen.

    seq    grows over all phones, so that a page can ask for what is new
    side   "me" (the person), "account" or "system" (grey line)
    data   what the page needs to draw this `kind`
    """

    seq: int
    at: float
    side: str
    kind: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Follower:
    """One person's relation to the account, kept after they leave: a re-follow has the same openid."""

    openid: str
    subscribed: bool = False
    subscribe_time: int = 0
    subscribe_scene: str = "ADD_SCENE_SEARCH"
    qr_scene_str: str = ""
    remark: str = ""
    tag_ids: list[int] = field(default_factory=list)
    refuses_messages: bool = False
    ledger: ReplyLedger = field(default_factory=ReplyLedger)
    last_exchange_at: float = float("-inf")
    typing_until: float = float("-inf")
    chat: deque[ChatItem] = field(default_factory=lambda: deque(maxlen=MAX_CHAT_ITEMS))


@dataclass(frozen=True, slots=True)
class Media:
    """A file held by the platform. `kind` is WeChat's type: image, voice, video or thumb."""

    media_id: str
    kind: str
    content: bytes
    mime: str
    created_at: float


@dataclass(slots=True)
class Tag:
    """A label (标签) staff put on followers."""

    tag_id: int
    name: str


class State:
    """Everything above, for one account. Not locked here: the simulator holds its lock around every use."""

    def __init__(self) -> None:
        self.followers: dict[str, Follower] = {}
        self.media: dict[str, Media] = {}
        self.tags: dict[int, Tag] = {}
        self.menu: list[dict[str, Any]] | None = None
        self.failure_lines = 0
        self._seq = itertools.count(1)
        self._msg_ids = itertools.count(FIRST_MSG_ID)
        self._tag_ids = itertools.count(FIRST_TAG_ID)
        self._phones = itertools.count(1)

    def new_phone(self) -> Follower:
        """A person who does not follow yet, with the next free openid (28 characters)."""
        openid = next(o for n in self._phones if (o := f"oPhone{n:022d}") not in self.followers)
        return self.person(openid)

    def person(self, openid: str) -> Follower:
        """The person behind `openid`, met for the first time if need be."""
        return self.followers.setdefault(openid, Follower(openid))

    def known(self, openid: object) -> Follower:
        """The person behind `openid`. Raises Refused: 41009 none given, 40003 never seen here."""
        if not openid:
            raise Refused(41009)
        if not isinstance(openid, str) or openid not in self.followers:
            raise Refused(40003)
        return self.followers[openid]

    def say(self, follower: Follower, at: float, side: str, kind: str, **data: Any) -> ChatItem:
        """Put a line on the person's screen."""
        item = ChatItem(next(self._seq), at, side, kind, data)
        follower.chat.append(item)
        return item

    def next_msg_id(self) -> int:
        """The MsgId of the next ordinary message: a 64-bit integer."""
        return next(self._msg_ids)

    def add_tag(self, name: str) -> Tag:
        """A new tag; its name has been checked."""
        tag = Tag(next(self._tag_ids), name)
        self.tags[tag.tag_id] = tag
        return tag

    def keep_media(self, kind: str, content: bytes, mime: str, now: float) -> Media:
        """Store a temporary file under a new media_id."""
        media = Media(secrets.token_urlsafe(48), kind, content, mime, now)
        self.media[media.media_id] = media
        return media

    def live_media(self, media_id: object, now: float, *kinds: str) -> Media:
        """The file behind `media_id`. Raises Refused: 41006 none, 40007 unknown, expired, other kind."""
        if not media_id:
            raise Refused(41006)
        media = self.media.get(media_id) if isinstance(media_id, str) else None
        if media is None or now >= media.created_at + MEDIA_LIFETIME_S or (kinds and media.kind not in kinds):
            raise Refused(40007)
        return media
