"""Whether a rewrite of an answer says what the answer says. What cannot be checked is not accepted.

The answer is right and its source stands below it; a rewrite may only make it shorter and plainer. So nothing may be
in it that is not in the answer, and nothing that matters may be missing, moved or turned round. Where in doubt the
plain answer is sent: that costs nothing but the plainer words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from rapidfuzz.distance import Indel

from bot.llm.figures import figures, levelled, placed, without
from bot.llm.guards import actors, guards, names, penalties, sides

#: Chinese, digits, letters and the marks of a sentence; Markdown, links, emoji and unseen signs are none of them.
_SHAPE = re.compile(r"[一-鿿0-9A-Za-z０-９①-⑳，。；：、！？“”‘’（）《》〈〉,;:!?()%.．·—…～~℃°\-\n 　]+")
_MARKDOWN = re.compile(r"^\s*(?:[-*+>]|\d+\.) |--|~~|!\(|]\(|https?:|www\.", re.MULTILINE)
_LATIN = re.compile(r"[a-z][a-z0-9.]*")
_TITLE = re.compile(r"《([^《》]*)》")
_SENTENCE = re.compile(r"[。；！？;!?\n]")
_HAN = re.compile(r"[一-鿿]+")
#: What stands between the points of a list.
_LISTED = re.compile(r"、|以及|及|和|与")
#: So many characters in a row that carry something may be lost: 佩 of 佩戴, not 电动 of 电动自行车.
_MAY_BE_LOST = 1
#: … and this share of all of them.
_LOST_OF_ALL, _LEAST_LOST = 0.08, 2
#: Characters that carry something and may fall out in one place.
_LONGEST_GAP = 1
#: … and characters of any kind: 依法处罚 and 以当地为准 are plain words, and clauses.
_LONGEST_PLAIN_GAP = 3
#: Characters that may fall out between two.
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Plain:
    """What a rewrite is compared with.

    text   the answer
    words  what else may lend words, but no fact: title and phrasings of the entry
    """

    text: str
    words: tuple[str, ...] = ()


def fault(rewrite: str, plain: Plain) -> str:
    """What is wrong with a rewrite, a word or two for the log; "" where nothing is."""
    return next((name for name, is_right in _CHECKS if not is_right(rewrite, plain)), "")


def _is_short(rewrite: str, plain: Plain) -> bool:
    shorter = len(rewrite) <= len(plain.text)
    return bool(rewrite.strip()) and shorter and len(rewrite.encode(errors="replace")) <= len(plain.text.encode())


def _has_shape(rewrite: str, plain: Plain) -> bool:
    same = _LATIN.findall(levelled(rewrite)) == _LATIN.findall(levelled(plain.text))
    lines = rewrite.count("\n") <= plain.text.count("\n")
    marks = _SHAPE.fullmatch(rewrite) and not _MARKDOWN.search(rewrite)
    return bool(marks) and lines and same


def _same_figures(rewrite: str, plain: Plain) -> bool:
    return figures(rewrite) == figures(plain.text)


def _same_guards(rewrite: str, plain: Plain) -> bool:
    return guards(levelled(rewrite)) == guards(levelled(plain.text))


def _same_penalties(rewrite: str, plain: Plain) -> bool:
    return penalties(levelled(rewrite)) == penalties(levelled(plain.text))


def _known_names(rewrite: str, plain: Plain) -> bool:
    told, held = levelled(rewrite), levelled(plain.text)
    return all(title in held for title in _TITLE.findall(told)) and all(name in held for name in names(told))


def _same_actors(rewrite: str, plain: Plain) -> bool:
    """Who is named is named in the answer, in the same order, and each figure is of the same one."""
    told, held = levelled(rewrite), levelled(plain.text)
    if not _is_subsequence([name for name, _ in actors(told)], [name for name, _ in actors(held)]):
        return False
    return all(now in ("", before) for now, before in zip(_owners(told), _owners(held), strict=True))


def _owners(text: str) -> list[str]:
    """Of each figure, who was named last before it in its sentence, "" for nobody."""
    named, out = actors(text), []
    for _, at in placed(text):
        begins = max((m.end() for m in _SENTENCE.finditer(text, 0, at)), default=0)
        out.append(next((who for who, where in reversed(named) if begins <= where < at), ""))
    return out


def _is_subsequence(part: Iterable[str], whole: Sequence[str]) -> bool:
    rest = iter(whole)
    return all(item in rest for item in part)


def _known_words(rewrite: str, plain: Plain) -> bool:
    """Every character stands beside one that it stands beside in our own words too, or belongs to a plain word.

    A character of the answer may also stand by itself between plain words: 起 in 那天起.
    """
    held = levelled(plain.text)
    known = _pairs(held).union(*map(_pairs, map(levelled, plain.words)))
    return all(_is_covered(run, known, held) for run in _HAN.findall(without(levelled(rewrite))))


def _is_covered(run: str, known: set[str], held: str) -> bool:
    plain = [True, *_is_plain(run), True]  # the ends of the run count as plain
    return all(
        plain[n + 1] or _has_neighbour(run, n, known) or (c in held and plain[n] and plain[n + 2])
        for n, c in enumerate(run)
    ) and all(
        plain[n + 1] or plain[n + 2] or pair in known or _is_shortened(pair, held)
        for n, pair in enumerate(map("".join, pairwise(run)))
    )


def _is_shortened(pair: str, held: str) -> bool:
    """Whether two characters stand near each other in the answer: 停电 is 停放电 without 放."""
    return re.search(f"{pair[0]}[一-鿿]{{1,{_NEAR}}}{pair[1]}", held) is not None


def _has_neighbour(run: str, n: int, known: set[str]) -> bool:
    """Whether a character stands beside one that it stands beside in `known` too."""
    return run[n : n + 2] in known or run[max(0, n - 1) : n + 1] in known


def _is_plain(text: str) -> list[bool]:
    """Of each character, whether it belongs to a plain word."""
    plain = [False] * len(text)
    for m in _plain_words().finditer(text):
        plain[m.start() : m.end()] = [True] * len(m[0])
    return plain


@cache
def _plain_words() -> re.Pattern[str]:
    lines = (Path(__file__).parent / "plain_words.txt").read_text(encoding="utf-8").splitlines()
    words = {word for line in lines if not line.startswith("#") for word in line.split()}
    return re.compile("|".join(sorted(words, key=len, reverse=True)))


def _none_added(rewrite: str, plain: Plain) -> bool:
    """What the answer says is not said more often: 上岗检查 for 离岗检查, where both words stand in the answer."""
    told, held = _carried(levelled(rewrite)), Counter(levelled(plain.text))
    return all(count <= held[c] for c, count in told.items() if c in held)


def _carried(text: str) -> Counter[str]:
    """How often each character stands in a levelled text outside plain words and figures."""
    runs = _HAN.findall(without(text))
    return Counter(c for run in runs for c, is_plain in zip(run, _is_plain(run), strict=True) if not is_plain)


def _in_order(rewrite: str, plain: Plain) -> bool:
    """What is said as often in both is said in the same order."""
    told, held = _carrying(levelled(rewrite)), _carrying(levelled(plain.text))
    often, before = Counter(told), Counter(held)
    same = {pair for pair, count in often.items() if before[pair] == count}
    return [pair for pair in told if pair in same] == [pair for pair in held if pair in same]


def _is_whole(rewrite: str, plain: Plain) -> bool:
    """Nothing that carries something is lost."""
    told, held = levelled(rewrite), levelled(plain.text)
    if len(_LISTED.findall(told)) < len(_LISTED.findall(held)):
        return False
    before, now = _carried(held), _carried(told)
    if (before - now).total() > max(_LEAST_LOST, _LOST_OF_ALL * before.total()):
        return False
    pairs, fewer = _pairs(told), Counter(held) - Counter(told)
    for run in _HAN.findall(without(held)):
        lost = 0
        for n, is_plain in enumerate(_is_plain(run)):
            kept = is_plain or _has_neighbour(run, n, pairs)
            lost = 0 if kept else lost + (run[n] in fewer)
            if lost > _MAY_BE_LOST:
                return False
    return True


def _has_no_gap(rewrite: str, plain: Plain) -> bool:
    """Laid beside each other, the two part only for a word at a time."""
    told, held = without(levelled(rewrite)), without(levelled(plain.text))
    carries, carried, lost = _carrying_at(held), 0, 0
    for step in Indel.opcodes(held, told):
        if step.tag == "equal" and step.src_end - step.src_start > 1:  # one character alone is met by chance
            carried = lost = 0
        elif step.tag == "delete":
            gone = slice(step.src_start, step.src_end)
            carried += sum(carries[gone])
            lost += sum(map(str.isalpha, held[gone]))
            if carried > _LONGEST_GAP or lost > _LONGEST_PLAIN_GAP:
                return False
    return True


def _carrying_at(text: str) -> list[bool]:
    """Of each character of a levelled text, whether it carries something: it is none of a plain word, no mark."""
    out = [False] * len(text)
    for run in _HAN.finditer(text):
        out[run.start() : run.end()] = [not is_plain for is_plain in _is_plain(run[0])]
    return out


def _same_sides(rewrite: str, plain: Plain) -> bool:
    return sides(levelled(rewrite)) == sides(levelled(plain.text))


def _pairs(text: str) -> set[str]:
    return {run[n : n + 2] for run in _HAN.findall(text) for n in range(len(run) - 1)}


def _carrying(text: str) -> list[str]:
    """The pairs of characters in order, without those of plain words alone."""
    out = []
    for run in _HAN.findall(text):
        plain = _is_plain(run)
        out += [run[n : n + 2] for n in range(len(run) - 1) if not (plain[n] and plain[n + 1])]
    return out


_CHECKS: tuple[tuple[str, Callable[[str, Plain], bool]], ...] = (
    ("length", _is_short),
    ("shape", _has_shape),
    ("figures", _same_figures),
    ("guarding words", _same_guards),
    ("sides", _same_sides),
    ("penalties", _same_penalties),
    ("names", _known_names),
    ("who", _same_actors),
    ("new words", _known_words),
    ("said more often", _none_added),
    ("order", _in_order),
    ("missing", _is_whole),
    ("gap", _has_no_gap),
)
