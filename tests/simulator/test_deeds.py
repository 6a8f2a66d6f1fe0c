import base64

import pytest

from bot.simulator import NotFollowing
from bot.simulator.actions import SILENT_AMR, TINY_PNG

from .conftest import ALICE


def words(received, *names):
    return [received.field(name) for name in names]


def test_text_has_a_msg_id_beyond_doubles(simulator, bot):
    simulator.send_text(ALICE, "你好")
    simulator.send_text(ALICE, "你好")
    first, second = (int(r.field("MsgId")) for r in bot.received)
    assert first != second
    assert first > 2**53


def test_msg_id_can_be_chosen(simulator, bot):
    outcome = simulator.send_text(ALICE, "你好", msg_id=2**63 - 1)
    assert bot.last.field("MsgId") == str(2**63 - 1)
    assert outcome.push.msg_id == 2**63 - 1


def test_menu_tap_names_its_option(simulator, bot):
    simulator.send_text(ALICE, "1", menu_id="101")
    assert bot.last.field("bizmsgmenuid") == "101"
    simulator.send_text(ALICE, "1", menu_id="quiz-7")
    assert bot.last.field("bizmsgmenuid") == "quiz-7"
    simulator.send_text(ALICE, "1")
    assert bot.last.field("bizmsgmenuid") is None


@pytest.mark.parametrize("content", ["a]]>b", "]]>", "<MsgType>x</MsgType>", "&amp;", "🔥", "多\n行"])
def test_text_arrives_as_typed(simulator, bot, content):
    simulator.send_text(ALICE, content)
    assert bot.last.field("Content") == content
    assert len(bot.last.xml.findall("MsgType")) == 1


def test_illegal_characters_never_reach_the_wire(simulator, bot):
    simulator.send_text(ALICE, "a\x00\x08\x0b\ufffe\ud800b")
    assert bot.last.field("Content") == "ab"


def test_image_can_be_fetched_at_its_address(simulator, bot, api):
    simulator.reconfigure(public_url=f"http://127.0.0.1:{api.port}/simulator")
    simulator.send_image(ALICE)
    address = bot.last.field("PicUrl")
    assert address.startswith(f"http://127.0.0.1:{api.port}/simulator/pictures/")
    fetched = api.request("GET", address.split("/simulator", 1)[1])
    assert (fetched.body, fetched.headers["Content-Type"]) == (TINY_PNG, "image/png")
    assert api.get("/cgi-bin/media/get", media_id=bot.last.field("MediaId")).body == TINY_PNG


def test_only_pictures_are_pictures(simulator, bot):
    with pytest.raises(ValueError, match="picture"):
        simulator.send_image(ALICE, b"<script>alert(1)</script>")


def test_voice_with_and_without_recognition(simulator, bot, api):
    simulator.send_voice(ALICE, recognition="怎么报火警")
    assert words(bot.last, "MsgType", "Format", "Recognition") == ["voice", "amr", "怎么报火警"]
    assert api.get("/cgi-bin/media/get", media_id=bot.last.field("MediaId")).body == SILENT_AMR
    simulator.send_voice(ALICE)
    assert bot.last.field("Recognition") is None


@pytest.mark.parametrize(("short", "msg_type"), [(False, "video"), (True, "shortvideo")])
def test_video(simulator, bot, short, msg_type):
    simulator.send_video(ALICE, short=short)
    assert bot.last.field("MsgType") == msg_type
    assert bot.last.field("ThumbMediaId")


def test_location_x_is_the_latitude(simulator, bot):
    simulator.send_location(ALICE, 31.23, 121.47, "3 号厂房")
    assert words(bot.last, "Location_X", "Location_Y", "Scale", "Label") == [
        "31.23",
        "121.47",
        "16",
        "3 号厂房",
    ]


def test_link(simulator, bot):
    simulator.send_link(ALICE, "标题", "摘要", "https://example.cn/a?b=1&c=2")
    assert words(bot.last, "Title", "Description", "Url") == ["标题", "摘要", "https://example.cn/a?b=1&c=2"]


def test_event_has_no_msg_id(simulator, bot):
    outcome = simulator.click(ALICE, "HELP")
    assert words(bot.last, "MsgType", "Event", "EventKey", "MsgId") == ["event", "CLICK", "HELP", None]
    assert outcome.push.msg_id is None


def test_view_carries_the_address(simulator, bot):
    simulator.view(ALICE, "https://example.cn/")
    assert words(bot.last, "Event", "EventKey") == ["VIEW", "https://example.cn/"]


def test_any_event_can_be_pushed(simulator, bot):
    popup = {"List": [{"TemplateId": "T1", "PopupScene": 1}, {"TemplateId": "T2", "PopupScene": 1}]}
    simulator.send_event(ALICE, "subscribe_msg_popup_event", SubscribeMsgPopupEvent=popup)
    found = bot.last.xml.findall("SubscribeMsgPopupEvent/List/TemplateId")
    assert [node.text for node in found] == ["T1", "T2"]


def test_plain_follow_has_an_empty_key(simulator, bot):
    simulator.follow(ALICE)
    assert words(bot.last, "Event", "EventKey", "Ticket") == ["subscribe", "", None]


def test_follow_by_code_names_the_scene(simulator, bot):
    simulator.follow(ALICE, scene="factory-07")
    assert words(bot.last, "Event", "EventKey") == ["subscribe", "qrscene_factory-07"]
    assert bot.last.field("Ticket")


def test_follower_who_scans_makes_a_scan(simulator, bot):
    simulator.follow(ALICE)
    simulator.follow(ALICE, scene="factory-07")
    assert words(bot.last, "Event", "EventKey") == ["SCAN", "factory-07"]


def test_who_left_can_only_follow_again(simulator, bot):
    simulator.follow(ALICE)
    simulator.unfollow(ALICE)
    assert words(bot.last, "Event", "EventKey") == ["unsubscribe", ""]
    with pytest.raises(NotFollowing):
        simulator.send_text(ALICE, "还在吗")
    assert simulator.follow(ALICE).push.openid == ALICE


@pytest.mark.parametrize(
    ("deed", "fields", "expected"),
    [
        ("text", {"text": "你好"}, [("text", "")]),
        ("image", {"picture": base64.b64encode(TINY_PNG).decode()}, [("image", "")]),
        ("voice", {"recognition": "火警"}, [("voice", "")]),
        ("video", {"short": True}, [("shortvideo", "")]),
        ("location", {"latitude": 1, "longitude": 2.5}, [("location", "")]),
        ("link", {"title": "题", "url": "https://e.cn"}, [("link", "")]),
        ("click", {"key": "K"}, [("event", "CLICK")]),
        ("view", {"url": "https://e.cn"}, [("event", "VIEW")]),
        (
            "scan_code",
            {"event": "scancode_waitmsg", "key": "K", "result": "x"},
            [("event", "scancode_waitmsg")],
        ),
        ("menu_picture", {"event": "pic_weixin", "key": "K"}, [("event", "pic_weixin"), ("image", "")]),
        (
            "menu_location",
            {"key": "K", "latitude": 1, "longitude": 2},
            [("event", "location_select"), ("location", "")],
        ),
        ("follow", {"scene": "s"}, [("event", "subscribe")]),
        ("event", {"event": "LOCATION", "fields": {"Latitude": 1.5}}, [("event", "LOCATION")]),
    ],
)
def test_page_can_do_every_deed(api, bot, deed, fields, expected):
    answer = api.page("POST", "/control/deeds", {"openid": ALICE, "deed": deed, **fields})
    assert answer.status == 200
    assert [(o["msg_type"], o["event"]) for o in answer.json["outcomes"]] == expected
    assert [r.field("MsgType") for r in bot.received] == [msg_type for msg_type, _ in expected]


@pytest.mark.parametrize(
    ("deed", "fields"),
    [
        ("dance", {}),
        ("text", {}),
        ("text", {"text": 5}),
        ("image", {"picture": "%%%"}),
        ("image", {"picture": base64.b64encode(b"<svg>").decode()}),
        ("location", {"latitude": 91, "longitude": 0}),
        ("location", {"latitude": "1", "longitude": 0}),
        ("location", {"latitude": True, "longitude": 0}),
        ("scan_code", {"event": "CLICK", "key": "K", "result": "x"}),
        ("event", {"event": "X", "fields": []}),
    ],
)
def test_senseless_deed_is_refused(api, bot, deed, fields):
    answer = api.page("POST", "/control/deeds", {"openid": ALICE, "deed": deed, **fields})
    assert answer.status == 400
    assert answer.json["error"]
    assert not bot.received
