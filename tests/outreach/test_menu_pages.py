"""The pages of the menu, against the stand-in of WeChat: read first, keep, write, another publishes, restore."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.simulator import Simulator, SimulatorConfig
from bot.staff import Role
from tests.console.account import connected
from tests.console.pages import Client, Office, make_office

URL = "/staff/settings/menu"
EVIL = "<script>alert(1)</script>"


@dataclass
class Place:
    """An office with its account, and two of its people."""

    office: Office
    wechat: Simulator
    author: Client
    approver: Client


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    wechat = Simulator(SimulatorConfig())
    with connected(wechat, tmp_path_factory.mktemp("menu")) as office:
        yield Place(office, wechat, office.sign_in(Role.AUTHOR), office.sign_in(Role.APPROVER))


def names(place: Place) -> list[str]:
    return [button["name"] for button in place.wechat.state.menu or ()]


def write(client: Client, *buttons: tuple[str, str, str], why: str = "换季", **more: str) -> int:
    fields = {"why": why, **more}
    for n, (name, kind, value) in enumerate(buttons):
        fields |= {f"b{n}-name": name, f"b{n}-kind": kind, f"b{n}-value": value}
    done = client.post(f"{URL}/new", fields)
    assert done.status_code == 303, re.findall(r"<li>(.*?)</li>", done.text)
    return int(done.headers["Location"].rpartition("/")[2])


def test_the_present_menu_is_shown_kept_and_comes_back(place: Place) -> None:
    old = {"name": "旧菜单", "type": "view", "url": "https://example.cn/old", "sub_button": []}
    place.wechat.state.menu = [old]
    page = place.author.get(URL).text
    assert "旧菜单" in page
    assert "沿用并保存现在的菜单" in page
    assert "旧菜单" in place.author.get(f"{URL}/new").text
    kept = place.author.post(f"{URL}/keep")
    assert names(place) == ["旧菜单"]
    number = write(place.author, ("安全问答", "click", "帮助"), ("官网", "view", "https://example.cn/"))
    assert names(place) == ["旧菜单"]
    assert "1 份菜单等您看过后发布" in place.approver.get("/staff/").text
    assert place.author.post(f"{URL}/{number}/publish").status_code == 403
    assert place.approver.post(f"{URL}/{number}/publish").status_code == 303
    assert names(place) == ["安全问答", "官网"]
    assert "现在用的" in place.approver.get(URL).text
    assert place.approver.post(f"{kept.headers['Location']}/restore").status_code == 303
    assert names(place) == ["旧菜单"]


def test_sub_buttons_and_what_the_page_does_not_know_stay_as_they_are(place: Place) -> None:
    article = {"name": "文章", "type": "article_id", "article_id": "A1", "sub_button": []}
    place.wechat.state.menu = [{"name": "更多", "sub_button": [article]}]
    page = place.author.get(f"{URL}/new").text
    assert "保持原来的（article_id）" in page
    fields = {
        "b0-name": "更多", "b0s0-name": "文章", "b0s0-kind": "article_id", "b0s0-value": "A1", "b0s2-name": "官网",
        "b0s2-kind": "view", "b0s2-value": "https://example.cn/", "why": "加官网",
    }  # fmt: skip
    shown = place.author.post(f"{URL}/new", {**fields, "do": "preview"}).text
    assert "官网" in shown
    done = place.author.post(f"{URL}/new", fields)
    number = int(done.headers["Location"].rpartition("/")[2])
    held = place.office.services.menus.get(number).buttons
    assert [(s.name, s.kind, s.value) for s in held[0].subs] == [
        ("文章", "article_id", "A1"), ("官网", "view", "https://example.cn/")]  # fmt: skip
    assert (held[0].kind, held[0].value) == ("", "")
    assert place.author.post(f"{URL}/{number}/discard").status_code == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"why": "x"}, "菜单要有1到3个按钮"),
        ({"b0-name": "官网", "b0-kind": "view", "b0-value": "javascript:alert(1)", "why": "x"}, "http://"),
        ({"b0-name": "很长很长很长的名字", "b0-kind": "click", "b0-value": "a", "why": "x"}, "太长"),
        ({"b0-name": "问", "b0-kind": "rm", "b0-value": "a", "why": "x"}, "不能用接口发布"),
        ({"b0-name": "问", "b0-kind": "click", "b0-value": "帮助", "why": " "}, "请写为什么改"),
        ({"b0-name": EVIL, "b0-kind": EVIL, "b0-value": EVIL, "why": EVIL, "from": EVIL}, "太长"),
    ],
)
def test_what_wechat_would_refuse_is_said_beside_what_was_typed(
    place: Place, fields: dict[str, str], said: str
) -> None:
    shown = place.author.post(f"{URL}/new", fields)
    assert shown.status_code == 422
    assert said in shown.text
    assert "<script>alert" not in shown.text


def test_words_of_a_menu_are_shown_as_words(place: Place) -> None:
    number = write(place.author, ("<b>问</b>", "click", EVIL), why=EVIL)
    place.wechat.state.menu = [{"name": EVIL, "type": "view", "url": f"https://x/{EVIL}", "sub_button": []}]
    for url in (URL, f"{URL}/{number}", f"{URL}/new", f"{URL}/new?from={number}"):
        text = place.author.get(url).text
        assert "<script>alert" not in text
        assert "<b>问" not in text
    place.author.post(f"{URL}/{number}/discard")


def test_a_district_does_not_touch_the_menu_of_the_office(place: Place) -> None:
    place.wechat.state.menu = []
    number = write(place.author, ("安全问答", "click", "帮助"))
    district = place.office.sign_in(Role.DISTRICT, region="广东省江门市江海区")
    placed = place.office.sign_in(Role.APPROVER, region="广东省江门市江海区")
    for person in (district, placed):
        assert (
            person.post(f"{URL}/new", {"b0-name": "问", "b0-kind": "click", "b0-value": "a", "why": "x"}).status_code
            == 403
        )
        for deed in ("publish", "restore", "discard"):
            assert person.post(f"{URL}/{number}/{deed}").status_code == 403
        assert person.post(f"{URL}/keep").status_code == 403
    auditor = place.office.sign_in(Role.AUDITOR)
    assert auditor.get(URL).status_code == 200
    assert auditor.post(f"{URL}/{number}/publish").status_code == 403
    assert names(place) == []
    place.author.post(f"{URL}/{number}/discard")


def test_what_is_not_there_is_not_found(place: Place) -> None:
    for number in (0, 10**6, 2**63):
        assert place.approver.get(f"{URL}/{number}").status_code == 404
        assert place.approver.post(f"{URL}/{number}/publish").status_code == 404
        assert place.approver.get(f"{URL}/new?from={number or 'x'}").status_code == (404 if number == 10**6 else 200)


def test_without_an_account_the_page_says_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    office = make_office(tmp_path_factory.mktemp("bare"))
    page = office.sign_in(Role.AUTHOR).get(URL)
    assert page.status_code == 200
    assert "没有读到" in page.text
    office.services.close()


def test_the_menu_of_the_day_is_written_published_put_up_and_given_back(place: Place) -> None:
    services, now = place.office.services, place.office.now
    place.wechat.state.menu = [{"name": "平时", "type": "view", "url": "https://example.cn/", "sub_button": []}]
    shipped = [b.name for b in services.day_menu.read()]
    assert f'value="{shipped[0]}"' in place.author.get(f"{URL}/new?day=1").text
    too_long = {"b0-name": "名字比微信允许的长得多", "b0-kind": "click", "b0-value": "提问", "why": "试", "day": "1"}
    assert place.author.post(f"{URL}/new", too_long).status_code == 422
    number = write(place.author, ("来提问", "click", "提问"), ("举报", "click", "举报"), why="今年人多", day="1")
    assert [b.name for b in services.day_menu.read()] == shipped  # nobody else has looked at it
    assert "份菜单等您看过后发布" in place.approver.get("/staff/").text
    assert "那一天用这份" in place.approver.get(f"{URL}/{number}").text
    assert place.author.post(f"{URL}/{number}/publish").status_code == 403
    assert place.approver.post(f"{URL}/{number}/publish").status_code == 303
    assert names(place) == ["平时"]
    assert "到时换上的" in place.approver.get(URL).text
    assert "来提问" in place.author.get("/staff/outreach/programme").text
    day = now.date()
    services.day_menu.dress(day, now)
    assert names(place) == ["来提问", "举报"]
    services.day_menu.undress(day, now)
    assert names(place) == ["平时"]


def test_an_earlier_menu_of_the_day_comes_back_with_two_persons(place: Place) -> None:
    services, url = place.office.services, "/staff/outreach/programme/menu/approve"
    other = place.office.sign_in(Role.APPROVER)
    numbers = [write(place.author, (name, "click", "提问"), day="1") for name in ("头一份", "第二份")]
    for number in numbers:
        place.approver.post(f"{URL}/{number}/publish")
        place.office.now += timedelta(minutes=1)
    assert [b.name for b in services.day_menu.read()] == ["第二份"]
    assert services.day_menu.standing().lets
    assert place.approver.post(f"{URL}/{numbers[0]}/restore").status_code == 303
    assert [b.name for b in services.day_menu.read()] == ["头一份"]
    assert not services.day_menu.standing().lets
    assert place.approver.post(url).status_code == 409
    assert other.post(url).status_code == 303
    assert services.day_menu.standing().lets
