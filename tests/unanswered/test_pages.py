"""The pages of what could not be answered: a group is answered by one and published by another, or set aside."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.staff import Role
from bot.store.tables import unanswered
from bot.unanswered.pages.recent import span
from tests.console.pages import Client, Office, make_office
from tests.small_office import furnish

HOME = "/staff/knowledge/unanswered"
EAST, WEST = "广东省江门市江海区", "广东省江门市蓬江区"
EVIL = "<img src=x onerror=alert(1)>无人机"
ANSWER = {"title": "无人机要登记吗", "told": "要在街道安监所登记。", "source": "江海区无人机巡检办法",
          "phrasings": "飞无人机要登记吗\n无人机报备\n巡检无人机手续\n无人机上哪登记\n用无人机要不要备案"}  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    content = furnish(folder / "knowledge")
    (folder / "var" / "index").mkdir(parents=True)  # this content has a base of its own
    held = make_office(folder / "var", knowledge_dir=content)
    held.now = datetime.now(UTC)
    yield held
    held.services.close()


ASKED = {
    "drone": ("无人机巡检要不要登记啊", EAST), "tree": ("树倒了压坏电线归谁赔呢", EAST), "evil": (EVIL, EAST),
    "west": ("蓬江哪里能领灭火器", WEST), "link": ("热成这样啥温度就不上班了", EAST),
}  # fmt: skip


def grouped() -> None:
    """Wait until the groups that a page asked for are known."""
    for thread in threading.enumerate():
        if thread.name == "unanswered":
            thread.join(60)


@pytest.fixture(scope="module")
def numbers(office: Office) -> dict[str, int]:
    """What people asked in vain, and the number of each group; pages know the groups, whichever test is the first."""
    now = datetime.now(UTC)
    with office.services.database.begin() as db:
        for text, region in ASKED.values():
            db.execute(sa.insert(unanswered).values(
                at=now - timedelta(minutes=5), channel="official", address="oTEST0001", question=text,
                candidates="[]", status="unknown", region=region,
            ))  # fmt: skip
    office.sign_in(Role.AUTHOR).get(f"{HOME}/")  # the groups are worked out beside, and shown by the next page
    grouped()
    found = office.services.unanswered.clusters(span(now), now)
    return {key: next(c.id for c in found if text in c.examples) for key, (text, _) in ASKED.items()}


@pytest.fixture(scope="module")
def author(office: Office) -> Client:
    return office.sign_in(Role.AUTHOR)


def test_a_group_is_answered_in_place_and_published_by_another(
    office: Office, author: Client, numbers: dict[str, int]
) -> None:
    at, approver = f"{HOME}/{numbers['drone']}", office.sign_in(Role.APPROVER)
    assert "无人机巡检要不要登记啊" in author.get(at).text
    assert "无人机巡检要不要登记啊" in author.get(f"{HOME}/").text
    wrong = author.post(f"{at}/answer", ANSWER | {"source": ""})
    assert wrong.status_code == 422
    assert "请写依据" in wrong.text
    assert "要在街道安监所登记" in wrong.text
    assert author.post(f"{at}/answer", ANSWER).status_code == 303
    page = approver.get(at).text
    assert "待审核" in page
    assert author.post(f"{at}/answer", ANSWER).status_code == 409  # somebody was first
    assert approver.post(f"{at}/publish", {"version": "2"}).status_code == 409
    assert approver.post(f"{at}/publish", {"version": "1"}).status_code == 303
    assert "已答复" in approver.get(at).text
    office.services.keeper.look()
    assert "要在街道安监所登记" in approver.get("/staff/knowledge/ask?q=无人机巡检要不要登记啊").text


def test_a_group_is_linked_to_an_entry_with_its_wordings(author: Client, numbers: dict[str, int]) -> None:
    at = f"{HOME}/{numbers['link']}"
    assert author.post(f"{at}/link", {}).status_code == 409
    assert author.post(f"{at}/link", {"other": "heat-stop", "grow": "y"}).status_code == 303
    assert "热成这样啥温度就不上班了" in author.get("/staff/knowledge/entries/heat-stop").text


def test_a_group_is_dismissed_with_a_reason_and_taken_up_again(author: Client, numbers: dict[str, int]) -> None:
    at = f"{HOME}/{numbers['tree']}"
    assert author.post(f"{at}/dismiss", {"reason": " "}).status_code == 409
    assert author.post(f"{at}/dismiss", {"reason": "不归我们管"}).status_code == 303
    assert "不归我们管" in author.get(at).text
    assert "树倒了" in author.get(f"{HOME}/?show=dismissed").text
    assert author.post(f"{at}/reopen").status_code == 303
    assert "待处理" in author.get(at).text


def test_what_a_follower_wrote_is_shown_as_text(author: Client, numbers: dict[str, int]) -> None:
    for path in ("/", f"/{numbers['evil']}"):
        assert "<img src=x" not in author.get(HOME + path).text


def test_another_district_is_not_read(office: Office, numbers: dict[str, int]) -> None:
    district = office.sign_in(Role.DISTRICT, region=EAST)
    assert "蓬江哪里" not in district.get(f"{HOME}/").text
    assert district.get(f"{HOME}/{numbers['west']}").status_code == 404
    assert district.get(f"{HOME}/{numbers['evil']}").status_code == 200
    assert district.post(f"{HOME}/{numbers['evil']}/dismiss", {"reason": "x"}).status_code == 403


def test_what_waits_is_told_on_the_first_page(author: Client, numbers: dict[str, int]) -> None:
    assert "类问题没答上" in author.get("/staff/").text
    assert author.get(f"{HOME}/99999").status_code == 404
