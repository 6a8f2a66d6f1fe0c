"""`safetybot calendar …` as staff type it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import main
from bot.settings import BEIJING


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFETYBOT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SAFETYBOT_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SAFETYBOT_OFFICE__REGION", "广东省江门市江海区")


def told(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> str:
    assert main(["calendar", *args]) == code
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_the_year_is_shown_checked_and_run(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, "view", "--days", "366", "--text")
    assert "安全宣传咨询日  →  公众" in shown
    assert "出处：" in shown
    assert "没有错误" in told(capsys, "check")
    assert told(capsys, "run")


def test_a_reminder_is_approved_for_good_and_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert "自动发出" in told(capsys, "approve", "consult-day", "fire-day", "--by", "张三")
    assert "长期批准" in next(x for x in told(capsys, "list").splitlines() if x.startswith("fire-day "))
    assert "每次审核" in told(capsys, "revoke", "fire-day")
    assert "没有编号为 nothing" in told(capsys, "approve", "nothing", "--by", "张三", code=1)


def test_a_faulty_file_is_named_by_line_and_field(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("reminders:\n- {id: own, day: cal-fire-day, audience: [所有人], text: 甲}\n", encoding="utf-8")
    assert f"{path}:2: own 的 audience：不认识“所有人”" in told(capsys, "check", str(path), code=1)


def test_a_warning_is_relayed_from_a_file_with_issuer_time_and_region(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "warning.txt"
    path.write_text("江门市气象台发布暴雨橙色预警信号。\n", encoding="utf-8")
    issued = (datetime.now(BEIJING) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    whole = ["warning", str(path), "--issuer", "江门市气象台", "--time", issued, "--region", "广东省江门市",
             "--source", "江门天气网页", "--by", "张三"]  # fmt: skip
    assert "region" in told(capsys, *whole[:6], "--source", "网页", "--by", "张三", code=1)
    assert "--time" in told(capsys, "warning", str(path), "--issuer", "江门市气象台", "--time", "刚才", code=1)
    assert "broadcast alert 1" in told(capsys, *whole)
    assert "早已转发" in told(capsys, *whole)
    assert "暴雨橙色预警信号" in told(capsys, "warning")


def test_checking_all_content_checks_the_calendar_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calendar.yaml").write_text("days: []\n", encoding="utf-8")
    monkeypatch.setenv("SAFETYBOT_KNOWLEDGE_DIR", str(tmp_path))
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "config/calendar.yaml:" in out
    assert "month-start 的 day：knowledge/calendar.yaml 里没有 cal-month" in out
