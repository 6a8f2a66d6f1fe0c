"""The pages of outreach: who may see and do what, what is written and shown, and what must never get through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.outreach.states import State
from bot.people.tables import follower, unit
from bot.sending import Message, Receipt
from bot.staff import Role
from tests.console.pages import NOW, Client, Office, make_office

CITY, EAST, WEST = "广东省江门市", "广东省江门市江海区", "广东省江门市蓬江区"
HOME = "/staff/outreach"
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@dataclass
class Platform:
    """A sender that takes everything."""

    name: str
    most: int = 1
    least: int = 1
    has_key: bool = False
    per_minute: int = 0

    def send(self, addresses: Any, message: Message, key: str) -> Receipt:
        return Receipt(f"job-{key}")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = make_office(tmp_path_factory.mktemp("office"))
    held.services.__dict__["senders"] = {
        "official.service": Platform("official.service"),
        "official.mass": Platform("official.mass", most=10_000, least=2, has_key=True, per_minute=60),
    }
    with held.services.database.begin() as db:
        db.execute(sa.insert(unit).values(id=1, name="=cmd|'/C calc'!A1", code="U1"))
        rows = [
            {
                "id": n, "channel": "official", "account": "gh", "address": f"o{n:027d}", "state": "following",
                "window_sent": 0, "region": EAST if n <= 6 else WEST, "last_message_at": NOW - timedelta(hours=1),
                "unit_id": 1 if n == 1 else None,
            }
            for n in range(1, 11)
        ]  # fmt: skip
        db.execute(sa.insert(follower), rows)
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def author(office: Office) -> Client:
    return office.sign_in(Role.AUTHOR)


@pytest.fixture(scope="module")
def approver(office: Office) -> Client:
    return office.sign_in(Role.APPROVER)


@pytest.fixture(scope="module")
def district(office: Office) -> Client:
    return office.sign_in(Role.DISTRICT, region=EAST)


def form(text: str = "今天高温，午间别在太阳下干活。", **values: Any) -> dict[str, Any]:
    return {"title": "防暑提醒", "public-kind": "text", "public-body": text, "channels": ["official.service"], **values}


def written(client: Client, **values: Any) -> int:
    """The number of a new broadcast."""
    answer = client.post(f"{HOME}/broadcasts/new", form(**values))
    assert answer.status_code == 303, answer.text
    return int(answer.location.rpartition("/")[2])


def does(client: Client, number: int, verb: str, **values: Any) -> Any:
    return client.post(f"{HOME}/broadcasts/{number}/{verb}", values)


def state(office: Office, number: int) -> State:
    return office.services.broadcasts.get(number).state


def text_of(client: Client, url: str) -> str:
    answer = client.get(HOME + url)
    assert answer.status_code == 200, (url, answer.status_code, answer.text[:300])
    return answer.text


PAGES = ["/broadcasts", "/broadcasts/new", "/calendar", "/calendar/list", "/campaigns", "/programme", "/tips",
         "/tips/ahead", "/tips/book", "/warnings"]  # fmt: skip


@pytest.mark.parametrize("url", PAGES)
def test_every_page_opens(author: Client, district: Client, url: str) -> None:
    assert "<h1>" in text_of(author, url) or url == "/tips/ahead"
    text_of(district, url)


def test_a_draft_goes_to_sent_by_two_people(office: Office, author: Client, approver: Client) -> None:
    number = written(author)
    assert "提交审核" in text_of(author, f"/broadcasts/{number}")
    assert "受众 <b>10</b> 人" in text_of(author, f"/broadcasts/{number}/reach")
    assert does(author, number, "submit").status_code == 303
    assert "不能自己审核" in text_of(author, f"/broadcasts/{number}")
    assert does(author, number, "approve", version="1").status_code == 403
    page = text_of(approver, f"/broadcasts/{number}")
    assert "请您审核" in page
    assert "今天高温，午间别在太阳下干活。" in page
    assert does(approver, number, "approve", version="1", then="send").status_code == 303
    assert state(office, number) is State.SENDING
    assert "发送进度" in text_of(author, f"/broadcasts/{number}")


def test_daily_tips_stay_out_of_the_list_and_dates_are_told_in_words(
    office: Office, author: Client, approver: Client
) -> None:
    number, tips = (
        written(author, title="雷雨提醒", **{"public-body": "明天有雷雨，收好脚手板。"}),
        written(author, campaign="tips-2026-06-01-1"),
    )
    page = text_of(author, "/broadcasts")
    assert f"/broadcasts/{number}" in page
    assert f'/broadcasts/{tips}"' not in page
    does(author, number, "submit")
    does(approver, number, "approve", version="1")
    does(author, number, "schedule", at="2026-06-02T08:30")
    assert "已定时，6月2日（周二）08:30 自动开始发送" in text_of(author, f"/broadcasts/{number}")
    assert "6月2日（周二）08:30" in author.get("/staff/").text
    assert "06-02 08:30" not in author.get("/staff/").text
    assert "（周" in text_of(author, "/programme")


def test_history_begins_with_the_writing(author: Client) -> None:
    number = written(author)
    history = text_of(author, f"/broadcasts/{number}").partition("h-history")[2]
    assert "写成初稿" in history
    assert "修改" not in history
    author.post(f"{HOME}/broadcasts/{number}/edit", form("今天有大风，不要吊装。", version="1"))
    assert text_of(author, f"/broadcasts/{number}").partition("h-history")[2].count(">修改<") == 1
