"""A question in, a cited answer out. No web framework, no channel, no database."""

from bot.answers.base import Base
from bot.answers.building import build
from bot.answers.entries import Article, Knowledge
from bot.answers.outcome import Asked, Candidate, Outcome, Status
from bot.answers.pipeline import Answerer, make_answerer

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
