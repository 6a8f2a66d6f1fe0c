"""How broadcasts reach followers: what is posted, what each answer means, one renewal of the token, no secret told."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.channels.official.errcodes import REFUSALS
from bot.channels.official.senders import OfficialSender, client_key, senders
from bot.errors import Refusal, SendError, StoreError
from bot.sending import Kind, Message, Receipt
from bot.store.kv import MemoryKeyValue
from bot.tokens import TokenKeeper
from tests.wire_server import HANG_UP, RESET, Request, WireServer, http

OPENID = "oTEST0000000000000000000001"
OTHER = "oTEST0000000000000000000002"
TOKENS = ("token-one", "token-two", "token-three")
TEXT = Message(text="今天下午有雷雨，请停止露天高处作业。")
NOTICE = Message(kind=Kind.NOTICE, template="T1", fields={"thing1": "停止作业", "date2": "2026-06-16"})
TAGS = [(2, "星标组"), (101, "危化品")]


@dataclass
class Platform:
    """WeChat's side: what it says to the next calls, and who has a token."""

    server: WireServer = field(init=False)
    says: list[list[bytes]] = field(default_factory=list)
    fetched: int = 0
    fetch_fails: SendError | None = None
    store: MemoryKeyValue = field(default_factory=MemoryKeyValue)

    def __post_init__(self) -> None:
        self.server = WireServer(self._answer)
        tokens = TokenKeeper(self.store, "wx0", self._fetch)
        self.senders = senders(self.server.base, 5, tokens, lambda: TAGS)

    def _answer(self, _request: Request) -> list[bytes]:
        return self.says.pop(0) if self.says else said(0)

    def _fetch(self, _force: bool) -> tuple[str, float]:
        if self.fetch_fails:
            raise self.fetch_fails
        self.fetched += 1
        return TOKENS[self.fetched - 1], 7200.0

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [request.json for request in self.server.requests]

    @property
    def tokens(self) -> list[str]:
        return [request.target.partition("access_token=")[2] for request in self.server.requests]


def said(errcode: int, words: str = "ok", **more: Any) -> list[bytes]:
    return [http({"errcode": errcode, "errmsg": words, **more})]


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    made = Platform()
    yield made
    made.server.close()
    for sender in made.senders.values():
        sender.caller.close()


@pytest.fixture
def send(platform: Platform) -> Callable[..., Receipt]:
    def go(name: str = "official.service", to: tuple[str, ...] = (OPENID,), message: Message = TEXT) -> Receipt:
        return platform.senders[name].send(to, message, "b17")

    return go


def failed(send: Callable[..., Receipt], *args: Any, **how: Any) -> SendError:
    with pytest.raises(SendError) as raised:
        send(*args, **how)
    return raised.value


# --- what is posted ---------------------------------------------------------------------------------------------------

FILE = Message(kind=Kind.FILE, text="重大隐患判定标准", url="https://example.cn/a.pdf")
NEWS = Message(
    kind=Kind.NEWS, title="雷雨预警", text="停止作业", url="https://example.cn/1", picture="https://p.cn/1.jpg"
)
PICTURE = Message(kind=Kind.IMAGE, media="M1")
VIDEO = Message(kind=Kind.VIDEO, media="M2", picture="M3", title="片", text="说明")

POSTED = {
    "service text": ("official.service", TEXT, {"msgtype": "text", "text": {"content": TEXT.text}}),
    "service file": (
        "official.service",
        FILE,
        {"msgtype": "text", "text": {"content": "重大隐患判定标准\nhttps://example.cn/a.pdf"}},
    ),
    "service news": (
        "official.service",
        NEWS,
        {
            "msgtype": "news",
            "news": {
                "articles": [
                    {
                        "title": "雷雨预警",
                        "description": "停止作业",
                        "url": "https://example.cn/1",
                        "picurl": "https://p.cn/1.jpg",
                    }
                ]
            },
        },
    ),
    "service picture": ("official.service", PICTURE, {"msgtype": "image", "image": {"media_id": "M1"}}),
    "service video": (
        "official.service",
        VIDEO,
        {
            "msgtype": "video",
            "video": {"media_id": "M2", "thumb_media_id": "M3", "title": "片", "description": "说明"},
        },
    ),
    "notice": (
        "official.notice",
        NOTICE,
        {"template_id": "T1", "data": {"thing1": {"value": "停止作业"}, "date2": {"value": "2026-06-16"}}},
    ),
}


@pytest.mark.parametrize(("name", "message", "wanted"), POSTED.values(), ids=POSTED)
def test_a_message_to_one_person_is_posted_as_wechat_wants_it(platform, send, name, message, wanted):
    assert send(name, message=message) == Receipt()
    assert platform.sent == [{"touser": OPENID, **wanted}]


MASS = {
    "text": (TEXT, {"msgtype": "text", "text": {"content": TEXT.text}}),
    "draft": (
        Message(kind=Kind.NEWS, media="D1"),
        {"msgtype": "mpnews", "mpnews": {"media_id": "D1"}, "send_ignore_reprint": 0},
    ),
    "picture": (PICTURE, {"msgtype": "image", "images": {"media_ids": ["M1"]}}),
}


@pytest.mark.parametrize(("message", "wanted"), MASS.values(), ids=MASS)
def test_a_mass_message_goes_to_a_list_under_a_key(platform, send, message, wanted):
    platform.says.append(said(0, msg_id=34182, msg_data_id=206227730))
    assert send("official.mass", (OPENID, OTHER), message) == Receipt("34182")
    [posted] = platform.sent
    assert len(posted.pop("clientmsgid")) <= 32
    assert posted == {"touser": [OPENID, OTHER], **wanted}


def test_a_video_is_made_ready_and_its_new_id_goes_to_the_list_under_the_key_of_the_old(platform, send):
    platform.says += [
        [http({"type": "video", "media_id": "F1", "created_at": 1})],
        said(0, msg_id=1),
        said(0, msg_id=2),
    ]
    for _ in range(2):
        send("official.mass", (OPENID, OTHER), VIDEO)
    made, *posted = platform.sent
    assert platform.server.requests[0].target.startswith("/cgi-bin/media/uploadvideo?")
    assert made == {"media_id": "M2", "title": "片", "description": "说明"}
    key = client_key("b17", VIDEO)
    wanted = {"touser": [OPENID, OTHER], "clientmsgid": key, "msgtype": "mpvideo", "mpvideo": {"media_id": "F1"}}
    assert posted == [wanted, wanted]


@pytest.mark.parametrize(
    ("tag", "wanted"), [("危化品", {"is_to_all": False, "tag_id": 101}), ("", {"is_to_all": True})], ids=["tag", "all"]
)
def test_a_mass_message_goes_to_a_tag_or_to_all(platform, send, tag, wanted):
    send("official.tag", (tag,))
    assert platform.server.requests[0].target.startswith("/cgi-bin/message/mass/sendall?")
    assert platform.sent[0]["filter"] == wanted


def test_a_tag_that_is_not_there_is_told_and_nobody_gets_anything(platform, send):
    error = failed(send, "official.tag", ("没有",))
    assert (error.refusal, platform.sent) == (Refusal.BAD_CONTENT, [])


def test_bodies_hold_chinese_as_it_stands(platform, send):
    send()
    assert "雷雨".encode() in platform.server.requests[0].body
    assert b"\\u" not in platform.server.requests[0].body


@pytest.mark.parametrize(
    ("name", "count"),
    [("official.service", 0), ("official.service", 2), ("official.mass", 1), ("official.mass", 10_001)],
)
def test_more_or_fewer_people_than_an_interface_takes_are_refused_here(platform, send, name, count):
    assert failed(send, name, (OPENID,) * count).refusal is Refusal.BAD_CONTENT
    assert platform.sent == []


@pytest.mark.parametrize("name", ["official.service", "official.mass"])
def test_a_notice_is_for_notices(platform, send, name):
    to = (OPENID, OTHER)[: platform.senders[name].least]
    assert failed(send, name, to, NOTICE).refusal is Refusal.UNSUPPORTED


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_repeat_has_the_same_key_and_other_words_another():
    other = Message(text="别的")
    assert client_key("b17", TEXT) == client_key("b17", TEXT)
    assert len({client_key("b17", TEXT), client_key("b17", other), client_key("b18", TEXT)}) == 3
    # A notice's fields are no text, and count too.
    assert client_key("b1", NOTICE) != client_key("b1", Message(kind=Kind.NOTICE, template="T1", fields={}))


@pytest.mark.parametrize("key", ["b1", "b123456789012", "b" * 32, "批次" * 30])
def test_a_key_is_never_longer_than_wechat_takes(key):
    assert len(client_key(key, TEXT).encode()) <= 32


def test_a_job_that_was_taken_before_is_taken(platform, send):
    platform.says.append(said(45065, "clientmsgid exist", msg_id=34182))
    assert send("official.mass", (OPENID, OTHER)) == Receipt("34182")


def test_a_duplicate_without_a_number_is_told_as_one(platform, send):
    platform.says.append(said(45065))
    assert failed(send, "official.mass", (OPENID, OTHER)).refusal is Refusal.DUPLICATE


# --- the token --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_rejected_token_is_renewed_once_and_the_call_made_again(platform, send, code):
    platform.says.append(said(code))
    assert send() == Receipt()
    assert platform.tokens == ["token-one", "token-two"]
    assert platform.sent[0] == platform.sent[1]


def test_a_token_that_is_rejected_twice_is_told(platform, send):
    platform.says += [said(42001), said(40001)]
    assert failed(send).refusal is Refusal.TOKEN_REJECTED
    assert len(platform.sent) == 2


def test_without_a_token_nothing_was_sent(platform, send):
    platform.fetch_fails = SendError("WeChat did not answer: ReadTimeout")
    error = failed(send)
    assert (error.refusal, platform.sent) == (Refusal.NOT_SENT, [])


def test_a_refused_token_says_what_staff_must_do(platform, send):
    platform.fetch_fails = SendError("WeChat refused: 40164", 40164, Refusal.ACCOUNT_BLOCKED)
    error = failed(send)
    assert (error.refusal, error.errcode) == (Refusal.ACCOUNT_BLOCKED, 40164)


def test_a_token_that_cannot_be_renewed_leaves_a_rejected_call_unsent(platform, send):
    def rejected(_request: Request) -> list[bytes]:
        platform.fetch_fails = SendError("busy", -1)
        return said(42001)

    platform.server.answer = rejected
    assert failed(send).refusal is Refusal.NOT_SENT


def test_a_lost_store_is_a_call_that_was_not_made(platform, send, monkeypatch):
    def lost(_key: str) -> bytes:
        raise StoreError("redis: ConnectionError")

    monkeypatch.setattr(platform.store, "get", lost)
    assert failed(send).refusal is Refusal.NOT_SENT


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(set(REFUSALS) - {40001, 40014, 42001}))
def test_every_refusal_of_the_table_is_told_by_its_meaning(platform, send, code):
    platform.says.append(said(code, "no rid: 653bb509-24e6f87d"))
    error = failed(send)
    assert (error.errcode, error.refusal) == (code, REFUSALS[code])
    assert len(platform.sent) == 1


def test_a_code_that_is_new_is_unknown(platform, send):
    platform.says.append(said(99999999))
    assert failed(send).refusal is Refusal.UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        [http(b"<html>please sign in</html>")],
        [http({"message": "no such route"})],
        [http({"errcode": "much"})],
        [http({"errcode": None})],
        [http(b"", "502 Bad Gateway")],
        [HANG_UP],
        [RESET],
    ],
    ids=["html", "no code", "words", "null", "502", "hang up", "reset"],
)
def test_an_answer_of_somebody_else_is_no_success(platform, send, answer):
    platform.says.append(answer)
    error = failed(send)
    assert (error.refusal, error.errcode) == (Refusal.UNREACHABLE, None)
    assert len(platform.sent) == 1  # it may have been carried out


@pytest.mark.parametrize(
    "answer",
    [said(40013, "appid of token-one"), [http(b"token-one")], [http(b"token-one", "500 token-one")], [RESET]],
    ids=["refusal", "page", "status", "reset"],
)
def test_no_token_is_told_in_an_error_a_traceback_or_the_log(platform, send, caplog, answer):
    caplog.set_level(logging.DEBUG)
    platform.says.append(answer)
    error = failed(send)
    told = "".join(traceback.format_exception(error)) + str([vars(line) for line in caplog.records])
    assert "token-one" not in told


def test_senders_say_what_they_can_do(platform):
    shown = {name: (s.least, s.most, s.has_key, s.per_minute) for name, s in platform.senders.items()}
    assert shown == {
        "official.service": (1, 1, False, 0),
        "official.notice": (1, 1, False, 0),
        "official.template": (1, 1, False, 0),
        "official.mass": (2, 10_000, True, 60),
        "official.tag": (1, 0, True, 60),
    }
    assert all(isinstance(sender, OfficialSender) for sender in platform.senders.values())


def test_a_list_of_ten_thousand_is_one_call(platform, send):
    send("official.mass", tuple(f"o{n:027d}" for n in range(10_000)))
    assert len(json.loads(platform.server.requests[0].body)["touser"]) == 10_000
