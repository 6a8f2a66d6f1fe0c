"""Mass messages from the call to the event: who receives them, who is filtered, what the bot is told."""

import pytest

from bot.simulator import Profile
from bot.simulator.actions import TINY_PNG

from .conftest import ALICE, BOB

ALL = "/cgi-bin/message/mass/sendall"
LIST = "/cgi-bin/message/mass/send"
CAROL = "oCarolCarolCarolCarolCarolCa"
TEXT = {"msgtype": "text", "text": {"content": "明天有大风"}}
COUNTS = ("TotalCount", "FilterCount", "SentCount", "ErrorCount")


@pytest.fixture
def three(simulator, bot):
    """Three followers; what they caused the bot to receive is forgotten."""
    for openid in (ALICE, BOB, CAROL):
        simulator.follow(openid)
    bot.received.clear()


@pytest.fixture
def mass(simulator, bot, api, three):
    """Sends, lets time pass, and returns the job's event as (status, total, filtered to, sent, errors)."""

    def send(path, audience, **body):
        answer = api.post(path, audience | TEXT | body).json
        assert answer["errcode"] == 0, answer
        settle(simulator)
        event = bot.received[-1]
        assert (event.field("Event"), event.field("MsgID")) == ("MASSSENDJOBFINISH", str(answer["msg_id"]))
        return (event.field("Status"), *(int(event.field(name)) for name in COUNTS))

    return send


def settle(simulator, seconds=1.0):
    simulator.advance(seconds)
    assert simulator.wait_idle(10)


def state_of(api, msg_id):
    return api.post("/cgi-bin/message/mass/get", {"msg_id": str(msg_id)}).json["msg_status"]


def received(api, openid):
    contents = api.page("GET", f"/control/received?address={openid}&kind=mass").json["contents"]
    return sum(content["times"] for content in contents)


def to_all(**more):
    return {"filter": {"is_to_all": True}} | more


def test_everybody_reads_it_once(mass, api, simulator):
    assert mass(ALL, to_all()) == ("send success", 3, 3, 3, 0)
    assert [received(api, openid) for openid in (ALICE, BOB, CAROL)] == [1, 1, 1]
    item = simulator.state.followers[ALICE].chat[-1]
    assert (item.side, item.kind, item.data["text"]) == ("account", "text", "明天有大风")
    everybody = api.page("GET", "/control/received?kind=mass").json["contents"]
    assert [(c["people"], c["messages"], c["spread"]) for c in everybody] == [(3, 3, {"1": 3})]
    people = api.page("GET", f"/control/received/{everybody[0]['key']}").json["people"]
    assert people == {ALICE: 1, BOB: 1, CAROL: 1}


def test_tag_chooses_who_reads_it(mass, api):
    tag_id = api.post("/cgi-bin/tags/create", {"tag": {"name": "民爆"}}).json["tag"]["id"]
    api.post("/cgi-bin/tags/members/batchtagging", {"openid_list": [BOB, CAROL], "tagid": tag_id})
    audience = {"filter": {"is_to_all": False, "tag_id": tag_id}}
    assert mass(ALL, audience) == ("send success", 2, 2, 2, 0)
    assert [received(api, openid) for openid in (ALICE, BOB, CAROL)] == [0, 1, 1]


def test_list_filters_who_left_or_wants_none(mass, api, simulator):
    simulator.unfollow(BOB)
    api.page("POST", "/control/followers", {"openid": CAROL, "refuses_messages": True})
    audience = {"touser": [ALICE, BOB, CAROL, ALICE, "oStrangerStrangerStrangerStr"]}
    assert mass(LIST, audience) == ("send success", 4, 1, 1, 0)
    assert [received(api, openid) for openid in (ALICE, BOB, CAROL)] == [1, 0, 0]


def test_fifth_of_the_month_is_filtered_without_a_word(mass, simulator, api):
    audience = {"touser": [ALICE, BOB]}
    sent = [mass(LIST, audience, clientmsgid=f"m{n}")[3] for n in range(5)]
    assert sent == [2, 2, 2, 2, 0]
    assert received(api, ALICE) == 4
    api.token = ""
    settle(simulator, 31 * 24 * 3600)
    assert mass(LIST, audience, clientmsgid="next month")[3] == 2


def test_test_account_of_kind_subscription_sends_daily(mass, simulator, api):
    simulator.reconfigure(profile=Profile.VERIFIED_SUBSCRIPTION)
    assert mass(ALL, to_all(clientmsgid="a"))[0] == "send success"
    assert api.post(ALL, to_all(clientmsgid="b") | TEXT).errcode == 45028
    simulator.advance(24 * 3600)
    api.token = ""
    assert mass(ALL, to_all(clientmsgid="c"))[0] == "send success"


def test_job_is_under_way_until_its_event(three, simulator, api):
    msg_id = api.post(ALL, to_all() | TEXT).json["msg_id"]
    assert state_of(api, msg_id) == "SENDING"
    assert received(api, ALICE) == 0
    settle(simulator)
    assert state_of(api, msg_id) == "SEND_SUCCESS"


def test_repeat_names_the_first_job(three, simulator, api):
    first = api.post(ALL, to_all(clientmsgid="b7") | TEXT).json["msg_id"]
    settle(simulator, 60)
    again = api.post(ALL, to_all(clientmsgid="b7") | TEXT).json
    assert (again["errcode"], again["msg_id"]) == (45065, first)
    assert received(api, ALICE) == 1


def test_id_is_forgotten_after_a_day(three, simulator, api):
    api.post(LIST, {"touser": [ALICE, BOB], "clientmsgid": "b7"} | TEXT)
    settle(simulator, 24 * 3600)
    api.token = ""
    assert api.post(LIST, {"touser": [ALICE, BOB], "clientmsgid": "b7"} | TEXT).errcode == 0


def test_repeat_is_known_by_its_id_whatever_became_of_its_article(three, simulator, api):
    api.post(LIST, {"touser": [ALICE, BOB], "clientmsgid": "b7"} | TEXT)
    settle(simulator, 61)
    gone = {"touser": [ALICE, BOB], "clientmsgid": "b7", "msgtype": "mpnews", "mpnews": {"media_id": "x"}}
    api.token = ""
    assert api.post(LIST, gone).errcode == 45065


def test_refused_call_does_not_use_its_id_up(three, simulator, api):
    wrong = {"touser": [ALICE, BOB], "clientmsgid": "b7", "msgtype": "mpnews", "mpnews": {"media_id": "x"}}
    assert api.post(LIST, wrong).errcode == 40007
    assert api.post(LIST, {"touser": [ALICE, BOB], "clientmsgid": "b7"} | TEXT).errcode == 0


@pytest.mark.parametrize("status", ["err(20001)", "send fail"])
def test_rejected_content_reaches_nobody(mass, api, status):
    api.page("POST", "/control/mass", {"status": status})
    assert mass(ALL, to_all()) == (status, 3, 3, 0, 3)
    assert received(api, ALICE) == 0
    assert mass(ALL, to_all(clientmsgid="other"))[0] == "send success"  # the failure gave the day's send back


def test_errors_are_counted(mass, api):
    api.page("POST", "/control/mass", {"errors": 1})
    assert mass(ALL, to_all()) == ("send success", 3, 3, 2, 1)


def test_lost_event_leaves_the_state_to_ask_for(three, simulator, bot, api):
    api.page("POST", "/control/events", {"event": "MASSSENDJOBFINISH", "lose": 1})
    msg_id = api.post(ALL, to_all() | TEXT).json["msg_id"]
    settle(simulator)
    assert not bot.received
    assert state_of(api, msg_id) == "SEND_SUCCESS"


def test_answer_lost_after_acceptance_sends_once(three, simulator, api):
    api.page("POST", "/control/faults", {"path": ALL, "body": "<html>", "after_acceptance": True, "times": 1})
    assert api.post(ALL, to_all(clientmsgid="b7") | TEXT).body == b"<html>"
    settle(simulator, 61)
    assert api.post(ALL, to_all(clientmsgid="b7") | TEXT).errcode == 45065
    assert received(api, ALICE) == 1


@pytest.mark.parametrize(("approve", "status"), [(True, "send success"), (False, "err(40001)")])
def test_administrator_decides(three, simulator, bot, api, approve, status):
    simulator.reconfigure(mass_needs_admin=True)
    assert api.post(ALL, to_all() | TEXT).errcode == 89505
    settle(simulator, 60)
    assert not bot.received
    api.page("POST", "/control/mass/confirm", {"approve": approve})
    settle(simulator)
    assert bot.received[-1].field("Status") == status
    assert received(api, ALICE) == int(approve)


def test_silent_administrator_refuses_after_half_an_hour(three, simulator, bot, api):
    simulator.reconfigure(mass_needs_admin=True)
    api.post(ALL, to_all() | TEXT)
    settle(simulator, 30 * 60)
    assert bot.received[-1].field("Status") == "err(40002)"


def test_draft_is_used_up(mass, api, simulator, bot):
    cover = api.upload("/cgi-bin/material/add_material", TINY_PNG, type="image").json["media_id"]
    own = api.upload("/cgi-bin/media/uploadimg", TINY_PNG).json["url"]
    content = f'<p>备好沙袋</p><img src="{own}"><img alt="x" src="https://elsewhere.cn/1.png">'
    article = {"title": "防汛", "digest": "三件事", "content": content, "thumb_media_id": cover}
    media_id = api.post("/cgi-bin/draft/add", {"articles": [article]}).json["media_id"]
    kept = api.post("/cgi-bin/draft/get", {"media_id": media_id}).json["news_item"][0]
    assert own in kept["content"]
    assert "elsewhere" not in kept["content"]
    news = {"msgtype": "mpnews", "mpnews": {"media_id": media_id}}
    api.post("/cgi-bin/message/mass/preview", {"touser": ALICE} | news)
    assert simulator.state.followers[ALICE].chat[-1].data["articles"][0]["title"] == "防汛"
    assert mass(ALL, to_all(), **news)[0] == "send success"
    assert "/articles/" in bot.received[-1].xml.findtext("ArticleUrlResult/ResultList/item/ArticleUrl")
    assert api.post("/cgi-bin/draft/get", {"media_id": media_id}).errcode == 40007
    assert api.get("/cgi-bin/draft/count").json["total_count"] == 0


def test_article_of_a_mass_message_can_be_read(mass, api, bot, simulator):
    cover = api.upload("/cgi-bin/material/add_material", TINY_PNG, type="image").json["media_id"]
    article = {
        "title": "防汛<1>",
        "content": "<p>备好沙袋</p>",
        "content_source_url": "https://source.cn/",
        "thumb_media_id": cover,
    }
    media_id = api.post("/cgi-bin/draft/add", {"articles": [article]}).json["media_id"]
    mass(ALL, to_all(), msgtype="mpnews", mpnews={"media_id": media_id})
    url = bot.received[-1].xml.findtext("ArticleUrlResult/ResultList/item/ArticleUrl")
    page = api.request("GET", url[url.index("/articles/") :])
    assert page.status == 200
    assert simulator.state.followers[ALICE].chat[-1].data["articles"][0]["url"] == url
    assert "https://source.cn/" in page.body.decode()
    assert "备好沙袋" in page.body.decode()
    assert "防汛&lt;1&gt;" in page.body.decode()
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert api.request("GET", "/articles/1/1").status == 404


def test_drafts_are_kept_changed_and_paged(api):
    cover = api.upload("/cgi-bin/material/add_material", TINY_PNG, type="image").json["media_id"]
    article = {"title": "一", "content": "x", "thumb_media_id": cover}
    ids = [api.post("/cgi-bin/draft/add", {"articles": [article]}).json["media_id"] for _ in range(3)]
    api.post("/cgi-bin/draft/update", {"media_id": ids[0], "index": 0, "articles": article | {"title": "二"}})
    page = api.post("/cgi-bin/draft/batchget", {"offset": 1, "count": 2, "no_content": 1}).json
    assert (page["total_count"], page["item_count"]) == (3, 2)
    assert [item["media_id"] for item in page["item"]] == [ids[1], ids[0]]
    assert page["item"][1]["content"]["news_item"][0]["title"] == "二"
    assert "content" not in page["item"][1]["content"]["news_item"][0]
    assert api.post("/cgi-bin/draft/delete", {"media_id": ids[0]}).errcode == 0


def test_sent_article_can_be_emptied(mass, api):
    cover = api.upload("/cgi-bin/material/add_material", TINY_PNG, type="image").json["media_id"]
    article = {"title": "一", "content": "x", "thumb_media_id": cover}
    media_id = api.post("/cgi-bin/draft/add", {"articles": [article]}).json["media_id"]
    mass(ALL, to_all(), msgtype="mpnews", mpnews={"media_id": media_id})
    msg_id = api.page("GET", "/control/mass").json["jobs"][-1]["msg_id"]
    assert api.post("/cgi-bin/message/mass/delete", {"msg_id": msg_id}).errcode == 0
    assert state_of(api, msg_id) == "DELETE"


def test_speed_is_kept(api):
    api.post("/cgi-bin/message/mass/speed/set", {"speed": 4})
    assert api.post("/cgi-bin/message/mass/speed/get", {}).json == {"speed": 4, "realspeed": 10}


def test_million_by_lists_is_counted_to_the_last(simulator, bot, api):
    """Every 100th list of a million, so that the test is quick; the crowd costs a byte a count."""
    api.page("POST", "/control/crowd", {"size": 1_000_000})
    crowd = simulator.state.crowd
    for start in (0, 990_000):
        openids = [crowd.openid(rank) for rank in range(start, start + 10_000)]
        assert api.post(LIST, {"touser": openids, "clientmsgid": f"{start}"} | TEXT).errcode == 0
    settle(simulator)
    assert {int(event.field("SentCount")) for event in bot.received} == {10_000}
    (content,) = api.page("GET", "/control/received?kind=mass").json["contents"]
    assert content["spread"] == {"1": 20_000}
    assert len(simulator.state.followers) == 0
    assert len(simulator.recorder.all(LIST)[0].body["touser"]) < 200
