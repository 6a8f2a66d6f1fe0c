"""Both gateways over HTTP. The signatures are made here anew, not by the simulator's own code."""

import base64
import datetime
import hashlib
import hmac
import json
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import pytest

from bot.simulator.sms import count_parts
from bot.simulator.sms_tencent import Signed, signature

from .conftest import Response

PHONE = "13800000001"
OTHER = "13900000002"
ALIYUN = "/sms/aliyun/"
TENCENT = "/sms/tencent/"


def percent(text):
    return quote(text, safe="~")


@dataclass
class Gateways:
    """A caller of both gateways; `changes` spoil a call."""

    api: object
    sim: object
    nonces: list = field(default_factory=list)

    def aliyun(self, method="POST", secret=None, path=ALIYUN, **changes):
        config = self.sim.config.sms
        self.nonces.append(f"nonce-{len(self.nonces)}")
        at = datetime.datetime.fromtimestamp(self.sim.wall_clock(), datetime.UTC)
        params = {
            "AccessKeyId": config.access_key_id,
            "Action": "SendSms",
            "Version": "2017-05-25",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": self.nonces[-1],
            "Timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Format": "JSON",
            "PhoneNumbers": PHONE,
            "SignName": config.sign_name,
            "TemplateCode": "SMS_100000001",
            "TemplateParam": json.dumps({"content": "明天有大风 ~*+"}, ensure_ascii=False),
        } | changes
        params = {name: value for name, value in params.items() if value is not None}
        canonical = "&".join(f"{percent(k)}={percent(v)}" for k, v in sorted(params.items()))
        text = "&".join((method, "%2F", percent(canonical)))
        key = f"{secret or config.access_key_secret}&".encode()
        params["Signature"] = base64.b64encode(hmac.digest(key, text.encode(), "sha1")).decode()
        encoded = "&".join(f"{percent(k)}={percent(v)}" for k, v in params.items())
        if method == "GET":
            return self.api.request("GET", f"{path}?{encoded}")
        return self.api.request(method, path, encoded.encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    def tencent(self, action="SendSms", secret=None, headers=None, stamp=None, **changes):
        config = self.sim.config.sms
        body = {"SmsSdkAppId": config.sdk_app_id}
        if action == "SendSms":
            body |= {
                "PhoneNumberSet": [f"+86{PHONE}"],
                "SignName": config.sign_name,
                "TemplateId": "1100001",
                "TemplateParamSet": ["明天有大风"],
            }
        raw = json.dumps(body | changes, ensure_ascii=False).encode()
        stamp = str(int(self.sim.wall_clock()) if stamp is None else stamp)
        sent = {
            "Content-Type": "application/json; charset=utf-8",
            "Host": f"127.0.0.1:{self.api.port}",
            "X-TC-Action": action,
            "X-TC-Version": "2021-01-11",
            "X-TC-Timestamp": stamp,
            "X-TC-Region": "ap-guangzhou",
        }
        sent["Authorization"] = self._tc3(sent, raw, stamp, secret or config.secret_key)
        return self.api.request("POST", TENCENT, raw, sent | (headers or {}))

    def _tc3(self, sent, raw, stamp, secret):
        day = datetime.datetime.fromtimestamp(int(stamp), datetime.UTC).strftime("%Y-%m-%d")
        lines = ["POST", "/", "", f"content-type:{sent['Content-Type'].lower()}", f"host:{sent['Host']}", ""]
        canonical = "\n".join([*lines, "content-type;host", hashlib.sha256(raw).hexdigest()])
        scope = f"{day}/sms/tc3_request"
        text = "\n".join(["TC3-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("TC3" + secret).encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signed = hmac.digest(key, text.encode(), "sha256").hex()
        credential = f"{self.sim.config.sms.secret_id}/{scope}"
        return f"TC3-HMAC-SHA256 Credential={credential}, SignedHeaders=content-type;host, Signature={signed}"


@pytest.fixture
def gateways(simulator, api):
    return Gateways(api, simulator)


def settle(simulator, seconds=1.0):
    simulator.advance(seconds)
    assert simulator.wait_idle(10)


def with_sms(simulator, **changes):
    simulator.reconfigure(sms=replace(simulator.config.sms, **changes))


@pytest.mark.parametrize(
    ("text", "parts"),
    [("x", 1), ("安" * 70, 1), ("安" * 71, 2), ("安" * 134, 2), ("安" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2)],
)
def test_long_text_is_billed_in_parts(text, parts):
    assert count_parts(text) == parts


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", [ALIYUN, ALIYUN.rstrip("/")])
def test_aliyun_delivers_a_signed_call(gateways, api, method, path):
    answer = gateways.aliyun(method, path=path, PhoneNumbers=f"{PHONE},+86{OTHER}")
    assert answer.status == 200
    assert (answer.json["Code"], answer.json["Message"]) == ("OK", "OK")
    messages = api.page("GET", "/control/sms").json["messages"]
    assert [(m["phone"], m["text"], m["serial"]) for m in messages] == [
        (phone, "【安全办】安全提醒：明天有大风 ~*+", answer.json["BizId"]) for phone in (PHONE, OTHER)
    ]
    (content,) = api.page("GET", f"/control/received?address={PHONE}&kind=sms").json["contents"]
    assert content["times"] == 1


ALIYUN_MISTAKES = [
    ("SignatureDoesNotMatch", 400, {"secret": "wrong"}),
    ("InvalidAccessKeyId.NotFound", 404, {"AccessKeyId": "LTAI-other"}),
    ("InvalidTimeStamp.Expired", 400, {"Timestamp": "2020-01-01T00:00:00Z"}),
    ("InvalidTimeStamp.Format", 400, {"Timestamp": "2020-01-01"}),
    ("InvalidSignatureMethod", 400, {"SignatureMethod": "HMAC-SHA256"}),
    ("InvalidAction.NotFound", 404, {"Action": "SendPost"}),
    ("InvalidAction.NotFound", 404, {"Version": "2016-01-01"}),
    ("MissingSignatureNonce", 400, {"SignatureNonce": None}),
    ("isv.MOBILE_NUMBER_ILLEGAL", 200, {"PhoneNumbers": "12345"}),
    ("isv.MOBILE_NUMBER_ILLEGAL", 200, {"PhoneNumbers": f"{PHONE},x"}),
    ("isv.MOBILE_COUNT_OVER_LIMIT", 200, {"PhoneNumbers": ",".join([PHONE] * 1001)}),
    ("isv.SMS_SIGNATURE_ILLEGAL", 200, {"SignName": "别人"}),
    ("isv.SMS_TEMPLATE_ILLEGAL", 200, {"TemplateCode": "SMS_9"}),
    ("isv.TEMPLATE_MISSING_PARAMETERS", 200, {"TemplateParam": "{}"}),
    ("isv.INVALID_JSON_PARAM", 200, {"TemplateParam": '{"content":7}'}),
    ("isv.INVALID_JSON_PARAM", 200, {"TemplateParam": "{"}),
    ("isv.PARAM_NOT_SUPPORT_URL", 200, {"TemplateParam": '{"content":"见 https://e.cn"}'}),
    ("isv.PARAM_LENGTH_LIMIT", 200, {"TemplateParam": json.dumps({"content": "安" * 500})}),
]


@pytest.mark.parametrize(("code", "status", "mistake"), ALIYUN_MISTAKES)
def test_aliyun_refuses(gateways, api, code, status, mistake):
    answer = gateways.aliyun(**mistake)
    assert (answer.json["Code"], answer.status) == (code, status)
    assert answer.json["RequestId"]
    assert api.page("GET", "/control/sms").json["messages"] == []


def test_aliyun_refuses_a_replay(gateways):
    assert [gateways.aliyun(SignatureNonce="n").json["Code"] for _ in range(2)] == ["OK", "SignatureNonceUsed"]


def test_aliyun_refuses_a_long_variable_where_the_template_does(gateways, simulator):
    with_sms(simulator, max_param_chars=5)
    assert gateways.aliyun().json["Code"] == "isv.PARAM_LENGTH_LIMIT"


def test_aliyun_limits_the_day_of_a_number(gateways, simulator, api):
    with_sms(simulator, aliyun_per_day=2)
    codes = [gateways.aliyun().json["Code"] for _ in range(3)]
    assert codes == ["OK", "OK", "isv.BUSINESS_LIMIT_CONTROL"]
    assert gateways.aliyun(PhoneNumbers=f"{PHONE},{OTHER}").json["Code"] == "OK"
    phones = [m["phone"] for m in api.page("GET", "/control/sms").json["messages"]]
    assert phones == [PHONE, PHONE, OTHER]
    simulator.advance(24 * 3600)
    assert gateways.aliyun().json["Code"] == "OK"


@pytest.mark.parametrize("code", ["isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE"])
def test_aliyun_refuses_once_when_told(gateways, api, code):
    api.page("POST", "/control/sms", {"gateway": "aliyun", "refuse": code})
    assert [gateways.aliyun().json["Code"] for _ in range(2)] == [code, "OK"]


def test_aliyun_posts_receipts(gateways, simulator, bot, api):
    bot.says('{"code":0,"msg":"接收成功"}')
    with_sms(simulator, aliyun_receipt_url=simulator.config.callback_url)
    api.page("POST", "/control/sms", {"unreachable": [OTHER]})
    serial = gateways.aliyun(PhoneNumbers=f"{PHONE},{OTHER}", OutId="batch-7").json["BizId"]
    settle(simulator)
    first, second = json.loads(bot.last.body)
    assert (first["phone_number"], first["success"], first["err_code"]) == (PHONE, True, "DELIVERED")
    assert (second["phone_number"], second["success"]) == (OTHER, False)
    assert (first["biz_id"], first["out_id"], first["sms_size"]) == (serial, "batch-7", "1")
    assert len(bot.received) == 1


def test_receipt_not_acknowledged_is_posted_again(gateways, simulator, bot):
    answers = [Response(b"nonsense"), Response(b"", 500), Response(b'{"code":0}')]
    bot.behaviour = lambda received: answers.pop(0)
    with_sms(simulator, aliyun_receipt_url=simulator.config.callback_url)
    gateways.aliyun()
    settle(simulator)
    assert len(bot.received) == 3
    assert not answers


def test_receipts_may_be_lost(gateways, simulator, bot, api):
    with_sms(simulator, aliyun_receipt_url=simulator.config.callback_url)
    api.page("POST", "/control/events", {"event": "aliyun.receipt", "lose": 1})
    gateways.aliyun()
    settle(simulator)
    assert not bot.received


def test_aliyun_can_be_asked_what_became_of_a_message(gateways, simulator):
    serial = gateways.aliyun().json["BizId"]
    query = {"Action": "QuerySendDetails", "PhoneNumber": PHONE, "BizId": serial, "SendDate": "20260922"}

    def status():
        return gateways.aliyun(**query).json["SmsSendDetailDTOs"]["SmsSendDetailDTO"][0]["SendStatus"]

    assert status() == 1
    settle(simulator)
    assert status() == 3


def test_tencent_delivers_a_signed_call(gateways, api):
    long = "安" * 100
    (status,) = gateways.tencent(TemplateParamSet=[long], SessionContext="b7").json["Response"]["SendStatusSet"]
    assert (status["Code"], status["Fee"], status["SessionContext"]) == ("Ok", 2, "b7")
    (message,) = api.page("GET", "/control/sms").json["messages"]
    assert (message["serial"], message["parts"]) == (status["SerialNo"], 2)
    assert message["text"] == f"【安全办】安全提醒：{long}"


TENCENT_MISTAKES = [
    ("AuthFailure.SignatureFailure", {"secret": "wrong"}),
    ("AuthFailure.SignatureFailure", {"headers": {"Content-Type": "application/json"}}),
    ("AuthFailure.SignatureExpire", {"stamp": 1_500_000_000}),
    ("AuthFailure.InvalidAuthorization", {"headers": {"Authorization": "x"}}),
    ("NoSuchVersion", {"headers": {"X-TC-Version": "2019-07-11"}}),
    ("InvalidAction", {"action": "SendPost"}),
    ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", {"SmsSdkAppId": "1"}),
    ("MissingParameter", {"PhoneNumberSet": []}),
    ("LimitExceeded.PhoneNumberCountLimit", {"PhoneNumberSet": [f"+86{PHONE}"] * 201}),
    ("InvalidParameterValue.TemplateParameterFormatError", {"TemplateParamSet": [7]}),
    ("InvalidParameterValue", {"action": "PullSmsSendStatus", "Limit": 101}),
]


@pytest.mark.parametrize(("code", "mistake"), TENCENT_MISTAKES)
def test_tencent_refuses(gateways, code, mistake):
    answer = gateways.tencent(**mistake)
    assert answer.status == 200
    assert answer.json["Response"]["Error"]["Code"] == code


def test_tencent_knows_its_own_key_only(gateways, simulator):
    known = simulator.config.sms
    with_sms(simulator, secret_id="AKID-other")
    spoilt = Gateways(gateways.api, simulator)
    with_sms(simulator, secret_id=known.secret_id)
    headers = {"Authorization": spoilt._tc3({"Content-Type": "x", "Host": "x"}, b"", "1790000000", "x")}
    headers["Authorization"] = headers["Authorization"].replace(known.secret_id, "AKID-other")
    answer = gateways.tencent(headers=headers)
    assert answer.json["Response"]["Error"]["Code"] == "AuthFailure.SecretIdNotFound"


@pytest.mark.parametrize(
    ("code", "mistake"),
    [
        ("FailedOperation.SignatureIncorrectOrUnapproved", {"SignName": "别人"}),
        ("FailedOperation.TemplateIncorrectOrUnapproved", {"TemplateId": "9"}),
        ("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", {"TemplateParamSet": []}),
        ("InvalidParameterValue.IncorrectPhoneNumber", {"PhoneNumberSet": ["12345"]}),
    ],
)
def test_tencent_refuses_number_by_number(gateways, code, mistake):
    (status,) = gateways.tencent(**mistake).json["Response"]["SendStatusSet"]
    assert (status["Code"], status["Fee"], status["SerialNo"]) == (code, 0, "")


def test_tencent_limits_a_number(gateways, simulator):
    with_sms(simulator, tencent_per_day=2)

    def send():
        answer = gateways.tencent(PhoneNumberSet=[PHONE]).json["Response"]["SendStatusSet"][0]["Code"]
        return answer.removeprefix("LimitExceeded.")

    assert [send(), send()] == ["Ok", "PhoneNumberThirtySecondLimit"]
    simulator.advance(30)
    assert send() == "Ok"
    simulator.advance(30)
    assert send() == "PhoneNumberDailyLimit"


def test_tencent_receipts_are_pulled_once(gateways, simulator):
    serial = gateways.tencent().json["Response"]["SendStatusSet"][0]["SerialNo"]

    def pull():
        answer = gateways.tencent("PullSmsSendStatus", Limit=100).json["Response"]["PullSmsSendStatusSet"]
        return [(one["SerialNo"], one["ReportStatus"], one["SubscriberNumber"]) for one in answer]

    assert pull() == []
    settle(simulator)
    assert pull() == [(serial, "SUCCESS", PHONE)]
    assert pull() == []


def test_tencent_posts_receipts(gateways, simulator, bot):
    bot.says('{"result":0,"errmsg":"OK"}')
    with_sms(simulator, tencent_receipt_url=simulator.config.callback_url)
    serial = gateways.tencent().json["Response"]["SendStatusSet"][0]["SerialNo"]
    settle(simulator)
    (receipt,) = json.loads(bot.last.body)
    assert (receipt["sid"], receipt["report_status"], receipt["mobile"]) == (serial, "SUCCESS", PHONE)


#: Computed with openssl, step by step after cloud.tencent.com/document/api/382/52072.
VECTOR = "ab8850c43c6963bd59ef70e41cb5390c1bae4fafb1f5c48f17f384bc02edbb6e"


def test_tencent_signature_is_the_one_openssl_makes():
    headers = {"content-type": "application/json", "host": "sms.tencentcloudapi.com"}
    signed = Signed("POST", headers, "content-type;host", b"{}", 1_551_113_065)
    assert signature(signed, "key") == VECTOR


@pytest.mark.parametrize("path", ["/sms/aliyun", "/sms/tencent"])
def test_faults_strike_gateways_too(gateways, api, path):
    call = gateways.aliyun if "aliyun" in path else gateways.tencent
    api.page("POST", "/control/faults", {"path": path, "http_status": 502, "times": 1, "after_acceptance": True})
    assert call().status == 502
    assert len(api.page("GET", "/control/sms").json["messages"]) == 1
    api.page("POST", "/control/faults", {"path": path, "errcode": 7, "times": 1})
    assert b"7" in call().body


def test_no_secret_is_kept(gateways, simulator):
    gateways.aliyun()
    (record,) = simulator.recorder.all("/sms/aliyun")
    assert record.body["Signature"] == "***"
    assert simulator.config.sms.access_key_secret not in repr(simulator.config)


def test_gateway_of_a_switch_must_exist(api):
    assert api.page("POST", "/control/sms", {"gateway": "x", "refuse": "y"}).status == 400
