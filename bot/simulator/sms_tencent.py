"""The text-message gateway of Tencent Cloud: SendSms and PullSmsSendStatus behind TC3-HMAC-SHA256.

Source: cloud.tencent.com/document/api/382/55981 (SendSms), 52072 (the signature).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from . import sms_receipts
from .exchange import Exchange, serve
from .sms import MAX_PHONES, Report, TextMessage, count_parts, fill, mobile, variables

if TYPE_CHECKING:
    from .simulator import Simulator

PATH = "/sms/tencent"
GATEWAY = "tencent"
VERSION = "2021-01-11"
SERVICE = "sms"
ALGORITHM = "TC3-HMAC-SHA256"
TIMESTAMP_TOLERANCE_S = 300
MAX_PULLED = 100
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^/ ]+)/([0-9-]+)/([a-z]+)/tc3_request, ?"
    r"SignedHeaders=([a-z;-]+), ?Signature=([0-9a-f]{64})"
)


class TencentError(Exception):
    """The gateway refuses the whole call with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Signed:
    """What a TC3 signature covers."""

    method: str
    headers: Mapping[str, str]
    signed_headers: str
    body: bytes
    timestamp: int


def signature(signed: Signed, secret_key: str) -> str:
    """The TC3 signature, in hex. The address signed is always "/", and values are signed in lower case."""
    names = signed.signed_headers.split(";")
    headers = "".join(f"{name}:{signed.headers.get(name, '').strip().lower()}\n" for name in names)
    payload = hashlib.sha256(signed.body).hexdigest()
    canonical = f"{signed.method}\n/\n\n{headers}\n{signed.signed_headers}\n{payload}"
    date = datetime.fromtimestamp(signed.timestamp, UTC).strftime("%Y-%m-%d")
    scope = f"{date}/{SERVICE}/tc3_request"
    text = f"{ALGORITHM}\n{signed.timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{secret_key}".encode()
    for part in (date, SERVICE, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def add_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    """The one address of the gateway."""

    @blueprint.route(f"{PATH}/", methods=["POST"], strict_slashes=False)
    def tencent() -> Response:
        rid = str(uuid.uuid4())
        exchange = Exchange(
            path=PATH,
            rid=rid,
            work=lambda: _answer(simulator, rid),
            refuse=lambda errcode: _rendered(_error("InternalError", str(errcode)), rid),
        )
        return serve(simulator, exchange)


def _answer(sim: Simulator, rid: str) -> Response:
    with sim.lock:
        try:
            action = _checked_action(sim)
            return _rendered(ACTIONS[action](sim, _body(sim)), rid)
        except TencentError as error:
            return _rendered(_error(error.code, error.code), rid)


def _rendered(body: Mapping[str, Any], rid: str) -> Response:
    text = json.dumps({"Response": {**body, "RequestId": rid}}, ensure_ascii=False)
    return Response(text, content_type="application/json")


def _error(code: str, message: str) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": message}}


def _checked_action(sim: Simulator) -> str:
    found = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if not found:
        raise TencentError("AuthFailure.InvalidAuthorization")
    secret_id, date, service, signed_headers, given = found.groups()
    if secret_id != sim.config.sms.secret_id:
        raise TencentError("AuthFailure.SecretIdNotFound")
    stamp = request.headers.get("X-TC-Timestamp", "")
    if not stamp.isdecimal() or abs(int(stamp) - sim.wall_clock()) > TIMESTAMP_TOLERANCE_S:
        raise TencentError("AuthFailure.SignatureExpire")
    headers = {name.lower(): value for name, value in request.headers.items()}
    expected = signature(
        Signed(request.method, headers, signed_headers, request.get_data(), int(stamp)), sim.config.sms.secret_key
    )
    today = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
    covered = {"content-type", "host"} <= set(signed_headers.split(";"))
    if not covered or (date, service) != (today, SERVICE) or not hmac.compare_digest(expected, given):
        raise TencentError("AuthFailure.SignatureFailure")
    if request.headers.get("X-TC-Version") != VERSION:
        raise TencentError("NoSuchVersion")
    action = request.headers.get("X-TC-Action", "")
    if action not in ACTIONS:
        raise TencentError("InvalidAction")
    return action


def _body(sim: Simulator) -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError as e:
        raise TencentError("InvalidParameter") from e
    if not isinstance(body, dict):
        raise TencentError("InvalidParameter")
    if body.get("SmsSdkAppId") != sim.config.sms.sdk_app_id:
        raise TencentError("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
    return body


def _send(sim: Simulator, body: Mapping[str, Any]) -> dict[str, Any]:
    """SendSms: one text to up to 200 numbers; each has a code of its own in the answer."""
    code = sim.sms.next_refusal(GATEWAY)
    if code:
        raise TencentError(code)
    numbers = body.get("PhoneNumberSet")
    if not isinstance(numbers, list) or not numbers:
        raise TencentError("MissingParameter")
    if len(numbers) > MAX_PHONES[GATEWAY]:
        raise TencentError("LimitExceeded.PhoneNumberCountLimit")
    text, wrong = _text(sim, body)
    context = str(body.get("SessionContext") or "")
    statuses, messages = [], []
    for number in numbers:
        code = wrong or _refusal(sim, number)
        if code:
            statuses.append(_status(number, "", 0, code, context))
            continue
        message = _message(sim, str(mobile(number)), text, context)
        messages.append(message)
        statuses.append(_status(number, message.serial, message.parts, "Ok", context))
    sms_receipts.schedule(sim, messages)
    return {"SendStatusSet": statuses}


def _message(sim: Simulator, phone: str, text: str, context: str) -> TextMessage:
    message = TextMessage(
        gateway=GATEWAY,
        serial=sim.sms.next_serial(GATEWAY, sim.now()),
        phone=phone,
        text=text,
        parts=count_parts(text),
        sent_at=sim.now(),
        context=context,
    )
    sim.sms.keep(message, GATEWAY)
    sim.received.note(phone, "sms", {"text": text})
    return message


def _text(sim: Simulator, body: Mapping[str, Any]) -> tuple[str, str]:
    """What the person reads, and "" or the code that every number is refused with."""
    config = sim.config.sms
    if body.get("SignName") != config.sign_name:
        return "", "FailedOperation.SignatureIncorrectOrUnapproved"
    template = dict(config.tencent_templates).get(str(body.get("TemplateId")))
    if template is None:
        return "", "FailedOperation.TemplateIncorrectOrUnapproved"
    values = body.get("TemplateParamSet") or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TencentError("InvalidParameterValue.TemplateParameterFormatError")
    if len(values) != len(variables(template)):
        return "", "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    if config.max_param_chars is not None and any(len(value) > config.max_param_chars for value in values):
        return "", "InvalidParameterValue.TemplateParameterLengthLimit"
    filled = fill(template, {str(i): value for i, value in enumerate(values, start=1)})
    return f"【{config.sign_name}】{filled}", ""


def _refusal(sim: Simulator, number: object) -> str:
    phone = mobile(number)
    if phone is None:
        return "InvalidParameterValue.IncorrectPhoneNumber"
    config, now = sim.config.sms, sim.now()
    if sim.sms.since_last(GATEWAY, phone, now) < config.tencent_gap_s:
        return "LimitExceeded.PhoneNumberThirtySecondLimit"
    if sim.sms.sent_today(GATEWAY, phone, now) >= config.tencent_per_day:
        return "LimitExceeded.PhoneNumberDailyLimit"
    return ""


def _status(number: object, serial: str, fee: int, code: str, context: str) -> dict[str, Any]:
    return {
        "SerialNo": serial,
        "PhoneNumber": number,
        "Fee": fee,
        "SessionContext": context,
        "Code": code,
        "Message": "send success" if code == "Ok" else code,
        "IsoCode": "CN",
    }


def _pull(sim: Simulator, body: Mapping[str, Any]) -> dict[str, Any]:
    """PullSmsSendStatus: up to 100 receipts, each given once."""
    limit = body.get("Limit")
    if type(limit) is not int or not 1 <= limit <= MAX_PULLED:
        raise TencentError("InvalidParameterValue")
    waiting = sim.sms.to_pull
    reports = [waiting.popleft() for _ in range(min(limit, len(waiting)))]
    return {"PullSmsSendStatusSet": [_pulled(report) for report in reports]}


def _pulled(report: Report) -> dict[str, Any]:
    return {
        "UserReceiveTime": int(report.at),
        "CountryCode": "86",
        "SubscriberNumber": report.message.phone,
        "PhoneNumber": f"+86{report.message.phone}",
        "SerialNo": report.message.serial,
        "ReportStatus": "SUCCESS" if report.success else "FAIL",
        "Description": report.code,
        "SessionContext": report.message.context,
    }


ACTIONS: dict[str, Callable[[Simulator, Mapping[str, Any]], dict[str, Any]]] = {
    "SendSms": _send,
    "PullSmsSendStatus": _pull,
}
