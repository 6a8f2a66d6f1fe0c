"""Write an entry: the form, what people would get beside it, what is wrong at the fields; nothing typed is lost."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from flask import Response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from bot.answers.entries import EntryKind
from bot.answers.matching import level
from bot.answers.regions import NATIONWIDE
from bot.console import Clash, Pages, current, flash, fragment, page, person, record
from bot.errors import ContentError, KnowledgeError
from bot.ingest.items import Item, to_entry
from bot.knowledge.differing import differences
from bot.knowledge.differing import told as in_full
from bot.knowledge.pages.forms import PICK, EntryForm, data_of, filled, in_words, item_of, place
from bot.knowledge.pages.room import Room, check_region, now, today, written_item
from bot.knowledge.trying import Tried, barred, try_question
from bot.staff import Permission

NEW = "new"
#: The name an entry has while it is tried and has none yet.
_UNNAMED = "staff-unnamed"
_TOPIC = "staff"
_ARTICLES = 8
_LONGEST_QUESTION = 300

View = str | BaseResponse | tuple[str, int]


def add(pages: Pages, room: Room) -> None:
    """Add these pages."""

    @pages.get("/new", Permission.WRITE_KNOWLEDGE)
    def new() -> str:
        given = {"title": request.args.get("title", "")[:60], "questions": request.args.get("questions", "")[:600]}
        return _form(room, NEW, _blank(room), given=given)

    @pages.post("/new", Permission.WRITE_KNOWLEDGE, once="/staff/knowledge/")
    def write_new() -> View:
        return _sent(room, NEW, _blank(room))

    @pages.get("/entries/<entry>/edit", Permission.WRITE_KNOWLEDGE)
    def edit(entry: str) -> str:
        return _form(room, entry, _editable(room, entry))

    @pages.post("/entries/<entry>/edit", Permission.WRITE_KNOWLEDGE)
    def write(entry: str) -> View:
        return _sent(room, entry, _editable(room, entry))

    @pages.post("/entries/<entry>/beside", Permission.WRITE_KNOWLEDGE, audited=False)
    def beside(entry: str) -> str:
        base = _blank(room) if entry == NEW else _editable(room, entry)
        room.scratch.keep(current().name, entry, _typed(request.form), now())
        return fragment("knowledge/beside.html", kept=now(), **_beside(room, filled(request.form), base, entry))

    @pages.post("/entries/<entry>/forget", Permission.WRITE_KNOWLEDGE, audited=False)
    def forget(entry: str) -> BaseResponse:
        room.scratch.drop(current().name, entry)
        return redirect("/staff/knowledge/new" if entry == NEW else f"/staff/knowledge/entries/{entry}/edit", 303)

    @pages.get("/articles", Permission.READ_KNOWLEDGE)
    def articles() -> str:
        return fragment("knowledge/articles.html", **_articles(room, request.args))


def _articles(room: Room, asked: MultiDict[str, str]) -> dict[str, Any]:
    """Articles for the picker: those ticked before, then the one that is named, else those that fit the words."""
    base, words = room.keeper.base, asked.get("article_words", "").strip()[:_LONGEST_QUESTION]
    ticked = list(dict.fromkeys(asked.getlist("pick")))[:_ARTICLES]
    law, _, number = words.partition(" ")
    exact = base.find_article(law.strip("《》"), number.strip()) if number else None
    ranked = room.keeper.answerer.matcher.articles(level(words), room.region, _ARTICLES) if words else []
    numbers = [base.find_article(*p.partition(PICK)[::2]) for p in ticked]
    numbers += [exact] if exact is not None else [n for n, _ in ranked]
    found = [base.article(n) for n in dict.fromkeys(numbers) if n is not None]
    return {"found": found, "words": words, "ticked": ticked, "pick": PICK}


def _blank(room: Room) -> Item:
    return Item(EntryKind.FAQ, _TOPIC, {"region": current().region or room.region, "reviewed": today().isoformat()})


def _editable(room: Room, entry: str) -> Item:
    item = written_item(room, entry)
    if item is None:
        raise KnowledgeError(f"{entry}：已经隐藏；要修改，请先在它的页面上恢复")
    if item.kind is EntryKind.PLAN:
        raise KnowledgeError("活动方案里的事项请在“活动方案”里修改")
    return item


def _form(room: Room, entry: str, base: Item, given: dict[str, str] | None = None) -> str:
    """The form as it is kept, or as it was left unsaved."""
    kept = room.scratch.kept(current().name, entry)
    if kept:
        form = filled(MultiDict([(name, value) for name, values in kept.fields.items() for value in values]))
    else:
        form = EntryForm(None, **data_of(base) | {k: v for k, v in (given or {}).items() if v})
        form.version.data = str(_version(room, entry))
    return _page(room, form, base, entry, left=(), kept=kept.at if kept else None)


def _page(
    room: Room, form: EntryForm, base: Item, entry: str, left: Any, kept: Any = None, clash: Clash | None = None
) -> str:
    # To look beside all other entries takes longer than a page may: done while somebody types, and before review.
    panel = _beside(room, form, base, entry, checked=request.method == "POST") if form.title.data else {}
    return page(
        "knowledge/edit.html", form=form, id=entry, is_new=entry == NEW, left=left, kept=kept, panel=panel,
        is_aside=base.kind is EntryKind.OUT_OF_SCOPE, is_hotline=base.kind is EntryKind.HOTLINE,
        laws=list(room.keeper.base.statutes), clash=clash, picking=_articles(room, request.form),
    )  # fmt: skip


def _sent(room: Room, entry: str, base: Item) -> View:
    """What was sent: tried, saved as a draft, or saved and put to review."""
    form, wish = filled(request.form), request.form.get("do", "save")
    item = item_of(form, base)
    check_region(str(item.fields.get("region") or NATIONWIDE))
    if wish == "try":
        return _page(room, form, base, entry, ())
    name = entry if entry != NEW else _free_id(room)
    item = replace(item, fields={**item.fields, "id": name})
    seen = _version(room, entry)
    if str(seen) != form.version.data:
        form.version.data = form.version.raw_data = None
        form.version.data = str(seen)
        return _page(room, form, base, entry, (), clash=_clash(room, item)), 409
    errors = room.desk.misplaced(item) if wish == "save" else [*room.desk.misplaced(item), *room.desk.check(item)]
    if not item.fields.get("title"):
        errors = [ContentError("缺少 title"), *(e for e in errors if "缺少 title" not in e.reason)]
    if errors:
        return _page(room, form, base, entry, place(form, errors, name)), 422
    return _saved(room, item, form, entry, submit=wish == "submit")


def _saved(room: Room, item: Item, form: EntryForm, entry: str, *, submit: bool) -> Response | BaseResponse:
    staff, why = current(), form.why.data or ""
    before = {} if entry == NEW else dict(room.desk.item(entry)[0].fields)
    if submit:
        room.desk.hand_in(item, staff.name, why)
    else:
        room.desk.draft([item], staff.name, why)
    room.scratch.drop(staff.name, entry)
    changed = [d.field for d in differences(before, item.fields)]
    record(
        "entry.submit" if submit else "entry.draft", "entry", item.id, before={k: before.get(k) for k in changed},
        after={k: item.fields.get(k) for k in changed}, reason=why,
    )  # fmt: skip
    flash("已提交审核。另一位同事审核通过后，几秒内就会用上。" if submit else "草稿已保存，还没有提交审核。")
    return redirect(f"/staff/knowledge/entries/{item.id}", 303)


def _beside(room: Room, form: EntryForm, base: Item, entry: str, *, checked: bool = True) -> dict[str, Any]:
    """What people would get if the form were live, and what is wrong with it: None where that is not checked."""
    name = _UNNAMED if entry == NEW else entry
    item = item_of(form, base)
    item = replace(item, fields={**item.fields, "id": name})
    read, _ = to_entry(item)
    found = room.desk.check(item) if checked else None
    wrong = None if found is None else [in_words(e.reason.removeprefix(f"{name}:").strip()) for e in found]
    text = (form.try_question.data or form.title.data or "").strip()[:_LONGEST_QUESTION]
    tried: Tried | None = None
    if text and read.answer and read.title:
        answerer = room.keeper.trial_with(read)
        tried = try_question(answerer, room.office.settings.answers, text, room.region, today())
    return {"tried": tried, "asked": text, "wrong": wrong, "barred": barred(read, room.region, today()), "name": name}


def _version(room: Room, entry: str) -> int:
    return 0 if entry == NEW else room.desk.next_version(entry) - 1


def _clash(room: Room, mine: Item) -> Clash:
    last = room.desk.history(mine.id)[0][-1]
    theirs = last.fields or {}
    rows = [
        (d.label, in_full(theirs.get(d.field)), in_full(mine.fields.get(d.field)))
        for d in differences(theirs, mine.fields)
    ]
    return Clash(f"您填写的时候，{person(last.author)}存了第{last.version}版", rows)


def _free_id(room: Room) -> str:
    """An id that no entry has or had: by the day, then a number."""
    day = f"{today():%Y%m%d}"
    return next(name for n in count(1) if not room.desk.holds(name := f"own-{day}-{n}"))


def _typed(form: MultiDict[str, str]) -> dict[str, list[str]]:
    return {name: form.getlist(name) for name in form if name not in ("csrf", "do")}
