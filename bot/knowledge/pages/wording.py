"""Synonyms and words of danger: the office's list with its history, and which answers another list would change."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.answers.lexicon import load_lexicon
from bot.answers.regions import NATIONWIDE
from bot.answers.synonyms import Pair, Synonyms
from bot.console import Pages, current, flash, page, record
from bot.errors import ContentError, KnowledgeError
from bot.knowledge.pages.room import Room, check_whole_office, now
from bot.knowledge.preview import preview_lexicon, preview_synonyms
from bot.knowledge.states import WORDS, Move, State
from bot.knowledge.synonyms import pairs_of
from bot.knowledge.versions import Version
from bot.settings import ROOT
from bot.staff import Permission

_LEXICON = ROOT / "config" / "lexicon.toml"
_MAX_LINES, _LONGEST = 2000, 100
_HOW = "一行一条，写成 口语=正式说法，例如 小电驴=电动自行车；只在某地这么叫的，后面加 @地区"


def add(pages: Pages, room: Room) -> None:
    """Add these pages."""

    @pages.get("/words", Permission.READ_KNOWLEDGE)
    def words() -> str:
        return _page(room)

    @pages.post("/words", Permission.WRITE_KNOWLEDGE)
    def write_words() -> str | BaseResponse | tuple[str, int]:
        check_whole_office()
        text, wish = request.form.get("pairs", ""), request.form.get("do", "save")
        try:
            pairs = pairs_in(text)
        except ContentError as e:
            return _page(room, text, [e.reason]), 422
        if wish == "try":
            return _try(room, pairs)
        if wish == "submit" and (wrong := room.synonym_desk.check(pairs)):
            return _page(room, text, [e.reason for e in wrong]), 422
        room.synonym_desk.draft(pairs, current().name, _why())
        if wish == "submit":
            room.synonym_desk.submit(current().name, _why())
        record(f"synonyms.{'submit' if wish == 'submit' else 'draft'}", "synonyms", after={"count": len(pairs)})
        flash("已提交审核。" if wish == "submit" else "草稿已保存，还没有提交审核。")
        return redirect("/staff/knowledge/words", 303)

    @pages.post("/words/<deed>", Permission.REVIEW_KNOWLEDGE)
    def decide_words(deed: str) -> BaseResponse:
        check_whole_office()
        desk = room.synonym_desk
        deeds: dict[str, Callable[[str, str], Version]] = {
            "publish": lambda by, why: desk.publish(by, why, _number()), "return": desk.give_back,
            "withdraw": desk.withdraw, "roll-back": lambda by, why: desk.roll_back(_number(), by, why),
        }  # fmt: skip
        if deed not in deeds:
            abort(404)
        version = deeds[deed](current().name, _why())
        after = {"version": version.version, "state": version.state}
        record(f"synonyms.{deed}", "synonyms", version.version, after=after, reason=_why())
        flash(f"近义词第{version.version}版：{WORDS[version.state]}。")
        return redirect("/staff/knowledge/words", 303)

    @pages.post("/lexicon", Permission.READ_KNOWLEDGE, audited=False)
    def try_lexicon() -> BaseResponse:
        text = request.form.get("lexicon", "")
        if not text.strip():
            raise KnowledgeError("请把改过的词表贴进来再试")
        work = room.works.begin("lexicon", "试一试险情词", current().name, lambda _step: _lexicon(room, text), now())
        return redirect(f"/staff/knowledge/progress/{work.id}", 303)


def pairs_in(text: str) -> list[Pair]:
    """The pairs of lines like 小电驴=电动自行车 @广东省. Raises ContentError with the line and how to write it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MAX_LINES:
        raise ContentError(f"最多 {_MAX_LINES} 条")
    return [_pair(n, line) for n, line in enumerate(lines, 1)]


def _pair(number: int, line: str) -> Pair:
    said, at, region = line.replace("＝", "=").replace("＠", "@").partition("@")
    word, equals, means = (part.strip() for part in said.partition("="))
    if not equals or not word or not means or (at and not region.strip()):
        raise ContentError(f"第{number}行“{line[:30]}”写得不对：{_HOW}")
    if len(line) > _LONGEST:
        raise ContentError(f"第{number}行太长，最多 {_LONGEST} 个字")
    return Pair(word, means, region.strip() or NATIONWIDE, line=number)


def written_lines(pairs: Sequence[Pair]) -> str:
    """Pairs as lines of the form."""
    return "\n".join(f"{p.word}={p.means}{'' if p.region == NATIONWIDE else f' @{p.region}'}" for p in pairs)


def _page(room: Room, text: str | None = None, wrong: Sequence[str] = ()) -> str:
    found, events = room.synonym_desk.history()
    opened = next((v for v in reversed(found) if v.state in (State.DRAFT, State.IN_REVIEW)), None)
    live = next((v for v in reversed(found) if v.state is State.LIVE), None)
    held = opened or live
    pairs = pairs_of(held) if held else []
    old, new = ({p.word: p.means for p in pairs_of(v)} if v else {} for v in (live, opened))
    changed = [(w, old.get(w, ""), new.get(w, "")) for w in sorted({*old, *new}) if old.get(w) != new.get(w)]
    return page(
        "knowledge/words.html", text=written_lines(pairs) if text is None else text, wrong=wrong, how=_HOW,
        opened=opened, live=live, states=WORDS, changed=changed if opened else [],
        events=[(e, WORDS[Move(e.move)]) for e in reversed(events)],
        back=[v for v in reversed(found) if v.state is State.WITHDRAWN],
        lexicon=_LEXICON.read_text(encoding="utf-8"),
    )  # fmt: skip


def _try(room: Room, pairs: Sequence[Pair]) -> BaseResponse:
    shipped = room.keeper.answerer.matcher.synonyms.shipped

    def task(_step: object) -> dict[str, Any]:
        then = room.trial(Synonyms(shipped, pairs), None)
        return preview_synonyms(room.database, room.keeper.answerer, then, room.region).as_row()

    work = room.works.begin("synonyms", "试一试近义词", current().name, task, now())
    return redirect(f"/staff/knowledge/progress/{work.id}", 303)


def _lexicon(room: Room, text: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="safetybot-") as scratch:
        path = Path(scratch) / "lexicon.toml"
        path.write_text(text, encoding="utf-8")
        try:
            then = room.trial(None, load_lexicon(path))
        except ContentError as e:
            raise KnowledgeError(f"词表写得不对：{e.reason}") from e
    return preview_lexicon(
        room.database, room.keeper.answerer, then, room.region, room.shipped.examples
    ).as_row()  # fmt: skip


def _why() -> str:
    return (request.form.get("reason") or request.form.get("why") or "").strip()[:300]


def _number() -> int:
    text = request.form.get("version", "")
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        abort(400)
    return int(text)
