"""knowledge/tips/ -> tips. Each is one action for one kind of people; the form is in knowledge/README.md."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.answers.entries import Source
from bot.errors import ContentError, ContentErrors
from bot.ingest.fields import LINE, Fields, items_of, parse, unknown_fields

FOLDER = "tips"
#: Who is spoken to; the words of config/people.toml.
AUDIENCES = frozenset("企业 农村 社区 学校 家庭 机关 公共场所".split())
MAX_TEXT = 120  # characters: one screen of a phone, read in ten seconds
QUESTIONS = 3  # a team leader asks in the morning
MAX_QUESTION = 20
#: Clauses that say "do this" or "do not"; a tip with more of them is several tips.
MAX_DEEDS = 2
_DEED = re.compile(r"^(?:先|再|别|不要|不得|禁止|必须|务必|请|马上|立即|当场|当天)")
#: Two tips more alike than this are one. 100 is the same text.
ALIKE = 75
_FIELDS = frozenset("id text industries posts audiences seasons sources ask reviewed note".split())
_SEASON = re.compile(r"(\d\d)-(\d\d)\.\.(\d\d)-(\d\d)")
_LEAP = 2000  # 29 February is a day of the year


@dataclass(frozen=True, slots=True)
class Season:
    """Days of every year, the last one included; from November to March it goes over the new year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, day: date) -> bool:
        """Whether a day is in it."""
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last

    @property
    def days(self) -> int:
        """How long it is."""
        first, last = date(_LEAP, *self.first), date(_LEAP, *self.last)
        return (last - first).days % 366 + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """One action, for whom and when.

    industries, posts, audiences  whom it is for; empty for all
    seasons    when it may be sent; empty for the whole year
    sources    what it rests on: the duty it serves, or common guidance
    ask        what a team leader asks about it in the morning; three, or none
    """

    id: str
    text: str
    industries: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    seasons: tuple[Season, ...] = ()
    sources: tuple[Source, ...] = ()
    ask: tuple[str, ...] = ()
    reviewed: date | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """The tips of a folder, where each stands, and what is wrong with them."""

    tips: tuple[Tip, ...]
    where: Mapping[str, tuple[Path, int]]
    errors: tuple[ContentError, ...]


def load(folder: Path) -> tuple[Tip, ...]:
    """The tips below the folder of the content, in file order; none without such files.

    Raises ContentErrors with everything that is wrong.
    """
    read = read_tips(folder)
    if read.errors:
        raise ContentErrors(list(read.errors))
    return read.tips


def read_tips(folder: Path) -> Read:
    """Read all tips and collect what is wrong with each file."""
    tips: list[Tip] = []
    where: dict[str, tuple[Path, int]] = {}
    errors: list[ContentError] = []
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        try:
            data = parse(path)
            rows = items_of(data, "tips", path)
        except ContentError as e:
            errors.append(e)
            continue
        for row in rows:
            item = {**(data.get("defaults") or {}), **row, LINE: row[LINE]}
            fields = Fields(item, path)
            tip = _tip(fields)
            errors += [*unknown_fields(item, _FIELDS, path), *fields.errors]
            if tip.id in where:
                other, at = where[tip.id]
                errors.append(ContentError(f"id {tip.id} 已在 {other.name}:{at} 用过", path, row[LINE]))
            where[tip.id] = (path, row[LINE])
            tips.append(tip)
    return Read(tuple(tips), where, tuple(errors))


def _tip(f: Fields) -> Tip:
    text = f.text("text", needed=True, longest=MAX_TEXT)
    if (deeds := _deeds(text)) > MAX_DEEDS:
        f.wrong(f"一条提示只说一件事，这里有 {deeds} 个动作：{text}")
    audiences = f.texts("audiences")
    if unknown := set(audiences) - AUDIENCES:
        f.wrong(f"audiences 里没有：{', '.join(sorted(unknown))}；可用：{' '.join(sorted(AUDIENCES))}")
    ask = f.texts("ask")
    if len(ask) not in (0, QUESTIONS) or any(len(question) > MAX_QUESTION for question in ask):
        f.wrong(f"ask 要么不写，要么写 {QUESTIONS} 个问题，每个最多 {MAX_QUESTION} 个字")
    if f.item.get("reviewed") is None:
        f.wrong("缺少 reviewed：最近一次与出处核对的日期")
    return Tip(
        id=f.text("id", needed=True),
        text=text,
        industries=f.texts("industries"),
        posts=f.texts("posts"),
        audiences=audiences,
        seasons=tuple(season for given in f.texts("seasons") if (season := _season(given, f))),
        sources=f.sources(needed=True),
        ask=ask,
        reviewed=f.day("reviewed"),
    )


def _deeds(text: str) -> int:
    """How many clauses of a text tell people to do, or not to do, something."""
    return sum(bool(_DEED.match(clause)) for clause in re.split(r"[，。；：！？、]", text))


def _season(text: str, f: Fields) -> Season | None:
    match = _SEASON.fullmatch(text)
    numbers = [int(part) for part in match.groups()] if match else []
    try:
        if not match:
            raise ValueError(text)
        date(_LEAP, *numbers[:2]), date(_LEAP, *numbers[2:])
    except ValueError:
        f.wrong(f"seasons 要写成 06-01..09-30 这样的月日，现在是：{text}")
        return None
    return Season((numbers[0], numbers[1]), (numbers[2], numbers[3]))


def across(read: Read, statutes: Mapping[str, Collection[str]], today: date) -> Iterator[ContentError]:
    """What only shows when all tips are looked at together, or beside the statutes that were imported."""
    for tip in read.tips:
        if tip.reviewed and tip.reviewed > today:
            yield _at(read, tip, f"reviewed 是 {tip.reviewed}，还没有到")
        for source in tip.sources:
            held = statutes.get(source.law)
            if held is not None and source.article and source.article not in held:
                yield _at(read, tip, f"{source.law}没有{source.article}")
    for one, other, score in alike(read.tips):
        yield _at(read, other, f"与 {one.id} 几乎相同（{score:.0f}%）：{other.text}")


def alike(tips: Sequence[Tip]) -> Iterator[tuple[Tip, Tip, float]]:
    """Pairs of tips that say nearly the same, with how alike they are (0 to 100)."""
    texts = [tip.text for tip in tips]
    for n, text in enumerate(texts):
        later = texts[n + 1 :]
        for _, score, at in process.extract(text, later, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None):
            yield tips[n], tips[n + 1 + at], score


def _at(read: Read, tip: Tip, reason: str) -> ContentError:
    path, line = read.where[tip.id]
    return ContentError(f"{tip.id}: {reason}", path, line)
