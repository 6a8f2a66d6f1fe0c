"""The page of feeds: how they are, what came of what they told, and what a district sees of it."""

from __future__ import annotations

import threading
from urllib.parse import quote

from bot.errors import SendError
from bot.outreach.feeds import Feeds
from bot.outreach.warnings import Warnings
from bot.staff import Role
from tests.console.pages import Client, Office

from .conftest import EAST, EVIL, WEST, text_of

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>{n}</id><title>{title}</title>
<author><name>{issuer}</name></author><updated>2026-06-01T08:00:00+08:00</updated><summary>严禁野外用火。</summary>
<category term="{region}"/></entry></feed>"""


def brought(office: Office, texts: dict[str, str], called: str = "源") -> None:
    def get(address: str) -> bytes:
        if address not in texts:
            raise SendError("the feed did not answer: OSError")
        return texts[address].encode()

    services = office.services
    names = {f"{called}{n}": address for n, address in enumerate([*texts, "https://away.example/key=secret"])}
    services.__dict__["feeds"] = Feeds(services.database, Warnings(services.database), names, get)
    services.feeds.run(office.now)


def test_staff_see_how_feeds_are_and_what_came_of_them(office: Office, author: Client, district: Client) -> None:
    safe = EVIL.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace("'", "&apos;")
    texts = {
        "https://a.example": ATOM.format(n=1, title=safe, issuer="江门市森林防灭火指挥部", region=EAST),
        "https://b.example": ATOM.format(n=2, title="西边的预警", issuer="江门市森林防灭火指挥部", region=WEST),
        "https://c.example": ATOM.format(n=3, title="谁都可以发", issuer="某公司", region=EAST),
    }
    brought(office, texts)
    page = text_of(author, "/feeds")
    for told in ("正常", "读不到", "没有回应", "away.example", "等同事看过再发", "西边的预警", "没有转发", "有权发布"):
        assert told in page
    assert "secret" not in page
    assert "<script>alert" not in page
    local = text_of(district, "/feeds")
    assert "&lt;script&gt;" in local
    assert "西边的预警" not in local
    assert "谁都可以发" not in local


def test_staff_read_the_feeds_now_and_see_what_came_of_it(office: Office, author: Client) -> None:
    texts: dict[str, str] = {"https://d.example": ATOM.format(n=4, title="旧的", issuer="江门市气象台", region=EAST)}
    brought(office, texts, "现读")
    too_soon = author.post("/staff/outreach/feeds/read")
    assert "刚刚读过" in too_soon.text
    office.pass_time(minutes=1)
    texts["https://d.example"] = ATOM.format(n=5, title="刚发布的", issuer="江门市气象台", region=EAST)
    began = author.post("/staff/outreach/feeds/read")
    assert began.status_code == 303
    threads = [thread for thread in threading.enumerate() if thread.name == "feeds"]
    for thread in threads:
        thread.join(60)
    page, auditor = author.get(began.location).text, office.sign_in(Role.AUDITOR)
    for told in ("读不到：现读1", "读到新的 1 条：1 条存成紧急草稿", "刚发布的"):
        assert told in page
    assert "every 1s" not in page
    assert "现在读取预警源" in auditor.get("/staff/audit/").text
    assert "现在读取" not in auditor.get("/staff/outreach/feeds").text


def test_a_reading_that_goes_on_shows_itself(office: Office, author: Client) -> None:
    brought(office, {"https://e.example": ATOM.format(n=6, title="甲", issuer="江门市气象台", region=EAST)}, "慢")
    office.pass_time(minutes=1)
    at = quote(office.now.isoformat())
    for path in (f"/feeds?since={at}", f"/feeds/part?since={at}"):
        page = text_of(author, path)
        assert "正在读：慢0、慢1" in page
        assert "every 1s" in page
    office.pass_time(minutes=3)
    assert "没有读完：慢0、慢1" in text_of(author, f"/feeds?since={at}")


def test_a_feed_that_is_away_for_an_hour_is_on_today(office: Office, author: Client) -> None:
    brought(office, {}, "断了的源")
    assert "预警源“断了的源0”读不到" in author.get("/staff/").text


def test_nothing_is_set_up_and_the_page_says_what_to_do(office: Office, author: Client) -> None:
    office.services.__dict__["feeds"] = Feeds(office.services.database, Warnings(office.services.database), {}, bytes)
    assert "还没有设置预警源" in text_of(author, "/feeds")
