"""Every type of message and event of WeChat's documents, signed, through the WSGI door."""

from __future__ import annotations

import pytest
from wechatpy import parse_message

from bot.channels.official import read
from bot.errors import PayloadError
from bot.messages import MessageKind, Place

from .wire import ACCOUNT, NOW, OPENID, message

MSG_ID = 25000000000000001
WHO = f"{ACCOUNT}:{OPENID}"


def ordinary(msg_type: str, **fields: str | int) -> str:
    return message(MsgType=msg_type, **fields, MsgId=MSG_ID)


def event(name: str, **fields: str | int) -> str:
    return message(MsgType="event", Event=name, **fields)


MESSAGES = [
    (ordinary("text", Content="灭火器怎么用"), {"kind": MessageKind.TEXT, "text": "灭火器怎么用"}),
    (ordinary("text", Content="  两边 \n 空白　\n"), {"text": "两边 \n 空白"}),
    (ordinary("text", Content="[微笑]/::)🔥"), {"text": "[微笑]/::)🔥"}),
    (ordinary("text", Content="a]]]]><![CDATA[>b"), {"text": "a]]>b"}),
    (ordinary("text", Content=""), {"kind": MessageKind.TEXT, "text": ""}),
    (ordinary("text", Content="1", bizmsgmenuid="c2"), {"text": "1", "menu_id": "c2"}),
    (ordinary("text", Content=110), {"text": "110"}),
    (ordinary("text", Content="x", MsgDataId=1, Idx=1), {"text": "x"}),
    (ordinary("voice", MediaId="m", Format="amr", Recognition="着火了"), {"kind": MessageKind.VOICE, "text": "着火了"}),
    (ordinary("voice", MediaId="m", Format="speex", MediaId16K="n"), {"kind": MessageKind.VOICE, "text": ""}),
    (ordinary("image", PicUrl="http://x", MediaId="m"), {"kind": MessageKind.IMAGE, "text": ""}),
    (ordinary("video", MediaId="m", ThumbMediaId="t"), {"kind": MessageKind.VIDEO}),
    (ordinary("shortvideo", MediaId="m", ThumbMediaId="t"), {"kind": MessageKind.VIDEO}),
    (
        ordinary("location", Location_X="23.1", Location_Y="113.3", Scale=15, Label="江海区"),
        {"kind": MessageKind.LOCATION, "place": Place(23.1, 113.3, "江海区")},
    ),
    (ordinary("link", Title="t", Description="d", Url="http://x"), {"kind": MessageKind.LINK, "text": ""}),
    (ordinary("miniprogrampage", Title="t"), {"kind": MessageKind.UNKNOWN}),
    (ordinary("hologram", Beam=1), {"kind": MessageKind.UNKNOWN, "text": ""}),
]

EVENTS = [
    (event("subscribe", EventKey=""), "subscribe", ""),
    (event("subscribe", EventKey="qrscene_factory-07", Ticket="T"), "subscribe", "factory-07"),
    (event("unsubscribe", EventKey=""), "unsubscribe", ""),
    (event("SCAN", EventKey="factory-07", Ticket="T"), "scan", "factory-07"),
    (event("LOCATION", Latitude="23.1", Longitude="113.3", Precision="40"), "location", ""),
    (event("CLICK", EventKey="menu_help"), "click", "menu_help"),
    (event("VIEW", EventKey="https://a.cn/?a=1&b=2", MenuId=1), "view", "https://a.cn/?a=1&b=2"),
    (event("view_miniprogram", EventKey="pages/x", MenuId=1), "view_miniprogram", "pages/x"),
    (
        event("scancode_waitmsg", EventKey="K", ScanCodeInfo="<ScanType>qrcode</ScanType><ScanResult>x</ScanResult>"),
        "scancode_waitmsg",
        "K",
    ),
    (event("scancode_push", EventKey="K", ScanCodeInfo="<ScanType>qrcode</ScanType>"), "scancode_push", "K"),
    *(
        (
            event(name, EventKey="K", SendPicsInfo="<Count>2</Count><PicList><item/><item/></PicList>"),
            name,
            "K",
        )
        for name in ("pic_sysphoto", "pic_photo_or_album", "pic_weixin")
    ),
    (event("location_select", EventKey="K", SendLocationInfo="<Label>x</Label>"), "location_select", "K"),
    (
        event(
            "MASSSENDJOBFINISH",
            MsgID=34182,
            Status="send success",
            TotalCount=296,
            ArticleUrlResult="<Count>1</Count><ResultList><item><ArticleIdx>1</ArticleIdx></item></ResultList>",
        ),
        "masssendjobfinish",
        "",
    ),
    (event("TEMPLATESENDJOBFINISH", MsgID=1, Status="failed: system failed"), "templatesendjobfinish", ""),
    (event("PUBLISHJOBFINISH", PublishEventInfo="<publish_id>1</publish_id>"), "publishjobfinish", ""),
    *(
        (event(name, Body="<List><TemplateId>T</TemplateId></List><List/>"), name, "")
        for name in ("subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event")
    ),
    *(
        (event(name, OpenID=OPENID, AppID="wx1", RevokeInfo="1"), name, "")
        for name in ("user_info_modified", "user_authorization_revoke", "user_authorization_cancellation")
    ),
    *((event(name, KfAccount="a@b"), name, "") for name in ("kf_create_session", "kf_close_session")),
    (event("kf_switch_session", FromKfAccount="a@b", ToKfAccount="c@d"), "kf_switch_session", ""),
    *(
        (event(name, ExpiredTime=NOW), name, "")
        for name in ("qualification_verify_success", "naming_verify_fail", "annual_renew", "verify_expired")
    ),
    (event("something_of_2030", EventKey="k"), "something_of_2030", "k"),
]


@pytest.mark.parametrize(("xml", "expected"), MESSAGES)
def test_a_message_is_read(plain, xml, expected):
    assert plain.receives(xml).text == "收到"
    [heard] = plain.heard
    assert {name: getattr(heard, name) for name in expected} == expected
    assert (heard.channel, heard.account, heard.address, heard.sent_at) == ("official", ACCOUNT, OPENID, NOW)
    assert heard.key == f"{WHO}:{MSG_ID}"
    assert heard.event == heard.event_key == ""
    assert heard.max_text_bytes == 2048


@pytest.mark.parametrize(("xml", "name", "key"), EVENTS)
def test_an_event_is_read(plain, xml, name, key):
    assert plain.receives(xml).status == 200
    [heard] = plain.heard
    assert (heard.kind, heard.event, heard.event_key, heard.text) == (MessageKind.EVENT, name, key, "")
    assert heard.key.startswith(f"{WHO}:{NOW}:{name}:")


def test_a_position_that_is_sent_by_itself_has_its_place(plain):
    plain.receives(event("LOCATION", Latitude="23.1", Longitude="113.3", Precision="40"))
    assert plain.heard[0].place == Place(23.1, 113.3)


def test_events_of_one_second_differ_by_name_and_key(plain):
    for name, key in (("CLICK", "a"), ("CLICK", "b"), ("VIEW", "a")):
        plain.receives(event(name, EventKey=key))
    assert len({heard.key for heard in plain.heard}) == 3


def test_an_unknown_message_without_id_is_told_apart_by_its_time(plain):
    for second in (NOW, NOW + 1):
        plain.receives(message(MsgType="hologram", CreateTime=second))
    assert len({heard.key for heard in plain.heard}) == 2


UNREADABLE = {
    "empty": b"",
    "blanks": b" \n ",
    "json": b'{"ToUserName":"gh_x","MsgType":"text"}',
    "html": b"<html><body>x</body></html>",
    "not closed": message(Content="x", MsgId=1).encode()[:-3],
    "two roots": message(Content="x", MsgId=1).encode() * 2,
    "other root": b"<wx><MsgType>text</MsgType></wx>",
    "gbk": message(Content="动火作业", MsgId=1).encode("gbk"),
    "gbk, declared": b'<?xml version="1.0" encoding="GBK"?>' + message(Content="动火作业", MsgId=1).encode("gbk"),
    "utf-16": message(Content="x", MsgId=1).encode("utf-16"),
    "control character": message(Content="a\x08b", MsgId=1).encode(),
    "nul": message(Content="a\0b", MsgId=1).encode(),
    "control character by number": message(MsgId=1).replace("</xml>", "<Content>&#8;</Content></xml>").encode(),
    "undefined entity": message(MsgId=1).replace("</xml>", "<Content>&x;</Content></xml>").encode(),
    "entity bomb": (
        b'<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        + message(MsgId=1).replace("</xml>", "<Content>&b;</Content></xml>").encode()
    ),
    "external entity": (
        b'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        + message(MsgId=1).replace("</xml>", "<Content>&a;</Content></xml>").encode()
    ),
    "external dtd": b'<!DOCTYPE xml SYSTEM "http://a.test/x.dtd">' + message(Content="x", MsgId=1).encode(),
    "too deep": message(MsgId=1, Content="x", A="<a>" * 9 + "</a>" * 9).encode(),
    "too many": message(MsgId=1, Content="x", A="<a/>" * 600).encode(),
    "content twice": message(MsgId=1, Content="x").replace("</xml>", "<Content>y</Content></xml>").encode(),
    "no MsgType": message(Content="x", MsgId=1).replace("MsgType", "Type").encode(),
    "empty MsgType": message(MsgType="", Content="x", MsgId=1).encode(),
    "no Content": message(MsgId=1).encode(),
    "no MsgId": message(Content="x").encode(),
    "no sender": message(Content="x", MsgId=1, FromUserName="").encode(),
    "endless sender": message(Content="x", MsgId=1, FromUserName="o" * 129).encode(),
    "no account": message(Content="x", MsgId=1, ToUserName="").encode(),
    "no time": message(Content="x", MsgId=1, CreateTime="").encode(),
    "time in words": message(Content="x", MsgId=1, CreateTime="昨天").encode(),
    "time in other digits": message(Content="x", MsgId=1, CreateTime="１７９").encode(),
    "negative time": message(Content="x", MsgId=1, CreateTime=-1).encode(),
    "event without name": message(MsgType="event").encode(),
    "nowhere": message(MsgType="location", Location_X="nan", Location_Y="113", MsgId=1).encode(),
    "off the earth": message(MsgType="location", Location_X="91", Location_Y="113", MsgId=1).encode(),
    "half a place": message(MsgType="location", Location_X="23", MsgId=1).encode(),
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_ends_in_silence(plain, body, caplog):
    answer = plain.receives(body)
    assert (answer.status, answer.body) == (200, b"success")
    assert plain.heard == []
    [line] = caplog.records
    assert line.getMessage() == "a push could not be read"
    assert line.exc_info is None
    assert OPENID not in str(vars(line))


def test_a_byte_order_mark_and_a_declaration_do_no_harm(plain):
    xml = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n' + ordinary("text", Content="x")
    assert plain.receives(xml).text == "收到"


@pytest.mark.parametrize("xml", [row[0] for row in (*MESSAGES, *EVENTS)])
def test_wechatpy_reads_the_same(xml):
    ours, theirs = read(xml.encode()), parse_message(xml)
    assert (ours.address, ours.account, ours.sent_at) == (theirs.source, theirs.target, theirs.time)
    event = (theirs._data.get("Event") or "").lower()
    assert ours.event == event.removesuffix("_scan")  # wechatpy renames the follow by QR code
    if ours.kind is MessageKind.TEXT:
        assert ours.text == (theirs.content or "")


@pytest.mark.parametrize(
    "name", ["json", "not closed", "two roots", "gbk", "utf-16", "control character", "entity bomb", "no MsgType"]
)
def test_wechatpy_refuses_the_same(name):
    with pytest.raises(PayloadError):
        read(UNREADABLE[name])
    with pytest.raises(Exception):  # noqa: B017, PT011  # KeyError, ExpatError, UnicodeDecodeError, ValueError
        parse_message(UNREADABLE[name])
