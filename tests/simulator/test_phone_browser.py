"""The phone page in a real Chromium: what a person sees, taps and cannot be tricked by."""

import shutil

import pytest

from bot.simulator.notices import FIRST_ONCE_ID

from .conftest import text_reply
from .test_refusals_outreach import NOTICE_DATA

webdriver = pytest.importorskip("selenium.webdriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which("chromedriver"), reason="needs chromium and chromium-driver"),
]

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=375,760"
)
NASTY = (
    '好<a href="weixin://bizmsgmenu?msgmenucontent=%E7%AD%94%E9%A2%98&msgmenuid=7">答题</a>'
    '<a href="https://example.cn/">官网</a><a href="javascript:window.hacked=1">坏</a>'
    "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
)


@pytest.fixture
def page(api, tmp_path):
    """The phone of somebody who has just followed, and a way to run scripts on it."""
    options = webdriver.ChromeOptions()
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path}"]:
        options.add_argument(flag)
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.get(f"http://127.0.0.1:{api.port}/simulator/")
    yield driver
    driver.quit()


def see(page, script):
    """Wait until `script` gives something true, and return it."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(page, 120, 0.05).until(lambda driver: driver.execute_script(f"return {script}"))


def click(page, selector):
    see(page, f"!!document.querySelector({selector!r})?.checkVisibility()")
    page.find_element("css selector", selector).click()


def test_person_follows_taps_a_link_and_writes(page, bot):
    bot.replies(lambda received: text_reply(received, NASTY))
    click(page, "#follow")
    click(page, ".theirs .tap")
    see(page, "document.querySelectorAll('.theirs').length === 2")
    assert (bot.last.field("Content"), bot.last.field("bizmsgmenuid")) == ("答题", "7")
    page.find_element("id", "words").send_keys("灭火器怎么用\n")
    see(page, "document.querySelectorAll('.theirs').length === 3")
    assert bot.last.field("Content") == "灭火器怎么用"


def test_reply_cannot_run_anything(page, bot):
    bot.replies(lambda received: text_reply(received, NASTY))
    click(page, "#follow")
    bubble = see(page, "document.querySelector('.theirs .bubble')")
    assert "<script>window.hacked=1</script>" in bubble.text
    links = [link.get_attribute("href") for link in bubble.find_elements("css selector", "a")]
    assert links == ["https://example.cn/"]
    assert not bubble.find_elements("css selector", "img, script")
    assert page.execute_script("return window.hacked") is None


def test_menu_opens_and_pushes_a_click(page, bot, api):
    button = {"type": "click", "name": "隐患举报", "key": "REPORT"}
    api.post("/cgi-bin/menu/create", {"button": [{"name": "我要", "sub_button": [button]}]})
    bot.replies(lambda received: text_reply(received, received.field("EventKey") or "欢迎"))
    click(page, "#follow")
    click(page, ".menu-face")
    click(page, ".menu-list button")
    see(page, "[...document.querySelectorAll('.theirs')].at(-1)?.textContent === 'REPORT'")
    assert bot.last.field("Event") == "CLICK"


def test_pushed_message_appears_by_itself(page, bot, api):
    click(page, "#follow")
    see(page, "!document.querySelector('#foot').hidden")
    openid = page.execute_script("return phone.openid")
    options = {"head_content": "有帮助吗", "list": [{"id": "1", "content": "有"}]}
    message = {"touser": openid, "msgtype": "msgmenu", "msgmenu": options}
    assert api.post("/cgi-bin/message/custom/send", message).errcode == 0
    assert see(page, "document.querySelector('.options .tap')?.textContent") == "有"


def test_narrow_page_does_not_scroll_sideways(page, bot):
    bot.replies(lambda received: text_reply(received, "长" * 300 + "x" * 300))
    click(page, "#follow")
    see(page, "document.querySelector('.theirs')")
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_person_accepts_a_notice_and_reads_it(page, api, bot, simulator):
    click(page, "#follow")
    click(page, "#plus")
    click(page, "[data-open=notice]")
    click(page, "#sheet button:first-child")
    openid = see(page, "document.getElementById('phones').value")
    see(page, "phone.notices[0]?.left === 1")
    assert simulator.wait_idle(10)
    assert bot.last.field("Event") == "subscribe_msg_popup_event"
    body = {"touser": openid, "template_id": FIRST_ONCE_ID, "data": NOTICE_DATA}
    assert api.post("/cgi-bin/message/subscribe/bizsend", body).errcode == 0
    assert "大风" in see(page, "document.querySelector('.notice')?.textContent")
