"""What the audit trail holds is read in words: every deed that the pages write down has some."""

from __future__ import annotations

import re

from bot.console.deeds import KINDS, said
from bot.settings import ROOT
from tests.console.pages import Office, office  # noqa: F401

_DEED = re.compile(r'(?:record|_on_record)\(\s*(?:[\w.]+, )?"([a-z_]+\.[a-z_-]+)"(?:, "([a-z_]+)")?')


def test_every_deed_has_words() -> None:
    pages = [p for p in (ROOT / "bot").rglob("*.py") if "pages" in p.parts or "console" in p.parts]
    found = [match for path in pages for match in _DEED.findall(path.read_text(encoding="utf-8"))]
    assert len(found) > 40
    assert not [action for action, _ in found if said(action) == action]
    assert not [kind for _, kind in found if kind and kind not in KINDS]


def test_the_trail_is_read_without_names_of_the_program(office: Office) -> None:  # noqa: F811
    from bot.staff import Role

    boss = office.sign_in(Role.ADMINISTRATOR)
    boss.post("/staff/accounts/new", {"name": "xiaowang", "display": "王小明", "author": "y"})
    page = boss.get("/staff/audit/?kind=staff").text
    main = page.split("<tbody>")[1].split("</tbody>")[0]
    assert "添加账号" in main
    assert "账号 王小明" in main
    assert "staff.add" not in main
