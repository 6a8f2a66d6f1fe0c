import pytest

from bot.simulator import Article, Mode, Outcome
from bot.simulator.actions import TINY_PNG

from .conftest import ALICE, Response, sealed, text_reply


def item(n):
    return f"<item><Title>标题{n}</Title><Url>https://example.cn/{n}</Url></item>"


def news(received, count, announced=None):
    head = text_reply(received, MsgType="news").split("<Content>")[0]
    items = "".join(item(n) for n in range(count))
    total = count if announced is None else announced
    return f"{head}<ArticleCount>{total}</ArticleCount><Articles>{items}</Articles></xml>"


def media(received, msg_type, inner):
    return text_reply(received, MsgType=msg_type).split("<Content>")[0] + inner + "</xml>"


ABNORMAL = {
    "json": lambda r: "{}",
    "html": lambda r: "<html><body>500</body></html>",
    "plain words": lambda r: "你好",
    "SUCCESS in capitals": lambda r: "SUCCESS",
    "success and a line break": lambda r: "success\n",
    "success in quotes": lambda r: '"success"',
    "blank": lambda r: " ",
    "unclosed": lambda r: "<xml><ToUserName>",
    "control character": lambda r: text_reply(r, "a\x08b"),
    "CDATA ended by its own text": lambda r: text_reply(r, "a]]>b</Content>"),
    "second MsgType": lambda r: text_reply(r).replace("</xml>", "<MsgType>text</MsgType></xml>"),
    "DTD": lambda r: '<!DOCTYPE xml [<!ENTITY a "b">]>' + text_reply(r),
    "To not swapped": lambda r: text_reply(r, ToUserName=r.config.account_id),
    "From is the appid": lambda r: text_reply(r, FromUserName=r.config.app_id),
    "no MsgType": lambda r: text_reply(r).replace("<MsgType><![CDATA[text]]></MsgType>", ""),
    "unknown MsgType": lambda r: text_reply(r, MsgType="markdown"),
    "CreateTime is a date": lambda r: text_reply(r, CreateTime="2026-11-22"),
    "empty Content": lambda r: text_reply(r, ""),
    "blank Content": lambda r: text_reply(r, " \n "),
    "Content over 2048 bytes": lambda r: text_reply(r, "安" * 683),
    "two articles to a message": lambda r: news(r, 2),
    "no article": lambda r: news(r, 0),
    "wrong ArticleCount": lambda r: news(r, 1, announced=2),
    "article without title": lambda r: news(r, 1).replace("标题0", ""),
    "unknown image": lambda r: media(r, "image", "<Image><MediaId>nope</MediaId></Image>"),
    "image without MediaId": lambda r: media(r, "image", "<Image></Image>"),
    "music without thumb": lambda r: media(r, "music", "<Music><Title>歌</Title></Music>"),
}


@pytest.mark.parametrize("case", ABNORMAL)
def test_abnormal_reply_shows_the_failure_line(simulator, bot, case):
    simulator.reconfigure(mode=Mode.PLAIN)
    bot.replies(ABNORMAL[case])
    outcome = simulator.send_text(ALICE, "你好")
    assert outcome.outcome is Outcome.FAILURE
    assert outcome.problem
    assert simulator.state.failure_lines == 1


ABNORMAL_IN_SAFE_MODE = {
    "not encrypted": lambda r: text_reply(r).encode(),
    "wrong MsgSignature": lambda r: sealed(r, text_reply(r)).replace(b"<Nonce>n", b"<Nonce>m"),
    "no MsgSignature": lambda r: sealed(r, text_reply(r)).split(b"<MsgSignature>")[0] + b"</xml>",
    "broken Encrypt": lambda r: sealed(r, text_reply(r)).replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[AAAA"),
    "wrong inside": lambda r: sealed(r, text_reply(r, FromUserName="gh_other")),
    "malformed inside": lambda r: sealed(r, "<xml>"),
}


@pytest.mark.parametrize("case", ABNORMAL_IN_SAFE_MODE)
def test_safe_mode_checks_the_envelope(simulator, bot, case):
    bot.behaviour = lambda received: Response(ABNORMAL_IN_SAFE_MODE[case](received))
    assert simulator.send_text(ALICE, "你好").outcome is Outcome.FAILURE


@pytest.mark.parametrize("body", [b"success", b""])
def test_silent_answers_are_never_encrypted(simulator, bot, body):
    bot.says(body)
    assert simulator.send_text(ALICE, "你好").outcome in (Outcome.SUCCESS, Outcome.EMPTY)


def test_text_of_exactly_2048_bytes_passes(simulator, bot):
    words = "安" * 682 + "ab"
    bot.replies(lambda r: text_reply(r, words))
    assert simulator.send_text(ALICE, "你好").text == words


def test_one_article_answers_a_message(simulator, bot):
    bot.replies(lambda r: news(r, 1))
    reply = simulator.send_text(ALICE, "你好").reply
    assert reply.articles == (Article("标题0", "", "", "https://example.cn/0"),)


@pytest.mark.parametrize(("count", "outcome"), [(8, Outcome.REPLY), (9, Outcome.FAILURE)])
def test_eight_articles_answer_an_event(simulator, bot, count, outcome):
    bot.replies(lambda r: news(r, count))
    assert simulator.click(ALICE, "NEWS").outcome is outcome


def test_picture_of_the_account_may_be_replied(simulator, bot):
    media_id = simulator.state.keep_media("image", TINY_PNG, "image/png", simulator.now()).media_id
    bot.replies(lambda r: media(r, "image", f"<Image><MediaId>{media_id}</MediaId></Image>"))
    assert simulator.send_text(ALICE, "图").reply.media_id == media_id
    simulator.advance(3 * 24 * 3600)
    assert simulator.send_text(ALICE, "图").outcome is Outcome.FAILURE


@pytest.mark.parametrize(
    ("kind", "msg_type", "inner"),
    [
        ("voice", "voice", "<Voice><MediaId>{}</MediaId></Voice>"),
        ("video", "video", "<Video><MediaId>{}</MediaId><Title>片</Title></Video>"),
        ("thumb", "music", "<Music><ThumbMediaId>{}</ThumbMediaId><MusicUrl>https://e.cn</MusicUrl></Music>"),
    ],
)
def test_other_media_may_be_replied(simulator, bot, kind, msg_type, inner):
    media_id = simulator.state.keep_media(kind, b"x", "application/octet-stream", simulator.now()).media_id
    bot.replies(lambda r: media(r, msg_type, inner.format(media_id)))
    assert simulator.send_text(ALICE, "来").reply.media_id == media_id


def test_message_may_go_to_an_agent_but_no_event(simulator, bot):
    agent = "<TransInfo><KfAccount>a@b</KfAccount></TransInfo>"
    bot.replies(lambda r: media(r, "transfer_customer_service", agent))
    assert simulator.send_text(ALICE, "人工").reply.account == "a@b"
    assert simulator.click(ALICE, "HUMAN").outcome is Outcome.FAILURE
