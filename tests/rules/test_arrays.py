"""Arrays are opened in one place, which lets one thread at a time in: `bot.answers.blobs` says why."""

import re
from pathlib import Path

import bot

ROOT = Path(str(bot.__file__)).parent
_OPENS = re.compile(r"\bnp\.(?:load|memmap)\b|\bopen_memmap\b|\bformat\.read_")


def test_nothing_but_blobs_opens_arrays() -> None:
    opening = [str(p.relative_to(ROOT)) for p in sorted(ROOT.rglob("*.py")) if _OPENS.search(code(p))]
    assert opening == ["answers/blobs.py"]


def test_arrays_are_opened_under_the_lock() -> None:
    before, lock, after = code(ROOT / "answers" / "blobs.py").partition("with _PARSING:")
    assert lock
    assert not _OPENS.search(before)
    assert len(_OPENS.findall(after)) == 1


def code(path: Path) -> str:
    """The text of a module without its comments and docstrings."""
    return re.sub(r'#[^\n]*|"""[\s\S]*?"""', "", path.read_text(encoding="utf-8"))
