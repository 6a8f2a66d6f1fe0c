"""The pages of settings: what staff change, who may, and what hostile input comes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.office import ITEMS, Group
from bot.settings import LlmSettings, OfficeSettings, SmsSettings, WeChatSettings
from bot.staff import Role
from bot.switches import Function
from tests.console.pages import Client, Office, make_office

URL = "/staff/settings/values"
SWITCHES = "/staff/settings/switches"
SECRET = "Sehr5Geheim5Sehr5Geheim5Sehr5Geh"
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    wechat = WeChatSettings(app_id="wx1234567890123456", secret=SECRET, token="abc", api_base="http://127.0.0.1:9")
    held = make_office(
        tmp_path_factory.mktemp("office"),
        wechat=wechat,
        sms=SmsSettings(secret=SECRET),
        llm=LlmSettings(api_key=SECRET),
    )
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def boss(office: Office) -> Client:
    return office.sign_in(Role.ADMINISTRATOR)


@pytest.fixture(scope="module")
def author(office: Office) -> Client:
    return office.sign_in(Role.AUTHOR)


def save(client: Client, key: str, value: str, **more: str) -> Any:
    return client.post(f"{URL}/item/{key}", {"value": value, "why": "试一下", **more})


def test_a_setting_is_changed_tried_put_back_and_restored(office: Office, boss: Client) -> None:
    office_now = office.services
    shown = save(boss, "office.phone", "0750-1111111", do="preview")
    assert "电话0750-1111111" in shown.text
    assert office_now.office.settings.office.phone == "0750-3860000"
    assert save(boss, "office.phone", "0750-1111111").status_code == 303
    page = boss.get(f"{URL}/item/office.phone").text
    assert "已改好" in page
    assert "试一下" in page
    assert office_now.office.settings.office.phone == "0750-1111111"
    assert boss.post(f"{URL}/item/office.phone/reset", {"reason": "改回来"}).status_code == 303
    assert office_now.office.settings.office.phone == "0750-3860000"
    assert boss.post(f"{URL}/item/office.phone/restore/1", {"reason": "还是新的"}).status_code == 303
    assert office_now.office.settings.office.phone == "0750-1111111"
    assert "office.phone" in boss.get("/staff/audit/").text
    boss.post(f"{URL}/item/office.phone/reset", {"reason": "测完"})


def test_what_is_wrong_is_shown_beside_what_was_typed(boss: Client) -> None:
    shown = save(boss, "texts.chat.human", "请打{phon}")
    assert shown.status_code == 422
    assert "{phon} 在这里不会自动填入" in shown.text
    assert "请打{phon}" in shown.text
    without = boss.post(f"{URL}/item/office.name", {"value": "甲局"})
    assert without.status_code == 422
    assert "请写为什么改" in without.text


def test_of_two_who_edit_the_second_is_told(boss: Client) -> None:
    assert save(boss, "office.hours", "全天", version="0").status_code == 303
    shown = save(boss, "office.hours", "半天", version="0")
    assert shown.status_code == 422
    assert "请刷新看看再改" in shown.text


def test_preview_follows_what_is_typed(boss: Client) -> None:
    part = boss.post(f"{URL}/item/texts.chat.welcome/preview", {"value": "欢迎来到{office}！"})
    assert "欢迎来到江海区应急管理局！" in part.text
    assert "<html" not in part.text
    assert "成对" in boss.post(f"{URL}/item/texts.chat.welcome/preview", {"value": "欢迎{"}).text


@pytest.mark.parametrize("group", [g for g in Group if g is not Group.SWITCHES])
def test_every_group_is_shown(boss: Client, group: Group) -> None:
    page = boss.get(f"{URL}/group/{group}")
    assert page.status_code == 200
    assert all(item.title in page.text for item in ITEMS.values() if item.group is group)


def test_every_item_has_a_page_with_its_preview(boss: Client) -> None:
    for key, item in ITEMS.items():
        if item.group is not Group.SWITCHES:
            page = boss.get(f"{URL}/item/{key}")
            assert page.status_code == 200, key
            if item.table == "texts":
                assert 'class="bubble"' in page.text, key


def test_a_function_is_switched_off_with_a_reason_and_on_again(office: Office, boss: Client) -> None:
    assert "请写关闭的原因" in boss.post(f"{SWITCHES}/tips/off", {"reason": " "}).text
    assert boss.post(f"{SWITCHES}/tips/off", {"reason": "内容有误，正在核对", "why": "见电话记录"}).status_code == 303
    assert office.services.office.off == {Function.TIPS: "内容有误，正在核对"}
    assert "内容有误，正在核对" in boss.get(SWITCHES).text
    assert "安全提示”现在是关闭的" in boss.get("/staff/").text
    assert "安全提示" in boss.get("/staff/settings/values/").text
    assert boss.post(f"{SWITCHES}/tips/on").status_code == 303
    assert office.services.office.off == {}
    assert boss.post(f"{SWITCHES}/tips/on").status_code == 409


def test_the_public_page_says_why_it_is_off(office: Office, boss: Client) -> None:
    boss.post(f"{SWITCHES}/web/off", {"reason": "网页维护"})
    office.services.keeper.look()
    said = office.app.test_client().post("/api/chat", json={"text": "电动车能停楼道吗"}).get_json()
    assert said["reply"]["text"].startswith("网页问答暂停服务：网页维护。")
    boss.post(f"{SWITCHES}/web/on")


def test_today_asks_for_who_we_are_until_it_is_known(office: Office, boss: Client, author: Client) -> None:
    wanted = "本单位的名称、所在地区和电话还没有填"
    assert wanted not in boss.get("/staff/").text
    known = office.services.settings.office
    for key in ("name", "region"):
        save(boss, f"office.{key}", str(getattr(OfficeSettings(), key)))
    try:
        assert wanted in boss.get("/staff/").text
        assert wanted not in author.get("/staff/").text
        save(boss, "office.region", "广东省江门市江海区")
        assert wanted not in boss.get("/staff/").text
    finally:
        for key in ("name", "region"):
            save(boss, f"office.{key}", str(getattr(known, key)))


def test_the_chat_page_shows_at_once_what_is_off_and_why(office: Office, boss: Client) -> None:
    visitor = office.app.test_client()
    assert "暂停的服务" not in visitor.get("/").text
    boss.post(f"{SWITCHES}/handover/off", {"reason": f"今天培训{EVIL}。"})
    boss.post(f"{SWITCHES}/tips/off", {"reason": "与网页无关"})
    try:
        page = visitor.get("/").text
        assert "<b>转人工</b>暂停服务：今天培训&lt;script&gt;" in page
        assert "与网页无关" not in page
        assert EVIL not in page
    finally:
        for name in ("handover", "tips"):
            boss.post(f"{SWITCHES}/{name}/on", {"reason": "好了"})
    assert "暂停的服务" not in visitor.get("/").text


def test_secrets_are_never_shown(boss: Client) -> None:
    page = boss.get(f"{URL}/fixed").text
    assert page.count("已设置") >= 3
    for url in (f"{URL}/fixed", f"{URL}/", f"{URL}/history", SWITCHES, f"{URL}/item/office.name"):
        assert SECRET not in boss.get(url).text


def test_those_who_may_only_read_change_nothing(office: Office, author: Client) -> None:
    assert author.get(f"{URL}/").status_code == 200
    page = author.get(f"{URL}/item/office.name").text
    assert "<textarea" not in page
    assert "保存" not in page
    assert "关闭问答" not in author.get(SWITCHES).text
    for url in (
        f"{URL}/item/office.name", f"{URL}/item/office.name/reset", f"{URL}/item/office.name/restore/1",
        f"{URL}/item/office.name/preview", f"{SWITCHES}/answers/off", f"{SWITCHES}/answers/on",
    ):  # fmt: skip
        assert author.post(url, {"value": "x", "why": "y", "reason": "z"}).status_code == 403
    assert office.services.office.is_on(Function.ANSWERS)


@pytest.mark.parametrize("role", [Role.DISTRICT, Role.HANDLER])
def test_districts_and_handlers_do_not_see_settings(office: Office, role: Role) -> None:
    person = office.sign_in(role, region="广东省江门市江海区")
    for url in (f"{URL}/", SWITCHES, f"{URL}/fixed", "/staff/settings/menu"):
        assert person.get(url).status_code == 403
    assert "/staff/settings" not in person.get("/staff/").text


@pytest.mark.parametrize(
    "key", ["wechat.secret", "database_url", "nothing", "switch.answers", "../x", "office.name%00"]
)
def test_what_is_no_item_is_not_found(boss: Client, key: str) -> None:
    assert boss.get(f"{URL}/item/{key}").status_code == 404
    assert boss.post(f"{URL}/item/{key}", {"value": "x", "why": "y"}).status_code == 404
    assert boss.post(f"{SWITCHES}/{key}/off", {"reason": "y"}).status_code == 404


def test_hostile_words_are_shown_as_words(office: Office, boss: Client) -> None:
    for key in ("office.name", "office.hours", "texts.chat.useful"):
        value = EVIL.replace("{", "").replace("}", "") if key.startswith("texts") else EVIL[:80]
        boss.post(f"{URL}/item/{key}", {"value": value, "why": EVIL[:150]})
    boss.post(f"{SWITCHES}/answers/off", {"reason": EVIL[:90], "why": EVIL})
    urls = ["/staff/", SWITCHES, f"{URL}/", f"{URL}/history", *(f"{URL}/group/{g}" for g in Group)]
    urls += [f"{URL}/item/office.name", f"{URL}/item/office.hours", f"{URL}/item/texts.chat.useful", "/"]
    client = office.app.test_client()
    for url in urls:
        text = (client if url == "/" else boss).get(url, follow_redirects=True).text
        assert "<script>alert" not in text, url
        assert "<img src=x" not in text, url
        assert ">49<" not in text, url
    boss.post(f"{SWITCHES}/answers/on")
    for key in ("office.name", "office.hours", "texts.chat.useful"):
        boss.post(f"{URL}/item/{key}/reset", {"reason": "测完"})


@pytest.mark.parametrize(
    "given", ["", "\x00", "\ud800", "9" * 5000, "{" * 3000, "a\nb" * 900, "∞", "%s%n", "../../etc"]
)
def test_any_input_is_an_answer(boss: Client, given: str) -> None:
    data = given.encode("utf-8", "surrogatepass")
    for key, item in ITEMS.items():
        if item.group in (Group.OFFICE, Group.SENDING, Group.SURENESS, Group.PLACES, Group.HOTLINES):
            answer = boss.post(f"{URL}/item/{key}/preview", {"value": data, "version": data})
            assert answer.status_code == (422 if "\x00" in given else 200), key
    answer = boss.post(f"{URL}/item/office.name", {"value": data, "why": data, "version": data})
    refused = not given or "\x00" in given or len(given) > 1000
    assert answer.status_code == (422 if refused else 303)
    assert boss.get(f"{URL}/history?after=" + "9" * 30).status_code == 200
    assert boss.get(f"{URL}/history?after=-1").status_code == 200


def test_history_pages_by_key(office: Office, boss: Client) -> None:
    for n in range(60):
        office.services.office_desk.set("office.hours", f"全天{n}", "甲", "试", office.now)
    first = boss.get(f"{URL}/history").text
    assert "全天59" in first
    assert "下一页" in first
    after = first.split("history?after=")[1].split('"')[0]
    assert "全天5<" in boss.get(f"{URL}/history?after={after}").text.replace("全天5</td>", "全天5<")
