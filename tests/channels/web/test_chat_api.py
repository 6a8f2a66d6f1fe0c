"""POST /api/chat as the page's script, a retry, a stranger's page and a careless program use it."""

import json

import pytest

from bot.messages import Reply

from .conftest import LAW, Site


def test_answer_comes_with_choices_and_sources(anna):
    reply = anna.asks("要不要制定预案").get_json()["reply"]
    assert reply["text"] == "应当制定。\n依据：《安全生产法》第二条"
    assert reply["choices"][0] == {"id": "a", "label": "谁来管", "text": "安全生产谁来管"}
    assert reply["citations"][1] == {
        "title": "《安全手册》", "law": "", "article": "", "plan": "p1", "section": "五（四）", "url": "",
    }  # fmt: skip


def test_source_whose_text_is_held_can_be_opened(anna):
    source = anna.asks("安全生产 预案").get_json()["reply"]["citations"][0]
    page = anna.opens(source["url"]).get_data(as_text=True)
    assert (source["law"], source["article"]) == (LAW, "第二条")
    assert "从事生产经营活动的单位" in page
    assert "<mark>安全生产</mark>" in page


def test_inbox_hears_who_said_what_and_when(site, anna):
    anna.asks("  你好\r\n吗\x00 ", id="m-1")
    heard = site.heard[0]
    assert (heard.channel, heard.account, heard.kind, heard.text) == ("web", "web", "text", "你好\n吗")
    assert heard.key == f"{heard.address}:m-1"
    assert (heard.sent_at, heard.max_text_bytes) == (1_790_000_000, 8000)


def test_message_sent_again_is_carried_out_once(site, anna):
    first, again = anna.asks("你好", id="m-1"), anna.asks("你好", id="m-1")
    assert first.data == again.data
    assert len(site.heard) == 1


def test_same_id_of_another_visitor_is_another_message(site, anna, bo):
    anna.asks("你好", id="m-1")
    bo.asks("您好", id="m-1")
    assert [i.text for i in site.heard] == ["你好", "您好"]


def test_visitor_keeps_one_address_in_a_guarded_cookie(site, anna, bo):
    cookie = anna.opens("/").headers["Set-Cookie"]
    anna.asks("一")
    anna.asks("二")
    bo.asks("三")
    addresses = [i.address for i in site.heard]
    assert addresses[0] == addresses[1] != addresses[2]
    assert f"visitor={addresses[0]};" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_made_up_cookie_is_replaced(site, anna):
    anna.client.set_cookie("visitor", "x:y admin")
    anna.asks("你好")
    assert len(site.heard[0].address) == 24


def test_cookie_stays_on_https_where_the_site_does(anna):
    assert "Secure" in anna.opens("/", base_url="https://localhost").headers["Set-Cookie"]


def test_long_text_is_cut_with_a_notice_and_keeps_its_end(site, anna):
    told = anna.asks("啊" * 1200 + "着火了").get_json()
    assert "开头800字和最后200字" in told["notice"]
    assert len(site.heard[0].text) == 1000
    assert site.heard[0].text.endswith("着火了")


def test_text_within_the_limit_has_no_notice(anna):
    assert anna.asks("啊" * 1000).get_json()["notice"] == ""


def test_fault_in_the_bot_is_a_reply_like_any_other(site, anna):
    site.breaks = True
    answer = anna.asks("你好")
    assert (answer.status_code, answer.get_json()["reply"]["text"]) == (200, "系统刚才出了点问题")


def test_nothing_to_say_is_an_empty_reply(site, anna):
    site.reply = None
    assert anna.asks("你好").get_json()["reply"] == {"text": "", "choices": [], "citations": []}


def test_answer_that_is_late_asks_for_another_try(records):
    site = Site(records, deadline_s=0.01)
    anna = site.visitor()
    anna.opens("/")
    address = anna.client.get_cookie("visitor").value
    site.store.claim(f"claim:reply:web:{address}:m-1", 5)  # the first try is still being worked on
    answer = anna.asks("你好", id="m-1")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert "再发一次" in answer.get_json()["error"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("你好", "text/plain"),
        ("text=你好", "application/x-www-form-urlencoded"),
        ("{", "application/json"),
        ("", "application/json"),
        ("[]", "application/json"),
        ('"text"', "application/json"),
        ("null", "application/json"),
        ("{}", "application/json"),
        ('{"text": 5}', "application/json"),
        ('{"text": null}', "application/json"),
        ('{"text": "a", "id": 5}', "application/json"),
        ('{"text": "a", "id": "../x"}', "application/json"),
        ("[" * 4000, "application/json"),
        (b'{"text": "\xff"}', "application/json"),
    ],
)
def test_what_is_no_message_is_refused_in_chinese(site, anna, body, content_type):
    answer = anna.client.post("/api/chat", data=body, content_type=content_type)
    assert answer.status_code == 400
    assert "发" in answer.get_json()["error"]
    assert not site.heard


@pytest.mark.parametrize(
    "text", ["\ud800", "\x00", "", "  \n", "😀" * 300, "<script>alert(1)</script>", "'; DROP TABLE"]
)
def test_any_text_is_answered(anna, text):
    body = json.dumps({"text": text}).encode()
    assert anna.client.post("/api/chat", data=body, content_type="application/json").status_code == 200


def test_body_above_8_kilobytes_is_refused(site, anna):
    answer = anna.asks("a" * 9000)
    assert (answer.status_code, site.heard) == (413, [])
    assert "太长" in answer.get_json()["error"]


def test_other_methods_are_refused(anna):
    answer = anna.opens("/api/chat")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert "不能这样访问" in answer.get_json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/page"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    ],
)
def test_other_sites_cannot_ask_in_a_visitors_name(site, anna, headers):
    by_script = anna.asks("你好", headers=headers)
    by_form = anna.client.post("/", data={"text": "你好"}, headers=headers)
    assert (by_script.status_code, by_form.status_code, site.heard) == (403, 403, [])
    assert "没有受理" in by_script.get_json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Referer": "http://localhost/"},
        # The browser's own word stands even where a proxy has changed Host.
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://safety.example"},
    ],
)
def test_own_page_and_programs_can_ask(anna, headers):
    assert anna.asks("你好", headers=headers).status_code == 200


def test_custom_header_stands_for_a_missing_json_type(anna):
    answer = anna.client.post("/api/chat", data='{"text": "你好"}', headers={"X-Requested-With": "chat"})
    assert answer.status_code == 200


def test_visitor_who_writes_too_fast_waits_and_may_go_on(site, anna, bo):
    assert [anna.asks(str(n)).status_code for n in range(20)] == [200] * 20
    refused = anna.asks("还有")
    assert refused.status_code == 429
    assert "119" in refused.get_json()["error"]
    assert refused.headers["Retry-After"] == "60"
    assert bo.asks("你好").status_code == 200
    site.clock.now += 3
    assert anna.asks("还有").status_code == 200


def test_one_address_on_the_net_cannot_flood_with_fresh_visitors(site):
    statuses = [site.visitor().asks("你好").status_code for _ in range(201)]
    assert (statuses[199], statuses[200]) == (200, 429)


def test_visitors_behind_a_proxy_are_told_apart(site):
    def status(ip):
        return site.visitor().asks("你好", headers={"X-Forwarded-For": f"6.6.6.6, {ip}"}).status_code

    assert {status("203.0.113.1") for _ in range(200)} == {200}
    assert (status("203.0.113.1"), status("203.0.113.2")) == (429, 200)


def test_nobody_on_the_net_can_pose_as_many_by_a_header(site):
    def status(n):
        headers = {"X-Forwarded-For": f"203.0.113.{n}"}
        return site.visitor().asks("你好", headers=headers, environ_base={"REMOTE_ADDR": "8.8.8.8"}).status_code

    assert [status(n) for n in range(201)].count(429) == 1


def test_reply_is_written_as_it_was_said(site, anna):
    site.reply = Reply("<b>第一行</b>\n\n第二行 & “引号”")
    assert anna.asks("你好").get_json()["reply"]["text"] == "<b>第一行</b>\n\n第二行 & “引号”"
