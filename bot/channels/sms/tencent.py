"""Tencent Cloud's SendSms: a JSON call signed with TC3-HMAC-SHA256.

Source: cloud.tencent.com/document/api/382/55981 (SendSms), 382/52072 (signature v3), 382/59177 (codes).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.calling import Caller
from bot.channels.sms.gateway import Note, meaning_of, refused
from bot.errors import Refusal, SendError
from bot.settings import SmsSettings

API_BASE = "https://sms.tencentcloudapi.com"
_SERVICE, _ALGORITHM = "sms", "TC3-HMAC-SHA256"
_CONTENT_TYPE = "application/json; charset=utf-8"


def _codes(refusal: Refusal, codes: str, under: str = "") -> dict[str, Refusal]:
    return {f"{under}{code}": refusal for code in codes.split()}


REFUSALS: Mapping[str, Refusal] = {
    "InternalError": Refusal.UNREACHABLE,
    "RequestLimitExceeded": Refusal.THROTTLED,
    "LimitExceeded.DeliveryFrequencyLimit": Refusal.THROTTLED,
    "FailedOperation.MarketingSendTimeConstraint": Refusal.THROTTLED,  # from 22:00 to 8:00
    "LimitExceeded": Refusal.QUOTA_USED_UP,
    **_codes(Refusal.RECIPIENT_DECLINED, "PhoneNumberDailyLimit PhoneNumberOneHourLimit", "LimitExceeded."),
    **_codes(Refusal.RECIPIENT_DECLINED, "PhoneNumberThirtySecondLimit", "LimitExceeded."),
    **_codes(Refusal.RECIPIENT_DECLINED, "PhoneNumberSameContentDailyLimit", "LimitExceeded."),
    "FailedOperation.PhoneNumberInBlacklist": Refusal.RECIPIENT_DECLINED,  # answered R
    "InvalidParameterValue.IncorrectPhoneNumber": Refusal.RECIPIENT_GONE,
    **_codes(Refusal.ACCOUNT_BLOCKED, "AuthFailure UnauthorizedOperation IpNotInWhitelist IpInBlacklist"),
    **_codes(Refusal.ACCOUNT_BLOCKED, "SignatureIncorrectOrUnapproved", "FailedOperation."),
    **_codes(Refusal.ACCOUNT_BLOCKED, "InsufficientBalanceInSmsPackage", "FailedOperation."),
    **_codes(Refusal.ACCOUNT_BLOCKED, "TemplateIncorrectOrUnapproved TemplateUnapprovedOrNotExist", "FailedOperation."),
    "InvalidParameterValue.SdkAppIdNotExist": Refusal.ACCOUNT_BLOCKED,
    **_codes(Refusal.BAD_CONTENT, "ContainSensitiveWord FailResolvePacket JsonParseFail", "FailedOperation."),
    **_codes(Refusal.BAD_CONTENT, "TemplateParamSetNotMatchApprovedTemplate", "FailedOperation."),
    **_codes(Refusal.BAD_CONTENT, "InvalidParameter InvalidParameterValue MissingParameter UnsupportedOperation"),
}


class Tencent:
    """A `Gateway`. clock: unix seconds; the provider refuses calls that are 5 minutes off."""

    def __init__(self, settings: SmsSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._caller = Caller(settings.api_base or API_BASE, settings.api_timeout_s)

    def send(self, note: Note) -> str:
        """See Gateway."""
        body = {
            "PhoneNumberSet": [f"+86{note.phone}"],
            "SmsSdkAppId": self._settings.app_id,
            "SignName": self._settings.sign,
            "TemplateId": note.template,
            "TemplateParamSet": list(note.params.values()),
        }
        payload = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        answer = self._caller.call("POST", "/", payload, self._headers(payload)).object()
        status = self._status(answer)
        if status["Code"] != "Ok":
            raise self._refused(status)
        return str(status.get("SerialNo") or "")

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()

    def _status(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What became of the one number. Raises SendError where the whole call was refused, or nothing is told."""
        response = answer.get("Response")
        held = response if isinstance(response, dict) else {}
        error, statuses = held.get("Error"), held.get("SendStatusSet")
        if isinstance(error, dict) and isinstance(error.get("Code"), str):
            raise self._refused(error)
        status = statuses[0] if isinstance(statuses, list) and statuses else None
        if not isinstance(status, dict) or not isinstance(status.get("Code"), str):
            raise SendError("the answer holds no Code")
        return status

    def _refused(self, told: dict[str, Any]) -> SendError:
        code, hidden = told["Code"], (self._settings.secret, self._settings.key_id)
        return refused("Tencent Cloud", code, str(told.get("Message", "")), meaning_of(code, REFUSALS), *hidden)

    def _headers(self, payload: bytes) -> dict[str, str]:
        now, host = int(self._clock()), self._caller.host
        return {
            "Authorization": authorization(self._settings.key_id, self._settings.secret, _SERVICE, host, payload, now),
            "Content-Type": _CONTENT_TYPE,
            "X-TC-Action": "SendSms",
            "X-TC-Region": "ap-guangzhou",
            "X-TC-Timestamp": str(now),
            "X-TC-Version": "2021-01-11",
        }


def authorization(key_id: str, secret: str, service: str, host: str, payload: bytes, now: int) -> str:
    """The header that signs a POST of JSON. now: unix seconds."""
    day = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
    signed_headers, scope = "content-type;host", f"{day}/{service}/tc3_request"
    headers = f"content-type:{_CONTENT_TYPE}\nhost:{host}\n"
    request = f"POST\n/\n\n{headers}\n{signed_headers}\n{hashlib.sha256(payload).hexdigest()}"
    signed = f"{_ALGORITHM}\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for step in (day, service, "tc3_request"):
        key = hmac.digest(key, step.encode(), hashlib.sha256)
    signature = hmac.digest(key, signed.encode(), hashlib.sha256).hex()
    return f"{_ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"
