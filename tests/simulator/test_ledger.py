import pytest

from .conftest import ALICE, BOB, text_reply

SEND = "/cgi-bin/message/custom/send"


def send(api, openid=ALICE, content="提醒"):
    return api.post(SEND, {"touser": openid, "msgtype": "text", "text": {"content": content}}).errcode


def sent(api, tries=8):
    """How many of `tries` messages get through."""
    return [send(api) for _ in range(tries)].count(0)


DEEDS = {
    "message": (lambda s: s.send_text(ALICE, "在吗"), 5, 48 * 3600),
    "menu option": (lambda s: s.send_text(ALICE, "1", menu_id="1"), 3, 60),
    "menu click": (lambda s: s.click(ALICE, "K"), 3, 60),
    "scancode_push": (lambda s: s.send_event(ALICE, "scancode_push", EventKey="K"), 3, 60),
    "scancode_waitmsg": (lambda s: s.send_event(ALICE, "scancode_waitmsg", EventKey="K"), 3, 60),
    "picture": (lambda s: s.send_image(ALICE), 5, 48 * 3600),
    "location": (lambda s: s.send_location(ALICE, 1.0, 2.0), 5, 48 * 3600),
    "follow": (lambda s: s.follow(ALICE), 3, 60),
    "scan": (lambda s: s.send_event(ALICE, "SCAN", EventKey="1"), 3, 60),
}


@pytest.mark.parametrize("name", DEEDS)
def test_deed_allows_so_many_messages(simulator, bot, api, name):
    deed, count, _ = DEEDS[name]
    deed(simulator)
    assert sent(api) == count
    assert send(api) == 45047


@pytest.mark.parametrize("name", DEEDS)
def test_deed_allows_them_for_so_long(simulator, bot, api, clock, name):
    deed, _, lasts_s = DEEDS[name]
    deed(simulator)
    token = api.sign_in()
    clock.now += lasts_s - 1
    assert simulator.state.followers[ALICE].ledger.left(clock.now) > 0
    clock.now += 1
    api.token = ""  # two days are too long for a token
    assert api.sign_in() != token or lasts_s == 60
    assert send(api) == 45015


@pytest.mark.parametrize(
    "deed",
    [
        lambda s: s.view(ALICE, "https://example.cn/"),
        lambda s: s.send_event(ALICE, "LOCATION", Latitude=1.5),
        lambda s: s.send_event(ALICE, "pic_weixin", EventKey="K"),
    ],
)
def test_other_events_allow_nothing(simulator, bot, api, deed):
    deed(simulator)
    assert send(api) == 45015


def test_new_message_starts_afresh(simulator, bot, api):
    simulator.send_text(ALICE, "一")
    assert sent(api, 4) == 4
    simulator.send_text(ALICE, "二")
    assert sent(api) == 5


def test_menu_click_adds_to_an_open_window_and_is_spent_first(simulator, bot, api, clock):
    simulator.send_text(ALICE, "一")
    simulator.click(ALICE, "K")
    assert sent(api, 3) == 3
    clock.now += 60
    assert sent(api) == 5


def test_every_follower_has_their_own(simulator, bot, api):
    simulator.send_text(ALICE, "一")
    simulator.send_text(BOB, "一")
    assert sent(api) == 5
    assert send(api, BOB) == 0


def test_leaving_closes_the_windows(simulator, bot, api):
    simulator.send_text(ALICE, "一")
    simulator.unfollow(ALICE)
    assert send(api) == 43004
    simulator.reconfigure(unfollowed_errcode=50005)
    assert send(api) == 50005
    simulator.follow(ALICE)
    assert sent(api) == 3


def test_refused_message_spends_nothing(simulator, bot, api):
    simulator.send_text(ALICE, "一")
    assert [send(api, content="安" * 700) for _ in range(6)] == [45002] * 6
    assert sent(api) == 5


def test_passive_reply_spends_nothing(simulator, bot, api):
    bot.replies(text_reply)
    assert simulator.send_text(ALICE, "一").text == "好的"
    assert sent(api) == 5
