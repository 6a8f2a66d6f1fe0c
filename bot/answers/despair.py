"""Whether a message tells of a wish to die, wherever it stands, or only speaks as people do: 笑死我了, 想死你了.

The words are in config/lexicon.toml [despair]. What is learned of danger judges whole messages; a wish that is named
beside other things, or in passing, is found here. Better one kind word too many than one too few, but nobody who is
hungry is sent to a helpline.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot.answers.lexicon import any_of, expressions

_OFF = "¤"


class Mood(StrEnum):
    """What a message tells of it."""

    NONE = "none"
    FIGURE = "figure"  # dying is only a way of speaking
    LIGHT = "light"  # a wish in a way of speaking: 堵车堵得想死
    WISH = "wish"
    JUMP = "jump"  # a wish to jump, which is no fall
    OTHERS = "others"  # somebody else's wish


class Despair:
    """Reads messages. Pure."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        self._has = {name: re.compile(any_of(expressions(text))) for name, text in lexicon["despair"].items()}

    def read(self, text: str) -> Mood:
        """The mood of normalised text."""
        has = self._has
        rest, figures = has["figure"].subn(_OFF, text)
        if has["about"].search(rest):
            return Mood.NONE
        for mood, name in ((Mood.JUMP, "jump"), (Mood.WISH, "wish")):
            if has[name].search(rest):
                if has["others"].search(rest):
                    return Mood.OTHERS
                lightly = has["lightly"].search(rest) and not has["heavy"].search(rest)
                return Mood.LIGHT if lightly else mood
        return Mood.FIGURE if figures and not has["heavy"].search(rest) else Mood.NONE
