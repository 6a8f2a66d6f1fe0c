import re

import pytest

from bot.simulator import FAILURE_LINE, Simulator, SimulatorConfig, create_app
from bot.simulator.__main__ import read_arguments

from .conftest import ALICE, BOB, text_reply


def state(api, openid=ALICE, after=0):
    return api.page("GET", f"/phone/state?openid={openid}&after={after}").json


def test_page_is_chinese_and_free_of_inline_code(api):
    answer = api.request("GET", "/")
    html = answer.body.decode()
    assert answer.status == 200
    assert 'lang="zh-CN"' in html
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", html)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_page_finds_its_files(api):
    html = api.request("GET", "/").body.decode()
    files = re.findall(r'(?:src|href)="/simulator(/static/[^"]+)"', html)
    assert len(files) == 3
    assert all(api.request("GET", file).status == 200 for file in files)


def test_page_never_builds_html_from_text(api):
    for name in ("phone.js", "phone_items.js"):
        script = api.request("GET", f"/static/{name}").body.decode()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", script)


def test_name_of_the_account_is_escaped(api, simulator):
    simulator.reconfigure(account_name="<script>alert(1)</script>")
    assert b"<script>alert" not in api.request("GET", "/").body


def test_first_visit_gets_a_phone(api):
    first = api.page("GET", "/phone/state").json
    assert re.fullmatch(r"[A-Za-z0-9_-]{28}", first["openid"])
    assert (first["subscribed"], first["menu"], first["items"]) == (False, None, [])
    assert api.page("GET", "/phone/state").json["openid"] == first["openid"]


def test_another_phone_is_another_person(api):
    one = api.page("POST", "/phone/new", {}).json["openid"]
    two = api.page("POST", "/phone/new", {}).json["openid"]
    assert one != two
    assert state(api, two)["phones"] == [one, two]


def test_deed_is_seen_at_once_and_its_answer_when_it_comes(api, simulator, bot):
    simulator.follow(ALICE)
    bot.replies(text_reply)
    answer = api.page("POST", "/phone/deeds", {"openid": ALICE, "deed": "text", "text": "在吗"})
    assert answer.status == 202
    assert ("me", "在吗") in [(item["side"], item["data"].get("text")) for item in state(api)["items"]]
    assert simulator.wait_idle(5)
    items = state(api)["items"]
    assert [(item["side"], item["data"]["text"]) for item in items[-2:]] == [
        ("me", "在吗"),
        ("account", "好的"),
    ]
    assert state(api, after=items[-1]["seq"])["items"] == []


def test_phones_do_not_see_each_other(api, simulator, bot):
    simulator.send_text(ALICE, "秘密")
    simulator.send_text(BOB, "你好")
    assert [item["data"]["text"] for item in state(api, BOB)["items"]] == ["你好"]


def test_menu_is_for_followers(api, simulator, bot):
    api.post("/cgi-bin/menu/create", {"button": [{"type": "click", "name": "问答", "key": "K"}]})
    assert state(api)["menu"] is None
    simulator.follow(ALICE)
    assert state(api)["menu"][0]["name"] == "问答"


def test_failure_and_replies_left_are_told(api, simulator, bot):
    bot.says("<html>")
    simulator.send_text(ALICE, "在吗")
    seen = state(api)
    assert (seen["failure_lines"], seen["replies_left"]) == (1, 5)
    assert seen["items"][-1]["data"]["text"] == FAILURE_LINE


@pytest.mark.parametrize("openid", ["x", "o" * 29, "../../etc/passwd", "o" * 27 + "<"])
def test_openid_must_look_like_one(api, openid):
    assert api.page("GET", f"/phone/state?openid={openid}").status == 400
    assert api.page("POST", "/phone/deeds", {"openid": openid, "deed": "follow"}).status == 400


def test_who_left_cannot_write(api, simulator, bot):
    simulator.follow(ALICE)
    simulator.unfollow(ALICE)
    answer = api.page("POST", "/phone/deeds", {"openid": ALICE, "deed": "text", "text": "在吗"})
    assert answer.status == 400
    assert "NotFollowing" in answer.json["error"]


@pytest.mark.parametrize("path", ["/pictures/none", "/videos/none"])
def test_unknown_file_is_not_found(api, path):
    assert api.request("GET", path).status == 404


def test_voice_is_no_picture(api, simulator, bot):
    simulator.send_voice(ALICE)
    assert api.request("GET", f"/pictures/{bot.last.field('MediaId')}").status == 404


def test_simulator_can_be_mounted_elsewhere():
    app = create_app(Simulator(SimulatorConfig()))
    home = app.test_client().get("/")
    assert (home.status_code, home.headers["Location"]) == (302, "/simulator/")


def test_command_line_makes_the_settings():
    host, port, config = read_arguments(
        "--port 5050 --callback http://127.0.0.1:8000/wechat --token t0ken --app-id wx1 --mode plain".split()
    )
    assert (host, port, config.token, config.app_id) == ("127.0.0.1", 5050, "t0ken", "wx1")
    assert (config.mode, config.public_url) == ("plain", "http://127.0.0.1:5050/simulator")


@pytest.mark.parametrize("wrong", ["--aes-key short", "--token=", "--deadline 0", "--mode odd"])
def test_command_line_refuses_nonsense(wrong, capsys):
    with pytest.raises(SystemExit):
        read_arguments(["--callback", "http://127.0.0.1/", *wrong.split()])
    assert "error" in capsys.readouterr().err


def test_settings_do_not_show_their_secrets():
    config = SimulatorConfig(secret="s3cret", token="t0ken")
    assert not {"s3cret", "t0ken", config.aes_key} & set(re.findall(r"'([^']*)'", repr(config)))
