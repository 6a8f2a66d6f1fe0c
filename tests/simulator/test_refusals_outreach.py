"""Every errcode of mass messages, drafts, notices and QR codes, provoked over HTTP by its mistake."""

from collections.abc import Callable

import pytest

from bot.simulator import Profile
from bot.simulator.actions import BLANK_MP4, TINY_PNG
from bot.simulator.errcodes import ERRMSGS
from bot.simulator.notices import FIRST_ONCE_ID, FIRST_TEMPLATE_ID

from .conftest import ALICE, BOB, Reply
from .test_refusals import RID, World, repeat
from .test_refusals import world as world  # the fixture

ALL = "/cgi-bin/message/mass/sendall"
LIST = "/cgi-bin/message/mass/send"
MASS = "/cgi-bin/message/mass"
DRAFT = "/cgi-bin/draft"
NOTICE = "/cgi-bin/message/subscribe/bizsend"
TEMPLATE = "/cgi-bin/message/template/send"
QR = "/cgi-bin/qrcode/create"
BLACK = "/cgi-bin/tags/members/batchblacklist"
SUBSCRIPTION = Profile.VERIFIED_SUBSCRIPTION
LASTING = "QR_LIMIT_SCENE"
TEXT = {"msgtype": "text", "text": {"content": "明天有大风"}}
NOTICE_DATA = {"thing1": {"value": "大风"}, "time2": {"value": "2026年6月16日 9:00"}, "thing3": {"value": "关窗"}}
TEMPLATE_DATA = {"thing1": {"value": "堵塞"}, "phrase2": {"value": "已整改"}}


def to_all(w: World, **body: object) -> Reply:
    return w.api.post(ALL, {"filter": {"is_to_all": True}} | TEXT | body)


def to_list(w: World, touser: object, **body: object) -> Reply:
    return w.api.post(LIST, {"touser": touser} | TEXT | body)


def cover(w: World) -> str:
    return w.api.upload("/cgi-bin/material/add_material", TINY_PNG, type="image").json["media_id"]


def article(w: World, **changes: object) -> dict[str, object]:
    return {"title": "防汛", "content": "<p>备好沙袋</p>", "thumb_media_id": cover(w)} | changes


def add(w: World, **changes: object) -> Reply:
    return w.api.post(f"{DRAFT}/add", {"articles": [article(w, **changes)]})


def notice(w: World, **changes: object) -> Reply:
    return w.api.post(NOTICE, {"touser": ALICE, "template_id": FIRST_ONCE_ID, "data": NOTICE_DATA} | changes)


def template(w: World, **changes: object) -> Reply:
    return w.api.post(TEMPLATE, {"touser": ALICE, "template_id": FIRST_TEMPLATE_ID, "data": TEMPLATE_DATA} | changes)


def qr(w: World, **changes: object) -> Reply:
    scene = {"scene": {"scene_str": "unit-7"}}
    return w.api.post(QR, {"expire_seconds": 60, "action_name": "QR_STR_SCENE", "action_info": scene} | changes)


def scene(value: object, name: str = "scene_str") -> dict[str, object]:
    return {"scene": {name: value}}


def again_after(w: World, seconds: float) -> Reply:
    to_list(w, [ALICE, BOB], clientmsgid="batch-1")
    w.sim.advance(seconds)
    return to_list(w, [ALICE, BOB], clientmsgid="batch-1")


def second_of_day(w: World) -> Reply:
    w.as_profile(Profile.VERIFIED_SUBSCRIPTION)
    w.tag()
    w.api.post(ALL, {"filter": {"is_to_all": False, "tag_id": 100}, "clientmsgid": "a"} | TEXT)
    return to_all(w, clientmsgid="b")


def waiting_for_admin(w: World, times: int) -> Reply:
    w.sim.reconfigure(mass_needs_admin=True)
    return repeat(times, lambda: to_all(w, clientmsgid="a"))


def deleted_text(w: World) -> Reply:
    msg_id = to_all(w).json["msg_id"]
    w.sim.advance(1)
    assert w.sim.wait_idle(5)
    return w.api.post(f"{MASS}/delete", {"msg_id": msg_id})


def deleted_beyond(w: World) -> Reply:
    media_id = add(w).json["media_id"]
    msg_id = to_all(w, msgtype="mpnews", mpnews={"media_id": media_id}).json["msg_id"]
    w.sim.advance(1)
    assert w.sim.wait_idle(5)
    return w.api.post(f"{MASS}/delete", {"msg_id": msg_id, "article_idx": 2})


def temporary_cover(w: World) -> Reply:
    media_id = w.api.upload("/cgi-bin/media/upload", TINY_PNG, type="image").json["media_id"]
    return add(w, thumb_media_id=media_id)


def blacklisted(w: World, path: str, body: dict[str, object]) -> Reply:
    w.api.post(BLACK, {"openid_list": [ALICE]})
    return w.api.post(path, {"touser": ALICE} | body)


def spent(w: World) -> Reply:
    w.sim.state.consents_to(FIRST_ONCE_ID).add(ALICE)
    return repeat(2, lambda: notice(w))


def left(w: World) -> Reply:
    return template(w, touser=BOB)


def video(w: World, path: str = "/cgi-bin/material/add_material") -> Reply:
    """As it was uploaded, and not made ready for mass messages."""
    media_id = w.api.upload(path, BLANK_MP4, type="video").json["media_id"]
    return to_all(w, msgtype="mpvideo", mpvideo={"media_id": media_id})


def filmed(w: World, **changes: object) -> Reply:
    media_id = w.api.upload("/cgi-bin/media/upload", BLANK_MP4, type="video").json["media_id"]
    return w.api.post(
        "/cgi-bin/media/uploadvideo", {"media_id": media_id, "title": "片", "description": "话"} | changes
    )


def filmed_picture(w: World) -> Reply:
    media_id = w.api.upload("/cgi-bin/media/upload", TINY_PNG, type="image").json["media_id"]
    return filmed(w, media_id=media_id)


def old_film(w: World) -> Reply:
    media_id = filmed(w).json["media_id"]
    w.sim.advance(3 * 24 * 3600)
    w.api.token = ""  # gone as well
    return to_all(w, msgtype="mpvideo", mpvideo={"media_id": media_id})


def previewed_video(w: World) -> Reply:
    media_id = w.api.upload("/cgi-bin/media/upload", BLANK_MP4, type="video").json["media_id"]
    return w.api.post(f"{MASS}/preview", {"touser": ALICE, "msgtype": "mpvideo", "mpvideo": {"media_id": media_id}})


CASES: list[tuple[int, str, Callable[[World], Reply]]] = [
    # mass messages: whom
    (40035, "no filter", lambda w: w.api.post(ALL, TEXT)),
    (40152, "unknown tag", lambda w: w.api.post(ALL, {"filter": {"is_to_all": False, "tag_id": 77}} | TEXT)),
    (40152, "group_id of long ago", lambda w: w.api.post(ALL, {"filter": {"group_id": 2}} | TEXT)),
    (40031, "no list", lambda w: to_list(w, ALICE)),
    (40031, "numbers in the list", lambda w: to_list(w, [1, 2])),
    (40130, "list of one", lambda w: to_list(w, [ALICE])),
    (40032, "list of 10 001", lambda w: to_list(w, [f"o{n:027d}" for n in range(10_001)])),
    (40003, "list of strangers", lambda w: to_list(w, ["o" * 28, "p" * 28])),
    (
        48001,
        "list by a subscription account",
        lambda w: to_list(w.as_profile(Profile.VERIFIED_SUBSCRIPTION), [ALICE, BOB]),
    ),
    (48001, "unverified", lambda w: to_all(w.as_profile(Profile.UNVERIFIED))),
    # mass messages: what
    (40008, "msgtype", lambda w: to_all(w, msgtype="poem")),
    (40008, "msgtype missing", lambda w: to_all(w, msgtype=None)),
    (45113, "card", lambda w: to_all(w, msgtype="wxcard", wxcard={"card_id": "x"})),
    (44004, "empty text", lambda w: to_all(w, text={"content": " "})),
    (45002, "text of 2049 bytes", lambda w: to_all(w, text={"content": "x" * 2049})),
    (40007, "unknown draft", lambda w: to_all(w, msgtype="mpnews", mpnews={"media_id": "x"})),
    (41006, "no draft", lambda w: to_all(w, msgtype="mpnews", mpnews={})),
    (41006, "no picture", lambda w: to_all(w, msgtype="image", images={"media_ids": []})),
    (40007, "unknown picture", lambda w: to_all(w, msgtype="image", images={"media_ids": ["x"]})),
    (40007, "21 pictures", lambda w: to_all(w, msgtype="image", images={"media_ids": ["x"] * 21})),
    (40007, "video as it was uploaded", video),
    (40007, "the same for three days", lambda w: video(w, "/cgi-bin/media/upload")),
    (40007, "video as it was uploaded, beforehand", previewed_video),
    (40007, "video made ready too long ago", old_film),
    (41006, "no video to make ready", lambda w: filmed(w, media_id="")),
    (40007, "unknown video to make ready", lambda w: filmed(w, media_id="x")),
    (40007, "picture made ready as a video", filmed_picture),
    (40035, "number as a video's title", lambda w: filmed(w, title=1)),
    (48001, "video made ready without the right", lambda w: filmed(w.as_profile(Profile.UNVERIFIED))),
    # mass messages: how often
    (45067, "clientmsgid of 33 bytes", lambda w: to_all(w, clientmsgid="x" * 33)),
    (40035, "clientmsgid is a number", lambda w: to_all(w, clientmsgid=7)),
    (45066, "clientmsgid again at once", lambda w: again_after(w, 59)),
    (45065, "clientmsgid again", lambda w: again_after(w, 60)),
    (45066, "same content without clientmsgid", lambda w: repeat(2, lambda: to_all(w))),
    (45028, "test account", lambda w: to_all(w.as_profile(Profile.TEST))),
    (45028, "second of the day", second_of_day),
    (45028, "second to all of the day", lambda w: [to_all(w, clientmsgid=x) for x in "ab"][-1]),
    (45011, "61 calls in a minute", lambda w: [to_list(w, [ALICE, BOB], clientmsgid=f"{n}") for n in range(61)][-1]),
    (89505, "administrator asked", lambda w: waiting_for_admin(w, 1)),
    (89504, "administrator asked already", lambda w: waiting_for_admin(w, 2)),
    # mass messages: afterwards
    (40059, "unknown job", lambda w: w.api.post(f"{MASS}/get", {"msg_id": "1"})),
    (40059, "text deleted", deleted_text),
    (40060, "article beyond the last deleted", deleted_beyond),
    (45083, "speed 5", lambda w: w.api.post(f"{MASS}/speed/set", {"speed": 5})),
    (45084, "speed missing", lambda w: w.api.post(f"{MASS}/speed/set", {})),
    (40003, "preview for a stranger", lambda w: w.api.post(f"{MASS}/preview", {"touser": "o" * 28} | TEXT)),
    (43004, "preview for who left", lambda w: w.api.post(f"{MASS}/preview", {"touser": BOB} | TEXT)),
    # drafts
    (44003, "no article", lambda w: w.api.post(f"{DRAFT}/add", {"articles": []})),
    (45008, "nine articles", lambda w: w.api.post(f"{DRAFT}/add", {"articles": [{}] * 9})),
    (45003, "title of 33", lambda w: add(w, title="汛" * 33)),
    (45003, "no title", lambda w: add(w, title="")),
    (45110, "author of 17", lambda w: add(w, author="汛" * 17)),
    (45004, "digest of 121", lambda w: add(w, digest="汛" * 121)),
    (45002, "content of 20 000", lambda w: add(w, content="汛" * 20_000)),
    (44004, "no content", lambda w: add(w, content="")),
    (45005, "source over 1 KB", lambda w: add(w, content_source_url="https://e.cn/" + "x" * 1024)),
    (41006, "no cover", lambda w: add(w, thumb_media_id="")),
    (40007, "temporary cover", temporary_cover),
    (40007, "picture post without picture", lambda w: add(w, article_type="newspic")),
    (40035, "type of article", lambda w: add(w, article_type="poem")),
    (40035, "title is a number", lambda w: add(w, title=7)),
    (40007, "unknown draft read", lambda w: w.api.post(f"{DRAFT}/get", {"media_id": "x"})),
    (41006, "draft without id", lambda w: w.api.post(f"{DRAFT}/delete", {})),
    (40035, "21 drafts", lambda w: w.api.post(f"{DRAFT}/batchget", {"offset": 0, "count": 21})),
    (
        40035,
        "update by a list",
        lambda w: w.api.post(f"{DRAFT}/update", {"media_id": add(w).json["media_id"], "articles": [article(w)]}),
    ),
    (
        40035,
        "update beyond the last",
        lambda w: w.api.post(f"{DRAFT}/update", {"media_id": add(w).json["media_id"], "index": 1, "articles": {}}),
    ),
    # notices
    (43101, "never accepted", notice),
    (43101, "acceptance spent", spent),
    (40003, "notice to a stranger", lambda w: notice(w, touser="o" * 28)),
    (40037, "unknown notice", lambda w: notice(w, template_id="x")),
    (40037, "notice by a message template", lambda w: notice(w, template_id=FIRST_TEMPLATE_ID)),
    (47003, "thing of 21", lambda w: notice(w, data=NOTICE_DATA | {"thing1": {"value": "汛" * 21}})),
    (47003, "field missing", lambda w: notice(w, data={"thing1": {"value": "x"}})),
    (47003, "no data", lambda w: notice(w, data=None)),
    (48001, "notice by a test account", lambda w: notice(w.as_profile(Profile.TEST))),
    (43004, "template message to who left", left),
    (40037, "unknown template", lambda w: template(w, template_id="x")),
    (47003, "phrase with digits", lambda w: template(w, data=TEMPLATE_DATA | {"phrase2": {"value": "1级"}})),
    (
        48001,
        "template message by a subscription account",
        lambda w: template(w.as_profile(Profile.VERIFIED_SUBSCRIPTION)),
    ),
    (43019, "message to the blacklist", lambda w: blacklisted(w, "/cgi-bin/message/custom/send", TEXT)),
    (
        43019,
        "template message to the blacklist",
        lambda w: blacklisted(w, TEMPLATE, {"template_id": FIRST_TEMPLATE_ID, "data": TEMPLATE_DATA}),
    ),
    (40032, "21 openids for the blacklist", lambda w: w.api.post(BLACK, {"openid_list": [ALICE] * 21})),
    (
        40003,
        "page of the blacklist after a stranger",
        lambda w: w.api.post("/cgi-bin/tags/members/getblacklist", {"begin_openid": "x"}),
    ),
    # QR codes
    (40052, "action", lambda w: qr(w, action_name="QR")),
    (40053, "no scene", lambda w: qr(w, action_info={})),
    (40053, "scene of 65", lambda w: qr(w, action_info=scene("x" * 65))),
    (40053, "scene 0", lambda w: qr(w, action_name="QR_SCENE", action_info=scene(0, "scene_id"))),
    (
        40053,
        "lasting scene 100 001",
        lambda w: qr(w, action_name="QR_LIMIT_SCENE", action_info=scene(100_001, "scene_id")),
    ),
    (40053, "expiry over 30 days", lambda w: qr(w, expire_seconds=2_592_001)),
    (40007, "temporary file deleted as material", lambda w: old_as_material(w)),
]


def old_as_material(w: World) -> Reply:
    media_id = w.api.upload("/cgi-bin/media/upload", TINY_PNG, type="image").json["media_id"]
    return w.api.post("/cgi-bin/material/del_material", {"media_id": media_id})


@pytest.mark.parametrize(("errcode", "name", "mistake"), CASES, ids=[f"{c}-{n}" for c, n, _ in CASES])
def test_mistake_is_refused_as_wechat_refuses_it(world, errcode, name, mistake):
    reply = mistake(world)
    assert reply.status == 200
    assert reply.json["errcode"] == errcode
    assert RID.search(reply.json["errmsg"])
    assert errcode in ERRMSGS


def test_bad_ticket_has_no_picture(api):
    assert api.request("GET", "/cgi-bin/showqrcode?ticket=x").status == 404


def test_value_that_breaks_a_rule_is_named(world):
    assert "thing1" in notice(world, data={"thing1": {"value": ""}}).json["errmsg"]
