import threading

import pytest

from bot.simulator import FAILURE_LINE, Mode, Outcome, Repeats, Tamper
from bot.simulator.crypto import CryptoError, decrypt, sign

from .conftest import ALICE, BOB, Response, envelope, sealed, text_reply

MODES = list(Mode)


def lines(simulator, openid=ALICE):
    return [item.data.get("text") for item in simulator.state.followers[openid].chat if item.side == "system"]


@pytest.mark.parametrize("mode", MODES)
def test_push_is_signed_and_readable_in_every_mode(simulator, bot, mode):
    simulator.reconfigure(mode=mode)
    simulator.send_text(ALICE, "你好")
    query, token = bot.last.query, simulator.config.token
    assert query["signature"] == sign(token, query["timestamp"], query["nonce"])
    assert (query["openid"], query["account"]) == (ALICE, "1")
    assert bot.last.field("Content") == "你好"
    assert bot.last.field("ToUserName") == simulator.config.account_id


def test_plain_mode_encrypts_nothing(simulator, bot):
    simulator.reconfigure(mode=Mode.PLAIN)
    simulator.send_text(ALICE, "你好")
    assert "encrypt_type" not in bot.last.query
    assert b"<Encrypt>" not in bot.last.body


def test_compatible_mode_carries_both(simulator, bot):
    simulator.reconfigure(mode=Mode.COMPATIBLE)
    simulator.send_text(ALICE, "你好")
    assert bot.last.query["encrypt_type"] == "aes"
    assert "你好".encode() in bot.last.body
    assert b"<Encrypt>" in bot.last.body


def test_safe_mode_shows_no_plaintext(simulator, bot):
    simulator.send_text(ALICE, "你好")
    assert ALICE.encode() not in bot.last.body
    encrypted = bot.last.body.split(b"<Encrypt><![CDATA[")[1].split(b"]]>")[0].decode()
    query = bot.last.query
    expected = sign(simulator.config.token, query["timestamp"], query["nonce"], encrypted)
    assert query["msg_signature"] == expected


def test_success_is_silent(simulator, bot):
    outcome = simulator.send_text(ALICE, "你好")
    assert outcome.outcome is Outcome.SUCCESS
    assert len(outcome.attempts) == 1
    assert [item.side for item in simulator.state.followers[ALICE].chat] == ["me"]


def test_empty_body_is_silent(simulator, bot):
    bot.says(b"")
    assert simulator.send_text(ALICE, "你好").outcome is Outcome.EMPTY
    assert simulator.state.failure_lines == 0


@pytest.mark.parametrize("mode", MODES)
def test_reply_is_shown_in_every_mode(simulator, bot, mode):
    simulator.reconfigure(mode=mode)
    bot.replies(text_reply)
    outcome = simulator.send_text(ALICE, "你好")
    assert (outcome.outcome, outcome.text) == (Outcome.REPLY, "好的")
    item = simulator.state.followers[ALICE].chat[-1]
    assert (item.side, item.kind, item.data["text"]) == ("account", "text", "好的")


def test_compatible_mode_takes_an_encrypted_reply_too(simulator, bot):
    simulator.reconfigure(mode=Mode.COMPATIBLE)
    bot.behaviour = lambda received: Response(envelope(received.config, text_reply(received)))
    assert simulator.send_text(ALICE, "你好").text == "好的"


def test_silence_is_tried_three_times_with_the_same_request(simulator, bot):
    simulator.reconfigure(deadline_s=0.1)
    bot.hangs()
    outcome = simulator.send_text(ALICE, "你好")
    assert outcome.outcome is Outcome.FAILURE
    assert [attempt.error for attempt in outcome.attempts] == ["timeout"] * 3
    assert all(0.09 <= attempt.elapsed_s < 60 for attempt in outcome.attempts)
    assert len({(r.body, tuple(r.query.items())) for r in bot.received}) == 1
    assert len({r.field("MsgId") for r in bot.received}) == 1


def test_number_of_attempts_is_a_setting(simulator, bot):
    simulator.reconfigure(deadline_s=0.05, attempts=4)
    bot.hangs()
    assert len(simulator.send_text(ALICE, "你好").attempts) == 4


def test_answer_to_a_retry_is_shown_once(simulator, bot):
    simulator.reconfigure(deadline_s=0.5, attempts=100)  # as many as a busy machine may need

    def second_time(received):
        if len(bot.received) == 1:
            bot.released.wait(120)
        return Response(sealed(received, text_reply(received)))

    bot.behaviour = second_time
    outcome = simulator.send_text(ALICE, "你好")
    assert outcome.outcome is Outcome.REPLY
    assert outcome.attempts[0].error == "timeout"
    assert [i.side for i in simulator.state.followers[ALICE].chat] == ["me", "account"]


def test_bot_that_trickles_is_cut_off_at_the_deadline(simulator, bot):
    simulator.reconfigure(deadline_s=0.1, attempts=1)
    bot.behaviour = lambda received: Response(b"succ", cut=True)
    (attempt,) = simulator.send_text(ALICE, "你好").attempts
    assert (attempt.status, attempt.error) == (None, "timeout")
    assert attempt.elapsed_s < 60


def test_broken_connection_is_retried(simulator, bot):
    bot.behaviour = lambda received: Response(drop=len(bot.received) < 3)
    outcome = simulator.send_text(ALICE, "你好")
    assert [attempt.error for attempt in outcome.attempts] == ["disconnected", "disconnected", ""]
    assert outcome.outcome is Outcome.SUCCESS


def test_nobody_listening_is_a_failure(simulator):
    simulator.reconfigure(callback_url="http://127.0.0.1:1/")
    outcome = simulator.send_text(ALICE, "你好")
    assert (outcome.outcome, len(outcome.attempts)) == (Outcome.FAILURE, 3)


def test_server_error_is_retried(simulator, bot):
    bot.says("oops", status=502)
    outcome = simulator.send_text(ALICE, "你好")
    assert [attempt.status for attempt in outcome.attempts] == [502] * 3
    assert outcome.outcome is Outcome.FAILURE


@pytest.mark.parametrize("status", [201, 302, 403, 404])
def test_other_status_fails_at_once(simulator, bot, status):
    bot.says("success", status=status)
    outcome = simulator.send_text(ALICE, "你好")
    assert (outcome.outcome, len(outcome.attempts)) == (Outcome.FAILURE, 1)


def test_abnormal_body_is_retried_only_when_configured(simulator, bot):
    bot.says('{"reply":"你好"}')
    assert len(simulator.send_text(ALICE, "你好").attempts) == 1
    simulator.reconfigure(retries_abnormal=True)
    assert len(simulator.send_text(ALICE, "你好").attempts) == 3


def test_failure_shows_the_grey_line_and_is_counted(simulator, bot):
    bot.says("<html>")
    simulator.send_text(ALICE, "你好")
    simulator.click(ALICE, "HELP")
    assert lines(simulator) == [FAILURE_LINE] * 2
    assert simulator.state.failure_lines == 2


def test_unhandled_follow_greets_with_the_grey_line(simulator, bot):
    bot.says("<html>")
    simulator.follow(ALICE)
    assert FAILURE_LINE in lines(simulator)


def test_who_left_sees_no_line_and_no_reply(simulator, bot):
    simulator.follow(ALICE)
    bot.says("<html>")
    assert simulator.unfollow(ALICE).outcome is Outcome.FAILURE
    assert FAILURE_LINE not in lines(simulator)
    simulator.follow(ALICE)
    bot.replies(text_reply)
    assert simulator.unfollow(ALICE).outcome is Outcome.REPLY
    assert simulator.state.followers[ALICE].chat[-1].side == "system"


def test_repeats_are_the_same_request(simulator, bot):
    simulator.repeats = Repeats(2)
    bot.replies(text_reply)
    outcome = simulator.send_text(ALICE, "你好")
    assert len(outcome.repeats) == 2
    assert len({r.body for r in bot.received}) == 1
    assert len(bot.received) == 3
    assert [i.side for i in simulator.state.followers[ALICE].chat] == ["me", "account"]


def test_concurrent_repeats_are_under_way_together(simulator, bot):
    meeting = threading.Barrier(3, timeout=120)

    def meet(received):
        meeting.wait()
        return Response()

    bot.behaviour = meet
    simulator.repeats = Repeats(2, concurrently=True)
    assert simulator.send_text(ALICE, "你好").outcome is Outcome.SUCCESS
    assert not meeting.broken


def test_pushes_can_arrive_out_of_order(simulator, bot):
    first = simulator.compose({"FromUserName": ALICE, "MsgType": "text", "Content": "一", "MsgId": 1})
    second = simulator.compose({"FromUserName": ALICE, "MsgType": "text", "Content": "二", "MsgId": 2})
    simulator.deliver(second)
    simulator.deliver(first)
    assert [r.field("Content") for r in bot.received] == ["二", "一"]


def test_two_people_do_not_wait_for_each_other(simulator, bot):
    meeting = threading.Barrier(2, timeout=120)

    def meet(received):
        meeting.wait()
        return Response()

    bot.behaviour = meet
    simulator.in_background(lambda: simulator.send_text(ALICE, "一"))
    simulator.in_background(lambda: simulator.send_text(BOB, "二"))
    assert simulator.wait_idle(5)
    assert [outcome.outcome for outcome in simulator.outcomes] == [Outcome.SUCCESS] * 2


def test_url_is_verified_by_echo(simulator, bot):
    bot.behaviour = lambda received: Response(received.query["echostr"].encode())
    assert simulator.verify_url().outcome is Outcome.SUCCESS
    query = bot.last.query
    assert bot.last.method == "GET"
    assert query["signature"] == sign(simulator.config.token, query["timestamp"], query["nonce"])


@pytest.mark.parametrize("wrap", ['"{}"', "{}\n", "\ufeff{}", "success"])
def test_url_wants_the_echo_verbatim(simulator, bot, wrap):
    bot.behaviour = lambda received: Response(wrap.format(received.query["echostr"]).encode())
    outcome = simulator.verify_url()
    assert (outcome.outcome, len(outcome.attempts)) == (Outcome.FAILURE, 1)


def check(received):
    """Which of a push's three proofs hold: signature, msg_signature, decryption."""
    config, query = received.config, received.query
    encrypted = received.body.split(b"<Encrypt><![CDATA[")[1].split(b"]]>")[0].decode()
    moment = (query["timestamp"], query["nonce"])
    try:
        readable = bool(decrypt(encrypted, config.aes_key, config.app_id))
    except CryptoError:
        readable = False
    return (
        query["signature"] == sign(config.token, *moment),
        query["msg_signature"] == sign(config.token, *moment, encrypted),
        readable,
    )


@pytest.mark.parametrize(
    ("tamper", "holds"),
    [
        (None, (True, True, True)),
        (Tamper.SIGNATURE, (False, False, True)),
        (Tamper.MSG_SIGNATURE, (True, False, True)),
        (Tamper.APP_ID, (True, True, False)),
        (Tamper.KEY, (True, True, False)),
        (Tamper.STALE, (True, True, True)),
    ],
)
def test_tampering_breaks_what_it_names(simulator, bot, tamper, holds):
    simulator.send_text(ALICE, "你好", tamper=tamper)
    assert check(bot.last) == holds


def test_stale_push_is_an_hour_old(simulator, bot, clock):
    simulator.send_text(ALICE, "你好", tamper=Tamper.STALE)
    assert int(bot.last.query["timestamp"]) == int(clock.now) - 3600


def test_callback_address_must_be_http(simulator):
    with pytest.raises(ValueError, match="callback_url"):
        simulator.reconfigure(callback_url="file:///etc/passwd")


def test_account_without_callback_fails_in_words(simulator):
    outcome = simulator.send_text(ALICE, "你好")
    assert (outcome.outcome, outcome.problem) == (Outcome.FAILURE, "no callback_url is configured")
