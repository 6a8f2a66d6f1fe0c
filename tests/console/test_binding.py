"""Staff show in the chat which account is theirs, and tests of broadcasts come to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.messages import Inbound, MessageKind
from bot.people.tables import follower
from bot.sending import Message, Receipt
from bot.staff import Role
from bot.staff.binding import LIFE
from bot.staff.trail import Search
from tests.console.pages import Client, Office, make_office

OPENID = "oMINE0000000000000000000001"
TEST = "/staff/outreach/broadcasts"


class Platform:
    """A sender that keeps what it is given."""

    name, most, least, has_key, per_minute = "official.service", 1, 1, False, 0

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, addresses: Any, message: Message, key: str) -> Receipt:
        self.sent.append((addresses[0], message.text))
        return Receipt()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = make_office(tmp_path_factory.mktemp("binding"))
    held.services.__dict__["senders"] = {"official.service": Platform()}
    yield held
    held.services.close()


def says(office: Office, text: str, address: str = OPENID, channel: str = "official") -> str:
    office.made += 1
    inbound = Inbound(
        channel=channel,
        account="gh",
        address=address,
        key=f"k{office.made}",
        kind=MessageKind.TEXT,
        text=text,
        sent_at=datetime.now(UTC),
    )
    return office.services.inbox.receive(inbound, lambda reply: (reply.text if reply else "").encode()).decode()


def code_of(client: Client) -> str:
    page = client.post("/staff/me/bind").text
    found = re.search(r"绑定 ([2-9A-Z]{6})<", page)
    assert found, page
    return found[1]


@pytest.fixture
def live(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The console's clock goes with the inbox's, which is the world's."""
    office.now = datetime.now(UTC)


@pytest.mark.usefixtures("live")
def test_a_code_sent_in_the_chat_binds_once_and_is_on_record(office: Office) -> None:
    author = office.sign_in(Role.AUTHOR)
    code = code_of(author)
    assert "还没有绑定" in author.part("/staff/me/bound").text
    assert "已绑定，以后试发给" in says(office, f"绑定{code.lower()}")
    assert "公众号" in author.part("/staff/me/bound").text
    assert "不对，或者已经过了10分钟" in says(office, f"绑定 {code}", "oOTHER000000000000000000001")
    [line] = office.services.trail.find(Search(staff=author.staff.name, action="staff.bind"))
    assert OPENID not in line.after
    assert line.after


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("code", ["ZRHWND", "SHRNLE", "JMSBCS", "ZHGSHG", "222222"])
def test_no_danger_is_read_into_the_letters_of_a_code(office: Office, code: str) -> None:
    for text in (f"绑定{code}", f"绑定 {code.lower()}", f"绑定账号：{code}", f"绑定码是{code}", f"请绑定 {code}"):
        assert "不对，或者已经过了10分钟" in says(office, text)


@pytest.mark.usefixtures("live")
def test_who_asks_how_to_bind_is_told_where_codes_are(office: Office) -> None:
    for text in ("绑定", "怎么绑定", "我要绑定账号"):
        assert "取绑定码" in says(office, text)


@pytest.mark.usefixtures("live")
def test_a_test_comes_to_ones_own_account_without_an_openid(office: Office) -> None:
    district = office.sign_in(Role.DISTRICT, region="广东省江门市江海区")
    form = {"title": "试", "public-kind": "text", "public-body": "大风停工", "channels": ["official.service"]}
    number = int(district.post(f"{TEST}/new", form).location.rpartition("/")[2])
    assert "先绑定自己的微信" in district.get(f"{TEST}/{number}").text
    answer = district.post(f"{TEST}/{number}/test")
    assert (answer.status_code, "还不知道试发到哪里" in answer.text) == (409, True)
    assert "已绑定" in says(office, f"绑定 {code_of(district)}", "oDIST0000000000000000000001")
    assert "发到您绑定的公众号账号" in district.get(f"{TEST}/{number}").text
    with office.services.database.begin() as db:  # the log writes it in its own time
        db.execute(sa.update(follower).values(last_message_at=office.now))
    assert district.post(f"{TEST}/{number}/test", {"channel": "official"}).status_code == 303
    platform = office.services.senders["official.service"]
    assert platform.sent[-1] == ("oDIST0000000000000000000001", "【测试】大风停工")  # type: ignore[attr-defined]


@pytest.mark.usefixtures("live")
def test_nobody_tests_to_the_account_of_another(office: Office) -> None:
    one, other = office.sign_in(Role.AUTHOR), office.sign_in(Role.AUTHOR)
    says(office, f"绑定 {code_of(one)}", "oONE00000000000000000000001")
    form = {"title": "试", "public-kind": "text", "public-body": "大风停工", "channels": ["official.service"]}
    number = int(one.post(f"{TEST}/new", form).location.rpartition("/")[2])
    assert other.post(f"{TEST}/{number}/test", {"channel": "official"}).status_code == 409


@pytest.mark.usefixtures("live")
def test_a_code_is_worth_nothing_after_ten_minutes_or_after_a_newer_one(office: Office) -> None:
    author = office.sign_in(Role.AUTHOR)
    old = code_of(author)
    new = code_of(author)
    assert "不对" in says(office, f"绑定 {old}")
    office.now -= LIFE
    late = code_of(author)
    assert "不对" in says(office, f"绑定 {late}")
    assert "不对" in says(office, f"绑定 {new}")
    assert office.services.bindings.of(author.staff.id) == []


@pytest.mark.usefixtures("live")
def test_it_is_unbound_by_the_page_and_goes_with_the_persons_data(office: Office) -> None:
    author, address = office.sign_in(Role.AUTHOR), "oGONE0000000000000000000001"
    says(office, f"绑定 {code_of(author)}", address)
    assert author.post("/staff/me/unbind", {"channel": "official"}).status_code == 303
    assert author.post("/staff/me/unbind", {"channel": "official"}).status_code == 409
    says(office, f"绑定 {code_of(author)}", address)
    says(office, "删除我的数据", address)
    says(office, "确认删除", address)
    assert office.services.bindings.of(author.staff.id) == []


@pytest.mark.usefixtures("live")
def test_wecom_binds_as_well_and_the_chat_page_does_not(office: Office) -> None:
    author = office.sign_in(Role.AUTHOR)
    assert "在微信公众号里" in says(office, f"绑定 {code_of(author)}", "visitor", "web")
    assert "已绑定" in says(office, f"绑定 {code_of(author)}", "ZhangSan", "wecom")
    assert "企业微信" in author.get("/staff/me").text
    with office.services.database.begin() as db:
        assert db.scalar(sa.select(follower.c.channel).where(follower.c.address == "ZhangSan")) == "wecom"


@pytest.mark.usefixtures("live")
def test_an_account_that_is_closed_keeps_no_binding(office: Office) -> None:
    author, admin = office.sign_in(Role.AUTHOR), office.sign_in(Role.ADMINISTRATOR)
    says(office, f"绑定 {code_of(author)}", "oCLOSED00000000000000000001")
    code = code_of(author)
    admin.post(f"/staff/accounts/{author.staff.id}/close")
    assert office.services.bindings.of(author.staff.id) == []
    assert "不对" in says(office, f"绑定 {code}", "oCLOSED00000000000000000001")


def test_words_that_are_no_code_are_a_question(office: Office) -> None:
    assert "绑定码" not in says(office, "绑定银行卡安全吗")
