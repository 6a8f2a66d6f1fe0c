"""What people ask of every plan and this one does not say: an honest answer of its own, not a neighbour fact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.answers.entries import Entry
from bot.ingest.plans.frame import ABSENT, Frame
from bot.ingest.plans.listing import audience_questions
from bot.ingest.plans.wording import Facet, wording

_OF_THE_MONTH = "安全生产月"  # whose consultation day is the same everywhere


def absences(frame: Frame) -> Iterator[Entry]:
    """One entry for each thing that people ask of plans and this plan does not tell."""
    text = frame.text
    for facet in wording().absent:
        if not _holds(frame, facet, text):
            beside = facet.beside if any(_OF_THE_MONTH in c for c in frame.campaigns) else ""
            yield _missing(frame, facet.name, facet.noun, facet.ask, beside)
    if not frame.proposal.doc_no and not frame.proposal.issue_date:
        yield _missing(frame, "issued", "本单位文号和印发日期", wording().lists["issued"].ask)
    for name, words in wording().audiences.items():
        if not any(w in text for w in words):
            missing = _missing(frame, f"for-{name}", f"{name}的活动", audience_questions(name, words))
            yield replace(missing, audience=words)


def _holds(frame: Frame, facet: Facet, text: str) -> bool:
    return bool((facet.kind and frame.of(facet.kind)) or facet.shown.search(text))


def _missing(frame: Frame, name: str, noun: str, questions: Iterable[str], beside: str = "") -> Entry:
    plain = re.sub("（.*", "", noun)
    answer = f"{frame.label}里没有写{noun}，不能乱说，请以发文单位的通知为准，可问{frame.contact}。{beside}"
    said = [*questions, *(p.replace("{}", plain) for p in wording().padding)]
    return frame.entry(f"no-{name}", f"方案没有写{plain}", answer, said, fact=ABSENT)
