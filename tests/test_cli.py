"""The commands as they are typed: what they print, and that a mistake is one clear line and an exit code."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.settings import ROOT
from tests import bases

STATUTE = """标题：中华人民共和国测试法
版本日期：2021-06-10
本版施行日期：2021-09-01
时效性：现行有效

中华人民共和国测试法

第一条　为了测试灯笼，制定本法。
第二条　灯笼应当每月检查一次。
"""
ENTRIES = """topic: t
defaults: {reviewed: 2026-01-01}
entries:
- id: t-lantern
  title: 灯笼多久检查一次
  questions: [灯笼检查周期, 多久查一次灯笼, 灯笼要常查吗, 灯笼检查几次, 灯笼隔多久检查]
  answer: 每月检查一次。
  sources: [{law: 中华人民共和国测试法, article: 第二条}]
- id: t-kite
  title: 风筝能在哪里放
  questions: [哪里能放风筝, 风筝放飞地点, 机场边放风筝行吗, 放风筝去哪儿, 风筝禁放区]
  answer: 远离高压线和机场。
  sources: [{law: 中华人民共和国测试法, article: 第一条}]
"""
QUESTIONS = [
    {"id": "a", "q": "灯笼多久检查一次", "kind": "law", "gold": [{"law": "测试法", "article": "第二条"}],
     "must_contain": ["每月"], "abstain_ok": False},
    {"id": "b", "q": "哪里能放风筝", "kind": "howto", "gold": [], "must_contain": ["电线|机场"],
     "must_not_contain": ["屋顶"], "abstain_ok": False},
    {"id": "c", "q": "qwertz uiop", "kind": "out_of_domain", "gold": [], "must_contain": [], "abstain_ok": False},
    *({"id": text, "q": text} for text in ("第二条", "😀", "测试法第九条", "灯笼", "<b>", "")),
]  # fmt: skip
#: What `ask --json` prints, in this order.
KEYS = "status answer rejected intent confidence citations choices candidates took_ms".split()


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """A folder of content: two entries, the shipped words and emergency cards."""
    folder = tmp_path / "knowledge"
    (folder / "entries").mkdir(parents=True)
    (folder / "entries" / "t.yaml").write_text(ENTRIES, encoding="utf-8")
    (folder / "laws.yaml").write_text("laws:\n- {law: 中华人民共和国测试法, short: [测试法]}\n", encoding="utf-8")
    words = (ROOT / "knowledge" / "replies.toml").read_text(encoding="utf-8").split("[[small_talk]]")[0]
    (folder / "replies.toml").write_text(words, encoding="utf-8")
    return folder


@pytest.fixture
def run(
    knowledge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ran]]:
    """run("ask", "…"): one command in this process, with a var folder of its own."""
    for name in [n for n in os.environ if n.startswith("SAFETYBOT_")]:
        monkeypatch.delenv(name)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setenv("SAFETYBOT_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SAFETYBOT_KNOWLEDGE_DIR", str(knowledge))

    def command(*args: object) -> Ran:
        code = main([str(a) for a in args])
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    yield command
    root.handlers[:] = handlers
    root.setLevel(level)


Run = Callable[..., Ran]


@pytest.fixture
def statute(run: Run, tmp_path: Path) -> Path:
    """A statute, already imported."""
    path = tmp_path / "测试法.txt"
    path.write_text(STATUTE, encoding="utf-8")
    assert run("import", path).code == 0
    return path


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(q, ensure_ascii=False) + "\n" for q in QUESTIONS), encoding="utf-8")
    return path


# ask


def test_ask_prints_the_answer_to_words_without_quotes(run: Run, statute: Path) -> None:
    told = run("ask", "灯笼", "多久检查一次")
    assert told.code == 0
    assert "每月检查一次" in told.out
    assert "《测试法》第二条" in told.out


def test_ask_as_json_has_exactly_the_keys_of_the_contract(run: Run, statute: Path) -> None:
    told = run("ask", "--json", "灯笼多久检查一次")
    assert told.out.count("\n") == 1
    answer = json.loads(told.out)
    assert list(answer) == KEYS
    assert set(answer["citations"][0]) == {"title", "law", "article", "plan", "section"}
    assert all(set(c) == {"id", "title", "score"} for c in answer["candidates"])
    assert (answer["status"], answer["rejected"], answer["intent"]) == ("answered", False, None)
    assert (answer["citations"][0]["law"], answer["citations"][0]["article"]) == ("中华人民共和国测试法", "第二条")
    assert 0 <= answer["confidence"] <= 1
    assert answer["took_ms"] > 0
    assert all(isinstance(choice, str) for choice in answer["choices"])


def test_emergency_is_told_by_its_intent(run: Run) -> None:
    # No cards stand in this folder: the shipped ones are asked for.
    cards = (ROOT / "knowledge" / "emergency.yaml").read_text(encoding="utf-8")
    Path(os.environ["SAFETYBOT_KNOWLEDGE_DIR"], "emergency.yaml").write_text(cards, encoding="utf-8")
    answer = json.loads(run("ask", "--json", "着火了").out)
    assert (answer["status"], answer["intent"]) == ("emergency", "emergency")
    assert answer["answer"].startswith("先打119") or "119" in answer["answer"].split("\n")[0]


# evaluate


def test_evaluate_prints_the_figures(run: Run, statute: Path, questions: Path, tmp_path: Path) -> None:
    told = run("evaluate", questions, "--out", tmp_path / "out.jsonl")
    assert told.code == 0
    assert told.out.startswith("all\n")
    assert "kind=law" in told.out
    assert "answered" in told.out
    assert '"ids"' not in (tmp_path / "out.jsonl").read_text(encoding="utf-8"), "a ranking only where asked for"


def test_evaluate_as_json_gives_share_and_count_and_writes_each_answer_in_full(
    run: Run, statute: Path, questions: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    table = json.loads(run("evaluate", questions, "--json", "--out", out, "--ranking", 5).out)
    assert table["all"]["answered"] == [1.0, 2]
    assert table["all"]["facts"] == [1.0, 2]
    assert table["kind=law"]["cite@1"] == [1.0, 1]
    assert table["kind=out_of_domain"]["refused"] == [1.0, 1]
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [q["id"] for q in QUESTIONS]
    assert all(list(row) == ["id", "q", *KEYS, "ids"] for row in rows), "the same keys whatever came of the question"
    assert all(row["answer"] for row in rows)
    assert rows[0]["ids"][0] == 1, "the second article"
    assert all(len(row["ids"]) <= 5 for row in rows)


@pytest.mark.parametrize("bad", ["{", "[]", '{"q": 5}', ""])
def test_evaluate_names_the_bad_line(run: Run, tmp_path: Path, bad: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(bad + "\n", encoding="utf-8")
    told = run("evaluate", path)
    assert told.code == 1
    assert told.err.startswith(str(path))
    assert told.err.count("\n") == 1


def test_evaluate_names_a_missing_file(run: Run, tmp_path: Path) -> None:
    told = run("evaluate", tmp_path / "none.jsonl")
    assert told.code == 1
    assert "none.jsonl" in told.err


# import and statutes


def test_import_counts_what_it_did(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "法.txt"
    path.write_text(STATUTE, encoding="utf-8")
    assert "1 statutes with 2 articles: 1 added" in run("import", path).out
    assert "0 added, 0 updated, 1 unchanged" in run("import", path).out


def test_imported_statute_answers_from_then_on(run: Run, tmp_path: Path) -> None:
    assert json.loads(run("ask", "--json", "测试法第二条").out)["status"] != "answered"
    path = tmp_path / "法.txt"
    path.write_text(STATUTE, encoding="utf-8")
    run("import", path)
    answer = json.loads(run("ask", "--json", "测试法第二条").out)
    assert answer["status"] == "answered"
    assert "灯笼应当每月检查一次" in answer["answer"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.txt", STATUTE.replace("第二条　", "第一条　"), "a.txt:9"),
        ("a.txt", STATUTE.replace("2021-06-10", "昨天"), "a.txt:2"),
        ("a.jsonl", '{"law": "甲法"}\n', "a.jsonl:1"),
        ("a.jsonl", "{\n", "a.jsonl:1"),
        ("a.db", "x", "a.db"),
        ("a.docx", "x", "a.docx"),
    ],
)
def test_import_refuses_what_is_broken_with_its_place(
    run: Run, tmp_path: Path, name: str, text: str, told: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    ran = run("import", tmp_path / name)
    assert ran.code == 1
    assert told in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err


def test_statutes_that_cannot_be_fetched_are_said_not_to_be(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    told = run("statutes")
    assert told.code == 1
    assert "could not be fetched" in told.out
    assert run("statutes", "--if-missing").code == 0, "the first start goes on without"


# check


def test_check_counts_what_is_there(run: Run, statute: Path) -> None:
    told = run("check")
    assert told.code == 0
    assert told.out.startswith("2 entries, 0 emergency cards, 0 plans: 0 problem(s); 0 cited statutes are not imported")


def test_check_names_every_problem_and_fails(run: Run, knowledge: Path, statute: Path) -> None:
    bad = (
        ENTRIES.replace("  answer: 每月检查一次。\n", "")
        .replace(", 风筝禁放区", "")
        .replace("article: 第一条", "article: 第九条")
    )
    (knowledge / "entries" / "t.yaml").write_text(bad, encoding="utf-8")
    told = run("check")
    assert told.code == 1
    lines = told.out.splitlines()
    assert f"{knowledge}/entries/t.yaml:4: t-lantern: 缺少 answer" in lines
    assert any("questions 有 4 项" in line for line in lines)
    assert any("中华人民共和国测试法没有第九条" in line for line in lines)
    assert "3 problem(s)" in lines[-1]


def test_malformed_content_stops_an_answer_with_every_problem_named(run: Run, knowledge: Path) -> None:
    (knowledge / "entries" / "t.yaml").write_text("entries: [\n", encoding="utf-8")
    told = run("ask", "灯笼")
    assert told.code == 1
    assert "entries/t.yaml:2: 不是正确的 YAML" in told.err
    assert "1 problem(s) in the content; nothing was loaded." in told.err
    assert told.out == ""


# settings and the command line


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SAFETYBOT_SERVER__PROT", "80", "settings: unknown setting server.prot"),
        ("SAFETYBOT_SERVER__PORT", "x", "settings: server.port"),
        ("SAFETYBOT_DATABASE_URL", "mysql://x", "settings: database_url"),
    ],
)
def test_bad_setting_stops_every_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    for command in (["check"], ["ask", "x"], ["doctor"], ["serve"], ["simulate"], ["statutes"]):
        ran = run(*command)
        assert ran.code == 2
        assert ran.err.startswith(told)
        assert ran.err.count("\n") == 1


def test_database_out_of_reach_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch, statute: Path) -> None:
    monkeypatch.setenv("SAFETYBOT_DATABASE_URL", "postgresql://u:geheim@127.0.0.1:9/x")
    told = run("import", statute)
    assert told.code == 1
    assert "database" in told.err
    assert "geheim" not in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize("args", [[], ["fly"], ["ask"], ["evaluate"], ["import"]])
def test_command_line_that_means_nothing_is_explained(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as e:
        main(args)
    assert e.value.code == 2
    assert "usage: safetybot" in capsys.readouterr().err


def test_reader_that_hangs_up_is_no_fault(knowledge: Path, tmp_path: Path) -> None:
    environ = {**os.environ, "SAFETYBOT_VAR_DIR": str(tmp_path / "var"), "SAFETYBOT_KNOWLEDGE_DIR": str(knowledge)}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "ask", "灯笼"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
        cwd=ROOT,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(120) == 0
    assert b"Traceback" not in told


# against the question set's own judge


@pytest.fixture(scope="session")
def shared_run(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """A command over the shipped content and the statutes of ../shared, in a process of its own."""
    var = tmp_path_factory.mktemp("var")
    bases.learned(var / "index")

    def command(*args: object) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *map(str, args)], capture_output=True, text=True, encoding="utf-8",
            cwd=ROOT, env={**os.environ, "SAFETYBOT_VAR_DIR": str(var)}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    command("import", shared / "regulations")
    return command


@pytest.mark.shared
def test_figures_are_those_of_the_question_sets_own_judge(
    shared: Path, shared_run: Callable[..., str], tmp_path: Path
) -> None:
    questions, out = shared / "eval" / "dev.jsonl", tmp_path / "out.jsonl"
    ours = json.loads(shared_run("evaluate", questions, "--out", out, "--json"))
    judge = [sys.executable, str(shared / "eval" / "score.py"), str(questions), str(out), "--by", "kind"]
    theirs = subprocess.run(judge, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    assert parse(theirs) == {g: {f: (round(share, 3), n) for f, (share, n) in t.items()} for g, t in ours.items() if t}


def parse(printed: str) -> dict[str, dict[str, tuple[float, int]]]:
    """What score.py prints -> {group: {figure: (share, count)}}; groups without a figure left out."""
    table: dict[str, dict[str, tuple[float, int]]] = {}
    group = ""
    for line in printed.splitlines()[1:]:
        if not line.startswith(" "):
            group = line
            continue
        figure, share, _, count = line.split()
        table.setdefault(group, {})[figure] = (float(share), int(count))
    return table


@pytest.mark.shared
def test_shipped_content_agrees_with_the_statutes(shared_run: Callable[..., str]) -> None:
    assert "0 problem(s)" in shared_run("check")
