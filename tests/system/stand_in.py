"""The stand-in of all platforms over HTTP, the real senders before it, and an office with the people it knows."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa
from werkzeug.serving import make_server

from bot.channels.official.senders import senders as official_senders
from bot.channels.sms import sender as sms_sender
from bot.channels.wecom.client import WeComClient
from bot.channels.wecom.senders import senders as wecom_senders
from bot.outreach import ledger
from bot.outreach.content import Level, dump
from bot.outreach.states import State
from bot.outreach.tables import batch, broadcast
from bot.people.tables import follower
from bot.sending import Message, Sender
from bot.settings import SmsSettings, WeComSettings
from bot.simulator import Simulator, SimulatorConfig, create_app
from bot.simulator.accounts import SmsConfig, WeComConfig
from bot.simulator.crowd import Crowd
from bot.simulator.notices import FIRST_ONCE_ID
from bot.store.kv import MemoryKeyValue
from bot.tokens import TokenKeeper
from tests.outreach.conftest import NOW, Office, Platform

#: Followers of the account, members of the corporation, robots, telephones.
PEOPLE = 12
_MEMBERS = tuple(f"member{n:02d}" for n in range(PEOPLE))
_ROBOTS = tuple(f"0d3f0f4e-5a4e-4c1b-9d5c-{n:012d}" for n in range(PEOPLE))
PHONES = tuple(f"138{n:08d}" for n in range(PEOPLE))
#: Way -> kind of what arrived, as the stand-in keeps it; text messages it keeps by gateway.
KINDS = {
    "official.mass": "mass", "official.tag": "mass", "official.notice": "notice", "official.service": "service",
    "wecom.app": "wecom", "wecom.robot": "robot",
}  # fmt: skip


@dataclass(frozen=True)
class StandIn:
    """ways: the real senders by name; text messages by the name of their gateway. base: where it stands."""

    wechat: Simulator
    ways: Mapping[str, Sender]
    base: str

    def addresses(self, way: str) -> Sequence[str]:
        """Everybody who can be reached that way."""
        if way.startswith("official."):
            return [self.wechat.state.crowd.openid(n) for n in range(PEOPLE)]
        return {"wecom.app": _MEMBERS, "wecom.robot": _ROBOTS}.get(way, PHONES)

    def got(self, way: str) -> Counter[int]:
        """How many people have a message how often."""
        self.wechat.advance(1)
        assert self.wechat.wait_idle(10)
        if way not in KINDS:
            phones = Counter(m.phone for m in self.wechat.sms.messages if m.gateway == way)
            return Counter(phones.values())
        spread: Counter[int] = Counter()
        for content in self.wechat.received.all(KINDS[way]):
            spread.update(content.tally.spread())
        return spread


@contextmanager
def stands_in(timeout_s: float = 10.0) -> Iterator[StandIn]:
    """Everybody follows, wrote a moment ago, and takes notices."""
    corp, sms = WeComConfig(members=frozenset(_MEMBERS), robot_keys=frozenset(_ROBOTS)), SmsConfig()
    wechat = Simulator(SimulatorConfig(wecom=corp, sms=sms))
    tag = wechat.state.add_tag("危化品")
    wechat.state.gather(Crowd(PEOPLE, (tag.tag_id,), wechat.now()))
    for n in range(PEOPLE):
        wechat.state.consents_to(FIRST_ONCE_ID).add(wechat.state.crowd.openid(n))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, create_app(wechat), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}/simulator"
    ways, ends = _ways(wechat, base, timeout_s)
    try:
        yield StandIn(wechat, ways, base)
    finally:
        for end in ends:
            end()
        wechat.faults.clear()
        server.shutdown()
        thread.join()
        server.server_close()


def _ways(wechat: Simulator, base: str, timeout_s: float) -> tuple[Mapping[str, Sender], list[Callable[[], None]]]:
    def fetch(force: bool) -> tuple[str, float]:
        with wechat.lock:
            token = wechat.tokens.stable(force_refresh=force)
            return token.value, wechat.tokens.remaining_s(token)

    def tags() -> list[tuple[int, str]]:
        return [(tag.tag_id, tag.name) for tag in wechat.state.tags.values()]

    store, corp, sms = MemoryKeyValue(), wechat.config.wecom, wechat.config.sms
    account = official_senders(base, timeout_s, TokenKeeper(store, "wx0", fetch), tags)
    wecom = WeComSettings(
        corp_id=corp.corp_id, secret=corp.secret, agent_id=corp.agent_id, api_base=f"{base}/wecom",
        api_timeout_s=timeout_s,
    )  # fmt: skip
    client = WeComClient(wecom, store)
    by_wecom = wecom_senders(wecom, store, client)
    common = SmsSettings(sign=sms.sign_name, api_timeout_s=timeout_s)
    aliyun = sms_sender(replace(
        common, provider="aliyun", key_id=sms.access_key_id, secret=sms.access_key_secret,
        template=sms.aliyun_templates[0][0], api_base=f"{base}/sms/aliyun",
    ))  # fmt: skip
    tencent = sms_sender(replace(
        common, provider="tencent", key_id=sms.secret_id, secret=sms.secret_key, app_id=sms.sdk_app_id,
        template=sms.tencent_templates[0][0], api_base=f"{base}/sms/tencent",
    ))  # fmt: skip
    assert aliyun
    assert tencent
    ends = [client.close, aliyun.close, tencent.close, by_wecom["wecom.robot"]._caller.close]  # type: ignore[attr-defined]
    ends += [sender.caller.close for sender in account.values()]
    return {**account, **by_wecom, "aliyun": aliyun, "tencent": tencent}, ends


def begins(office: Office, stand_in: StandIn, way: str, message: Message, **values: object) -> int:
    """A broadcast to everybody by one way, by tag where that way names nobody; its number."""
    sender = stand_in.ways[way]
    rows = [
        {"channel": way.partition(".")[0], "account": "gh", "state": "following", "window_sent": 0, "address": address}
        for address in stand_in.addresses(way)
    ]
    with office.database.begin() as db:
        db.execute(sa.insert(follower), rows)
    # No time but that of the test: it ends when the broadcast does.
    platform = Platform(name=sender.name, least=sender.least, most=sender.most or 1)
    told = {"content": dump({Level.PUBLIC: message}), "until": NOW + timedelta(days=20), "urgent": 1, **values}
    if sender.most:
        return office.broadcasts(platform, **told)
    sent = office.broadcasts(platform, state=State.DRAFT, **told)
    with office.database.begin() as db:
        db.execute(sa.delete(batch).where(batch.c.broadcast_id == sent))
        ledger.lay_whole(db, sent, sender.name, Level.PUBLIC, "危化品")
        db.execute(sa.update(broadcast).where(broadcast.c.id == sent).values(state=State.SENDING))
    return sent
