"""The office's own synonyms and words of danger: written, tried, put to review, published, rolled back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.answers.lexicon import Lexicon, load_lexicon, spelled_out
from bot.answers.own_dangers import HARMLESS, HAZARD, HAZARDS, HELP
from bot.answers.regions import NATIONWIDE
from bot.answers.synonyms import Pair, Synonyms
from bot.console import Pages, current, flash, page, record
from bot.errors import ContentError, KnowledgeError
from bot.knowledge.pages.room import Room, check_whole_office, now
from bot.knowledge.preview import preview_lexicon, preview_synonyms
from bot.knowledge.states import WORDS, Move, State
from bot.knowledge.versions import Version
from bot.knowledge.word_lists import WordList, pairs_of
from bot.settings import ROOT
from bot.staff import Permission

_LEXICON = ROOT / "config" / "lexicon.toml"
_MAX_LINES, _LONGEST = 2000, 100
_HOW_SYNONYMS = "一行一条，写成 口语=正式说法，例如 小电驴=电动自行车；只在某地这么叫的，后面加 @地区"
_HOW_DANGERS = (
    f"一行一条，写成 当地的说法=机器人已经认得的词，例如 火烛=着火。单独说出来就算求救的，右边写 {HELP}；"
    f"有险情字眼其实不是险情的，右边写 {HARMLESS}；属于举报隐患的，右边写 {HAZARD}消防、{HAZARD}用电 等"
)
#: So many words of each meaning are shown as examples of what is known.
_EXAMPLES = 6


@dataclass(frozen=True)
class _List:
    """One of the lists, as its page needs it. means: what stands on the right; preview: what a list would change."""

    path: str
    words: WordList
    action: str
    how: str
    means: str
    preview: Callable[[Sequence[Pair]], dict[str, Any]]

    @property
    def url(self) -> str:
        """Its page."""
        return f"/staff/knowledge/{self.path}"


def add(pages: Pages, room: Room) -> None:
    """Add these pages."""
    synonyms = _List("words", room.synonym_desk, "synonyms", _HOW_SYNONYMS, "正式说法", lambda p: _synonyms(room, p))
    dangers = _List("danger", room.danger_desk, "danger_words", _HOW_DANGERS, "像哪个词", lambda p: _dangers(room, p))

    @pages.get("/words", Permission.READ_KNOWLEDGE)
    def words() -> str:
        return _page(room, synonyms)

    @pages.get("/danger", Permission.READ_KNOWLEDGE)
    def danger_words() -> str:
        return _page(room, dangers)

    @pages.post("/words", Permission.WRITE_KNOWLEDGE)
    def write_words() -> str | BaseResponse | tuple[str, int]:
        return _write(room, synonyms)

    @pages.post("/danger", Permission.WRITE_KNOWLEDGE)
    def write_danger_words() -> str | BaseResponse | tuple[str, int]:
        return _write(room, dangers)

    @pages.post("/words/<deed>", Permission.REVIEW_KNOWLEDGE)
    def decide_words(deed: str) -> BaseResponse:
        return _decide(synonyms, deed)

    @pages.post("/danger/<deed>", Permission.REVIEW_KNOWLEDGE)
    def decide_danger_words(deed: str) -> BaseResponse:
        return _decide(dangers, deed)

    @pages.post("/lexicon", Permission.READ_KNOWLEDGE, audited=False)
    def try_lexicon() -> BaseResponse:
        text = request.form.get("lexicon", "")
        if not text.strip():
            raise KnowledgeError("请把改过的词表贴进来再试")
        work = room.works.begin("lexicon", "试一试险情词", current().name, lambda _step: _lexicon(room, text), now())
        return redirect(f"/staff/knowledge/progress/{work.id}", 303)


def pairs_in(text: str, how: str) -> list[Pair]:
    """The pairs of lines like 小电驴=电动自行车 @广东省. Raises ContentError with the line and how to write it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MAX_LINES:
        raise ContentError(f"最多 {_MAX_LINES} 条")
    return [_pair(n, line, how) for n, line in enumerate(lines, 1)]


def _pair(number: int, line: str, how: str) -> Pair:
    said, at, region = line.replace("＝", "=").replace("＠", "@").partition("@")
    word, equals, means = (part.strip() for part in said.partition("="))
    if not equals or not word or not means or (at and not region.strip()):
        raise ContentError(f"第{number}行“{line[:30]}”写得不对：{how}")
    if len(line) > _LONGEST:
        raise ContentError(f"第{number}行太长，最多 {_LONGEST} 个字")
    return Pair(word, means, region.strip() or NATIONWIDE, line=number)


def written_lines(pairs: Sequence[Pair]) -> str:
    """Pairs as lines of the form."""
    return "\n".join(f"{p.word}={p.means}{'' if p.region == NATIONWIDE else f' @{p.region}'}" for p in pairs)


def _write(room: Room, held: _List) -> str | BaseResponse | tuple[str, int]:
    check_whole_office()
    text, wish = request.form.get("pairs", ""), request.form.get("do", "save")
    try:
        pairs = pairs_in(text, held.how)
    except ContentError as e:
        return _page(room, held, text, [e.reason]), 422
    if wish in ("try", "submit") and (wrong := held.words.check(pairs)):
        return _page(room, held, text, [e.reason for e in wrong]), 422
    if wish == "try":
        kind, what = "synonyms" if held.path == "words" else "lexicon", f"试一试{held.words.name}"
        work = room.works.begin(kind, what, current().name, lambda _step: held.preview(pairs), now())
        return redirect(f"/staff/knowledge/progress/{work.id}", 303)
    before = _told(held.words.live())
    held.words.draft(pairs, current().name, _why())
    if wish == "submit":
        held.words.submit(current().name, _why())
    deed = "submit" if wish == "submit" else "draft"
    record(f"{held.action}.{deed}", held.action, before=before, after=_told(pairs), reason=_why())
    flash("已提交审核，另一位同事通过后几秒内生效。" if wish == "submit" else "草稿已保存，还没有提交审核。")
    return redirect(held.url, 303)


def _decide(held: _List, deed: str) -> BaseResponse:
    check_whole_office()
    desk = held.words
    deeds: dict[str, Callable[[str, str], Version]] = {
        "publish": lambda by, why: desk.publish(by, why, _number()), "return": desk.give_back,
        "withdraw": desk.withdraw, "roll-back": lambda by, why: desk.roll_back(_number(), by, why),
    }  # fmt: skip
    if deed not in deeds:
        abort(404)
    before = _told(desk.live())
    version = deeds[deed](current().name, _why())
    after = {"version": version.version, "state": version.state, **_told(desk.live())}
    record(f"{held.action}.{deed}", held.action, version.version, before=before, after=after, reason=_why())
    flash(f"{desk.name}第{version.version}版：{WORDS[version.state]}。")
    return redirect(held.url, 303)


def _told(pairs: Sequence[Pair]) -> dict[str, Any]:
    """A list as the trail keeps it: how many, and what they say as far as that is short."""
    return {"count": len(pairs), "words": written_lines(pairs)[:2000]}


def _page(room: Room, held: _List, text: str | None = None, wrong: Sequence[str] = ()) -> str:
    found, events = held.words.history()
    opened = next((v for v in reversed(found) if v.state in (State.DRAFT, State.IN_REVIEW)), None)
    live = next((v for v in reversed(found) if v.state is State.LIVE), None)
    shown = opened or live
    pairs = pairs_of(shown) if shown else []
    old, new = ({p.word: p.means for p in pairs_of(v)} if v else {} for v in (live, opened))
    changed = [(w, old.get(w, ""), new.get(w, "")) for w in sorted({*old, *new}) if old.get(w) != new.get(w)]
    was_live = {e.version for e in events if e.after == State.LIVE}
    return page(
        "knowledge/words.html", held=held, written=written_lines(pairs), wrong=wrong, opened=opened, live=live,
        text=written_lines(pairs) if text is None else text, states=WORDS, changed=changed if opened else [],
        events=[(e, WORDS[Move(e.move)]) for e in reversed(events)], me=current().name,
        back=[v for v in reversed(found) if v.state is State.WITHDRAWN and v.version in was_live],
        known=_known(room.danger_desk.lexicon(())) if held.path == "danger" else [],
        lexicon=_LEXICON.read_text(encoding="utf-8") if held.path == "danger" else "",
    )  # fmt: skip


def _known(lexicon: Lexicon) -> list[str]:
    """What may stand on the right: some words of each meaning, and the kinds of hazards."""
    meanings = [" ".join(spelled_out(text)[:_EXAMPLES]) for key, text in lexicon["meanings"].items() if key != "hides"]
    return [*meanings, *(f"{HAZARD}{HAZARDS.get(kind, kind)}" for kind in lexicon["hazard"])]


def _synonyms(room: Room, pairs: Sequence[Pair]) -> dict[str, Any]:
    shipped = room.keeper.answerer.matcher.synonyms.shipped
    then = room.trial(Synonyms(shipped, pairs), None)
    return preview_synonyms(room.database, room.keeper.answerer, then, room.region).as_row()


def _dangers(room: Room, pairs: Sequence[Pair], path: Path | None = None) -> dict[str, Any]:
    """path: of another file than came with the program."""
    then = room.trial(None, room.danger_desk.lexicon(pairs, path))
    return preview_lexicon(
        room.database, room.keeper.answerer, then, room.region, room.shipped.examples
    ).as_row()  # fmt: skip


def _lexicon(room: Room, text: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="safetybot-") as scratch:
        path = Path(scratch) / "lexicon.toml"
        path.write_text(text, encoding="utf-8")
        try:
            load_lexicon(path)
        except ContentError as e:
            raise KnowledgeError(f"词表写得不对：{e.reason}") from e
        return _dangers(room, room.danger_desk.live(), path)


def _why() -> str:
    return (request.form.get("reason") or request.form.get("why") or "").strip()[:300]


def _number() -> int:
    text = request.form.get("version", "")
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        abort(400)
    return int(text)
