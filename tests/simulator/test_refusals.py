"""Every errcode that the simulator's own code raises, provoked over HTTP by the mistake it stands for."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import bot.simulator
from bot.simulator import Profile
from bot.simulator.actions import BLANK_MP4, TINY_PNG
from bot.simulator.errcodes import ERRMSGS

from .conftest import ALICE, BOB, Bot, Client, Reply

RID = re.compile(r" rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$")
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
MENU = "/cgi-bin/menu/create"
DELETE_GROUP_MENU = "/cgi-bin/menu/delconditional"
MATCH = "/cgi-bin/menu/trymatch"
TAG_ON = "/cgi-bin/tags/members/batchtagging"
STABLE = "/cgi-bin/stable_token"
QUOTA = "/cgi-bin/openapi/quota/get"
LIBRARY = "/cgi-bin/material/batchget_material"
MATERIAL = "/cgi-bin/material/get_material"


@dataclass
class World:
    """A simulator, its bot and a client; ALICE has just written, BOB has followed and left."""

    sim: bot.simulator.Simulator
    bot: Bot
    api: Client

    def send(self, msgtype: str, content: object, touser: str = ALICE) -> Reply:
        return self.api.post(SEND, {"touser": touser, "msgtype": msgtype, msgtype: content})

    def menu(self, *buttons: object) -> Reply:
        return self.api.post(MENU, {"button": list(buttons)})

    def conditional(self, **rule: str) -> Reply:
        return self.api.post("/cgi-bin/menu/addconditional", {"button": [click()], "matchrule": rule})

    def grant(self, **changes: object) -> Reply:
        config = self.sim.config
        given = {"grant_type": "client_credential", "appid": config.app_id, "secret": config.secret}
        return self.api.request("POST", STABLE, json.dumps(given | changes).encode())

    def bare(self, method: str, path: str, token: str = "") -> Reply:
        return self.api.request(method, f"{path}?access_token={token}", b"{}" if method == "POST" else None)

    def as_profile(self, profile: Profile) -> "World":
        self.sim.reconfigure(profile=profile)
        return self

    def tag(self, name: str = "厂区") -> int:
        return self.api.post("/cgi-bin/tags/create", {"tag": {"name": name}}).json["tag"]["id"]


@pytest.fixture
def world(simulator, bot, api) -> World:
    simulator.send_text(ALICE, "在吗")
    simulator.follow(BOB)
    simulator.unfollow(BOB)
    return World(simulator, bot, api)


def repeat(times: int, call: Callable[[], Reply]) -> Reply:
    return [call() for _ in range(times)][-1]


def click(name="菜单", key="K", **more):
    return {"type": "click", "name": name, "key": key} | more


def parent(*subs):
    return {"name": "更多", "sub_button": list(subs)}


def expired(w: World) -> Reply:
    token = w.api.sign_in()
    w.sim.advance(7200)
    return w.bare("GET", "/cgi-bin/getcallbackip", token)


def used_up(w: World, **limits: int) -> Reply:
    w.api.page("POST", "/control/quotas", {"path": "/cgi-bin/user/get", **limits})
    return repeat(2, lambda: w.api.get("/cgi-bin/user/get"))


def unlisted(w: World) -> Reply:
    w.sim.ip_whitelist = frozenset()
    return w.grant()


def passing_as_material(w: World) -> Reply:
    media_id = w.api.upload("/cgi-bin/media/upload", TINY_PNG, type="image").json["media_id"]
    return w.api.post(MATERIAL, {"media_id": media_id})


def old_media(w: World) -> Reply:
    media_id = w.api.upload("/cgi-bin/media/upload", TINY_PNG, type="image").json["media_id"]
    w.sim.advance(3 * 24 * 3600)
    w.api.token = ""
    return w.api.get("/cgi-bin/media/get", media_id=media_id)


def refusing(w: World) -> Reply:
    w.api.page("POST", "/control/followers", {"openid": ALICE, "refuses_messages": True})
    return w.send("text", {"content": "x"})


def late_typing(w: World) -> Reply:
    w.sim.advance(31)
    return w.api.post(TYPING, {"touser": ALICE, "command": "Typing"})


def late_message(w: World) -> Reply:
    w.sim.advance(48 * 3600)
    w.api.token = ""
    return w.send("text", {"content": "x"})


def full_of_tags(w: World, *others: str) -> Reply:
    for n in range(20):
        w.api.post(TAG_ON, {"openid_list": [ALICE], "tagid": w.tag(f"标签{n}")})
    return w.api.post(TAG_ON, {"openid_list": [ALICE, *others], "tagid": w.tag()})


def partly_tagged(w: World) -> Reply:
    w.sim.follow(BOB)
    return full_of_tags(w, BOB)


def crowded_tag(w: World) -> Reply:
    tag_id = w.tag()
    with w.sim.lock:
        for n in range(100_001):
            follower = w.sim.state.person(f"oCrowd{n:022d}")
            follower.subscribed, follower.tag_ids = True, [tag_id]
    return w.api.post("/cgi-bin/tags/delete", {"tag": {"id": tag_id}})


def no_callback(w: World) -> Reply:
    w.sim.reconfigure(callback_url="")
    return w.api.post("/cgi-bin/callback/check", {"action": "all", "check_operator": "DEFAULT"})


CASES: list[tuple[int, str, Callable[[World], Reply]]] = [
    # tokens and the way in
    (40001, "secret for token never issued", lambda w: w.bare("GET", "/cgi-bin/getcallbackip", "x" * 512)),
    (40014, "token malformed", lambda w: w.bare("GET", "/cgi-bin/getcallbackip", "short")),
    (41001, "token missing", lambda w: w.bare("GET", "/cgi-bin/getcallbackip")),
    (42001, "token expired", expired),
    (40002, "grant_type", lambda w: w.grant(grant_type="password")),
    (40013, "appid", lambda w: w.grant(appid="wx_other")),
    (40125, "appsecret", lambda w: w.grant(secret="wrong")),
    (41002, "appid missing", lambda w: w.grant(appid="")),
    (41004, "secret missing", lambda w: w.grant(secret="")),
    (40164, "address not listed", unlisted),
    (43001, "GET wanted", lambda w: w.bare("POST", "/cgi-bin/token")),
    (43002, "POST wanted", lambda w: w.bare("GET", STABLE)),
    (44002, "empty body", lambda w: w.api.post(SEND, b"")),
    (47001, "broken JSON", lambda w: w.api.post(SEND, b'{"touser":')),
    (47001, "JSON, but no object", lambda w: w.api.post(SEND, b"[]")),
    (47001, "not UTF-8", lambda w: w.api.post(SEND, '{"touser":"好"}'.encode("gbk"))),
    (47001, "form instead of JSON", lambda w: w.api.post(SEND, b"touser=x")),
    (45009, "day's quota", lambda w: used_up(w, per_day=1)),
    (45011, "minute's quota", lambda w: used_up(w, per_minute=1)),
    (48006, "quota cleared too often", lambda w: repeat(11, lambda: clear(w))),
    (76021, "quota of no path", lambda w: w.api.post(QUOTA, {"cgi_path": "/cgi-bin/none"})),
    (
        76022,
        "quota of a forbidden path",
        lambda w: w.as_profile(Profile.UNVERIFIED).api.post(QUOTA, {"cgi_path": SEND}),
    ),
    (40201, "no callback address", no_callback),
    (
        40202,
        "check action",
        lambda w: w.api.post("/cgi-bin/callback/check", {"action": "x", "check_operator": "CAP"}),
    ),
    (
        40202,
        "check action is no text",
        lambda w: w.api.post("/cgi-bin/callback/check", {"action": [], "check_operator": "CAP"}),
    ),
    (
        40203,
        "check operator is no text",
        lambda w: w.api.post("/cgi-bin/callback/check", {"action": "dns", "check_operator": {}}),
    ),
    (
        40203,
        "check operator",
        lambda w: w.api.post("/cgi-bin/callback/check", {"action": "dns", "check_operator": "x"}),
    ),
    # customer-service messages
    (40003, "unknown openid", lambda w: w.send("text", {"content": "x"}, "oNobodyNobodyNobodyNobodyNob")),
    (40003, "touser missing", lambda w: w.api.post(SEND, {"msgtype": "text", "text": {"content": "x"}})),
    (40008, "msgtype", lambda w: w.send("markdown", {"content": "x"})),
    (40008, "msgtype missing", lambda w: w.api.post(SEND, {"touser": ALICE})),
    (40035, "content missing", lambda w: w.api.post(SEND, {"touser": ALICE, "msgtype": "text"})),
    (44004, "empty text", lambda w: w.send("text", {"content": ""})),
    (45002, "2049 bytes", lambda w: w.send("text", {"content": "x" * 2049})),
    (44003, "no article", lambda w: w.send("news", {"articles": []})),
    (45008, "two articles", lambda w: w.send("news", {"articles": [{"title": "a"}, {"title": "b"}]})),
    (41006, "media_id missing", lambda w: w.send("image", {})),
    (40007, "media_id unknown", lambda w: w.send("image", {"media_id": "nope"})),
    (40007, "media expired", old_media),
    (53600, "article_id unknown", lambda w: w.send("mpnewsarticle", {"article_id": "x"})),
    (43004, "left", lambda w: w.send("text", {"content": "x"}, BOB)),
    (48002, "wants no messages", refusing),
    (45015, "window over", late_message),
    (45047, "count over", lambda w: repeat(6, lambda: w.send("text", {"content": "x"}))),
    (
        40200,
        "msgmenu on a test account",
        lambda w: w.as_profile(Profile.TEST).send("msgmenu", {"list": [{"id": "1", "content": "a"}]}),
    ),
    (40035, "msgmenu without options", lambda w: w.send("msgmenu", {"head_content": "选"})),
    (48001, "unverified", lambda w: w.as_profile(Profile.UNVERIFIED).send("text", {"content": "x"})),
    (45072, "typing command", lambda w: w.api.post(TYPING, {"touser": ALICE, "command": "Dance"})),
    (45080, "typing without exchange", late_typing),
    (45081, "typing twice", lambda w: repeat(2, lambda: type_(w))),
    # menu
    (40016, "no button", lambda w: w.menu()),
    (40016, "four buttons", lambda w: w.menu(*[click()] * 4)),
    (40017, "type", lambda w: w.menu(click(type="dance"))),
    (40017, "type missing", lambda w: w.menu({"name": "菜单"})),
    (40018, "name over 16 bytes", lambda w: w.menu(click(name="安全宣传月份"))),
    (40018, "name empty", lambda w: w.menu(click(name=""))),
    (40019, "key over 128 bytes", lambda w: w.menu(click(key="k" * 129))),
    (40019, "key missing", lambda w: w.menu(click(key=None))),
    (40020, "url over 1024 bytes", lambda w: w.menu(view("https://e.cn/" + "x" * 1024))),
    (40055, "url of another scheme", lambda w: w.menu(view("javascript:alert(1)"))),
    (65303, "menu for a group before one for all", lambda w: w.conditional(tag_id="2")),
    (65304, "menu for a group without a group", lambda w: w.menu(click()) and w.conditional()),
    (65320, "menu for a group by a withdrawn rule", lambda w: w.menu(click()) and w.conditional(sex="1")),
    (45159, "menu for an unknown tag", lambda w: w.menu(click()) and w.conditional(tag_id="999")),
    (65301, "menu for a group that is not there", lambda w: w.api.post(DELETE_GROUP_MENU, {"menuid": "1"})),
    (46003, "whose menu, where there is none", lambda w: w.api.post(MATCH, {"user_id": ALICE})),
    (46004, "whose menu, of a stranger", lambda w: w.api.post(MATCH, {"user_id": "oNobody"})),
    (40022, "third level", lambda w: w.menu(parent(parent(click())))),
    (40023, "six sub-buttons", lambda w: w.menu(parent(*[click()] * 6))),
    (40024, "sub type", lambda w: w.menu(parent(click(type="dance")))),
    (40025, "sub name over 60 bytes", lambda w: w.menu(parent(click(name="安" * 21)))),
    (40026, "sub key", lambda w: w.menu(parent(click(key="")))),
    (40027, "sub url", lambda w: w.menu(parent(view("")))),
    (40054, "sub url scheme", lambda w: w.menu(parent(view("ftp://e.cn")))),
    (40033, "escapes", lambda w: w.api.post(MENU, json.dumps({"button": [click()]}).encode())),
    (40007, "menu media missing", lambda w: w.menu({"type": "media_id", "name": "图"})),
    (
        45064,
        "mini-program not linked",
        lambda w: w.menu({"type": "miniprogram", "name": "程序", "url": "https://e.cn"}),
    ),
    (46003, "no menu", lambda w: w.api.get("/cgi-bin/menu/get")),
    # followers and tags
    (41009, "openid missing", lambda w: w.api.get("/cgi-bin/user/info")),
    (40003, "cursor unknown", lambda w: w.api.get("/cgi-bin/user/get", next_openid="oNo")),
    (40031, "no user list", lambda w: w.api.post("/cgi-bin/user/info/batchget", {"user_list": "x"})),
    (
        40032,
        "101 users",
        lambda w: w.api.post("/cgi-bin/user/info/batchget", {"user_list": [{"openid": ALICE}] * 101}),
    ),
    (
        40035,
        "remark of 30 bytes",
        lambda w: w.api.post("/cgi-bin/user/info/updateremark", {"openid": ALICE, "remark": "安" * 10}),
    ),
    (
        48001,
        "remark by a subscription account",
        lambda w: w.as_profile(Profile.VERIFIED_SUBSCRIPTION).api.post(
            "/cgi-bin/user/info/updateremark", {"openid": ALICE, "remark": "x"}
        ),
    ),
    (
        45157,
        "tag twice",
        lambda w: repeat(2, lambda: w.api.post("/cgi-bin/tags/create", {"tag": {"name": "a"}})),
    ),
    (45158, "tag name of 31", lambda w: w.api.post("/cgi-bin/tags/create", {"tag": {"name": "安" * 31}})),
    (
        45056,
        "101 tags",
        lambda w: [w.api.post("/cgi-bin/tags/create", {"tag": {"name": f"{n}"}}) for n in range(101)][-1],
    ),
    (45159, "unknown tag", lambda w: w.api.post(TAG_ON, {"openid_list": [ALICE], "tagid": 9})),
    (45058, "system tag", lambda w: w.api.post("/cgi-bin/tags/update", {"tag": {"id": 2, "name": "x"}})),
    (45057, "tag too popular", crowded_tag),
    (45059, "21 tags", full_of_tags),
    (45171, "21 tags for some", partly_tagged),
    (40032, "51 openids", lambda w: w.api.post(TAG_ON, {"openid_list": [ALICE] * 51, "tagid": 2})),
    (40003, "openid malformed", lambda w: w.api.post(TAG_ON, {"openid_list": ["x"], "tagid": 2})),
    (
        49003,
        "openid of another account",
        lambda w: w.api.post(TAG_ON, {"openid_list": ["o" * 28], "tagid": 2}),
    ),
    # media
    (40004, "media type", lambda w: w.api.upload("/cgi-bin/media/upload", JPEG, type="poem")),
    (40004, "thumbs listed", lambda w: w.api.post(LIBRARY, {"type": "thumb", "offset": 0, "count": 20})),
    (40035, "too many listed", lambda w: w.api.post(LIBRARY, {"type": "image", "offset": 0, "count": 21})),
    (40035, "from before", lambda w: w.api.post(LIBRARY, {"type": "video", "offset": -1, "count": 20})),
    (41006, "no material named", lambda w: w.api.post(MATERIAL, {})),
    (40007, "unknown material", lambda w: w.api.post(MATERIAL, {"media_id": "x"})),
    (40007, "material that is no word", lambda w: w.api.post(MATERIAL, {"media_id": ["x"]})),
    (40007, "temporary file as material", lambda w: passing_as_material(w)),
    (40005, "file type", lambda w: w.api.upload("/cgi-bin/media/upload", b"MZ", type="image")),
    (40005, "png as thumb", lambda w: w.api.upload("/cgi-bin/media/upload", TINY_PNG, type="thumb")),
    (40009, "image over 10 MB", lambda w: upload_sized(w, "image", TINY_PNG, 10 << 20)),
    (45001, "thumb over 64 KB", lambda w: upload_sized(w, "thumb", JPEG, 64 << 10)),
    (45001, "voice over 2 MB", lambda w: upload_sized(w, "voice", b"#!AMR\n", 2 << 20)),
    (45001, "video over 10 MB", lambda w: upload_sized(w, "video", BLANK_MP4, 10 << 20)),
    (44001, "empty file", lambda w: w.api.upload("/cgi-bin/media/upload", b"", type="image")),
    (41005, "no file", lambda w: w.api.upload("/cgi-bin/media/upload", JPEG, name="file", type="image")),
    (41005, "not multipart", lambda w: w.api.post("/cgi-bin/media/upload", JPEG, type="image")),
    (
        40009,
        "article picture over 1 MB",
        lambda w: w.api.upload("/cgi-bin/media/uploadimg", JPEG + bytes(1 << 20)),
    ),
]


def clear(w: World) -> Reply:
    return w.api.post("/cgi-bin/clear_quota", {"appid": w.sim.config.app_id})


def type_(w: World) -> Reply:
    return w.api.post(TYPING, {"touser": ALICE, "command": "Typing"})


def view(url):
    return {"type": "view", "name": "网页", "url": url}


def upload_sized(w: World, kind: str, head: bytes, limit: int) -> Reply:
    return w.api.upload("/cgi-bin/media/upload", head + bytes(limit + 1 - len(head)), type=kind)


@pytest.mark.parametrize(("errcode", "name", "mistake"), CASES, ids=[f"{c}-{n}" for c, n, _ in CASES])
def test_mistake_is_refused_as_wechat_refuses_it(world, errcode, name, mistake):
    reply = mistake(world)
    assert reply.status == 200
    assert reply.json["errcode"] == errcode
    assert RID.search(reply.json["errmsg"])
    assert reply.json["errmsg"] != ERRMSGS[errcode]
    assert reply.headers["Content-Type"].startswith("application/json")


def test_partial_tagging_names_who_failed(world):
    assert partly_tagged(world).json["fail_openid_list"] == [ALICE]
    tags = world.api.post("/cgi-bin/tags/getidlist", {"openid": BOB}).json["tagid_list"]
    assert len(tags) == 1


def test_no_errcode_goes_untested():
    """Whatever code the sources raise is in CASES here or in the other tables, and has words."""
    from . import test_refusals_outreach, test_wecom  # which import this module

    folder = Path(bot.simulator.__file__).parent
    sources = "\n".join(path.read_text() for path in folder.glob("*.py") if path.name != "errcodes.py")
    raised = {int(code) for code in re.findall(r"Refused\((\d{5})", sources)}
    raised |= {int(code) for code in re.findall(r"(?<=[=, ])(4\d{4})(?=[,)])", sources)}
    tested = {code for code, _, _ in [*CASES, *test_refusals_outreach.CASES, *test_wecom.CASES]}
    assert raised <= tested
    assert tested <= set(ERRMSGS)


def test_unknown_path_is_no_business_error(api):
    assert api.get("/cgi-bin/none").status == 404
    assert api.post("/cgi-bin/message/custom/send/", {}).status == 404
