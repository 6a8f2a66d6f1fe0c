"""Receipts of text messages (状态报告), made a little after the sending, and what people answer (上行短信).

Both are posted where an address is set.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .quotas import BEIJING
from .sms import Report, TextMessage

if TYPE_CHECKING:
    from .simulator import Simulator

TIMEOUT_S = 5.0
ATTEMPTS = 3
#: The field of the answer that must be 0.
ACKNOWLEDGED = {"aliyun": "code", "tencent": "result"}


def schedule(sim: Simulator, messages: Sequence[TextMessage]) -> None:
    """Let the carriers report on these messages, all of one call, after the usual delay."""
    if messages:
        sim.outbox.put(sim.now() + sim.config.event_delay_s, lambda: _report(sim, messages))


def _report(sim: Simulator, messages: Sequence[TextMessage]) -> None:
    gateway = messages[0].gateway
    with sim.lock:
        reports = [sim.sms.report(message, sim.now()) for message in messages]
        config = sim.config.sms
    url = config.aliyun_receipt_url if gateway == "aliyun" else config.tencent_receipt_url
    if not url or sim.outbox.loses(f"{gateway}.receipt"):
        return
    body = [aliyun_json(report) if gateway == "aliyun" else tencent_json(report) for report in reports]
    for _ in range(ATTEMPTS):
        if _post(url, body, ACKNOWLEDGED[gateway]):
            return


def says(sim: Simulator, gateway: str, phone: str, text: str) -> bool:
    """The owner of a phone writes back; whether the receiver took it. Source: SmsUp of Aliyun, 回复通知 of Tencent."""
    at, config = sim.now(), sim.config.sms
    if gateway == "aliyun":
        body = {"phone_number": phone, "content": text, "send_time": beijing_time(at), "sign_name": config.sign_name,
                "dest_code": "10690000", "sequence_id": int(at * 1000)}  # fmt: skip
        return _post(config.aliyun_receipt_url, [body], ACKNOWLEDGED[gateway])
    told = {"extend": "", "mobile": phone, "nationcode": "86", "sign": config.sign_name, "text": text, "time": int(at)}
    return _post(config.tencent_receipt_url, told, ACKNOWLEDGED[gateway])


def aliyun_json(report: Report) -> dict[str, Any]:
    """One element of what Aliyun posts (SmsReport)."""
    return {
        "phone_number": report.message.phone,
        "send_time": beijing_time(report.message.sent_at),
        "report_time": beijing_time(report.at),
        "success": report.success,
        "err_code": report.code,
        "err_msg": "用户接收成功" if report.success else "用户未收到",
        "sms_size": str(report.message.parts),
        "biz_id": report.message.serial,
        "out_id": report.message.context,
    }


def tencent_json(report: Report) -> dict[str, Any]:
    """One element of what Tencent Cloud posts (下发状态通知)."""
    return {
        "user_receive_time": beijing_time(report.at),
        "nationcode": "86",
        "mobile": report.message.phone,
        "report_status": "SUCCESS" if report.success else "FAIL",
        "errmsg": report.code,
        "description": "用户短信送达成功" if report.success else "用户短信送达失败",
        "sid": report.message.serial,
    }


def beijing_time(at: float) -> str:
    """Both gateways' way to write a time."""
    return datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _post(url: str, body: list[dict[str, Any]] | dict[str, Any], acknowledged: str) -> bool:
    """Whether the receiver took it: HTTP 200, and 0 in the field of that name."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    raw = json.dumps(body, ensure_ascii=False).encode()
    try:
        connection.request("POST", target, raw, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        given = json.loads(answer.read(65_536))
        return answer.status == 200 and isinstance(given, dict) and given.get(acknowledged) == 0
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()
