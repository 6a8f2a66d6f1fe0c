"""An account under test, with WeChat's side of the talk; and a small HTTP server in place of WeChat's API."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.official import Callback, CallbackLane, OfficialClient
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.inbox import Inbox
from bot.messages import Inbound, Reply
from bot.settings import WeChatSettings
from bot.store.kv import MemoryKeyValue

from .wire import ACCOUNT, AES_KEY, APP_ID, NOW, TOKEN, Answer, environ, query, sealed, text_message


class _NoRecords:
    """Writes nothing down."""

    def note(self, _row: object) -> None: ...
    def keep(self, _row: object) -> None: ...
    def erase(self, _channel: str, _address: str) -> None: ...


@dataclass
class Account:
    """An official account with its bot: a real inbox, one handler that always says `reply`."""

    settings: WeChatSettings
    reply: Reply | None = Reply("收到")
    heard: list[Inbound] = field(default_factory=list)

    def __post_init__(self) -> None:
        store = MemoryKeyValue()
        inbox = Inbox(store, _NoRecords(), [self._handle], deadline_s=120, failure=lambda: Reply("出错了"))  # type: ignore[arg-type]
        self.lane = CallbackLane(_nothing_here, Callback(self.settings, inbox, lambda: NOW))

    def _handle(self, inbound: Inbound, session: Session, _now: datetime) -> Turn:
        self.heard.append(inbound)
        return Turn(self.reply, session)

    def call(self, env: dict[str, Any]) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        body = b"".join(self.lane(env, lambda status, headers, *_: started.append((status, headers))))  # type: ignore[arg-type,func-returns-value]
        [(status, headers)] = started
        return Answer(int(status[:3]), body, dict(headers))

    def receives(self, body: bytes | str, parameters: Mapping[str, str] | str | None = None, **more: Any) -> Answer:
        """A push; rightly signed unless `parameters` say otherwise."""
        data = body.encode() if isinstance(body, str) else body
        return self.call(environ("POST", data, query() if parameters is None else parameters, **more))

    def is_verified(self, parameters: Mapping[str, str] | str) -> Answer:
        return self.call(environ("GET", b"", parameters))

    def receives_sealed(self, xml: str, **how: str) -> Answer:
        return self.receives(*sealed(xml, **how))

    def still_answers(self) -> bool:
        return self.receives(text_message(msg_id=9)).body != b"success"


def _nothing_here(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("404 Not Found", [])
    return [b""]


def settings(**more: Any) -> WeChatSettings:
    return WeChatSettings(**({"token": TOKEN, "app_id": APP_ID, "secret": "s3cr3t-of-the-account"} | more))


@pytest.fixture
def plain() -> Account:
    """In plaintext mode (明文模式)."""
    return Account(settings())


@pytest.fixture
def safe() -> Account:
    """In safe mode (安全模式)."""
    return Account(settings(aes_key=AES_KEY, account_id=ACCOUNT))


@pytest.fixture
def account() -> Callable[..., Account]:
    """Builds an account with other settings."""
    return lambda **more: Account(settings(**more))


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    token: str
    data: dict[str, Any]


#: status and body; an object is sent as JSON.
Returned = tuple[int, Any]


class _Server(ThreadingHTTPServer):
    request_queue_size = 64  # twenty threads call at the same moment


class FakeApi:
    """WeChat's API as the client sees it. `answers` by path; a token is handed out unless told otherwise."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, Callable[[Call], Returned]] = {"/cgi-bin/stable_token": self.hand_out}
        self.tokens = ["token-1"]
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def called(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == f"/cgi-bin/{path}"]

    def says(self, path: str, *returned: Returned) -> None:
        """Answer calls of a path in this order, the last for ever."""
        left = list(returned)
        self.answers[f"/cgi-bin/{path}"] = lambda _call: left.pop(0) if len(left) > 1 else left[0]

    def stalls(self, path: str) -> None:
        """Do not answer before the test is over."""
        self.answers[f"/cgi-bin/{path}"] = lambda _call: (200, {}) if self.released.wait(120) else (500, {})

    def takes_only(self, token: str, path: str = "message/custom/send") -> None:
        """Reject every other token."""
        ok, rejected = (200, {"errcode": 0, "errmsg": "ok"}), (200, {"errcode": 40001, "errmsg": "invalid credential"})
        self.answers[f"/cgi-bin/{path}"] = lambda call: ok if call.token == token else rejected

    def hand_out(self, call: Call) -> Returned:
        """stable_token: force_refresh retires the current token."""
        if call.data.get("force_refresh") and len(self.tokens) > 1:
            self.tokens.pop(0)
        return 200, {"access_token": self.tokens[0], "expires_in": 7200}

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, call: Call) -> Returned:
        self.calls.append(call)
        return self.answers.get(call.path, lambda _call: (200, {"errcode": 0, "errmsg": "ok"}))(call)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._do(b"{}")

            def do_POST(self) -> None:
                self._do(self.rfile.read(int(self.headers["Content-Length"])))

            def _do(self, body: bytes) -> None:
                url = urlsplit(self.path)
                token = parse_qs(url.query).get("access_token", [""])[0]
                status, answer = api._answer(Call(self.command, url.path, token, json.loads(body)))
                data = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass  # the client has given up, as it should

            def log_message(self, *_args: object) -> None: ...

        return Handler


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    fake = FakeApi()
    yield fake
    fake.close()


@pytest.fixture
def store() -> MemoryKeyValue:
    return MemoryKeyValue()


@pytest.fixture
def connect(api: FakeApi, store: MemoryKeyValue) -> Iterator[Callable[..., OfficialClient]]:
    """Builds clients of the account, all on one store."""
    clients = []

    def build(**more: Any) -> OfficialClient:
        clients.append(OfficialClient(settings(**({"api_base": api.base} | more)), store))
        return clients[-1]

    yield build
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., OfficialClient]) -> OfficialClient:
    return connect()
