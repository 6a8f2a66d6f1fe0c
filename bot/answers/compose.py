"""Found -> the words a person reads: the answer, where it comes from, when it holds, what to ask next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from bot.answers.base import Base
from bot.answers.entries import Entry, EntryKind, Source, Verify
from bot.answers.passages import short_title
from bot.answers.quoting import sentence_for
from bot.answers.regions import NATIONWIDE
from bot.messages import Choice, Citation

MAX_CITATIONS = 3
MAX_CHOICES = 3
MAX_QUOTE = 260  # characters of an article told at once; the whole of it is one tap away
_SHORT = 60  # characters of a plainer telling
_LONGEST = 100  # … when its first sentence is longer
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")
_BREAK = re.compile(r"[；;，,、]")


def short_law(title: str) -> str:
    """《安全生产法》 as people call it; a title within the title in single marks."""
    return f"《{short_title(title).replace('《', '〈').replace('》', '〉')}》"


class Composer:
    """Writes answers in the words of replies.toml."""

    def __init__(self, base: Base, office_phone: str) -> None:
        self._base = base
        self.office_phone = office_phone
        self.citation = lru_cache(maxsize=4096)(self._citation)

    def words(self, name: str, **facts: Any) -> str:
        """One sentence of replies.toml [answers], with its {facts} filled in."""
        return str(self._base.words["answers"][name]).format(office_phone=self.office_phone, **facts)

    def _citation(self, source: Source, plan: str = "") -> Citation:
        """A source as it is shown and handed on."""
        passage = self._base.find_article(source.law, source.article) if source.law else None
        title = short_law(source.law) + source.article if source.law else _named(source)
        return Citation(title, source.law, source.article, plan, source.section, passage)

    def article_citation(self, number: int) -> Citation:
        """An article as a source."""
        a = self._base.article(number)
        return Citation(short_law(a.law) + a.number, a.law, a.number, passage=number)

    def entry(
        self, entry: Entry, today: date, sources: Sequence[Source] = (), question: str = "", beside: Entry | None = None
    ) -> tuple[str, tuple[Citation, ...]]:
        """The text of an answer and its citations.

        sources   the entry's own and others, which are named as further reading; best first. () for its own
        question  normalised; the sentence of the chief article that comes nearest to it is quoted
        beside    another entry that may be meant: it is told in short
        """
        plan = entry.group if entry.kind is EntryKind.PLAN else ""
        sources = sources or entry.sources
        own = [self.citation(s, plan) for s in sources if s in entry.sources][:MAX_CITATIONS]
        others = [self.citation(s) for s in sources if s not in entry.sources]
        more = [c for c in dict.fromkeys(others) if c not in own][: MAX_CITATIONS - 1]
        lines = [self._history(entry, today) + entry.answer]
        if entry.ask:
            lines.append(self.words("ask", ask=entry.ask))
        elif entry.verify is Verify.PRACTICE:
            lines.append(self.words("practice"))
        if own:
            lines.append(self._sources(entry, own))
        if quote := self._quote(own, question, entry):
            lines.append(self.words("quote", article=quote[0], text=quote[1]))
        if more:
            lines.append(self.words("see_also", source=self._listed(more)))
        if beside:
            lines.append(self.words("beside", title=beside.title, text=in_short(beside)))
        shown = {*own, *more}
        ordered = (self.citation(s, plan if s in entry.sources else "") for s in sources)
        return "\n".join(lines), tuple(dict.fromkeys(c for c in ordered if c in shown))

    def brief(self, entry: Entry, words: str, today: date) -> tuple[str, tuple[Citation, ...]]:
        """`words` in place of the entry's answer, with nothing but their sources; and the citations."""
        plan = entry.group if entry.kind is EntryKind.PLAN else ""
        own = tuple(self.citation(s, plan) for s in entry.sources)[:MAX_CITATIONS]
        lines = [self._history(entry, today) + words]
        if entry.ask:
            lines.append(self.words("ask", ask=entry.ask))
        if own:
            lines.append(self._sources(entry, own))
        return "\n".join(lines), own

    def _sources(self, entry: Entry, own: Sequence[Citation]) -> str:
        """The line that names the sources with their dates; beside what is no statute, the day it was last compared."""
        line = self.words("source", source=self._listed(own, dated=True))
        if entry.kind is EntryKind.PLAN or not entry.reviewed or all(c.law for c in own):
            return line
        return line + self.words("checked", date=spoken(entry.reviewed.isoformat()))

    def _quote(self, own: Sequence[Citation], question: str, entry: Entry) -> tuple[str, str] | None:
        chief = own[0] if own else None
        if chief is None or chief.passage is None:
            return None
        words = sentence_for(self._base.article(chief.passage).text, question, f"{entry.title} {entry.answer}")
        return (chief.article, words) if words else None

    def _listed(self, citations: Sequence[Citation], *, dated: bool = False) -> str:
        """Sources in a line, the articles of one law together: 《工伤保险条例》第十四条、第十五条（…起施行）."""
        by_law: dict[str, list[str]] = {}
        for c in citations:
            name, article = (short_law(c.law), c.article) if c.law and c.article else (c.title, "")
            by_law.setdefault(name, []).append(article)
        full = {short_law(c.law): c.law for c in citations if c.law}
        return "；".join(
            name + "、".join(articles) + (self._since(full.get(name, "")) if dated else "")
            for name, articles in by_law.items()
        )

    def listed(self, citations: Iterable[Citation]) -> str:
        """Sources in a line, without their dates."""
        return self._listed(tuple(citations))

    def _since(self, law: str) -> str:
        """Since when a statute's words hold, as far as we know."""
        held = self._base.statutes.get(law)
        for day, word in ((held.effective, "in_force_since"), (held.version, "version")) if held else ():
            if day:
                return self.words(word, date=spoken(day))
        return ""

    def _history(self, entry: Entry, today: date) -> str:
        if entry.valid_to and entry.valid_to < today:
            if entry.kind is EntryKind.PLAN:
                return self.words("plan_history", year=entry.year, date=spoken(entry.valid_to.isoformat()))
            return self.words("history", date=spoken(entry.valid_to.isoformat()))
        if entry.valid_from and entry.valid_from > today:
            return self.words("future", date=spoken(entry.valid_from.isoformat()))
        return ""

    def next_choices(self, entry: Entry, others: Iterable[Entry]) -> tuple[Choice, ...]:
        """At most three things worth asking next: what the entry names, then what came close."""
        named = [e for name in entry.next if (e := self._base.entry_by_id(name))]
        seen: dict[str, Entry] = {}
        for e in (*named, *others):
            if e.id != entry.id and e.kind not in (EntryKind.OUT_OF_SCOPE, EntryKind.SMALL_TALK):
                seen.setdefault(e.title, e)
        return tuple(choice(e) for e in list(seen.values())[:MAX_CHOICES])

    def effective(self, title: str, since: str, citations: Iterable[Citation]) -> str:
        """When a statute came into force."""
        text = self.words("effective", law=short_law(title), date=spoken(since))
        named = self.listed(citations)
        return f"{text}\n{self.words('source', source=named)}" if named else text

    def quotation(self, number: int, words: str | None = None, part: str = "") -> str:
        """An article as told, or the part of it that was asked for: its name, since when it holds, its words."""
        a = self._base.article(number)
        return f"{short_law(a.law)}{a.number}{part}{self._since(a.law)}{self._where(a.region)}\n{words or a.text}"

    def _where(self, region: str) -> str:
        return "" if region == NATIONWIDE else self.words("holds_in", region=region)


def in_short(entry: Entry) -> str:
    """The answer of an entry in a sentence or two."""
    return entry.short or shorter(entry.answer)


def shorter(answer: str) -> str:
    """The sentences of an answer that fit into 60 characters, at least the first.

    A first sentence that is far too long ends at its last mark before that.
    """
    out = ""
    for sentence in _SENTENCE.findall(answer):
        if out and len(out) + len(sentence) > _SHORT:
            break
        out += sentence
    if len(out) <= _LONGEST:
        return out.strip()
    breaks = [m.start() for m in _BREAK.finditer(out[:_SHORT])]
    return out[: breaks[-1] if breaks else _SHORT] + "……"


def choice(entry: Entry) -> Choice:
    """An entry as something to tap: the tap asks for it by its title."""
    return Choice(entry.id, entry.title, entry.title)


def spoken(iso: str) -> str:
    """2021-09-01 -> 2021年9月1日."""
    parts = [int(p) for p in iso.split("-")]
    return "".join(f"{n}{unit}" for n, unit in zip(parts, "年月日", strict=False))


def _named(source: Source) -> str:
    is_marked = source.name.startswith(("《", "“")) or not source.is_document
    title = source.name if is_marked else f"《{source.name}》"
    beside = "，".join(p for p in (source.issuer, source.ref) if p)
    return title + (f"（{beside}）" if beside else "") + source.section + (source.article or "")
