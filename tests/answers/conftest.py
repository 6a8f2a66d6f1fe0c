"""The bases that all tests of the answers share."""

import pytest

from bot.answers import Answerer, Base
from tests import bases


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """The small base."""
    return bases.small(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def bot(base: Base) -> Answerer:
    """An answerer over the small base, of an office that serves the whole country."""
    return bases.answerer(base)


@pytest.fixture(scope="session")
def shipped() -> Answerer:
    """An answerer over the shipped content."""
    return bases.answerer(bases.shipped())
