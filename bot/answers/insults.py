"""A message that is nothing but an insult: no report of a hazard, no question for staff, no cry for help.

The words are in config/lexicon.toml [insult]. All of a message must be such words; whoever says anything else beside,
a thing that happens or a word of themselves (我真是废物), is read on as everybody is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.answers.lexicon import any_of, expressions

_LONGEST = 30  # characters
_SIGNS = re.compile(r"[^\w]+")


class Insults:
    """Knows bare insults. Pure."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        self._lists = {name: re.compile(any_of(expressions(text))) for name, text in lexicon["insult"].items()}

    def found(self, text: str) -> bool:
        """Whether normalised text is an insult and nothing else."""
        rest, held = _SIGNS.sub(" ", text), {}
        if len(rest) > _LONGEST:
            return False
        for name in ("words", "mild", "aimed", "complaint", "around"):
            rest, held[name] = self._lists[name].subn(" ", rest)
        meant = held["words"] or (held["mild"] and (held["aimed"] or not held["complaint"]))
        return bool(meant) and not rest.strip()
