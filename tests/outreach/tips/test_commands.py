"""`safetybot tips …` as it is typed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.cli import main
from bot.outreach.head_counts import keep_head_count
from bot.outreach.tip_tables import tip_day
from bot.people.tables import follower, unit
from bot.store.database import Database

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command with data in a folder of its own."""
    monkeypatch.setenv("SAFETYBOT_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("SAFETYBOT_DATABASE_URL", sqlite_url)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["tips", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def database(sqlite_url: str) -> Database:
    """The database of the commands, with a builder of a unit in it."""
    database = Database(sqlite_url)
    with database.begin() as db:
        db.execute(sa.insert(unit).values(id=1, name="甲厂", kind="企业", code="A1"))
        row = {"id": 1, "channel": "official", "address": "o1", "unit_id": 1, "frequency": "daily", "industry": "建筑"}
        db.execute(sa.insert(follower).values(**row))
    return database


def test_tips_are_listed_by_whom_they_are_for_and_by_season(run: Run) -> None:
    code, out, _ = run("show", "--industry", "渔业", "--day", "2026-08-01")
    assert code == 0
    assert "tip-fishery-06" in out
    assert "tip-fishery-13" not in out
    assert run("show", "--post", "焊工", "--audience", "企业")[1].startswith("tip-")


def test_one_tip_is_shown_whole_with_questions_and_source(run: Run) -> None:
    code, out, _ = run("show", "tip-mine-01")
    assert code == 0
    assert "行业：矿山" in out
    assert out.count("？") == 3
    assert "依据：《中华人民共和国矿山安全法实施条例》第十八条" in out


def test_an_unknown_tip_is_one_clear_line(run: Run) -> None:
    code, _, err = run("show", "nope")
    assert code == 1
    assert err == "没有编号是 nope 的提示；用 safetybot tips show 看全部\n"


def test_check_finds_nothing_wrong_with_the_tips_that_come_with_the_program(run: Run) -> None:
    code, out, _ = run("check")
    assert code == 0
    assert " 条提示，0 处问题" in out


def test_plan_shows_a_day_and_writes_nothing(run: Run, database: Database) -> None:
    code, out, _ = run("plan", "--day", "2026-12-01")
    assert code == 0
    assert "早上：1 组，1 人" in out
    assert "没有写入，也没有发送" in out
    with database.begin() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(tip_day)) == 0


def test_head_counts_are_summed_by_unit(run: Run, database: Database) -> None:
    with database.begin() as db:
        keep_head_count(db, 1, 12, datetime(2026, 12, 1, 1, tzinfo=UTC))
    assert run("heads", "--day", str(date(2026, 12, 1)))[1] == "甲厂：1 个班组，到岗 12 人\n2026-12-01：共到岗 12 人\n"


def test_a_day_that_is_none_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("plan", "--day", "2026-02-30")
    assert "日期要写成 2026-06-16 这样" in capsys.readouterr().err
