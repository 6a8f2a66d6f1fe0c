"""Everything as files and back: the same bytes, all or nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import ContentErrors, KnowledgeError
from bot.ingest.items import read_items
from bot.knowledge import live
from bot.knowledge.files import bring, export
from bot.knowledge.regression import QuestionSets
from bot.services import Services

from .conftest import EDIT, ME, OWN, YOU
from .plans import PROPOSAL

Publish = Callable[..., None]
QUESTIONS = (
    '{"id": 1, "q": "无人机报备", "kind": "fact", "must_contain": ["登记"], "gold": [], "must_not_contain": []}\n'
)
MORE = """topic: own
entries:
- id: own-lantern
  title: 孔明灯能放吗
  questions: [放天灯, 许愿灯, 祈福灯, 孔明灯会不会罚, 哪里能放灯]
  answer: 不能放。
  reviewed: 2026-01-01
  note: '只在本区: 见通告'
  sources: [{name: 通告, ref: "江府〔2026〕1号"}]
"""
DAYS = """days:
- id: own-day
  title: 本区消防日
  questions: [消防日几号, 本区消防日哪天, 咱们区消防日, 消防日活动哪天, 消防日什么时候]
  answer: 十一月九日。
  rule: "11-09"
  reviewed: 2026-01-01
  sources: [{name: 通告}]
"""


@pytest.fixture
def full(office: Services, publish: Publish, write: Callable[..., Path]) -> Services:
    """An office with something of everything."""
    for text in (OWN, EDIT, MORE, DAYS):
        publish(text)
    office.desk.withdraw("heat-pay", ME)
    office.desk.draft(read_items(write(OWN.replace("街道", "区"))), ME)
    plan, _ = office.plan_desk.store(PROPOSAL, "方案.docx", ME)
    office.plan_desk.accept(plan.id, ["theme-1", "deadline-1"], ME)
    QuestionSets(office.database).add(write(QUESTIONS, "questions.jsonl"), ME)
    return office


@pytest.fixture
def empty(office: Services, tmp_path: Path, migrated: Path) -> Iterator[Services]:
    """The same office with a new database."""
    (tmp_path / "empty").mkdir()
    shutil.copy(migrated, tmp_path / "empty" / "safetybot.db")
    settings = replace(office.settings, database_url="", var_dir=tmp_path / "empty")
    services = Services(settings)
    yield services
    services.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def take(services: Services, folder: Path) -> list[str]:
    return bring(services.database, services.desk, services.word_lists, services.tell, folder, YOU)


def test_export_wipe_import_export_gives_the_same_files(full: Services, empty: Services, tmp_path: Path) -> None:
    export(full.database, tmp_path / "one")
    assert take(empty, tmp_path / "one") == ["条目 4", "隐藏 1", "草稿 1", "方案 1", "问题集 1"]
    export(empty.database, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    before, after = live.read(full.database), live.read(empty.database)
    assert before.entries == after.entries
    assert before.plans == after.plans
    assert full.plan_desk.rows()[0].what == empty.plan_desk.rows()[0].what


def test_importing_again_changes_nothing(full: Services, tmp_path: Path) -> None:
    export(full.database, tmp_path / "one")
    assert take(full, tmp_path / "one") == ["条目 0", "隐藏 0", "草稿 0", "方案 0", "问题集 1"]


def test_export_replaces_an_earlier_one_and_nothing_else(full: Services, tmp_path: Path) -> None:
    export(full.database, tmp_path / "one")
    full.desk.withdraw("own-lantern", ME)
    full.desk.withdraw("own-day", ME)
    export(full.database, tmp_path / "one")
    assert "孔明灯" not in (tmp_path / "one" / "entries" / "own.yaml").read_text(encoding="utf-8")
    assert not (tmp_path / "one" / "calendar.yaml").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(KnowledgeError, match="里有别的文件"):
        export(full.database, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_an_edit_that_was_moved_still_knows_what_it_was_laid_over(
    full: Services, empty: Services, tmp_path: Path, knowledge_dir: Path
) -> None:
    export(full.database, tmp_path / "one")
    path = knowledge_dir / "entries" / "heat.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("四十度停工。", "四十度以上停工。"), encoding="utf-8")
    take(empty, tmp_path / "one")
    assert [c.version.entry for c in empty.desk.conflicts()] == ["heat-stop"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("entries/own.yaml", "  answer: 不能放。\n", "", "own-lantern: 缺少 answer"),
        ("entries/own.yaml", "own-lantern", "own-drone", "own-drone：id 与 own.yaml 第"),
        ("entries/heat.yaml", "- 几度停工", "- 放天灯", "的问法相同：放天灯"),
        ("entries/own.yaml", "entries:", "entries: [", "own.yaml:"),
        ("drafts/entries/own.yaml", "id: own-drone", "x: y", "own.yaml:3: 缺少 id"),
        ("hidden.yaml", "heat-pay", "no-such", "no-such：随附内容里没有这一条"),
        ("hidden.yaml", "hidden:", "hiden:", "hidden.yaml: 读不懂"),
        ("regression/questions.jsonl", '"q"', '"p"', "questions.jsonl:1: "),
        ("plans/none.json", None, "[]", "none.json: 读不懂，和导出的样子不一样。请重新导出"),
        ("safetybot-export.json", None, None, "缺少 safetybot-export.json"),
        ("thesis.txt", None, "x", "thesis.txt: 不认识的文件"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    full: Services, empty: Services, tmp_path: Path, name: str, old: str | None, new: str | None, wanted: str
) -> None:
    export(full.database, tmp_path / "one")
    spoil(tmp_path / "one" / name, old, new)
    with pytest.raises(Exception, match=r".") as refused:
        take(empty, tmp_path / "one")
    assert wanted in str(refused.value)
    assert live.read(empty.database) == live.EMPTY
    assert empty.desk.versions() == []
    assert empty.plan_desk.plans() == []
    assert QuestionSets(empty.database).all() == []


def spoil(path: Path, old: str | None, new: str | None) -> None:
    if new is None:
        path.unlink()
    elif old is None:
        path.write_text(new, encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_plan_that_was_broken_by_hand_is_refused(full: Services, empty: Services, tmp_path: Path) -> None:
    export(full.database, tmp_path / "one")
    [path] = (tmp_path / "one" / "plans").iterdir()
    row = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**row, "accepted": ["theme-9"]}), encoding="utf-8")
    with pytest.raises(ContentErrors, match="theme-9"):
        take(empty, tmp_path / "one")
