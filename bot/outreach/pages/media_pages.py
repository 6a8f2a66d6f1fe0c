"""What messages show: a page of all that was handed over, and the pickers inside the composer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, redirect, request, url_for
from werkzeug.exceptions import NotFound

from bot.console import Pages, current, flash, fragment, intend, page, record
from bot.console.keyset import cut
from bot.console.pages import is_fragment
from bot.errors import OutreachError
from bot.outreach.content import Level
from bot.outreach.media import LISTED, PAGE, WORDS, Item, Upload
from bot.outreach.pages.desks import Desks, whole
from bot.sending import FileCard, MediaKind
from bot.settings import BEIJING
from bot.staff import Permission

#: Of a request: the largest file, a video, and the form around it.
MAX_BYTES = 11 << 20
_ROWS, _OFFERED, _LAST_PAGE = 40, 12, 5000
#: A field of the composer -> the kind of what is chosen in it, its name for staff, and whether its address is kept.
FIELDS = {
    "image": (MediaKind.IMAGE, "图片", False), "video": (MediaKind.VIDEO, "视频", False),
    "thumb": (MediaKind.THUMB, "视频封面（客服消息要有）", False),
    "draft": (MediaKind.DRAFT, "图文草稿（群发要有）", False), "cover": (MediaKind.IMAGE, "封面图片（客服消息）", True),
}  # fmt: skip
ACCEPT = {MediaKind.IMAGE: ".jpg,.jpeg,.png,.gif", MediaKind.VIDEO: ".mp4", MediaKind.THUMB: ".jpg,.jpeg"}
LIMITS = {
    MediaKind.IMAGE: "jpg、png、gif，不超过 2 MB。", MediaKind.VIDEO: "mp4，不超过 10 MB。",
    MediaKind.THUMB: "jpg，不超过 64 KB。",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """One of what can be chosen. number: of the item whose copy shows it, 0 for none; look: where it can be seen."""

    value: str
    name: str
    number: int = 0
    until: datetime | None = None
    hint: str = ""
    look: str = ""


@dataclass(frozen=True, slots=True)
class Picker:
    """A field of the composer in which one of many is chosen. name: with the level before it.

    more   page of the account's library that comes next, 0 for none; total: how many that holds, 0 where not asked
    """

    level: str
    field: str
    chosen: str
    choices: list[Choice]
    problem: str = ""
    more: int = 0
    total: int = 0

    @property
    def kind(self) -> MediaKind:
        return FIELDS[self.field][0]

    @property
    def label(self) -> str:
        return FIELDS[self.field][1]

    @property
    def name(self) -> str:
        return f"{self.level}-{self.field}"

    @property
    def is_listed(self) -> bool:
        return self.kind in LISTED


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group."""

    @pages.get("/media", Permission.READ_OUTREACH)
    def media() -> str:
        kind = _kind(request.args.get("kind", "image"))
        before, drafts, problem = whole(request.args.get("after", "")) or None, [], ""
        shelf = desks.house.media
        if kind is MediaKind.DRAFT and shelf.is_set_up:
            try:
                drafts = shelf.drafts(desks.clock())
            except OutreachError as e:
                problem = str(e)
        rows = shelf.items(kind, current().region, desks.clock(), _ROWS + 1, before)
        found = cut(rows if kind is not MediaKind.DRAFT else [], _ROWS, lambda item: item.id)
        return page(
            "outreach/media.html", kind=kind, kinds=WORDS, found=found, drafts=drafts, problem=problem,
            is_set_up=shelf.is_set_up, accept=ACCEPT, limits=LIMITS, is_listed=kind in LISTED,
        )  # fmt: skip

    @pages.get("/media/library", Permission.READ_OUTREACH)
    def library() -> str:
        kind, number = _kind(request.args.get("kind", "image")), min(whole(request.args.get("page", "")), _LAST_PAGE)
        level, field = _place(request.args)
        if field and is_fragment():
            picker = _library(desks, level, field, request.args.get(f"{level}-{field}", ""), number)
            return fragment("outreach/picker.html", picker=picker, accept=ACCEPT, limits=LIMITS)
        found, total = _listing(desks, kind, number)
        pages_ = (total + PAGE - 1) // PAGE
        return page(
            "outreach/library.html", kind=kind, kinds=WORDS, found=found, total=total, number=number, pages=pages_
        )  # fmt: skip

    @pages.post("/media", Permission.WRITE_OUTREACH, max_bytes=MAX_BYTES, once="/staff/outreach/media")
    def upload_media() -> Any:
        kind, level, field = _kind(request.form.get("kind", "")), *_place(request.form)
        try:
            item = _taken(desks, kind)
        except OutreachError as e:
            if not (is_fragment() and field):
                raise
            picker = _picker(desks, level, field, request.form.get("chosen", ""), str(e))
            return fragment("outreach/picker.html", picker=picker, accept=ACCEPT, limits=LIMITS), 422
        record("media.upload", "media", item.id, after={"kind": item.kind, "name": item.name, "bytes": item.size})
        if is_fragment() and field:
            value = item.url if FIELDS[field][2] else item.media_id
            picker = _picker(desks, level, field, value)
            return fragment("outreach/picker.html", picker=picker, accept=ACCEPT, limits=LIMITS)
        flash(f"“{item.name}”已上传，写推送时可以选它。")
        return redirect(url_for("outreach.media", kind=kind), 303)

    @pages.get("/media/<int:number>/picture", Permission.READ_OUTREACH)
    def picture(number: int) -> Response:
        held = desks.house.media.picture(number, current().region, desks.clock())
        if held is None:
            raise NotFound("没有这张图片")
        if not held[0]:  # the platform gives none: beside the name stays nothing, without an error in the browser
            return Response(status=HTTPStatus.NO_CONTENT)
        return Response(held[0], mimetype=held[1])

    @pages.get("/media/drafts", Permission.WRITE_OUTREACH)
    def drafts() -> str:
        level, _ = _place(request.args)
        picker = _drafts(desks, level, request.args.get(f"{level}-draft", ""))
        return fragment("outreach/picker.html", picker=picker, accept=ACCEPT, limits=LIMITS)


def pickers_of(desks: Desks, chosen: Mapping[tuple[str, str], str]) -> dict[str, Picker]:
    """All pickers of the composer by name. chosen: by level and field."""
    kinds = {FIELDS[field][0] for _, field in chosen} - {MediaKind.DRAFT}
    offered = {kind: desks.house.media.items(kind, current().region, desks.clock(), _OFFERED) for kind in kinds}
    known = desks.house.media.named(chosen.values())
    made = [
        Picker(level, field, value, _offer(field, offered.get(FIELDS[field][0], []), value, known))
        for (level, field), value in chosen.items()
    ]
    return {picker.name: picker for picker in made}


def _picker(desks: Desks, level: str, field: str, chosen: str, problem: str = "") -> Picker:
    return replace(pickers_of(desks, {(level, field): chosen})[f"{level}-{field}"], problem=problem)


def _drafts(desks: Desks, level: str, chosen: str) -> Picker:
    """The drafts that the account holds now: asking for them takes a call."""
    try:
        held = desks.house.media.drafts(desks.clock())
    except OutreachError as e:
        return _picker(desks, level, "draft", chosen, str(e))
    choices = [
        Choice(card.media_id, "、".join(card.titles), cover.id if cover and cover.may_be_shown else 0, hint=card.digest)
        for card, cover in held
    ]
    picker = _picker(desks, level, "draft", chosen)
    gone = [choice for choice in picker.choices if all(choice.value != one.value for one in choices)]
    return replace(picker, choices=[*gone, *choices])


def _library(desks: Desks, level: str, field: str, chosen: str, number: int) -> Picker:
    """A page of what the account keeps: asking for it takes a call."""
    kind, by_address = FIELDS[field][0], FIELDS[field][2]
    try:
        held, total = _listing(desks, kind, number)
    except OutreachError as e:
        return _picker(desks, level, field, chosen, str(e))
    choices = [_listed(card, item, card.url if by_address else card.media_id) for card, item in held]
    choices = [choice for choice in choices if choice.value]
    picker = _picker(desks, level, field, chosen)
    kept = [choice for choice in picker.choices if choice.value == chosen and all(c.value != chosen for c in choices)]
    more = number + 1 if (number + 1) * PAGE < total else 0
    return replace(picker, choices=[*kept, *choices], more=more, total=total)


def _listing(desks: Desks, kind: MediaKind, number: int) -> tuple[list[tuple[FileCard, Item | None]], int]:
    """A page of the library; of what another district handed over nothing but what the platform tells."""
    found, total = desks.house.media.of_account(kind, number, desks.clock())
    return [(card, item if item and (not item.region or current().sees(item.region)) else None)
            for card, item in found], total  # fmt: skip


def _listed(card: FileCard, item: Item | None, value: str) -> Choice:
    """One of the library, by the name that it has here, where it was handed over here."""
    name = item.name if item else card.name
    hint = f"{card.updated_at.astimezone(BEIJING):%Y-%m-%d} 放进素材库"
    return Choice(value, name, item.id if item and item.may_be_shown else 0, hint=hint, look=card.url)


def _offer(field: str, items: Sequence[Item], chosen: str, known: Mapping[str, Item]) -> list[Choice]:
    """What can be chosen in a field; what is chosen now stands before it, where it is not among it."""
    by_address = FIELDS[field][2]
    choices = [_choice(item, item.url if by_address else item.media_id) for item in items]
    choices = [choice for choice in choices if choice.value]
    if chosen and all(choice.value != chosen for choice in choices):
        choices.insert(0, _known(known.get(chosen), chosen))
    return choices


def _known(item: Item | None, value: str) -> Choice:
    return _choice(item, value) if item else Choice(value, f"编号 {value[:16]}…（不是在这里上传的）")


def _choice(item: Item, value: str) -> Choice:
    return Choice(value, item.name, item.id if item.may_be_shown else 0, item.expires_at)


def _taken(desks: Desks, kind: MediaKind) -> Item:
    file, me = request.files.get("file"), current()
    if file is None or not file.filename:
        raise OutreachError("没有选文件：请先选一个文件，再点“上传”")
    if kind is MediaKind.DRAFT:
        raise OutreachError("图文草稿请在公众号后台的草稿箱里写，写好后这里能选")
    with file.stream as handed:
        data = handed.read()
    given = Upload(
        kind=kind, name=file.filename, data=data, for_good=request.form.get("keep") != "days", who=me.name,
        region=me.region,
    )  # fmt: skip
    intend("media.upload", "media", reason=kind)
    return desks.house.media.upload(given, desks.clock())


def _kind(text: str) -> MediaKind:
    if text not in list(MediaKind):
        raise NotFound("没有这一类素材")
    return MediaKind(text)


def _place(given: Any) -> tuple[str, str]:
    """The level and the field of the composer that ask; empty where it is none of them."""
    level, field = given.get("level", ""), given.get("field", "")
    return (level, field if field in FIELDS else "") if level in list(Level) else ("public", "")
