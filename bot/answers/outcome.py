"""What comes of a question: a value that says what was found, how sure we are, and what was rejected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.answers.regions import NATIONWIDE
from bot.messages import Choice, Citation


class Status(StrEnum):
    """Why an answer is what it is."""

    ANSWERED = "answered"
    CHOICES = "choices"  # not sure enough: at most three things to tap
    EMERGENCY = "emergency"
    OUT_OF_SCOPE = "out_of_scope"
    UNKNOWN = "unknown"
    SMALL_TALK = "small_talk"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what decides its answer besides the words.

    today   the day in China
    region  where the person is, as far as known: their own place, else the office's
    law     full title of the statute that the talk is about, for a question that gives only a number
    """

    text: str
    today: date
    region: str = NATIONWIDE
    law: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that was considered: an entry id or law and article, its title, its confidence 0 to 1."""

    id: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer.

    text        as the person will read it, sources included, choices not
    rejected    True when the bot says that it does not know or sends the person elsewhere
    intent      the flow that was reached: emergency, hazard_report, …; "" for none
    unanswered  True when staff should see the question
    entry       id of the entry told, "" if none
    """

    status: Status
    text: str
    rejected: bool = False
    intent: str = ""
    confidence: float = 0.0
    citations: tuple[Citation, ...] = ()
    choices: tuple[Choice, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    unanswered: bool = False
    entry: str = ""

    def __hash__(self) -> int:
        # Of the text alone: what was made of an outcome is looked up for every message, and a text knows its hash.
        return hash(self.text)
