"""Writing a broadcast: one page that saves itself, with a live count of people and the look on a phone beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import redirect, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from bot.console import Clash, Pages, current, flash, fragment, page, person
from bot.errors import OutreachError
from bot.outreach import preview, unsaved
from bot.outreach.content import Level
from bot.outreach.drafts import Broadcast, Draft
from bot.outreach.pages.audience import plain, told
from bot.outreach.pages.desks import Desks, whole
from bot.outreach.pages.forms import LEVEL_HINTS, Composer, Offer, ways_of
from bot.outreach.pages.media_pages import ACCEPT, FIELDS, LIMITS, pickers_of
from bot.outreach.scope import confine
from bot.outreach.states import MOVES, Move
from bot.outreach.ways import LEVELS, MASSES, WAYS, carries
from bot.people import segments
from bot.sending import MediaKind, Message
from bot.staff import Permission

#: People who are shown of an audience.
_SAMPLE = 5
_NEW = "new"


@dataclass(frozen=True, slots=True)
class Picture:
    """How a message looks on a phone."""

    title: str
    svg: Markup


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group."""

    @pages.get("/broadcasts/new", Permission.WRITE_OUTREACH)
    def compose_new() -> str:
        return _shown(desks, None, _kept(desks, _NEW))

    @pages.post("/broadcasts/new", Permission.WRITE_OUTREACH, once="/staff/outreach/broadcasts")
    def save_new() -> Any:
        return _saved(desks, None)

    @pages.get("/broadcasts/<int:number>/edit", Permission.WRITE_OUTREACH)
    def compose(number: int) -> Any:
        held = desks.mine(number)
        if (held.state, Move.EDIT) not in MOVES:
            flash("已经开始发送的不能再改；可以“复制为新稿”。", "bad")
            return redirect(f"/staff/outreach/broadcasts/{number}", 303)
        return _shown(desks, held, _kept(desks, str(number)))

    @pages.post("/broadcasts/<int:number>/edit", Permission.WRITE_OUTREACH)
    def save(number: int) -> Any:
        return _saved(desks, desks.mine(number))

    @pages.post("/broadcasts/<int:number>/copy", Permission.WRITE_OUTREACH, once="/staff/outreach/broadcasts")
    def copy(number: int) -> Any:
        held, me = desks.mine(number), current()
        anew = replace(held.draft, send_at=None, until=None, reason="", mass_left=None)
        made = desks.house.broadcasts.write(_within(anew), me.name, desks.clock())
        desks.note("copy", held, made)
        flash(f"已照“{held.draft.title}”写了一份新稿，时间和理由没有带过来。")
        return redirect(f"/staff/outreach/broadcasts/{made.id}/edit", 303)

    @pages.post("/unsaved/<name>", Permission.WRITE_OUTREACH, audited=False)
    def autosave(name: str) -> str:
        now = desks.clock()
        unsaved.keep(desks.house.database, current().name, _form_name(desks, name), _typed(), now)
        return fragment("outreach/saved.html", at=now)

    @pages.post("/unsaved/<name>/drop", Permission.WRITE_OUTREACH, audited=False)
    def drop_unsaved(name: str) -> Any:
        unsaved.drop(desks.house.database, current().name, _form_name(desks, name))
        flash("没有保存的改动已丢弃。", "note")
        return redirect(_address(name), 303)

    @pages.post("/audience", Permission.WRITE_OUTREACH, audited=False)
    def count_audience() -> str:
        return fragment("outreach/audience_count.html", **_counted(desks, _composer(desks, request.form)))

    @pages.post("/preview", Permission.WRITE_OUTREACH, audited=False)
    def preview_typed() -> str:
        try:
            pictures = pictures_of(_composer(desks, request.form).to_draft(), _office(desks), desks)
        except OutreachError as e:
            return fragment("console/problem.html", sentence=plain(e))
        return fragment("outreach/pictures.html", pictures=pictures)


def pictures_of(draft: Draft, account: str, desks: Desks) -> list[Picture]:
    """Each level by the first way that carries it, a notice besides where it would look otherwise."""
    found = []
    for level, message in draft.content.items():
        for name in _ways_shown(draft, message):
            svg = Markup(preview.svg(*_looks(message, name, desks), account=account, sender=name))
            found.append(Picture(f"{LEVELS[level]} · {WAYS[name].words}", svg))
    return found


def _looks(message: Message, way: str, desks: Desks) -> tuple[Message, str]:
    """The message with the words of its draft where these are what goes out, and the address of its picture."""
    known = desks.house.media.named([message.media, message.picture])
    item = known.get(message.media)
    if item and way in MASSES and item.kind is MediaKind.DRAFT:
        message = replace(message, title=item.name, text="", url="", picture=item.cover)
        known = desks.house.media.named([item.cover])
    shown = known.get(message.picture) or item
    return message, f"/staff/outreach/media/{shown.id}/picture" if shown and shown.has_picture else ""


def _ways_shown(draft: Draft, message: Message) -> list[str]:
    ways = [name for name in draft.channels if name in WAYS and carries(name, message)]
    seen: dict[str, str] = {}
    for name in ways:
        seen.setdefault("notice" if name == "official.notice" else WAYS[name].channel, name)
    return list(seen.values())


def _composer(desks: Desks, given: MultiDict[str, str] | None, held: Broadcast | None = None) -> Composer:
    settings = desks.house.office.settings.outreach
    offer = Offer(desks.choices, settings, ways_of(desks.house.senders, settings))
    return Composer(offer, given, held.draft if held else None, held.version if held else 0)


def _shown(desks: Desks, held: Broadcast | None, kept: unsaved.Unsaved | None) -> str:
    given = MultiDict([(k, v) for k, values in kept.fields.items() for v in values]) if kept else None
    composer = _composer(desks, given, held)
    if held is None and given is None:
        composer.about.campaign.data = request.args.get("campaign", "")[:80]
    return _page(desks, composer, held, kept.at if kept else None)


def _page(
    desks: Desks, composer: Composer, held: Broadcast | None, kept_at: datetime | None = None,
    clash: Clash | None = None,
) -> str:  # fmt: skip
    name = str(held.id) if held else _NEW
    return page(
        "outreach/compose.html", composer=composer, held=held, name=name, kept_at=kept_at, levels=LEVELS,
        hints=LEVEL_HINTS, first=Level.PUBLIC, ways=WAYS, settings=desks.house.office.settings.outreach,
        counted=_counted(desks, composer), region=current().region, accept=ACCEPT, limits=LIMITS,
        clash=clash,
        pickers=pickers_of(
            desks, {(level, f): form.text(f) for level, form in composer.levels.items() for f in FIELDS}
        ),
    )  # fmt: skip


def _saved(desks: Desks, held: Broadcast | None) -> Any:
    """Save what was typed; shown again with what is wrong where it cannot be."""
    composer, me, now = _composer(desks, request.form, held), current(), desks.clock()
    is_right = composer.validate()
    try:
        draft = _within(composer.to_draft()) if is_right else None
    except OutreachError as e:
        composer.audience.rule.errors = [*composer.audience.rule.errors, plain(e)]
        draft = None
    if draft is None:
        return _page(desks, composer, held), 422
    desk = desks.house.broadcasts
    if held is None:
        saved = desk.write(draft, me.name, now)
    else:
        version, why = whole(composer.about.text("version")), request.form.get("why", "")
        try:
            saved = desk.edit(held.id, draft, version, me.name, why, now)
        except OutreachError:
            fresh = desks.mine(held.id)
            if fresh.version == version:
                raise
            composer.about.version.data = str(fresh.version)
            return _page(desks, composer, fresh, clash=_clash(desks, fresh, draft)), 409
    unsaved.drop(desks.house.database, me.name, str(held.id) if held else _NEW)
    desks.note("edit", held, saved)
    flash("已保存。请看下面的检查结果，再提交审核。")
    return redirect(f"/staff/outreach/broadcasts/{saved.id}", 303)


def _clash(desks: Desks, held: Broadcast, mine: Draft) -> Clash:
    """What differs between a broadcast as somebody saved it meanwhile and as it was typed."""
    theirs = held.draft
    about = [
        ("名称", theirs.title, mine.title), ("受众", desks.told(held), told(mine.audience)),
        ("发送方式", _ways_in_words(theirs), _ways_in_words(mine)),
        *((LEVELS[n], _in_words(theirs.content.get(n)), _in_words(mine.content.get(n))) for n in Level),
    ]  # fmt: skip
    last = desks.house.broadcasts.history(held.id)[-1]
    sentence = f"您填写的时候，{person(last.who)}存了第 {held.version} 版"
    return Clash(sentence, [row for row in about if row[1] != row[2]])


def _ways_in_words(draft: Draft) -> str:
    return "、".join(WAYS[name].words for name in draft.channels if name in WAYS)


def _in_words(message: Message | None) -> str:
    if message is None:
        return ""
    fields = [f"{name}：{text}" for name, text in message.fields.items()]
    held = (message.title, message.text, message.url, message.media, message.picture, *fields)
    return "\n".join(part for part in held if part)


def _within(draft: Draft) -> Draft:
    """The draft as whoever is signed in may send it: district staff to nobody outside their region."""
    return replace(draft, audience=confine(draft.audience, current().region))


def _counted(desks: Desks, composer: Composer) -> dict[str, Any]:
    """How many people an audience is now, and some of them."""
    now, database = desks.clock(), desks.house.database
    try:
        rule = confine(composer.audience.to_rule(), current().region)
        return {
            "count": segments.count(database, rule, now), "words": told(rule), "wrong": "",
            "people": segments.sample(database, rule, _SAMPLE, now),
        }  # fmt: skip
    except OutreachError as e:
        return {"count": 0, "words": "", "wrong": plain(e), "people": []}


def _kept(desks: Desks, name: str) -> unsaved.Unsaved | None:
    return unsaved.find(desks.house.database, current().name, name)


def _form_name(desks: Desks, name: str) -> str:
    """The form that a name in an address stands for; 404 where it is none of theirs."""
    if name == _NEW:
        return name
    if not whole(name):
        raise NotFound("没有这张表单")
    return str(desks.mine(int(name)).id)


def _address(name: str) -> str:
    return "/staff/outreach/broadcasts/new" if name == _NEW else f"/staff/outreach/broadcasts/{int(name)}/edit"


def _typed() -> dict[str, list[str]]:
    return {name: values for name, values in request.form.lists() if name not in ("csrf", "csrf_token", "form_key")}


def _office(desks: Desks) -> str:
    return desks.house.office.settings.office.name
