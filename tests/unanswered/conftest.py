"""A small office on WeChat: the bot behind signed callbacks, WeChat's stand-in before it, staff beside."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from bot.answers import Answerer, Base, make_answerer, synonyms
from bot.answers.synonyms import Synonyms
from bot.channels.official import Callback, CallbackLane
from bot.ingest.archive import StatuteArchive
from bot.knowledge import Keeper
from bot.knowledge.live import Overlay
from bot.office import Office
from bot.services import Services
from bot.settings import BEIJING, OfficeSettings, Settings, WeChatSettings
from bot.simulator import PushOutcome, Simulator, SimulatorConfig
from bot.simulator import create_app as create_simulator
from bot.unanswered import Given, Span, Teller, UnansweredDesk, written
from tests import bases
from tests.small_office import small_office

ALICE, BOB, CAROL, DAVE = (f"oTEST000000000000000000{n:05d}" for n in range(4))
ME, YOU = "张三", "李四"
#: How a message begins that tells an asker, and no passive reply does.
TOLD = "您之前问到的"
SEND = "/cgi-bin/message/custom/send"
REGION = "广东省江门市江海区"
ANSWER = "要在街道安监所登记。"
PHRASINGS = ("无人机巡检手续", "用无人机要不要备案", "飞无人机找谁登记", "无人机在哪里登记", "巡检的无人机怎么报备")


def next_noon(after: datetime) -> datetime:
    """The next twelve o'clock in China."""
    noon = datetime.combine(after.astimezone(BEIJING).date(), time(12), BEIJING)
    return noon if noon > after else noon + timedelta(days=1)


@dataclass
class House:
    """The office. now: what staff's clock says; what people send is stamped with the real one."""

    services: Services
    wechat: Simulator
    now: datetime = field(default_factory=lambda: next_noon(datetime.now(UTC)))
    pauses: list[float] = field(default_factory=list)

    @property
    def desk(self) -> UnansweredDesk:
        """What staff do."""
        return self.services.unanswered

    @property
    def teller(self) -> Teller:
        """Tells askers."""
        return self.services.teller

    @property
    def span(self) -> Span:
        """The last days."""
        return Span(self.now - timedelta(days=7), self.now + timedelta(days=1))

    def says(self, who: str, *texts: str) -> PushOutcome:
        """Text messages of one follower; the reply to the last."""
        told = [self.wechat.send_text(who, text) for text in texts]
        return told[-1]

    def settle(self) -> None:
        """Have all that waits for the database written."""
        self.services.records.stop()
        self.services.records.start()

    def later(self, after: timedelta) -> None:
        """Let time pass, for WeChat too."""
        self.now += after
        self.wechat.advance(after.total_seconds())

    def answer(self, number: int, now: datetime | None = None, **given: object) -> str:
        """Staff answer a cluster, now by the real clock; the id of the entry, which waits for review."""
        at = now or datetime.now(UTC)
        item = written("无人机巡检要登记吗", ANSWER, {"name": "江海区无人机巡检办法"}, verify="official")
        how = replace(Given(ME, phrasings=PHRASINGS), **given)  # type: ignore[arg-type]
        return self.desk.answer(number, item, how, self.span, at).row.entry

    def publish(self, number: int) -> None:
        """Another person publishes it; time goes on."""
        self.desk.publish(number, YOU, "", self.now)

    def phone(self, who: str) -> list[str]:
        """What came as customer-service messages, whatever the sender saw of it."""
        with self.wechat.lock:
            chat = list(self.wechat.state.person(who).chat)
        return [str(item.data["text"]) for item in chat if item.side == "account" and TOLD in str(item.data["text"])]


def keeper_of(services: Services, first: Answerer) -> Keeper:
    archive = StatuteArchive(services.database)

    def make(base: Base, like: Answerer | None, over: Overlay, office: Office) -> Answerer:
        said = Synonyms(synonyms.shipped(), over.synonyms)
        here = office.settings
        return make_answerer(base, bases.lexicon(), here.answers, here.office, archive, like or first, said)

    return Keeper(services.settings, services.database, services.store, make, lambda: services.office)


def _serving(stack: ExitStack, app: object) -> str:
    server = make_server("127.0.0.1", 0, app, threaded=True)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    stack.callback(server.server_close)
    stack.callback(thread.join, 5)
    stack.callback(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}"


def _nothing_here(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("404 Not Found", [])
    return [b""]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answerer]:
    """The content of the small office and its built base, below one folder; and what answered with it first."""
    return small_office(tmp_path_factory.getbasetemp() / "small-office")


@pytest.fixture
def opened(built: tuple[Path, Answerer], tmp_path: Path) -> Iterator[Callable[[str], House]]:
    """opened(database URL): an office of this test's own."""
    folder, first = built
    shutil.copytree(folder / "var" / "index", tmp_path / "var" / "index")
    with ExitStack() as stack:

        def make(url: str) -> House:
            wechat = Simulator(SimulatorConfig())
            api = _serving(stack, create_simulator(wechat))
            config = wechat.config
            account = WeChatSettings(
                account_id=config.account_id, app_id=config.app_id, secret=config.secret, token=config.token,
                aes_key=config.aes_key, api_base=f"{api}/simulator", timestamp_window_s=86400,
            )  # fmt: skip
            here = OfficeSettings(region=REGION)
            services = Services(Settings(office=here, wechat=account, var_dir=tmp_path / "var", database_url=url,
                                         knowledge_dir=folder / "knowledge"))  # fmt: skip
            # As Services makes it, but that what is read of the word lists is read once for all tests.
            services.__dict__["keeper"] = keeper_of(services, first)
            services.records.start()
            stack.callback(services.close)
            lane = CallbackLane(_nothing_here, Callback(account, services.inbox))
            wechat.reconfigure(callback_url=f"{_serving(stack, lane)}/wechat")
            house = House(services, wechat)
            wechat.advance((house.now - datetime.now(UTC)).total_seconds())
            return house

        yield make


@pytest.fixture
def house(opened: Callable[[str], House], sqlite_url: str) -> House:
    """The office on SQLite."""
    return opened(sqlite_url)


@pytest.fixture
def on_both(opened: Callable[[str], House], database_url: str) -> House:
    """The office on every database in turn."""
    return opened(database_url)
