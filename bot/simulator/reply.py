"""Judging the bot's answer to a push, as strictly as WeChat is known, or feared, to be."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from .config import Mode, SimulatorConfig
from .crypto import CryptoError, decrypt, sign
from .envelope import Push

#: Source: legacy wording of Passive_user_reply_message.html; the current page gives no number.
MAX_TEXT_BYTES = 2048
#: One article in answer to a person's message, eight in answer to an event.
MAX_ARTICLES_TO_MESSAGE = 1
MAX_ARTICLES_TO_EVENT = 8

#: media_id, kinds allowed -> whether such a file exists here now
HasMedia = Callable[[str, tuple[str, ...]], bool]


class Outcome(StrEnum):
    """How an exchange ends. `FAILURE` shows the person a grey line that the service is out of order."""

    SUCCESS = "success"
    EMPTY = "empty"
    REPLY = "reply"
    FAILURE = "failure"


class AbnormalReply(ValueError):
    """Why WeChat takes an answer for a failure; the text is for the developer."""


@dataclass(frozen=True, slots=True)
class Article:
    """One card of a news reply."""

    title: str
    description: str
    pic_url: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassiveReply:
    """A passive reply (被动回复) that passed every check.

    content    text of a text reply, else ""
    media_id   of image, voice, video, and the thumb of music, else ""
    account    the agent's account of a transfer_customer_service, else ""
    """

    msg_type: str
    content: str = ""
    media_id: str = ""
    title: str = ""
    description: str = ""
    url: str = ""
    articles: tuple[Article, ...] = ()
    account: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome of one complete HTTP answer; `reply` for REPLY, `problem` for FAILURE."""

    outcome: Outcome
    reply: PassiveReply | None = None
    problem: str = ""


def judge(config: SimulatorConfig, push: Push, status: int, body: bytes, has_media: HasMedia) -> Judgement:
    """Classify the answer to `push`. Never raises for what a bot may send."""
    if status != 200:
        return Judgement(Outcome.FAILURE, problem=f"HTTP status {status}")
    if body == b"":
        return Judgement(Outcome.EMPTY)
    if body == b"success":
        return Judgement(Outcome.SUCCESS)
    try:
        root = _open(config, _parse(body))
        _check_addresses(config, push, root)
        return Judgement(Outcome.REPLY, _read(root, push, has_media))
    except (AbnormalReply, CryptoError) as e:
        return Judgement(Outcome.FAILURE, problem=str(e))


def _parse(body: bytes) -> Element:
    if b"<!DOCTYPE" in body:
        raise AbnormalReply("a DTD is not allowed")
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, LookupError, ValueError) as e:
        raise AbnormalReply(f"not well-formed XML: {e}") from e
    if root.tag != "xml":
        raise AbnormalReply(f"root element is <{root.tag}>, not <xml>")
    return root


def _open(config: SimulatorConfig, root: Element) -> Element:
    """The plaintext reply; decrypted first when it is an envelope."""
    if config.mode is Mode.PLAIN or (config.mode is Mode.COMPATIBLE and root.find("Encrypt") is None):
        return root
    if root.find("Encrypt") is None:
        raise AbnormalReply("reply is not encrypted, but the account is in safe mode")
    encrypted = _text(root, "Encrypt")
    expected = sign(config.token, _text(root, "TimeStamp"), _text(root, "Nonce"), encrypted)
    if _text(root, "MsgSignature") != expected:
        raise AbnormalReply("MsgSignature is wrong")
    return _parse(decrypt(encrypted, config.aes_key, config.app_id))


def _check_addresses(config: SimulatorConfig, push: Push, root: Element) -> None:
    if _text(root, "ToUserName") != push.openid:
        raise AbnormalReply("ToUserName is not the openid that wrote")
    if _text(root, "FromUserName") != config.account_id:
        raise AbnormalReply("FromUserName is not the account's gh_ id")
    if not _text(root, "CreateTime").isdigit():
        raise AbnormalReply("CreateTime is not a number of seconds")


def _read(root: Element, push: Push, has_media: HasMedia) -> PassiveReply:
    msg_type = _text(root, "MsgType")
    if msg_type not in _READERS:
        raise AbnormalReply(f"unknown MsgType {msg_type!r}")
    return _READERS[msg_type](root, push, has_media)


def _read_text(root: Element, push: Push, has_media: HasMedia) -> PassiveReply:
    content = _text(root, "Content")
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise AbnormalReply(f"Content exceeds {MAX_TEXT_BYTES} bytes")
    return PassiveReply(msg_type="text", content=content)


def _read_image(root: Element, push: Push, has_media: HasMedia) -> PassiveReply:
    media_id = _media_id(_child(root, "Image"), "MediaId", has_media, "image")
    return PassiveReply(msg_type="image", media_id=media_id)


def _read_voice(root: Element, push: Push, has_media: HasMedia) -> PassiveReply:
    media_id = _media_id(_child(root, "Voice"), "MediaId", has_media, "voice")
    return PassiveReply(msg_type="voice", media_id=media_id)


def _read_video(root: Element, push: Push, has_media: HasMedia) -> PassiveReply:
    video = _child(root, "Video")
    return PassiveReply(
        msg_type="video",
        media_id=_media_id(video, "MediaId", has_media, "video"),
        title=_optional(video, "Title"),
        description=_optional(video, "Description"),
    )


def _read_music(root: Element, push: Push, has_media: HasMedia) -> PassiveReply:
    music = _child(root, "Music")
    return PassiveReply(
        msg_type="music",
        media_id=_media_id(music, "ThumbMediaId", has_media, "thumb", "image"),
        title=_optional(music, "Title"),
        description=_optional(music, "Description"),
        url=_optional(music, "HQMusicUrl") or _optional(music, "MusicUrl"),
    )


def _read_news(root: Element, push: Push, has_media: HasMedia) -> PassiveReply:
    items = _child(root, "Articles").findall("item")
    limit = MAX_ARTICLES_TO_EVENT if push.msg_type == "event" else MAX_ARTICLES_TO_MESSAGE
    if _text(root, "ArticleCount") != str(len(items)):
        raise AbnormalReply("ArticleCount is not the number of items")
    if not 1 <= len(items) <= limit:
        raise AbnormalReply(f"{len(items)} articles, at most {limit} in answer to a {push.msg_type}")
    return PassiveReply(msg_type="news", articles=tuple(_article(item) for item in items))


def _read_transfer(root: Element, push: Push, has_media: HasMedia) -> PassiveReply:
    if push.msg_type == "event":
        raise AbnormalReply("an event cannot be handed to an agent")
    info = root.find("TransInfo")
    account = _text(info, "KfAccount") if info is not None else ""
    return PassiveReply(msg_type="transfer_customer_service", account=account)


_READERS: dict[str, Callable[[Element, Push, HasMedia], PassiveReply]] = {
    "text": _read_text,
    "image": _read_image,
    "voice": _read_voice,
    "video": _read_video,
    "music": _read_music,
    "news": _read_news,
    "transfer_customer_service": _read_transfer,
}


def _article(item: Element) -> Article:
    return Article(
        title=_text(item, "Title"),
        description=_optional(item, "Description"),
        pic_url=_optional(item, "PicUrl"),
        url=_optional(item, "Url"),
    )


def _media_id(parent: Element, name: str, has_media: HasMedia, *kinds: str) -> str:
    media_id = _text(parent, name)
    if not has_media(media_id, kinds):
        raise AbnormalReply(f"{name} is no {' or '.join(kinds)} of this account")
    return media_id


def _child(parent: Element, name: str) -> Element:
    """The only child `name`: a second one is what injection through an unescaped "]]>" looks like."""
    children = parent.findall(name)
    if len(children) != 1:
        raise AbnormalReply(f"{len(children)} elements <{name}>, one expected")
    return children[0]


def _text(parent: Element, name: str) -> str:
    """The text of the only child `name`, which must not be blank."""
    text = _child(parent, name).text or ""
    if not text.strip():
        raise AbnormalReply(f"<{name}> is empty")
    return text


def _optional(parent: Element, name: str) -> str:
    return parent.findtext(name) or ""
