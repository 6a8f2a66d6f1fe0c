"""Messages of the app and of robots, against a server in place of WeCom."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels.wecom import WeComClient, senders
from bot.channels.wecom.errcodes import REFUSALS
from bot.errors import Refusal, SendError, StoreError
from bot.sending import Kind, Message, Receipt
from bot.settings import WeComSettings
from bot.store.kv import MemoryKeyValue
from tests.wire_server import HANG_UP, RESET, Request, WireServer, http

SECRET, CORP = "geheim-geheim", "ww0000000000000001"
ROBOT, OTHER_ROBOT = "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa", "11111111-2222-4333-8444-555555555555"
TEXT = Message(text="雷雨橙色预警，请停止爆破作业。")
NEWS = Message(
    kind=Kind.NEWS, title="雷雨" * 40, text="停" * 400, url="https://example.cn/1", picture="https://p.cn/1.png"
)
FILE = Message(kind=Kind.FILE, title="判定标准", text="请下载", url="https://example.cn/a.pdf")


class WeCom:
    """WeCom's side: what it says to the next calls but those for a token."""

    def __init__(self) -> None:
        self.server = WireServer(self._answer)
        self.says: list[list[bytes]] = []
        self.token, self.token_answer, self.now = "token-one", None, 0.0
        self.store = MemoryKeyValue(lambda: self.now)
        settings = WeComSettings(corp_id=CORP, agent_id=1000002, secret=SECRET, api_base=self.server.base)
        self.client = WeComClient(settings, self.store)
        self.senders = senders(settings, self.store, self.client)

    def _answer(self, request: Request) -> list[bytes]:
        if "/gettoken?" in request.target:
            return self.token_answer or said(0, access_token=self.token, expires_in=7200)
        return self.says.pop(0) if self.says else said(0)

    @property
    def calls(self) -> list[Request]:
        return [request for request in self.server.requests if "/gettoken?" not in request.target]

    @property
    def fetched(self) -> list[Request]:
        return [request for request in self.server.requests if "/gettoken?" in request.target]

    def app(self, *to: str, message: Message = TEXT) -> Receipt:
        return self.senders["wecom.app"].send(to or ("zhangsan",), message, "b1")

    def robot(self, key: str = ROBOT, message: Message = TEXT) -> Receipt:
        return self.senders["wecom.robot"].send([key], message, "b1-1")


def said(errcode: int, words: str = "ok", **more: Any) -> list[bytes]:
    return [http({"errcode": errcode, "errmsg": words, **more})]


@pytest.fixture
def wecom() -> Iterator[WeCom]:
    made = WeCom()
    yield made
    made.client.close()
    made.server.close()


def failed(send: Any, *args: Any, **how: Any) -> SendError:
    with pytest.raises(SendError) as raised:
        send(*args, **how)
    return raised.value


# --- the app ----------------------------------------------------------------------------------------------------------


def test_a_text_goes_to_many_in_one_call_that_may_be_repeated(wecom):
    wecom.says.append(said(0, msgid="MSG1", invaliduser="", invalidparty="", invalidtag=""))
    assert wecom.app("zhangsan", "lisi") == Receipt("MSG1", {})
    [call] = wecom.calls
    assert call.target == "/cgi-bin/message/send?access_token=token-one"
    assert call.json == {
        "touser": "zhangsan|lisi",
        "agentid": 1000002,
        "msgtype": "text",
        "text": {"content": TEXT.text},
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 14400,
    }


def test_a_repeat_is_the_same_to_the_byte(wecom):
    wecom.app("zhangsan", "lisi")
    wecom.app("zhangsan", "lisi")
    assert wecom.calls[0].body == wecom.calls[1].body


def test_those_whom_wecom_did_not_take_are_named_as_we_know_them(wecom):
    wecom.says.append(said(0, invaliduser="lisi|nobody", unlicenseduser="WangWu", msgid="M"))
    assert wecom.app("ZhangSan", "LiSi", "wangwu").refused == {"LiSi": 60111, "wangwu": 60011}


def test_where_nobody_is_valid_each_is_refused(wecom):
    wecom.says.append(said(81013, "user & party & tag all invalid"))
    assert wecom.app("a", "b") == Receipt("", {"a": 81013, "b": 81013})


def test_news_and_links_and_pictures(wecom):
    wecom.app(message=NEWS)
    [article] = wecom.calls[0].json["news"]["articles"]
    assert len(article["title"].encode()) <= 128
    assert len(article["description"].encode()) <= 512
    assert (article["url"], article["picurl"]) == (NEWS.url, NEWS.picture)
    wecom.app(message=FILE)
    assert wecom.calls[1].json["text"] == {"content": "请下载\nhttps://example.cn/a.pdf"}
    wecom.app(message=Message(kind=Kind.IMAGE, media="M1"))
    assert wecom.calls[2].json["image"] == {"media_id": "M1"}


@pytest.mark.parametrize("words", ["🔥" * 900, "一句话。" * 900, "\ud800 x" * 2000])
def test_a_long_text_keeps_its_link(wecom, words):
    wecom.app(message=Message(text=words, url="https://example.cn/a"))
    content = wecom.calls[0].json["text"]["content"]
    assert content.endswith("\nhttps://example.cn/a")
    assert len(content.encode()) <= 2048


def test_what_an_app_does_not_take_is_refused_here(wecom):
    assert failed(wecom.app, message=Message(kind=Kind.NOTICE, template="T")).refusal is Refusal.UNSUPPORTED
    assert failed(wecom.app, "a|b").refusal is Refusal.BAD_CONTENT
    assert failed(wecom.app, *map(str, range(1001))).refusal is Refusal.BAD_CONTENT
    assert wecom.calls == []


# --- the token --------------------------------------------------------------------------------------------------------


def test_the_token_is_asked_for_once(wecom):
    for _ in range(3):
        wecom.app()
    [fetch] = wecom.fetched
    assert parse_qs(urlsplit(fetch.target).query) == {"corpid": [CORP], "corpsecret": [SECRET]}


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_rejected_token_is_renewed_once(wecom, code):
    wecom.app()
    wecom.token = "token-two"
    wecom.says.append(said(code))
    wecom.app()
    assert [call.target.partition("access_token=")[2] for call in wecom.calls] == ["token-one"] * 2 + ["token-two"]


def test_a_token_that_stays_rejected_is_told(wecom):
    wecom.says += [said(42001), said(42001)]
    assert failed(wecom.app).refusal is Refusal.TOKEN_REJECTED
    assert len(wecom.calls) == 2


@pytest.mark.parametrize("answer", [[http(b"<html>")], [HANG_UP], said(-1), said(0), [http({"access_token": "x"})]])
def test_without_a_token_nothing_was_sent(wecom, answer):
    wecom.token_answer = answer
    assert failed(wecom.app).refusal is Refusal.NOT_SENT
    assert wecom.calls == []


@pytest.mark.parametrize("code", [40001, 40013, 40091])
def test_a_wrong_secret_is_a_matter_for_staff(wecom, code):
    wecom.token_answer = said(code)
    error = failed(wecom.app)
    assert (error.refusal, error.errcode) == (Refusal.ACCOUNT_BLOCKED, code)
    assert len(wecom.fetched) == 1


def test_the_check_names_the_app(wecom):
    wecom.says.append(said(0, name="安全宣传"))
    assert wecom.client.check() == "安全宣传"
    assert wecom.calls[0].target == "/cgi-bin/agent/get?agentid=1000002&access_token=token-one"


# --- robots -----------------------------------------------------------------------------------------------------------


def test_a_robot_says_a_text(wecom):
    assert wecom.robot() == Receipt()
    [call] = wecom.calls
    assert call.target == f"/cgi-bin/webhook/send?key={ROBOT}"
    assert call.json == {"msgtype": "text", "text": {"content": TEXT.text}}
    assert wecom.fetched == []


def test_a_robot_shows_a_title_and_a_link_as_markdown(wecom):
    wecom.robot(message=FILE)
    words = "**判定标准**\n请下载\n[打开链接](https://example.cn/a.pdf)"
    assert wecom.calls[0].json == {"msgtype": "markdown", "markdown": {"content": words}}
    wecom.robot(message=Message(title="<@all>", text="<@all>" * 2000, url="https://example.cn"))
    shown = wecom.calls[1].json["markdown"]["content"]
    assert len(shown.encode()) <= 4096
    assert "<" not in shown
    assert shown.endswith("(https://example.cn)")
    wecom.robot(message=NEWS)
    assert wecom.calls[2].json["msgtype"] == "news"


def test_a_robot_gets_twenty_messages_a_minute_and_each_robot_its_own(wecom):
    for _ in range(20):
        wecom.robot()
    error = failed(wecom.robot)
    assert (error.refusal, error.errcode, len(wecom.calls)) == (Refusal.RECIPIENT_BUSY, None, 20)
    wecom.robot(OTHER_ROBOT)
    wecom.now += 62
    wecom.robot()
    assert len(wecom.calls) == 22


def test_a_robot_sends_no_pictures_and_speaks_to_one_group(wecom):
    assert failed(wecom.robot, message=Message(kind=Kind.IMAGE, media="M")).refusal is Refusal.UNSUPPORTED
    with pytest.raises(SendError):
        wecom.senders["wecom.robot"].send([ROBOT, OTHER_ROBOT], TEXT, "k")
    assert wecom.calls == []


def test_a_lost_store_keeps_robots_silent(wecom, monkeypatch):
    def lost(*_args: object) -> bool:
        raise StoreError("redis: ConnectionError")

    monkeypatch.setattr(wecom.store, "claim", lost)
    assert failed(wecom.robot).refusal is Refusal.NOT_SENT


def test_robots_need_no_app(wecom):
    assert list(senders(WeComSettings(), MemoryKeyValue(), wecom.client)) == ["wecom.robot"]


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(set(REFUSALS) - {40014, 42001, 81013}))
def test_every_refusal_of_the_table_is_told_by_its_meaning(wecom, code):
    told = REFUSALS[code]
    of_a_robot = Refusal.RECIPIENT_BUSY if told is Refusal.THROTTLED else told  # WeCom counts each robot by itself
    for send, meaning in ((wecom.app, told), (wecom.robot, of_a_robot)):
        wecom.says.append(said(code, "no, hint: [1], from ip: 1.2.3.4"))
        error = failed(send)
        assert (error.errcode, error.refusal) == (code, meaning)


@pytest.mark.parametrize(
    "answer",
    [[http(b"<html>")], [http({"ok": True})], [http({"errcode": "x"})], [http(b"", "502 Bad")], [HANG_UP], [RESET]],
    ids=["html", "no code", "words", "502", "hang up", "reset"],
)
def test_an_answer_of_somebody_else_is_no_success(wecom, answer):
    for send in (wecom.app, wecom.robot):
        wecom.says.append(answer)
        before = len(wecom.calls)
        error = failed(send)
        assert (error.refusal, error.errcode) == (Refusal.UNREACHABLE, None)
        assert len(wecom.calls) == before + 1


def test_a_new_code_is_unknown(wecom):
    wecom.says.append(said(99999999))
    assert failed(wecom.app).refusal is Refusal.UNKNOWN


SECRETS = (SECRET, ROBOT, "token-one")


@pytest.mark.parametrize(
    "answer",
    [said(93000, " ".join(SECRETS)), [http(" ".join(SECRETS).encode())], [HANG_UP], [RESET]],
    ids=["refusal", "page", "hang up", "reset"],
)
def test_no_secret_is_told_in_an_error_a_traceback_or_the_log(wecom, caplog, answer):
    caplog.set_level(logging.DEBUG)
    for send, own in ((wecom.app, "token-one"), (wecom.robot, ROBOT)):
        wecom.says.append(answer)
        assert own not in told(failed(send), caplog)
    wecom.token_answer, wecom.says = answer, [said(42001)]
    assert SECRET not in told(failed(wecom.app), caplog)


def told(error: SendError, caplog: Any) -> str:
    lines = str([vars(line) for line in caplog.records])
    caplog.clear()
    return "".join(traceback.format_exception(error)) + lines


def test_senders_say_what_they_can_do(wecom):
    shown = {name: (s.least, s.most, s.has_key, s.per_minute) for name, s in wecom.senders.items()}
    assert shown == {"wecom.app": (1, 1000, True, 8000), "wecom.robot": (1, 1, False, 0)}
