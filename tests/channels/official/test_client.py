"""The API client against a small server: one token for all, every failure a SendError, no secret ever told."""

from __future__ import annotations

import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.channels.official import refusal_of
from bot.channels.official.errcodes import REFUSALS
from bot.errors import RETRYABLE, Refusal, SendError, StoreError
from bot.messages import Choice

from .wire import OPENID

SECRET = "s3cr3t-of-the-account"
SEND = "message/custom/send"
TOKEN_KEY = "token:official:wx0000000000000001"
OK = (200, {"errcode": 0, "errmsg": "ok"})
CHOICES = (Choice("c1", "灭火器", "灭火器怎么用"), Choice("c2", "动火", "动火作业"))


def refused(code: int, words: str = "no") -> tuple[int, dict[str, object]]:
    return 200, {"errcode": code, "errmsg": words}


def in_threads(count: int, *sends):
    """Call each of `sends` from `count` threads at the same moment; the errors."""
    gate = threading.Barrier(count * len(sends))

    def go(send):
        gate.wait(120)
        try:
            send(OPENID, "x")
        except SendError as e:
            return e
        return None

    with ThreadPoolExecutor(count * len(sends)) as pool:
        return [error for error in pool.map(go, sends * count) if error]


def test_a_text_is_sent_as_it_stands(client, api):
    client.send_text(OPENID, "《安全生产法》🔥")
    [call] = api.called(SEND)
    assert (call.method, call.token) == ("POST", "token-1")
    assert call.data == {"touser": OPENID, "msgtype": "text", "text": {"content": "《安全生产法》🔥"}}


@pytest.mark.parametrize("text", ["🔥" * 600, "一句话。" * 400])
def test_a_long_text_is_cut_to_the_limit(client, api, text):
    client.send_text(OPENID, text)
    sent = api.called(SEND)[0].data["text"]["content"]
    assert 1900 < len(sent.encode()) <= 2048


def test_choices_are_sent_as_a_menu(client, api):
    client.send_choices(OPENID, "要问什么？", CHOICES)
    [call] = api.called(SEND)
    assert call.data["msgmenu"] == {
        "head_content": "要问什么？",
        "list": [{"id": "c1", "content": "灭火器怎么用"}, {"id": "c2", "content": "动火作业"}],
    }


def test_choices_become_numbered_lines_where_menus_are_not_allowed(client, api):
    api.says(SEND, refused(40200, "invalid account type"), OK)
    client.send_choices(OPENID, "要问什么？", CHOICES)
    assert api.called(SEND)[1].data["text"]["content"] == "要问什么？\n\n1. 灭火器\n2. 动火"


def test_choices_are_not_sent_again_after_another_refusal(client, api):
    api.says(SEND, refused(45015))
    with pytest.raises(SendError) as failed:
        client.send_choices(OPENID, "要问什么？", CHOICES)
    assert failed.value.errcode == 45015
    assert len(api.called(SEND)) == 1


def test_the_check_names_wechats_addresses(client, api):
    api.says("getcallbackip", (200, {"ip_list": ["101.226.62.77", "101.226.62.78"]}))
    assert client.check() == ["101.226.62.77", "101.226.62.78"]


def test_user_info_is_what_wechat_tells(client, api):
    api.says("user/info", (200, {"subscribe": 1, "openid": OPENID}))
    assert client.user_info(OPENID)["subscribe"] == 1


def test_followers_and_tags_are_read_page_by_page(client, api):
    page = {"total": 3, "count": 2, "data": {"openid": ["a", "b"]}, "next_openid": "b"}
    end = {"total": 3, "count": 0, "next_openid": ""}
    api.says("user/get", (200, page), (200, end))
    assert client.followers_after("") == (["a", "b"], "b", 3)
    assert client.followers_after("b") == ([], "", 3)
    api.says("tags/get", (200, {"tags": [{"id": 2, "name": "星标组", "count": 0}]}))
    assert client.tags() == [(2, "星标组")]
    api.says("user/tag/get", (200, {"count": 1, "data": {"openid": ["a"]}, "next_openid": "a"}))
    assert client.wearers_after(2, "") == (["a"], "a")
    assert api.called("user/tag/get")[0].data == {"tagid": 2, "next_openid": ""}


def test_a_qr_is_made_for_a_scene(client, api):
    api.says("qrcode/create", (200, {"ticket": "gQH+/=", "url": "http://weixin.qq.com/q/x"}))
    assert client.make_qr("unit-AB12CD") == "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH%2B%2F%3D"
    assert client.make_qr_link("unit-AB12CD") == "http://weixin.qq.com/q/x"
    for call in api.called("qrcode/create"):
        assert call.data["action_info"]["scene"] == {"scene_str": "unit-AB12CD"}


@pytest.mark.parametrize(
    "answer", [{}, {"total": "many"}, {"total": 1, "data": {"openid": 3}}, {"total": 1, "data": [1]}]
)
def test_a_list_of_another_shape_is_a_send_error(client, api, answer):
    api.says("user/get", (200, answer))
    with pytest.raises(SendError):
        client.followers_after("")


def test_many_followers_are_asked_for_at_once(client, api):
    api.says("user/info/batchget", (200, {"user_info_list": [{"subscribe": 1, "openid": OPENID}]}), (200, {}))
    assert client.user_infos([OPENID]) == [{"subscribe": 1, "openid": OPENID}]
    [call] = api.called("user/info/batchget")
    assert call.data == {"user_list": [{"openid": OPENID, "lang": "zh_CN"}]}
    assert client.user_infos([]) == []


# --- the token --------------------------------------------------------------------------------------------------------


def test_the_token_is_asked_for_without_force_and_kept(client, api):
    for _ in range(3):
        client.send_text(OPENID, "x")
    [call] = api.called("stable_token")
    assert call.data == {
        "grant_type": "client_credential",
        "appid": "wx0000000000000001",
        "secret": SECRET,
        "force_refresh": False,
    }


def test_twenty_threads_fetch_one_token(client, api):
    assert in_threads(20, client.send_text) == []
    assert len(api.called("stable_token")) == 1
    assert len(api.called(SEND)) == 20


def test_processes_with_one_store_fetch_one_token(connect, api):
    assert in_threads(5, connect().send_text, connect().send_text) == []
    assert len(api.called("stable_token")) == 1


def test_a_token_is_renewed_five_minutes_before_its_end(connect, api, store):
    now = [1000.0]
    store._clock = lambda: now[0]
    client = connect()
    for now[0], fetched in ((1000, 1), (1000 + 6890, 1), (1000 + 6910, 2)):
        client.send_text(OPENID, "x")
        assert len(api.called("stable_token")) == fetched


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_rejected_token_is_renewed_once_and_the_call_repeated(client, api, code):
    api.says(SEND, refused(code), OK)
    client.send_text(OPENID, "x")
    assert len(api.called(SEND)) == 2


def test_a_token_that_stays_rejected_is_not_fetched_for_ever(client, api):
    api.says(SEND, refused(40001))
    for _ in range(3):
        with pytest.raises(SendError) as failed:
            client.send_text(OPENID, "x")
        assert failed.value.errcode == 40001
    assert len(api.called(SEND)) == 6
    assert [call.data["force_refresh"] for call in api.called("stable_token")].count(True) == 1


def test_twenty_threads_with_a_rejected_token_renew_it_once(client, api):
    client.send_text(OPENID, "x")
    api.tokens = ["token-2"]
    api.takes_only("token-2")
    assert in_threads(20, client.send_text) == []
    assert len(api.called("stable_token")) == 2


def test_a_token_that_wechat_insists_on_is_renewed_by_force(client, api):
    api.tokens = ["token-1", "token-2"]
    api.takes_only("token-2")
    client.send_text(OPENID, "x")
    assert [call.data["force_refresh"] for call in api.called("stable_token")] == [False, False, True]


def test_threads_that_wait_for_a_fetch_fail_with_it_instead_of_trying_in_turn(client, api, store, monkeypatch):
    all_ask, asked, get = threading.Event(), [], store.get

    def counted(key: str) -> bytes | None:
        asked.append(key)
        if len(asked) >= 20:
            all_ask.set()
        return get(key)

    def refuse(_call) -> tuple[int, dict[str, object]]:
        all_ask.wait(120)
        return refused(40164, "invalid ip 1.2.3.4, not in whitelist")

    monkeypatch.setattr(store, "get", counted)
    api.answers["/cgi-bin/stable_token"] = refuse
    errors = in_threads(20, client.send_text)
    assert [error.errcode for error in errors] == [40164] * 20
    assert len(api.called("stable_token")) < 20


def test_a_failed_fetch_does_not_keep_the_next_from_trying(client, api):
    api.says("stable_token", refused(-1))
    with pytest.raises(SendError):
        client.send_text(OPENID, "x")
    api.answers["/cgi-bin/stable_token"] = api.hand_out
    client.send_text(OPENID, "x")


def test_a_wrong_secret_is_a_matter_for_staff_and_not_retried(client, api):
    api.says("stable_token", refused(40001, "invalid credential"))
    with pytest.raises(SendError) as failed:
        client.send_text(OPENID, "x")
    assert failed.value.refusal is Refusal.ACCOUNT_BLOCKED
    assert len(api.called("stable_token")) == 1


# --- failures ---------------------------------------------------------------------------------------------------------

ANSWERS = {
    "html": ((200, b"<html>gateway</html>"), None),
    "empty": ((200, b""), None),
    "a list": ((200, []), None),
    "a word": ((200, "ok"), None),
    "no number": ((200, {"errcode": "much"}), None),
    "http 502": ((502, b"bad gateway"), None),
    "http 404": ((404, {"errcode": 0}), None),
    "redirect": ((302, b""), None),
    "busy": (refused(-1, "system error"), -1),
    "window closed": (refused(45015, "response out of time limit rid: 653bb509"), 45015),
    "new code": (refused(99999999), 99999999),
}


@pytest.mark.parametrize(("returned", "errcode"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("path", [SEND, "stable_token", "getcallbackip"])
def test_every_failure_is_a_send_error_with_its_code(client, api, path, returned, errcode):
    api.says(path, returned)
    with pytest.raises(SendError) as failed:
        client.check() if path == "getcallbackip" else client.send_text(OPENID, "x")
    assert failed.value.errcode == errcode


@pytest.mark.parametrize(("path", "held"), [(SEND, b"token-1"), ("stable_token", b"")])
def test_a_server_that_stalls_is_given_up(connect, api, store, path, held):
    api.stalls(path)
    store.set(TOKEN_KEY, held, 60)
    with pytest.raises(SendError, match="ReadTimeout") as failed:
        connect(api_timeout_s=0.1).send_text(OPENID, "x")
    assert len(api.called(path)) == 1
    assert failed.value.refusal is Refusal.UNREACHABLE


def test_a_server_that_is_not_there_is_a_send_error(connect):
    with pytest.raises(SendError, match="ConnectionError"):
        connect(api_base="http://127.0.0.1:9").send_text(OPENID, "x")


def test_a_lost_store_is_a_send_error(client, store, monkeypatch):
    def lost(_key: str) -> bytes:
        raise StoreError("redis: ConnectionError")

    monkeypatch.setattr(store, "get", lost)
    with pytest.raises(SendError):
        client.send_text(OPENID, "x")


def test_an_answer_without_a_token_is_a_send_error(client, api):
    api.says("stable_token", (200, {"expires_in": 7200}))
    with pytest.raises(SendError, match="no access token"):
        client.send_text(OPENID, "x")


LEAKY = {
    "refusal": refused(45015, f"token-1 {SECRET}"),
    "rejection": refused(40001, "token-1"),
    "gateway": (502, f"secret={SECRET}&access_token=token-1".encode()),
    "page": (200, f"<html>{SECRET} token-1".encode()),
}


@pytest.mark.parametrize("returned", LEAKY.values(), ids=LEAKY)
@pytest.mark.parametrize("path", [SEND, "stable_token"])
def test_no_secret_is_told_in_an_error_a_traceback_or_the_log(client, api, caplog, path, returned):
    caplog.set_level(logging.DEBUG, logger="bot")
    api.says(path, returned)
    with pytest.raises(SendError) as failed:
        client.send_text(OPENID, "x")
    told = "".join(traceback.format_exception(failed.value)) + str([vars(line) for line in caplog.records])
    assert SECRET not in told
    assert "token-1" not in told or path == "stable_token"  # there nobody knows yet that this is a token


def test_no_secret_is_told_when_the_server_is_gone(connect, store):
    store.set(TOKEN_KEY, b"token-1", 60)
    with pytest.raises(SendError) as failed:
        connect(api_base="http://127.0.0.1:9").send_text(OPENID, "x")
    assert "token-1" not in "".join(traceback.format_exception(failed.value))


# --- what refusals mean -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("errcode", "refusal"),
    [
        (None, Refusal.UNREACHABLE),
        (-1, Refusal.UNREACHABLE),
        (42001, Refusal.TOKEN_REJECTED),
        (43004, Refusal.RECIPIENT_GONE),
        (45009, Refusal.QUOTA_USED_UP),
        (45015, Refusal.WINDOW_CLOSED),
        (45047, Refusal.WINDOW_CLOSED),
        (48002, Refusal.RECIPIENT_DECLINED),
        (40200, Refusal.UNSUPPORTED),
        (45065, Refusal.DUPLICATE),
        (48001, Refusal.ACCOUNT_BLOCKED),
        (45002, Refusal.BAD_CONTENT),
        (45048, Refusal.UNKNOWN),
        (0, Refusal.UNKNOWN),
    ],
)
def test_a_code_means_one_thing(errcode, refusal):
    assert refusal_of(errcode) is refusal


def test_only_passing_troubles_are_worth_another_try():
    assert {code for code, refusal in REFUSALS.items() if refusal in RETRYABLE} == {
        *(-1, 9500002, 268487001, 268487002, 268488001),
        *(40001, 40014, 42001),
        *(45011, 42010, 45066),
    }
    assert Refusal.UNKNOWN not in RETRYABLE
