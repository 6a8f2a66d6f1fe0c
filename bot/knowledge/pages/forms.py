"""The form of an entry: from what is kept to fields that people fill in, and back, with complaints at the fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import wtforms
from werkzeug.datastructures import MultiDict
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # unknown to the stubs of 3.2

from bot.answers.entries import EntryKind, Verify
from bot.console.forms import Form
from bot.errors import ContentError
from bot.ingest.forms import AUDIENCES, CATEGORIES, MAX_ANSWER, MAX_SHORT, MAX_TITLE, MIN_QUESTIONS
from bot.ingest.items import Item
from bot.knowledge.differing import LABELS, VERIFIED

_VERIFY = [SelectChoice(value, words) for value, words in VERIFIED.items()]
#: Rows for sources; more come when these are filled.
_ROWS = 2
_SOURCE = ("law", "article", "name", "issuer", "ref")
#: Between law and article of one that was picked: neither holds it.
PICK = "\t"


class SourceForm(wtforms.Form):
    """One source: an article of a law, or a named document."""

    law = wtforms.StringField("法规全称")
    article = wtforms.StringField("第几条")
    name = wtforms.StringField("其他文件名称")
    issuer = wtforms.StringField("发布单位")
    ref = wtforms.StringField("文号或标准号")


class EntryForm(Form):
    """An entry as staff fill it in. version: that the form was made of, 0 for none."""

    title = wtforms.StringField("标题", description=f"手机上点的那一行，最多{MAX_TITLE}个字，像提问人会说的话")
    questions = wtforms.TextAreaField(
        "问法", description=f"大家会怎么问？一行一个，至少{MIN_QUESTIONS}个，说法越不一样越好"
    )
    answer = wtforms.TextAreaField("回答", description="先说结论，再说依据和做法")
    short = wtforms.StringField("一句话回答", description=f"有人说“说简单点”时用，最多{MAX_SHORT}个字")
    sources = wtforms.FieldList(wtforms.FormField(SourceForm), "出处", min_entries=_ROWS, max_entries=12)
    region = wtforms.StringField("适用地区", description="写全称，如 广东省江门市江海区；全国都一样就写 全国")
    valid_from = wtforms.StringField("从哪天起用")
    valid_to = wtforms.StringField("到哪天止", description="过了这天只作为历史告知")
    audience = wtforms.SelectMultipleField("给谁看", choices=[SelectChoice(a, a) for a in sorted(AUDIENCES)])
    ask = wtforms.StringField("还可以问谁", description="单位和电话，如 当地人社部门，电话 12333")
    next = wtforms.TextAreaField("接着可以问", description="最多3条，写条目编号，一行一个")
    number = wtforms.StringField("热线号码")
    category = wtforms.SelectField(
        "类别", choices=[SelectChoice(c, c) for c in sorted(CATEGORIES)], validate_choice=False
    )
    verify = wtforms.RadioField("核对程度", choices=_VERIFY, default=Verify.STATUTE.value, validate_choice=False)
    reviewed = wtforms.StringField("哪天与出处核对过", description="如 2026-11-27")
    own_figures = wtforms.TextAreaField(
        "条文里没有的数字", description="回答里有条文没写的数字时，一行一个写明理由，如 38=区里的通知"
    )
    why = wtforms.StringField("这次为什么改", description="留在历史里，审核的同事看得到")
    version = wtforms.HiddenField(default="0")
    try_question = wtforms.StringField("试问一句", description="看看提问人会得到什么；不填就用标题问")


def data_of(item: Item) -> dict[str, Any]:
    """What the form of an entry shows at first."""
    f = item.fields
    figures = f.get("own_figures") or {}
    return {
        **{name: str(f.get(name) or "") for name in
           ("title", "short", "region", "valid_from", "valid_to", "ask", "number", "verify", "reviewed", "category")},
        "answer": str(f.get("reply" if item.kind is EntryKind.OUT_OF_SCOPE else "answer") or ""),
        "questions": "\n".join(map(str, f.get("questions") or ())),
        "next": "\n".join(map(str, f.get("next") or ())),
        "audience": [str(a) for a in f.get("audience") or ()],
        "own_figures": "\n".join(f"{k}={v}" for k, v in figures.items()),
        "sources": [{k: str(s.get(k) or "") for k in _SOURCE} for s in f.get("sources") or ()] + [{}],
    }  # fmt: skip


def filled(given: MultiDict[str, str]) -> EntryForm:
    """The form as it was sent, with the articles that were picked among its sources and rows for more."""
    form = EntryForm(given)
    for picked in dict.fromkeys(given.getlist("pick")):
        law, _, article = picked.partition(PICK)
        same = any((s.law.data, s.article.data) == (law, article) for s in form.sources)
        if law and not same:
            row = next((s for s in form.sources if not _source(s.data)), None)
            if row is None and len(form.sources) < 12:
                row = form.sources.append_entry()
            if row is not None:
                row.law.data, row.article.data = law[:100], article[:40]
    if all(_source(s.data) for s in form.sources) and len(form.sources) < 12:
        form.sources.append_entry()
    return form


def item_of(form: EntryForm, base: Item) -> Item:
    """The entry that a form describes. base: as it was, whose other fields stay."""
    told = "reply" if base.kind is EntryKind.OUT_OF_SCOPE else "answer"
    given: dict[str, Any] = {
        "title": form.title.data, "questions": _lines(form.questions.data), told: _text(form.answer.data),
    }  # fmt: skip
    if base.kind is EntryKind.OUT_OF_SCOPE:
        given |= {"category": form.category.data, "reviewed": form.reviewed.data}
    else:
        own = dict(line.partition("=")[::2] for line in _lines(form.own_figures.data))
        given |= {
            **{name: form[name].data for name in
               ("short", "region", "valid_from", "valid_to", "ask", "verify", "reviewed")},
            "audience": list(form.audience.data or ()), "next": _lines(form.next.data),
            "sources": [s for row in form.sources if (s := _source(row.data))],
            "own_figures": {k.strip(): v.strip() for k, v in own.items()},
        }  # fmt: skip
    if base.kind is EntryKind.HOTLINE:
        given["number"] = form.number.data
    kept = {name: value for name, value in base.fields.items() if name not in given}
    sources = _with_kept(given.get("sources") or (), base.fields.get("sources") or ())
    if sources:
        given["sources"] = sources
    return Item(base.kind, base.topic, {**kept, **{k: v for k, v in given.items() if v not in (None, "", [], {})}})


def place(form: EntryForm, errors: Iterable[ContentError], entry: str = "") -> list[str]:
    """Put complaints at the fields they are about; returns those that are about none."""
    left = []
    for error in errors:
        reason = error.reason.removeprefix(f"{entry}:").strip() if entry else error.reason
        name = field_of(reason)
        if name in form._fields and name != "sources":
            form[name].errors = [*form[name].errors, in_words(reason)]
        else:
            left.append(in_words(reason))
    return left


#: What a complaint that names no field is about.
_ABOUT = (
    (r"问法相同|问法写了两遍", "questions"), (r"^标题与", "title"), (r"所引条文里没有", "answer"),
    (r"没有第|条，不是|出处|ref 要写", "sources"),
)  # fmt: skip
#: … and of one that was not chosen from what the form offers.
_CHOICE = re.compile(r"(verify|category) 只能是 ")
_FIELD = re.compile(r"(?<![A-Za-z_])(" + "|".join(sorted(LABELS, key=len, reverse=True)) + r")(?![A-Za-z_])")


def field_of(reason: str) -> str:
    """The field that a complaint is about, "" where it is about none."""
    for pattern, name in _ABOUT:
        if re.search(pattern, reason):
            return name
    found = _FIELD.search(reason)
    return {"reply": "answer"}.get(found[1], found[1]) if found else ""


def in_words(reason: str) -> str:
    """A complaint with the names of fields, and what can be chosen in them, as the form has them."""
    if found := _CHOICE.match(reason):
        offered = f"：{'；'.join(VERIFIED.values())}" if found[1] == "verify" else ""
        return f"“{LABELS[found[1]]}”没有选，或者选了没有的一项。请从列出的里面选一项{offered}"
    return _FIELD.sub(lambda m: f"“{LABELS[m[1]]}”", reason)


def counted(form: EntryForm) -> Iterator[tuple[str, int, int]]:
    """How much is written where there is a limit: label, so many, at most (or at least, below zero)."""
    yield "标题", len(form.title.data or ""), MAX_TITLE
    yield "回答", len(form.answer.data or ""), MAX_ANSWER
    yield "问法", len(_lines(form.questions.data)), -MIN_QUESTIONS


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _text(text: str | None) -> str:
    return "\n".join(line.rstrip() for line in (text or "").replace("\r\n", "\n").split("\n")).strip()


def _source(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: value.strip() for name in _SOURCE if (value := row.get(name) or "").strip()}


def _with_kept(sources: Sequence[dict[str, str]], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sources with what the form does not show of them, such as the section of a document."""
    out: list[dict[str, Any]] = []
    for source in sources:
        same = next((b for b in before if {k: str(b[k]) for k in _SOURCE if b.get(k)} == source), None)
        out.append(dict(same) if same else source)
    return out
