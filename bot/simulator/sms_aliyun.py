"""The text-message gateway of Aliyun: SendSms and QuerySendDetails behind the RPC signature.

Source: help.aliyun.com/document_detail/55284.htm (SendSms), 315526 (RPC signature, HMAC-SHA1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from . import sms_receipts
from .exchange import Exchange, serve
from .sms import MAX_PHONES, TextMessage, count_parts, fill, mobile, variables

if TYPE_CHECKING:
    from .simulator import Simulator

PATH = "/sms/aliyun"
GATEWAY = "aliyun"
VERSION = "2017-05-25"
TIMESTAMP_TOLERANCE_S = 15 * 60
MAX_TEXT_CHARS = 500
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
#: Business codes -> words; they come with HTTP 200.
MESSAGES = {
    "OK": "OK",
    "isv.MOBILE_NUMBER_ILLEGAL": "非法手机号",
    "isv.MOBILE_COUNT_OVER_LIMIT": "手机号码数量超过限制",
    "isv.SMS_SIGNATURE_ILLEGAL": "短信签名不合法",
    "isv.SMS_TEMPLATE_ILLEGAL": "短信模板不合法",
    "isv.TEMPLATE_MISSING_PARAMETERS": "模板缺少变量",
    "isv.INVALID_JSON_PARAM": "JSON参数不合法，只接受字符串值",
    "isv.PARAM_LENGTH_LIMIT": "参数超出长度限制",
    "isv.PARAM_NOT_SUPPORT_URL": "不支持URL",
    "isv.BUSINESS_LIMIT_CONTROL": "触发天级流控",
    "isv.AMOUNT_NOT_ENOUGH": "账户余额不足",
    "isv.OUT_OF_SERVICE": "业务停机",
    "isp.SYSTEM_ERROR": "系统错误",
}
#: Codes of the gate -> HTTP status.
STATUSES = {
    "InvalidAccessKeyId.NotFound": 404,
    "InvalidAction.NotFound": 404,
    "UnsupportedHTTPMethod": 403,
}
REQUIRED = (
    "AccessKeyId",
    "Action",
    "Version",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureVersion",
    "Timestamp",
)


class AliyunError(Exception):
    """The gateway refuses: its code, and the HTTP status that goes with it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = 200 if code.startswith(("isv.", "isp.")) else STATUSES.get(code, 400)


def add_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    """The one address of the gateway."""

    @blueprint.route(f"{PATH}/", methods=["GET", "POST"], strict_slashes=False)
    def aliyun() -> Response:
        rid = str(uuid.uuid4()).upper()
        exchange = Exchange(
            path=PATH,
            rid=rid,
            work=lambda: _answer(simulator, rid),
            refuse=lambda errcode: _rendered({"Code": "isp.SYSTEM_ERROR", "Message": str(errcode)}, rid),
        )
        return serve(simulator, exchange)


def signature(method: str, params: Mapping[str, str], secret: str) -> str:
    """The RPC signature over every parameter but itself."""
    pairs = sorted((_encoded(k), _encoded(v)) for k, v in params.items() if k != "Signature")
    canonical = "&".join(f"{name}={value}" for name, value in pairs)
    text = f"{method}&{_encoded('/')}&{_encoded(canonical)}"
    digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _answer(sim: Simulator, rid: str) -> Response:
    params = request.args.to_dict() | request.form.to_dict()
    with sim.lock:
        try:
            _check_signature(sim, params)
            return _rendered(ACTIONS[params["Action"]](sim, params), rid)
        except AliyunError as error:
            body = {"Code": error.code, "Message": MESSAGES.get(error.code, error.code)}
            return _rendered(body, rid, error.status)


def _rendered(body: Mapping[str, Any], rid: str, status: int = 200) -> Response:
    host = {} if status == 200 else {"HostId": request.host}
    text = json.dumps({**body, **host, "RequestId": rid}, ensure_ascii=False)
    return Response(text, status=status, content_type="application/json;charset=utf-8")


def _check_signature(sim: Simulator, params: Mapping[str, str]) -> None:
    for name in REQUIRED:
        if not params.get(name):
            raise AliyunError(f"Missing{name}")
    if params["SignatureMethod"] != "HMAC-SHA1" or params["SignatureVersion"] != "1.0":
        raise AliyunError("InvalidSignatureMethod")
    if params["AccessKeyId"] != sim.config.sms.access_key_id:
        raise AliyunError("InvalidAccessKeyId.NotFound")
    expected = signature(request.method, params, sim.config.sms.access_key_secret)
    if not hmac.compare_digest(expected.encode(), params["Signature"].encode()):
        raise AliyunError("SignatureDoesNotMatch")
    _check_time(sim, params["Timestamp"])
    if not sim.sms.use_nonce(params["SignatureNonce"]):
        raise AliyunError("SignatureNonceUsed")
    if params["Action"] not in ACTIONS or params["Version"] != VERSION:
        raise AliyunError("InvalidAction.NotFound")


def _check_time(sim: Simulator, timestamp: str) -> None:
    try:
        at = datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError as e:
        raise AliyunError("InvalidTimeStamp.Format") from e
    if abs(at - sim.wall_clock()) > TIMESTAMP_TOLERANCE_S:
        raise AliyunError("InvalidTimeStamp.Expired")


def _send(sim: Simulator, params: Mapping[str, str]) -> dict[str, Any]:
    """SendSms: one text to up to 1 000 numbers.

    Numbers that have had their share today are refused when they are all of the call. Among others they get nothing,
    and no receipt tells of them: no document says what becomes of a mixed call, so that a caller must not rely on it.
    """
    code = sim.sms.next_refusal(GATEWAY)
    if code:
        raise AliyunError(code)
    phones = _phones(params)
    template = params.get("TemplateCode", "")
    text = _text(sim, params, template)
    now, limit = sim.now(), sim.config.sms.aliyun_per_day
    open_to = [phone for phone in phones if sim.sms.sent_today(template, phone, now) < limit]
    if not open_to:
        raise AliyunError("isv.BUSINESS_LIMIT_CONTROL")
    serial, parts = sim.sms.next_serial(GATEWAY, now), count_parts(text)
    messages = [
        TextMessage(
            gateway=GATEWAY,
            serial=serial,
            phone=phone,
            text=text,
            parts=parts,
            sent_at=now,
            context=params.get("OutId", ""),
        )
        for phone in open_to
    ]
    for message in messages:
        sim.sms.keep(message, template)
        sim.received.note(message.phone, "sms", {"text": text})
    sms_receipts.schedule(sim, messages)
    return {"Code": "OK", "Message": "OK", "BizId": serial}


def _phones(params: Mapping[str, str]) -> list[str]:
    given = [number.strip() for number in params.get("PhoneNumbers", "").split(",")]
    if len(given) > MAX_PHONES[GATEWAY]:
        raise AliyunError("isv.MOBILE_COUNT_OVER_LIMIT")
    phones = [mobile(number) for number in given]
    if None in phones:
        raise AliyunError("isv.MOBILE_NUMBER_ILLEGAL")
    return list(dict.fromkeys(phone for phone in phones if phone))


def _text(sim: Simulator, params: Mapping[str, str], template: str) -> str:
    """What the person reads, the signature in front."""
    config = sim.config.sms
    if params.get("SignName") != config.sign_name:
        raise AliyunError("isv.SMS_SIGNATURE_ILLEGAL")
    texts = dict(config.aliyun_templates)
    if template not in texts:
        raise AliyunError("isv.SMS_TEMPLATE_ILLEGAL")
    values = _values(params, config.max_param_chars)
    if any(not values.get(name) for name in variables(texts[template])):
        raise AliyunError("isv.TEMPLATE_MISSING_PARAMETERS")
    text = f"【{config.sign_name}】{fill(texts[template], values)}"
    if len(text) > MAX_TEXT_CHARS:
        raise AliyunError("isv.PARAM_LENGTH_LIMIT")
    return text


def _values(params: Mapping[str, str], max_chars: int | None) -> dict[str, str]:
    try:
        values = json.loads(params.get("TemplateParam") or "{}")
    except ValueError as e:
        raise AliyunError("isv.INVALID_JSON_PARAM") from e
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise AliyunError("isv.INVALID_JSON_PARAM")
    if max_chars is not None and any(len(value) > max_chars for value in values.values()):
        raise AliyunError("isv.PARAM_LENGTH_LIMIT")
    if any(_ADDRESS.search(value) for value in values.values()):
        raise AliyunError("isv.PARAM_NOT_SUPPORT_URL")
    return values


def _details(sim: Simulator, params: Mapping[str, str]) -> dict[str, Any]:
    """QuerySendDetails: what became of one message. SendStatus: 1 waiting, 2 failed, 3 received."""
    phone, serial = mobile(params.get("PhoneNumber")), params.get("BizId", "")
    found = []
    for message in sim.sms.messages:
        if message.phone == phone and message.gateway == GATEWAY and serial in ("", message.serial):
            found.append(_detail(sim, message))
    return {"Code": "OK", "Message": "OK", "TotalCount": len(found), "SmsSendDetailDTOs": {"SmsSendDetailDTO": found}}


def _detail(sim: Simulator, message: TextMessage) -> dict[str, Any]:
    report = sim.sms.reported(message.serial, message.phone)
    status = 1 if report is None else 3 if report.success else 2
    return {
        "PhoneNum": message.phone,
        "SendStatus": status,
        "ErrCode": report.code if report else "",
        "Content": message.text,
        "SendDate": sms_receipts.beijing_time(message.sent_at),
        "ReceiveDate": sms_receipts.beijing_time(report.at) if report else "",
        "OutId": message.context,
    }


ACTIONS: dict[str, Callable[[Simulator, Mapping[str, str]], dict[str, Any]]] = {
    "SendSms": _send,
    "QuerySendDetails": _details,
}
