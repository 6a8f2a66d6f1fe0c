"""The commands as staff type them, on the database of a running office."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.cli import main
from bot.settings import BEIJING

from .conftest import ALICE, BOB, House

DRONE = "无人机巡检要登记吗"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """run(words…): exit code, what was printed, what was complained of."""
    for name in [n for n in os.environ if n.startswith("SAFETYBOT_")]:
        monkeypatch.delenv(name)
    settings = house.services.settings
    given = {
        "VAR_DIR": settings.var_dir,
        "KNOWLEDGE_DIR": settings.knowledge_dir,
        "DATABASE_URL": settings.database_url,
    }
    for name, value in given.items():
        monkeypatch.setenv(f"SAFETYBOT_{name}", str(value))

    def type_in(*words: str) -> tuple[int, str, str]:
        code = main(["unanswered", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return type_in


def test_cluster_is_listed_linked_dismissed_and_reopened(house: House, run: Run) -> None:
    house.says(ALICE, DRONE)
    house.says(BOB, DRONE)
    house.settle()
    assert "归类了 1 个新问法" in run("cluster")[1]
    [row] = json.loads(run("list", "--json")[1])
    assert (row["state"], row["messages"], row["people"], row["examples"]) == ("open", 2, 2, [DRONE])
    code, _, complaint = run("dismiss", "1", "--by", "张三")
    assert (code, "写明" in complaint) == (1, True)
    assert "不答复" in run("dismiss", "1", "--by", "张三", "--why", "不归我们管")[1]
    assert "共 0 类" in run("list")[1]
    assert "不答复" in run("list", "--all")[1]
    code, _, complaint = run("link", "1", "heat-stop", "--by", "李四")
    assert (code, "张三已经处理" in complaint) == (1, True)
    assert "待处理" in run("reopen", "1", "--by", "李四")[1]
    linked = run("link", "1", "heat-stop", "--by", "李四")[1]
    assert f"+ {DRONE}" in linked
    assert "新：四十度停工" in linked
    assert "unanswered publish 1" in linked


def test_mistakes_are_one_clear_line(house: House, run: Run) -> None:
    today = house.now.astimezone(BEIJING).date()
    code, _, complaint = run("list", "--from", str(today), "--to", str(today - timedelta(days=1)))
    assert (code, "晚于" in complaint) == (1, True)
    code, _, complaint = run("answer", "1", "--title", "甲", "--by", "张三")
    assert (code, "--text" in complaint) == (1, True)
    with pytest.raises(SystemExit):
        run("list", "--day", "昨天")
