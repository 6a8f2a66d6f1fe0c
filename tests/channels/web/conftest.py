"""A site with a real inbox behind it, a talk that says what it is told to say, and one law on the shelf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.channels.web import ArticlePage, Chapter, Opening, StatutePage, create_blueprint, register_errors
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.inbox import Inbox
from bot.messages import Choice, Citation, Inbound, Reply
from bot.peers import Peers
from bot.settings import OfficeSettings, ServerSettings, networks
from bot.store.database import Database
from bot.store.kv import MemoryKeyValue
from bot.store.records import Records
from tests.clocks import Clock

LAW = "中华人民共和国安全生产法"
OLD_LAW = "某市消防办法"
ARTICLES = {
    "第一条": "为了加强安全生产工作，制定本法。",
    "第二条": "在中华人民共和国领域内从事生产经营活动的单位的安全生产，适用本法。\n有关法律另有规定的，适用其规定。",
    "第三条": "安全生产工作坚持中国共产党的领导。",
}
ANSWER = Reply(
    "应当制定。\n依据：《安全生产法》第二条",
    (Choice("a", "谁来管", "安全生产谁来管"), Choice("b", "罚多少", "不制定罚多少")),
    (Citation("《安全生产法》第二条", LAW, "第二条"), Citation("《安全手册》", plan="p1", section="五（四）")),
)


@dataclass
class Shelf:
    """One law in force and one repealed. words: what a question is said to consist of."""

    cut: Callable[[str], list[str]] = str.split

    def statutes(self) -> list[str]:
        return [LAW, OLD_LAW]

    def statute(self, title: str) -> StatutePage | None:
        if title not in self.statutes():
            return None
        openings = tuple(Opening(number, text[:12]) for number, text in ARTICLES.items())
        chapters = (Chapter("第一章 总则", openings[:2]), Chapter("第二章 保障", openings[2:]))
        return StatutePage(title=title, chapters=chapters, **self._facts(title))

    def article(self, title: str, number: str) -> ArticlePage | None:
        if title not in self.statutes() or number not in ARTICLES:
            return None
        numbers = ["", *ARTICLES, ""]
        at = numbers.index(number)
        return ArticlePage(
            law=title, number=number, text=ARTICLES[number], chapter="第一章 总则", previous=numbers[at - 1],
            next=numbers[at + 1], **self._facts(title),
        )  # fmt: skip

    def words(self, text: str) -> list[str]:
        return self.cut(text)

    def _facts(self, title: str) -> dict[str, str]:
        status = "现行有效" if title == LAW else "已废止"
        return {"issuer": "某某制定机关", "effective": "2021-09-01", "status": status, "region": "全国"}


@dataclass
class Site:
    """The site under test. reply: what the bot says next; heard: what reached it."""

    records: Records
    clock: Clock = field(default_factory=lambda: Clock(1_790_000_000.0))
    shelf: Shelf = field(default_factory=Shelf)
    reply: Reply | None = ANSWER
    breaks: bool = False
    deadline_s: float = 120.0
    heard: list[Inbound] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = MemoryKeyValue()
        failure = Reply("系统刚才出了点问题")
        inbox = Inbox(self.store, self.records, [self._handle], deadline_s=self.deadline_s, failure=lambda: failure)
        self.app = Flask("site")
        office = OfficeSettings(name="江海区安全办", phone="0750-1234567")
        self.app.register_blueprint(create_blueprint(inbox, self.shelf, lambda: office, self.clock))
        register_errors(self.app)
        self.app.wsgi_app = Peers(self.app.wsgi_app, networks(ServerSettings().trusted_proxies))

    def _handle(self, inbound: Inbound, session: Session, _now: datetime) -> Turn:
        self.heard.append(inbound)
        if self.breaks:
            raise RuntimeError("a fault of ours")
        return Turn(self.reply, session)

    def visitor(self) -> Visitor:
        return Visitor(self.app.test_client())


@dataclass
class Visitor:
    """Somebody with a browser of their own."""

    client: FlaskClient

    def asks(self, text: str, **more: Any) -> TestResponse:
        """Asks as the page's script does."""
        id_ = {"id": more.pop("id")} if "id" in more else {}
        return self.client.post("/api/chat", json={"text": text, **id_}, **more)

    def submits(self, **fields: Any) -> TestResponse:
        """Sends the form, as a browser without script does."""
        return self.client.post("/", data=fields, content_type="multipart/form-data")

    def opens(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, buffered=True, **more)  # closes the file behind a static one


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    folder: Path = tmp_path_factory.mktemp("records")
    database = Database(f"sqlite:///{folder / 'bot.db'}")
    database.migrate()
    yield Records(database, folder / "spool.jsonl")
    database.close()


@pytest.fixture
def site(records: Records) -> Site:
    return Site(records)


@pytest.fixture
def anna(site: Site) -> Visitor:
    return site.visitor()


@pytest.fixture
def bo(site: Site) -> Visitor:
    return site.visitor()
