"""The handbook shows what it says it shows: its pictures and links are there, small, and none lies about unused."""

from __future__ import annotations

import re

from bot.settings import ROOT

DOCS = ROOT / "docs"
PAGES = [DOCS / "handbook.md", *(DOCS / "handbook").glob("*.md")]
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
_MOST_BYTES = 200_000


def test_links_and_pictures_lead_somewhere() -> None:
    told = [(page.name, link) for page in PAGES for link in _LINK.findall(page.read_text(encoding="utf-8"))
            if not (page.parent / link).exists()]  # fmt: skip
    assert not told


def test_every_picture_is_shown_and_small() -> None:
    shown = {
        (page.parent / link).resolve() for page in PAGES for link in _LINK.findall(page.read_text(encoding="utf-8"))
    }
    pictures = set((DOCS / "handbook" / "pictures").glob("*.png"))
    assert pictures
    assert not [p.name for p in pictures if p.resolve() not in shown]
    assert not [p.name for p in pictures if p.stat().st_size > _MOST_BYTES]
