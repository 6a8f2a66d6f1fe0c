"""The door: who is let in, in which mode, and that WeChat always gets an answer it takes."""

from __future__ import annotations

import base64
import io
import random
from urllib.parse import urlencode
from wsgiref.validate import validator

import pytest
from flask import Flask

from bot.channels.official import CallbackLane
from bot.messages import Reply

from .wire import (
    ACCOUNT,
    AES_KEY,
    APP_ID,
    NOW,
    OPENID,
    OTHER_AES_KEY,
    envelope_of,
    environ,
    message,
    query,
    sealed,
    text_message,
    unsealed,
)


def test_the_address_is_verified_with_the_echo_as_it_came(plain):
    answer = plain.is_verified(query(echostr="5918486-abc_4"))
    assert (answer.status, answer.body) == (200, b"5918486-abc_4")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_the_address_is_verified_in_safe_mode_too(safe):
    assert safe.is_verified(query(echostr="5918486")).body == b"5918486"


BAD_QUERIES = {
    "wrong token": query(token="somebody"),
    "no signature": {k: v for k, v in query().items() if k != "signature"},
    "empty signature": query() | {"signature": ""},
    "signature in capitals": query() | {"signature": query()["signature"].upper()},
    "signature of another nonce": query() | {"nonce": "1"},
    "letters as signature": query() | {"signature": "签名"},
    "five minutes old": query(NOW - 301),
    "ahead of time": query(NOW + 301),
    "time in words": query("now"),
    "time in other digits": query("１７９００００００"),
    "endless time": query("9" * 500),
    "nothing": {},
    "too long": query(x="x" * 3000),
    "too many": query(**{f"x{n}": "x" for n in range(50)}),
}


@pytest.mark.parametrize("parameters", BAD_QUERIES.values(), ids=BAD_QUERIES)
def test_who_does_not_sign_is_refused(plain, parameters):
    assert plain.is_verified(parameters | {"echostr": "1"}).status == 403
    answer = plain.receives(text_message(), parameters)
    assert (answer.status, answer.body) == (403, b"")
    assert plain.heard == []


@pytest.mark.parametrize("late", [-299, 0, 299])
def test_a_timestamp_within_the_window_is_taken(plain, late):
    assert plain.receives(text_message(), query(NOW + late)).text == "收到"


@pytest.mark.parametrize("raw", ["%", "&&&=&", "signature=%ff%fe&timestamp=%00", "a;b", "\xff\xfe"])
def test_a_query_of_garbage_is_refused(plain, raw):
    assert plain.receives(text_message(), raw).status == 403


@pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE", "OPTIONS", ""])
def test_other_methods_are_not_allowed(plain, method):
    answer = plain.call(environ(method, b"", query()))
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_without_a_token_everyone_is_refused_and_it_is_said_once(account, caplog):
    tokenless = account(token="")
    for _ in range(3):
        assert tokenless.receives(text_message(), query(token="")).status == 403
        assert tokenless.is_verified(query(token="", echostr="1")).status == 403
    assert [line.getMessage() for line in caplog.records] == ["wechat.token is not set: every callback is refused"]


def test_a_reply_goes_back_the_way_it_came(plain):
    answer = plain.receives(text_message())
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.xml == {
        "ToUserName": OPENID,
        "FromUserName": ACCOUNT,
        "CreateTime": str(NOW),
        "MsgType": "text",
        "Content": "收到",
    }


def test_no_reply_is_success_in_every_mode(plain, safe):
    plain.reply = safe.reply = None
    for answer in (plain.receives(text_message()), safe.receives_sealed(text_message())):
        assert (answer.status, answer.body) == (200, b"success")


def test_a_repeated_message_gets_the_same_bytes_and_is_heard_once(plain, safe):
    assert len({plain.receives(text_message()).body for _ in range(3)}) == 1
    assert len({safe.receives_sealed(text_message()).body for _ in range(3)}) == 1
    assert len(plain.heard) == len(safe.heard) == 1


def test_a_fault_of_ours_is_answered_with_the_sentence_for_it(plain, monkeypatch):
    monkeypatch.setattr(plain, "heard", None)  # the handler breaks
    assert plain.receives(text_message()).text == "出错了"


def test_a_fault_behind_the_inbox_ends_in_silence_and_one_log_line(plain, caplog):
    plain.reply = Reply(text=None)  # type: ignore[arg-type]  # what cannot be rendered
    answer = plain.receives(text_message())
    assert (answer.status, answer.body) == (200, b"success")
    assert [line.getMessage() for line in caplog.records if line.exc_info] == ["a push could not be answered"]


# --- encryption -------------------------------------------------------------------------------------------------------


def test_a_sealed_message_gets_a_sealed_reply(safe):
    answer = safe.receives_sealed(text_message("着火了"))
    assert unsealed(answer).text == "收到"
    assert safe.heard[0].text == "着火了"


def test_during_a_change_of_keys_the_reply_uses_the_key_of_the_message(account):
    changing = account(aes_key=OTHER_AES_KEY, previous_aes_key=AES_KEY)
    old = changing.receives_sealed(text_message(msg_id=1), aes_key=AES_KEY)
    new = changing.receives_sealed(text_message(msg_id=2), aes_key=OTHER_AES_KEY)
    assert unsealed(old, aes_key=AES_KEY).text == unsealed(new, aes_key=OTHER_AES_KEY).text == "收到"


def test_in_compatible_mode_only_the_sealed_part_counts(safe):
    body, parameters = sealed(text_message("真的"))
    forged = text_message("假的").encode()[:-6]
    both = forged + body[body.index(b"<Encrypt>") :]
    assert unsealed(safe.receives(both, parameters)).text == "收到"
    assert [heard.text for heard in safe.heard] == ["真的"]


BODY, SEALED = sealed(text_message())
REFUSED_IN_SAFE_MODE = {
    "plaintext": (text_message().encode(), query()),
    "plaintext, declared raw": (text_message().encode(), query(encrypt_type="raw")),
    "plaintext, declared aes": (text_message().encode(), SEALED),
    "sealed, not declared": (BODY, query()),
    "no msg_signature": (BODY, {k: v for k, v in SEALED.items() if k != "msg_signature"}),
    "wrong msg_signature": (BODY, SEALED | {"msg_signature": SEALED["msg_signature"][::-1]}),
    "signature as msg_signature": (BODY, SEALED | {"msg_signature": SEALED["signature"]}),
    "wrong signature": (BODY, SEALED | {"signature": "0" * 40}),
    "another body under this signature": (sealed(text_message("假的"))[0], SEALED),
    "another token": sealed(text_message(), token="somebody"),
    "old": (BODY, SEALED | query(NOW - 400)),
    "empty Encrypt": envelope_of(""),
}


@pytest.mark.parametrize(("body", "parameters"), REFUSED_IN_SAFE_MODE.values(), ids=REFUSED_IN_SAFE_MODE)
def test_what_is_not_signed_over_its_body_is_refused_in_safe_mode(safe, body, parameters):
    assert safe.receives(body, parameters).status == 403
    assert safe.heard == []


SILENT_IN_SAFE_MODE = {
    "another AppID": sealed(text_message(), app_id="wx0000000000000002"),
    "another key": sealed(text_message(), aes_key=OTHER_AES_KEY),
    "no base64": envelope_of("这不是密文"),
    "broken base64": envelope_of("QUJDRA"),
    "no whole block": envelope_of(base64.b64encode(b"x" * 17).decode()),
    "random blocks": envelope_of(base64.b64encode(random.Random(7).randbytes(320)).decode()),
    "unreadable inside": sealed("<xml>"),
    "bomb inside": sealed('<!DOCTYPE xml [<!ENTITY a "b">]><xml/>'),
    "another account": sealed(message(ToUserName="gh_somebody", Content="x", MsgId=1)),
    "envelope cut off": (BODY[:-20], SEALED),
    "json": (b"{}", SEALED),
}


@pytest.mark.parametrize(("body", "parameters"), SILENT_IN_SAFE_MODE.values(), ids=SILENT_IN_SAFE_MODE)
def test_what_is_signed_but_not_for_us_ends_in_silence(safe, body, parameters):
    answer = safe.receives(body, parameters)
    assert (answer.status, answer.body) == (200, b"success")
    assert safe.heard == []


def test_a_sealed_message_is_refused_where_no_key_is_set(plain):
    assert plain.receives_sealed(text_message()).status == 403
    assert plain.heard == []


def test_a_message_to_another_account_is_not_answered(account):
    ours = account(account_id=ACCOUNT)
    assert ours.receives(message(ToUserName="gh_somebody", Content="x", MsgId=1)).body == b"success"
    assert ours.heard == []
    assert ours.receives(text_message()).text == "收到"


# --- bodies -----------------------------------------------------------------------------------------------------------


class _NotToBeRead(io.BytesIO):
    def read(self, *_args: object) -> bytes:
        raise AssertionError("read although it must not be")


class _BrokenOff(io.BytesIO):
    def read(self, *_args: object) -> bytes:
        raise ConnectionResetError


class _InDrops(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 7))


def test_a_body_above_the_limit_is_not_even_read(account):
    small = account(max_body_bytes=4096)
    answer = small.receives(b"", CONTENT_LENGTH="4097", **{"wsgi.input": _NotToBeRead()})
    assert (answer.status, answer.body) == (413, b"")


def test_an_unsigned_body_is_not_even_read(plain):
    assert plain.receives(b"", {}, **{"wsgi.input": _NotToBeRead()}).status == 403


@pytest.mark.parametrize("length", ["9" * 12, "9" * 5000])
def test_an_absurd_length_is_too_large(plain, length):
    assert plain.receives(text_message(), CONTENT_LENGTH=length).status == 413


@pytest.mark.parametrize("length", ["", "-5", "abc", "1e3", "+10", "１２", "999", None])
def test_a_length_that_does_not_fit_the_body_ends_in_silence(plain, length):
    answer = plain.receives(text_message(), CONTENT_LENGTH=length)
    assert (answer.status, answer.body) == (200, b"success")
    assert plain.heard == []


def test_a_body_in_drops_is_put_together(plain):
    body = text_message().encode()
    assert plain.receives(body, **{"wsgi.input": _InDrops(body)}).text == "收到"


def test_a_chunked_body_is_read_to_its_end_and_limit(plain, account):
    chunked = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert plain.receives(text_message(), **chunked).text == "收到"
    assert account(max_body_bytes=4096).receives(b" " * 4097, **chunked).status == 413


def test_a_broken_connection_ends_in_silence(plain):
    assert plain.receives(text_message(), **{"wsgi.input": _BrokenOff()}).body == b"success"


def test_two_thousand_mutations_never_get_anything_but_an_answer_wechat_takes(plain, account):
    draw, small = random.Random(20261124), account(aes_key=AES_KEY, app_id=APP_ID, max_body_bytes=4096)
    seen = set()
    for _ in range(1000):
        body, parameters = _mutated(draw, text_message(msg_id=draw.randrange(50)).encode()), _drawn(draw, query())
        seen.add(plain.receives(body, parameters).status)
        body, parameters = sealed(_mutated(draw, text_message().encode()).decode(errors="replace"))
        if draw.random() < 0.7:
            body = _mutated(draw, body) * draw.choice((1, 1, 1, 20))
        seen.add(small.receives(body, _drawn(draw, parameters)).status)
    assert seen == {200, 403, 413}
    assert plain.still_answers()


def _mutated(draw: random.Random, body: bytes) -> bytes:
    data = bytearray(body)
    for _ in range(draw.randrange(6)):
        at, to = sorted((draw.randrange(len(data) + 1), draw.randrange(len(data) + 1)))
        way = draw.randrange(5)
        if way == 0 and at < len(data):
            data[at] = draw.randrange(256)
        elif way == 1:
            data[at:at] = draw.randbytes(draw.randrange(1, 20))
        elif way == 2:
            del data[at : min(to, at + 30)]
        elif way == 3:
            data[at:at] = data[at : min(to, at + 60)]
        else:
            data[at:at] = draw.choice((b"]]>", b"<![CDATA[", b"<!DOCTYPE x>", b"&#0;", b"</xml>", b"\0", b"<?x?>"))
    return bytes(data)


def _drawn(draw: random.Random, parameters: dict[str, str]) -> str:
    raw = urlencode(parameters)
    return _mutated(draw, raw.encode()).decode("latin-1") if draw.random() < 0.1 else raw


# --- in front of Flask ------------------------------------------------------------------------------------------------


@pytest.fixture
def site(plain):
    app = Flask("site")
    app.add_url_rule("/", view_func=lambda: "网站首页")
    app.wsgi_app = CallbackLane(app.wsgi_app, plain.lane)  # type: ignore[method-assign]
    return app.test_client()


def test_the_lane_takes_the_callback_and_leaves_the_site_to_flask(site):
    pushed = site.post("/wechat", query_string=query(), data=text_message().encode(), content_type="text/xml")
    assert "收到" in pushed.text
    assert site.get("/wechat", query_string=query(echostr="77")).text == "77"
    assert site.get("/").text == "网站首页"


@pytest.mark.parametrize("path", ["/wechat/", "/wechat2", "/WeChat", "//wechat"])
def test_the_lane_takes_no_other_path(site, path):
    assert site.get(path, query_string=query(echostr="77")).text != "77"


@pytest.mark.parametrize(
    "env",
    [
        environ("POST", text_message().encode(), query()),
        environ("POST", b"x", {}),
        environ("GET", b"", query(echostr="1")),
        environ("GET", b"", {}),
    ],
)
def test_the_lane_keeps_to_the_wsgi_standard(plain, env):
    started = []
    result = validator(plain.lane)(
        env, lambda status, headers, exc_info=None: started.append(status) or (lambda _: None)
    )
    try:
        assert list(result)
    finally:
        result.close()
    assert started
