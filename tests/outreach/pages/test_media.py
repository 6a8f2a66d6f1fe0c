"""Pictures, videos and drafts by the pages, with the stand-in of WeChat over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from bot.channels.official.material import Article
from bot.sending import MediaKind
from bot.simulator import Fault, Simulator, SimulatorConfig
from bot.staff import Role
from tests.console.account import connected
from tests.console.pages import Client, Office
from tests.pictures import jpg, mp4, png

from .conftest import EAST, EVIL, HOME, WEST, form, written

PICTURE = png(3, 3)


@pytest.fixture(scope="module")
def wechat() -> Simulator:
    return Simulator(SimulatorConfig())


@pytest.fixture(scope="module")
def office(wechat: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with connected(wechat, tmp_path_factory.mktemp("media")) as held:
        yield held


def hands_in(client: Client, data: bytes, kind: str = "image", name: str = "现场.png", **more: Any) -> Any:
    headers = {"HX-Request": "true"} if "field" in more else {}
    return client.post(f"{HOME}/media", {"kind": kind, "file": (BytesIO(data), name), **more}, headers=headers)


def newest(office: Office, kind: str = "image") -> Any:
    return office.services.media.items(kind, "", office.now, 1)[0]  # type: ignore[arg-type]


def test_a_picture_is_uploaded_once_chosen_and_shown_before_it_goes_out(
    office: Office, author: Client, wechat: Simulator
) -> None:
    assert hands_in(author, PICTURE).status_code == 303
    item = newest(office)
    assert wechat.state.media[item.media_id].permanent
    assert hands_in(author, PICTURE, name="同一张.png").status_code == 303
    assert newest(office) == item
    shown = author.get(f"{HOME}/media/{item.id}/picture")
    assert (shown.data, shown.mimetype) == (PICTURE, "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    values = {"public-kind": "image", "public-image": item.media_id}
    looks = author.post(f"{HOME}/preview", form("", **values)).text
    assert f'href="/staff/outreach/media/{item.id}/picture"' in looks
    number = written(author, **values)
    assert office.services.broadcasts.get(number).draft.content["public"].media == item.media_id  # type: ignore[index]
    assert f'value="{item.media_id}" checked' in author.get(f"{HOME}/broadcasts/{number}/edit").text
    assert "现场.png" in author.get(f"{HOME}/broadcasts/{number}").text


def test_in_the_composer_what_was_uploaded_is_chosen_at_once(office: Office, author: Client) -> None:
    answer = hands_in(author, png(4, 4), level="worker", field="image")
    assert answer.status_code == 200
    assert f'value="{newest(office).media_id}" checked' in answer.text
    assert 'id="pick-worker-image"' in answer.text


def test_what_is_refused_is_said_in_its_place_and_what_was_chosen_stays(office: Office, author: Client) -> None:
    before = newest(office)
    answer = hands_in(author, b"<svg onload=alert(1)>", level="public", field="image", chosen=before.media_id)
    assert answer.status_code == 422
    assert "图片要是 jpg、png、gif 格式" in answer.text
    assert f'value="{before.media_id}" checked' in answer.text
    assert newest(office) == before
    assert hands_in(author, b"<svg onload=alert(1)>").status_code == 409


def test_a_request_that_is_too_large_is_refused(author: Client) -> None:
    body, kind = BytesIO(b"0" * (12 << 20)), "multipart/form-data; boundary=x"
    answer = author.browser.post(f"{HOME}/media", input_stream=body, content_type=kind, content_length=12 << 20)
    assert answer.status_code == 413


def test_a_picture_for_three_days_is_offered_no_longer_than_it_lasts(office: Office, author: Client) -> None:
    assert hands_in(author, png(5, 5), name="只用三天.png", keep="days").status_code == 303
    item = newest(office)
    assert item.expires_at is not None
    number = written(author, **{"public-kind": "image", "public-image": item.media_id})
    assert "只保存到" not in author.get(f"{HOME}/broadcasts/{number}/reach").text
    assert "请重新上传再选" in "".join(office.services.broadcasts.reach(number, item.expires_at).blockers)
    assert item not in office.services.media.items(item.kind, "", item.expires_at, 20)


def test_a_video_needs_a_cover_for_customer_service(office: Office, author: Client) -> None:
    hands_in(author, mp4(), "video", "演练.mp4")
    hands_in(author, jpg(), "thumb", "演练.jpg")
    film, cover = newest(office, "video"), newest(office, "thumb")
    values = {"public-kind": "video", "public-video": film.media_id}
    number = written(author, **values)
    answer = author.post(f"{HOME}/broadcasts/{number}/submit")
    assert (answer.status_code, "要有一张封面" in answer.text) == (409, True)
    number = written(author, **values, **{"public-thumb": cover.media_id})
    message = office.services.broadcasts.get(number).draft.content["public"]  # type: ignore[index]
    assert (message.media, message.picture) == (film.media_id, cover.media_id)
    assert author.post(f"{HOME}/broadcasts/{number}/submit").status_code == 303
    wrong = written(author, **{"public-kind": "image", "public-image": film.media_id})
    assert "选的“演练.mp4”是视频，这里要图片" in author.get(f"{HOME}/broadcasts/{wrong}/reach").text


def test_what_the_account_keeps_is_listed_and_chosen(
    office: Office, author: Client, district: Client, wechat: Simulator
) -> None:
    material = office.services.material
    assert material is not None
    theirs = wechat.state.keep_media(
        "image", PICTURE, "image/png", wechat.now(), permanent=True, name="后台<b>海报.png"
    )
    wechat.state.keep_media("image", PICTURE, "image/png", wechat.now(), name="三天的.png")
    hands_in(author, png(6, 6), name="自己传的.png")
    page = author.get(f"{HOME}/media/library?kind=image").text
    assert "后台&lt;b&gt;海报" in page
    assert "自己传的.png" in page
    assert "三天的.png" not in page
    assert "公众号素材库里的全部图片" in author.get(f"{HOME}/media?kind=image").text
    assert "后台&lt;b&gt;" not in author.get(f"{HOME}/media?kind=image").text  # nobody uploaded it here
    part = author.part(f"{HOME}/media/library?kind=image&level=public&field=image&public-image={theirs.media_id}").text
    assert f'value="{theirs.media_id}" checked' in part
    assert "一共" in part
    number = written(author, **{"public-kind": "image", "public-image": theirs.media_id})
    assert author.post(f"{HOME}/broadcasts/{number}/submit").status_code == 303
    film = material.keep(MediaKind.VIDEO, mp4(), for_good=True, title="灭火演示")
    assert "灭火演示" in district.get(f"{HOME}/media/library?kind=video").text
    wrong = written(author, **{"public-kind": "image", "public-image": film.media_id})
    assert "选的“灭火演示”是视频，这里要图片" in author.get(f"{HOME}/broadcasts/{wrong}/reach").text


def test_a_long_library_comes_page_by_page(author: Client, wechat: Simulator) -> None:
    for n in range(25):
        wechat.state.keep_media("video", mp4(), "video/mp4", wechat.now(), permanent=True, name=f"长片{n}")
    first = author.part(f"{HOME}/media/library?kind=video&level=public&field=video").text
    assert "长片24" in first
    assert "长片0<" not in first
    assert "page=1" in first
    second = author.part(f"{HOME}/media/library?kind=video&level=public&field=video&page=1").text
    assert "长片0<" in second
    assert "素材库的下一页" not in second
    assert "的这一页没有" in author.get(f"{HOME}/media/library?kind=video&page=4000").text
    assert author.get(f"{HOME}/media/library?kind=thumb").status_code == 409


def test_a_library_that_does_not_answer_leaves_what_was_chosen(author: Client, wechat: Simulator) -> None:
    wechat.faults.add(Fault(path="/cgi-bin/material/batchget_material", errcode=45009, times=1))
    part = author.part(f"{HOME}/media/library?kind=image&level=public&field=image&public-image=xyz").text
    assert "微信没有给出素材库的内容（错误码 45009）" in part
    assert 'value="xyz" checked' in part


def test_drafts_of_the_account_are_listed_and_shown_by_their_titles(office: Office, author: Client) -> None:
    material = office.services.material
    assert material is not None
    draft = material.add_draft([Article(title=f"安全月{EVIL[:12]}", content="<p>正文</p>", cover=png())])
    material.add_draft([Article(title="防汛", content="<p>正文</p>", cover=png())])
    listed = author.get(f"{HOME}/media?kind=draft").text
    assert "防汛" in listed
    assert "&lt;script&gt;" in listed
    part = author.part(f"{HOME}/media/drafts?level=public&public-draft={draft}").text
    assert f'value="{draft}" checked' in part
    assert "<script" not in part
    values = {"public-kind": "news", "public-draft": draft, "channels": ["official.mass"]}
    looks = author.post(f"{HOME}/preview", form("", **values)).text
    assert "安全月" in looks
    assert "<script" not in looks


def test_districts_see_their_own_and_what_the_office_shares(office: Office, author: Client) -> None:
    east, west = office.sign_in(Role.DISTRICT, region=EAST), office.sign_in(Role.DISTRICT, region=WEST)
    hands_in(east, png(6, 6), name="东区.png")
    item = newest(office)
    assert "东区.png" in east.get(f"{HOME}/media").text
    assert "东区.png" not in west.get(f"{HOME}/media").text
    assert west.get(f"{HOME}/media/{item.id}/picture").status_code == 404
    assert "现场.png" in west.get(f"{HOME}/media").text
    auditor = office.sign_in(Role.AUDITOR)
    assert hands_in(auditor, png()).status_code == 403


def test_a_name_is_a_name_and_no_path(office: Office, author: Client) -> None:
    hands_in(author, png(7, 7), name="../../etc/" + EVIL.replace("/", "") + ".png")
    page = author.get(f"{HOME}/media").text
    assert "..&" not in page
    assert "<script>alert" not in page


def test_when_wechat_refuses_it_is_said_and_nothing_is_kept(office: Office, author: Client, wechat: Simulator) -> None:
    before = newest(office)
    wechat.faults.add(Fault(path="/cgi-bin/material/add_material", errcode=45009, times=1))
    answer = hands_in(author, png(8, 8))
    assert (answer.status_code, "错误码 45009" in answer.text) == (409, True)
    wechat.faults.add(Fault(path="/cgi-bin/draft/batchget", errcode=45009, times=1))
    assert "没有给出草稿箱的内容" in author.get(f"{HOME}/media?kind=draft").text
    wechat.faults.add(Fault(path="/cgi-bin/draft/batchget", errcode=45009, times=1))
    assert "没有给出草稿箱的内容" in author.part(f"{HOME}/media/drafts?level=public").text
    assert newest(office) == before
