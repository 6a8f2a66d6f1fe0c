"""Requests that come before the bot is ready to answer."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.test import Client

from bot.errors import AT_ONCE, WouldWait
from bot.warming import Warming

PATIENCE_S = 120.0


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [environ["PATH_INFO"].encode()]


def meanwhile(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"come again"]


class Preparation:
    """Something to make ready, that gets done when it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.count, self.go, self.failed, self._error = 0, threading.Event(), threading.Event(), error

    def __call__(self) -> None:
        self.count += 1
        self.go.wait(PATIENCE_S)
        if self._error:
            raise self._error


def test_questions_wait_and_health_does_not() -> None:
    preparation = Preparation()
    warming = Warming(app, preparation, PATIENCE_S, {"/wechat": meanwhile, "/wecom": meanwhile})
    warming.start(on_error=preparation.failed.set)
    answered: list[str] = []
    asking = [threading.Thread(target=lambda: answered.append(Client(warming).get("/").text)) for _ in range(4)]
    for thread in asking:
        thread.start()
    assert Client(warming).get("/healthz").text == "/healthz"
    assert not answered
    preparation.go.set()
    for thread in asking:
        thread.join(PATIENCE_S)
    assert (answered, preparation.count) == (["/"] * 4, 1)
    warming.check()


def test_one_who_must_not_wait_is_sent_away_until_it_is_ready() -> None:
    preparation = Preparation()
    warming = Warming(app, preparation, PATIENCE_S, {"/wechat": meanwhile, "/wecom": meanwhile})
    warming.start(on_error=preparation.failed.set)
    with pytest.raises(WouldWait):
        warming({"PATH_INFO": "/wechat", AT_ONCE: True}, lambda _status, _headers: None)
    preparation.go.set()
    assert Client(warming).get("/").text == "/"
    assert warming({"PATH_INFO": "/wechat", AT_ONCE: True}, lambda _status, _headers: None) == [b"/wechat"]


def test_what_cannot_be_prepared_ends_the_server_and_holds_nobody_up() -> None:
    preparation = Preparation(ValueError("bad words"))
    warming = Warming(app, preparation, PATIENCE_S, {"/wechat": meanwhile, "/wecom": meanwhile})
    warming.start(on_error=preparation.failed.set)
    preparation.go.set()
    assert Client(warming).get("/").status_code == 200
    assert preparation.failed.wait(PATIENCE_S)
    with pytest.raises(ValueError, match="bad words"):
        warming.check()


def test_no_request_is_held_for_longer_than_wechat_waits() -> None:
    warming = Warming(app, Preparation(), 0.0, {"/wechat": meanwhile, "/wecom": meanwhile})
    client = Client(warming)
    assert client.post("/wechat").text == "come again", "no error is shown to a follower"
    assert client.post("/wecom").text == "come again"
    page = client.get("/")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert client.get("/healthz").status_code == 200


def test_a_page_that_came_too_early_opens_itself_and_keeps_its_look() -> None:
    preparation = Preparation()
    client = Client(Warming(app, preparation, 0.0, {}))
    accept = {"Accept": "text/html,application/xhtml+xml"}
    page = client.get("/staff/knowledge/?show=draft", headers=accept)
    assert page.status_code == 503
    assert "正在准备" in page.text
    assert 'http-equiv="refresh"' in page.text  # of the very address that was asked for
    assert client.get("/staff/static/console.css").status_code == 200
    sent = client.post("/staff/knowledge/new", headers=accept)
    assert "refresh" not in sent.text
    assert "填过的内容还在" in sent.text
    assert client.get("/staff/", headers=accept | {"HX-Request": "true"}).mimetype == "text/plain"


def test_what_is_slow_the_first_time_is_made_ready_after_and_may_fail() -> None:
    preparation, after = Preparation(), threading.Event()

    def then() -> None:
        after.set()
        raise ValueError("the database is away")

    warming = Warming(app, preparation, PATIENCE_S, {}, then)
    warming.start(on_error=preparation.failed.set)
    assert not after.is_set()
    preparation.go.set()
    assert Client(warming).get("/").text == "/"
    assert after.wait(PATIENCE_S)
    warming.check()
