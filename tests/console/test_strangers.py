"""What strangers write, by WeChat's signed pushes and on the chat page, and where it turns up: it stays words."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from bot.settings import WeChatSettings
from bot.staff import Role
from tests.channels.official.wire import message, query
from tests.console.pages import Client, Office, token_of
from tests.console.stocked import HERE, settle, stocked_office
from tests.console.walking import EVIL, MARK, walk, wrong

#: What fits where little is taken.
SHORT = f"<b {MARK}=1>'\""
TOKEN = "anquan2026"
#: Everything that somebody who follows can fill in, as WeChat pushes it.
PUSHES = [
    {"MsgType": "event", "Event": "subscribe", "EventKey": f"qrscene_unit-{SHORT}"},
    {"Content": EVIL}, {"Content": f"隐患举报：{EVIL}"}, {"Content": f"加入 {SHORT}"}, {"Content": f"地区是{SHORT}"},
    {"Content": f"行业是{SHORT}"}, {"Content": f"订阅{SHORT}"}, {"Content": f"联络员 {SHORT}"},
    {"Content": f"多少度停工{SHORT}"}, {"Content": "没用"}, {"Content": EVIL}, {"Content": "没用"}, {"Content": "2"},
    {"MsgType": "voice", "Recognition": EVIL, "MediaId": EVIL, "Format": "amr"},
    {"MsgType": "location", "Location_X": "22.5", "Location_Y": "113.1", "Scale": "15", "Label": EVIL},
    {"MsgType": "image", "PicUrl": f"javascript:{MARK}()", "MediaId": EVIL},
    {"MsgType": "link", "Title": EVIL, "Description": EVIL, "Url": f"javascript:{MARK}()"},
    {"MsgType": SHORT, "Content": EVIL}, {"MsgType": "event", "Event": SHORT, "EventKey": EVIL},
    {"MsgType": "event", "Event": "CLICK", "EventKey": EVIL}, {"MsgType": "event", "Event": "VIEW", "EventKey": EVIL},
    {"MsgType": "event", "Event": "SCAN", "EventKey": f"unit-{SHORT}", "Ticket": EVIL},
    {"MsgType": "event", "Event": "LOCATION", "Latitude": "1", "Longitude": "2", "Precision": EVIL},
    {"Content": "转人工"}, {"Content": f"{EVIL}<![CDATA["},
]  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    account = WeChatSettings(token=TOKEN, app_id="wx0000000000000001", secret="s3cr3t-of-the-account")
    held = stocked_office(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("strangers"), wechat=account)
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def visitor(office: Office) -> FlaskClient:
    """Somebody on the chat page, who says the same as somebody on WeChat."""
    browser, now = office.app.test_client(), int(time.time())
    for n, fields in enumerate(PUSHES):
        for who in ("oEVE0000000000000000000000001", f"o{SHORT}"):
            body = message(**{"CreateTime": now, "FromUserName": who, "MsgId": 9000 + n} | fields)
            pushed = browser.post("/wechat", data=body.encode(), query_string=query(now, TOKEN))
            assert pushed.status_code == 200, fields
        said = next((v for k, v in fields.items() if k in ("Content", "Recognition", "Label")), "")
        if said:
            browser.post("/api/chat", json={"text": said, "id": f"m{n}"})
    settle(office)
    return browser


@pytest.fixture(scope="module")
def boss(office: Office, visitor: FlaskClient) -> Client:
    """Staff who take over whoever waits, and answer in kind."""
    client = office.sign_in(Role.ADMINISTRATOR, name="boss")
    for link in sorted({k for k in walk(client, "/staff/conversations/") if re.search(r"/\d+$|/open/", k)}):
        url = client.get(link, follow_redirects=True).request.path
        client.post(f"{url}/take")
        key = re.search(r'name="key" value="([^"]+)"', client.get(url).text)
        client.post(f"{url}/answer", {"reply": f"工作人员{EVIL}", "key": key[1] if key else "k"})
    return client


def test_what_strangers_wrote_breaks_out_of_no_page_of_staff(office: Office, boss: Client) -> None:
    seen = walk(boss, "/staff/", f"/staff/conversations/search?text={MARK}", f"/staff/knowledge/ask?q={MARK}")
    shown = [url for url, page in seen.items() if MARK in boss.get(url, follow_redirects=True).text]
    assert len(seen) > 40
    assert {"/staff/conversations/", "/staff/people/followers"} <= seen.keys()
    assert sum("conversations" in url for url in shown) >= 3


def test_what_strangers_wrote_breaks_out_of_no_part_of_a_page(boss: Client) -> None:
    """The parts that htmx fetches, whatever the pages say of them."""
    for url in ("/staff/conversations/lists", "/staff/today/live", "/staff/outreach/tips/ahead"):
        answer = boss.part(url)
        assert not (bad := wrong(url, answer)), bad
    for number in range(1, 6):
        for part in ("new?after=0.0", "standing", "snippets", "reply"):
            answer = boss.part(f"/staff/conversations/{number}/{part}")
            assert not (bad := wrong(part, answer)), bad


def test_the_preview_on_a_telephone_is_a_picture_of_words(boss: Client) -> None:
    for kind in ("text", "news", "card"):
        typed = {
            "title": EVIL,
            "public-kind": kind,
            "channels": ["official.service", "official.notice", "sms", "wecom.app"],
        }
        typed |= {
            f"public-{name}": EVIL for name in ("body", "title", "description", "url", "picture", "text", "remark")
        }
        answer = boss.post("/staff/outreach/preview", typed, headers={"HX-Request": "true"})
        assert not (bad := wrong(kind, answer)), bad


def test_exports_of_what_strangers_wrote_hold_no_formula(boss: Client) -> None:
    for kind in ("followers", "units"):
        made = boss.post(f"/staff/people/export/{kind}", {"reason": "核对", "phones": "y"})
        file = boss.get(f"{made.location}/file")
        with zipfile.ZipFile(io.BytesIO(file.data)) as held:
            sheet = held.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert f"<b {MARK}" not in sheet


def test_the_chat_page_shows_what_is_said_as_words(office: Office, visitor: FlaskClient, boss: Client) -> None:
    news = visitor.get("/api/chat/news?after=0", headers={"X-Requested-With": "chat"})
    assert news.mimetype == "application/json"
    assert news.headers["X-Content-Type-Options"] == "nosniff"
    told = [one["text"] for one in json.loads(news.data)["news"]]
    assert f"工作人员{EVIL}" in told  # as it is: the page's script makes a text node of it
    page = visitor.get("/")
    shown = visitor.post("/", data={"csrf": "", "text": EVIL, "id": "form1"})
    for answer in (page, shown, visitor.get("/", query_string={"text": EVIL, "q": EVIL})):
        assert answer.status_code == 200
        assert not (bad := wrong("/", answer)), bad
        assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    again = visitor.post("/", data={"text": EVIL, "id": "form2"}, follow_redirects=True)
    assert not (bad := wrong("/", again)), bad


SENT = [
    "\ud800",
    "\0\x01\x02",
    "x" * 900,
    "\u202e" * 50,
    "🔥" * 500,
    "é" * 100,
    "[" * 900,
    "{{7*7}}",
    "%s%n",
    "' OR 1=1 --",
]


@pytest.mark.parametrize("text", SENT, ids=range(len(SENT)))
def test_nothing_that_is_said_keeps_the_bot_from_answering(office: Office, visitor: FlaskClient, text: str) -> None:
    browser, said = office.app.test_client(), json.dumps({"text": f"多少度停工{text}", "id": "odd"})  # \\ud800 and all
    assert browser.post("/api/chat", data=said, content_type="application/json").status_code == 200
    now = int(time.time())
    body = message(CreateTime=now, Content=text, MsgId=77).encode("utf-8", "surrogatepass")
    assert browser.post("/wechat", data=body, query_string=query(now, TOKEN)).status_code == 200
    settle(office)
    found = office.sign_in(Role.HANDLER).get("/staff/conversations/search", query_string={"text": "多少度停工"})
    assert found.status_code == 200


def test_a_district_sees_nothing_of_a_stranger_without_a_place(office: Office, boss: Client) -> None:
    theirs = office.sign_in(Role.DISTRICT, region=HERE)
    for url in ("/staff/conversations/", f"/staff/conversations/search?text={MARK}", "/staff/unanswered/", "/staff/"):
        answer = theirs.get(url, follow_redirects=True)
        assert "隐患举报" not in answer.text, url


def test_the_token_of_a_page_is_in_no_address(boss: Client) -> None:
    token = token_of(boss.get("/staff/accounts/new"))
    assert token == boss.csrf
    for url, page in walk(boss, "/staff/", most=40).items():
        assert token not in url
        assert not [held for _, held in page.elements if token in held.get("href", "")]
