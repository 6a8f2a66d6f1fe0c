"""What the gateways push about messages that they took (状态报告): whether each came to its telephone."""

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
class _Format:
    """Names of what is told, and what must be answered."""

    number: str
    outcome: str
    well: object
    code: str
    answer: Mapping[str, Any]


#: Source: help.aliyun.com/document_detail/101508.html (SmsReport), cloud.tencent.com/document/product/382/37809.
_FORMATS = {
    "aliyun": _Format("biz_id", "success", True, "err_code", {"code": 0, "msg": "成功"}),
    "tencent": _Format("sid", "report_status", "SUCCESS", "errmsg", {"result": 0, "errmsg": "OK"}),
}


def read(provider: str, body: bytes) -> list[Report]:
    """The reports of one push. Raises PayloadError where it is no list of reports; nothing of it counts then."""
    shape = _FORMATS[provider]
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as e:
        raise PayloadError("not JSON") from e
    if not isinstance(told, list) or len(told) > _MOST or not all(isinstance(one, dict) for one in told):
        raise PayloadError("not a list of reports")
    return [_report(shape, one) for one in told]


def answer(provider: str) -> bytes:
    """What tells the gateway that its push came; it would come again."""
    return json.dumps(_FORMATS[provider].answer, ensure_ascii=False).encode()


def _report(shape: _Format, one: Mapping[str, Any]) -> Report:
    number = one.get(shape.number)
    if not isinstance(number, str) or not number:
        raise PayloadError(f"a report without {shape.number}")
    delivered = one.get(shape.outcome) == shape.well
    return Report(number, delivered, "" if delivered else str(one.get(shape.code) or "")[:100])
