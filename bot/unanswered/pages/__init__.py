"""Pages of what could not be answered: groups of questions, answered in place, linked, dismissed, published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import wtforms
from flask import abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.console import Pages, Waiting, console, current, flash, page, record
from bot.console.forms import Form, at_most, required
from bot.errors import ContentErrors, KnowledgeError
from bot.ingest.forms import MAX_TITLE
from bot.ingest.items import to_entry
from bot.knowledge.versions import Version
from bot.staff import Permission, Staff
from bot.unanswered.clusters import WORDS, Cluster, Row, Standing
from bot.unanswered.desk import MAX_PHRASINGS, Given, Taken, UnansweredDesk, written
from bot.unanswered.pages.recent import DAYS, Recent, span
from bot.unanswered.telling import Teller

_AT = "/staff/knowledge/unanswered/"
_AT_MOST = 50
_TABS = (("待处理", "open"), ("待审核", "in_review"), ("已答复", "answered"), ("不答复", "dismissed"))

View = str | BaseResponse | tuple[str, int]


class AnswerForm(Form):
    """A new entry that answers a group."""

    title = wtforms.StringField(
        "标题", [required("请写标题。"), at_most(MAX_TITLE)], description=f"像提问人会说的话，最多{MAX_TITLE}个字"
    )
    told = wtforms.TextAreaField("回答", [required("请写回答。"), at_most(300)], description="先说结论，再说依据和做法")
    law = wtforms.StringField("依据的法规全称", [at_most(100)])
    article = wtforms.StringField("第几条", [at_most(40)])
    source = wtforms.StringField("依据不是法规时，文件的名称", [at_most(100)])
    issuer = wtforms.StringField("发布单位", [at_most(100)])
    phrasings = wtforms.TextAreaField("再加几个问法", description="一行一个；下面这一类里的问法会自动加上，不用抄")

    def validate_law(self, field: wtforms.StringField) -> None:
        """An answer names where it comes from."""
        if not field.data and not self.source.data:
            raise wtforms.ValidationError("请写依据的法规，或者别的文件名称。")


@dataclass(frozen=True)
class Room:
    """What these pages are handed. get_teller: made when first asked for."""

    desk: UnansweredDesk
    get_teller: Callable[[], Teller]
    recent: Recent


def create_pages(room: Room) -> Pages:
    """The pages under /staff/knowledge/unanswered."""
    pages = Pages("unanswered", __name__, prefix="/staff/knowledge/unanswered")
    _add_reading(pages, room)
    _add_deeds(pages, room)
    return pages


def waiting(room: Room, staff: Staff, now: datetime) -> list[Waiting]:
    """How many groups wait to be answered, as far as is known at this moment."""
    if not staff.may(Permission.WRITE_KNOWLEDGE):
        return []
    found = [c.id for c in room.recent.clusters(now) or () if _concerns(c, staff)]
    count = room.desk.open_ones(found, now) if found else 0
    return [Waiting(f"{count} 类问题没答上，等人答复", _AT, 1, count)] if count else []


def _add_reading(pages: Pages, room: Room) -> None:
    @pages.get("/", Permission.READ_KNOWLEDGE)
    def clusters() -> str:
        show, now = request.args.get("show", "open"), _now()
        if show not in {key for _, key in _TABS}:
            abort(404)
        known = room.recent.clusters(now)
        found = [c for c in known or () if _concerns(c, current())]
        rows = room.desk.rows([c.id for c in found], now)
        wanted = [c for c in found if rows[c.id].standing == show]
        start = next((n for n, c in enumerate(wanted, 1) if str(c.id) == request.args.get("after")), 0)
        shown = wanted[start : start + _AT_MOST]
        more = f"{_AT}?show={show}&after={shown[-1].id}" if len(wanted) > start + _AT_MOST else ""
        tabs = [(name, f"{_AT}?show={key}", key == show) for name, key in _TABS]
        return page("unanswered/list.html", found=shown, rows=rows, tabs=tabs, more=more, days=DAYS, words=WORDS,
                    is_known=known is not None)  # fmt: skip

    @pages.get("/<int:number>", Permission.READ_KNOWLEDGE)
    def cluster(number: int) -> str:
        return _page(room, _held(room, number), AnswerForm())


def _add_deeds(pages: Pages, room: Room) -> None:
    @pages.post("/<int:number>/answer", Permission.WRITE_KNOWLEDGE)
    def answer(number: int) -> View:
        held, form, now = _held(room, number), AnswerForm(request.form), _now()
        if not form.validate():
            return _page(room, held, form), 422
        try:
            taken = room.desk.answer(number, _item(form), _given(form), span(now), now)
        except ContentErrors as e:
            form.form_errors = [error.reason for error in e.errors]
            return _page(room, held, form), 422
        return _taken(number, taken, "answer")

    @pages.post("/<int:number>/link", Permission.WRITE_KNOWLEDGE)
    def link(number: int) -> View:
        _held(room, number)
        entry, now = request.form.get("entry", "").strip()[:80], _now()
        entry = request.form.get("other", "").strip()[:80] or entry
        if not entry:
            raise KnowledgeError("请选一个条目，或者写它的编号")
        count = MAX_PHRASINGS if request.form.get("grow") else 0
        given = Given(current().name, f"答复 {number} 号问题", (), count)
        return _taken(number, room.desk.link(number, entry, given, span(now), now), "link")

    @pages.post("/<int:number>/dismiss", Permission.WRITE_KNOWLEDGE)
    def dismiss(number: int) -> View:
        held = _held(room, number)
        why = _reason("请写明为什么不答复")
        room.desk.dismiss(number, current().name, why, _now())
        return _done(room, held, "dismiss", why, f"{number} 号问题不答复，以后这样问的也归在这里。")

    @pages.post("/<int:number>/reopen", Permission.WRITE_KNOWLEDGE)
    def reopen(number: int) -> View:
        held = _held(room, number)
        why = request.form.get("reason", "").strip()[:300]
        room.desk.reopen(number, current().name, why, _now())
        return _done(room, held, "reopen", why, f"{number} 号问题重新待处理，写好的条目还在。")

    @pages.post("/<int:number>/publish", Permission.REVIEW_KNOWLEDGE)
    def publish(number: int) -> View:
        held = _held(room, number)
        text = request.form.get("version", "")
        if not text.isascii() or not text.isdecimal() or len(text) > 6:
            abort(400)
        room.desk.publish(number, current().name, "", _now(), int(text))
        said = "已发布，几秒内生效；还能收到消息的提问人会在几分钟内得到告知（夜里不发，等到早上8点）。"
        return _done(room, held, "publish", "", said)


def _now() -> datetime:
    return console().clock().astimezone(UTC)


def _concerns(cluster: Cluster, staff: Staff) -> bool:
    """Whether all of a group was asked in somebody's own place."""
    return not staff.region or all(staff.sees(place) for place in cluster.regions)


def _held(room: Room, number: int) -> Cluster:
    """A group; 404 where there is none, or people of another place asked it too."""
    if room.recent.clusters(_now()) is None:
        room.recent.wait()
    found = next((c for c in room.recent.clusters(_now()) or () if c.id == number), None)
    if found is None or not _concerns(found, current()):
        abort(404)
    return found


def _page(room: Room, cluster: Cluster, form: AnswerForm) -> str:
    row = room.desk.rows([cluster.id], _now())[cluster.id]
    version = room.desk.opened(row) if row.standing is Standing.IN_REVIEW else None
    return page(
        "unanswered/cluster.html", cluster=cluster, row=row, form=form, near=room.desk.nearest(cluster), words=WORDS,
        told=_told(room, row), version=version, notice=_notice(room, version),
        may_publish=version is not None and version.author != current().name,
    )  # fmt: skip


def _notice(room: Room, version: Version | None) -> str:
    """What askers read when this version is published; "" where none waits."""
    if version is None or version.fields is None:
        return ""
    return room.get_teller().words(to_entry(version.item())[0], _now())


def _told(room: Room, row: Row) -> Mapping[str, int]:
    """How many askers are told, wait, or cannot be told."""
    out = {"已告知": 0, "等待告知": 0, "不能告知或没有送到": 0}
    for (state, _), count in room.get_teller().counted(row.id).items():
        name = {"sent": "已告知", "created": "等待告知", "sending": "等待告知"}.get(state, "不能告知或没有送到")
        out[name] += count
    return {name: count for name, count in out.items() if count}


def _item(form: AnswerForm) -> Any:
    named = {"law": form.law.data, "article": form.article.data, "name": form.source.data, "issuer": form.issuer.data}
    source = {key: value for key, value in named.items() if value}
    verify = "statute" if form.law.data else "official"
    return written(form.title.data or "", form.told.data or "", source, region=current().region, verify=verify)


def _given(form: AnswerForm) -> Given:
    own = tuple(line.strip() for line in (form.phrasings.data or "").splitlines() if line.strip())
    return Given(current().name, "", own[:MAX_PHRASINGS])


def _taken(number: int, taken: Taken, action: str) -> BaseResponse:
    after = {"entry": taken.row.entry, "phrasings": taken.phrasings}
    record(f"unanswered.{action}", "question", number, after=after)
    if taken.version is None:
        flash(f"{number} 号问题由这个条目答复，没有新问法要审核。还能收到消息的提问人会得到告知。")
    else:
        flash(f"已提交审核：第{taken.version.version}版，加了 {len(taken.phrasings)} 个问法。另一位同事审核后发布。")
    return redirect(f"{_AT}{number}", 303)


def _done(room: Room, held: Cluster, action: str, why: str, said: str) -> BaseResponse:
    number = held.id
    after = room.desk.rows([number], _now())[number].standing
    record(f"unanswered.{action}", "question", number, before={"standing": held.row.standing},
           after={"standing": after}, reason=why)  # fmt: skip
    flash(said)
    return redirect(f"{_AT}{number}", 303)


def _reason(otherwise: str) -> str:
    why = request.form.get("reason", "").strip()[:300]
    if not why:
        raise KnowledgeError(otherwise)
    return why
