"""build(settings) -> Services: the one place where the parts are joined; web, worker and commands use it."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot.answers import Answerer, Article, Base, build, loanwords, make_answerer
from bot.answers.base import FORMAT
from bot.answers.lexicon import load_lexicon
from bot.dialogue import Dialogue
from bot.errors import StoreError
from bot.inbox import Inbox
from bot.ingest import content, library
from bot.ingest.archive import StatuteArchive
from bot.messages import Reply
from bot.settings import ROOT, Settings
from bot.store.database import Database
from bot.store.kv import KeyValue, open_store
from bot.store.records import Records

log = logging.getLogger(__name__)

#: Bases of earlier content that are kept, for processes that still have them open and for going back.
_KEEP_BASES = 3
LEXICON = ROOT / "config" / "lexicon.toml"


@dataclass
class Services:
    """The parts of one process, each made when first asked for."""

    settings: Settings

    @cached_property
    def database(self) -> Database:
        """The database, with its schema up to date."""
        database = Database(self.settings.database)
        database.migrate()
        return database

    @cached_property
    def store(self) -> KeyValue:
        """Redis, or its stand-in in this process."""
        return open_store(self.settings.redis_url)

    @cached_property
    def records(self) -> Records:
        """The message log and the unanswered questions."""
        return Records(self.database, self.settings.var_dir / "spool.jsonl")

    @cached_property
    def base(self) -> Base:
        """The knowledge base of the present content and statutes, built if need be."""
        return open_base(self.settings, self.database)

    @cached_property
    def answerer(self) -> Answerer:
        """Questions to outcomes."""
        settings = self.settings
        loanwords.shipped()  # a slip of the pen stops the start, not the first message
        archive = StatuteArchive(self.database)
        return make_answerer(self.base, load_lexicon(LEXICON), settings.answers, settings.office, archive)

    @cached_property
    def inbox(self) -> Inbox:
        """Messages to replies."""
        office = self.settings.office
        dialogue = Dialogue(lambda: self.answerer, office)
        failure = Reply(str(self.base.words["chat"]["failure"]))
        deadline_s = self.settings.wechat.reply_deadline_s
        return Inbox(self.store, self.records, dialogue.handlers(), deadline_s=deadline_s, failure=failure)

    def close(self) -> None:
        """Write what is waiting and give connections back."""
        self.records.stop()
        self.database.close()


def open_base(settings: Settings, database: Database) -> Base:
    """Open the base that matches the content files and the imported statutes; build it where there is none.

    Raises ContentErrors when the content is malformed, and then nothing of it is loaded.
    """
    folder = settings.var_dir / "index" / fingerprint(settings, database)
    if folder.is_dir():
        return Base(folder)
    log.info("building the knowledge base", extra={"folder": folder.name})
    base = build(content.load(settings.knowledge_dir), _articles(database), folder)
    _prune(folder.parent, folder)
    return base


def _articles(database: Database) -> Iterator[Article]:
    try:
        yield from library.articles(database)
    except StoreError:
        log.warning("the statutes cannot be read from the database, answering without their text")


def fingerprint(settings: Settings, database: Database) -> str:
    """Names what a base is built from: the content files, the statutes in force, the form of the base."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for path in content.files(settings.knowledge_dir):
        digest.update(str(path.relative_to(settings.knowledge_dir)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    try:
        digest.update(library.shelf(database).revision.encode())
    except StoreError:
        log.warning("the database is out of reach, the base is opened without it")
    return digest.hexdigest()[:20]


def _prune(parent: Path, current: Path) -> None:
    others = sorted((p for p in parent.iterdir() if p.is_dir() and p != current and not p.name.startswith(".")),
                    key=lambda p: p.stat().st_mtime, reverse=True)  # fmt: skip
    for old in others[_KEEP_BASES - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
