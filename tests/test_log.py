"""What must not stand in a log does not stand in it."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import pytest

from bot import log

OPENID = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"


@pytest.mark.parametrize(
    ("text", "struck"),
    [
        ("tel 13812345678 .", "tel 138****5678 ."),
        ("GET /cgi-bin/token?appid=wx1&secret=abc&x=1", "GET /cgi-bin/token?appid=wx1&secret=***&x=1"),
        ("https://api/x?access_token=89_abc-DEF", "https://api/x?access_token=***"),
        ("GET /cgi-bin/gettoken?corpid=ww1&corpsecret=abc", "GET /cgi-bin/gettoken?corpid=ww1&corpsecret=***"),
        ("/cgi-bin/webhook/send?key=693a-7aoc", "/cgi-bin/webhook/send?key=***"),
        ("Token=abc aes_key=xyz", "Token=*** aes_key=***"),
        ("postgresql://bot:geheim@db/bot", "postgresql://bot:***@db/bot"),
        ("redis://:geheim@cache:6379/0", "redis://:***@cache:6379/0"),
        (OPENID, "o…YZ1".replace("YZ1", OPENID[-4:])),
        ("拨打12350，订单20231234567890", "拨打12350，订单20231234567890"),
    ],
)
def test_secrets_phones_and_openids_are_struck_out(text: str, struck: str) -> None:
    assert log.strike(text) == struck


@contextmanager
def logged(level: str = "INFO") -> Iterator[io.StringIO]:
    """Our log set up and written to a string; the log of the test run is as before afterwards."""
    root = logging.getLogger()
    handlers, before = root.handlers[:], root.level
    out = io.StringIO()
    with redirect_stderr(out):
        log.set_up(level)
    try:
        yield out
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)


def test_line_holds_level_room_sentence_and_facts() -> None:
    with logged() as out:
        logging.getLogger("bot.test").info("batch sent", extra={"sent": 98, "region": "广东"})
    assert " INFO    bot.test batch sent " in out.getvalue()
    assert '{"sent": 98, "region": "广东"}' in out.getvalue()


def test_facts_and_tracebacks_are_struck_too() -> None:
    with logged() as out:
        try:
            raise ValueError("secret=geheim")
        except ValueError:
            logging.getLogger("bot.test").exception("failed", extra={"address": OPENID, "phone": "13812345678"})
    assert "Traceback" in out.getvalue()
    for hidden in ("geheim", OPENID, "13812345678"):
        assert hidden not in out.getvalue()


FORGED = "2026-11-27T00:00:00.000+00:00 INFO    bot.staff all is well"


@pytest.mark.parametrize("sign", ["\n", "\r", "\r\n", "\u2028", "\x85", "\x1b[2K", "\u202e", "\ud800", "\0"])
def test_what_is_typed_begins_no_line_and_turns_none_round(sign: str) -> None:
    with logged() as out:
        typed = f"甲{sign}{FORGED}"
        try:
            raise ValueError(typed)
        except ValueError as e:
            logging.getLogger("bot.test").exception("a page failed: %s", e, extra={"said": typed})
    lines = out.getvalue().splitlines()
    assert not [line for line in lines if line.startswith("2026-11-27T00:00")]
    assert sign == "\n" or sign[0] not in out.getvalue()
    assert all(line.startswith("  ") for line in lines[1:])
    assert FORGED in lines[0]


def test_fact_that_is_no_json_is_written_as_text() -> None:
    with logged() as out:
        logging.getLogger("bot.test").warning("odd", extra={"thing": object})
    assert "<class 'object'>" in out.getvalue()


def test_libraries_that_log_secrets_are_kept_quiet() -> None:
    with logged("DEBUG") as out:
        logging.getLogger("urllib3.connectionpool").debug("GET /token?secret=geheim")
        logging.getLogger("wechatpy").info("access_token=geheim")
    assert out.getvalue() == ""


def test_setting_up_twice_writes_each_line_once() -> None:
    with logged() as first, logged() as second:
        logging.getLogger("bot.test").info("once")
    assert (first.getvalue() + second.getvalue()).count("once") == 1
