"""A change is seen by every process, at once and whole; the base below is built beside, by one of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.answers import Asked, Outcome, dense
from bot.ingest import holdings
from bot.ingest.items import read_items
from bot.ingest.statutes import ParsedArticle, Statute
from bot.knowledge.bases import Shelf, build_base
from bot.knowledge.tables import live_revision, plan_proposal
from bot.services import Services
from bot.settings import ROOT
from tests.store.conftest import Outage

from .conftest import EDIT, ME, OWN
from .plans import PROPOSAL

Publish = Callable[..., None]


def ask(services: Services, text: str) -> Outcome:
    return services.answerer.answer(Asked(text, date(2026, 11, 24), "广东省江门市江海区"))


def told(services: Services, text: str) -> str:
    return ask(services, text).text.split("\n")[0]


def test_an_own_entry_is_told_as_soon_as_somebody_looks(office: Services, another: Services, publish: Publish) -> None:
    assert ask(another, "飞无人机要登记吗").entry != "own-drone"
    publish(OWN)
    another.keeper.look()
    found = ask(another, "飞无人机要登记吗")
    assert (found.entry, found.text.split("\n")[0]) == ("own-drone", "要在街道安监所登记。")
    assert "江海区无人机巡检办法" in found.text
    assert ask(another, "巡检用的无人机到哪里登记").entry == "own-drone"


def test_edit_hide_restore_and_roll_back_are_seen_in_turn(
    office: Services, another: Services, publish: Publish
) -> None:
    assert told(another, "几度停工") == "四十度停工。"
    publish(EDIT)
    another.keeper.look()
    assert told(another, "几度停工") == "三十九度停工，这是本区的。"
    office.desk.withdraw("heat-stop", ME)
    another.keeper.look()
    assert ask(another, "几度停工").entry != "heat-stop"
    office.desk.roll_back("heat-stop", 1, ME)
    another.keeper.look()
    assert told(another, "几度停工") == "三十九度停工，这是本区的。"
    office.desk.restore("heat-stop", ME)
    another.keeper.look()
    assert told(another, "几度停工") == "四十度停工。"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_entry_of_another_place_is_not_told_here(office: Services, publish: Publish) -> None:
    publish(OWN.replace("广东省江门市江海区", "吉林省"))
    assert ask(office, "飞无人机要登记吗").entry != "own-drone"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_built_and_what_is_laid_over_give_the_same_entries(
    office: Services, another: Services, publish: Publish
) -> None:
    publish(EDIT)
    publish(OWN)
    assert told(office, "几度停工") == "三十九度停工，这是本区的。"
    office.desk.withdraw("heat-pay", ME)
    build_base(office.settings.knowledge_dir, office.database, Shelf(office.settings.var_dir / "index"))
    assert another.base.entry_by_id("heat-pay") is None
    another.desk.restore("heat-stop", ME)
    another.desk.restore("heat-pay", ME)
    another.keeper.look()
    assert told(another, "几度停工") == "四十度停工。"
    assert told(another, "高温补助") == "各省不同。"
    assert told(another, "无人机报备") == "要在街道安监所登记。"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_answers_is_exchanged_whole(office: Services, publish: Publish) -> None:
    """Whoever holds an answerer keeps its base; text, choices and sources are of one version."""
    before = office.answerer
    assert before.answer(Asked("几度停工", date(2026, 11, 24))).text.startswith("四十度")
    publish(EDIT)
    office.keeper.look()
    assert before.answer(Asked("热到几度可以不干", date(2026, 11, 24))).text.startswith("四十度")
    assert told(office, "热到几度可以不干").startswith("三十九度")


def test_what_changes_nothing_that_is_live_exchanges_nothing(office: Services, write: Callable[[str], Path]) -> None:
    held = office.answerer
    office.desk.draft(read_items(write(OWN)), ME)
    office.keeper.look()
    assert office.answerer is held


def test_statutes_that_are_imported_have_a_base_built_beside_and_are_then_told(office: Services) -> None:
    assert office.base.find_article("测试法", "第一条") is None
    holdings.save(office.database, [bases_statute()])
    until(lambda: (office.keeper.look(), office.base.find_article("测试法", "第一条") is not None)[1])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_build_that_is_killed_leaves_nothing_broken(office: Services) -> None:
    assert told(office, "几度停工") == "四十度停工。"
    root = office.settings.var_dir / "index"
    holdings.save(office.database, [bases_statute()])
    (root / ".building-x").mkdir()
    builder = office.keeper._builder
    assert builder.start("x")
    assert builder._process
    builder._process.kill()
    builder._process.wait()
    assert builder.ended()
    assert told(office, "几度停工") == "四十度停工。"
    name = build_base(office.settings.knowledge_dir, office.database, Shelf(root))
    office.keeper.look()
    assert office.base.find_article("测试法", "第一条") is not None
    assert (root / str(name)).is_dir()
    assert not list(root.glob(".building-*"))


def test_what_cannot_be_read_is_left_out_and_all_else_is_told(
    office: Services, publish: Publish, caplog: pytest.LogCaptureFixture
) -> None:
    """A plan as a later version of the program stored it, say, before somebody went back to this one."""
    publish(OWN)
    held, _ = office.plan_desk.store(PROPOSAL, "方案.docx", ME)
    office.plan_desk.accept(held.id, ["theme-1"], ME)
    with office.database.begin() as db:
        db.execute(sa.update(plan_proposal).values(proposal='{"title": "甲"}'))
    assert told(office, "无人机报备") == "要在街道安监所登记。"
    assert f"plan-{held.id}" in [getattr(record, "subject", "") for record in caplog.records]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_process_builds_and_the_others_wait_and_map(office: Services) -> None:
    given = json.dumps({
        "database": office.settings.database, "var_dir": str(office.settings.var_dir), "log_level": "INFO",
        "knowledge_dir": str(office.settings.knowledge_dir),
    })  # fmt: skip
    office.database.migrate()
    shutil.rmtree(office.settings.var_dir / "index")
    command = [sys.executable, "-m", "bot.knowledge"]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [p.communicate(given, 60)[1] for p in started]
    assert [p.returncode for p in started] == [0, 0], said
    assert sum("building the knowledge base" in s for s in said) == 1, said


@pytest.mark.skipif(bool(dense.missing()), reason=f"pip install '.[dense]': {dense.missing()} is missing")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_builds_a_base_makes_the_vectors_of_its_articles(office: Services) -> None:
    settings, shelf = office.settings, Shelf(office.settings.var_dir / "index")
    name = build_base(settings.knowledge_dir, office.database, shelf)
    assert not shelf.has_vectors(name)
    given = {"database": settings.database, "var_dir": str(settings.var_dir), "dense": True}
    given |= {"log_level": "INFO", "knowledge_dir": str(settings.knowledge_dir)}
    command = [sys.executable, "-m", "bot.knowledge"]
    subprocess.run(command, cwd=ROOT, input=json.dumps(given), text=True, check=True, capture_output=True)
    assert shelf.has_vectors(name)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bases_that_somebody_has_open_are_kept_and_the_others_go(office: Services, publish: Publish) -> None:
    root = office.settings.var_dir / "index"
    assert told(office, "几度停工") == "四十度停工。"
    [first] = folders(root)
    for degrees in ("三十九", "三十八", "三十七", "三十六"):
        publish(EDIT.replace("三十九", degrees))
        build_base(office.settings.knowledge_dir, office.database, Shelf(root))
    assert first in folders(root)
    assert len(folders(root)) == 4
    office.keeper.look()
    assert told(office, "几度停工").startswith("三十六度")


def test_the_last_base_answers_while_the_database_is_away(
    office: Services, another: Services, publish: Publish, outage: Outage
) -> None:
    publish(OWN)
    assert told(office, "无人机报备") == "要在街道安监所登记。"
    build_base(office.settings.knowledge_dir, office.database, Shelf(office.settings.var_dir / "index"))
    office.database.close()
    outage.begin()
    assert told(office, "无人机报备") == "要在街道安监所登记。"
    with pytest.raises(Exception, match="database"):
        office.keeper.look()
    assert told(office, "无人机报备") == "要在街道安监所登记。"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_many_questions_during_many_changes_get_one_version_each(office: Services, publish: Publish) -> None:
    """The answer names the version in its text, its source and what comes next: all must be of one."""
    publish(numbered_edit(0))
    assert told(office, "几度停工").startswith("第0版")
    wrong: list[str] = []
    done = threading.Event()

    def asks() -> None:
        while not done.is_set():
            found = ask(office, "几度停工")
            number = found.text.split("版")[0]
            if f"{number}版办法" not in found.citations[0].title:
                wrong.append(found.text)

    threads = [threading.Thread(target=asks) for _ in range(2)]
    for t in threads:
        t.start()
    for n in range(1, 5):
        publish(numbered_edit(n))
        office.keeper.look()
    done.set()
    for t in threads:
        t.join()
    assert wrong == []
    assert told(office, "几度停工").startswith("第4版")


def numbered_edit(n: int) -> str:
    return EDIT.replace("三十九度停工", f"第{n}版：停工").replace(
        "{law: 中华人民共和国测试法, article: 第一条}", f"{{name: 第{n}版办法}}"
    )


def folders(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))


def bases_statute() -> Statute:
    return Statute(
        title="测试法", version="2021-06-10", effective="2021-09-01", articles=(ParsedArticle("第一条", "为了测试。"),)
    )


def until(true: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(600):
        if true():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not come about within 30 s")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_more_entry_is_tried_over_what_is_live(office: Services, publish: Publish) -> None:
    publish(EDIT)
    publish(OWN)
    assert told(office, "几度停工") == "三十九度停工，这是本区的。"
    own = office.answerer.base.entry_by_id("own-drone")
    assert own
    new = replace(own, id="own-kite", title="放风筝要登记吗", questions=("放风筝要报备吗",), answer="不用登记。")
    tried = office.keeper.trial_with(new)
    day, here = date(2026, 11, 24), "广东省江门市江海区"
    assert tried.answer(Asked("放风筝要报备吗", day, here)).entry == "own-kite"
    assert tried.answer(Asked("飞无人机要登记吗", day, here)).entry == "own-drone"
    assert tried.answer(Asked("几度停工", day, here)).text.startswith("三十九度")
    changed = office.keeper.trial_with(replace(own, answer="改成在区局登记。"))
    assert changed.answer(Asked("飞无人机要登记吗", day, here)).text.startswith("改成在区局登记")
    assert told(office, "飞无人机要登记吗") == "要在街道安监所登记。"


def test_changes_are_noticed_where_the_row_that_counts_them_is_gone(
    office: Services, another: Services, publish: Publish
) -> None:
    with office.database.begin() as db:
        db.execute(sa.delete(live_revision))
    assert told(another, "几度停工") == "四十度停工。"
    publish(EDIT)
    another.keeper.look()
    assert told(another, "几度停工") == "三十九度停工，这是本区的。"
