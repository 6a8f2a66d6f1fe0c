"""Looks across all content files: phrasings that stand twice, references that lead nowhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from string import Formatter

from bot.answers.entries import Entry, EntryKind
from bot.answers.normalise import core, normalise
from bot.answers.regions import NATIONWIDE
from bot.errors import ContentError
from bot.ingest.content import Reading, read

#: Every sentence that the code looks up in replies.toml, with the facts that it fills in; lists of words have none.
_WORDS = {
    "answers": {
        "source": "source", "see_also": "source", "in_force_since": "date", "version": "date", "ask": "ask",
        "practice": "", "history": "date", "future": "date", "effective": "law date", "choices": "", "unknown": "",
        "unknown_bare": "", "no_words": "", "which_law": "article", "no_such_article": "law article count",
        "law_not_held": "law", "theme": "year ordinal theme", "theme_unknown": "year last_year last_theme",
        "no_such_plan": "what held", "plan_history": "year date", "which_plan": "", "hazard": "department phone",
        "also": "text", "not_in_plan": "issuer year",
        "not_held": "ask", "quote": "article text", "hotlines": "", "number_only": "",
        "no_such_part": "law article part held", "no_such_article_held": "law article count",
        "many_articles": "count list", "count_articles": "law count chapters last list",
        "count_chapters": "law count chapters last list", "count_held": "law count chapters last list",
        "chapter": "law heading count list", "no_such_chapter": "law chapter held", "holds_in": "region",
        "edition": "law year article text fate", "edition_not_held": "law year", "fate_amended": "date",
        "fate_repealed": "date by", "fate_repealed_by": "date by", "fate_waiting": "date",
        "present": "law article how text", "present_nearest": "", "present_none": "law",
        "repealed": "law fate", "caution": "note",
    },
    "chat": {
        "welcome": "office", "help": "", "image": "", "video": "", "voice": "", "location": "", "link": "",
        "unknown_kind": "", "more_label": "", "more_text": "", "nothing_more": "", "failure": "", "more_words": "",
        "help_words": "", "suggestions": "", "location_known": "place", "follow_up": "topic", "correction": "",
        "next_to": "topic", "simply": "answer", "point": "topic n text", "no_such_part": "title part",
        "whom": "topic ask", "no_such_choice": "", "several": "count", "several_more": "", "several_open": "",
        "ask_place": "", "place_noted": "place", "place_unknown": "", "nationwide": "", "here": "place",
        "here_nationwide": "place", "original_label": "", "original_text": "", "all_read": "", "no_original": "source",
        "no_source": "",
        "answered_now": "title answer",
        "human": "office phone hours", "useful": "", "useless": "", "rated_already": "", "reason_thanks": "",
        "reasons": "", "useful_words": "", "useless_words": "", "simpler_words": "", "original_words": "",
        "human_words": "", "reworded": "", "picked": "topic",
    },
    "people": {
        "topics": "", "no_such_topic": "", "subscribed": "topics first", "noted": "what", "ask_audience": "",
        "ask_industry": "", "ask_post": "", "ask_slot": "", "skip": "", "stopped": "", "stopped_one": "topics",
        "nothing_to_stop": "", "mine": "topics", "none": "", "how_to_change": "", "joined": "unit",
        "no_such_code": "", "join_how": "", "left_unit": "", "officer": "unit", "officer_how": "office phone",
        "data": "lines", "no_data": "", "erase_ask": "", "erase_yes": "", "erase_no": "", "erase_kept": "",
        "erased": "", "busy": "", "noted_later": "", "elsewhere": "",
    },
}  # fmt: skip
#: What every sentence of a table may name.
_ANYWHERE = {"answers": "office_phone", "chat": "", "people": ""}


def check(folder: Path, statutes: Mapping[str, Collection[str]], today: date) -> tuple[list[ContentError], Reading]:
    """Everything that is wrong with the content in `folder`, and what was read.

    statutes  full title -> article numbers, of the statutes that were imported; articles of others are not resolved
    """
    reading = read(folder)
    return [*reading.errors, *across(reading, statutes, today), *_words(reading, folder)], reading


def across(reading: Reading, statutes: Mapping[str, Collection[str]], today: date) -> Iterator[ContentError]:
    """What only shows when all entries are looked at together."""
    yield from _phrasings(reading)
    yield from _titles(reading)
    yield from _references(reading)
    yield from _articles(reading, statutes)
    yield from _dates(reading, today)


def _at(reading: Reading, entry: Entry, reason: str) -> ContentError:
    path, line = reading.where.get(entry.id, (None, None))
    return ContentError(f"{entry.id}: {reason}", path, line)


def _phrasings(reading: Reading) -> Iterator[ContentError]:
    """Facts of two plans may share a phrasing: the plan's name tells them apart."""
    seen: dict[tuple[str, str], Entry] = {}
    for entry in reading.entries:
        scope = entry.group if entry.kind is EntryKind.PLAN else ""
        for question in entry.questions:
            key = (scope, core(normalise(question)))
            other = seen.setdefault(key, entry)
            if other is not entry and not _elsewhere(other, entry):
                yield _at(reading, entry, f"与 {other.id} 的问法相同：{question}")
            elif other is entry and list(entry.questions).count(question) > 1:
                yield _at(reading, entry, f"问法写了两遍：{question}")


def _elsewhere(a: Entry, b: Entry) -> bool:
    """Whether two entries are told in different places, so that one phrasing may lead to either."""
    return a.region != b.region and NATIONWIDE not in (a.region, b.region)


def _titles(reading: Reading) -> Iterator[ContentError]:
    seen: dict[str, Entry] = {}
    for entry in reading.entries:
        if entry.kind in (EntryKind.PLAN, EntryKind.SMALL_TALK):
            continue
        other = seen.setdefault(entry.title, entry)
        if other is not entry:
            yield _at(reading, entry, f"标题与 {other.id} 相同：{entry.title}")


def _references(reading: Reading) -> Iterator[ContentError]:
    ids = {e.id for e in reading.entries} | {c.id for c in reading.cards}
    for entry in reading.entries:
        for name in entry.next:
            if name not in ids:
                yield _at(reading, entry, f"next：没有叫 {name} 的条目")


def _articles(reading: Reading, statutes: Mapping[str, Collection[str]]) -> Iterator[ContentError]:
    for entry in reading.entries:
        for source in entry.sources:
            held = statutes.get(source.law)
            if held is not None and source.article and source.article not in held:
                yield _at(reading, entry, f"{source.law}没有{source.article}")


def _dates(reading: Reading, today: date) -> Iterator[ContentError]:
    for entry in reading.entries:
        if entry.reviewed and entry.reviewed > today:
            yield _at(reading, entry, f"reviewed 是 {entry.reviewed}，还没有到")


def _words(reading: Reading, folder: Path) -> Iterator[ContentError]:
    path = folder / "replies.toml"
    if not path.exists():
        yield ContentError("is missing: it holds what the bot says", path)
        return
    for table, names in _WORDS.items():
        held = reading.words.get(table, {})
        for name, facts in names.items():
            if name not in held:
                yield ContentError(f"[{table}] {name} is missing", path)
            elif wrong := _not_filled_in(held[name], f"{facts} {_ANYWHERE[table]}".split()):
                yield ContentError(f"[{table}] {name}: {wrong}", path)


def _not_filled_in(sentence: object, facts: list[str]) -> str:
    """What keeps the program from filling in a sentence; "" if nothing does."""
    if not isinstance(sentence, str):
        return ""
    try:
        named = [name for _, name, _, _ in Formatter().parse(sentence) if name is not None]
    except ValueError as e:
        return f"braces do not match ({e})"
    unknown = [name for name in named if name not in facts]
    known = " ".join(f"{{{fact}}}" for fact in facts) or "none"
    return f"{{{unknown[0]}}} is not filled in here; known: {known}" if unknown else ""
