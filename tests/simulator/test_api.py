"""What the server API answers when all is well."""

import json

import pytest

from bot.simulator import Profile
from bot.simulator.actions import BLANK_MP4, TINY_PNG

from .conftest import ALICE, BOB

SEND = "/cgi-bin/message/custom/send"
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)


@pytest.fixture
def alice(simulator, bot):
    """Somebody who has just written."""
    simulator.follow(ALICE)
    simulator.send_text(ALICE, "在吗")
    return simulator.state.followers[ALICE]


def upload(api, content, kind):
    return api.upload("/cgi-bin/media/upload", content, type=kind).json


MESSAGES = {
    "text": ({"content": '好 <a href="https://e.cn">看</a>'}, {"text": '好 <a href="https://e.cn">看</a>'}),
    "news": (
        {"articles": [{"title": "题", "description": "摘", "url": "https://e.cn", "picurl": "https://e.cn/p.jpg"}]},
        {"articles": [{"title": "题", "description": "摘", "url": "https://e.cn", "picurl": "https://e.cn/p.jpg"}]},
    ),
    "msgmenu": (
        {"head_content": "满意吗", "list": [{"id": "1", "content": "好"}, {"id": 2, "content": "不好"}]},
        {
            "head_content": "满意吗",
            "tail_content": "",
            "options": [{"id": "1", "content": "好"}, {"id": "2", "content": "不好"}],
        },
    ),
}


@pytest.mark.parametrize("msgtype", MESSAGES)
def test_message_appears_on_the_phone(api, alice, msgtype):
    content, shown = MESSAGES[msgtype]
    reply = api.post(SEND, {"touser": ALICE, "msgtype": msgtype, msgtype: content})
    assert reply.json == {"errcode": 0, "errmsg": "ok"}
    assert (alice.chat[-1].side, alice.chat[-1].kind, dict(alice.chat[-1].data)) == (
        "account",
        msgtype,
        shown,
    )


def test_media_message_appears_on_the_phone(api, alice):
    image = upload(api, TINY_PNG, "image")["media_id"]
    voice = upload(api, b"#!AMR\n", "voice")["media_id"]
    video = upload(api, BLANK_MP4, "video")["media_id"]
    thumb = upload(api, JPEG, "thumb")["thumb_media_id"]
    contents = {
        "image": {"media_id": image},
        "voice": {"media_id": voice},
        "video": {"media_id": video, "thumb_media_id": thumb, "title": "片"},
        "music": {"musicurl": "https://e.cn", "thumb_media_id": thumb},
    }
    for msgtype, content in contents.items():
        assert api.post(SEND, {"touser": ALICE, "msgtype": msgtype, msgtype: content}).errcode == 0
    assert [item.kind for item in alice.chat][-4:] == list(contents)


def test_escapes_are_shown_as_escapes(api, alice):
    body = json.dumps({"touser": ALICE, "msgtype": "text", "text": {"content": "中\n"}})
    api.post(SEND, body.encode())
    assert alice.chat[-1].data["text"] == "\\u4e2d\n"


def test_escaped_backslash_is_no_escape(api, alice):
    body = json.dumps({"touser": ALICE, "msgtype": "text", "text": {"content": "\\u4e2d"}})
    api.post(SEND, body.encode())
    assert alice.chat[-1].data["text"] == "\\u4e2d"


def test_typing_shows_until_cancelled_or_answered(api, alice, simulator):
    def command(name):
        return api.post("/cgi-bin/message/custom/typing", {"touser": ALICE, "command": name}).errcode

    def shown():
        return api.request("GET", f"/phone/state?openid={ALICE}").json["typing"]

    assert (command("Typing"), shown()) == (0, True)
    assert (command("CancelTyping"), shown()) == (0, False)
    assert (command("Typing"), shown()) == (0, True)
    assert api.post(SEND, {"touser": ALICE, "msgtype": "text", "text": {"content": "好"}}).errcode == 0
    assert not shown()


BUTTONS = [
    {"type": "click", "name": "安全问答", "key": "ASK"},
    {"name": "更多", "sub_button": [{"type": "view", "name": "官网", "url": "https://example.cn/"}]},
]


def test_menu_is_kept_in_full_shape(api):
    assert api.get("/cgi-bin/get_current_selfmenu_info").json == {"is_menu_open": 0}
    assert api.post("/cgi-bin/menu/create", {"button": BUTTONS}).errcode == 0
    top, more = api.get("/cgi-bin/menu/get").json["menu"]["button"]
    assert top == {"type": "click", "name": "安全问答", "key": "ASK", "sub_button": []}
    assert more["sub_button"][0]["url"] == "https://example.cn/"
    current = api.get("/cgi-bin/get_current_selfmenu_info").json
    assert current["is_menu_open"] == 1
    assert current["selfmenu_info"]["button"][1]["sub_button"]["list"][0]["type"] == "view"
    assert api.get("/cgi-bin/menu/delete").errcode == 0
    assert api.get("/cgi-bin/menu/get").errcode == 46003


@pytest.mark.parametrize(
    "button",
    [
        {"type": "scancode_waitmsg", "name": "扫码", "key": "K"},
        {"type": "pic_photo_or_album", "name": "拍照", "key": "K" * 128},
        {"type": "location_select", "name": "四个汉字", "key": "K"},
        {"type": "media_id", "name": "图片", "media_id": "m"},
        {"type": "article_view_limited", "name": "文章", "article_id": "a"},
        {"name": "空的", "type": "click", "key": "K", "sub_button": []},
    ],
)
def test_menu_takes_every_type(api, button):
    assert api.post("/cgi-bin/menu/create", {"button": [button]}).errcode == 0


def test_a_menu_for_a_group_is_seen_by_those_who_wear_its_tag(api, simulator, bot, alice):
    api.post("/cgi-bin/menu/create", {"button": BUTTONS})
    tag = api.post("/cgi-bin/tags/create", {"tag": {"name": "联络员"}}).json["tag"]["id"]
    own = [{"type": "click", "name": "报送", "key": "R"}]
    added = api.post("/cgi-bin/menu/addconditional", {"button": own, "matchrule": {"tag_id": str(tag)}}).json

    def seen():
        return [b["name"] for b in api.post("/cgi-bin/menu/trymatch", {"user_id": ALICE}).json["button"]]

    assert seen() == ["安全问答", "更多"]
    api.post("/cgi-bin/tags/members/batchtagging", {"openid_list": [ALICE], "tagid": tag})
    assert seen() == ["报送"]
    api.post("/cgi-bin/menu/create", {"button": BUTTONS[:1]})  # the menu for all is replaced, this one stays
    assert len(api.get("/cgi-bin/menu/get").json["conditionalmenu"]) == 1
    assert api.post("/cgi-bin/menu/delconditional", {"menuid": added["menuid"]}).errcode == 0
    assert seen() == ["安全问答"]


def test_taking_the_menu_away_takes_those_for_groups_too(api):
    api.post("/cgi-bin/menu/create", {"button": BUTTONS})
    api.post("/cgi-bin/menu/addconditional", {"button": BUTTONS, "matchrule": {"tag_id": "2"}})
    api.get("/cgi-bin/menu/delete")
    api.post("/cgi-bin/menu/create", {"button": BUTTONS})
    assert "conditionalmenu" not in api.get("/cgi-bin/menu/get").json


def test_unverified_account_may_not_make_a_menu_but_see_it(api, simulator):
    simulator.reconfigure(profile=Profile.UNVERIFIED)
    assert api.post("/cgi-bin/menu/create", {"button": BUTTONS}).errcode == 48001
    assert api.get("/cgi-bin/get_current_selfmenu_info").errcode == 0


def test_followers_are_listed_page_by_page(api, simulator, bot):
    simulator.reconfigure(user_page_size=2)
    openids = [f"oPage{n:023d}" for n in range(3)]
    for openid in openids:
        simulator.follow(openid)
    first = api.get("/cgi-bin/user/get").json
    assert first == {"total": 3, "count": 2, "data": {"openid": openids[:2]}, "next_openid": openids[1]}
    second = api.get("/cgi-bin/user/get", next_openid=first["next_openid"]).json
    assert second == {"total": 3, "count": 1, "data": {"openid": openids[2:]}, "next_openid": openids[2]}
    last = api.get("/cgi-bin/user/get", next_openid=second["next_openid"]).json
    assert last == {"total": 3, "count": 0, "next_openid": ""}


def test_cursor_may_have_left_meanwhile(api, simulator, bot):
    simulator.reconfigure(user_page_size=1)
    simulator.follow(ALICE)
    simulator.follow(BOB)
    simulator.unfollow(ALICE)
    assert api.get("/cgi-bin/user/get", next_openid=ALICE).json["data"] == {"openid": [BOB]}


def test_nobody_has_a_name(api, simulator, bot, clock):
    simulator.follow(ALICE, scene="7")
    info = api.get("/cgi-bin/user/info", openid=ALICE, lang="zh_CN").json
    assert (info["subscribe"], info["subscribe_time"]) == (1, int(clock.now))
    assert (info["subscribe_scene"], info["qr_scene"], info["qr_scene_str"]) == ("ADD_SCENE_QR_CODE", 7, "7")
    assert not {"nickname", "headimgurl", "sex", "city"} & set(info)


def test_who_left_is_told_by_two_fields(api, simulator, bot):
    simulator.follow(ALICE)
    simulator.unfollow(ALICE)
    assert api.get("/cgi-bin/user/info", openid=ALICE).json == {"subscribe": 0, "openid": ALICE}


def test_many_are_told_at_once(api, alice, simulator):
    simulator.follow(BOB)
    users = [{"openid": openid, "lang": "zh_CN"} for openid in (ALICE, BOB)]
    found = api.post("/cgi-bin/user/info/batchget", {"user_list": users}).json["user_info_list"]
    assert [info["openid"] for info in found] == [ALICE, BOB]


def test_remark_is_kept(api, alice):
    body = {"openid": ALICE, "remark": "张师傅"}
    assert api.post("/cgi-bin/user/info/updateremark", body).errcode == 0
    assert api.get("/cgi-bin/user/info", openid=ALICE).json["remark"] == "张师傅"


def test_tag_from_birth_to_death(api, alice):
    tag = api.post("/cgi-bin/tags/create", {"tag": {"name": "厂区"}}).json["tag"]
    assert api.post("/cgi-bin/tags/update", {"tag": {"id": tag["id"], "name": "一厂"}}).errcode == 0
    on = {"openid_list": [ALICE], "tagid": tag["id"]}
    assert api.post("/cgi-bin/tags/members/batchtagging", on).errcode == 0
    assert {"id": tag["id"], "name": "一厂", "count": 1} in api.get("/cgi-bin/tags/get").json["tags"]
    page = api.post("/cgi-bin/user/tag/get", {"tagid": tag["id"], "next_openid": ""}).json
    assert page == {"count": 1, "data": {"openid": [ALICE]}, "next_openid": ALICE}
    end = api.post("/cgi-bin/user/tag/get", {"tagid": tag["id"], "next_openid": ALICE}).json
    assert end == {"count": 0, "next_openid": ""}
    assert api.post("/cgi-bin/tags/getidlist", {"openid": ALICE}).json == {"tagid_list": [tag["id"]]}
    assert api.post("/cgi-bin/tags/members/batchuntagging", on).errcode == 0
    assert api.post("/cgi-bin/tags/getidlist", {"openid": ALICE}).json == {"tagid_list": []}
    api.post("/cgi-bin/tags/members/batchtagging", on)
    assert api.post("/cgi-bin/tags/delete", {"tag": {"id": tag["id"]}}).errcode == 0
    assert alice.tag_ids == []


@pytest.mark.parametrize(
    ("kind", "content", "mime"),
    [
        ("image", TINY_PNG, "image/png"),
        ("voice", b"ID3" + bytes(9), "audio/mpeg"),
        ("thumb", JPEG, "image/jpeg"),
    ],
)
def test_uploaded_file_comes_back(api, clock, kind, content, mime):
    answer = upload(api, content, kind)
    assert (answer["type"], answer["created_at"]) == (kind, int(clock.now))
    media_id = answer["thumb_media_id" if kind == "thumb" else "media_id"]
    fetched = api.get("/cgi-bin/media/get", media_id=media_id)
    assert (fetched.body, fetched.headers["Content-Type"]) == (content, mime)


def test_video_comes_back_as_an_address(api, simulator):
    simulator.reconfigure(public_url=f"http://127.0.0.1:{api.port}/simulator/")
    media_id = upload(api, BLANK_MP4, "video")["media_id"]
    address = api.get("/cgi-bin/media/get", media_id=media_id).json["video_url"]
    assert api.request("GET", address.split("/simulator", 1)[1]).body == BLANK_MP4


def test_lasting_file_comes_back(api, simulator):
    simulator.reconfigure(public_url=f"http://127.0.0.1:{api.port}/simulator/")
    kept = api.upload("/cgi-bin/material/add_material", TINY_PNG, type="image").json["media_id"]
    fetched = api.post("/cgi-bin/material/get_material", {"media_id": kept})
    assert (fetched.body, fetched.headers["Content-Type"]) == (TINY_PNG, "image/png")
    film = simulator.state.keep_media("video", BLANK_MP4, "video/mp4", simulator.now(), permanent=True, name="灭火")
    told = api.post("/cgi-bin/material/get_material", {"media_id": film.media_id}).json
    assert told["title"] == "灭火"
    assert api.request("GET", told["down_url"].split("/simulator", 1)[1]).body == BLANK_MP4


def test_article_picture_gets_an_address(api):
    answer = api.upload("/cgi-bin/media/uploadimg", JPEG).json
    assert api.request("GET", answer["url"].split("/simulator", 1)[1]).body == JPEG


def test_quota_is_counted_and_cleared(api, simulator):
    def quota():
        return api.post("/cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/user/get"}).json["quota"]

    api.get("/cgi-bin/user/get")
    assert quota() == {"daily_limit": 500, "used": 1, "remain": 499}
    api.post("/cgi-bin/clear_quota", {"appid": simulator.config.app_id})
    assert quota()["used"] == 0
    api.get("/cgi-bin/user/get")
    api.post("/cgi-bin/openapi/quota/clear", {"cgi_path": "/cgi-bin/user/get"})
    assert quota()["used"] == 0
    simulator.reconfigure(profile=Profile.TEST)
    assert quota()["daily_limit"] == 100


def test_quota_returns_at_midnight_in_beijing(api, simulator, clock):
    simulator.quotas.daily_limits["/cgi-bin/user/get"] = 1
    assert [api.get("/cgi-bin/user/get").errcode for _ in range(2)] == [0, 45009]
    beijing_midnight = (int(clock.now + 8 * 3600) // 86400 + 1) * 86400 - 8 * 3600
    clock.now = beijing_midnight - 1
    api.token = ""
    assert api.get("/cgi-bin/user/get").errcode == 45009
    clock.now = beijing_midnight
    assert api.get("/cgi-bin/user/get").errcode == 0


def test_minute_quota_returns_after_a_minute(api, simulator, clock):
    simulator.quotas.minute_limits["/cgi-bin/user/get"] = 1
    assert [api.get("/cgi-bin/user/get").errcode for _ in range(2)] == [0, 45011]
    clock.now += 60
    assert api.get("/cgi-bin/user/get").errcode == 0


def test_quota_can_be_cleared_without_a_token(api, simulator):
    body = {"appid": simulator.config.app_id, "appsecret": simulator.config.secret}
    answer = api.request("POST", "/cgi-bin/clear_quota/v2", json.dumps(body).encode())
    assert answer.errcode == 0
    assert simulator.config.secret not in repr(simulator.recorder.all())


def test_both_ways_of_clearing_share_ten_a_month(api, simulator, clock):
    body = {"appid": simulator.config.app_id, "appsecret": simulator.config.secret}
    paths = ["/cgi-bin/clear_quota", "/cgi-bin/clear_quota/v2"] * 6
    assert [api.post(path, body).errcode for path in paths] == [0] * 10 + [48006] * 2
    clock.now += 31 * 86400
    api.token = ""
    assert api.post(paths[0], body).errcode == 0


def test_callback_is_checked(api, simulator, bot):
    answer = api.post("/cgi-bin/callback/check", {"action": "all", "check_operator": "DEFAULT"}).json
    assert answer["dns"][0]["ip"] == answer["ping"][0]["ip"] == "127.0.0.1"
    dns_only = api.post("/cgi-bin/callback/check", {"action": "dns", "check_operator": "DEFAULT"}).json
    assert set(dns_only) == {"dns"}


@pytest.mark.parametrize("path", ["/cgi-bin/getcallbackip", "/cgi-bin/get_api_domain_ip"])
def test_addresses_are_told(api, path):
    assert api.get(path).json == {"ip_list": ["127.0.0.1"]}
