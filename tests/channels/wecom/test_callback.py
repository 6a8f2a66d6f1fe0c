"""People in WeCom ask and get the same answers; nobody else gets in."""

from __future__ import annotations

import hashlib
import io
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.wecom import WeComCallback
from bot.channels.wecom.read import elements, read
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.errors import PayloadError
from bot.inbox import Inbox
from bot.messages import Choice, Inbound, MessageKind, Reply
from bot.settings import WeComSettings
from bot.store.kv import MemoryKeyValue

TOKEN, AES_KEY, CORP = "anquan2026", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "ww0000000000000001"
NOW, NONCE = 1790000000, "486452656"
SETTINGS = WeComSettings(corp_id=CORP, agent_id=1000002, secret="s", token=TOKEN, aes_key=AES_KEY)


class _NoRecords:
    def note(self, _row: object) -> None: ...
    def keep(self, _row: object) -> None: ...
    def erase(self, _channel: str, _address: str) -> None: ...


@dataclass
class App:
    """An app of WeCom with its bot: a real inbox, one handler that always says `reply`."""

    settings: WeComSettings = SETTINGS
    reply: Reply | None = Reply("收到")
    heard: list[Inbound] = field(default_factory=list)

    def __post_init__(self) -> None:
        inbox = Inbox(MemoryKeyValue(), _NoRecords(), [self._handle], deadline_s=120, failure=lambda: Reply("出错了"))  # type: ignore[arg-type]
        self.callback = WeComCallback(self.settings, inbox, lambda: NOW)

    def _handle(self, inbound: Inbound, session: Session, _now: datetime) -> Turn:
        self.heard.append(inbound)
        return Turn(self.reply, session)

    def call(self, method: str, query: dict[str, str], body: bytes = b"") -> tuple[int, bytes]:
        started: list[str] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/wecom",
            "QUERY_STRING": urlencode(query),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        answer = b"".join(self.callback(environ, lambda status, _headers: started.append(status)))  # type: ignore[arg-type,func-returns-value]
        return int(started[0][:3]), answer

    def receives(self, xml: str, **how: Any) -> tuple[int, bytes]:
        encrypted = encrypt(xml, how.pop("corp", CORP))
        return self.call("POST", query(encrypted, **how), envelope(encrypted))

    def says(self, xml: str) -> str:
        """The words of the answer, as WeCom decrypts them."""
        status, body = self.receives(xml)
        assert status == 200
        found = {child.tag: child.text or "" for child in ElementTree.fromstring(body)}
        crypto = WeChatCrypto(TOKEN, AES_KEY, CORP)
        plain = crypto.decrypt_message(body, found["MsgSignature"], found["TimeStamp"], found["Nonce"])
        inner = {child.tag: child.text or "" for child in ElementTree.fromstring(plain)}
        assert (inner["ToUserName"], inner["FromUserName"], inner["MsgType"]) == ("zhangsan", CORP, "text")
        return inner["Content"]


def encrypt(text: str, corp: str = CORP) -> str:
    envelope = WeChatCrypto(TOKEN, AES_KEY, corp).encrypt_message(text, NONCE, str(NOW))
    return ElementTree.fromstring(envelope).findtext("Encrypt", "")


def envelope(encrypted: str) -> bytes:
    inside = f"<ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>"
    return f"<xml>{inside}<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def query(encrypted: str, token: str = TOKEN, timestamp: int = NOW) -> dict[str, str]:
    signature = hashlib.sha1("".join(sorted((token, str(timestamp), NONCE, encrypted))).encode()).hexdigest()
    return {"msg_signature": signature, "timestamp": str(timestamp), "nonce": NONCE}


def message(**fields: str | int) -> str:
    whole = {"ToUserName": CORP, "FromUserName": "ZhangSan", "CreateTime": NOW, "MsgType": "text", "AgentID": 1000002}
    said = {k: f"<![CDATA[{v}]]>" if isinstance(v, str) else v for k, v in (whole | fields).items()}
    return f"<xml>{''.join(f'<{k}>{v}</{k}>' for k, v in said.items())}</xml>"


def text(words: str = "动火作业", msg_id: int = 1) -> str:
    return message(Content=words, MsgId=msg_id)


def event(name: str, **fields: str | int) -> str:
    return message(MsgType="event", Event=name, **fields)


def test_the_echostr_is_given_back_decrypted():
    encrypted = encrypt("4586123")
    assert App().call("GET", query(encrypted) | {"echostr": encrypted}) == (200, b"4586123")


def test_a_question_is_answered_encrypted_and_signed():
    app = App()
    assert app.says(text()) == "收到"
    [heard] = app.heard
    assert (heard.channel, heard.account, heard.address, heard.text) == ("wecom", CORP, "zhangsan", "动火作业")


def test_a_repeat_is_answered_alike_and_heard_once():
    app = App()
    assert app.receives(text()) == app.receives(text())
    assert len(app.heard) == 1
    app.receives(text(msg_id=2))
    assert len(app.heard) == 2


def test_choices_are_numbered():
    app = App(reply=Reply("要问什么？", (Choice("c1", "灭火器", "灭火器怎么用"), Choice("c2", "动火", "动火作业"))))
    assert app.says(text()) == "要问什么？\n\n1. 灭火器\n2. 动火"


@pytest.mark.parametrize("words", ["🔥" * 900, "一句话。" * 900, "a]]>b<a href='x'>&" * 300])
def test_a_long_answer_is_cut_to_what_wecom_shows(words):
    said = App(reply=Reply(words, tuple(Choice(str(n), "选" * 30, "选") for n in range(40)))).says(text())
    assert 1500 < len(said.encode()) <= 2048
    assert "<" not in said


def test_nothing_to_say_is_an_empty_answer():
    assert App(reply=None).receives(text()) == (200, b"")


@pytest.mark.parametrize(
    ("xml", "name", "key"),
    [
        (event("subscribe"), "subscribe", ""),
        (event("UNSUBSCRIBE"), "unsubscribe", ""),
        (event("click", EventKey="help"), "click", "help"),
        (event("enter_agent", EventKey=""), "enter_agent", ""),
    ],
)
def test_events_are_heard_by_name(xml, name, key):
    app = App()
    app.receives(xml)
    assert [(e.kind, e.event, e.event_key) for e in app.heard] == [(MessageKind.EVENT, name, key)]


def test_events_of_the_system_are_nobodys():
    app = App()
    assert app.receives(event("change_contact", FromUserName="sys")) == (200, b"")
    assert app.heard == []


def test_a_place_and_a_picture_are_read():
    where = message(MsgType="location", Location_X="22.5", Location_Y="113.1", Label="江海区", MsgId=3)
    place = read(where.encode()).place
    assert place
    assert (place.latitude, place.longitude, place.label) == (22.5, 113.1, "江海区")
    assert read(message(MsgType="image", PicUrl="http://x", MediaId="M", MsgId=4).encode()).kind is MessageKind.IMAGE


# --- who is not let in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"token": "another"}, {"timestamp": NOW - 301}, {"timestamp": NOW + 301}])
def test_what_wecom_did_not_sign_lately_is_refused(how):
    app = App()
    assert app.receives(text(), **how)[0] == 403
    encrypted = encrypt("4586123")
    assert app.call("GET", query(encrypted, **how) | {"echostr": encrypted}) == (403, b"")
    assert app.heard == []


@pytest.mark.parametrize("missing", ["msg_signature", "timestamp", "nonce"])
def test_a_query_that_lacks_something_is_refused(missing):
    encrypted = encrypt(text())
    short = {k: v for k, v in query(encrypted).items() if k != missing}
    assert App().call("POST", short, envelope(encrypted))[0] == 403
    assert App().call("GET", query(""))[0] == 403


@pytest.mark.parametrize("gone", ["token", "aes_key", "corp_id"])
def test_an_app_that_is_not_set_up_lets_nobody_in(gone):
    app = App(WeComSettings(**{"corp_id": CORP, "token": TOKEN, "aes_key": AES_KEY, gone: ""}))
    assert app.receives(text())[0] == 403


def test_a_body_without_encryption_is_refused():
    app = App()
    assert app.call("POST", query(""), text().encode())[0] == 403
    assert app.call("POST", query("x"), text().encode())[0] == 403
    assert app.heard == []


def test_another_companys_message_is_not_heard():
    app = App()
    assert app.receives(text(), corp="ww0000000000000002") == (200, b"")
    assert app.receives(message(ToUserName="ww0000000000000002", Content="x", MsgId=1)) == (200, b"")
    assert app.heard == []


def test_other_methods_and_huge_bodies_are_refused():
    assert App().call("PUT", {})[0] == 405
    assert App().call("POST", {}, b"x" * 65537)[0] == 413


BAD = {
    "empty": b"",
    "json": b"{}",
    "dtd": b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>',
    "root": b"<x><A>1</A></x>",
    "twice": b"<xml><A>1</A><A>2</A></xml>",
    "deep": b"<xml>" + b"<a>" * 9 + b"</a>" * 9 + b"</xml>",
    "many": b"<xml>" + b"".join(b"<a%d/>" % n for n in range(600)) + b"</xml>",
    "gbk": "<xml><A>动火</A></xml>".encode("gbk"),
    "utf-16": "<xml><A>1</A></xml>".encode("utf-16"),
    "cut": b"<xml><A>1",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_what_is_no_push_is_a_payload_error_and_no_harm(body):
    with pytest.raises(PayloadError):
        elements(body)
    assert App().call("POST", query("x"), body)[0] in (200, 403)


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": ""},
        {"FromUserName": ""},
        {"CreateTime": "soon"},
        {"MsgId": ""},
        {"MsgType": "event", "Event": ""},
        {"FromUserName": "x" * 129},
        {"MsgType": "location", "Location_X": "nan", "Location_Y": "1"},
        {"MsgType": "location", "Location_X": "north", "Location_Y": "1"},
    ],
)
def test_a_message_that_lacks_something_is_answered_with_silence(fields, caplog):
    app = App()
    assert app.receives(message(**({"Content": "秘密的话", "MsgId": 1} | fields))) == (200, b"")
    assert app.heard == []
    assert "秘密" not in caplog.text


def test_no_secret_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    App().receives(text(), token="another")
    told = str([vars(line) for line in caplog.records])
    assert "refused" in told
    assert not [secret for secret in (TOKEN, AES_KEY) if secret in told]
