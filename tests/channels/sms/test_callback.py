"""The gateways' reports come to an address with a secret in it, and are acknowledged only once they are written."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from flask import Flask

from bot.channels.sms import Report
from bot.channels.sms.callback import create_blueprint
from bot.errors import StoreError
from bot.settings import SmsSettings

KEY = "k" * 20
PUSHED = {
    "aliyun": ([{"biz_id": "1", "success": True}], {"code": 0, "msg": "成功"}),
    "tencent": ([{"sid": "1", "report_status": "SUCCESS"}], {"result": 0, "errmsg": "OK"}),
}


class Gateway:
    """Pushes to the endpoint."""

    def __init__(self, provider: str, key: str = KEY) -> None:
        self.written: list[Report] = []
        self.is_away = False
        app = Flask("test")
        app.register_blueprint(create_blueprint(SmsSettings(provider=provider, report_key=key), self._write))
        self._client = app.test_client()

    def _write(self, reports: Sequence[Report]) -> None:
        if self.is_away:
            raise StoreError("away")
        self.written += reports

    def pushes(self, body: object, key: str = KEY) -> tuple[int, object]:
        told = self._client.post(f"/sms/{key}", data=json.dumps(body))
        return told.status_code, told.get_json(silent=True)


@pytest.mark.parametrize("provider", PUSHED)
def test_a_report_is_written_and_acknowledged_in_the_gateways_words(provider: str) -> None:
    gateway, (body, answer) = Gateway(provider), PUSHED[provider]
    assert gateway.pushes(body) == (200, answer)
    assert gateway.written == [Report("1", True)]


def test_nobody_without_the_secret_reports_anything() -> None:
    body, _ = PUSHED["aliyun"]
    assert Gateway("aliyun").pushes(body, "x" * 20)[0] == 404
    assert Gateway("aliyun", key="").pushes(body, "x")[0] == 404
    assert Gateway("aliyun").pushes(body, "密钥")[0] == 404


def test_what_cannot_be_written_comes_again() -> None:
    gateway = Gateway("aliyun")
    gateway.is_away = True
    assert gateway.pushes(PUSHED["aliyun"][0])[0] == 503


def test_what_is_no_report_is_refused() -> None:
    gateway = Gateway("aliyun")
    assert gateway.pushes({"no": "list"})[0] == 400
    assert gateway.written == []
