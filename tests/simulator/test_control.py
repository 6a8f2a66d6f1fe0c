import json

import pytest

from bot.simulator import Mode, Profile

from .conftest import ALICE, START, text_reply

IPS = "/cgi-bin/getcallbackip"


def test_time_can_pass(api, simulator):
    assert api.page("POST", "/control/clock", {"advance_s": 90}).json["now"] == START + 90
    assert simulator.now() == START + 90


def test_settings_change_while_running(api, simulator):
    changes = {"mode": "plain", "profile": "test", "deadline_s": 1, "attempts": 4}
    assert api.page("POST", "/control/config", changes).status == 200
    assert (simulator.config.mode, simulator.config.profile) == (Mode.PLAIN, Profile.TEST)
    assert (simulator.config.deadline_s, simulator.config.attempts) == (1, 4)


@pytest.mark.parametrize(
    "changes", [{"mode": "secret"}, {"secret": "x"}, {"attempts": 0}, {"attempts": "3"}, {"token": ""}]
)
def test_wrong_settings_change_nothing(api, simulator, changes):
    before = simulator.config
    assert api.page("POST", "/control/config", changes).status == 400
    assert simulator.config == before


def test_overview_names_no_secret(api, simulator, bot):
    simulator.send_text(ALICE, "在吗")
    answer = api.page("GET", "/control/state")
    assert answer.json["followers"] == 1
    for secret in (simulator.config.secret, simulator.config.token, simulator.config.aes_key):
        assert secret not in answer.body.decode()


def test_repeats_can_be_switched(api, simulator, bot):
    api.page("POST", "/control/repeats", {"count": 2, "concurrently": True})
    simulator.send_text(ALICE, "在吗")
    assert len(bot.received) == 3


def test_whitelist_can_be_switched(api, simulator):
    api.page("POST", "/control/whitelist", {"ips": ["10.0.0.1"]})
    assert simulator.ip_whitelist == {"10.0.0.1"}
    api.page("POST", "/control/whitelist", {"ips": None})
    assert simulator.ip_whitelist is None


def test_deed_waits_and_tells_how_it_went(api, bot):
    bot.replies(text_reply)
    answer = api.page("POST", "/control/deeds", {"openid": ALICE, "deed": "text", "text": "在吗"})
    (outcome,) = answer.json["outcomes"]
    assert (outcome["outcome"], outcome["reply"]["content"]) == ("reply", "好的")
    assert outcome["msg_id"] == bot.last.field("MsgId")
    assert outcome["attempts"][0]["status"] == 200


def test_deed_can_be_tampered_with(api, simulator, bot):
    body = {"openid": ALICE, "deed": "text", "text": "在吗", "tamper": "stale"}
    assert api.page("POST", "/control/deeds", body).status == 200
    assert int(bot.last.query["timestamp"]) == START - 3600
    assert api.page("POST", "/control/deeds", body | {"tamper": "bribe"}).status == 400


def test_address_can_be_verified(api, bot):
    assert api.page("POST", "/control/verify", {}).json["outcome"] == "failure"
    assert bot.last.method == "GET"


def test_pushes_are_listed(api, simulator, bot):
    simulator.follow(ALICE)
    (push,) = api.page("GET", "/control/pushes").json["pushes"]
    assert (push["event"], push["msg_id"], push["outcome"]) == ("subscribe", None, "success")


def test_requests_are_listed_without_secrets(api, simulator):
    api.post("/cgi-bin/message/custom/typing", {"touser": ALICE, "command": "Typing"})
    api.upload("/cgi-bin/media/upload", b"MZ", type="image")
    records = api.page("GET", "/control/requests").json["requests"]
    assert [(r["path"], r["errcode"]) for r in records] == [
        ("/cgi-bin/stable_token", 0),
        ("/cgi-bin/message/custom/typing", 40003),
        ("/cgi-bin/media/upload", 40005),
    ]
    assert records[1]["body"] == {"touser": ALICE, "command": "Typing"}
    assert records[1]["query"] == {"access_token": "***"}
    assert records[2]["body"]["bytes"] > 0
    seen = json.dumps(records)
    assert simulator.config.secret not in seen
    assert api.token not in seen


def test_requests_can_be_filtered_and_forgotten(api):
    api.get(IPS)
    assert len(api.page("GET", f"/control/requests?path={IPS}").json["requests"]) == 1
    api.page("DELETE", "/control/requests")
    assert api.page("GET", "/control/requests").json["requests"] == []


@pytest.mark.parametrize("path", ["/control/clock", "/control/config", "/phone/deeds", "/control/whitelist"])
def test_form_of_another_site_can_press_nothing(api, path):
    form = {"Content-Type": "text/plain"}
    assert api.request("POST", path, b"{}", form).status == 400


@pytest.mark.parametrize("body", [b"[]", b"{", b"null"])
def test_broken_json_is_refused(api, body):
    assert api.request("POST", "/control/clock", body, {"Content-Type": "application/json"}).status == 400


@pytest.mark.parametrize("path", ["/control/followers", "/control/deeds"])
def test_person_must_be_named(api, path):
    assert api.page("POST", path, {"deed": "follow"} if "deeds" in path else {}).status == 400


def test_quota_needs_a_path(api):
    assert api.page("POST", "/control/quotas", {"per_day": 1}).status == 400
