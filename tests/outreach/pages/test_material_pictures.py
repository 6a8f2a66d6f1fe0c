"""Pictures of the account's library that were put there elsewhere, by the pages, with the stand-in over HTTP."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest
import sqlalchemy as sa

from bot.outreach.material_pictures import KEPT
from bot.outreach.media_tables import media_item
from bot.simulator import Fault, Simulator, SimulatorConfig
from bot.staff import Role
from tests.console.account import connected
from tests.console.pages import Client, Office
from tests.pictures import mp4, png

from .conftest import EAST, HOME

ASKED = "/cgi-bin/material/get_material"


@pytest.fixture(scope="module")
def wechat() -> Simulator:
    return Simulator(SimulatorConfig())


@pytest.fixture(scope="module")
def office(wechat: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with connected(wechat, tmp_path_factory.mktemp("library")) as held:
        yield held


@pytest.fixture(autouse=True)
def empty(office: Office, wechat: Simulator) -> None:
    """Nothing is in the library, nothing has failed just now."""
    wechat.state.media.clear()
    wechat.faults.clear()
    office.services.store.release("material-picture")


@pytest.fixture
def author(office: Office) -> Client:
    """Signed in anew: the clock is moved by days here."""
    return office.sign_in(Role.AUTHOR)


def put_in(wechat: Simulator, content: bytes, name: str = "海报.png") -> str:
    """Somebody puts a picture into the library at the account's own site; its media_id."""
    held = wechat.state.keep_media("image", content, "image/png", wechat.now(), permanent=True, name=name)
    return held.media_id


def shown(client: Client) -> list[str]:
    """The addresses of the pictures that the page of the library shows."""
    return re.findall(r'<img class="small" src="([^"]+)"', client.get(f"{HOME}/media/library?kind=image").text)


def asked(wechat: Simulator) -> int:
    return wechat.quotas.used_today(ASKED)


def held_bytes(office: Office) -> int:
    with office.services.database.read() as db:
        return int(db.scalar(sa.select(sa.func.coalesce(sa.func.sum(sa.func.length(media_item.c.picture)), 0))) or 0)


def test_a_picture_put_in_elsewhere_is_fetched_once_when_it_is_shown(
    office: Office, author: Client, wechat: Simulator
) -> None:
    put_in(wechat, png(9, 9))
    before = asked(wechat)
    [address] = shown(author)
    assert address.startswith(f"{HOME}/media/")  # the browser asks our server alone
    assert asked(wechat) == before  # the list asks for none
    for client in (author, author, office.sign_in(Role.DISTRICT, region=EAST)):
        answer = client.get(address)
        assert (answer.status_code, answer.data, answer.mimetype) == (200, png(9, 9), "image/png")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert asked(wechat) == before + 1
    part = author.part(f"{HOME}/media/library?kind=image&level=public&field=image").text
    assert f'<img src="{address}"' in part


def test_many_who_look_at_once_fetch_it_once(office: Office, author: Client, wechat: Simulator) -> None:
    put_in(wechat, png(10, 10))
    [address] = shown(author)
    before = asked(wechat)
    clients = [office.sign_in(Role.AUTHOR) for _ in range(4)]
    wechat.faults.add(Fault(path=ASKED, slow_ms=200, times=1))
    with ThreadPoolExecutor(4) as together:
        found = list(together.map(lambda client: client.get(address).data, clients))
    assert found == [png(10, 10)] * 4
    assert asked(wechat) == before + 1


@pytest.mark.parametrize(
    "content",
    [b"<svg onload=alert(1)>", mp4(), png(3, 3) + b"0" * (2 << 20), png(50_000, 50_000), b'{"news_item": []}'],
    ids=["svg", "video", "large", "bomb", "json"],
)
def test_what_pages_do_not_show_keeps_its_name_and_is_not_asked_for_again(
    office: Office, author: Client, wechat: Simulator, content: bytes
) -> None:
    put_in(wechat, content, "怪图.png")
    assert "怪图.png" in author.get(f"{HOME}/media/library?kind=image").text
    [address] = shown(author)
    before = asked(wechat)
    for _ in range(2):
        answer = author.get(address)
        assert (answer.status_code, answer.data) == (HTTPStatus.NO_CONTENT, b"")
    assert asked(wechat) == before + 1


def test_one_that_was_deleted_there_is_gone_here(office: Office, author: Client, wechat: Simulator) -> None:
    name = put_in(wechat, png(11, 11))
    [address] = shown(author)
    assert author.get(address).status_code == 200
    before = held_bytes(office)
    del wechat.state.media[name]
    office.pass_time(days=KEPT.days + 1)
    later = office.sign_in(Role.AUTHOR)
    assert later.get(address).status_code == HTTPStatus.NO_CONTENT
    assert held_bytes(office) == before - len(png(11, 11))


@pytest.mark.parametrize(
    "fault",
    [Fault(path=ASKED, errcode=45009), Fault(path=ASKED, drop=True), Fault(path=ASKED, http_status=502)],
    ids=["quota", "silent", "gateway"],
)
def test_a_platform_that_fails_is_left_alone_and_nothing_secret_is_told(
    office: Office, author: Client, wechat: Simulator, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    put_in(wechat, png(12, 12))
    put_in(wechat, png(13, 13))
    one, other = shown(author)
    wechat.faults.add(fault)
    with caplog.at_level(logging.INFO):
        assert author.get(one).status_code == HTTPStatus.NO_CONTENT
    told = "".join(f"{record.getMessage()}{record.__dict__}" for record in caplog.records if "bot" in record.name)
    assert "is not shown" in told
    assert office.services.official.tokens.token() not in told
    wechat.faults.clear()
    counted = asked(wechat)
    assert author.get(other).status_code == HTTPStatus.NO_CONTENT  # not asked for so soon after
    assert asked(wechat) == counted
    office.services.store.release("material-picture")
    assert author.get(one).data == png(13, 13)


def test_a_token_that_ran_out_is_renewed(office: Office, author: Client, wechat: Simulator) -> None:
    put_in(wechat, png(14, 14))
    [address] = shown(author)
    wechat.faults.add(Fault(path=ASKED, errcode=42001, times=1))
    assert author.get(address).data == png(14, 14)


def test_what_is_kept_is_bounded_and_the_oldest_goes(
    office: Office, author: Client, wechat: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outreach.material_pictures.MOST_BYTES", 5_000)
    for n in range(3):
        put_in(wechat, png(15, 15 + n) + b"0" * 2_000)
    for address in shown(author):
        office.pass_time(seconds=1)
        assert author.get(address).status_code == 200
    assert 2_000 < held_bytes(office) <= 5_000


def test_what_nobody_put_in_is_not_there(author: Client) -> None:
    assert author.get(f"{HOME}/media/999999/picture").status_code == 404
