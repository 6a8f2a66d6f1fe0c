"""What staff may change is asked each time, and in one way: nobody reads it from the settings of the start."""

import re
from pathlib import Path

import bot
from bot.office import GROUP_NAMES, ITEMS, Group
from bot.office.registry import default
from bot.office.texts import FACTS, TITLES, shipped
from bot.office.values import checked
from bot.settings import ROOT, Settings, names
from bot.switches import NAMES, WHILE_OFF, Function

CODE = Path(str(bot.__file__)).parent
#: Where the defaults are meant: the settings' own checks, what is built before there is a database, what only the
#: person who installs sets (answers.dense, outreach.quiz_url), and what holds now, which tells of itself.
_DEFAULTS = {
    "demo.py": 1, "settings/limits.py": 1, "doctor/knowledge.py": 1, "knowledge/keeper.py": 1,
    "knowledge/building.py": 1, "cli/consultation.py": 1, "cli/menu.py": 1, "office/keeper.py": 1,
}  # fmt: skip
_READS = re.compile(r"(?<!office\.)(?<!def )\bsettings\.(?:office|outreach|answers)\b")


def test_nobody_keeps_what_staff_may_change() -> None:
    reading = {}
    for path in sorted(CODE.rglob("*.py")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if _READS.search(line)]
        if lines:
            reading[str(path.relative_to(CODE))] = len(lines)
    assert reading == _DEFAULTS


def test_every_item_names_a_setting_a_sentence_or_a_switch() -> None:
    for item in ITEMS.values():
        if item.table in ("office", "answers", "outreach"):
            assert item.key in names()
        elif item.table == "texts":
            table, name = item.name.split(".")
            assert name in FACTS[table]
            assert name in TITLES[table]
    assert {item.name for item in ITEMS.values() if item.table == "switch"} == set(Function)


def test_every_function_and_group_has_words() -> None:
    assert set(NAMES) == set(WHILE_OFF) == set(Function)
    assert set(GROUP_NAMES) == set(Group)
    assert {item.group for item in ITEMS.values()} == set(Group)


def test_no_secret_is_among_what_staff_may_change() -> None:
    assert not [key for key in ITEMS if re.search("secret|token|key|url", key)]


def test_every_default_passes_its_own_check() -> None:
    words = shipped(ROOT / "knowledge")
    for item in ITEMS.values():
        ours = default(item, Settings(), words)
        if item.table != "switch":
            assert checked(item, ours, ours) == ours, item.key
