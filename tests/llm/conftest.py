"""An office whose bot may ask a language model, the model's stand-in, and people who write on both channels."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from bot.answers import Base, Knowledge, build
from bot.answers.entries import EntryKind, Source
from bot.app import create_app
from bot.llm import Aide, ModelClient
from bot.services import Services
from bot.settings import AnswerSettings, LlmSettings, Settings, WeChatSettings
from bot.store.database import Database
from bot.store.records import Records
from tests import bases
from tests.channels.official import wire
from tests.clocks import Clock

from .model_server import PATIENCE_S, ModelServer

API_KEY = "sk-geheim-0123456789"
#: How long a reply may take here: several calls of the model, on a machine that has other things to do.
PATIENT_S = 10 * PATIENCE_S
LAW = bases.SAFETY_LAW
#: What the bot says of itself, and what a model may make of it.
PLAIN = "单位负责人应当在24小时内报告，不得瞒报；违反第三条规定的，处五万元以上百分之二十以下罚款。可拨12350举报。"
PLAINER = "单位负责人应在24小时内报告，不能瞒报；违反第三条规定，罚五万元以上20%以下。可打12350举报。"
QUESTION = "事故瞒报怎么罚"
OTHER, OTHER_PLAIN = "气瓶怎么存放", "氧气瓶和乙炔瓶应当分开存放，相距不少于5米，不得靠近火源。"
SOURCE = (Source(law=LAW, article="第二十五条"),)
ENTRIES = (
    bases.entry("hide", QUESTION, PLAIN, "瞒报事故罚多少", "老板瞒报怎么办", sources=SOURCE),
    bases.entry("bottle", OTHER, OTHER_PLAIN, "氧气瓶乙炔瓶放一起行吗", sources=SOURCE),
    bases.entry("helmet", "安全帽怎么戴", "系紧下颏带，帽衬调好再戴。", "安全帽佩戴", "戴安全帽要注意什么"),
    bases.entry("helmet-old", "安全帽用几年", "塑料安全帽的使用期不超过两年半。", "安全帽期限", "安全帽多久换"),
    bases.entry("helmet-colour", "安全帽颜色有什么区别", "颜色以单位规定为准。", "安全帽红的黄的", "安全帽颜色"),
    bases.entry("flow", "怎么提建议", "请说清地点和24小时内的联系办法。", "提个建议", intent="suggestion"),
    bases.entry("hello", "你好", "您好，请在24小时内问。", "您好", kind=EntryKind.SMALL_TALK, sources=()),
    bases.entry("stocks", "买哪只股票", "股票的事请问12386。", "股票涨吗", kind=EntryKind.OUT_OF_SCOPE, sources=(),
          group="general"),
    *bases.plan_facts("江海", bases.JIANGHAI, 2023),
)  # fmt: skip


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """A base of a few entries, one plan, the shipped cards and two statutes."""
    known = bases.knowledge()
    few = Knowledge(entries=ENTRIES, plans=bases.PLANS[:1], cards=known.cards, laws=known.laws, words=known.words)
    return build(few, list(bases.articles()), tmp_path_factory.mktemp("llm") / "base")


@pytest.fixture(scope="session")
def answering(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Settings], Services]]:
    """answering(settings): services that share a database and, settings of answers alike, an answerer."""
    held = Settings(var_dir=tmp_path_factory.mktemp("var"))
    database = Database(held.database)
    database.migrate()
    records = Records(database, held.var_dir / "spool.jsonl")
    keepers: dict[AnswerSettings, bases.Fixed] = {}

    def make(settings: Settings) -> Services:
        services = Services(settings)
        if settings.answers not in keepers:
            keepers[settings.answers] = bases.Fixed(base, settings)
        services.__dict__ |= {"keeper": keepers[settings.answers], "database": database, "records": records}
        return services

    yield make
    database.close()


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """The stand-in."""
    server = ModelServer()
    yield server
    server.stop()


@dataclass
class Office:
    """The bot with its app. Each message is another person's, so that none leans on what was said before."""

    services: Services
    clock: Clock = field(default_factory=Clock)
    _people: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        settings = self.services.settings.llm
        if settings.is_on:
            base, client = self.services.base, ModelClient(settings, 2)
            aide = Aide(settings, client, base.entry_by_id, lambda name: str(base.words["chat"][name]), self.clock)
            self.services.__dict__["aide"] = aide
        self.app = create_app(self.services)

    @property
    def counts(self) -> dict[str, int]:
        """How often the model was of which use."""
        aide = self.services.aide
        return dict(aide.counts) if aide else {}

    def asks(self, text: str) -> dict[str, Any]:
        """A visitor of the chat page asks; the reply as the API hands it out."""
        with self.app.test_client() as client:
            answer = client.post("/api/chat", json={"text": text})
            assert answer.status_code == 200
            reply: dict[str, Any] = answer.get_json()["reply"]
            return reply

    def is_told(self, text: str) -> str:
        """A follower asks on WeChat, by a signed push; the words of the passive reply."""
        path, body = push(text, next(self._people))
        answer = self.app.test_client().post(path, data=body)
        assert answer.status_code == 200
        return read(answer.data)


def push(text: str, n: int) -> tuple[str, bytes]:
    """Path and body of a signed text message from the follower with that number."""
    now = str(int(time.time()))
    query = {"timestamp": now, "nonce": "1", "signature": wire.sign(wire.TOKEN, now, "1")}
    xml = wire.message(FromUserName=f"oTEST{n:023}", Content=text, MsgId=n, CreateTime=int(now))
    return f"/wechat?{urlencode(query)}", xml.encode()


def read(body: bytes) -> str:
    """The words of a passive reply."""
    return ElementTree.fromstring(body).findtext("Content") or ""


OfficeWith = Callable[..., Office]


@pytest.fixture
def office_with(answering: Callable[[Settings], Services], model: ModelServer, tmp_path: Path) -> OfficeWith:
    """office_with(**settings of the model, answers=…, reply_deadline_s=…): a bot in front of the stand-in."""

    def make(*, answers: AnswerSettings | None = None, reply_deadline_s: float = PATIENT_S, **llm: Any) -> Office:
        given = {"base_url": model.base_url, "model": "test-model", "api_key": API_KEY, "timeout_s": PATIENCE_S} | llm
        settings = Settings(
            answers=answers or AnswerSettings(), llm=LlmSettings(**given), var_dir=tmp_path,
            wechat=WeChatSettings(token=wire.TOKEN, reply_deadline_s=reply_deadline_s),
        )  # fmt: skip
        return Office(answering(settings))

    return make


@pytest.fixture
def office(office_with: OfficeWith) -> Office:
    """A bot whose model may reword."""
    return office_with(rephrase=True)
