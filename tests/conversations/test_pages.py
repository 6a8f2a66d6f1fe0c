"""The pages of talks: what each role sees and does, of whose people, and that what people write stays words."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from bot.conversations.tables import staff_message
from bot.people.followers import ChoseRow
from bot.staff import Role
from bot.store.records import MessageRow
from tests.console.pages import Client, Office, make_office
from tests.small_office import small_office
from tests.unanswered.conftest import keeper_of

HOME = "/staff/conversations/"
HERE, ELSEWHERE = "广东省江门市江海区", "广东省江门市新会区"
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
FOLLOWER, OTHER = "oALICE0000000000000000000001", "oBOB000000000000000000000002"
_KEY = re.compile(r'name="key" value="([^"]+)"')


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    content, first = small_office(tmp_path_factory.getbasetemp() / "small-office")
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(content / "var" / "index", folder / "index")
    held = make_office(folder, knowledge_dir=content / "knowledge")
    services = held.services
    services.__dict__["keeper"] = keeper_of(services, first)
    held.now = datetime.now(UTC)
    for who, region, text in ((FOLLOWER, HERE, f"江海的事{NASTY}"), (OTHER, ELSEWHERE, "新会的事")):
        services.records.write(ChoseRow(held.now, "official", who, {"region": region}))
        services.records.write(
            MessageRow(held.now, "official", who, "text", text, "unknown", "", "", 0.1, 1.0, f"不知道{NASTY}")
        )
    yield held
    services.close()


@pytest.fixture
def visitor(office: Office) -> FlaskClient:
    """Somebody on the chat page, who asked for a person."""
    browser = office.app.test_client()
    for n, text in enumerate(("多少度停工", "转人工")):
        browser.post("/api/chat", json={"text": text, "id": f"m{n}"})
    settle(office)
    return browser


def settle(office: Office) -> None:
    office.services.records.start()
    office.services.records.stop()
    office.now = datetime.now(UTC)


def newest(office: Office) -> int:
    """The number of the talk that asked for a person last."""
    return max(row for row in _talks(office))


def _talks(office: Office) -> list[int]:
    from bot.conversations.tables import conversation

    with office.services.database.begin() as db:
        return list(db.scalars(conversation.select().with_only_columns(conversation.c.id)))


def answer(client: Client, number: int, text: str) -> int:
    """Fill in the form of the page and send it."""
    page = client.get(f"{HOME}{number}").text
    key = _KEY.search(page)
    assert key, page[:2000]
    return client.post(f"{HOME}{number}/answer", {"reply": text, "key": key[1]}).status_code


def open_of(client: Client, words: str) -> str:
    """The talk of whoever said these words, by the search."""
    found = re.search(r"/staff/conversations/open/(\d+)", client.get(f"{HOME}search?q={words}").text)
    assert found
    return str(client.get(found[0]).location)


def test_handler_takes_over_answers_and_hands_back(office: Office, visitor: FlaskClient) -> None:
    handler = office.sign_in(Role.HANDLER)
    home = handler.get(HOME).text
    assert "网页访客" in home
    number = newest(office)
    assert "我来接待" in handler.get(f"{HOME}{number}").text
    assert handler.post(f"{HOME}{number}/take").status_code == 303
    page = handler.get(f"{HOME}{number}").text
    assert "机器人会这样说" in page
    assert "发送" in page
    assert visitor.post("/api/chat", json={"text": "在吗", "id": "m9"}).json["reply"]["text"] == ""  # type: ignore[index]
    assert answer(handler, number, "到街道办就可以办。") == 303
    assert "到街道办就可以办。" in handler.get(f"{HOME}{number}").text
    news = visitor.get("/api/chat/news").json
    assert news
    assert news["news"][-1]["text"] == "到街道办就可以办。"
    assert handler.post(f"{HOME}{number}/back").status_code == 303
    assert "我来接待" in handler.get(f"{HOME}{number}").text
    assert visitor.post("/api/chat", json={"text": "多少度停工", "id": "m10"}).json["reply"]["text"]  # type: ignore[index]


def test_arrivals_come_as_a_part_and_nothing_new_is_no_part(office: Office, visitor: FlaskClient) -> None:
    handler = office.sign_in(Role.HANDLER)
    number = newest(office)
    page = handler.get(f"{HOME}{number}").text
    tail = re.search(rf"{HOME}{number}/new\?after=[\d.]+", page)
    assert tail
    assert handler.part(tail[0]).status_code == 204
    visitor.post("/api/chat", json={"text": f"还有{NASTY}", "id": "m5"})
    settle(office)
    part = handler.part(tail[0]).text
    assert "&lt;script&gt;alert(1)" in part
    assert "<script>" not in part
    assert handler.part(f"{HOME}{number}/new?after=x").status_code == 400
    assert handler.part(f"{HOME}{number}/standing").status_code == 200


def test_arrivals_come_by_server_sent_events_with_the_number_to_go_on_from(
    office: Office, visitor: FlaskClient
) -> None:
    handler, number = office.sign_in(Role.HANDLER), newest(office)
    events = re.search(r'data-events="([^"]+)"', handler.get(f"{HOME}{number}").text)
    assert events
    nothing = handler.get(events[1])
    assert (nothing.mimetype, nothing.text) == ("text/event-stream", "retry: 1000\n\n")
    visitor.post("/api/chat", json={"text": f"又来{NASTY}", "id": "m6"})
    settle(office)
    told = handler.get(events[1]).text
    assert "&lt;script&gt;alert(1)" in told
    assert "<script>" not in told
    last = re.search(r"^id: (\d+\.\d+)$", told, re.MULTILINE)
    assert last
    assert "又来" not in handler.get(events[1], headers={"Last-Event-ID": last[1]}).text
    assert handler.get(f"{HOME}{number}/events?after=x").status_code == 400
    assert office.sign_in(Role.DISTRICT, region=HERE).get(events[1]).status_code == 404


def test_search_finds_what_the_bot_answered_and_what_staff_wrote(office: Office, visitor: FlaskClient) -> None:
    handler, number = office.sign_in(Role.HANDLER), newest(office)
    handler.post(f"{HOME}{number}/take")
    answer(handler, number, f"请找值班长{NASTY}")
    found = handler.get(f"{HOME}search?q=四十度").text
    assert "机器人答：" in found
    assert "机器人答：" not in handler.get(f"{HOME}search?q=四十度&speaker=person").text
    found = handler.get(f"{HOME}search?q=值班长&speaker=staff").text
    assert f'href="{HOME}{number}"' in found
    assert "<script>alert" not in found
    local = office.sign_in(Role.DISTRICT, region=HERE)
    assert "值班长&lt;" not in local.get(f"{HOME}search?q=值班长&speaker=staff").text
    handler.post(f"{HOME}{number}/back")


def test_snippet_is_put_into_the_box_with_script_and_without(office: Office, visitor: FlaskClient) -> None:
    handler = office.sign_in(Role.HANDLER)
    number = newest(office)
    handler.post(f"{HOME}{number}/take")
    page = handler.get(f"{HOME}{number}").text
    assert "四十度停工" in page
    for text in (
        handler.get(f"{HOME}{number}?snippet=own").text,
        handler.part(f"{HOME}{number}/reply?snippet=own").text,
    ):
        box = re.search(r"<textarea.*?</textarea>", text, re.DOTALL)
        assert box
        assert "四十度停工" in box[0]
    assert handler.part(f"{HOME}{number}/snippets").status_code == 200
    handler.post(f"{HOME}{number}/back")


def test_answer_that_is_empty_or_too_long_is_shown_again_with_its_words(office: Office, visitor: FlaskClient) -> None:
    handler = office.sign_in(Role.HANDLER)
    number = newest(office)
    handler.post(f"{HOME}{number}/take")
    refused = handler.post(f"{HOME}{number}/answer", {"reply": "长" * 601, "key": "a" * 12})
    assert refused.status_code == 422
    assert "长" * 601 in refused.text
    assert handler.post(f"{HOME}{number}/answer", {"reply": " ", "key": "a" * 12}).status_code == 422
    handler.post(f"{HOME}{number}/back")


def test_form_sent_twice_is_one_message(office: Office, visitor: FlaskClient) -> None:
    handler = office.sign_in(Role.HANDLER)
    number = newest(office)
    handler.post(f"{HOME}{number}/take")
    for _ in range(2):
        assert handler.post(f"{HOME}{number}/answer", {"reply": "只发一次", "key": "k" * 12}).status_code == 303
    with office.services.database.begin() as db:
        texts = list(db.scalars(staff_message.select().with_only_columns(staff_message.c.text)))
    assert texts.count("只发一次") == 1
    handler.post(f"{HOME}{number}/back")


def test_who_was_telephoned_is_taken_off(office: Office, visitor: FlaskClient) -> None:
    handler = office.sign_in(Role.HANDLER)
    number = newest(office)
    assert handler.post(f"{HOME}{number}/settle").status_code == 303
    assert f"{HOME}{number}" not in handler.get(HOME).text


def test_second_one_is_told_and_nothing_changes(office: Office, visitor: FlaskClient) -> None:
    first, second = office.sign_in(Role.HANDLER), office.sign_in(Role.HANDLER)
    number = newest(office)
    first.post(f"{HOME}{number}/take")
    refused = second.post(f"{HOME}{number}/take")
    assert refused.status_code == 409
    assert first.staff.display in refused.text
    assert "发送" not in second.get(f"{HOME}{number}").text
    assert second.post(f"{HOME}{number}/answer", {"reply": "抢答", "key": "x" * 12}).status_code == 409
    first.post(f"{HOME}{number}/back")


def test_what_people_write_is_never_html(office: Office) -> None:
    handler = office.sign_in(Role.HANDLER)
    for url in (HOME, f"{HOME}search?q=江海", open_of(handler, "江海")):
        text = handler.get(url).text
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "{{7*7}}" in text
    reflected = handler.get(f"{HOME}search", query_string={"q": NASTY[:60], "region": NASTY[:90], "after": NASTY})
    assert "<script>alert" not in reflected.text
    strange = handler.get(f"{HOME}search", query_string={"since": NASTY, "kind": NASTY})
    assert strange.status_code == 422
    assert "<script>alert" not in strange.text


def test_openids_are_nowhere(office: Office) -> None:
    handler = office.sign_in(Role.ADMINISTRATOR)
    for url in (HOME, f"{HOME}search", open_of(handler, "江海")):
        assert FOLLOWER not in handler.get(url).text


def test_telephones_are_struck_out_of_lists(office: Office) -> None:
    services = office.services
    services.records.write(
        MessageRow(office.now, "official", FOLLOWER, "text", "打13812345678找我", "unknown", "", "", 0.1, 1.0)
    )
    handler = office.sign_in(Role.HANDLER)
    assert "13812345678" not in handler.get(f"{HOME}search?q=找我").text


def test_who_waits_comes_by_itself_once_and_not_again_until_it_changes(office: Office) -> None:
    handler, local = office.sign_in(Role.HANDLER), office.sign_in(Role.DISTRICT, region=HERE)
    live = re.search(r'data-events="([^"]+)"', handler.get(HOME).text)
    assert live
    nothing_new = handler.get(live[1])
    assert nothing_new.mimetype == "text/event-stream"
    assert "data:" not in nothing_new.text
    asker = office.app.test_client()
    asker.post("/api/chat", json={"text": "转人工", "id": "live-list"})
    settle(office)
    changed, until = handler.get(live[1]), time.monotonic() + 60
    while "data:" not in changed.text:  # what is no older than a second is read once for all who look
        assert time.monotonic() < until
        changed = handler.get(live[1])
    assert "网页访客" in changed.text
    assert "<script>alert" not in changed.text
    key = re.search(r"^id: (\w+)$", changed.text, re.MULTILINE)
    assert key
    assert "data:" not in handler.get(live[1], headers={"Last-Event-ID": key[1]}).text
    theirs = local.get(f"{HOME}lists/events").text
    assert HERE in theirs
    assert "新会的事" not in theirs
    assert office.app.test_client().get(f"{HOME}lists/events").status_code == 303


def test_district_reaches_nobody_elsewhere(office: Office) -> None:
    everybody, local = office.sign_in(Role.HANDLER), office.sign_in(Role.DISTRICT, region=HERE)
    theirs = open_of(everybody, "新会").partition("#")[0]
    message = re.search(r"open/(\d+)", everybody.get(f"{HOME}search?q=新会").text)
    assert message
    assert "新会的事" not in local.get(f"{HOME}search").text
    assert "新会的事" not in local.get(HOME).text
    assert "江海的事" in local.get(f"{HOME}search").text
    for path in ("", "/new?after=0.0", "/standing", "/snippets", "/reply", f"?before={office.now:%Y-%m-%d}"):
        assert local.get(theirs + path).status_code == 404, path
    for path, form in (("/take", {}), ("/back", {}), ("/settle", {}), ("/answer", {"reply": "x", "key": "y" * 9})):
        assert local.post(theirs + path, form).status_code == 404, path
    assert local.get(f"{HOME}open/{message[1]}").status_code == 404


def test_message_of_another_district_is_not_sent_again(office: Office, visitor: FlaskClient) -> None:
    handler, local = office.sign_in(Role.HANDLER), office.sign_in(Role.DISTRICT, region=HERE)
    number = newest(office)
    handler.post(f"{HOME}{number}/take")
    answer(handler, number, "一句话")
    with office.services.database.begin() as db:
        last = max(db.scalars(staff_message.select().with_only_columns(staff_message.c.id)))
    assert local.post(f"{HOME}again/{last}").status_code == 404
    handler.post(f"{HOME}{number}/back")


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER, Role.AUDITOR])
def test_who_may_only_read_has_no_buttons(office: Office, visitor: FlaskClient, role: Role) -> None:
    reader = office.sign_in(role)
    number = newest(office)
    page = reader.get(f"{HOME}{number}")
    assert page.status_code == 200
    assert "我来接待" not in page.text
    assert reader.post(f"{HOME}{number}/take").status_code == 403


def test_deeds_are_on_record_without_what_was_said(office: Office, visitor: FlaskClient) -> None:
    admin = office.sign_in(Role.ADMINISTRATOR)
    number = newest(office)
    admin.post(f"{HOME}{number}/take")
    answer(admin, number, "只有对方知道的话")
    admin.post(f"{HOME}{number}/back")
    trail = admin.get(f"/staff/audit/?staff={admin.staff.name}").text
    for action in ("接管会话", "回复会话", "交还会话"):
        assert action in trail
    assert "只有对方知道的话" not in trail


def test_today_says_who_waits_and_for_how_long(office: Office, visitor: FlaskClient) -> None:
    handler = office.sign_in(Role.HANDLER)
    assert "在等人工回复" in handler.get("/staff/").text
    from bot.conversations.pages import figures_of, waiting_of

    staff = handler.staff
    [first, *_] = waiting_of(office.services.talks)(staff, office.now + timedelta(hours=1))
    assert first.urgency == 2
    came, figure = figures_of(office.services.talks)(staff, office.now)
    assert (came.label, len(came.spark), len(figure.spark)) == ("今天来访次数", 7, 7)
    assert came.spark[-1] == int(came.value) > 0


def test_follower_without_an_account_set_up_cannot_be_taken_over(office: Office) -> None:
    handler = office.sign_in(Role.HANDLER)
    url = open_of(handler, "江海").partition("#")[0]
    assert "不能发" in handler.get(url).text
    assert handler.post(f"{url}/take").status_code == 409


def test_page_of_a_follower_leads_to_their_talk(office: Office) -> None:
    from bot.people.tables import follower

    with office.services.database.begin() as db:
        people = dict(db.execute(follower.select().with_only_columns(follower.c.address, follower.c.id)).all())
    handler, local = office.sign_in(Role.HANDLER), office.sign_in(Role.DISTRICT, region=HERE)
    assert handler.get(f"{HOME}of/{people[OTHER]}").location.startswith(HOME)
    assert local.get(f"{HOME}of/{people[FOLLOWER]}").status_code == 303
    assert local.get(f"{HOME}of/{people[OTHER]}").status_code == 404


@pytest.mark.parametrize("path", ["of/999999", "999999", "open/999999", "999999/new?after=0.0", "999999/standing"])
def test_what_is_not_there_is_not_found(office: Office, path: str) -> None:
    assert office.sign_in(Role.HANDLER).get(HOME + path).status_code == 404
