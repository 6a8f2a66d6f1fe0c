"""Text messages by two gateways, against stand-ins that check each call with code of their own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from bot.channels.sms import SmsSender, aliyun, sender, tencent
from bot.errors import Refusal, SendError
from bot.sending import Kind, Message, Receipt
from bot.settings import SmsSettings
from tests.wire_server import HANG_UP, RESET, STALL, Request, WireServer, http

KEY_ID, SECRET, SIGN = "LTAI-key-id", "geheim+geheim/=", "江海区应急局"
PHONE, NOW = "13812345678", 1790000000
TEXT = Message(text="雷雨橙色预警：请停止 露天作业~*'\"&=+%，12350")


def test_the_signature_is_that_of_alibabas_documents():
    shown = {
        "AccessKeyId": "testId",
        "Action": "SendSms",
        "Format": "XML",
        "OutId": "123",
        "PhoneNumbers": "15300000001",
        "RegionId": "cn-hangzhou",
        "SignName": "阿里云短信测试专用",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
        "SignatureVersion": "1.0",
        "TemplateCode": "SMS_71390007",
        "TemplateParam": '{"customer":"test"}',
        "Timestamp": "2017-07-12T02:42:19Z",
        "Version": "2017-05-25",
    }
    assert aliyun.sign("GET", shown, "testSecret") == "zJDF+Lrzhj/ThnlvIToysFRq6t4="


def test_the_signature_is_that_of_tencents_documents():
    payload = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    key_id, secret = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******", "Gu5t9xGARNpq86cd98joQYCN3*******"
    assert tencent.authorization(key_id, secret, "cvm", "cvm.tencentcloudapi.com", payload, 1551113065) == (
        f"TC3-HMAC-SHA256 Credential={key_id}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, "
        "Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c"
    )


class StandIn:
    """A gateway: lets in who signs rightly, then says what it is told to."""

    def __init__(self, name: str) -> None:
        self.name, self.server, self.says = name, WireServer(self._answer), list[list[bytes]]()
        self.taken: list[dict[str, Any]] = []
        self._made: list[SmsSender] = []

    def sender(self, **changes: Any) -> SmsSender:
        usual = {
            "provider": self.name, "key_id": KEY_ID, "secret": SECRET, "sign": SIGN, "template": "SMS_1",
            "app_id": "1400006666", "api_base": self.server.base,
        }  # fmt: skip
        made = sender(SmsSettings(**(usual | changes)), lambda: NOW)
        assert made
        self._made.append(made)
        return made

    def close(self) -> None:
        for made in self._made:
            made.close()
        self.server.close()

    def _answer(self, request: Request) -> list[bytes]:
        check = {"aliyun": signed_for_aliyun, "tencent": signed_for_tencent}[self.name]
        found = check(request)
        if found is None:
            return self.refuses_signature()
        self.taken.append(found)
        return self.says.pop(0) if self.says else self.accepts()

    def accepts(self) -> list[bytes]:
        if self.name == "aliyun":
            return [http({"Code": "OK", "Message": "OK", "BizId": "90061^0", "RequestId": "R"})]
        return self.status("Ok", SerialNo="5000:1045710669157053657849499619")

    def refuses(self, code: str, words: str = "no") -> list[bytes]:
        """One number is refused."""
        if self.name == "aliyun":
            return [http({"Code": code, "Message": words, "RequestId": "R"})]
        return self.status(code, words)

    def refuses_signature(self) -> list[bytes]:
        """The whole call is refused, by Alibaba with a status of its own."""
        if self.name == "aliyun":
            return [http({"Code": "SignatureDoesNotMatch", "Message": f"by {SECRET}"}, "400 Bad Request")]
        error = {"Code": "AuthFailure.SignatureFailure", "Message": f"by {SECRET}"}
        return [http({"Response": {"Error": error, "RequestId": "R"}})]

    def status(self, code: str, words: str = "", **more: str) -> list[bytes]:
        one = {"PhoneNumber": f"+86{PHONE}", "Fee": 1, "Code": code, "Message": words, **more}
        return [http({"Response": {"SendStatusSet": [one], "RequestId": "R"}})]


def signed_for_aliyun(request: Request) -> dict[str, Any] | None:
    """The parameters of a call, None where it is not rightly signed. Escapes by hand, byte by byte."""
    pairs = dict(pair.split("=") for pair in request.body.decode("ascii").split("&"))
    found = {name: unquote_to_bytes(value).decode() for name, value in pairs.items()}
    given = found.pop("Signature")
    free = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"

    def escape(text: str) -> str:
        return "".join(chr(byte) if byte in free else f"%{byte:02X}" for byte in text.encode())

    listed = "&".join(f"{escape(name)}={escape(found[name])}" for name in sorted(found))
    code = hmac.new(f"{SECRET}&".encode(), f"{request.method}&%2F&{escape(listed)}".encode(), hashlib.sha1)
    is_right = given == base64.b64encode(code.digest()).decode() and found["AccessKeyId"] == KEY_ID
    is_timely = found["Timestamp"] == "2026-09-21T14:13:20Z"
    return found if is_right and is_timely else None


def signed_for_tencent(request: Request) -> dict[str, Any] | None:
    """The body of a call, None where it is not rightly signed. Signs the headers that came, as they came."""
    scheme, credential, names, signature = request.headers["authorization"].replace(",", "").split(" ")
    key_id, day, service, ending = credential.removeprefix("Credential=").split("/")
    listed = names.removeprefix("SignedHeaders=")
    headers = "".join(f"{name}:{request.headers[name].lower()}\n" for name in listed.split(";"))
    digest = hashlib.sha256(request.body).hexdigest()
    whole = "\n".join([request.method, request.target, "", headers, listed, digest])
    stamp = request.headers["x-tc-timestamp"]
    scope = f"{day}/{service}/{ending}"
    text = "\n".join([scheme, stamp, scope, hashlib.sha256(whole.encode()).hexdigest()])

    def keyed(key: bytes, words: str) -> bytes:
        return hmac.new(key, words.encode(), hashlib.sha256).digest()

    key = keyed(keyed(keyed(b"TC3" + SECRET.encode(), day), service), ending)
    is_right = signature == f"Signature={keyed(key, text).hex()}" and (key_id, service) == (KEY_ID, "sms")
    is_timely = int(stamp) == NOW and day == f"{datetime.fromtimestamp(NOW, UTC):%Y-%m-%d}"
    is_sms = (request.headers["x-tc-action"], request.headers["x-tc-version"]) == ("SendSms", "2021-01-11")
    return json.loads(request.body) if is_right and is_timely and is_sms else None


@pytest.fixture(params=["aliyun", "tencent"])
def gateway(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    made = StandIn(request.param)
    yield made
    made.close()


@pytest.fixture
def make() -> Iterator[Callable[[str], StandIn]]:
    made: list[StandIn] = []
    yield lambda name: made.append(StandIn(name)) or made[-1]
    for one in made:
        one.close()


def failed(sms: SmsSender, message: Message = TEXT, phone: str = PHONE) -> SendError:
    with pytest.raises(SendError) as raised:
        sms.send([phone], message, "b1-1")
    return raised.value


def test_alibaba_is_told_the_text_as_the_templates_variable(make):
    gateway = make("aliyun")
    assert gateway.sender().send([PHONE], TEXT, "b1-1") == Receipt("90061^0")
    [call] = gateway.taken
    assert json.loads(call["TemplateParam"]) == {"content": TEXT.text}
    shown = {name: call[name] for name in ("Action", "Version", "PhoneNumbers", "SignName", "TemplateCode", "Format")}
    assert shown == {
        "Action": "SendSms",
        "Version": "2017-05-25",
        "PhoneNumbers": PHONE,
        "SignName": SIGN,
        "TemplateCode": "SMS_1",
        "Format": "JSON",
    }


def test_tencent_is_told_the_text_by_place(make):
    gateway = make("tencent")
    assert gateway.sender().send([PHONE], TEXT, "b1-1") == Receipt("5000:1045710669157053657849499619")
    assert gateway.taken == [
        {
            "PhoneNumberSet": [f"+86{PHONE}"],
            "SmsSdkAppId": "1400006666",
            "SignName": SIGN,
            "TemplateId": "SMS_1",
            "TemplateParamSet": [TEXT.text],
        }
    ]


def test_fields_fill_a_template_of_their_own(make):
    message = Message(text="供显示", template="SMS_9", fields={"10": "十", "2": "二", "1": "一"})
    ali, ten = make("aliyun"), make("tencent")
    ali.sender().send([PHONE], message, "k")
    ten.sender().send([PHONE], message, "k")
    assert ali.taken[0]["TemplateCode"] == "SMS_9"
    assert json.loads(ali.taken[0]["TemplateParam"]) == {"1": "一", "2": "二", "10": "十"}
    assert ten.taken[0]["TemplateParamSet"] == ["一", "二", "十"]


def test_a_nonce_is_never_used_twice(make):
    gateway = make("aliyun")
    sms = gateway.sender()
    for _ in range(20):
        sms.send([PHONE], TEXT, "same")
    assert len({call["SignatureNonce"] for call in gateway.taken}) == 20


@pytest.mark.parametrize("phone", [f"+86{PHONE}", f"86{PHONE}", f"0086{PHONE}", f"+86 {PHONE}", PHONE])
def test_a_number_is_taken_however_it_is_written(gateway, phone):
    gateway.sender().send([phone], TEXT, "k")
    assert PHONE in str(gateway.taken)


@pytest.mark.parametrize("phone", ["", "12345678901", "1381234567", "0750-3210000", "+85291234567", "１３８12345678"])
def test_what_is_no_mobile_number_is_not_called(gateway, phone):
    assert failed(gateway.sender(), phone=phone).refusal is Refusal.RECIPIENT_GONE
    assert gateway.taken == []


def test_what_is_no_text_or_too_long_is_not_called(gateway):
    sms = gateway.sender(marketing=True)
    assert failed(sms, Message(kind=Kind.NEWS, title="x")).refusal is Refusal.UNSUPPORTED
    assert failed(sms, Message(text=" ")).refusal is Refusal.BAD_CONTENT
    longest = 500 - len(f"【{SIGN}】 拒收请回复R")
    assert failed(sms, Message(text="安" * (longest + 1))).refusal is Refusal.BAD_CONTENT
    with pytest.raises(SendError):
        sms.send([PHONE, PHONE], TEXT, "k")
    assert gateway.taken == []
    sms.send([PHONE], Message(text="安" * longest), "k")
    assert "拒收请回复R" in str(gateway.taken)


def test_a_wrong_secret_is_a_matter_for_staff(gateway):
    error = failed(gateway.sender(secret="another"))
    assert error.refusal is Refusal.ACCOUNT_BLOCKED
    assert gateway.taken == []


CODES = {
    "aliyun": {
        "isv.BUSINESS_LIMIT_CONTROL": Refusal.RECIPIENT_DECLINED,
        "isv.MOBILE_NUMBER_ILLEGAL": Refusal.RECIPIENT_GONE,
        "isv.DAY_LIMIT_CONTROL": Refusal.QUOTA_USED_UP,
        "isv.AMOUNT_NOT_ENOUGH": Refusal.ACCOUNT_BLOCKED,
        "isv.SMS_TEMPLATE_ILLEGAL": Refusal.ACCOUNT_BLOCKED,
        "InvalidAccessKeyId.NotFound": Refusal.ACCOUNT_BLOCKED,
        "InvalidTimeStamp.Expired": Refusal.ACCOUNT_BLOCKED,
        "Throttling.User": Refusal.THROTTLED,
        "isv.PARAM_LENGTH_LIMIT": Refusal.BAD_CONTENT,
        "isp.SYSTEM_ERROR": Refusal.UNREACHABLE,
        "isv.SOMETHING_NEW": Refusal.UNKNOWN,
    },
    "tencent": {
        "FailedOperation.PhoneNumberInBlacklist": Refusal.RECIPIENT_DECLINED,
        "LimitExceeded.PhoneNumberDailyLimit": Refusal.RECIPIENT_DECLINED,
        "LimitExceeded.DeliveryFrequencyLimit": Refusal.THROTTLED,
        "LimitExceeded.AppMainlandChinaDailyLimit": Refusal.QUOTA_USED_UP,
        "RequestLimitExceeded.IPLimitExceeded": Refusal.THROTTLED,
        "InvalidParameterValue.IncorrectPhoneNumber": Refusal.RECIPIENT_GONE,
        "FailedOperation.InsufficientBalanceInSmsPackage": Refusal.ACCOUNT_BLOCKED,
        "UnauthorizedOperation.RequestIpNotInWhitelist": Refusal.ACCOUNT_BLOCKED,
        "InvalidParameterValue.ContentLengthLimit": Refusal.BAD_CONTENT,
        "FailedOperation.ContainSensitiveWord": Refusal.BAD_CONTENT,
        "InternalError.Timeout": Refusal.UNREACHABLE,
        "FailedOperation.SomethingNew": Refusal.UNKNOWN,
    },
}


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in CODES.items() for code in codes])
def test_a_code_means_one_thing(make, name, code):
    gateway = make(name)
    gateway.says.append(gateway.refuses(code))
    error = failed(gateway.sender())
    assert error.refusal is CODES[name][code]
    assert code in str(error)


@pytest.mark.parametrize("name", CODES)
def test_every_code_of_the_table_is_told_by_its_meaning(make, name):
    gateway, table = make(name), {"aliyun": aliyun, "tencent": tencent}[name].REFUSALS
    sms = gateway.sender()
    for code, meaning in table.items():
        gateway.says.append(gateway.refuses(code))
        assert failed(sms).refusal is meaning, code


UNREADABLE = {
    "html": [http(b"<html>")],
    "nothing": [http(b"")],
    "no code": [http({"RequestId": "R"})],
    "no number": [http({"Code": None, "Response": {"SendStatusSet": []}})],
    "odd": [http({"Code": 7, "Response": {"SendStatusSet": [{"Code": 7}]}})],
    "odd error": [http({"Code": [], "Response": {"Error": "x"}})],
    "502": [http(b"bad gateway", "502 Bad Gateway")],
    "hang up": [HANG_UP],
    "reset": [RESET],
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE)
def test_an_answer_that_cannot_be_read_may_be_a_message_that_was_sent(gateway, answer):
    gateway.says.append(answer)
    assert failed(gateway.sender()).refusal is Refusal.UNREACHABLE
    assert len(gateway.taken) == 1


def test_a_gateway_that_stalls_is_given_up(gateway):
    gateway.says.append([STALL])
    assert failed(gateway.sender(api_timeout_s=0.1)).refusal is Refusal.UNREACHABLE


def test_a_gateway_that_is_not_there_has_sent_nothing(gateway):
    assert failed(gateway.sender(api_base="http://127.0.0.1:9")).refusal is Refusal.NOT_SENT


@pytest.mark.parametrize("way", ["signature", "refusal", "page", "reset"])
def test_no_secret_is_told_in_an_error_a_traceback_or_the_log(gateway, caplog, way):
    caplog.set_level(logging.DEBUG)
    told_back = f"{SECRET} {KEY_ID}"
    if way == "signature":
        error = failed(gateway.sender(key_id="another"))
    else:
        answers = {"refusal": gateway.refuses("isv.X", told_back), "page": [http(told_back.encode())], "reset": [RESET]}
        gateway.says.append(answers[way])
        error = failed(gateway.sender())
    told = "".join(traceback.format_exception(error)) + str([vars(line) for line in caplog.records])
    assert not [secret for secret in (SECRET, KEY_ID, PHONE) if secret in told]


def test_without_a_provider_there_is_no_sender():
    assert sender(SmsSettings()) is None


def test_a_sender_says_what_it_can_do(gateway):
    sms = gateway.sender()
    assert (sms.name, sms.least, sms.most, sms.has_key, sms.per_minute) == ("sms", 1, 1, False, 0)
