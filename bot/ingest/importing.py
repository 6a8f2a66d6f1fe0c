"""Paths that somebody wants imported -> statutes, and what is to be said about each file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ContentError
from bot.ingest import content, library
from bot.ingest.lawsdb import fetched, read_laws_db
from bot.ingest.statutes import Statute, read_passages, read_statute
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class FileResult:
    """What one file held. skipped: why a file met in a folder was passed over, "" if it was not."""

    path: Path
    statutes: tuple[Statute, ...] = ()
    skipped: str = ""
    error: ContentError | None = None


def read_paths(paths: Sequence[Path]) -> Iterator[FileResult]:
    """Read every file named, and every statute text below every folder named, in name order.

    A file that is named must be readable. In a folder, files that are not statutes in the header format are
    passed over with a word; one that is, but is broken, is an error.
    """
    for path in paths:
        if path.is_dir():
            for child in sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".")):
                yield _read_in_folder(child)
        else:
            yield _read(path)


def _read(path: Path) -> FileResult:
    try:
        if not path.exists():
            raise ContentError("no such file or folder", path)
        if path.suffix in (".jsonl", ".ndjson"):
            return FileResult(path, tuple(read_passages(path)))
        if path.suffix == ".db":
            return FileResult(path, tuple(read_laws_db(path)))
        if path.suffix == ".txt":
            return FileResult(path, (read_statute(path),))
        raise ContentError(f"cannot read {path.suffix or 'this'} files yet; statutes are .txt, .jsonl or laws.db", path)
    except ContentError as e:
        return FileResult(path, error=e)


def _read_in_folder(path: Path) -> FileResult:
    if path.suffix != ".txt":
        return FileResult(path, skipped=f"{path.suffix or 'this'} is not a statute text")
    try:
        with path.open("rb") as f:
            head = f.read(2000).decode("utf-8-sig", "ignore")
    except OSError as e:
        return FileResult(path, error=ContentError(f"cannot be read: {e.strerror}", path))
    if not head.startswith("标题："):
        return FileResult(path, skipped="no header (标题：…) at the top")
    if "事实摘录" in head.split("\n\n")[0]:
        return FileResult(path, skipped="a summary of facts, not the text of a statute")
    return _read(path)


def import_paths(database: Database, paths: Sequence[Path], say: Callable[[str], None]) -> int:
    """Import what `paths` hold and report; returns the exit code. Each file is stored whole or not at all."""
    done = dict.fromkeys(library.Imported, 0)
    count = skipped = failed = 0
    for result in read_paths(paths):
        if result.error:
            failed += 1
            say(str(result.error))
        elif result.skipped:
            skipped += 1
            say(f"{result.path}: passed over: {result.skipped}")
        else:
            for what, n in library.save(database, result.statutes).items():
                done[what] += n
            count += sum(len(s.articles) for s in result.statutes)
    say(
        f"{sum(done.values())} statutes with {count} articles: {done[library.Imported.ADDED]} added,"
        f" {done[library.Imported.UPDATED]} updated, {done[library.Imported.UNCHANGED]} unchanged;"
        f" {skipped} files passed over, {failed} refused"
    )
    return 1 if failed else 0


def import_package(database: Database, knowledge_dir: Path, if_missing: bool, say: Callable[[str], None]) -> int:
    """Fetch the safety laws in force and import those that knowledge/laws.yaml names; returns the exit code.

    What was imported from a file is left as it is. Without network it says so; the bot runs without the letter
    of the law.
    """
    if if_missing and library.shelf(database).statutes:
        return 0
    wanted = {law.title for law in content.load(knowledge_dir).laws}
    try:
        with fetched() as path:
            statutes = read_laws_db(path, wanted)
    except ContentError as e:
        say(f"statutes: {e}. Going on without; try again later: safetybot statutes")
        return 0 if if_missing else 1
    done = library.save(database, statutes, replace=False)
    say(
        f"statutes: {done[library.Imported.ADDED]} safety laws imported,"
        f" {done[library.Imported.UNCHANGED]} held already"
    )
    return 0
