"""The senders of broadcasts against the stand-in, which shares no code with them: each person once, faults and all."""

import logging
import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server

from bot.channels.official import senders as official_senders
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.senders import senders as wecom_senders
from bot.errors import Refusal, SendError
from bot.sending import Kind, Message
from bot.settings import WeComSettings
from bot.simulator import Fault, Simulator, SimulatorConfig, create_app
from bot.simulator.crowd import Crowd
from bot.simulator.notices import FIRST_ONCE_ID, FIRST_TEMPLATE_ID
from bot.store.kv import MemoryKeyValue
from bot.tokens import TokenKeeper

TEXT = Message(text="今天下午有雷雨，请停止露天高处作业。")
FIELDS = {"thing1": "停止作业", "time2": "2026年6月16日", "thing3": "收好工具"}
NOTICE = Message(kind=Kind.NOTICE, template=FIRST_ONCE_ID, fields=FIELDS)
TEMPLATE = Message(kind=Kind.NOTICE, template=FIRST_TEMPLATE_ID, fields={"thing1": "堵塞", "phrase2": "已整改"})
MASS = "/cgi-bin/message/mass/send"


@pytest.fixture
def wechat() -> Simulator:
    made = Simulator(SimulatorConfig())
    made.state.gather(Crowd(100, (), made.now()))
    return made


@pytest.fixture
def base(wechat: Simulator) -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(wechat), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simulator"
    wechat.faults.clear()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ways(wechat: Simulator, base: str):
    def fetch(force: bool) -> tuple[str, float]:
        with wechat.lock:
            token = wechat.tokens.stable(force_refresh=force)
            return token.value, wechat.tokens.remaining_s(token)

    tokens = TokenKeeper(MemoryKeyValue(), "wx0", fetch)
    made = official_senders(base, 10, tokens, lambda: [(tag.tag_id, tag.name) for tag in wechat.state.tags.values()])
    yield made
    for sender in made.values():
        sender.caller.close()


def openids(wechat: Simulator, count: int) -> list[str]:
    return [wechat.state.crowd.openid(rank) for rank in range(count)]


def spread(wechat: Simulator, kind: str) -> dict[int, int]:
    wechat.advance(1)
    assert wechat.wait_idle(10)
    (content,) = wechat.received.all(kind)
    return content.tally.spread()


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("official.service", "service", TEXT),
        ("official.notice", "notice", NOTICE),
        ("official.template", "template", TEMPLATE),
    ],
)
def test_each_of_many_has_it_once_though_the_token_dies(wechat, ways, name, kind, message):
    for rank, openid in enumerate(openids(wechat, 10)):
        wechat.state.consents_to(FIRST_ONCE_ID).add(openid)
        if rank == 5:
            wechat.tokens.expire_all()
        ways[name].send([openid], message, f"b-{rank}")
    assert spread(wechat, kind) == {1: 10}


def test_list_whose_answer_was_lost_is_not_sent_twice(wechat, ways):
    wechat.faults.add(Fault(path=MASS, body="<html>", after_acceptance=True, times=1))
    with pytest.raises(SendError) as lost:
        ways["official.mass"].send(openids(wechat, 50), TEXT, "b-7")
    assert lost.value.refusal is Refusal.UNREACHABLE
    wechat.advance(61)
    receipt = ways["official.mass"].send(openids(wechat, 50), TEXT, "b-7")
    assert receipt.platform_id == str(next(iter(wechat.mass.jobs)))
    assert spread(wechat, "mass") == {1: 50}


def test_tag_reaches_who_wears_it(wechat, ways):
    tag = wechat.state.add_tag("危化品")
    wechat.state.gather(Crowd(100, (tag.tag_id,)))
    ways["official.tag"].send(["危化品"], TEXT, "b-8")
    assert spread(wechat, "mass") == {1: 100}


@pytest.mark.parametrize("fault", [Fault(path=MASS, drop=True, times=1), Fault(path=MASS, http_status=502, times=1)])
def test_broken_call_is_unknown_and_its_repeat_counts(wechat, ways, fault):
    wechat.faults.add(fault)
    with pytest.raises(SendError) as broken:
        ways["official.mass"].send(openids(wechat, 2), TEXT, "b-9")
    assert broken.value.refusal is Refusal.UNREACHABLE
    ways["official.mass"].send(openids(wechat, 2), TEXT, "b-9")
    assert spread(wechat, "mass") == {1: 2}


def test_app_and_robot_of_wecom_say_it_once(wechat, base):
    corp = wechat.config.wecom
    settings = WeComSettings(corp_id=corp.corp_id, secret=corp.secret, agent_id=corp.agent_id, api_base=f"{base}/wecom")
    store = MemoryKeyValue()
    client = WeComClient(settings, store)
    ways = wecom_senders(settings, store, client)
    for _ in range(2):
        receipt = ways["wecom.app"].send(["zhangsan", "Nobody"], TEXT, "b-1")
        assert list(receipt.refused) == ["Nobody"]
    ways["wecom.robot"].send(list(corp.robot_keys), TEXT, "b-2")
    assert client.check() == wechat.config.account_name
    assert spread(wechat, "wecom") == {1: 1}
    assert spread(wechat, "robot") == {1: 1}
    client.close()
    ways["wecom.robot"]._caller.close()
