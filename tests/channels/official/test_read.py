"""The elements of a push are the same whichever way they are read."""

from typing import Any

import pytest

from bot.channels.official.read import elements, read
from bot.errors import PayloadError
from bot.messages import Inbound

from .wire import message

PUSH = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>\n <CreateTime>12</CreateTime>{}</xml>"
#: What stands in an element, and what is read of it; None where the push is refused.
CONTENTS = [
    ("<![CDATA[ 灭火器<多久>&换 ]]>", "灭火器<多久>&换"),
    ("<![CDATA[]]>", ""),
    ("", ""),
    ("<![CDATA[a]] > ]>]]>", "a]] > ]>"),
    ("<![CDATA[a]]]]><![CDATA[>b]]>", "a]]>b"),
    ("<![CDATA[a]]>b", "ab"),
    ("a&lt;b", "a<b"),
    ("<![CDATA[a&lt;b]]>", "a&lt;b"),
    ("a ] b", "a ] b"),
    ("<![CDATA[a\r\nb\rc]]>", "a\nb\nc"),
    ("<![CDATA[</Content><Content>]]>", "</Content><Content>"),
    ("<![CDATA[a]]></Content><Content>b]]>", None),
    ("<![CDATA[a\x01b]]>", None),
    ("<![CDATA[a\ufffeb]]>", None),
    ("a]]>b", None),
    ("<b>deeper</b>", ""),
    ("<![CDATA[🧯𠮷]]>", "🧯𠮷"),
]


@pytest.mark.parametrize(("content", "read"), CONTENTS)
@pytest.mark.parametrize("more", ["", "<!-- which only a parser reads -->", "\n "])
def test_content_is_read_as_a_parser_reads_it(content: str, read: str | None, more: str) -> None:
    body = PUSH.format(f"<Content>{content}</Content>{more}").encode()
    if read is None:
        with pytest.raises(PayloadError):
            elements(body)
    else:
        assert elements(body) == {"ToUserName": "gh_1", "CreateTime": "12", "Content": read}


@pytest.mark.parametrize(
    "body",
    [
        PUSH.format("<CreateTime>13</CreateTime>"), PUSH.format("") + "x", PUSH.format("</xml><xml>"),
        PUSH.format("words")[:-6], "x" + PUSH.format(""), PUSH.format("<A>1</B>"),
        PUSH.format("").replace("xml", "XML"),
    ],
)  # fmt: skip
def test_what_is_no_push_is_refused(body: str) -> None:
    with pytest.raises(PayloadError):
        elements(body.encode())


def test_words_between_the_elements_are_passed_over() -> None:
    assert elements(PUSH.format("words").encode()) == {"ToUserName": "gh_1", "CreateTime": "12"}


def test_what_an_event_lists_is_read_item_by_item() -> None:
    listed = (
        "<List><TemplateId><![CDATA[T1]]></TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>"
        "<List><TemplateId><![CDATA[T2]]></TemplateId><PopupScene>2</PopupScene></List>"
    )
    inbound = read(event(f"<SubscribeMsgPopupEvent>{listed}</SubscribeMsgPopupEvent>"))
    assert inbound.items == (
        {"TemplateId": "T1", "SubscribeStatusString": "accept"},
        {"TemplateId": "T2", "PopupScene": "2"},
    )


@pytest.mark.parametrize(
    "inner", ["", "<P><item><a>1</a></item></P>", "<List><a>1</a></List>", "<P><a><List><b>1</b></List></a></P>"]
)
def test_what_is_no_list_is_passed_over(inner: str) -> None:
    assert read(event(inner)).items == ()


def event(inner: str) -> bytes:
    whole = "<FromUserName>o</FromUserName><MsgType>event</MsgType><Event>e</Event>" + inner
    return f"<xml><ToUserName>gh_1</ToUserName><CreateTime>12</CreateTime>{whole}</xml>".encode()


def test_a_report_on_a_job_is_one_item_and_each_job_has_a_key() -> None:
    def report(number: int) -> Inbound:
        inner = "<Count>0</Count><ResultList></ResultList>"
        told: dict[str, Any] = {"MsgID": number, "Status": "err(20001)", "TotalCount": 3, "CopyrightCheckResult": inner}
        return read(message(MsgType="event", Event="MASSSENDJOBFINISH", **told).encode())

    assert report(1).items == ({"MsgID": "1", "Status": "err(20001)", "TotalCount": "3"},)
    assert report(1).key == report(1).key != report(2).key
