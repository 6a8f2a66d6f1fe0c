"""A question without an answer, from the phone to staff and back: two real servers, commands, WeChat's stand-in."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from bot.cli import main
from bot.services import Services
from bot.settings import ROOT, Settings, WeChatSettings
from bot.simulator import Simulator, SimulatorConfig, create_app
from tests.small_office import SHIPPED
from tests.test_server import Server, starting
from tests.unanswered.conftest import ALICE, ANSWER, BOB, CAROL, TOLD, next_noon

PATIENCE_S = 120.0
LATE = "oTEST0000000000000000009999"
PHRASINGS = ("无人机巡检手续", "用无人机要不要备案", "飞无人机找谁登记", "无人机在哪里登记")


@contextmanager
def serving(wechat: Simulator) -> Iterator[str]:
    """WeChat's API at an address."""
    server = make_server("127.0.0.1", 0, create_app(wechat), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simulator"
    server.shutdown()
    thread.join(120)
    server.server_close()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The shipped content of a small office."""
    folder = tmp_path / "knowledge"
    (folder / "entries").mkdir(parents=True)
    for name in ("replies.toml", "emergency.yaml"):
        shutil.copy(ROOT / "knowledge" / name, folder / name)
    (folder / "entries" / "heat.yaml").write_text(SHIPPED, encoding="utf-8")
    return folder


Run = Callable[..., str]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """run(settings, words…): a command that staff type, in a process of the servers' office; what it prints."""
    for name in [n for n in os.environ if n.startswith("SAFETYBOT_")]:
        monkeypatch.delenv(name)

    def type_in(given: dict[str, str], *words: str) -> str:
        for name, value in {**given, "SAFETYBOT_VAR_DIR": str(tmp_path / "var")}.items():
            monkeypatch.setenv(name, value)
        code = main(["unanswered", *words])
        said = capsys.readouterr()
        assert code == 0, said.err
        return said.out

    return type_in


def says(wechat: Simulator, server: Server, who: str, text: str) -> str:
    """A message that WeChat brings to one of the servers."""
    wechat.reconfigure(callback_url=f"{server.address.geturl().rstrip('/')}/wechat")
    return wechat.send_text(who, text).text


def told(wechat: Simulator, who: str) -> list[str]:
    """The customer-service messages on a phone."""
    with wechat.lock:
        return [str(i.data["text"]) for i in wechat.state.person(who).chat if TOLD in str(i.data.get("text", ""))]


def test_answer_by_command_is_told_by_both_servers_and_to_each_asker_once(
    tmp_path: Path, content: Path, run: Run
) -> None:
    var, wechat = tmp_path / "var", Simulator(SimulatorConfig())
    config = wechat.config
    with serving(wechat) as api, starting(var) as start:
        given = {
            "SAFETYBOT_KNOWLEDGE_DIR": str(content), "SAFETYBOT_WECHAT__ACCOUNT_ID": config.account_id,
            "SAFETYBOT_WECHAT__APP_ID": config.app_id, "SAFETYBOT_WECHAT__SECRET": config.secret,
            "SAFETYBOT_WECHAT__TOKEN": config.token, "SAFETYBOT_WECHAT__AES_KEY": config.aes_key,
            "SAFETYBOT_WECHAT__API_BASE": api,
        }  # fmt: skip
        one, two = (server.ready() for server in (start(**given), start(**given)))
        for server, who, text in (
            (one, ALICE, "无人机巡检要登记吗"),
            (two, BOB, "请问无人机巡检要登记吗？"),
            (one, CAROL, "几度停工"),
        ):
            says(wechat, server, who, text)
        number = _listed(lambda: run(given, "list"), "2 次 2 人  无人机巡检要登记吗")
        assert "答不上 2" in run(given, "show", number)
        phrasings = [part for p in PHRASINGS for part in ("--phrasing", p)]
        written = run(given, "answer", number, "--title", "无人机巡检要登记吗", "--text", ANSWER,
                      "--source", "江海区无人机巡检办法", "--region", "全国", *phrasings, "--by", "张三")  # fmt: skip
        assert "待审核" in written
        assert f"新：{ANSWER}" in written
        assert ANSWER not in says(wechat, two, CAROL, "无人机巡检要登记吗")
        published = run(given, "publish", number, "--by", "李四")
        assert "已发布" in published
        _until_said(wechat, two, "无人机巡检要登记吗")
        _until_said(wechat, one, "飞无人机找谁登记")
        _tell_at_noon(var, content, given, wechat)
        assert [len(told(wechat, who)) for who in (ALICE, BOB, CAROL, LATE)] == [1, 1, 1, 0]
        assert "没有要告知的提问人" in run(given, "tell")


def _listed(listing: Callable[[], str], words: str) -> str:
    """Wait until the list has a line with these words, for what is asked is written a moment later; its number."""
    end = time.monotonic() + PATIENCE_S
    while not (found := re.search(rf"^(\d+).*{words}", listed := listing(), re.MULTILINE)):
        assert time.monotonic() < end, listed
    return found[1]


def _until_said(wechat: Simulator, server: Server, text: str) -> None:
    end, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while ANSWER not in says(wechat, server, LATE, text):
        assert time.monotonic() < end
        pause.wait(0.2)


def _tell_at_noon(var: Path, content: Path, given: dict[str, str], wechat: Simulator) -> None:
    """For the command it may be night now: whoever waits until the morning is told by the function behind it."""
    noon = next_noon(datetime.now(UTC))
    wechat.advance((noon - datetime.now(UTC)).total_seconds())
    account = WeChatSettings(
        account_id=wechat.config.account_id, app_id=wechat.config.app_id, secret=wechat.config.secret,
        token=wechat.config.token, api_base=given["SAFETYBOT_WECHAT__API_BASE"],
    )  # fmt: skip
    with closing(Services(Settings(wechat=account, var_dir=var, knowledge_dir=content))) as staff:
        staff.teller.tell(noon)
