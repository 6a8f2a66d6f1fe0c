"""`safetybot people …` as it is typed: what it prints, against the stand-in of WeChat where it asks WeChat."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from werkzeug.serving import make_server

from bot.cli import main
from bot.people import followers
from bot.people.followers import ChoseRow
from bot.simulator import Simulator, SimulatorConfig, create_app
from bot.store.database import Database

from .conftest import MORNING

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], database_url: str
) -> Iterator[Run]:
    """Types a command; its exit code and what it printed."""
    monkeypatch.setenv("SAFETYBOT_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("SAFETYBOT_DATABASE_URL", database_url)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def typed(*words: str) -> tuple[int, str, str]:
        code = main(["people", *words])
        out = capsys.readouterr()
        return code, out.out, out.err

    yield typed
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def town(database: Database) -> None:
    """Three followers, two of them in Jiangmen."""
    at = MORNING - timedelta(days=1)
    for who, region, topics in (("a", "广东省江门市", ("高温",)), ("b", "广东省江门市江海区", ()), ("c", "湖北省", ())):
        with database.begin() as db:
            followers.chose(db, [ChoseRow(at, "official", who, {"region": region}, topics)])


JIANGMEN = json.dumps({"all": [{"field": "region", "values": ["广东省江门市"]}]}, ensure_ascii=False)


@pytest.mark.usefixtures("town")
def test_an_audience_is_counted_and_sampled(run: Run, tmp_path: Path) -> None:
    assert run("count", JIANGMEN) == (0, "地区在广东省江门市：2人\n", "")
    assert run("count")[1] == "全部关注者：3人\n"
    (tmp_path / "rule.json").write_text('{"field": "topic", "values": ["高温"]}', encoding="utf-8")
    assert run("count", f"@{tmp_path / 'rule.json'}")[1] == "订阅了高温：1人\n"
    _, out, _ = run("sample", "-n", "1", JIANGMEN)
    assert out.count("\n") == 1
    assert "广东省江门市江海区" in out


@pytest.mark.usefixtures("town")
def test_figures_of_an_audience_are_written_without_addresses(run: Run, tmp_path: Path) -> None:
    assert run("export", str(tmp_path / "f.xlsx"), JIANGMEN)[0] == 0
    rows = list(load_workbook(tmp_path / "f.xlsx").worksheets[0].iter_rows(values_only=True))
    assert rows[0] == ("地区", "人群", "行业", "岗位", "人数")
    assert sum(int(str(row[4])) for row in rows[1:]) == 2


def test_a_bad_rule_is_one_clear_line(run: Run) -> None:
    code, out, err = run("count", '{"field": "colour", "values": ["红"]}')
    assert (code, out) == (1, "")
    assert "不认识“colour”" in err
    assert err.count("\n") == 1


def test_units_go_in_and_out(run: Run, tmp_path: Path) -> None:
    book = Workbook()
    for row in (("单位名称", "类别", "地区", "联络员"), ("甲厂", "企业", "广东省江门市", "王工")):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "in.xlsx")
    assert run("units", "import", str(tmp_path / "in.xlsx"))[1] == "1个单位：新增1个，修改0个，联络员变动1人\n"
    assert "甲厂  企业  广东省江门市  0人  联络员 王工（未绑定）" in run("units", "list")[1]
    assert "联络员现在是李工" in run("units", "handover", "甲厂", "李工")[1]
    history = run("units", "history", "甲厂")[1].splitlines()
    assert [line.split("  ")[1] for line in history] == ["李工", "王工"]
    assert run("units", "export", str(tmp_path / "out.xlsx"))[0] == 0
    assert run("units", "list", "--region", "湖北省")[1] == ""
    assert "已撤销，0人" in run("units", "close", "甲厂")[1]
    assert run("units", "history", "乙厂")[0] == 1


def test_sync_without_credentials_says_what_is_missing(run: Run) -> None:
    code, _, err = run("sync")
    assert code == 1
    assert "wechat.app_id" in err


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """The stand-in of WeChat over HTTP, with pages of two."""
    config = SimulatorConfig(user_page_size=2)
    simulator = Simulator(config)
    server = make_server("127.0.0.1", 0, create_app(simulator), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("SAFETYBOT_WECHAT__APP_ID", config.app_id)
    monkeypatch.setenv("SAFETYBOT_WECHAT__SECRET", config.secret)
    monkeypatch.setenv("SAFETYBOT_WECHAT__API_BASE", f"http://127.0.0.1:{server.port}/simulator")
    yield simulator
    server.shutdown()
    thread.join()
    server.server_close()


def test_sync_brings_people_and_tags_into_step(run: Run, platform: Simulator, database: Database) -> None:
    with platform.lock:
        people = [platform.state.person(f"oFollower{n:019d}") for n in range(5)]
        tag = platform.state.add_tag("联络员")
        for person in people:
            person.subscribed = True
            person.tag_ids.append(tag.tag_id)
    code, out, err = run("sync")
    assert (code, out) == (0, "微信现有5人：新增5人，取消关注0人\n")
    assert "已同步5人，共5人" in err
    assert run("count", '{"field": "tag", "values": ["联络员"]}')[1] == "有标签联络员：5人\n"
    with platform.lock:
        people[0].subscribed = False
    assert run("sync")[1] == "微信现有4人：新增0人，取消关注1人\n"
    assert run("count")[1] == "全部关注者：4人\n"
