"""Before publishing: the questions that staff keep show which answers would change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ContentError, KnowledgeError
from bot.ingest.items import read_items
from bot.knowledge import live
from bot.knowledge.regression import QuestionSets, compare
from bot.services import Services

from .conftest import EDIT, ME, OWN

Write = Callable[..., Path]
QUESTIONS = """{"id": 1, "q": "几度停工", "must_contain": ["四十度"]}
{"id": 2, "q": "高温费", "must_contain": ["各省"]}
{"id": 3, "q": "无人机报备", "must_contain": ["登记"]}
"""


@pytest.fixture
def asked(office: Services, write: Write) -> Services:
    """An office with three questions and two drafts."""
    QuestionSets(office.database).add(write(QUESTIONS, "kept.jsonl"), ME)
    office.desk.draft([*read_items(write(OWN)), *read_items(write(EDIT, "e.yaml"))], ME)
    return office


@pytest.mark.parametrize(("entry", "changed"), [("own-drone", [3]), ("heat-stop", [1]), (None, [1, 3])])
def test_only_the_answers_of_the_entry_change(asked: Services, entry: str | None, changed: list[int]) -> None:
    result = compare(asked.keeper, asked.desk, asked.database, entry)
    assert [n for n, c in enumerate(result.changes, 1) if c.changed] == changed
    assert live.read(asked.database) == live.EMPTY


def test_the_phrasings_of_an_entry_are_asked_where_it_holds(asked: Services, write: Write) -> None:
    elsewhere = OWN.replace("江海区", "蓬江区").replace("own-drone", "drone-next-door")
    asked.desk.draft(read_items(write(elsewhere, "next.yaml")), ME)
    result = compare(asked.keeper, asked.desk, asked.database, "drone-next-door", ["无人机报备"])
    assert [c.changed for c in result.changes] == [False, False, False, True]
    assert "蓬江区" in result.changes[-1].new.text


def test_old_and_new_answer_are_shown_with_the_figures(asked: Services) -> None:
    result = compare(asked.keeper, asked.desk, asked.database, "heat-stop")
    change = result.changes[0]
    assert change.old.text.startswith("四十度停工")
    assert change.new.text.startswith("三十九度停工")
    assert result.before["facts"][0] > result.after["facts"][0]
    assert result.as_row()["changes"][0]["changed"] is True


def test_without_questions_or_drafts_it_says_so(office: Services, write: Write) -> None:
    with pytest.raises(KnowledgeError, match="regression add"):
        compare(office.keeper, office.desk, office.database, None)
    sets = QuestionSets(office.database)
    sets.add(write(QUESTIONS, "kept.jsonl"), ME)
    with pytest.raises(KnowledgeError, match="没有草稿"):
        compare(office.keeper, office.desk, office.database, "heat-stop")


def test_a_set_of_the_same_name_is_replaced_and_can_be_removed(office: Services, write: Write) -> None:
    sets = QuestionSets(office.database)
    sets.add(write(QUESTIONS, "kept.jsonl"), ME)
    sets.add(write(QUESTIONS.split("\n")[0], "kept.jsonl"), ME)
    assert [(s.name, len(s.questions)) for s in sets.all()] == [("kept", 1)]
    with pytest.raises(ContentError, match=r"bad\.jsonl:1"):
        sets.add(write("nonsense", "bad.jsonl"), ME)
    sets.remove("kept")
    with pytest.raises(KnowledgeError, match="kept"):
        sets.remove("kept")
