"""The composer's form <-> a draft. Whatever was typed can be saved; what is wrong with it is said before review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import wtforms
from werkzeug.datastructures import MultiDict

from bot.console.forms import Form, at_most
from bot.errors import OutreachError
from bot.outreach.content import Level
from bot.outreach.drafts import CHANNELS, Draft
from bot.outreach.pages.audience import AudienceForm, from_rule, options
from bot.outreach.ways import KINDS, MASS, NOTICE, WAYS
from bot.outreach.written import YEARS
from bot.people.choices import Choices
from bot.sending import Kind, Message
from bot.settings import BEIJING, OutreachSettings

#: As a browser's field for a time gives it, and as people type it.
_TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
_KINDS = options({str(kind): words for kind, words in KINDS.items()})
#: Fields of a message that stand in the form under their own names.
_TEXTS = ("title", "url", "template")
#: What a message is -> the field in which its media is chosen, and the one for its picture.
CHOSEN = {Kind.IMAGE: ("image", ""), Kind.VIDEO: ("video", "thumb"), Kind.NEWS: ("draft", "cover")}
#: What each level is for.
LEVEL_HINTS = {
    Level.PUBLIC: "给所有人。没有另写下面两版时，职工和联络员也看到这一版。",
    Level.WORKER: "给企业职工和填了岗位的人：说干活时怎么做。",
    Level.OFFICER: "给单位联络员：说要办什么、报给谁、几号前。",
}


def in_our_days(_form: object, field: wtforms.Field) -> None:
    """Refuse a time whose year is a slip of the finger."""
    if field.data and field.data.year not in YEARS:
        raise wtforms.validators.ValidationError("年份不对，请核对。")


class MessageForm(Form):
    """One message, at one level of language."""

    kind = wtforms.RadioField("形式", choices=_KINDS, default=str(Kind.TEXT))
    title = wtforms.StringField("图文标题", [at_most(200)])
    body = wtforms.TextAreaField("正文", [at_most(5000)])
    url = wtforms.StringField("链接", [at_most(1024)])
    image = wtforms.StringField("图片", [at_most(128)])
    video = wtforms.StringField("视频", [at_most(128)])
    thumb = wtforms.StringField("视频封面", [at_most(128)])
    draft = wtforms.StringField("群发用的图文草稿", [at_most(128)])
    cover = wtforms.StringField("客服消息的封面图片", [at_most(1024)])
    picture = wtforms.StringField("封面图片的网址", [at_most(1024)])
    media = wtforms.StringField("素材编号（media_id）", [at_most(128)])
    template = wtforms.StringField("订阅通知的模板编号", [at_most(128)])
    fields = wtforms.TextAreaField("模板各项", [at_most(2000)])

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written here."""
        return not any(field.data for field in self if field is not self.kind)

    def to_message(self) -> Message:
        """What was written, right or not."""
        texts: dict[str, Any] = {name: self.text(name) for name in _TEXTS}
        text = self.text("body").replace("\r\n", "\n")
        kind = Kind(self.kind.data) if self.kind.data in list(Kind) else Kind.TEXT
        media, picture = (self.text(name) if name else "" for name in CHOSEN.get(kind, ("", "")))
        return Message(
            kind=kind, text=text, fields=_fields(self.fields.data), media=self.text("media") or media,
            picture=self.text("picture") or picture, **texts,
        )  # fmt: skip


class ComposeForm(Form):
    """What a broadcast is beside its messages and its audience."""

    title = wtforms.StringField("标题", [at_most(200)])
    channels = wtforms.SelectMultipleField("发送方式")
    send_at = wtforms.DateTimeLocalField("定时发送", [wtforms.validators.Optional(), in_our_days], format=_TIMES)
    until = wtforms.DateTimeLocalField("最晚到什么时候", [wtforms.validators.Optional(), in_our_days], format=_TIMES)
    urgent = wtforms.BooleanField("这是紧急通知")
    twice_ok = wtforms.BooleanField("宁可有人收到两遍，也不要漏")
    last_mass = wtforms.BooleanField("可以用掉本月最后一次平时的群发")
    reason = wtforms.TextAreaField("为什么再发一遍同样的内容", [at_most(500)])
    campaign = wtforms.StringField("所属活动", [at_most(80)])
    version = wtforms.HiddenField()


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be ticked. ways: names of senders that are set up and that this account may use."""

    choices: Choices
    settings: OutreachSettings
    ways: Sequence[str]


class Composer:
    """The forms of one page together."""

    def __init__(
        self, offer: Offer, given: MultiDict[str, str] | None = None, draft: Draft | None = None, version: int = 0
    ) -> None:
        self._settings, ways = offer.settings, offer.ways
        draft = draft or Draft(title="", content={}, channels=tuple(name for name in CHANNELS if name in ways))
        self.about = ComposeForm(given, **_about(draft), version=version or "")
        self.levels = {
            level: MessageForm(given, prefix=f"{level}-", **_message(draft.content.get(level))) for level in Level
        }
        self.audience = AudienceForm(given, prefix="to-", **from_rule(draft.audience))
        self.audience.offer(offer.choices)
        offered = [*ways, *(name for name in draft.channels if name not in ways)]
        self.about.channels.choices = options({name: WAYS[name].words if name in WAYS else name for name in offered})

    def validate(self) -> bool:
        """Whether a draft can be made of it."""
        found = [form.validate() for form in self._forms()]  # all of them, so that all is said at once
        return all(found)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """Id of the field, its label and what is wrong, of all forms."""
        return [
            (field.id, field.label.text, str(error)) for form in self._forms() for field in form
            for error in field.errors
        ]  # fmt: skip

    def to_draft(self) -> Draft:
        """The draft. Raises OutreachError where the audience is no rule."""
        about = self.about
        content = {
            level: form.to_message()
            for level, form in self.levels.items()
            if level is Level.PUBLIC or not form.is_empty
        }
        chosen = set(about.channels.data or [])
        return Draft(
            title=about.title.data or "",
            content=content,
            audience=self.audience.to_rule(),
            channels=tuple(sorted(chosen, key=_rank)),
            urgent=about.urgent.data,
            twice_ok=about.twice_ok.data,
            send_at=_beijing(about.send_at.data),
            until=_beijing(about.until.data),
            campaign=about.campaign.data or "",
            reason=about.reason.data or "",
            mass_left=self._settings.mass_kept + 1 if about.last_mass.data else None,
        )

    def _forms(self) -> Iterable[Form]:
        return (self.about, *self.levels.values(), self.audience)


def ways_of(senders: Iterable[str], settings: OutreachSettings) -> list[str]:
    """Names of the senders that this account may use, cheapest first."""
    barred = (MASS, NOTICE) if settings.account_type == "subscription" else ()
    return [name for name in WAYS if name in set(senders) and name not in barred]


def _rank(name: str) -> int:
    return list(WAYS).index(name) if name in WAYS else len(WAYS)


def _about(draft: Draft) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name in ("title", "urgent", "twice_ok", "reason", "campaign")}
    times = {name: at.astimezone(BEIJING) if (at := getattr(draft, name)) else None for name in ("send_at", "until")}
    return {**values, **times, "channels": list(draft.channels), "last_mass": draft.mass_left is not None}


def _message(message: Message | None) -> dict[str, Any]:
    if message is None:
        return {}
    values = {name: getattr(message, name) for name in _TEXTS}
    fields = "\n".join(f"{name}：{value}" for name, value in message.fields.items())
    media, picture = CHOSEN.get(message.kind, ("media", "picture"))
    values |= {media: message.media, picture or "picture": message.picture}
    return {**values, "kind": str(message.kind), "body": message.text, "fields": fields}


def _fields(text: str | None) -> Mapping[str, str]:
    """thing1：高温提醒, a line each."""
    found: dict[str, str] = {}
    for line in (text or "").splitlines():
        name, mark, value = line.replace("：", ":").partition(":")
        if line.strip() and not mark:
            raise OutreachError(f"订阅通知的模板各项：“{line.strip()}”要写成 名称：内容，一行一项，如 thing1：高温提醒")
        if line.strip():
            found[name.strip()] = value.strip()
    return found


def _beijing(at: Any) -> Any:
    return at.replace(tzinfo=BEIJING) if at and at.year in YEARS else None
