"""What the platform remembers: followers and their chats, tags, media, the menu."""

import itertools
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .crowd import Crowd, Tally
from .drafts import Draft
from .errcodes import Refused
from .ledger import ReplyLedger, Trigger
from .notices import NoticeTemplate, first_templates

#: A chat longer than this forgets its beginning; the page shows no more.
MAX_CHAT_ITEMS = 500
#: Temporary media (临时素材) live three days.
MEDIA_LIFETIME_S = 3 * 24 * 3600.0
#: Tags 0, 1 and 2 belong to the platform (未分组, 黑名单, 星标组).
FIRST_TAG_ID = 100
#: Menus for groups of followers (个性化菜单).
FIRST_MENU_ID = 208_379_533
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
    blacklisted: bool = False
    ledger: ReplyLedger = field(default_factory=ReplyLedger)
    last_exchange_at: float = float("-inf")
    typing_until: float = float("-inf")
    chat: list[ChatItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Media:
    """A file held by the platform. `kind` is WeChat's type: image, voice, video or thumb; a video that was made ready
    for mass messages has an id of its own, and is an mpvideo.

    permanent   material (永久素材), which never expires
    words       title and description of an mpvideo
    name        of the file; listed: stands in the library, as pictures for inside articles do not
    """

    media_id: str
    kind: str
    content: bytes
    mime: str
    created_at: float
    permanent: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    listed: bool = True

    def expired(self, now: float) -> bool:
        """Whether three days are over."""
        return not self.permanent and now >= self.created_at + MEDIA_LIFETIME_S


@dataclass(slots=True)
class Tag:
    """A label (标签) staff put on followers."""

    tag_id: int
    name: str


class State:
    """Everything above, for one account. Not locked here: the simulator holds its lock around every use."""

    def __init__(self) -> None:
        self.followers: dict[str, Follower] = {}
        self.crowd = Crowd()
        self.drafts: dict[str, Draft] = {}
        self.templates: dict[str, NoticeTemplate] = first_templates()
        self.consents: dict[str, Tally] = {}
        self.tickets: dict[str, str] = {}
        self.media: dict[str, Media] = {}
        self.tags: dict[int, Tag] = {}
        self.menu: list[dict[str, Any]] | None = None
        self.conditional_menus: dict[int, dict[str, Any]] = {}
        self.console_menu: list[dict[str, Any]] | None = None  # made in WeChat's console, in the shape of selfmenu_info
        self.failure_lines = 0
        self._met: set[int] = set()
        self._seq = itertools.count(1)
        self._msg_ids = itertools.count(FIRST_MSG_ID)
        self._menu_ids = itertools.count(FIRST_MENU_ID)
        self._tag_ids = itertools.count(FIRST_TAG_ID)
        self._phones = itertools.count(1)

    def new_phone(self) -> Follower:
        """A person who does not follow yet, with the next free openid (28 characters)."""
        openid = next(o for n in self._phones if (o := f"oPhone{n:022d}") not in self.followers)
        return self.person(openid)

    def gather(self, crowd: Crowd) -> None:
        """Let a crowd follow, in place of the one before; those of it who were met are forgotten."""
        for openid in [openid for openid in self.followers if self.crowd.rank(openid) is not None]:
            del self.followers[openid]
        self._met.clear()
        # Changed in place: tallies hold on to it.
        self.crowd.size, self.crowd.tag_ids, self.crowd.wrote_at = crowd.size, crowd.tag_ids, crowd.wrote_at

    def person(self, openid: str) -> Follower:
        """The person behind `openid`, met for the first time if need be."""
        if openid not in self.followers:
            self.followers[openid] = self._one_of_crowd(openid) or Follower(openid)
            rank = self.crowd.rank(openid)
            if rank is not None:
                self._met.add(rank)
        return self.followers[openid]

    def known(self, openid: object) -> Follower:
        """The person behind `openid`. Raises Refused: 41009 none given, 40003 never seen here."""
        if not openid:
            raise Refused(41009)
        if isinstance(openid, str) and (openid in self.followers or self.crowd.rank(openid) is not None):
            return self.person(openid)
        raise Refused(40003)

    def seen(self, openid: object) -> Follower:
        """The same for who only looks or counts: one of the crowd is not kept for that."""
        if isinstance(openid, str) and openid not in self.followers:
            return self._one_of_crowd(openid) or self.known(openid)
        return self.known(openid)

    def unmet(self) -> Iterator[int]:
        """The ranks of those of the crowd whom nobody has met yet: they follow, and want messages."""
        return (rank for rank in range(self.crowd.size) if rank not in self._met)

    def count_unmet(self) -> int:
        """How many `unmet` would tell of."""
        return self.crowd.size - len(self._met)

    def count_followers(self) -> int:
        """How many follow, the crowd included."""
        return sum(f.subscribed for f in self.followers.values()) + self.count_unmet()

    def own_openids(self) -> list[str]:
        """Everybody ever met who is not of the crowd, in order of their first following."""
        return [openid for openid in self.followers if self.crowd.rank(openid) is None]

    def follows(self, openid: str) -> bool:
        """Whether this known person follows now."""
        follower = self.followers.get(openid)
        return follower.subscribed if follower else self.crowd.rank(openid) is not None

    def say(self, follower: Follower, at: float, side: str, kind: str, **data: Any) -> ChatItem:
        """Put a line on the person's screen."""
        item = ChatItem(next(self._seq), at, side, kind, data)
        follower.chat.append(item)
        if len(follower.chat) > MAX_CHAT_ITEMS:
            del follower.chat[0]
        return item

    def tell(self, openid: str, at: float, kind: str, data: Mapping[str, Any]) -> None:
        """The account's line on the screen of somebody whose phone is looked at; the crowd's screens are dark."""
        follower = self.followers.get(openid)
        if follower:
            self.say(follower, at, "account", kind, **data)

    def consents_to(self, template_id: str) -> Tally:
        """Acceptances left of one notice, by openid."""
        if template_id not in self.consents:
            self.consents[template_id] = Tally(self.crowd)
        return self.consents[template_id]

    def _one_of_crowd(self, openid: str) -> Follower | None:
        if self.crowd.rank(openid) is None:
            return None
        follower = Follower(openid, subscribed=True, tag_ids=list(self.crowd.tag_ids))
        if self.crowd.wrote_at is not None:
            follower.ledger.open(Trigger.MESSAGE, self.crowd.wrote_at)
        return follower

    def next_msg_id(self) -> int:
        """The MsgId of the next ordinary message: a 64-bit integer."""
        return next(self._msg_ids)

    def next_menu_id(self) -> int:
        """The number of the next menu for a group."""
        return next(self._menu_ids)

    def menu_of(self, follower: Follower) -> list[dict[str, Any]] | None:
        """What one person sees: the newest menu for a group that they are in, else the one for all."""
        for held in reversed(self.conditional_menus.values()):
            if held["matchrule"].get("tag_id") in map(str, follower.tag_ids):
                buttons: list[dict[str, Any]] = held["button"]
                return buttons
        return self.menu

    def add_tag(self, name: str) -> Tag:
        """A new tag; its name has been checked."""
        tag = Tag(next(self._tag_ids), name)
        self.tags[tag.tag_id] = tag
        return tag

    def keep_media(
        self, kind: str, content: bytes, mime: str, now: float, *, permanent: bool = False,
        words: Mapping[str, str] | None = None, name: str = "", listed: bool = True,
    ) -> Media:  # fmt: skip
        """Store a file under a new media_id."""
        media = Media(secrets.token_urlsafe(48), kind, content, mime, now, permanent, words or {}, name, listed)
        self.media[media.media_id] = media
        return media

    def live_media(self, media_id: object, now: float, *kinds: str) -> Media:
        """The file behind `media_id`. Raises Refused: 41006 none, 40007 unknown, expired, other kind."""
        if not media_id:
            raise Refused(41006)
        media = self.media.get(media_id) if isinstance(media_id, str) else None
        if media is None or media.expired(now) or (kinds and media.kind not in kinds):
            raise Refused(40007)
        return media
