"""Every page that the table of routes knows, at both widths: sound for a screen reader, without an error.

One office, one browser a width; what the pages need is put in by their own forms. Routes that are a part of a page or a
file are named below: a new page is walked by itself, or is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from bot.people.units import Unit, store
from bot.staff import Role
from tests.console.pages import NOW, Client
from tests.system.console_browser import Desk, browser_marks, desk, site  # noqa: F401

pytestmark = browser_marks

#: Parts of pages, answers to scripts, and files.
NO_PAGE = re.compile(
    r"\.(?:svg|xlsx|zip)$|/(?:new|reply|snippets|standing|events|progress|part|reach|ahead|live|file|lists|articles|bound|drafts|saved)$"
)
#: … among which these are pages all the same.
PAGES = re.compile(r"^/staff/(?!conversations).*/new$|/outreach/tips$")
#: They lead elsewhere, or show what no form of this office can put in: an import, an export, a talk, a plan.
ELSEWHERE = re.compile(r"/(?:conversations|progress|exports|imports|plans|campaigns|menu|unanswered)/.*<")
VALUES = {
    "key": "answers.answer_at", "number": "1", "name": "texts", "kind": "followers",
}  # fmt: skip
MORE = (
    "/staff/knowledge/ask?q=几度停工",
    "/staff/settings/values/item/hotlines.own",
    "/staff/nowhere",
    "/staff/accounts/999",
    "/staff/people/units?after=zz",
    "/staff/conversations/search?q=没有的",
)


def furnished(desk: Desk) -> Client:  # noqa: F811
    """Somebody who may do everything, and one of each thing."""
    boss = desk.office.sign_in(Role.ADMINISTRATOR)
    with desk.office.services.database.begin() as db:
        store(
            db, [Unit("一个名字长得一行放不下的有限责任公司第一分公司机械制造车间", "企业", "广东省江门市江海区")], NOW
        )
        from bot.people import followers

        followers.ensure(db, "official", "oEVERY00000000000000000000001", datetime.now(UTC))
    words = "长" * 300
    typed = {"title": "看看" * 30, "public-kind": "text", "public-body": words, "channels": ["official.service"]}
    boss.post("/staff/outreach/broadcasts/new", typed)
    boss.post(
        "/staff/people/segments/new", {"name": "江海区的企业", "region": "广东省江门市江海区", "audience": ["企业"]}
    )
    return boss


def addresses(desk: Desk, boss: Client) -> Iterator[str]:  # noqa: F811
    tip = next(iter(desk.office.services.tips.tips)).id
    entry = re.findall(r'/staff/knowledge/entries/([\w-]+)"', boss.get("/staff/knowledge/").text)[0]
    values = {**VALUES, "entry": entry}
    for rule in sorted(desk.office.app.url_map.iter_rules(), key=str):
        path = str(rule)
        skipped = "/static/" in path or ELSEWHERE.search(path)
        if "GET" not in (rule.methods or ()) or skipped or (NO_PAGE.search(path) and not PAGES.search(path)):
            continue
        if path.startswith("/staff/"):
            held = {**values, "name": tip if "tips" in path else "texts"}
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda m, h=held: quote(str(h[m[1]])), path)


def test_every_page_is_sound(desk: Desk) -> None:  # noqa: F811
    boss = furnished(desk)
    desk.become(boss)
    found = ["/", *addresses(desk, boss), *MORE]
    assert len(found) > 50, found
    wrong = {}
    for path in found:
        try:
            desk.open(path)
        except AssertionError as e:
            wrong[path] = str(e)[:400]
    assert not wrong


def test_forms_that_come_back_are_sound_and_take_the_focus(desk: Desk) -> None:  # noqa: F811
    desk.sign_in(Role.ADMINISTRATOR)
    for path, button in (
        ("/staff/accounts/new", "添加"), ("/staff/people/units/new", "新建"), ("/staff/outreach/warnings", "转发"),
        ("/staff/settings/values/item/office.phone", "保存"), ("/staff/knowledge/new", "提交审核"),
    ):  # fmt: skip
        desk.open(path)
        desk.press(button)
        desk.sees("有地方要改")
        desk.is_sound()
        focused = desk.driver.execute_script("return document.activeElement.className")
        assert "problem" in focused, path


def test_the_keyboard_reaches_the_text_first_and_opens_what_asks(desk: Desk) -> None:  # noqa: F811
    from selenium.webdriver.common.keys import Keys

    desk.sign_in(Role.ADMINISTRATOR)
    desk.open("/staff/settings/switches")
    active = desk.driver.switch_to.active_element
    active.send_keys(Keys.TAB)
    skip = desk.driver.switch_to.active_element
    assert skip.text == "跳到正文"
    skip.send_keys(Keys.ENTER)
    assert desk.driver.execute_script("return document.activeElement.id") == "main"


@pytest.mark.parametrize("desk", ["phone"], indirect=True)
def test_what_is_touched_is_large_enough(desk: Desk) -> None:  # noqa: F811
    boss = desk.sign_in(Role.ADMINISTRATOR)
    links = [link.url for section in desk.office.console.sections(boss.staff) for link in section.links]
    small = (
        "const typed = 'input:not([type=hidden], [type=checkbox], [type=radio])';"
        "return [...document.querySelectorAll(`.button, select, ${typed}`)]"
        ".filter((e) => e.getClientRects().length && e.getBoundingClientRect().height < 44 && !e.closest('.file'))"
        ".map((e) => e.outerHTML.slice(0, 120))"
    )
    found = {}
    for path in links:
        desk.driver.get(desk.site.base + path)
        if held := desk.driver.execute_script(small):
            found[path] = held
    assert not found
