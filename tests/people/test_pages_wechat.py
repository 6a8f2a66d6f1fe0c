"""Pages of people with an account: the QR that WeChat makes, and the full sync, against the stand-in over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.people import followers, units
from bot.people.units import Unit
from bot.simulator import Profile, Simulator, SimulatorConfig
from bot.simulator.crowd import Crowd
from bot.staff import Role
from tests.console.account import connected
from tests.console.pages import NOW, Client, Office

BASE = "/staff/people"


@pytest.fixture(scope="module")
def wechat() -> Simulator:
    held = Simulator(SimulatorConfig())
    held.state.gather(Crowd(120, (), held.now()))
    return held


@pytest.fixture(scope="module")
def office(wechat: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with connected(wechat, tmp_path_factory.mktemp("wechat")) as held:
        yield held


@pytest.fixture(scope="module")
def author(office: Office) -> Client:
    return office.sign_in(Role.AUTHOR)


def test_a_unit_gets_the_qr_of_wechat_once_and_a_new_code_takes_it_away(
    office: Office, author: Client, wechat: Simulator
) -> None:
    with office.services.database.begin() as db:
        units.store(db, [Unit("扫码厂")], NOW)
        number, code = units.find(db, "扫码厂"), units.code(db, "扫码厂")
    url = f"{BASE}/units/{number}"
    before = author.get(f"{url}/qr.svg").data
    assert "申请微信二维码" in author.get(url).text
    author.post(f"{url}/qr")
    assert wechat.state.tickets.popitem()[1] == f"unit-{code}"
    assert author.get(f"{url}/qr.svg").data != before
    assert "申请微信二维码" not in author.get(url).text
    assert "点“关注公众号”" in author.get(f"{url}/print").text
    author.post(f"{url}/code")
    assert "申请微信二维码" in author.get(url).text


def test_a_full_sync_brings_all_followers_and_tells_how_many(office: Office, author: Client) -> None:
    with office.services.database.begin() as db:
        followers.ensure(db, "official", "oGONE00000000000000000000009", NOW)
    author.post(f"{BASE}/sync")
    told = author.get(f"{BASE}/sync").text
    assert "微信现有 120 人：新增 120 人，取消关注 1 人" in told
    assert author.get(f"{BASE}/followers").text.count("/staff/people/followers/") >= 50


def test_an_account_that_may_make_no_qr_is_told_of_the_code(office: Office, author: Client, wechat: Simulator) -> None:
    with office.services.database.begin() as db:
        units.store(db, [Unit("订阅号厂")], NOW)
        number = units.find(db, "订阅号厂")
    wechat.config = replace(wechat.config, profile=Profile.VERIFIED_SUBSCRIPTION)
    answer = author.post(f"{BASE}/units/{number}/qr")
    assert answer.status_code == 409
    assert "只有认证的服务号能用" in answer.text
    assert "48001" in answer.text
