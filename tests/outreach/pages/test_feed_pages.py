"""The page of feeds: how they are, what came of what they told, and what a district sees of it."""

from __future__ import annotations

from bot.errors import SendError
from bot.outreach.feeds import Feeds
from bot.outreach.warnings import Warnings
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


def test_a_feed_that_is_away_for_an_hour_is_on_today(office: Office, author: Client) -> None:
    brought(office, {}, "断了的源")
    assert "预警源“断了的源0”读不到" in author.get("/staff/").text


def test_nothing_is_set_up_and_the_page_says_what_to_do(office: Office, author: Client) -> None:
    office.services.__dict__["feeds"] = Feeds(office.services.database, Warnings(office.services.database), {}, bytes)
    assert "还没有设置预警源" in text_of(author, "/feeds")
