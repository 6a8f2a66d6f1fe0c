"""What the bot answers from: statutes, content, vectors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.doctor.findings import Finding, Level
from bot.errors import ContentError
from bot.services import Services
from bot.settings import BEIJING

_MAX_ERRORS_SHOWN = 3


def statutes(services: Services) -> Iterator[Finding]:
    from bot.ingest import holdings

    shelf = holdings.shelf(services.database)
    if shelf.statutes:
        yield Finding(Level.OK, f"{shelf.statutes} statutes, {shelf.articles} articles")
    else:
        cure = "safetybot statutes, or safetybot import FOLDER: until then no article can be quoted"
        yield Finding(Level.WARN, "none imported", cure)


def content(services: Services) -> Iterator[Finding]:
    from bot.ingest import holdings
    from bot.ingest.check import check

    folder = services.settings.knowledge_dir
    errors, reading = check(folder, holdings.held(services.database), datetime.now(BEIJING).date())
    if errors:
        for error in errors[:_MAX_ERRORS_SHOWN]:
            yield Finding(Level.FAIL, str(error), "mend the file; safetybot check lists everything")
        return
    yield Finding(Level.OK, f"{len(reading.entries)} entries, {len(reading.cards)} emergency cards")
    yield Finding(Level.OK, f"index opened, {len(services.base.statutes)} statutes in force in it")


def dense(services: Services) -> Iterator[Finding]:
    from bot.answers import dense

    if not services.settings.answers.dense:
        yield Finding(Level.OK, "off: articles are found by words alone")
        return
    if lacking := dense.missing():
        cure = "pip install 'safetybot[dense]', or set answers.dense = false"
        yield Finding(Level.WARN, f"articles are found by words alone: {lacking} is not installed", cure)
        return
    try:
        yield Finding(Level.OK, f"{dense.look(services.base)} articles have vectors")
    except ContentError as e:
        cure = "safetybot vectors; a server that runs makes those that are not there by itself"
        yield Finding(Level.WARN, f"articles are found by words alone: {e}", cure)
