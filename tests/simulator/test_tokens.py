import json

import pytest


def grant(api, **changes):
    given = {"grant_type": "client_credential", "appid": api.config.app_id, "secret": api.config.secret}
    return given | changes


def rotate(api):
    query = "&".join(f"{k}={v}" for k, v in grant(api).items())
    return api.request("GET", f"/cgi-bin/token?{query}").json


def stable(api, **changes):
    return api.request("POST", "/cgi-bin/stable_token", json.dumps(grant(api, **changes)).encode()).json


def errcode(api, token):
    return api.request("GET", f"/cgi-bin/getcallbackip?access_token={token}").errcode


def test_token_is_long_and_lives_two_hours(api, clock):
    answer = rotate(api)
    assert (len(answer["access_token"]), answer["expires_in"]) == (512, 7200)
    clock.now += 7199
    assert errcode(api, answer["access_token"]) == 0
    clock.now += 1
    assert errcode(api, answer["access_token"]) == 42001


def test_new_token_leaves_the_old_one_five_minutes(api, clock):
    old, new = rotate(api)["access_token"], rotate(api)["access_token"]
    assert old != new
    assert errcode(api, old) == 0
    clock.now += 300
    assert (errcode(api, old), errcode(api, new)) == (40001, 0)


def test_hand_over_can_be_switched_off(api, simulator):
    simulator.reconfigure(handover_s=0)
    old, new = rotate(api)["access_token"], rotate(api)["access_token"]
    assert (errcode(api, old), errcode(api, new)) == (40001, 0)


def test_stable_token_stays_the_same(api, clock):
    first = stable(api)
    clock.now += 1000
    second = stable(api)
    assert first["access_token"] == second["access_token"]
    assert second["expires_in"] == 6200


def test_stable_token_is_renewed_in_its_last_five_minutes(api, clock):
    old = stable(api)["access_token"]
    clock.now += 7200 - 300
    new = stable(api)
    assert (new["access_token"] != old, new["expires_in"]) == (True, 7200)
    assert errcode(api, old) == 0
    clock.now += 300
    assert errcode(api, old) == 42001


def test_two_kinds_of_token_do_not_touch(api, clock):
    kept, rotated = stable(api)["access_token"], rotate(api)["access_token"]
    rotate(api)
    clock.now += 31
    stable(api, force_refresh=True)
    assert errcode(api, rotated) == 0
    clock.now += 300
    assert errcode(api, kept) == 40001


def test_forced_refresh_kills_the_old_token_at_once(api):
    old = stable(api)["access_token"]
    new = stable(api, force_refresh=True)["access_token"]
    assert (errcode(api, old), errcode(api, new)) == (40001, 0)


def test_forced_refresh_has_its_limits(api, clock):
    assert "access_token" in stable(api, force_refresh=True)
    assert stable(api, force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        clock.now += 30
        assert "access_token" in stable(api, force_refresh=True)
    clock.now += 30
    assert stable(api, force_refresh=True)["errcode"] == 45009
    clock.now += 86400
    assert "access_token" in stable(api, force_refresh=True)


def test_all_tokens_can_be_expired(api):
    token = stable(api)["access_token"]
    assert api.page("POST", "/control/tokens/expire", {}).status == 200
    assert errcode(api, token) == 42001
    assert stable(api)["access_token"] != token


def test_foreign_address_is_named_in_the_refusal(api, simulator):
    simulator.ip_whitelist = frozenset({"10.0.0.1"})
    answer = stable(api)
    assert answer["errcode"] == 40164
    assert "127.0.0.1" in answer["errmsg"]
    simulator.ip_whitelist = frozenset({"127.0.0.1"})
    assert "access_token" in stable(api)


@pytest.mark.parametrize("path", ["/cgi-bin/token", "/cgi-bin/stable_token"])
def test_secret_is_never_recorded(api, simulator, path):
    rotate(api)
    token = stable(api)["access_token"]
    errcode(api, token)
    api.request("POST", path, b'broken {"secret": "' + api.config.secret.encode() + b'"')
    seen = repr(simulator.recorder.all())
    assert api.config.secret not in seen
    assert token not in seen
