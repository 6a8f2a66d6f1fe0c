"""The chat page in a real Chromium, over real HTTP: what a person on a phone or a desk sees and does."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from bot.channels.web import ArticlePage, Chapter, Opening, StatutePage, create_blueprint, register_errors
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.inbox import Inbox
from bot.messages import Choice, Citation, Inbound, Reply
from bot.settings import OfficeSettings
from bot.store.database import Database
from bot.store.kv import MemoryKeyValue
from bot.store.records import Records

webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="needs chromium and chromium-driver"),
]

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --force-prefers-reduced-motion"
)
LAW = "中华人民共和国消防法"
TEXT = "任何单位、个人不得占用、堵塞、封闭疏散通道、安全出口、消防车通道。"
ANSWERS = {
    "电动车能停楼道吗": Reply(
        "不能。电动自行车不得停放在楼道、楼梯间等公共门厅，也不得在这里充电。\n"
        "停到集中停放充电的地方，充电时远离可燃物。\n依据：《消防法》第二十八条（2021年4月29日修正版）",
        (
            Choice("fine", "楼道停电动车罚多少", "楼道停电动车罚多少"),
            Choice("report", "楼道堆东西向谁举报", "楼道堆东西向谁举报"),
            Choice("charge", "电动车充电要注意什么", "电动车充电要注意什么"),
        ),
        (Citation("《消防法》第二十八条", LAW, "第二十八条"), Citation("《电动自行车安全手册》")),
    ),
    "楼道停电动车罚多少": Reply("个人处警告或者五百元以下罚款。"),
    "注入": Reply("<img src=x onerror=document.title='hacked'><b>粗</b>"),
}
#: What an audit of the page must not find: text below 4.5:1 against what lies behind it (WCAG 2.2, 1.4.3).
LOW_CONTRAST = """
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0.5) return c;
    }
    return [255, 255, 255];
  };
  const hasWords = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return [...document.querySelectorAll("body *")]
    .filter((e) => hasWords(e) && e.checkVisibility() && !e.closest(".unseen, .who, .skip"))
    .filter((e) => {
      const pair = [channels(getComputedStyle(e).color), behind(e)].map(luminance).sort((a, b) => b - a);
      return (pair[0] + 0.05) / (pair[1] + 0.05) < 4.5;
    }).map((e) => e.className + ": " + e.textContent.slice(0, 20));
"""


class Shelf:
    """One law with two articles."""

    def statutes(self) -> list[str]:
        return [LAW]

    def statute(self, title: str) -> StatutePage | None:
        chapters = (Chapter("第二章 火灾预防", (Opening("第二十七条", "电器产品…"), Opening("第二十八条", TEXT))),)
        facts = {"issuer": "全国人民代表大会常务委员会", "effective": "2009-05-01", "status": "现行有效"}
        return StatutePage(title=title, region="全国", chapters=chapters, **facts) if title == LAW else None

    def article(self, title: str, number: str) -> ArticlePage | None:
        if (title, number) not in ((LAW, "第二十七条"), (LAW, "第二十八条")):
            return None
        return ArticlePage(
            law=title, number=number, text=TEXT, chapter="第二章 火灾预防", issuer="全国人民代表大会常务委员会",
            effective="2009-05-01", status="现行有效", region="全国", previous="第二十七条", next="",
        )  # fmt: skip

    def words(self, text: str) -> list[str]:
        return ["疏散通道", "消防"] if text else []


@dataclass
class Site:
    """The site over HTTP. swallow: so many answers are lost on the way back, as when a phone has no signal."""

    app: Flask
    url: str = ""
    swallow: int = 0
    heard: list[Inbound] = field(default_factory=list)

    def handle(self, inbound: Inbound, session: Session, _now: datetime) -> Turn:
        self.heard.append(inbound)
        long = Reply("很长的回答。\n" * 80)
        return Turn(ANSWERS.get(inbound.text, long), session)

    def wsgi(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        answer = self.app.wsgi_app
        if environ["PATH_INFO"] == "/api/chat" and self.swallow:
            self.swallow -= 1
            b"".join(answer(environ, lambda *_: lambda _data: None))
            start("502 Bad Gateway", [("Content-Type", "text/html")])
            return [b"<h1>502</h1>"]
        return answer(environ, start)


@pytest.fixture
def site(tmp_path) -> Iterator[Site]:
    database = Database(f"sqlite:///{tmp_path / 'bot.db'}")
    database.migrate()
    site = Site(Flask("site"))
    records = Records(database, tmp_path / "spool.jsonl")
    inbox = Inbox(MemoryKeyValue(), records, [site.handle], deadline_s=4.0, failure=lambda: Reply("系统刚才出了点问题"))
    office = OfficeSettings(name="江门市江海区安全生产委员会办公室", phone="12345")
    site.app.register_blueprint(create_blueprint(inbox, Shelf(), lambda: office, lambda: 1_790_000_000.0))
    register_errors(site.app)
    server = make_server("127.0.0.1", 0, site.wsgi, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    site.url = f"http://127.0.0.1:{server.port}"
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
    database.close()


class Page:
    """A browser with the chat page open, and hands to use it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def see(self, script: str) -> Any:
        """Wait until the expression gives something true, and return it."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, 120, 0.05).until(lambda d: d.execute_script(f"return {script}"))

    def find(self, selector: str) -> Any:
        return self.see(f"document.querySelector({selector!r})")

    def element(self, selector: str, start: str = "") -> Any:
        """As `find`, without any script of ours: wait for the element whose text starts so."""
        from selenium.common.exceptions import StaleElementReferenceException
        from selenium.webdriver.support.ui import WebDriverWait

        def there(driver: Any) -> Any:
            return next((e for e in driver.find_elements("css selector", selector) if e.text.startswith(start)), None)

        return WebDriverWait(self.driver, 120, 0.05, [StaleElementReferenceException]).until(there)

    def types(self, text: str) -> None:
        self.find("#text").send_keys(text)

    def asks(self, text: str) -> str:
        """Type, press Enter, wait for the answer; its text."""
        before = self.driver.execute_script("return document.querySelectorAll('.bot .text').length")
        self.types(f"{text}\n")
        return str(self.see(f"[...document.querySelectorAll('.bot .text')].slice({before}).at(-1)?.textContent"))

    def has_side_scroll(self) -> bool:
        # Against screen.width: innerWidth grows with the page where a phone zooms out to show all of it.
        script = "const r = document.scrollingElement, l = document.getElementById('log');"
        overflow = "return r.scrollWidth > screen.width || (l !== null && l.scrollWidth > l.clientWidth)"
        return bool(self.driver.execute_script(script + overflow))

    def complaints(self) -> list[str]:
        """What the browser wrote to its console."""
        return [line["message"] for line in self.driver.get_log("browser")]


@pytest.fixture
def open_page(site, tmp_path) -> Iterator[Callable[..., Page]]:
    drivers = []

    def open_(width: int = 375, height: int = 812, *, script: bool = True, dark: bool = False) -> Page:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        if not script:
            setting = {"profile.managed_default_content_settings.javascript": 2}
            options.add_experimental_option("prefs", setting)
        for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path / f'profile{len(drivers)}'}"]:
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
        drivers.append(driver)
        size = {"width": width, "height": height, "screenWidth": width, "screenHeight": height}
        size |= {"deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        driver.get(site.url)
        return Page(driver)

    yield open_
    for driver in drivers:
        driver.quit()


@pytest.fixture
def page(open_page) -> Page:
    return open_page()


def test_visitor_asks_taps_on_and_reads_the_source(page):
    assert page.asks("电动车能停楼道吗").startswith("不能。电动自行车")
    page.find(".bot .chip").click()
    page.see("[...document.querySelectorAll('.bot .text')].at(-1)?.textContent === '个人处警告或者五百元以下罚款。'")
    assert page.driver.execute_script("return [...document.querySelectorAll('.mine')].at(-1).textContent").endswith(
        "楼道停电动车罚多少"
    )
    page.find(".sources a").click()
    assert page.find(".article").text == TEXT
    assert [m.text for m in page.driver.find_elements("css selector", "mark")] == ["疏散通道", "消防"]
    page.find(".back a").click()
    page.see("document.querySelectorAll('.mine').length === 2")
    assert page.complaints() == []


def test_first_question_can_be_tapped(page, site):
    page.find(".first .chip").click()
    page.see("document.querySelector('.bot .text')")
    assert site.heard[0].text == "电动车能停楼道吗"


def test_line_breaks_stay_and_shift_enter_makes_them(page, site):
    from selenium.webdriver import Keys

    page.types("第一行")
    page.find("#text").send_keys(Keys.SHIFT, Keys.ENTER)
    page.asks("第二行")
    assert site.heard[0].text == "第一行\n第二行"
    assert page.find(".mine .bubble").text == "第一行\n第二行"


def test_question_lost_on_the_way_is_sent_again_and_carried_out_once(page, site):
    site.swallow = 1
    assert page.asks("楼道停电动车罚多少") == "个人处警告或者五百元以下罚款。"
    assert len(site.heard) == 1


def test_dead_line_is_said_and_the_question_can_be_sent_again(page, site):
    site.swallow = 3
    assert "119" in page.asks("楼道停电动车罚多少")
    page.find(".again").click()
    page.see("[...document.querySelectorAll('.bot .text')].at(-1)?.textContent === '个人处警告或者五百元以下罚款。'")
    assert page.driver.execute_script("return document.querySelectorAll('.turn').length") == 2
    assert len(site.heard) == 1


def test_reply_cannot_become_html(page):
    assert page.asks("注入").startswith("<img src=x")
    assert not page.driver.find_elements("css selector", ".bot img, .bot b")
    assert "hacked" not in page.driver.title
    assert page.complaints() == []


def test_long_answer_is_read_from_its_beginning_with_numbers_and_field_in_sight(page):
    page.asks("讲长一点")
    top = "document.querySelector('.mine').getBoundingClientRect().top"
    page.see(f"{top} >= 0 && {top} < 200")
    for selector in (".calls a", "#text", ".send"):
        box = page.find(selector).rect
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 812


@pytest.mark.parametrize("width", [320, 375, 1200])
def test_nothing_scrolls_sideways_even_in_large_text(open_page, site, width):
    page = open_page(width)
    page.find("#size").click()
    page.asks("长" + "网址www.example.com/abcdefghijklmnopqrstuvwxyz" * 3)
    page.asks("电动车能停楼道吗")
    assert not page.has_side_scroll()
    page.find(".sources a").click()
    page.find(".article")
    assert not page.has_side_scroll()
    page.driver.get(f"{site.url}/law/{LAW}")
    page.find(".contents")
    assert not page.has_side_scroll()


def test_large_text_is_remembered(page):
    size = "parseFloat(getComputedStyle(document.body).fontSize)"
    normal = page.see(size)
    page.find("#size").click()
    page.driver.refresh()
    assert page.see(size) > normal * 1.2
    assert page.find("#size").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("dark", [False, True])
def test_words_stand_out_from_their_ground(open_page, dark):
    page = open_page(dark=dark)
    page.asks("电动车能停楼道吗")
    assert page.driver.execute_script(LOW_CONTRAST) == []
    page.find(".sources a").click()
    page.find(".article")
    assert page.driver.execute_script(LOW_CONTRAST) == []


def test_everything_tappable_is_big_enough_for_a_thumb(page):
    page.asks("电动车能停楼道吗")
    small = page.driver.execute_script(
        "return [...document.querySelectorAll('button, .calls a, .sources a, textarea')].filter((e) => "
        "e.checkVisibility() && Math.min(e.offsetHeight, e.offsetWidth) < 36).map((e) => e.textContent)"
    )
    assert small == []


def test_page_can_be_used_with_the_keyboard_alone(page):
    from selenium.webdriver import Keys
    from selenium.webdriver.common.action_chains import ActionChains

    stops = ["skip", "size", "log", "chip", "text", "send"]
    names = []
    for _ in range(16):
        ActionChains(page.driver).send_keys(Keys.TAB).perform()
        names.append(page.driver.execute_script("return document.activeElement.id || document.activeElement.className"))
    assert [name for name in dict.fromkeys(names) if name in stops] == stops


def test_answers_are_announced(page):
    log = page.find("#log")
    assert (log.get_attribute("role"), log.get_attribute("aria-live")) == ("log", "polite")
    page.asks("电动车能停楼道吗")
    assert log.get_attribute("aria-busy") is None


def test_page_works_without_script(open_page):
    page = open_page(script=False)
    page.element("#text").send_keys("电动车能停楼道吗")
    page.element(".send").click()
    page.element(".bot .text", "不能。电动自行车")
    assert page.element(".mine").rect["y"] < 300  # in sight without scrolling
    page.element(".bot .chip").click()
    page.element(".bot .text", "个人处警告或者五百元以下罚款。")
    assert not page.driver.find_element("id", "size").is_displayed()


def test_source_opens_without_script(open_page):
    page = open_page(script=False)
    page.element(".first .chip").click()
    page.element(".sources a").click()
    page.element(".article", TEXT)
