"""What is wrong is said in Chinese: pages show the same sentences as commands, and staff know no fields of files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOMS = ("outreach", "people", "unanswered", "knowledge", "conversations", "office", "console", "staff")
#: WeChat's own word, by which staff find it in its console.
KNOWN = "素材编号（media_id）"


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_names_a_field_or_an_option(room: str) -> None:
    folder = Path(__file__).parents[2] / "bot" / room
    found = [
        f"{path.name}: {line.strip()}"
        for path in folder.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"[\u4e00-\u9fff]（(--)?[a-z_.]+）", line) and KNOWN not in line and '"""' not in line
    ]
    assert found == []
