"""A bot to push to, a server to call, and a client, all over real HTTP on this machine."""

import http.client
import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from werkzeug.serving import make_server

from bot.simulator import Mode, Simulator, SimulatorConfig, create_app
from bot.simulator.crypto import decrypt, encrypt, sign
from tests.clocks import Clock

ALICE = "oAliceAliceAliceAliceAliceAl"
BOB = "oBobBobBobBobBobBobBobBobBobB"[:28]
START = 1_790_000_000.0


@dataclass(frozen=True)
class Received:
    """One request that reached the bot."""

    method: str
    query: dict[str, str]
    body: bytes
    config: SimulatorConfig

    @property
    def xml(self) -> ElementTree.Element:
        """The message: decrypted where it is encrypted."""
        root = ElementTree.fromstring(self.body)
        encrypted = root.findtext("Encrypt")
        if encrypted is None:
            return root
        return ElementTree.fromstring(decrypt(encrypted, self.config.aes_key, self.config.app_id))

    def field(self, name: str) -> str | None:
        return self.xml.findtext(name)


@dataclass(frozen=True)
class Response:
    """What the bot sends back; `cut` announces more bytes than it sends, `drop` sends nothing."""

    body: bytes = b"success"
    status: int = 200
    drop: bool = False
    cut: bool = False


Behaviour = Callable[[Received], Response]


@dataclass
class Bot:
    """A bot whose behaviour the test sets; it keeps what it received."""

    config: Callable[[], SimulatorConfig]
    behaviour: Behaviour = lambda received: Response()
    received: list[Received] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def says(self, body: bytes | str, status: int = 200) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.behaviour = lambda received: Response(content, status)

    def hangs(self, times: int = 99) -> None:
        """Stall until the test is over, for the first `times` requests; then answer success."""
        left = [times]

        def stall(received: Received) -> Response:
            left[0] -= 1
            if left[0] >= 0:
                self.released.wait(120)
            return Response()

        self.behaviour = stall

    def replies(self, make: Callable[[Received], str]) -> None:
        """Answer with the XML `make` returns, encrypted in safe mode."""
        self.behaviour = lambda received: Response(sealed(received, make(received)))

    @property
    def last(self) -> Received:
        return self.received[-1]


def text_reply(received: Received, content: str = "好的", **other: str) -> str:
    """A correct text reply; `other` replaces single elements."""
    values = {
        "ToUserName": received.field("FromUserName"),
        "FromUserName": received.field("ToUserName"),
        "CreateTime": "1790000001",
        "MsgType": "text",
        "Content": content,
    } | other
    return "<xml>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in values.items()) + "</xml>"


def sealed(received: Received, xml: str) -> bytes:
    """`xml` as the mode of the account wants it."""
    return envelope(received.config, xml) if received.config.mode is Mode.SAFE else xml.encode()


def envelope(config: SimulatorConfig, xml: str) -> bytes:
    """`xml` encrypted and signed."""
    encrypted = encrypt(xml.encode(), config.aes_key, config.app_id)
    signature = sign(config.token, "1790000001", "n", encrypted)
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature>{signature}</MsgSignature>"
        "<TimeStamp>1790000001</TimeStamp><Nonce>n</Nonce></xml>"
    ).encode()


def _handler(bot: Bot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query = dict(parse_qsl(urlsplit(self.path).query))
            received = Received(self.command, query, body, bot.config())
            bot.received.append(received)
            self._answer(bot.behaviour(received))

        def _answer(self, response: Response) -> None:
            if response.drop:
                self.close_connection = True
                return
            self.send_response(response.status)
            self.send_header("Content-Length", str(len(response.body) + (9 if response.cut else 0)))
            self.end_headers()
            self.wfile.write(response.body)
            self.wfile.flush()
            if response.cut:
                bot.released.wait(120)

        def log_message(self, *args: Any) -> None:
            """Silence."""

    return Handler


class QuietServer(ThreadingHTTPServer):
    """A bot that was hung up on has nobody left to complain to."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Silence."""


@dataclass(frozen=True)
class Reply:
    """One answer of the simulator's HTTP API."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def errcode(self) -> int:
        return self.json.get("errcode", 0)


class Client:
    """Calls paths below /simulator, as the bot or a page would."""

    def __init__(self, port: int, config: SimulatorConfig) -> None:
        self.port = port
        self.config = config
        self.token = ""

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, f"/simulator{path}", body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, response.read(), dict(response.getheaders()))
        finally:
            connection.close()

    def sign_in(self) -> str:
        """Fetch a stable token, once."""
        if not self.token:
            grant = {"grant_type": "client_credential", "appid": self.config.app_id}
            body = json.dumps(grant | {"secret": self.config.secret}).encode()
            self.token = self.request("POST", "/cgi-bin/stable_token", body).json["access_token"]
        return self.token

    def get(self, path: str, **query: str) -> Reply:
        """A GET of the API with a good token."""
        return self.request("GET", f"{path}?{urlencode({'access_token': self.sign_in()} | query)}")

    def post(self, path: str, body: dict[str, Any] | bytes, **query: str) -> Reply:
        """A POST of the API with a good token; a dict goes as raw UTF-8 JSON without a Content-Type."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.request("POST", f"{path}?{urlencode({'access_token': self.sign_in()} | query)}", raw)

    def upload(self, path: str, content: bytes, name: str = "media", **query: str) -> Reply:
        """A multipart upload of one file."""
        boundary = secrets.token_hex(8)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="f.bin"\r\n'
        raw = head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content
        raw += f"\r\n--{boundary}--\r\n".encode()
        target = f"{path}?{urlencode({'access_token': self.sign_in()} | query)}"
        return self.request("POST", target, raw, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def page(self, method: str, path: str, body: dict[str, Any] | None = None) -> Reply:
        """What the phone page or a test of switches sends."""
        raw = None if body is None else json.dumps(body).encode()
        return self.request(method, path, raw, {"Content-Type": "application/json"} if raw else {})


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def simulator(clock: Clock) -> Simulator:
    return Simulator(SimulatorConfig(deadline_s=5.0), clock)


@pytest.fixture
def bot(simulator: Simulator) -> Iterator[Bot]:
    """A bot that the simulator pushes to; it answers `success` unless told otherwise."""
    bot = Bot(lambda: simulator.config)
    server = QuietServer(("127.0.0.1", 0), _handler(bot))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    simulator.reconfigure(callback_url=f"http://127.0.0.1:{server.server_port}/wechat?account=1")
    yield bot
    bot.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def api(simulator: Simulator) -> Iterator[Client]:
    """A client of the simulator's own server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(simulator), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Client(server.server_port, simulator.config)
    simulator.faults.clear()
    server.shutdown()
    thread.join()
    server.server_close()
