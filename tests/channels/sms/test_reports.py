"""Reports of the gateways on what became of messages."""

import json

import pytest

from bot.channels.sms.reports import Answered, Report, answer, read
from bot.errors import PayloadError

ALIYUN = [
    {
        "phone_number": "13812345678",
        "send_time": "2026-06-16 10:00:00",
        "report_time": "2026-06-16 10:00:05",
        "success": True,
        "err_code": "DELIVERED",
        "err_msg": "用户接收成功",
        "sms_size": "1",
        "biz_id": "90061^0",
        "out_id": "",
    },
    {"phone_number": "13812345679", "success": False, "err_code": "MOBILE_NOT_ON_SERVICE", "biz_id": "90062^0"},
]
TENCENT = [
    {
        "user_receive_time": "2026-06-16 10:00:05",
        "nationcode": "86",
        "mobile": "13812345678",
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "用户短信送达成功",
        "sid": "5000:1",
    },
    {"mobile": "13812345679", "report_status": "FAIL", "errmsg": "UNDELIV", "sid": "5000:2"},
]


def test_alibabas_reports_are_read():
    assert read("aliyun", json.dumps(ALIYUN).encode()) == [
        Report("90061^0", True),
        Report("90062^0", False, "MOBILE_NOT_ON_SERVICE"),
    ]


def test_tencents_reports_are_read():
    assert read("tencent", json.dumps(TENCENT).encode()) == [Report("5000:1", True), Report("5000:2", False, "UNDELIV")]


def test_what_people_write_back_is_read():
    up = {"phone_number": "13812345678", "content": "TD", "sign_name": "安委办", "sequence_id": 7, "dest_code": "1069"}
    assert read("aliyun", json.dumps([up, ALIYUN[0]]).encode()) == [
        Answered("13812345678", "TD"),
        Report("90061^0", True),
    ]
    one = {
        "extend": "",
        "mobile": "13812345678",
        "nationcode": "86",
        "sign": "安委办",
        "text": "退订",
        "time": 1457336869,
    }
    for body in (one, [one]):
        assert read("tencent", json.dumps(body).encode()) == [Answered("13812345678", "退订")]


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'[{"content": "TD", "text": "TD"}]',
        b'{"mobile": 1, "text": 2}',
        b"[1]",
        b"\xff",
        b"[{}]",
        b'[{"biz_id": 7, "sid": ""}]',
        b"[" * 9999,
    ],
)
def test_what_is_no_list_of_reports_is_refused(provider, body):
    with pytest.raises(PayloadError):
        read(provider, body)


def test_each_gateway_is_answered_in_its_own_words():
    assert json.loads(answer("aliyun")) == {"code": 0, "msg": "成功"}
    assert json.loads(answer("tencent")) == {"result": 0, "errmsg": "OK"}
