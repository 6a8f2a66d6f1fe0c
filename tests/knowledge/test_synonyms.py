"""The office's own synonyms: from draft to every process, back again, into files and out of them; and the preview."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.answers import Asked
from bot.answers.synonyms import Pair, read
from bot.errors import ContentErrors, KnowledgeError
from bot.knowledge.files import bring, export
from bot.knowledge.preview import Origin, Way, preview_synonyms, recent
from bot.services import LEXICON, Services
from bot.store.records import MessageRow
from tests.small_office import CARD

from .conftest import ME, YOU
from .test_commands import Run, Write, run  # noqa: F401

HERE = "广东省江门市江海区"
HOT = Pair("火烧天", "高温")
QUESTION = "火烧天贴补咋发放"


def publish(services: Services, *pairs: Pair) -> None:
    desk = services.synonym_desk
    desk.draft(pairs, ME)
    desk.submit(ME)
    desk.publish(YOU)


def formal(services: Services, text: str) -> str:
    return services.answerer.matcher.synonyms.formal(text, HERE, lambda _: False)


def test_a_published_list_reaches_every_process_and_goes_back(office: Services, another: Services) -> None:
    assert formal(another, QUESTION) == QUESTION
    publish(office, HOT)
    another.keeper.look()
    assert formal(another, QUESTION) == "高温贴补咋发放"
    publish(office, Pair("火烧天", "高温天气"))
    another.keeper.look()
    assert formal(another, QUESTION) == "高温天气贴补咋发放"
    office.synonym_desk.roll_back(1, YOU)
    another.keeper.look()
    assert formal(another, QUESTION) == "高温贴补咋发放"
    office.synonym_desk.withdraw(YOU)
    another.keeper.look()
    assert formal(another, QUESTION) == QUESTION


def test_no_base_is_built_for_synonyms(office: Services) -> None:
    before = office.answerer.base.folder
    publish(office, HOT)
    office.keeper.look()
    assert (office.answerer.base.folder, formal(office, "火烧天")) == (before, "高温")


def test_a_question_in_an_own_word_finds_its_entry(office: Services) -> None:
    asked = Asked("火烧天贴补咋整", date(2026, 11, 24), HERE)
    before = office.answerer.matcher.find(asked.text, HERE)
    publish(office, Pair("火烧天贴补", "高温津贴"))
    office.keeper.look()
    after = office.answerer.matcher.find(asked.text, HERE)
    assert after.confidence > before.confidence
    assert office.answerer.base.entry(after.matches[0].entry).id == "heat-pay"


def test_what_would_do_harm_is_not_let_through(office: Services) -> None:
    office.synonym_desk.draft([Pair("救命", "高温")], ME)
    with pytest.raises(ContentErrors, match="判断险情"):
        office.synonym_desk.submit(ME)
    with pytest.raises(KnowledgeError, match="现在是“草稿”，不能发布"):
        office.synonym_desk.publish(YOU)
    assert office.synonym_desk.live() == []


def test_history_tells_who_did_what(office: Services) -> None:
    publish(office, HOT)
    found, events = office.synonym_desk.history()
    assert [(e.move, e.who) for e in events] == [("write", ME), ("submit", ME), ("publish", YOU)]
    assert (found[0].title, found[0].reviewer) == ("本单位的近义词", YOU)


def test_entries_know_nothing_of_the_list(office: Services) -> None:
    publish(office, HOT)
    assert office.desk.versions() == []
    assert office.desk.conflicts() == []
    with pytest.raises(KnowledgeError, match="safetybot synonyms"):
        office.desk.roll_back("synonyms", 1, ME)


def test_the_list_moves_with_all_other_knowledge(office: Services, tmp_path: Path) -> None:
    publish(office, HOT, Pair("日头大", "高温", "广东省", both=True))
    office.synonym_desk.draft([Pair("热天价", "高温津贴")], ME)
    export(office.database, tmp_path / "out")
    said, desk = office.synonym_desk, office.desk
    office.synonym_desk.withdraw(ME)
    office.synonym_desk.withdraw(ME)
    assert "近义词 2" in bring(office.database, desk, office.word_lists, office.tell, tmp_path / "out", YOU)
    assert [p.said for p in said.live()] == [HOT.said, ("日头大", "高温", "广东省", True)]
    assert [p.word for p in said.draft_pairs()] == ["热天价"]
    assert "近义词 0" in bring(office.database, desk, office.word_lists, office.tell, tmp_path / "out", YOU)
    export(office.database, tmp_path / "again")
    held = [(p / "synonyms.toml").read_bytes() for p in (tmp_path / "out", tmp_path / "again")]
    assert held[0] == held[1]


def test_a_bad_list_among_the_files_keeps_everything_out(office: Services, tmp_path: Path) -> None:
    publish(office, HOT)
    export(office.database, tmp_path / "out")
    (tmp_path / "out" / "synonyms.toml").write_text('"火" = "高温"\n', encoding="utf-8")
    with pytest.raises(ContentErrors, match="太短"):
        bring(office.database, office.desk, office.word_lists, office.tell, tmp_path / "out", YOU)
    assert [p.word for p in office.synonym_desk.live()] == ["火烧天"]


def test_recent_questions_are_tried_without_who_asked(office: Services) -> None:
    row = MessageRow(
        at=datetime.now(UTC), channel="official", address="oAlice", kind="text", text="火烧天津贴多少，打我13800138000",
        status="", intent="", entry="", confidence=0.0, took_ms=1.0,
    )  # fmt: skip
    office.records.note(row)
    office.records.note(replace(row, kind="event"))
    office.records.start()
    office.records.stop()
    [message] = recent(office.database)
    assert message.origin is Origin.RECENT
    assert "13800138000" not in message.text
    then = office.trial(synonyms=type(office.answerer.matcher.synonyms)(own=[HOT]))
    found = preview_synonyms(office.database, office.answerer, then, HERE)
    assert found.looked_at[Origin.RECENT] == 1
    assert message.text in [t.message.text for t in found.tried]
    assert not [t for t in found.tried if "oAlice" in str(t)]


def test_preview_says_what_changes_and_stores_nothing(run: Run, write: Write) -> None:  # noqa: F811
    told = run("synonyms", "preview", "--add", "火烧天=高温").out
    assert "改动的词：火烧天" in told
    assert "换成口语的问法  火烧天停工标准" in told
    assert "    原：" in told
    assert "    新：" in told
    assert "答到该条目" in told
    assert run("synonyms", "list").out == ""
    row = json.loads(run("synonyms", "preview", "--add", "火烧天=高温", "--json").out)
    assert row["changed"] == len(row["changes"]) > 0
    assert sum(n[0] for n in row["ways"].values()) == row["asked"]
    assert row["right"][1] >= row["right"][0]
    assert set(row["ways"]) <= {w.value for w in Way}


def test_preview_of_a_file_names_its_faults_and_tries_it_all_the_same(run: Run, write: Write) -> None:  # noqa: F811
    path = write('"火烧天" = "高温"\n"火" = "高温"\n', "own.toml")
    ran = run("synonyms", "preview", path)
    assert f"要先改：{path}:2: 火：太短" in ran.err
    assert "改动的词：火、火烧天" in ran.out
    assert "没有改动" in run("synonyms", "preview", write("", "empty.toml")).out
    assert run("synonyms", "preview").code == 1  # there is no draft
    assert "口语=正式说法" in run("synonyms", "preview", "--add", "火烧天").err


def test_a_list_from_draft_to_answer_and_back(run: Run, write: Write) -> None:  # noqa: F811
    path = write('"火烧天" = "高温"\n', "own.toml")
    assert "近义词  第1版  草稿  1 条  作者 张三" in run("synonyms", "draft", path, "--by", "张三", "--why", "方言").out
    assert "火烧天" in run("synonyms", "preview").out
    assert "待审核" in run("synonyms", "submit", "--by", "张三").out
    assert "草稿" in run("synonyms", "return", "--by", "李四").out
    run("synonyms", "submit", "--by", "张三")
    assert "已发布" in run("synonyms", "publish", "--by", "李四").out
    assert run("synonyms", "list").out == '"火烧天" = "高温"\n'
    assert "火烧天: （无） → 高温" in run("synonyms", "history").out
    assert "已撤下" in run("synonyms", "withdraw", "--by", "李四").out
    assert "第2版  已发布" in run("synonyms", "rollback", 1, "--by", "李四").out


def test_check_names_file_and_line(office: Services, write: Write) -> None:
    assert office.synonym_desk.check_all() == []
    path = write('["天气"]\n"火烧天" = "高温"\n"触电" = "高温"\n', "synonyms.toml")
    [wrong] = office.synonym_desk.check_file(read(path), path)
    assert str(wrong).startswith(f"{path}:3: 触电：这是判断险情用的词，不能改写，请删掉这一行")


def test_lexicon_preview_says_which_messages_are_taken_otherwise(
    run: Run,  # noqa: F811
    write: Write,
    tmp_path: Path,
    knowledge_dir: Path,
) -> None:
    (knowledge_dir / "emergency.yaml").write_text(CARD.replace("em-fire", "fire"), encoding="utf-8")
    edited = tmp_path / "lexicon.toml"
    shutil.copy(LEXICON, edited)
    assert "回答会变的 0 条" in run("lexicon", "preview", edited).out
    text = edited.read_text(encoding="utf-8")
    edited.write_text(text.replace('harmless = """', 'harmless = """着火了 ', 1), encoding="utf-8")
    told = run("lexicon", "preview", edited).out
    assert "条目的问法  着火了\n    原：险情 《着火了怎么办》" in told
    bad = write("[signs]\n", "bad.toml")
    assert "bad.toml" in run("lexicon", "preview", bad).err
