"""Notices and template messages, consents, codes, and the crowd that is counted rather than kept."""

import pytest

from bot.simulator.notices import FIRST_ONCE_ID, FIRST_TEMPLATE_ID

from .conftest import ALICE, BOB
from .test_refusals_outreach import NOTICE, NOTICE_DATA, TEMPLATE, TEMPLATE_DATA


def settle(simulator, seconds=1.0):
    simulator.advance(seconds)
    assert simulator.wait_idle(10)


def deed(api, name, openid=ALICE, **fields):
    answer = api.page("POST", "/control/deeds", {"openid": openid, "deed": name} | fields)
    assert answer.status == 200, answer.body


def notice(api, **changes):
    return api.post(NOTICE, {"touser": ALICE, "template_id": FIRST_ONCE_ID, "data": NOTICE_DATA} | changes).errcode


def template(api, **changes):
    return api.post(TEMPLATE, {"touser": ALICE, "template_id": FIRST_TEMPLATE_ID, "data": TEMPLATE_DATA} | changes)


def test_acceptance_allows_one_notice(simulator, bot, api):
    deed(api, "answer_popup", template_id=FIRST_ONCE_ID)
    popup = bot.last.xml.find("SubscribeMsgPopupEvent/List")
    assert (popup.findtext("TemplateId"), popup.findtext("SubscribeStatusString")) == (FIRST_ONCE_ID, "accept")
    assert [notice(api), notice(api)] == [0, 43101]
    settle(simulator)
    sent = bot.last.xml.find("SubscribeMsgSentEvent/List")
    assert (sent.findtext("TemplateId"), sent.findtext("ErrorCode")) == (FIRST_ONCE_ID, "0")
    item = simulator.state.followers[ALICE].chat[-1]
    assert (item.kind, item.data["rows"][0]) == ("notice", {"label": "提醒事项", "value": "大风"})


def test_acceptances_add_up(bot, api):
    for _ in range(2):
        deed(api, "answer_popup", template_id=FIRST_ONCE_ID)
    assert [notice(api) for _ in range(3)] == [0, 0, 43101]


def test_rejection_allows_nothing(bot, api):
    deed(api, "answer_popup", template_id=FIRST_ONCE_ID, accept=False)
    assert bot.last.xml.findtext("SubscribeMsgPopupEvent/List/SubscribeStatusString") == "reject"
    assert notice(api) == 43101


def test_withdrawal_takes_what_was_left(bot, api):
    deed(api, "answer_popup", template_id=FIRST_ONCE_ID)
    deed(api, "withdraw_consent", template_id=FIRST_ONCE_ID)
    assert bot.last.field("Event") == "subscribe_msg_change_event"
    assert notice(api) == 43101


def test_lasting_consent_is_not_spent(bot, api):
    more = {"template_id": "lasting", "kind": "lasting", "title": "预警", "labels": {"thing1": "预警"}}
    api.page("POST", "/control/templates", more)
    deed(api, "answer_popup", template_id="lasting")
    assert [notice(api, template_id="lasting") for _ in range(3)] == [0, 0, 0]
    listed = api.get("/wxaapi/newtmpl/gettemplate").json["data"]
    assert [(t["priTmplId"], t["type"]) for t in listed] == [(FIRST_ONCE_ID, 2), ("lasting", 3)]


def test_notice_reaches_who_does_not_follow(simulator, bot, api):
    deed(api, "answer_popup", template_id=FIRST_ONCE_ID)
    simulator.unfollow(ALICE)
    assert notice(api) == 0


def test_phone_knows_the_notices(bot, api):
    deed(api, "answer_popup", template_id=FIRST_ONCE_ID)
    state = api.page("GET", f"/phone/state?openid={ALICE}").json
    assert state["notices"] == [{"template_id": FIRST_ONCE_ID, "title": "安全提醒通知", "left": 1}]


@pytest.mark.parametrize("wrong", [{}, {"template_id": "x"}, {"template_id": FIRST_TEMPLATE_ID}])
def test_phone_cannot_accept_what_is_no_notice(api, wrong):
    assert api.page("POST", "/control/deeds", {"openid": ALICE, "deed": "answer_popup"} | wrong).status == 400


@pytest.mark.parametrize(("refuses", "status"), [(False, "success"), (True, "failed:user block")])
def test_template_message_tells_how_it_ended(simulator, bot, api, refuses, status):
    simulator.follow(ALICE)
    api.page("POST", "/control/followers", {"openid": ALICE, "refuses_messages": refuses})
    msg_id = template(api).json["msgid"]
    settle(simulator)
    assert (bot.last.field("Event"), bot.last.field("MsgID")) == ("TEMPLATESENDJOBFINISH", str(msg_id))
    assert bot.last.field("Status") == status


def test_template_message_with_one_id_is_shown_once(simulator, bot, api):
    simulator.follow(ALICE)
    ids = {template(api, client_msg_id="d7").json["msgid"] for _ in range(2)}
    assert len(ids) == 1
    (content,) = api.page("GET", f"/control/received?address={ALICE}").json["contents"]
    assert (content["kind"], content["times"]) == ("template", 1)
    simulator.advance(600)
    assert template(api, client_msg_id="d7").json["msgid"] not in ids


def test_code_leads_to_its_scene(simulator, bot, api):
    info = {"scene": {"scene_str": "unit-7"}}
    made = api.post("/cgi-bin/qrcode/create", {"action_name": "QR_LIMIT_STR_SCENE", "action_info": info}).json
    assert "expire_seconds" not in made
    assert api.request("GET", f"/cgi-bin/showqrcode?ticket={made['ticket']}").headers["Content-Type"] == "image/png"
    deed(api, "follow", openid=BOB, ticket=made["ticket"])
    assert (bot.last.field("EventKey"), bot.last.field("Ticket")) == ("qrscene_unit-7", made["ticket"])
    assert api.page("POST", "/control/deeds", {"openid": BOB, "deed": "follow", "ticket": "x"}).status == 400


def test_temporary_code_expires(api):
    scene = {"scene": {"scene_id": 7}}
    body = {"action_name": "QR_SCENE", "action_info": scene, "expire_seconds": 600}
    assert api.post("/cgi-bin/qrcode/create", body).json["expire_seconds"] == 600


def test_blacklist_is_listed_and_lifted(simulator, bot, api):
    simulator.follow(ALICE)
    api.post("/cgi-bin/tags/members/batchblacklist", {"openid_list": [ALICE]})
    listed = api.post("/cgi-bin/tags/members/getblacklist", {"begin_openid": ""}).json
    assert (listed["total"], listed["data"]["openid"]) == (1, [ALICE])
    api.post("/cgi-bin/tags/members/batchunblacklist", {"openid_list": [ALICE]})
    assert api.post("/cgi-bin/tags/members/getblacklist", {"begin_openid": ""}).json["count"] == 0


def pages_of(api, size):
    cursor, pages = "", []
    while True:
        page = api.get("/cgi-bin/user/get", next_openid=cursor).json
        if not page["count"]:
            assert "data" not in page
            return pages
        assert page["total"] == size
        pages.append(page["data"]["openid"])
        cursor = page["next_openid"]


def test_crowd_is_paged_after_the_others(simulator, bot, api):
    simulator.follow(ALICE)
    api.page("POST", "/control/crowd", {"size": 25_000})
    crowd = simulator.state.crowd
    simulator.follow(BOB)
    simulator.unfollow(crowd.openid(3))
    pages = pages_of(api, 25_001)
    assert [len(page) for page in pages] == [10_000, 10_000, 5_001]
    everybody = [openid for page in pages for openid in page]
    assert everybody[:3] == [ALICE, BOB, crowd.openid(0)]
    assert crowd.openid(3) not in everybody
    assert len(set(everybody)) == 25_001


def test_crowd_is_told_of_without_being_kept(simulator, api):
    api.page("POST", "/control/crowd", {"size": 1_000_000, "tag_ids": [2]})
    openids = [simulator.state.crowd.openid(rank) for rank in (0, 999_999)]
    users = {"user_list": [{"openid": openid} for openid in openids]}
    told = api.post("/cgi-bin/user/info/batchget", users).json["user_info_list"]
    assert [(t["subscribe"], t["tagid_list"]) for t in told] == [(1, [2]), (1, [2])]
    assert api.get("/cgi-bin/user/info", openid=simulator.state.crowd.openid(999_999)).json["subscribe"] == 1
    assert api.get("/cgi-bin/tags/get").json["tags"][0]["count"] == 1_000_000
    assert not simulator.state.followers


def test_crowd_accepts_notices_and_receives_each_once(simulator, api):
    api.page("POST", "/control/crowd", {"size": 1_000})
    api.page("POST", "/control/consents", {"template_id": FIRST_ONCE_ID})
    for rank in range(20):
        assert notice(api, touser=simulator.state.crowd.openid(rank)) == 0
    assert notice(api, touser=simulator.state.crowd.openid(0)) == 43101
    (content,) = api.page("GET", "/control/received?kind=notice").json["contents"]
    assert (content["people"], content["spread"]) == (20, {"1": 20})
    assert not simulator.state.followers
    api.page("DELETE", "/control/received")
    assert api.page("GET", "/control/received").json["contents"] == []


def test_crowd_that_wrote_can_be_written_to(simulator, api):
    api.page("POST", "/control/crowd", {"size": 10, "wrote": True})
    body = {"touser": simulator.state.crowd.openid(4), "msgtype": "text", "text": {"content": "x"}}
    sent = [api.post("/cgi-bin/message/custom/send", body).errcode for _ in range(6)]
    assert sent == [0, 0, 0, 0, 0, 45047]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/control/crowd", {"size": -1}),
        ("/control/templates", {"template_id": "x"}),
        ("/control/consents", {"template_id": "x"}),
        ("/control/mass", {"status": 7}),
    ],
)
def test_wrong_switch_is_refused_in_words(api, path, body):
    answer = api.page("POST", path, body)
    assert answer.status == 400
    assert answer.json["error"]


def test_unknown_content_is_not_found(api):
    assert api.page("GET", "/control/received/none").status == 404
