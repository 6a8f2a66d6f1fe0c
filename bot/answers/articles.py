"""Answers to questions that name a statute and what they want of it: articles, parts, chapters, older versions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers.base import Base
from bot.answers.compose import MAX_CHOICES, Composer, short_law, spoken
from bot.answers.editions import Archive, Edition, NoArchive, nearest, replaced
from bot.answers.entries import Article
from bot.answers.exact import (
    Chapter,
    LawNames,
    Reference,
    asks_contents,
    asks_effective_date,
    asks_old,
    asks_validity,
    chapter_of,
    how_many,
    last_article,
    names_edition,
    names_number,
    names_unheld,
    references,
    tidy,
    wants_article,
    year_of,
)
from bot.answers.normalise import chinese, number
from bot.answers.outcome import Asked, Outcome, Status
from bot.answers.parts import counted, quote
from bot.answers.regions import NATIONWIDE, covers
from bot.messages import Choice, Citation

_MAX_TOLD = 3  # articles that are quoted whole in one answer
_OPENING = 26  # characters of an article in a list
_MAX_LISTED = 60
_YIELDS = re.compile(r"不一致|为准")
_PATH = " / "
_HEADING = re.compile(r"第([零〇一二三四五六七八九十百千]+)(编|分编|章|节)")


@dataclass(frozen=True, slots=True)
class _Told:
    """An article as it is told, or why it is not."""

    text: str
    citation: Citation | None = None
    missing: bool = False


class ExactAnswers:
    """Looks up what is named. `others` asks which law is meant where only a number was given, best known first."""

    def __init__(self, base: Base, compose: Composer, known: Sequence[str], archive: Archive | None = None) -> None:
        self._base, self._compose, self._known = base, compose, known
        self._archive = archive or NoArchive()
        self._gone = frozenset(t for t in self._archive.titles() if t not in base.statutes)
        self.names = LawNames(base, self._gone)

    def answer(self, asked: Asked, text: str) -> Outcome | None:
        """The answer to a question (normalised) that names articles, chapters or a repealed law; None for others."""
        laws = list(dict.fromkeys(t for t, _ in self.names.find(text, asked.region)))
        law = laws[0] if laws else asked.law
        if law and len(laws) <= 1 and (told := self._of_law(text, law)):
            return told
        if not laws and not asked.law and names_unheld(text):
            words = self._compose.words("law_not_held", law="您说的这部法规")
            return Outcome(Status.UNKNOWN, words, rejected=True, unanswered=True)
        if not wants_article(text, self.names):
            return None
        if named := references(text, self.names, asked.law, asked.region):
            return self._articles(asked, text, named)
        return self._no_such_number(law) if law in self._base.statutes and names_number(text) else None

    def effective_date(self, asked: Asked, text: str) -> Outcome | None:
        """Since when a law is in force."""
        laws = self.names.find(text, asked.region)
        if len(laws) != 1 or not asks_effective_date(text) or len(text) > len(laws[0][1]) + 16:
            return None
        title = laws[0][0]
        held = self._base.statutes.get(title)
        if not held or not held.effective:
            return None
        last = list(self._base.passages.numbers(title).values())[-1]
        says = "施行" in self._base.article(last).text
        citations = (self._compose.article_citation(last),) if says else ()
        words = self._compose.effective(title, held.effective, citations)
        return Outcome(Status.ANSWERED, words, confidence=1.0, citations=citations)

    # -- articles ------------------------------------------------------------------------------------------------

    def _articles(self, asked: Asked, text: str, named: list[Reference]) -> Outcome:
        known = [r for r in named if r.law]
        if not known:
            return self._which_law(asked, named[0])
        year, old = year_of(text, self.names), asks_old(text, self.names)
        if len(known) > _MAX_TOLD and not year and not old:
            return self._listed(known)
        of_edition = names_edition(text, self.names)
        told = [
            self._tell(r, year if of_edition or not self._held_in(r.law, year) else 0, old) for r in known[:_MAX_TOLD]
        ]
        missing = next((t for t in told if t.missing), None)
        if missing:
            held = known[0].law in self._base.statutes or known[0].law in self._gone
            return Outcome(Status.UNKNOWN, missing.text, rejected=True, unanswered=not held)
        citations = tuple(dict.fromkeys(t.citation for t in told if t.citation))
        return Outcome(Status.ANSWERED, "\n\n".join(t.text for t in told), confidence=1.0, citations=citations)

    def _no_such_number(self, law: str) -> Outcome:
        """第一一一一一一条: a number beyond what any statute counts to."""
        count = len(self._base.passages.numbers(law))
        words = self._compose.words("no_such_article", law=short_law(law), article="这一条", count=count)
        return Outcome(Status.UNKNOWN, words, rejected=True)

    def _tell(self, r: Reference, year: int, old: bool) -> _Told:
        if r.law in self._gone or year or old:
            edition = self._edition(r.law, year, old)
            if edition is not None:
                return self._tell_history(r, edition)
            if year and not self._is_present(r.law, year):
                present = self._tell_present(r)
                words = self._compose.words("edition_not_held", law=short_law(r.law), year=year)
                return present if present.missing else _Told(f"{words}\n{present.text}", present.citation)
        return self._tell_present(r)

    def _tell_present(self, r: Reference) -> _Told:
        held = self._base.statutes.get(r.law)
        if held is None:
            return _Told(self._compose.words("law_not_held", law=short_law(r.law)), missing=True)
        at = self._base.find_article(r.law, r.article)
        if at is None:
            count = len(self._base.passages.numbers(r.law))
            key = "no_such_article_held" if self._is_excerpt(r.law) else "no_such_article"
            words = self._compose.words(key, law=short_law(r.law), article=r.article, count=count)
            return _Told(words, missing=True)
        text = self._base.article(at).text
        quoted = quote(text, r.paragraph, r.item, r.sub)
        if quoted is None:
            return _Told(self._no_such_part(r, text), missing=True)
        told = self._compose.quotation(at, quoted, _part(r)) + self._caution(r.law)
        return _Told(told, self._compose.article_citation(at))

    def _caution(self, law: str) -> str:
        """What was noted of a statute that yields to another where they differ."""
        now = self._base.statutes[law].version
        notes = (e.note for e in self._archive.editions(law) if e.version == now)
        note = next((n for n in notes if _YIELDS.search(n)), "")
        return "\n" + self._compose.words("caution", note=note) if note else ""

    def _no_such_part(self, r: Reference, text: str) -> str:
        held = counted(text, r.paragraph if quote(text, r.paragraph) else 0, r.item if r.sub else 0)
        return self._compose.words("no_such_part", law=short_law(r.law), article=r.article, part=_part(r), held=held)

    def _which_law(self, asked: Asked, r: Reference) -> Outcome:
        laws = [
            t
            for t in dict.fromkeys([*self._known, *self._base.statutes])
            if self._base.find_article(t, r.article) is not None and self._holds(t, asked.region)
        ]
        local = [t for t in laws if self._base.statutes[t].region != NATIONWIDE]
        local.sort(key=lambda t: self._base.statutes[t].region.endswith(("省", "自治区")))
        first = [*local[:1], *laws]  # what holds in this place alone comes before what holds everywhere
        part = _part(r)
        taps = tuple(
            Choice(f"law-{n}", f"{short_law(t)}{r.article}{part}", f"{t}{r.article}{part}")
            for n, t in enumerate(list(dict.fromkeys(first))[:MAX_CHOICES])
        )
        return Outcome(
            Status.CHOICES, self._compose.words("which_law", article=r.article), confidence=0.5, choices=taps
        )

    def _holds(self, title: str, region: str) -> bool:
        return covers(self._base.statutes[title].region, region)

    def _listed(self, named: list[Reference]) -> Outcome:
        """More articles than fit into one answer: how each begins, to be tapped or asked for."""
        found = [(r, self._base.find_article(r.law, r.article)) for r in named]
        missing = next((r for r, at in found if at is None), None)
        if missing:
            told = self._tell_present(missing)
            return Outcome(Status.UNKNOWN, told.text, rejected=True, unanswered=missing.law not in self._base.statutes)
        lines = [f"{short_law(r.law)}{self._line(at)}" for r, at in found if at is not None]
        taps = tuple(Choice(f"art-{n}", f"{short_law(r.law)}{r.article}", f"{r.law}{r.article}")
                     for n, (r, _) in enumerate(found[:MAX_CHOICES]))  # fmt: skip
        citations = tuple(self._compose.article_citation(at) for _, at in found[:_MAX_TOLD] if at is not None)
        words = self._compose.words("many_articles", count=len(lines), list="\n".join(lines))
        return Outcome(Status.ANSWERED, words, confidence=1.0, citations=citations, choices=taps)

    def _line(self, at: int) -> str:
        a = self._base.article(at)
        first = a.text.split("\n", 1)[0]
        return f"{a.number} {first if len(first) <= _OPENING else first[:_OPENING] + '……'}"

    # -- a law as a whole ----------------------------------------------------------------------------------------

    def _of_law(self, text: str, law: str) -> Outcome | None:
        bare = tidy(text)
        if law in self._gone:
            rest = self.names.without(bare)
            if asks_validity(rest) or len(re.sub(r"[吗呢是的什么讲了啥?。!]", "", rest)) <= 2:
                return self._repealed(law)
        if law not in self._base.statutes:
            return None
        if nth := last_article(bare):
            return self._last(law, nth, bare)
        if what := how_many(text, self.names):
            return self._count(law, what)
        if chapter := chapter_of(text, self.names):
            return self._chapter(law, chapter)
        return self._contents(law) if asks_contents(text, self.names) else None

    def _last(self, law: str, nth: int, text: str) -> Outcome | None:
        numbers = list(self._base.passages.numbers(law))
        if nth > len(numbers) or not wants_article(text, self.names):
            return None
        told = self._tell_present(Reference(law, numbers[-nth]))
        citations = (told.citation,) if told.citation else ()
        return Outcome(Status.ANSWERED, told.text, confidence=1.0, citations=citations)

    def _count(self, law: str, what: str) -> Outcome:
        numbers = list(self._base.passages.numbers(law).values())
        chapters = self._chapters(numbers)
        last = self._base.article(numbers[-1])
        key = "count_chapters" if what == "章" and chapters else "count_articles"
        key = "count_held" if self._is_excerpt(law) else key
        words = self._compose.words(
            key, law=short_law(law), count=len(numbers), chapters=len(chapters), last=last.number,
            list="\n".join(f"{name}（{span}）" for name, span in chapters),
        )  # fmt: skip
        citation = self._compose.article_citation(numbers[-1])
        return Outcome(Status.ANSWERED, words, confidence=1.0, citations=(citation,))

    def _is_excerpt(self, law: str) -> bool:
        """Whether only some articles of the present version are held."""
        now = self._base.statutes[law].version
        return any(e.excerpt for e in self._archive.editions(law) if e.version == now)

    def _contents(self, law: str) -> Outcome | None:
        numbers = list(self._base.passages.numbers(law).values())
        return self._count(law, "章") if self._chapters(numbers) else None

    def _chapters(self, numbers: Sequence[int]) -> list[tuple[str, str]]:
        """(heading, from article to article) of each 章, or of each 编 where there are no chapters."""
        spans: dict[str, list[str]] = {}
        for at in numbers:
            a = self._base.article(at)
            heading = next((h for h in reversed(a.chapter.split(_PATH)) if "章" in h[:8] or h == "附则"), a.chapter)
            if heading:
                spans.setdefault(heading, []).append(a.number)
        return [(name, held[0] if len(held) == 1 else f"{held[0]}至{held[-1]}") for name, held in spans.items()]

    def _chapter(self, law: str, chapter: Chapter) -> Outcome:
        numbers = list(self._base.passages.numbers(law).values())
        inside = [at for at in numbers if _stands_in(self._base.article(at).chapter, chapter)]
        name = f"第{chinese(chapter.number)}{chapter.level}"
        if not inside:
            list_ = "；".join(h for h, _ in self._chapters(numbers)) or "收录的文本没有章节标题"
            words = self._compose.words("no_such_chapter", law=short_law(law), chapter=name, held=list_)
            return Outcome(Status.UNKNOWN, words, rejected=True)
        heading = next(h for h in self._base.article(inside[0]).chapter.split(_PATH) if _is_heading(h, chapter))
        lines = [self._line(at) for at in inside[:_MAX_LISTED]]
        words = self._compose.words(
            "chapter", law=short_law(law), heading=heading, count=len(inside), list="\n".join(lines)
        )
        citations = tuple(self._compose.article_citation(at) for at in inside[:_MAX_TOLD])
        taps = tuple(Choice(f"art-{n}", f"{short_law(law)}{a.number}", f"{law}{a.number}")
                     for n, a in enumerate(self._base.article(at) for at in inside[:MAX_CHOICES]))  # fmt: skip
        return Outcome(Status.ANSWERED, words, confidence=1.0, citations=citations, choices=taps)

    # -- versions ------------------------------------------------------------------------------------------------

    def _is_present(self, law: str, year: int) -> bool:
        held = self._base.statutes.get(law)
        return held is not None and str(year) in (held.version[:4], held.effective[:4])

    def _held_in(self, law: str, year: int) -> bool:
        """Whether the present version was in force all through a year: 2023年的安全生产法 is that of 2021."""
        held = self._base.statutes.get(law)
        return held is not None and bool(held.effective) and int(held.effective[:4]) < year

    def _edition(self, law: str, year: int, old: bool) -> Edition | None:
        """The version that is asked for, None where the present one is meant or it is not held."""
        present = self._base.statutes.get(law)
        now = present.version if present else ""
        editions = [e for e in self._archive.editions(law) if not (present and e.version == now)]
        if year:
            if present and str(now)[:4] == str(year):
                return None
            return next((e for e in editions if e.is_of(year)), None)
        if old or present is None:
            return next((e for e in editions if not e.waiting and (not now or e.version < now)), None)
        return None

    def _tell_history(self, r: Reference, edition: Edition) -> _Told:
        held = self._archive.articles(edition)
        was = next((a for a in held if a.number == r.article), None)
        if was is None:
            words = self._compose.words(
                "no_such_article", law=f"{short_law(r.law)}{edition.year}年版", article=r.article, count=len(held)
            )
            return _Told(words, missing=True)
        quoted = quote(was.text, r.paragraph, r.item, r.sub)
        if quoted is None:
            return _Told(self._no_such_part(r, was.text), missing=True)
        head = self._compose.words(
            "edition", law=short_law(r.law), year=edition.year, article=r.article + _part(r), text=quoted,
            fate=self._fate(edition),
        )  # fmt: skip
        present, citation = self._present_counterpart(r, was, edition, quoted)
        old = Citation(f"{short_law(r.law)}（{edition.year}年版）{r.article}")
        return _Told("\n".join(x for x in (head, present) if x), citation or old)

    def _fate(self, edition: Edition) -> str:
        """What became of a version, in words: 2021年6月10日修改, 已于…废止，由《…》取代, 尚未施行."""
        if edition.waiting:
            since = spoken(edition.effective) if edition.effective else "以后"
            return self._compose.words("fate_waiting", date=since)
        present = self._base.statutes.get(edition.title)
        if present:
            day = present.version or present.effective
            return self._compose.words("fate_amended", date=spoken(day) if day else "后来")
        return self._ended(edition)

    def _ended(self, edition: Edition) -> str:
        day, by = replaced(edition, self._archive.ended_by(edition.title))
        key = "fate_repealed_by" if by else "fate_repealed"
        return self._compose.words(key, date=f"于{spoken(day)}" if day else "", by=f"《{by}》" if by else "")

    def _present_counterpart(
        self, r: Reference, was: Article, edition: Edition, quoted: str
    ) -> tuple[str, Citation | None]:
        """The present article on the same subject, told as what it is: the same number, or the nearest words."""
        title = r.law
        if title not in self._base.statutes:
            title = replaced(edition, self._archive.ended_by(title))[1]
        held = self._base.statutes.get(title)
        if held is None or edition.waiting and title not in self._base.statutes:
            return "", None
        present = [self._base.article(at) for at in self._base.passages.numbers(title).values()]
        now, same = nearest(quoted, present, r.article, part=quoted != was.text)
        if now is None:
            return self._compose.words("present_none", law=short_law(title)), None
        at = self._base.find_article(title, now.number)
        assert at is not None
        how = "" if same and title == r.law else self._compose.words("present_nearest")
        words = self._compose.words("present", law=short_law(title), article=now.number, how=how, text=now.text)
        return words, self._compose.article_citation(at)

    def _repealed(self, law: str) -> Outcome | None:
        edition = next(iter(self._archive.editions(law)), None)
        if edition is None:
            return None
        words = self._compose.words("repealed", law=short_law(law), fate=self._fate(edition))
        return Outcome(Status.ANSWERED, words, confidence=1.0, citations=(Citation(short_law(law)),))


def _part(r: Reference) -> str:
    """第一款第（三）项 of a reference."""
    out = f"第{chinese(r.paragraph)}款" if r.paragraph else ""
    out += f"第（{chinese(r.item)}）项" if r.item else ""
    return out + (f"第{r.sub}目" if r.sub else "")


def _is_heading(heading: str, chapter: Chapter) -> bool:
    match = _HEADING.match(heading)
    return match is not None and (number(match[1]), match[2]) == (chapter.number, chapter.level)


def _stands_in(path: str, chapter: Chapter) -> bool:
    headings = path.split(_PATH)
    at = next((n for n, h in enumerate(headings) if _is_heading(h, chapter)), None)
    if at is None:
        return False
    return chapter.above is None or any(_is_heading(h, Chapter(*chapter.above)) for h in headings[:at])
