"""The commands of settings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.cli import main
from bot.settings import Settings

Run = Callable[..., tuple[int, str]]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """run(…): exit code and what was printed."""
    monkeypatch.setenv("SAFETYBOT_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SAFETYBOT_VAR_DIR", str(settings.var_dir))
    monkeypatch.setenv("SAFETYBOT_KNOWLEDGE_DIR", str(settings.knowledge_dir))

    def call(*args: str) -> tuple[int, str]:
        code = main(["office", *args])
        held = capsys.readouterr()
        return code, held.out + held.err

    return call


def test_a_setting_is_listed_set_and_put_back(run: Run) -> None:
    assert "  office.phone\t办公电话\t12345" in run("list", "office")[1]
    assert run("set", "office.phone", "0750-3860000", "--by", "张三", "--why", "新电话")[0] == 0
    assert "* office.phone\t办公电话\t0750-3860000" in run("list")[1]
    assert run("reset", "office.phone", "--by", "张三", "--why", "改回来")[0] == 0
    assert run("set", "office.phone", "打我", "--by", "张三", "--why", "x") == (
        1, "办公电话：要写成电话号码，例如 0750-3860000 或 12345\n")  # fmt: skip


def test_a_function_is_switched(run: Run) -> None:
    code, said = run("switch", "answers", "off", "--reason", "系统维护", "--by", "张三")
    assert (code, said) == (0, "“问答”已关闭，5 秒内处处生效。\n")
    assert "* switch.answers\t问答\t系统维护" in run("list", "switches")[1]
    assert run("switch", "answers", "on", "--by", "张三")[0] == 0
    assert "请写关闭的原因" in run("switch", "answers", "off", "--by", "张三")[1]
    assert "没有“quiz”这项功能" in run("switch", "quiz", "off", "--reason", "x", "--by", "张三")[1]
