"""Every deed that a flow may ask for is carried out by one room."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.dialogue import Deed
from bot.services import Services
from bot.settings import Settings
from tests import bases


def test_each_deed_has_one_room(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings(var_dir=tmp_path)
    services = Services(settings)
    services.__dict__["keeper"] = bases.Fixed(bases.small(tmp_path_factory.getbasetemp()), settings)
    counts = Counter(deed for room in services.rooms for deed in room.takes)
    services.close()
    assert set(counts.values()) == {1}
    ours = {_name(deed) for deed in Deed.__subclasses__() if deed.__module__.startswith("bot.")}
    assert ours == set(map(_name, counts))


def _name(deed: type[Deed]) -> str:
    """A class with slots is made beside the one that was written."""
    return f"{deed.__module__}.{deed.__name__}"
