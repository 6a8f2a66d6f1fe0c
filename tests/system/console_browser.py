"""The staff site in a real Chromium, over real HTTP, for the walks in test_console_*.py.

from tests.system.console_browser import Desk, desk, site, browser_marks  # noqa: F401
pytestmark = browser_marks

def test_x(desk: Desk) -> None:              # at 1280 px and at 390 px
    desk.sign_in(Role.AUTHOR)
    desk.open("/staff/…")
    desk.fill("标题", "…"); desk.press("保存")
    desk.sees("已保存")
    desk.is_sound()                          # axe, console errors, no request to elsewhere; also after each `open`
"""

from __future__ import annotations

import base64
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from bot.staff import Role
from tests.console.pages import Client, Office, make_office

webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
axe = pytest.importorskip("selenium_axe_python", reason="needs selenium-axe-python")

from selenium.common.exceptions import WebDriverException  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.select import Select  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
browser_marks = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="needs chromium and chromium-driver"),
]
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --force-prefers-reduced-motion "
    "--hide-scrollbars --lang=zh-CN"
)
WIDTHS = {"desk": 1280, "phone": 390}
_PATIENCE_S = 120.0
#: What is right is not told: to name each element that is takes as long as to look at it.
_AXE = "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations))"


@dataclass
class Site:
    """The app behind a real port. base: http://127.0.0.1:port"""

    office: Office
    base: str


@dataclass
class Desk:
    """A browser in which somebody of the office works. clicks: buttons and links pressed since the last `sign_in`."""

    site: Site
    driver: Any
    width: int
    clicks: int = 0
    found: list[str] = field(default_factory=list)

    @property
    def office(self) -> Office:
        return self.site.office

    def sign_in(self, *roles: Role, region: str = "") -> Client:
        """A new person, who takes the place of the one before."""
        client = self.office.sign_in(*roles, region=region)
        self.become(client)
        self.clicks = 0
        return client

    def become(self, client: Client) -> None:
        """Sit another person, signed in already, before this browser."""
        self.driver.get(self.site.base + "/staff/sign-in")
        self.driver.delete_all_cookies()
        self.driver.add_cookie({"name": "staff", "value": client.word, "path": "/staff"})

    def open(self, path: str) -> None:
        """Open a page and look it over."""
        self.driver.get(self.site.base + path)
        self.is_sound()

    def press(self, label: str) -> None:
        """Click the button, link or summary with this label."""
        xpath = f"//*[self::button or self::a or self::summary or self::label][normalize-space(.)='{label}']"
        element = self._one(xpath, label)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        self.clicks += 1

    def fill(self, label: str, text: str) -> None:
        """Type into the field of this label, or choose it from a list."""
        field_ = self._field(label)
        if field_.tag_name == "select":
            Select(field_).select_by_visible_text(text)
            return
        if field_.get_attribute("type") in ("date", "time", "datetime-local", "file"):
            if field_.get_attribute("type") == "file":
                field_.send_keys(text)
            else:
                self.driver.execute_script(
                    "arguments[0].value = arguments[1];"
                    "arguments[0].dispatchEvent(new Event('input', {bubbles: true}));"
                    "arguments[0].dispatchEvent(new Event('change', {bubbles: true}))", field_, text
                )  # fmt: skip
            return
        field_.clear()
        field_.send_keys(text)

    def tick(self, label: str) -> None:
        """Tick a box or pick a choice."""
        self._field(label).click()
        self.clicks += 1

    def sees(self, text: str) -> None:
        """Wait until the page says this."""
        self._wait().until(lambda d: text in d.find_element(By.TAG_NAME, "body").text, f"the page never said {text!r}")

    def has(self, selector: str) -> None:
        """Wait until the page has something of this CSS selector."""
        self._wait().until(lambda d: d.find_elements(By.CSS_SELECTOR, selector), f"the page never had {selector}")

    def is_sound(self) -> None:
        """Nothing wrong for a screen reader, no error in the console, no request to elsewhere, nothing too wide."""
        axe.Axe(self.driver).inject()
        held = self.driver.execute_async_script(_AXE)
        bad = [v for v in held if v["impact"] in ("serious", "critical")]
        assert not bad, [(v["id"], v["help"], [n["html"][:200] for n in v["nodes"]]) for v in bad]
        errors = [e["message"] for e in self.driver.get_log("browser") if e["level"] == "SEVERE"]
        assert not [e for e in errors if "status of 4" not in e], errors
        urls = self.driver.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)")
        assert all(url.startswith(self.site.base) or url.startswith(("blob:", "data:")) for url in urls), urls
        wide = self.driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{wide} px wider than the window"

    def settles(self) -> None:
        """Wait until what the page asks for when it opens has come."""
        quiet = "return !document.querySelector('.htmx-request') && document.readyState === 'complete'"
        self._wait().until(lambda d: d.execute_script(quiet) and self._is_loaded(d))

    def _is_loaded(self, driver: Any) -> bool:
        waits = "return [...document.querySelectorAll('[hx-trigger=load]')].some((e) => e.innerText.startsWith('正在'))"
        return not driver.execute_script(waits)

    def picture(self, path: Path, tallest: int = 4000) -> None:
        """Keep the page as a picture, whole as far as it is not taller than that."""
        self.driver.execute_script(  # what keeps to the edge of the window would stand in the middle of the picture
            "for (const e of document.querySelectorAll('main *'))"
            " if (getComputedStyle(e).position === 'sticky') e.style.position = 'static'"
        )
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": self.width, "height": min(max(height, 700), tallest), "scale": 1}
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(taken["data"]))

    def _wait(self) -> Any:
        # A page that goes away while it is looked at is looked at again; the driver has several errors for that.
        return WebDriverWait(self.driver, _PATIENCE_S, ignored_exceptions=(WebDriverException,))

    def _field(self, label: str) -> Any:
        found = self._one(f"//label[starts-with(normalize-space(.), '{label}')]", label)
        return self.driver.find_element(By.ID, found.get_attribute("for"))

    def _one(self, xpath: str, label: str) -> Any:
        def shown(driver: Any) -> Any:
            return next((e for e in driver.find_elements(By.XPATH, xpath) if e.is_displayed()), None)

        return self._wait().until(shown, f"nothing on the page is labelled {label!r}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One office with its app behind a port, for the walks of a module."""
    office = make_office(tmp_path_factory.mktemp("site"))
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(office, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join(120)
    server.server_close()
    office.services.close()


@pytest.fixture(scope="module", params=list(WIDTHS))
def desk(request: pytest.FixtureRequest, site: Site) -> Iterator[Desk]:
    """A browser, at the width of a desk and of a telephone in turn."""
    driver = open_browser(WIDTHS[request.param])
    yield Desk(site, driver, WIDTHS[request.param])
    driver.quit()


def open_browser(width: int) -> Any:
    """A Chromium of this width."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if width < 500:  # a window cannot be that narrow, a telephone can
        metrics = {"width": width, "height": 844, "pixelRatio": 2, "touch": True}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    if width >= 500:
        driver.set_window_size(width, 900)
    return driver
