"""What the gateways push: whether each message came to its telephone (状态报告), and what people answer (上行短信)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import PayloadError

_MOST = 2000


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message.

    number  the gateway's, as Receipt.platform_id gave it
    code    why it did not arrive, in the gateway's word
    """

    number: str
    delivered: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the owner of a telephone wrote back."""

    phone: str
    text: str


@dataclass(frozen=True, slots=True)
class _Format:
    """Names of what is told, and what must be answered. phone, text: of what somebody wrote back."""

    phone: str
    text: str
    number: str
    outcome: str
    well: object
    code: str
    answer: Mapping[str, Any]


#: Source: help.aliyun.com/document_detail/101508.html (SmsReport, SmsUp), cloud.tencent.com/document/product/382/37809
#: and 43548 (an answer comes alone, not in a list).
_FORMATS = {
    "aliyun": _Format("phone_number", "content", "biz_id", "success", True, "err_code", {"code": 0, "msg": "成功"}),
    "tencent": _Format("mobile", "text", "sid", "report_status", "SUCCESS", "errmsg", {"result": 0, "errmsg": "OK"}),
}


def read(provider: str, body: bytes) -> list[Report | Answered]:
    """What one push tells. Raises PayloadError where it is neither reports nor answers; nothing of it counts then."""
    shape = _FORMATS[provider]
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as e:
        raise PayloadError("not JSON") from e
    if isinstance(told, dict) and shape.text in told:
        told = [told]
    if not isinstance(told, list) or len(told) > _MOST or not all(isinstance(one, dict) for one in told):
        raise PayloadError("not a list of reports")
    return [_answered(shape, one) if _is_answer(shape, one) else _report(shape, one) for one in told]


def answer(provider: str) -> bytes:
    """What tells the gateway that its push came; it would come again."""
    return json.dumps(_FORMATS[provider].answer, ensure_ascii=False).encode()


def _is_answer(shape: _Format, one: Mapping[str, Any]) -> bool:
    return shape.text in one and shape.number not in one


def _answered(shape: _Format, one: Mapping[str, Any]) -> Answered:
    phone, text = one.get(shape.phone), one.get(shape.text)
    if not isinstance(phone, str) or not phone or not isinstance(text, str):
        raise PayloadError(f"an answer without {shape.phone} or {shape.text}")
    return Answered(phone, text)


def _report(shape: _Format, one: Mapping[str, Any]) -> Report:
    number = one.get(shape.number)
    if not isinstance(number, str) or not number:
        raise PayloadError(f"a report without {shape.number}")
    delivered = one.get(shape.outcome) == shape.well
    return Report(number, delivered, "" if delivered else str(one.get(shape.code) or "")[:100])
