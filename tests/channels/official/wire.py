"""What WeChat sends, made with the standard library and wechatpy: nothing here comes from the code under test."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from wechatpy.crypto import WeChatCrypto

TOKEN = "anquan2026"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_AES_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
APP_ID = "wx0000000000000001"
ACCOUNT = "gh_0000000000aa"
OPENID = "oTEST0000000000000000000001"
NOW = 1790000000
NONCE = "486452656"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def xml(self) -> dict[str, str]:
        """The reply's elements; each must stand once."""
        root = ElementTree.fromstring(self.body)
        found = {child.tag: child.text or "" for child in root}
        assert root.tag == "xml"
        assert len(found) == len(root)
        return found

    @property
    def text(self) -> str:
        return self.xml["Content"]


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def message(**fields: str | int) -> str:
    """A push's XML: strings in CDATA, numbers bare; a text message unless the fields say otherwise."""
    whole = {"ToUserName": ACCOUNT, "FromUserName": OPENID, "CreateTime": NOW, "MsgType": "text"} | fields
    return f"<xml>{''.join(_element(name, value) for name, value in whole.items())}</xml>"


def _element(name: str, value: str | int) -> str:
    if isinstance(value, str) and value.startswith("<"):
        return f"<{name}>{value}</{name}>"  # elements inside
    return f"<{name}><![CDATA[{value}]]></{name}>" if isinstance(value, str) else f"<{name}>{value}</{name}>"


def text_message(content: str = "动火作业", msg_id: int = 25000000000000001) -> str:
    return message(Content=content, MsgId=msg_id)


def query(timestamp: int | str = NOW, token: str = TOKEN, **more: str) -> dict[str, str]:
    return {
        "signature": sign(token, str(timestamp), NONCE),
        "timestamp": str(timestamp),
        "nonce": NONCE,
        "openid": OPENID,
    } | more


def sealed(
    xml: str, *, aes_key: str = AES_KEY, app_id: str = APP_ID, token: str = TOKEN
) -> tuple[bytes, dict[str, str]]:
    """Body and query of a push in safe mode (安全模式)."""
    envelope = WeChatCrypto(token, aes_key, app_id).encrypt_message(xml, NONCE, str(NOW))
    encrypted = re.search(r"<Encrypt><!\[CDATA\[(.+?)]]></Encrypt>", envelope)
    assert encrypted
    return envelope_of(encrypted[1], token=token)


def envelope_of(encrypted: str, *, token: str = TOKEN) -> tuple[bytes, dict[str, str]]:
    """Any ciphertext, correctly signed."""
    body = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    signature = sign(token, str(NOW), NONCE, encrypted)
    return body.encode(), query(encrypt_type="aes", msg_signature=signature)


def unsealed(answer: Answer, *, aes_key: str = AES_KEY) -> Answer:
    """The reply inside an encrypted one, as wechatpy reads it."""
    outer = answer.xml
    crypto = WeChatCrypto(TOKEN, aes_key, APP_ID)
    plain = crypto.decrypt_message(answer.body, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
    return Answer(answer.status, plain.encode())


def environ(method: str, body: bytes, parameters: Mapping[str, str] | str, **more: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": "/wechat",
        "QUERY_STRING": parameters if isinstance(parameters, str) else urlencode(parameters),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "text/xml",
        "SERVER_NAME": "bot.test",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    } | more
