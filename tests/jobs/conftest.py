"""The services of an office that has no account yet."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.services import Services
from bot.settings import Settings


@pytest.fixture
def services(tmp_path: Path, sqlite_url: str) -> Iterator[Services]:
    """Services over an empty folder, with a crew that was not started."""
    services = Services(replace(Settings(), var_dir=tmp_path, database_url=sqlite_url))
    services.crew(2)
    yield services
    services.close()
