"""`safetybot calendar …` as staff type it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import main
from bot.services import Services
from bot.settings import BEIJING, load
from bot.staff.trail import Search


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
    assert "等另一人批准" in told(capsys, "submit", "consult-day", "fire-day", "--by", "张三")
    version = next(x for x in told(capsys, "list").splitlines() if x.startswith("fire-day:")).split()[0]
    assert "须由另一人批准" in told(capsys, "approve", version, "--by", "张三", code=1)
    assert "请重新看过再批准" in told(capsys, "approve", "fire-day", "--by", "李四", code=1)
    assert "张三 提交，李四 批准，自动发" in told(capsys, "approve", version, "--by", "李四")
    assert "每次审核" in told(capsys, "revoke", "fire-day", "--by", "王五")
    assert "没有编号为 nothing" in told(capsys, "submit", "nothing", "--by", "张三", code=1)
    services = Services(load(os.environ))
    found = [(line.staff, line.action, line.object_id) for line in services.trail.find(Search(kind="reminder"))]
    assert found[:2] == [("王五", "reminder.revoke", "fire-day"), ("李四", "reminder.approve", "fire-day")]
    services.close()


def test_a_faulty_file_is_named_by_line_and_field(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("reminders:\n- {id: own, day: cal-fire-day, audience: [所有人], text: 甲}\n", encoding="utf-8")
    assert f"{path}:2: own 的 audience：不认识“所有人”" in told(capsys, "check", str(path), code=1)


@pytest.mark.parametrize("days", ["-3", "0", "367", "三"])
def test_days_that_there_are_not_are_one_clear_line(capsys: pytest.CaptureFixture[str], days: str) -> None:
    with pytest.raises(SystemExit):
        main(["calendar", "view", f"--days={days}"])
    assert f"应是 1 到 366 的天数，现在是“{days}”" in capsys.readouterr().err


def test_a_key_that_stands_twice_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    one = "- {id: own, day: cal-fire-day, audience: [公众], text: 甲}\n"
    path.write_text(f"reminders:\n{one}seasons: []\nreminders:\n{one}", encoding="utf-8")
    assert f"{path}:4: 不是正确的 YAML：key reminders stands twice" in told(capsys, "check", str(path), code=1)


def test_a_warning_is_relayed_from_a_file_with_issuer_time_and_region(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "warning.txt"
    path.write_text("江门市气象台发布暴雨橙色预警信号。\n", encoding="utf-8")
    issued = (datetime.now(BEIJING) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    whole = ["warning", str(path), "--issuer", "江门市气象台", "--time", issued, "--region", "广东省江门市",
             "--source", "江门天气网页", "--by", "张三"]  # fmt: skip
    assert "影响地区要从省写起" in told(capsys, *whole[:6], "--source", "网页", "--by", "张三", code=1)
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
