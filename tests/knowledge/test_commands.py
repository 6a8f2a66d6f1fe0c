"""The commands as staff type them: what they print, and that a mistake is one clear line and an exit code."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main
from tests.small_office import SHIPPED

from .conftest import EDIT, OWN

PLAN = """云溪区2026年“安全生产月”活动方案

一、活动主题
人人讲安全、个个会应急

二、活动时间
2026年6月1日至6月30日。

三、工作要求
请各单位于2026年7月5日前将活动总结报区安委办。

云溪区安全生产委员会办公室
2026年5月20日
"""


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(
    knowledge_dir: Path,
    migrated: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    """run("knowledge", "list"): one command in this process, with a var folder of its own."""
    for name in [n for n in os.environ if n.startswith("SAFETYBOT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "var").mkdir()
    shutil.copy(migrated, tmp_path / "var" / "safetybot.db")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    given = {"VAR_DIR": str(tmp_path / "var"), "KNOWLEDGE_DIR": str(knowledge_dir)}
    for name, value in (given | {"OFFICE__REGION": "广东省江门市江海区"}).items():
        monkeypatch.setenv(f"SAFETYBOT_{name}", value)

    def command(*args: object) -> Ran:
        code = main([str(a) for a in args])
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    yield command
    root.handlers[:] = handlers
    root.setLevel(level)


Write = Callable[..., Path]


def test_an_entry_from_draft_to_answer_and_back(run: Run, write: Write) -> None:
    assert "草稿" in run("knowledge", "draft", write(OWN), "--by", "张三", "--why", "新办法").out
    assert run("ask", "无人机报备").out.startswith("要在街道") is False
    assert "待审核" in run("knowledge", "submit", "own-drone", "--by", "张三").out
    assert "已发布" in run("knowledge", "publish", "own-drone", "--by", "李四").out
    assert run("ask", "无人机报备").out.startswith("要在街道安监所登记。")
    assert "own-drone  第1版  已发布  自有" in run("knowledge", "list").out
    assert "已撤下" in run("knowledge", "withdraw", "own-drone", "--by", "李四").out
    assert not run("ask", "无人机报备").out.startswith("要在街道")
    assert run("knowledge", "list").out == ""
    assert "已恢复" in run("knowledge", "restore", "own-drone", "--by", "李四").out
    assert "第3版" in run("knowledge", "rollback", "own-drone", 1, "--by", "李四").out


def test_history_tells_who_when_why_and_what(run: Run, write: Write) -> None:
    run("knowledge", "draft", write(EDIT), "--by", "张三", "--why", "本区规定")
    told = run("knowledge", "history", "heat-stop").out
    assert "第1版  写入  张三：本区规定" in told
    assert "answer: 四十度停工。 → 三十九度停工，这是本区的。" in told
    [event] = json.loads(run("knowledge", "history", "heat-stop", "--json").out)
    assert (event["who"], event["why"], event["move"]) == ("张三", "本区规定", "write")


def test_a_draft_is_told_what_is_wrong_with_file_and_line_and_cannot_be_submitted(run: Run, write: Write) -> None:
    path = write(OWN.replace("  answer: 要在街道安监所登记。\n", ""))
    drafted = run("knowledge", "draft", path, "--by", "张三")
    assert f"提交前要改：{path}:6: own-drone: 缺少 answer" in drafted.out
    refused = run("knowledge", "submit", "own-drone", "--by", "张三")
    assert refused.code == 1
    assert "own-drone: 缺少 answer" in refused.err


def test_an_edit_that_no_longer_fits_is_listed_with_what_changed(run: Run, write: Write, knowledge_dir: Path) -> None:
    for deed in (["draft", write(EDIT)], ["submit", "heat-stop"], ["publish", "heat-stop"]):
        run("knowledge", *deed, "--by", "张三")
    assert run("knowledge", "list", "--conflicts").code == 0
    newer = SHIPPED.replace("四十度停工。", "四十度以上停工。")
    (knowledge_dir / "entries" / "heat.yaml").write_text(newer, encoding="utf-8")
    told = run("knowledge", "list", "--conflicts")
    assert told.code == 1
    assert "answer: 四十度停工。 → 四十度以上停工。" in told.out
    assert "有 1 处修改" in run("knowledge", "list").out


STATUTE = """标题：中华人民共和国测试法
版本日期：{year}-01-01
本版施行日期：{year}-01-01
时效性：现行有效

中华人民共和国测试法
第一条　为了测试，制定本法。
第二条　灯笼每{period}检查一次。
第三条　本法自{year}年1月1日起施行。
"""


def test_a_newer_statute_names_the_offices_own_entries_that_cite_what_changed(run: Run, write: Write) -> None:
    source = "{law: 中华人民共和国测试法, article: 第二条}"
    own = OWN.replace("{name: 江海区无人机巡检办法, issuer: 江海区应急局}", source)
    assert run("import", write(STATUTE.format(year=2020, period="月"), "old.txt")).code == 0
    for deed in (["draft", write(own)], ["submit", "own-drone"], ["publish", "own-drone"]):
        assert run("knowledge", *deed, "--by", "张三").code == 0
    told = run("import", write(STATUTE.format(year=2024, period="日"), "new.txt"))
    assert "own-drone（第二条）" in told.out
    run("knowledge", "withdraw", "own-drone", "--by", "张三")
    assert "own-drone" not in run("import", write(STATUTE.format(year=2025, period="周"), "newest.txt")).out


def test_hidden_entries_say_so(run: Run) -> None:
    run("knowledge", "hide", "heat-pay", "--by", "张三")
    assert "heat-pay  第1版  已隐藏  修改" in run("knowledge", "list").out


def test_regression_shows_old_and_new_answer(run: Run, write: Write) -> None:
    path = write('{"q": "几度停工", "must_contain": ["四十度"]}\n', "kept.jsonl")
    assert run("knowledge", "regression", "add", path).out == "kept：1 题\n"
    assert run("knowledge", "regression", "list").out.startswith("kept  1 题")
    run("knowledge", "draft", write(EDIT), "--by", "张三")
    told = run("knowledge", "diff", "heat-stop").out
    assert "变了  几度停工" in told
    assert "原：四十度停工。" in told
    assert "新：三十九度停工" in told
    assert "1 个问题，1 个回答会变" in told
    assert json.loads(run("knowledge", "diff", "--all", "--json").out)["changes"][0]["changed"] is True
    assert run("knowledge", "regression", "remove", "kept").code == 0
    assert "regression add" in run("knowledge", "diff", "--all").err


def test_files_out_and_in(run: Run, write: Write, tmp_path: Path) -> None:
    run("knowledge", "draft", write(OWN), "--by", "张三")
    assert str(tmp_path / "out" / "drafts" / "entries" / "own.yaml") in run("knowledge", "export", tmp_path / "out").out
    assert "草稿 0" in run("knowledge", "import", tmp_path / "out", "--by", "李四").out
    refused = run("knowledge", "import", tmp_path, "--by", "李四")
    assert refused.code == 1
    assert "不是用 knowledge export 写出的文件夹" in refused.err


def test_a_plan_from_file_to_answer_and_back(run: Run, write: Write) -> None:
    path = write(PLAN, "方案.txt")
    assert run("plan", "import", path).out.startswith("1  待确认  2026  云溪区2026年“安全生产月”活动方案")
    assert "没有变化" in run("plan", "import", path).out
    shown = json.loads(run("plan", "show", 1, "--json").out)
    assert shown["state"] == "proposed"
    assert {"theme", "period", "deadline"} <= {f["kind"] for f in shown["proposal"]["facts"]}
    assert "[ ] theme-1" in run("plan", "show", 1).out
    assert "已采用" in run("plan", "accept", 1, "--kinds", "deadline,theme").out
    assert "没有变化" in run("plan", "accept", 1, "--kinds", "theme,deadline").out
    assert "[√] theme-1" in run("plan", "show", 1).out
    assert "7月5日" in run("ask", "云溪区安全生产月的总结几号前交").out
    assert "已撤回" in run("plan", "withdraw", 1).out
    assert "7月5日" not in run("ask", "云溪区安全生产月的总结几号前交").out
    assert run("plan", "list").out.startswith("1  已撤回")


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (["plan", "accept", 7], "没有编号为 7 的方案"),
        (["knowledge", "submit", "nothing", "--by", "我"], "nothing：没有草稿"),
        (["knowledge", "history", "nothing"], "没有叫 nothing 的条目"),
        (["knowledge", "draft", "/no/such.yaml", "--by", "我"], "没有这个文件"),
    ],
)
def test_a_mistake_is_one_line(run: Run, command: list[object], wanted: str) -> None:
    told = run(*command)
    assert (told.code, told.out) == (1, "")
    assert wanted in told.err
