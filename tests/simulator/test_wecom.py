"""企业微信: the token, messages of the app, robots, and its encrypted callbacks."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from xml.etree import ElementTree

import pytest

from bot.simulator import Simulator
from bot.simulator.actions import SILENT_AMR, TINY_PNG
from bot.simulator.crypto import CryptoError, decrypt, encrypt, sign
from bot.simulator.errcodes import ERRMSGS
from bot.simulator.wecom_push import account

from .conftest import Client, Reply, Response, text_reply

TOKEN = "/wecom/cgi-bin/gettoken"
SEND = "/wecom/cgi-bin/message/send"
ROBOT = "/wecom/cgi-bin/webhook/send"


@dataclass
class Corp:
    """A caller with the corporation's credentials."""

    api: Client
    sim: Simulator
    token: str = ""

    def get_token(self, **changes: str) -> Reply:
        config = self.sim.config.wecom
        given = {"corpid": config.corp_id, "corpsecret": config.secret} | changes
        return self.api.request("GET", f"{TOKEN}?" + "&".join(f"{k}={v}" for k, v in given.items()))

    def send(self, touser: object = "ZhangSan", **changes: object) -> Reply:
        self.token = self.token or self.get_token().json["access_token"]
        body = {"touser": touser, "agentid": 1_000_002, "msgtype": "text", "text": {"content": "开班前会"}} | changes
        return self.raw(SEND, body)

    def agent(self, agent_id: str) -> Reply:
        self.token = self.get_token().json["access_token"]
        return self.api.request("GET", f"/wecom/cgi-bin/agent/get?access_token={self.token}&agentid={agent_id}")

    def raw(self, path: str, body: object) -> Reply:
        raw = json.dumps(body, ensure_ascii=False).encode()
        return self.api.request("POST", f"{path}?access_token={self.token}", raw)

    def robot(self, msgtype: str = "text", content: object = None, key: str = "") -> Reply:
        key = key or next(iter(self.sim.config.wecom.robot_keys))
        given = {"msgtype": msgtype, msgtype: {"content": "爆破警戒"} if content is None else content}
        return self.api.request("POST", f"{ROBOT}?key={key}", json.dumps(given).encode())

    def shown(self) -> list[tuple[str, str]]:
        messages = self.api.page("GET", "/control/wecom").json["messages"]
        return [(message["to"], message["data"].get("text", "")) for message in messages]


@pytest.fixture
def corp(simulator, api) -> Corp:
    return Corp(api, simulator)


def expired(c: Corp) -> Reply:
    c.send()
    c.sim.advance(7200)
    return c.send()


def untrusted(c: Corp) -> Reply:
    c.api.page("POST", "/control/wecom", {"trusted_ips": ["10.0.0.1"]})
    return c.send()


def spoilt_token(c: Corp, token: str) -> Reply:
    c.token = token
    return c.raw(SEND, {})


def picture(content: bytes, **changes: str) -> dict[str, str]:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return {"base64": base64.b64encode(content).decode(), "md5": digest} | changes


CASES: list[tuple[int, str, Callable[[Corp], Reply]]] = [
    (41002, "no corpid", lambda c: c.get_token(corpid="")),
    (41004, "no secret", lambda c: c.get_token(corpsecret="")),
    (40013, "corpid", lambda c: c.get_token(corpid="ww9")),
    (40001, "secret", lambda c: c.get_token(corpsecret="x")),
    (43001, "GET wanted", lambda c: c.raw(TOKEN, {})),
    (43002, "POST wanted", lambda c: c.api.request("GET", SEND)),
    (41001, "token missing", lambda c: c.raw(SEND, {})),
    (40014, "token unknown", lambda c: spoilt_token(c, "x" * 512)),
    (42001, "token expired", expired),
    (60020, "address not trusted", untrusted),
    (40056, "agentid", lambda c: c.send(agentid=7)),
    (40056, "another app asked about", lambda c: c.agent("7")),
    (40007, "picture that nobody uploaded", lambda c: c.send(msgtype="image", image={"media_id": "x"})),
    (40008, "msgtype", lambda c: c.send(msgtype="poem")),
    (40058, "no content", lambda c: c.send(text=None)),
    (40058, "touser is a list", lambda c: c.send(["zhangsan"])),
    (44004, "empty text", lambda c: c.send(text={"content": ""})),
    (45002, "markdown of 2049 bytes", lambda c: c.send(msgtype="markdown", markdown={"content": "x" * 2049})),
    (44003, "no article", lambda c: c.send(msgtype="news", news={"articles": []})),
    (45008, "nine articles", lambda c: c.send(msgtype="news", news={"articles": [{"title": "a"}] * 9})),
    (40058, "article without title", lambda c: c.send(msgtype="news", news={"articles": [{}]})),
    (40058, "card without address", lambda c: c.send(msgtype="textcard", textcard={"title": "a", "description": "b"})),
    (82001, "nobody named", lambda c: c.send("")),
    (81013, "nobody known", lambda c: c.send("nobody|none")),
    (81013, "unknown department", lambda c: c.send("", toparty="1")),
    (40032, "1001 members", lambda c: c.send("|".join(["zhangsan"] * 1001))),
    (82002, "101 departments", lambda c: c.send(toparty="|".join(["1"] * 101))),
    (82003, "101 tags", lambda c: c.send(totag="|".join(["1"] * 101))),
    (93000, "robot's key", lambda c: c.robot(key="x")),
    (45009, "21 messages of a robot", lambda c: [c.robot() for _ in range(21)][-1]),
    (45002, "robot's text of 2049 bytes", lambda c: c.robot(content={"content": "x" * 2049})),
    (45002, "robot's markdown of 4097 bytes", lambda c: c.robot("markdown", {"content": "x" * 4097})),
    (40008, "robot's msgtype", lambda c: c.robot("textcard")),
    (40058, "robot's picture is no base64", lambda c: c.robot("image", {"base64": "?", "md5": ""})),
    (40058, "robot's picture has another MD5", lambda c: c.robot("image", picture(TINY_PNG, md5="0"))),
    (40005, "robot's picture is a voice", lambda c: c.robot("image", picture(SILENT_AMR))),
    (40009, "robot's picture over 2 MB", lambda c: c.robot("image", picture(TINY_PNG + bytes(2 << 20)))),
    (44002, "empty body", lambda c: c.api.request("POST", f"{ROBOT}?key={next(iter(c.sim.config.wecom.robot_keys))}")),
]


@pytest.mark.parametrize(("errcode", "name", "mistake"), CASES, ids=[f"{c}-{n}" for c, n, _ in CASES])
def test_mistake_is_refused_as_wecom_refuses_it(corp, errcode, name, mistake):
    reply = mistake(corp)
    assert (reply.status, reply.json["errcode"]) == (200, errcode)
    assert reply.json["errmsg"].startswith(ERRMSGS[errcode])
    assert reply.json["errmsg"].endswith(f"?e={errcode}")


def test_token_is_the_same_until_it_expires(corp, simulator):
    first, second = corp.get_token().json, corp.get_token().json
    assert first["access_token"] == second["access_token"]
    assert len(first["access_token"]) == 512
    simulator.advance(7200)
    assert corp.get_token().json["access_token"] != first["access_token"]


def test_revoked_token_is_refused_and_renewed(corp, api):
    corp.send()
    api.page("POST", "/control/wecom/expire", {})
    assert corp.send().errcode == 42001
    corp.token = ""
    assert corp.send().errcode == 0


def test_unknown_members_are_named_in_a_good_answer(corp):
    answer = corp.send("ZhangSan|Nobody|LISI").json
    assert (answer["errcode"], answer["invaliduser"]) == (0, "nobody")
    assert corp.shown() == [("zhangsan", "开班前会"), ("lisi", "开班前会")]


def test_app_tells_its_name(corp, simulator):
    assert corp.agent("1000002").json["name"] == simulator.config.account_name


def test_all_means_every_member(corp):
    assert corp.send("@all").errcode == 0
    assert [to for to, _ in corp.shown()] == ["lisi", "wangwu", "zhangsan"]


def test_long_text_is_cut(corp):
    corp.send(text={"content": "安" * 700})
    assert corp.shown() == [("zhangsan", "安" * 682)]


def test_repeat_is_accepted_but_not_shown(corp, simulator):
    codes = [corp.send(enable_duplicate_check=1).errcode for _ in range(3)]
    assert (codes, len(corp.shown())) == ([0, 0, 0], 1)
    simulator.advance(1800)
    corp.send(enable_duplicate_check=1)
    corp.send()
    assert len(corp.shown()) == 3


def test_thirty_first_message_of_a_minute_is_dropped_without_a_word(corp, api, simulator):
    assert {corp.send(text={"content": f"{n}"}).errcode for n in range(31)} == {0}
    assert (len(corp.shown()), api.page("GET", "/control/wecom").json["dropped"]) == (30, 1)
    simulator.advance(60)
    corp.send()
    assert len(corp.shown()) == 31


@pytest.mark.parametrize(
    ("msgtype", "content"),
    [
        ("markdown", {"content": "**停工**"}),
        ("markdown_v2", {"content": "|a|b|"}),
        ("news", {"articles": [{"title": "防汛", "url": "https://e.cn"}]}),
        ("image", picture(TINY_PNG)),
    ],
)
def test_robot_says_it_in_its_group(corp, api, msgtype, content):
    assert corp.robot(msgtype, content).json == {"errcode": 0, "errmsg": "ok"}
    (message,) = api.page("GET", "/control/wecom").json["messages"]
    assert message["kind"] == msgtype


def test_robot_may_speak_again_after_a_minute(corp, simulator):
    assert [corp.robot().errcode for _ in range(21)][-1] == 45009
    simulator.advance(60)
    assert corp.robot().errcode == 0


def test_key_of_a_robot_is_struck_out(corp, simulator):
    corp.robot()
    assert simulator.recorder.all(ROBOT)[0].query["key"] == "***"


def test_faults_strike_wecom_too(corp, api):
    corp.send()
    api.page("POST", "/control/faults", {"path": SEND, "errcode": 45033, "times": 1})
    assert [corp.send().errcode for _ in range(2)] == [45033, 0]


def test_unknown_path_is_no_business_error(api):
    assert api.request("GET", "/wecom/cgi-bin/none").status == 404


# -- callbacks


@pytest.fixture
def app(simulator, bot, api):
    """The app's callback is the bot; what it receives is read as the corporation's."""
    simulator.reconfigure(wecom=replace(simulator.config.wecom, callback_url=simulator.config.callback_url))
    bot.config = lambda: account(simulator.config)
    return lambda **deed: api.page("POST", "/control/wecom/deeds", {"userid": "zhangsan"} | deed).json


def test_member_writes_and_reads_the_answer(app, bot):
    bot.replies(lambda received: text_reply(received, "灭火器在门口"))
    outcome = app(text="灭火器在哪")
    assert (outcome["outcome"], outcome["reply"]["content"]) == ("reply", "灭火器在门口")
    received = bot.last
    assert set(received.query) == {"account", "msg_signature", "timestamp", "nonce"}
    assert ElementTree.fromstring(received.body).findtext("AgentID") == "1000002"
    assert (received.field("FromUserName"), received.field("Content")) == ("zhangsan", "灭火器在哪")
    assert received.field("ToUserName") == received.config.app_id


def test_event_of_a_member_arrives(app, bot):
    assert app(event="click", key="QUIZ")["outcome"] == "success"
    assert (bot.last.field("Event"), bot.last.field("EventKey")) == ("click", "QUIZ")


def test_callback_is_verified_by_the_plain_echo(app, bot, api, simulator):
    corp = simulator.config.wecom

    def echo(received):
        encrypted = received.query["echostr"]
        expected = sign(corp.token, received.query["timestamp"], received.query["nonce"], encrypted)
        assert received.query["msg_signature"] == expected
        return Response(decrypt(encrypted, corp.aes_key, corp.corp_id))

    bot.behaviour = echo
    assert api.page("POST", "/control/wecom/verify", {}).json["outcome"] == "success"
    bot.says("success")
    assert api.page("POST", "/control/wecom/verify", {}).json["outcome"] == "failure"


@pytest.mark.parametrize("tamper", ["signature", "app_id", "key"])
def test_push_can_be_spoilt(app, bot, simulator, tamper):
    app(text="x", tamper=tamper)
    corp = simulator.config.wecom
    encrypted = ElementTree.fromstring(bot.last.body).findtext("Encrypt")
    query = bot.last.query
    good = sign(corp.token, query["timestamp"], query["nonce"], encrypted) == query["msg_signature"]
    assert good == (tamper != "signature")
    if tamper != "signature":
        with pytest.raises(CryptoError):
            decrypt(encrypted, corp.aes_key, corp.corp_id)


def test_answer_for_another_corporation_is_a_failure(app, bot, simulator):
    def foreign(received):
        corp = simulator.config.wecom
        encrypted = encrypt(text_reply(received).encode(), corp.aes_key, "ww9")
        signature = sign(corp.token, "1", "n", encrypted)
        return Response(
            f"<xml><Encrypt>{encrypted}</Encrypt><MsgSignature>{signature}</MsgSignature>"
            "<TimeStamp>1</TimeStamp><Nonce>n</Nonce></xml>".encode()
        )

    bot.behaviour = foreign
    assert app(text="x")["outcome"] == "failure"


def test_deed_without_words_is_refused(app, api):
    assert "needed" in app()["error"]


def test_members_and_robots_can_be_set(corp, api):
    api.page("POST", "/control/wecom", {"members": ["Zhao"], "robot_keys": ["k1"]})
    assert corp.send("zhao").errcode == 0
    assert corp.robot(key="k1").errcode == 0


def test_limits_of_gateways_can_be_set(api, simulator):
    texts = {"SMS_7": "注意：${what}"}
    api.page("POST", "/control/sms/config", {"aliyun_per_day": 1, "aliyun_templates": texts})
    assert (simulator.config.sms.aliyun_per_day, dict(simulator.config.sms.aliyun_templates)) == (1, texts)
