"""The whole way by commands, as two persons type them, against a platform that answers as WeChat does."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from bot.cli import main
from bot.outreach.delivering import Callers, Deliverer
from bot.outreach.tables import batch
from bot.people.tables import follower
from bot.services import Services
from bot.settings import load

from .conftest import Nothing

pytest.importorskip("bot.people.segments", reason="needs the rules for people")

FILE = """
title: 高温提醒
content:
  public: 中午避开户外作业。
audience: {all: [{field: region, values: [广东省江门市]}]}
channels: [official.service, official.mass]
"""


class WeChat(ThreadingHTTPServer):
    """Takes tokens and messages, and keeps the messages."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[tuple[str, dict[str, object]]] = []


class _Handler(BaseHTTPRequestHandler):
    server: WeChat

    def do_POST(self) -> None:
        held = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "token" in self.path.split("?")[0]:
            answer: dict[str, object] = {"access_token": "T", "expires_in": 7200}
        else:
            self.server.told.append((self.path.split("?")[0], held))
            answer = {"errcode": 0, "errmsg": "ok", "msg_id": 34182}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None: ...


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def wechat() -> Iterator[WeChat]:
    server = WeChat()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(
    wechat: WeChat, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """run("list"): one command of `safetybot broadcast` in this process, at no quiet hour."""
    for name in [n for n in os.environ if n.startswith("SAFETYBOT_")]:
        monkeypatch.delenv(name)
    given = {
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": sqlite_url,
        "WECHAT__APP_ID": "wx0000000000000001",
        "WECHAT__SECRET": "s",
        "WECHAT__API_BASE": f"http://127.0.0.1:{wechat.server_address[1]}",
        "OUTREACH__QUIET_FROM": "00:00",
        "OUTREACH__QUIET_UNTIL": "00:00",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"SAFETYBOT_{name}", value)

    def command(*args: object) -> Ran:
        code = main(["broadcast", *map(str, args)])
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return command


@pytest.fixture
def services(run: Run) -> Iterator[Services]:
    services = Services(load(os.environ))
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    with services.database.begin() as db:
        base = {"channel": "official", "account": "", "state": "following", "region": "广东省江门市", "window_sent": 0}
        rows = [{**base, "address": f"o{n:027d}", "last_message_at": hour_ago if n == 1 else None} for n in (1, 2, 3)]
        db.execute(
            sa.insert(follower), [*rows, {**base, "address": "oElse", "region": "湖南省", "last_message_at": None}]
        )
    yield services
    services.close()


def work(services: Services) -> None:
    """Do what a worker does."""
    callers = Callers(2)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731
    worker = Deliverer(services.database, services.senders, Nothing(), callers, account="wx", worker="w", clock=clock)
    with services.database.begin() as db:
        batches = list(db.scalars(sa.select(batch.c.id)))
    for one in batches:
        worker.run(one)
    callers.close()


def test_the_whole_way_by_commands(run: Run, services: Services, wechat: WeChat, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(FILE, encoding="utf-8")
    assert "1  草稿  第 1 版  高温提醒" in run("new", path, "--by", "张三").out
    path.write_text(FILE.replace("中午", "11 点到 15 点"), encoding="utf-8")
    assert "第 2 版" in run("edit", 1, path, "--version", 1, "--by", "张三", "--why", "写明钟点").out
    assert "待审核" in run("submit", 1, "--by", "张三").out
    told = run("reach", 1, "--sample", 2)
    assert told.code == 0
    assert "受众 3 人，能收到 3 人" in told.out
    assert "客服消息：1 人" in told.out
    assert "按名单群发：2 人（公众版 2），调用 1 次" in told.out
    refused = run("approve", 1, "--version", 2, "--by", "张三")
    assert (refused.code, "须由另一人审核" in refused.err) == (1, True)
    assert "已通过" in run("approve", 1, "--version", 2, "--by", "李四").out
    assert "已用群发预览试发" in run("test", 1, "--to", f"o{2:027d}", "--by", "张三").out
    assert "试发" in run("test", 1, "--to", f"o{1:027d}", "--by", "张三").out
    assert "发送中" in run("send", 1, "--by", "李四").out
    assert "已暂停" in run("pause", 1, "--by", "张三").out
    assert "发送中" in run("resume", 1, "--by", "张三").out
    work(services)
    assert re.search(r"已发完.*\n共 3 人，还剩 0 人\n  平台已接收 3 人", run("progress", 1).out)
    assert "3 人" in run("export", 1, tmp_path / "r.xlsx", "--by", "张三").out
    assert len(list(load_workbook(tmp_path / "r.xlsx").active.values)) == 4
    shown = run("show", 1).out
    for word in ("写明钟点", "审核通过", "试发给自己", "开始发送", "暂停", "继续", "导出结果"):
        assert word in shown
    paths = sorted(path.rpartition("/cgi-bin/")[2] for path, _ in wechat.told)
    assert paths == ["message/custom/send", "message/custom/send", "message/mass/preview", "message/mass/send"]
    tests = [body for _, body in wechat.told if "【测试】" in json.dumps(body, ensure_ascii=False)]
    assert len(tests) == 2


def test_an_alert_is_pointed_out_until_a_second_person_confirms(run: Run, services: Services, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(FILE + "urgent: true\n", encoding="utf-8")
    run("new", path, "--by", "张三")
    assert run("alert", 1, "--by", "张三").code == 1
    assert "发送中" in run("alert", 1, "--by", "张三", "--why", "预警已发布").out
    assert "还没有第二人确认" in run("list").out
    assert run("confirm", 1, "--by", "张三").code == 1
    assert run("confirm", 1, "--by", "李四").code == 0
    assert "还没有第二人确认" not in run("list").out
    assert "已取消" in run("object", 1, "--by", "李四", "--why", "地区不对").out
    assert "有异议（李四：地区不对）" in run("list").out
    assert run("settle", 1, "--by", "张三", "--why", "没事").code == 1
    assert run("settle", 1, "--by", "李四", "--why", "已发更正").code == 0
    assert "有异议" not in run("list").out


def test_a_broadcast_is_scheduled_drawn_and_written_out_again(run: Run, services: Services, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(FILE, encoding="utf-8")
    run("new", path, "--by", "张三")
    run("submit", 1, "--by", "张三")
    assert "草稿" in run("return", 1, "--by", "李四", "--why", "语气").out
    run("submit", 1, "--by", "张三")
    run("approve", 1, "--version", 1, "--by", "李四")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    assert "已定时" in run("schedule", 1, "--at", tomorrow, "--by", "李四").out
    assert run("schedule", 1, "--at", "明天", "--by", "李四").code == 1
    drawn = run("preview", 1, "--out", tmp_path / "p").out.split()
    assert [Path(p).read_text(encoding="utf-8")[:4] for p in drawn] == ["<svg", "<svg"]
    assert "title: 高温提醒" in run("show", 1, "--yaml").out


def test_a_slip_is_one_line_and_an_exit_code(run: Run, services: Services, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text("title: 只有标题", encoding="utf-8")
    told = run("new", path, "--by", "张三")
    assert (told.code, told.err.count("\n")) == (1, 1)
    assert "content" in told.err
    assert run("send", 7, "--by", "张三").err == "没有编号为 7 的群发\n"


def test_all_who_follow_are_told_by_one_call(run: Run, services: Services, wechat: WeChat, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text("title: 全体\ncontent: {public: 安全生产月开始了}\nchannels: [official.tag]\n", encoding="utf-8")
    run("new", path, "--by", "张三")
    run("submit", 1, "--by", "张三")
    assert "全体或按标签群发：4 人（公众版 4），调用 1 次" in run("approve", 1, "--version", 1, "--by", "李四").out
    run("send", 1, "--by", "李四")
    work(services)
    assert "平台已接收 4 人" in run("progress", 1).out
    ((called, body),) = wechat.told
    assert called == "/cgi-bin/message/mass/sendall"
    assert body["filter"] == {"is_to_all": True}
