"""A question in, a cited answer out. No web framework, no channel, no database."""

from typing import TYPE_CHECKING

from bot.doors import opening

if TYPE_CHECKING:
    from bot.answers.base import Base
    from bot.answers.building import build
    from bot.answers.entries import Article, Knowledge
    from bot.answers.outcome import Asked, Candidate, Outcome, Status
    from bot.answers.pipeline import Answerer, make_answerer
else:
    __getattr__ = opening(
        __name__,
        {
            "Answerer": "pipeline.Answerer",
            "Article": "entries.Article",
            "Asked": "outcome.Asked",
            "Base": "base.Base",
            "Candidate": "outcome.Candidate",
            "Knowledge": "entries.Knowledge",
            "Outcome": "outcome.Outcome",
            "Status": "outcome.Status",
            "build": "building.build",
            "make_answerer": "pipeline.make_answerer",
        },
    )

__all__ = [
    "Answerer",
    "Article",
    "Asked",
    "Base",
    "Candidate",
    "Knowledge",
    "Outcome",
    "Status",
    "build",
    "make_answerer",
]
