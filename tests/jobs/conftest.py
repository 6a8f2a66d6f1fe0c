"""The services of an office that has no account yet."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.services import Services
from bot.settings import Settings
from tests import bases


@pytest.fixture
def services(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, sqlite_url: str) -> Iterator[Services]:
    """Services over an empty folder, with a crew that was not started."""
    settings = replace(Settings(), var_dir=tmp_path, database_url=sqlite_url)
    services = Services(settings)
    services.__dict__["keeper"] = bases.Fixed(bases.small(tmp_path_factory.getbasetemp()), settings)
    services.crew(2)
    yield services
    services.close()
