"""The server as an office runs it: a process of its own, asked over real HTTP, ended by signals."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from bot.store.tables import message_log

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 120.0


class Server:
    """A running `safetybot serve`; `line` is what it printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout
        self.line = process.stdout.readline()
        addresses = re.findall(r"http://\S+", self.line)
        assert addresses, f"no address in {self.line!r}; exit code {process.poll()}"
        self.address = urlsplit(addresses[0])

    def connect(self) -> socket.socket:
        return socket.create_connection((str(self.address.hostname), self.address.port or 0), PATIENCE_S)

    def ask(self, method: str, path: str, body: object = None) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(self.address.netloc, timeout=PATIENCE_S)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        with closing(connection):
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            return response, response.read()

    def ready(self) -> Server:
        """Itself, once what answers is there: until then some are asked to come again, and are not on record."""
        until(lambda: self.ask("GET", self.address.path)[0].status == 200)
        return self

    def refuses(self) -> bool:
        """Whether nobody listens any more."""
        try:
            self.connect().close()
        except (ConnectionRefusedError, ConnectionResetError):  # the latter just as it stops to listen
            return True
        return False

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Exit code, and what it printed after the first line."""
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out


Start = Callable[..., Server]


def environment(var_dir: Path, **settings: str) -> dict[str, str]:
    """This process's own, with nothing of another bot's settings."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith("SAFETYBOT_")}
    return {**mine, "SAFETYBOT_VAR_DIR": str(var_dir), "PYTHONUTF8": "1", **settings}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bot.cli", *arguments]


def run(var_dir: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    env = environment(var_dir, **settings)
    return subprocess.run(
        command(*arguments), env=env, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE_S
    )


@contextmanager
def starting(var_dir: Path) -> Iterator[Start]:
    """Starts servers, and ends at last those that are still running. The log goes to where pytest's own goes."""
    with ExitStack() as stack:

        def begin(*arguments: str, **settings: str) -> Server:
            process = subprocess.Popen(
                command(*(arguments or ("serve", "--port", "0"))), env=environment(var_dir, **settings), cwd=ROOT,
                stdout=subprocess.PIPE, text=True, encoding="utf-8",
            )  # fmt: skip
            stack.enter_context(process)
            stack.callback(process.kill)
            return Server(process)

        yield begin


@pytest.fixture
def start(built_var_dir: Path) -> Iterator[Start]:
    """Starts servers of this test's own."""
    with starting(built_var_dir) as begin:
        yield begin


@pytest.fixture(scope="module")
def server(built_var_dir: Path) -> Iterator[Server]:
    """A running server for tests that only ask."""
    with starting(built_var_dir) as begin:
        yield begin().ready()


def until(true: Callable[[], bool]) -> None:
    """Return as soon as it is so."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end


def question(text: str, **fields: str) -> bytes:
    """POST /api/chat as bytes on the wire."""
    body = json.dumps({"text": text, **fields}).encode()
    head = (
        f"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answer(connection: socket.socket) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and reply that came back."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    with closing(response):
        return response.status, dict(response.getheaders()), json.loads(response.read())


def test_prints_one_line_the_address_of_the_chat_page(start: Start) -> None:
    server = start().ready()
    assert "<html" in server.ask("GET", server.address.path)[1].decode()
    address = server.address.geturl()
    # The database is new: the code with which the first administrator makes an account stands there too.
    assert re.fullmatch(rf"聊天页 {address}  工作台 {address}staff/（首次使用，启动码 [a-z2-9-]{{19}}）\n", server.line)
    assert server.end() == (0, "")


def test_health_is_answered(server: Server) -> None:
    response, body = server.ask("GET", "/healthz")
    assert (response.status, json.loads(body)) == (200, {"status": "ok"})


def test_question_is_answered_with_sources(server: Server) -> None:
    response, body = server.ask("POST", "/api/chat", {"text": "电动车能停楼道吗"})
    reply = json.loads(body)["reply"]
    assert response.status == 200
    assert "不" in reply["text"]
    assert reply["citations"]


def test_does_not_tell_which_server_it_is(server: Server) -> None:
    for path in ("/healthz", "/wechat", "/nowhere"):
        assert server.ask("GET", path)[0].getheader("Server") is None
    with closing(server.connect()) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert b"waitress" not in connection.makefile("rb").read()


def test_wechat_without_a_token_is_refused(server: Server) -> None:
    assert server.ask("GET", "/wechat?echostr=1")[0].status == 403


def highest_mb(server: Server) -> int:
    """The most memory that the process had."""
    [kib] = re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{server.process.pid}/status").read_text())
    return int(kib) >> 10


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells what a process holds")
def test_whatever_strangers_send_takes_little_memory_and_is_refused_in_chinese(server: Server) -> None:
    before, mib, form = highest_mb(server), b"x" * (1 << 20), "application/x-www-form-urlencoded"
    chunks, fields = [b"100000\r\n" + mib + b"\r\n"] * 1024, b"&".join(b"f%d=1" % n for n in range(100_000))
    announced, parts = f"Content-Length: {1 << 30}", "multipart/form-data; boundary=b"
    for path, kind, length, pieces in (
        ("/api/chat", form, announced, [mib] * 1024), ("/staff/knowledge/import", parts, announced, [mib] * 1024),
        ("/api/chat", form, "Transfer-Encoding: chunked", chunks),
        ("/staff/knowledge/import", parts, "Transfer-Encoding: chunked", chunks),
        ("/staff/sign-in", form, f"Content-Length: {len(fields)}", [fields]),
        ("/api/chat", "application/json", "Content-Length: 900000", [b"[" * 900_000]),
    ):  # fmt: skip
        with closing(server.connect()) as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n{length}\r\n\r\n"
            said = refusal(connection, head.encode(), pieces)
            assert not said or said.split()[1] == "413", path
            assert not said or re.search("太大|太长", said), path
    assert highest_mb(server) - before < 64
    assert server.ask("GET", "/healthz")[0].status == 200


def refusal(connection: socket.socket, head: bytes, pieces: list[bytes]) -> str:
    """What is said to somebody who sends on; nothing where the network lost it, for it hangs up on what still comes."""
    said = b""
    with contextlib.suppress(ConnectionError):
        connection.sendall(head)
        for piece in pieces:
            connection.sendall(piece)
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(1 << 16):
            said += piece
    return said.decode()


def test_simulator_is_off_unless_switched_on(server: Server) -> None:
    assert server.ask("GET", "/simulator/")[0].status == 404


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(start: Start, number: int) -> None:
    assert start().end(number) == (0, "")


def test_requests_accepted_before_sigterm_are_answered_after_it(start: Start, built_var_dir: Path) -> None:
    server = start().ready()
    texts = [f"排水{n}怎么办" for n in range(20)]
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(server.connect())) for _ in texts]
        for connection, text in zip(connections, texts, strict=True):
            connection.sendall(question(text)[:-10])
        server.process.send_signal(signal.SIGTERM)
        until(server.refuses)
        for connection, text in zip(connections, texts, strict=True):
            connection.sendall(question(text)[-10:])
        answers = [answer(connection) for connection in connections]
    assert {status for status, _, _ in answers} == {200}
    assert {headers["Connection"] for _, headers, _ in answers} == {"close"}
    assert server.process.wait(PATIENCE_S) == 0
    assert set(texts) <= logged(built_var_dir)


def logged(var_dir: Path) -> set[str]:
    """Texts of the message log."""
    engine = sa.create_engine(f"sqlite:///{var_dir / 'safetybot.db'}")
    with engine.connect() as db:
        texts = set(db.scalars(sa.select(message_log.c.text)))
    engine.dispose()
    return texts


def test_connections_without_a_request_do_not_hold_up_the_end(start: Start) -> None:
    server = start().ready()
    with closing(server.connect()), closing(server.connect()) as kept:
        kept.sendall(question("你好"))
        assert answer(kept)[0] == 200
        assert server.end() == (0, "")
        assert kept.recv(1) == b""


def test_simulator_and_bot_speak_encrypted_to_each_other(start: Start) -> None:
    server = start("simulate", "--port", "0").ready()
    address = server.address.geturl()
    assert server.line.startswith(f"聊天页 {address}  工作台 {address}staff/")
    assert server.line.endswith(f"  微信模拟器 {address}simulator/\n")
    person = json.loads(server.ask("POST", "/simulator/phone/new", {})[1])["openid"]
    deed = {"openid": person, "deed": "text", "text": "电动车能停楼道吗"}
    server.ask("POST", "/simulator/control/deeds", {"openid": person, "deed": "follow"})
    pushes = json.loads(server.ask("POST", "/simulator/control/deeds", deed)[1])["outcomes"]
    assert [(push["outcome"], len(push["attempts"])) for push in pushes] == [("reply", 1)]
    assert "楼道" in pushes[0]["reply"]["content"]
    state = json.loads(server.ask("GET", f"/simulator/phone/state?openid={person}")[1])
    assert state["account"]["mode"] == "safe"


def test_simulator_can_be_switched_on_in_the_settings(start: Start) -> None:
    server = start("serve", "--port", "0", SAFETYBOT_SERVER__SIMULATOR="true", SAFETYBOT_WECHAT__TOKEN="abc123")
    person = json.loads(server.ask("POST", "/simulator/phone/new", {})[1])["openid"]
    state = json.loads(server.ask("GET", f"/simulator/phone/state?openid={person}")[1])
    assert state["account"]["mode"] == "plain"  # an account without an aes_key is taken as it is set up
    assert json.loads(server.ask("POST", "/simulator/control/verify", {})[1])["outcome"] == "success"


def test_port_in_use_is_one_clear_line(built_var_dir: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = run(built_var_dir, "serve", "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "named"), [(("--port", "70000"), "--port"), (("--host", "no.such.host.invalid"), "no.such.host")]
)
def test_address_that_cannot_be_is_named(built_var_dir: Path, arguments: tuple[str, ...], named: str) -> None:
    done = run(built_var_dir, "serve", "--port", "0", *arguments)
    assert done.returncode in (1, 2)
    assert done.stderr.count("\n") == 1
    assert named in done.stderr


def test_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path / "file" / "var", "serve", "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert str(tmp_path / "file" / "var") in done.stderr


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SAFETYBOT_WECHAT__TOKN": "x"}, "wechat.tokn"),
        ({"SAFETYBOT_WECHAT__TOKEN": "a b"}, "wechat.token"),
        ({"SAFETYBOT_SERVER__THREADS": "none"}, "server.threads"),
        ({"SAFETYBOT_NONSENSE": "1"}, "nonsense"),
    ],
)
def test_bad_settings_stop_the_start_and_are_named(built_var_dir: Path, settings: dict[str, str], named: str) -> None:
    done = run(built_var_dir, "serve", "--port", "0", **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert named in done.stderr


def test_database_out_of_reach_is_one_clear_line(built_var_dir: Path) -> None:
    url = "postgresql://bot:geheim@127.0.0.1:1/bot"
    done = run(built_var_dir, "serve", "--port", "0", SAFETYBOT_DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "database" in done.stderr
    assert "geheim" not in done.stderr
    assert "Traceback" not in done.stderr


def test_malformed_content_stops_the_start_and_is_named(built_var_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("entries: [", encoding="utf-8")
    done = run(built_var_dir, "serve", "--port", "0", SAFETYBOT_KNOWLEDGE_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "broken.yaml" in done.stderr
    assert "Traceback" not in done.stderr
