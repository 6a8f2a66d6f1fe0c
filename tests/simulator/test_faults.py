import http.client
import threading

import pytest

from bot.simulator import Fault

from .conftest import ALICE

IPS = "/cgi-bin/getcallbackip"
SEND = "/cgi-bin/message/custom/send"


@pytest.fixture(autouse=True)
def _signed_in(api):
    api.sign_in()


def test_refusal_strikes_the_next_calls_only(api):
    api.page("POST", "/control/faults", {"path": IPS, "errcode": -1, "times": 2})
    assert [api.get(IPS).errcode for _ in range(3)] == [-1, -1, 0]


def test_refusal_lasts_until_cleared(api):
    api.page("POST", "/control/faults", {"path": IPS, "errcode": 48004})
    assert [api.get(IPS).errcode for _ in range(3)] == [48004] * 3
    assert api.page("GET", "/control/faults").json["faults"][0]["errcode"] == 48004
    api.page("DELETE", "/control/faults")
    assert api.get(IPS).errcode == 0


def test_refusal_spares_other_paths(api):
    api.page("POST", "/control/faults", {"path": SEND, "errcode": -1})
    assert api.get(IPS).errcode == 0


def test_every_path_can_be_struck(api):
    api.page("POST", "/control/faults", {"errcode": 50007})
    assert api.get(IPS).errcode == 50007


def test_gateway_error_is_a_page(api):
    api.page("POST", "/control/faults", {"http_status": 502, "times": 1})
    answer = api.get(IPS)
    assert answer.status == 502
    assert b"<html>" in answer.body


@pytest.mark.parametrize("body", ["<html>维护中</html>", "", "{"])
def test_answer_may_be_no_json(api, body):
    api.page("POST", "/control/faults", {"body": body, "times": 1})
    answer = api.get(IPS)
    assert (answer.status, answer.body.decode()) == (200, body)


def test_connection_may_be_dropped(api, simulator):
    api.page("POST", "/control/faults", {"drop": True, "times": 1})
    with pytest.raises((http.client.HTTPException, OSError)):
        api.get(IPS)
    assert simulator.recorder.all(IPS)[0].status is None
    assert api.get(IPS).errcode == 0


def test_slow_answer_comes_after_all(api, simulator):
    simulator.faults.add(Fault(path=IPS, slow_ms=60_000, times=1))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(api.get(IPS).errcode))
    thread.start()
    while simulator.faults.active():  # until the call has been struck
        thread.join(0.01)
    assert answers == []
    simulator.faults.clear()
    thread.join(120)
    assert answers == [0]


@pytest.mark.parametrize(
    "fault", [{"errcode": -1}, {"http_status": 504}, {"drop": True}, {"slow_ms": 1, "errcode": -1}]
)
@pytest.mark.parametrize("accepted", [False, True])
def test_failure_may_come_after_acceptance(api, simulator, bot, fault, accepted):
    simulator.send_text(ALICE, "在吗")
    simulator.faults.add(Fault(path=SEND, after_acceptance=accepted, times=1, **fault))
    message = {"touser": ALICE, "msgtype": "text", "text": {"content": "提醒"}}
    try:
        assert api.post(SEND, message).body != b'{"errcode": 0, "errmsg": "ok"}'
    except (http.client.HTTPException, OSError):
        assert "drop" in fault
    shown = [item.data["text"] for item in simulator.state.followers[ALICE].chat if item.side == "account"]
    assert shown == (["提醒"] if accepted else [])


@pytest.mark.parametrize(
    "fault",
    [{"colour": 1}, {"errcode": "x"}, {"slow_ms": True}, {"http_status": 99}, {"times": 0}, {"slow_ms": -1}],
)
def test_senseless_switch_is_refused(api, fault):
    assert api.page("POST", "/control/faults", fault).status == 400
    assert api.page("GET", "/control/faults").json["faults"] == []
