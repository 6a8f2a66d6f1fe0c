"""One push as WeChat puts it on the wire: XML, signatures, encryption, query."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import urlencode

from .config import Mode, SimulatorConfig
from .crypto import encrypt, sign

Node: TypeAlias = "str | int | float | Mapping[str, Node] | Sequence[Node]"
#: A stale push is signed correctly, but this long ago.
STALE_S = 3600
#: A valid EncodingAESKey that is nobody's.
_FOREIGN_AES_KEY = "Z" * 42 + "A"
_FOREIGN_APP_ID = "wxffffffffffffffff"
_ILLEGAL_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class Tamper(StrEnum):
    """What an attacker, or a wrong setting, does to a push.

    SIGNATURE       both signatures made with another token
    MSG_SIGNATURE   only the one that covers the body is wrong
    APP_ID          encrypted for another account
    KEY             encrypted with another key, signed well
    STALE           an old push, replayed
    """

    SIGNATURE = "signature"
    MSG_SIGNATURE = "msg_signature"
    APP_ID = "app_id"
    KEY = "key"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One request to the bot; every attempt and every repeat sends exactly this.

    msg_type   of the message; "event" for events, whose name is in `event`
    msg_id     None for events: they have none
    query      without the leading question mark
    """

    openid: str
    msg_type: str
    event: str = ""
    msg_id: int | None
    created_at: int
    query: str
    body: bytes


def to_xml(name: str, node: Node) -> str:
    """`<name>…</name>`: text as CDATA, numbers bare, mappings nested, a sequence as repeated elements."""
    if isinstance(node, str):
        return f"<{name}>{_cdata(node)}</{name}>"
    if isinstance(node, int | float):
        return f"<{name}>{node}</{name}>"
    if isinstance(node, Mapping):
        return f"<{name}>{''.join(to_xml(k, v) for k, v in node.items())}</{name}>"
    return "".join(to_xml(name, item) for item in node)


def signed_query(
    config: SimulatorConfig, timestamp: int, nonce: str, *, tamper: Tamper | None = None
) -> dict[str, str]:
    """`signature`, `timestamp` and `nonce`, which every request of WeChat carries."""
    token = f"{config.token}x" if tamper is Tamper.SIGNATURE else config.token
    return {
        "signature": sign(token, str(timestamp), nonce),
        "timestamp": str(timestamp),
        "nonce": nonce,
    }


def seal(config: SimulatorConfig, fields: Mapping[str, Node], now: float, tamper: Tamper | None = None) -> Push:
    """Turn the fields of one message or event into the request that carries it.

    fields   in order, from FromUserName on; ToUserName and CreateTime are set here
    """
    timestamp = int(now) - (STALE_S if tamper is Tamper.STALE else 0)
    nonce = str(secrets.randbelow(10**10))
    openid = str(fields["FromUserName"])
    whole: dict[str, Node] = {
        "ToUserName": config.account_id,
        "FromUserName": openid,
        "CreateTime": timestamp,
    }
    whole |= {name: node for name, node in fields.items() if name not in whole}
    query = signed_query(config, timestamp, nonce, tamper=tamper) | {"openid": openid}
    if config.mode is not Mode.PLAIN:
        encrypted, more = _encrypted(config, to_xml("xml", whole), query, tamper)
        query |= more
        kept = whole if config.mode is Mode.COMPATIBLE else {"ToUserName": config.account_id}
        whole = {**kept, "Encrypt": encrypted}
    msg_id = fields.get("MsgId")
    return Push(
        openid=openid,
        msg_type=str(fields["MsgType"]),
        event=str(fields.get("Event", "")),
        msg_id=msg_id if isinstance(msg_id, int) else None,
        created_at=timestamp,
        query=urlencode(query),
        body=to_xml("xml", whole).encode(),
    )


def _encrypted(
    config: SimulatorConfig, xml: str, query: Mapping[str, str], tamper: Tamper | None
) -> tuple[str, dict[str, str]]:
    """The Encrypt element and the query parameters that go with it."""
    key = _FOREIGN_AES_KEY if tamper is Tamper.KEY else config.aes_key
    app_id = _FOREIGN_APP_ID if tamper is Tamper.APP_ID else config.app_id
    encrypted = encrypt(xml.encode(), key, app_id)
    forged = tamper in (Tamper.SIGNATURE, Tamper.MSG_SIGNATURE)
    token = f"{config.token}x" if forged else config.token
    msg_signature = sign(token, query["timestamp"], query["nonce"], encrypted)
    return encrypted, {"encrypt_type": "aes", "msg_signature": msg_signature}


def _cdata(text: str) -> str:
    """CDATA that nothing in `text` can end: "]]>" is split in two, illegal characters are dropped."""
    clean = _ILLEGAL_IN_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{clean}]]>"
