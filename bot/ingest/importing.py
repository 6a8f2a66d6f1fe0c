"""Paths that somebody wants imported -> statutes, and what is to be said about each file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.answers.entries import Entry
from bot.errors import ContentError, StoreError
from bot.ingest import changes, content, holdings
from bot.ingest.lawsdb import fetched, read_laws_db
from bot.ingest.progress import Progress
from bot.ingest.readers import Format, expand, read_bytes
from bot.ingest.readers.archive import members
from bot.ingest.readers.detect import detect
from bot.ingest.readers.document import UnknownFormatError
from bot.ingest.statutes import NotAStatuteError, Statute, read_passages, statute_from_bytes
from bot.store.database import Database

_PASSAGES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class FileResult:
    """What one file, or one file of an archive, held. skipped: why it was passed over, "" if it was not."""

    path: Path
    statutes: tuple[Statute, ...] = ()
    skipped: str = ""
    error: ContentError | None = None


def read_paths(paths: Sequence[Path]) -> Iterator[FileResult]:
    """Read every file named, and every document below every folder named, in name order.

    A file that is named must be a statute. In a folder or an archive, what is none is passed over with a word; a
    statute that is broken is an error there too.
    """
    for path, named in expand(paths):
        yield from _read(path, named)


def _read(path: Path, named: bool) -> Iterator[FileResult]:
    if path.suffix in (*_PASSAGES, ".db"):
        yield _read_collection(path) if named else FileResult(path, skipped=f"{path.suffix}: name it to import it")
        return
    try:
        data = read_bytes(path)
        if data and detect(data, str(path)) is Format.ZIP:
            yield from _read_archive(data, path, named)
            return
    except UnknownFormatError as e:
        yield FileResult(path, error=e) if named else FileResult(path, skipped=e.reason)
        return
    except ContentError as e:
        yield FileResult(path, error=e)
        return
    yield _read_one(data, path, named=named)


def _read_collection(path: Path) -> FileResult:
    try:
        if not path.exists():
            raise ContentError("没有这个文件或文件夹", path)
        return FileResult(path, tuple(read_laws_db(path) if path.suffix == ".db" else read_passages(path)))
    except ContentError as e:
        return FileResult(path, error=e)


def _read_archive(data: bytes, path: Path, named: bool) -> Iterator[FileResult]:
    results = [_read_one(content, Path(inner), named=False) for inner, content in members(data, str(path))]
    yield from results
    if named and not any(r.statutes or r.error for r in results):
        yield FileResult(path, error=ContentError("压缩包里没有法规", path))


def _read_one(data: bytes, path: Path, *, named: bool) -> FileResult:
    try:
        return FileResult(path, (statute_from_bytes(data, path),))
    except (NotAStatuteError, UnknownFormatError) as e:
        # Even where it is named: a summary of facts is not refused, it is no statute.
        aside = not named or "事实摘录" in e.reason
        return FileResult(path, skipped=e.reason) if aside else FileResult(path, error=e)
    except ContentError as e:
        return FileResult(path, error=e)


def import_paths(
    database: Database, paths: Sequence[Path], say: Callable[[str], None], entries: Iterable[Entry] = ()
) -> int:
    """Import what `paths` hold and report; returns the exit code. Each file is stored whole or not at all.

    entries  ours and the staff's, to tell which of them cite an article that a newer version changed
    """
    tally = _Tally(database, say, tuple(entries))
    with Progress(len(expand(paths))) as progress:
        for result in read_paths(paths):
            progress.clear()
            tally.take(result)
            progress.step(result.path.name)
    tally.sum_up()
    return 1 if tally.failed else 0


class _Tally:
    """Stores results one by one and counts."""

    def __init__(self, database: Database, say: Callable[[str], None], entries: tuple[Entry, ...]) -> None:
        self._database, self._say, self._entries = database, say, entries
        self._done = dict.fromkeys(holdings.Imported, 0)
        self._articles = self._skipped = self.failed = 0

    def take(self, result: FileResult) -> None:
        """Store what a file held, or say why not."""
        if result.error:
            self.failed += 1
            self._say(str(result.error))
        elif result.skipped:
            self._skipped += 1
            self._say(f"{result.path}: passed over: {result.skipped}")
        else:
            self._store(result)

    def _store(self, result: FileResult) -> None:
        try:
            stored = holdings.store(self._database, result.statutes)
        except StoreError as e:
            self.failed += 1
            self._say(f"{result.path}: not stored: {e}")
            return
        for saved in stored:
            self._done[saved.what] += 1
            self._articles += len(saved.statute.articles)
            for warning in saved.statute.warnings:
                self._say(f"{result.path}: note: {warning}")
            if saved.revision:
                for line in changes.told(saved.revision, self._entries):
                    self._say(line)

    def sum_up(self) -> None:
        """The last line."""
        done = self._done
        self._say(
            f"{sum(done.values())} statutes with {self._articles} articles: {done[holdings.Imported.ADDED]} added,"
            f" {done[holdings.Imported.UPDATED]} updated, {done[holdings.Imported.UNCHANGED]} unchanged;"
            f" {self._skipped} files passed over, {self.failed} refused"
        )


def import_package(database: Database, knowledge_dir: Path, if_missing: bool, say: Callable[[str], None]) -> int:
    """Fetch the safety laws in force and import those that knowledge/laws.yaml names; returns the exit code.

    What was imported from a file is left as it is. Without network it says so; the bot runs without the letter
    of the law.
    """
    if if_missing and holdings.shelf(database).statutes:
        return 0
    wanted = {law.title for law in content.load(knowledge_dir).laws}
    try:
        with fetched() as path:
            statutes = read_laws_db(path, wanted)
    except ContentError as e:
        say(f"statutes: {e}. Going on without; try again later: safetybot statutes")
        return 0 if if_missing else 1
    done = holdings.save(database, statutes, replace=False)
    say(
        f"statutes: {done[holdings.Imported.ADDED]} safety laws imported,"
        f" {done[holdings.Imported.UNCHANGED]} held already"
    )
    return 0
