"""Does a message tell of a hazard or an illegal practice? If so, who deals with it.

The words are in config/lexicon.toml, for staff to mend. [hazard.<kind>] holds the situations of one department, the
first kind that fits is taken. A message is a report when it is no emergency and

- it tells of a situation as a fact (了, 天天, 我们厂) and asks nothing; or
- it tells of a situation and wants to report it (怎么反映, 没人管), unless it asks about the rights of workers; or
- it only says that one wants to report (我要举报) and asks nothing.

What it asks about rules, penalties, rewards or telephone numbers is for the answers, not for a report form.
Source of the departments: 安全生产举报 practice, behaviour by sector; numbers are told with 以当地公布为准.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.answers.emergency import Alarm
from bot.answers.lexicon import any_of, expressions

_DEFAULT = "workplace"


@dataclass(frozen=True, slots=True)
class Hazard:
    """What kind of report it is and whom it belongs to. phone is a text: numbers differ by place."""

    kind: str
    department: str
    phone: str


class HazardScreen:
    """Finds the department for a message that tells of a hazard."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        self._alarm = Alarm(lexicon)
        self._signs = {name: re.compile(any_of(expressions(text))) for name, text in lexicon["report"].items()}
        self._kinds = [
            (re.compile(any_of(expressions(table["words"]))), Hazard(kind, table["department"], table["phone"]))
            for kind, table in lexicon["hazard"].items()
        ]
        self._default = next(hazard for _, hazard in self._kinds if hazard.kind == _DEFAULT)

    def find(self, text: str) -> Hazard | None:
        """The hazard that normalised `text` tells of, None when it tells of none or of an emergency."""
        hazard = self._read(self._signs["harmless"].sub("_", text))
        return None if hazard is None or self._alarm.find(text) else hazard

    def department(self, text: str) -> Hazard:
        """Whom a report with these words belongs to; the emergency management office where no words tell."""
        return next((hazard for expression, hazard in self._kinds if expression.search(text)), self._default)

    def asks(self, text: str) -> bool:
        """Whether a message asks about rules or rights: that is for the answers."""
        return self._has("question", text) or self._has("right", text)

    def _read(self, text: str) -> Hazard | None:
        wish = self._has("wish", text)
        if not wish and (self._has("question", text) or not self._has("plain", text)):
            return None
        hazard = next((hazard for expression, hazard in self._kinds if expression.search(text)), None)
        if hazard:
            return None if self._has("right", text) else hazard
        return self._default if wish and not self._has("question", text) else None

    def _has(self, name: str, text: str) -> bool:
        return self._signs[name].search(text) is not None
