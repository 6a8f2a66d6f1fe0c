"""A small office, and a second process of it."""

from __future__ import annotations

from tests.knowledge.conftest import (  # noqa: F401
    another,
    database,
    knowledge_dir,
    office,
    outage,
    settings,
)
