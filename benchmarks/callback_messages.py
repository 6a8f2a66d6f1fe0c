"""Messages as WeChat sends them, built before the clock runs, and a check of what came back.

Everything here is wechatpy's or our own few lines: nothing of bot/ judges itself.
"""

from __future__ import annotations

import base64
import json
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count
from pathlib import Path
from urllib.parse import urlencode

from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

ACCOUNT, APP_ID, TOKEN = "gh_0123456789ab", "wx0123456789abcdef", "benchmarktoken"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
_CRYPTO = PrpCrypto(base64.b64decode(AES_KEY + "="))

#: As many people as an office's account may hear of in a busy hour.
PEOPLE = 2500
_PLAINTEXT = (
    "<xml><ToUserName><![CDATA[{account}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
    "<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
    "<MsgId>{msg_id}</MsgId></xml>"
)
_ENCRYPTED = "<xml><ToUserName><![CDATA[{account}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"

#: Who asks: put behind a question it makes a text that no cache has seen, and leaves it the same question.
_TRADES = (
    "电工 焊工 钳工 瓦工 木工 油漆工 架子工 钢筋工 塔吊司机 叉车司机 铲车司机 货车司机 公交司机 校车司机 快递员"
    " 外卖员 保洁员 保安 门卫 仓管员 质检员 安全员 班长 组长 车间主任 厂长 老板 经理 会计 出纳 文员 前台 人事 实习生"
    " 学徒 临时工 派遣工 老员工 新员工 女工 矿工 渔民 农民 船员 护士 老师 学生 家长 业主 租客 房东 店主 厨师 服务员"
    " 加油员 送气工 电梯工 空调工 水电工 装修工 拆迁工 绿化工 环卫工 志愿者 网格员 楼长 村干部"
).split()


def questions(path: Path) -> list[str]:
    """The texts of a question set, each once."""
    rows = path.read_text(encoding="utf-8").splitlines()
    return list(dict.fromkeys(json.loads(row)["q"] for row in rows if row.strip()))


def drawn(texts: Sequence[str], seed: int = 5) -> Iterator[str]:
    """The texts in an order of chance, drawn for ever by Zipf's law: the n-th comes 1/n as often as the first."""
    rng = random.Random(seed)
    shuffled = rng.sample(texts, len(texts))
    weights = list(accumulate(1 / n for n in range(1, len(texts) + 1)))
    while True:
        yield from rng.choices(shuffled, cum_weights=weights, k=1000)


def varied(texts: Sequence[str], seed: int = 7, years_from: int = 0) -> Iterator[str]:
    """Every question in the words of every trade, shuffled, then with years of service: no two texts are the same."""
    rng = random.Random(seed)
    for years in count(years_from):
        service = f"，干了{years}年" if years else ""
        out = [f"{text}，我是{trade}{service}" for trade in _TRADES for text in texts]
        rng.shuffle(out)
        yield from out


class Sender:
    """Writes HTTP requests with openids, MsgIds and signatures of their own.

    path       where the server under test listens to WeChat
    encrypted  secure mode (安全模式) instead of plaintext mode
    """

    _sent = 0

    def __init__(self, path: str, *, encrypted: bool) -> None:
        self._path, self._encrypted = path, encrypted

    def write(self, texts: Iterable[str]) -> list[bytes]:
        """One request a text, signed now: good for five minutes."""
        return list(self._written(texts))

    def _written(self, texts: Iterable[str]) -> Iterator[bytes]:
        now = int(time.time())
        for text in texts:
            Sender._sent += 1
            n = Sender._sent
            openid = openid_of(n)
            body = _PLAINTEXT.format(account=ACCOUNT, openid=openid, now=now, text=text, msg_id=10**15 + n)
            query = {"timestamp": str(now), "nonce": str(10**8 + n), "openid": openid}
            query["signature"] = _signed(TOKEN, query["timestamp"], query["nonce"])
            yield self._request(body, query)

    def _request(self, body: str, query: dict[str, str]) -> bytes:
        if self._encrypted:
            encrypted = _CRYPTO.encrypt(body, APP_ID).decode()
            signature = _signed(TOKEN, query["timestamp"], query["nonce"], encrypted)
            query = query | {"encrypt_type": "aes", "msg_signature": signature}
            body = _ENCRYPTED.format(account=ACCOUNT, encrypted=encrypted)
        data = body.encode()
        head = (
            f"POST {self._path}?{urlencode(query)} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/4.0\r\n"
            f"Content-Type: text/xml\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data


def openid_of(n: int) -> str:
    """The openid of the n-th message of this run."""
    return f"oBench{n % PEOPLE:022d}"


def _signed(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def complaint(reply: bytes, never: str) -> str:
    """What is wrong with an encrypted reply, "" where nothing is.

    never  words that no good reply has: what the bot says when something of its own broke
    """
    envelope = _elements(reply.decode("utf-8", "replace"))
    encrypted = envelope.get("Encrypt", "")
    if not encrypted:
        return f"not an envelope: {reply[:40]!r}"
    if envelope["MsgSignature"] != _signed(TOKEN, envelope["TimeStamp"], envelope["Nonce"], encrypted):
        return "the signature is wrong"
    message = _elements(_CRYPTO.decrypt(encrypted, APP_ID))
    if message.get("MsgType") != "text" or not message.get("Content"):
        return "no text"
    if message["FromUserName"] != ACCOUNT or not message["ToUserName"].startswith("oBench"):
        return "to or from somebody else"
    return "the bot said that it had failed" if never in message["Content"] else ""


def _elements(xml: str) -> dict[str, str]:
    found = re.findall(r"<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</\1>", xml, re.DOTALL)
    return {name: quoted or plain for name, quoted, plain in found}
