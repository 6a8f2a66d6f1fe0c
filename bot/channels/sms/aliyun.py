"""Alibaba Cloud's SendSms: an RPC call signed with HMAC-SHA1 over its sorted parameters.

Source: help.aliyun.com/document_detail/419273.html (SendSms), 315526.html (signature), 101346.html (codes).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from bot.calling import Caller
from bot.channels.sms.gateway import Note, meaning_of, refused
from bot.errors import Refusal, SendError
from bot.settings import SmsSettings

API_BASE = "https://dysmsapi.aliyuncs.com"
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


def _codes(refusal: Refusal, codes: str) -> dict[str, Refusal]:
    return dict.fromkeys(codes.split(), refusal)


REFUSALS: Mapping[str, Refusal] = {
    **_codes(Refusal.UNREACHABLE, "isp.SYSTEM_ERROR isp.GATEWAY_ERROR isp.UNKNOWN ServiceUnavailable InternalError"),
    "SignatureNonceUsed": Refusal.UNREACHABLE,  # somebody between repeated the call: the first may have been taken
    "Throttling": Refusal.THROTTLED,
    **_codes(Refusal.QUOTA_USED_UP, "isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL"),
    **_codes(Refusal.RECIPIENT_GONE, "isv.MOBILE_NUMBER_ILLEGAL isv.DOMESTIC_NUMBER_NOT_SUPPORTED"),
    "isv.BUSINESS_LIMIT_CONTROL": Refusal.RECIPIENT_DECLINED,  # so many for this number within an hour or a day
    **_codes(Refusal.ACCOUNT_BLOCKED, "InvalidAccessKeyId SignatureDoesNotMatch IncompleteSignature Forbidden"),
    **_codes(Refusal.ACCOUNT_BLOCKED, "InvalidTimeStamp MissingAccessKeyId isv.DENY_IP_RANGE isp.RAM_PERMISSION_DENY"),
    **_codes(Refusal.ACCOUNT_BLOCKED, "isv.OUT_OF_SERVICE isv.AMOUNT_NOT_ENOUGH isv.PRODUCT_UN_SUBSCRIPT"),
    **_codes(Refusal.ACCOUNT_BLOCKED, "isv.PRODUCT_UNSUBSCRIBE isv.ACCOUNT_NOT_EXISTS isv.ACCOUNT_ABNORMAL"),
    **_codes(Refusal.ACCOUNT_BLOCKED, "isv.SMS_SIGNATURE_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SMS_TEMPLATE_ILLEGAL"),
    **_codes(Refusal.ACCOUNT_BLOCKED, "isv.SMS_SIGNATURE_SCENE_ILLEGAL"),
    **_codes(Refusal.BAD_CONTENT, "isv.SMS_CONTENT_ILLEGAL isv.BLACK_KEY_CONTROL_LIMIT isv.PARAM_LENGTH_LIMIT"),
    **_codes(Refusal.BAD_CONTENT, "isv.PARAM_NOT_SUPPORT_URL isv.TEMPLATE_MISSING_PARAMETERS isv.INVALID_PARAMETERS"),
    **_codes(Refusal.BAD_CONTENT, "isv.TEMPLATE_PARAMS_ILLEGAL isv.INVALID_JSON_PARAM isv.MOBILE_COUNT_OVER_LIMIT"),
    **_codes(Refusal.BAD_CONTENT, "isv.EXTEND_CODE_ERROR"),
}


class Aliyun:
    """A `Gateway`. clock: unix seconds; the provider refuses calls that are 15 minutes off."""

    def __init__(self, settings: SmsSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._caller = Caller(settings.api_base or API_BASE, settings.api_timeout_s)

    def send(self, note: Note) -> str:
        """See Gateway."""
        stated = {
            "Action": "SendSms",
            "PhoneNumbers": note.phone,
            "SignName": self._settings.sign,
            "TemplateCode": note.template,
            "TemplateParam": json.dumps(dict(note.params), ensure_ascii=False),
        }
        answer = self._caller.call("POST", "/", self._signed(stated), _HEADERS).object()
        code = answer.get("Code")
        if not isinstance(code, str):
            raise SendError("the answer holds no Code")
        if code != "OK":
            words = str(answer.get("Message", ""))
            hidden = (self._settings.secret, self._settings.key_id)
            raise refused("Alibaba Cloud", code, words, meaning_of(code, REFUSALS), *hidden)
        return str(answer.get("BizId") or "")

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()

    def _signed(self, stated: Mapping[str, str]) -> bytes:
        now = datetime.fromtimestamp(self._clock(), UTC)
        params = {
            "AccessKeyId": self._settings.key_id,
            "Format": "JSON",
            "RegionId": "cn-hangzhou",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": secrets.token_hex(16),
            "SignatureVersion": "1.0",
            "Timestamp": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "Version": "2017-05-25",
            **stated,
        }
        signature = sign("POST", params, self._settings.secret)
        return f"{canonical(params)}&Signature={_escaped(signature)}".encode()


def canonical(params: Mapping[str, str]) -> str:
    """The parameters in the order of their names, escaped as the provider does."""
    return "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in sorted(params.items()))


def sign(method: str, params: Mapping[str, str], secret: str) -> str:
    """The signature of a call, base64."""
    signed = f"{method}&%2F&{_escaped(canonical(params))}"
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), signed.encode(), hashlib.sha1)).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="~", errors="replace")
