"""Feeds of official warnings: three formats, each item once, nothing without issuer, time and region."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bot.errors import OutreachError, SendError
from bot.outreach.feeds import Feeds, feeds_of, fetch, read
from bot.outreach.states import State
from bot.outreach.warnings import Warnings
from bot.settings import BEIJING
from bot.store.database import Database
from bot.store.tables import metadata

NOW = datetime(2027, 6, 20, 22, 0, tzinfo=BEIJING)
CAP = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>gd-1</identifier>
<sent>2027-06-20T21:30:00+08:00</sent>
<status>{status}</status><msgType>Alert</msgType><info><senderName>江门市气象台</senderName>
<expires>2027-06-21T03:30:00+08:00</expires>
<headline>暴雨橙色预警</headline><description>未来三小时有五十毫米以上降雨。</description>
<area><areaDesc>广东省江门市江海区、广东省江门市蓬江区</areaDesc></area></info></alert>"""
RSS = """<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>预警</title>
<item><title>台风蓝色预警</title>
<dc:creator>{issuer}</dc:creator><pubDate>Sun, 20 Jun 2027 21:30:00 +0800</pubDate><guid>2</guid>
<description>&lt;p&gt;台风将于今夜靠近。&lt;/p&gt;</description><category>{region}</category></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>3</id><title>森林火险</title>
<author><name>广东省森林防灭火指挥部</name></author>
<updated>2027-06-20T21:00:00+08:00</updated><summary>严禁野外用火。</summary><category term="广东省"/></entry></feed>"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(database.engine)
    yield database
    database.close()


def feeds(database: Database, *texts: str) -> Feeds:
    held = {f"源{n}": text for n, text in enumerate(texts)}
    return Feeds(database, Warnings(database), {name: name for name in held}, lambda name: held[name].encode())


@pytest.mark.parametrize(
    ("text", "issuer", "said", "regions"),
    [
        (CAP.format(status="Actual"), "江门市气象台", "未来三小时有五十毫米以上降雨。",
         ("广东省江门市江海区", "广东省江门市蓬江区")),
        (RSS.format(issuer="广东省气象台", region="广东省"), "广东省气象台", "台风将于今夜靠近。", ("广东省",)),
        (ATOM, "广东省森林防灭火指挥部", "严禁野外用火。", ("广东省",)),
    ],
)  # fmt: skip
def test_every_format_gives_issuer_time_text_and_regions(
    text: str, issuer: str, said: str, regions: tuple[str, ...], database: Database
) -> None:
    held = feeds(database, text)
    assert [held.run(NOW), held.run(NOW)] == [1, 0]
    (warning,) = Warnings(database).current(NOW)
    assert (warning.official.issuer, warning.official.text, warning.official.regions) == (issuer, said, regions)
    assert (warning.broadcast, warning.by) == (State.DRAFT, "源0")
    assert held.seen()[0].state == "relayed"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CAP.format(status="Exercise"), "演练"),
        (RSS.format(issuer="", region="广东省"), "没有写发布单位"),
        (RSS.format(issuer="某某公司", region="广东省"), "有权发布的单位"),
        (RSS.format(issuer="广东省气象台", region=""), "没有写影响地区"),
        (RSS.format(issuer="广东省气象台", region="江门市"), "没有从省写起"),
        (
            RSS.format(issuer="广东省气象台", region="广东省").replace("Sun, 20 Jun 2027 21:30:00 +0800", "昨天"),
            "没有写发布时间",
        ),
        (ATOM.replace("2027-06-20T21", "2027-06-18T21"), "已经失效"),
    ],
)
def test_what_may_not_be_relayed_is_refused_once_and_staff_see_why(text: str, why: str, database: Database) -> None:
    held = feeds(database, text)
    assert [held.run(NOW), held.run(NOW)] == [0, 0]
    (seen,) = held.seen()
    assert (seen.state, why in seen.why) == ("refused", True)
    assert Warnings(database).current(NOW) == []


def test_a_feed_that_is_away_or_broken_keeps_nobody_from_the_others(database: Database) -> None:
    def away(address: str) -> bytes:
        if address == "away":
            raise SendError("away")
        return ATOM.encode() if address == "good" else b"<html/>"

    names = {"away": "away", "broken": "broken", "good": "good"}
    assert Feeds(database, Warnings(database), names, away).run(NOW) == 1


def test_the_same_warning_of_two_feeds_is_one(database: Database) -> None:
    assert feeds(database, ATOM, ATOM).run(NOW) == 2
    assert len(Warnings(database).current(NOW)) == 1


def test_hostile_xml_is_not_read() -> None:
    with pytest.raises(OutreachError, match="DOCTYPE"):
        read(b'<!DOCTYPE x [<!ENTITY a "aa">]><rss>&a;</rss>', "源")
    with pytest.raises(OutreachError, match="DOCTYPE"):
        read('<!DOCTYPE x [<!ENTITY a "aa">]><rss>&a;</rss>'.encode("utf-16"), "源")


ODD_TIMES = [
    "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "Mon, 01 Jan 0001 00:00:00 +0800", "9" * 5000, "\u0661",
    "Fri, 31 Dec 9999 23:59:59 -0800", "Sun, 20 Jun 2027 21:30:00 +9999",
]  # fmt: skip


@pytest.mark.parametrize("said", ODD_TIMES, ids=range(len(ODD_TIMES)))
def test_no_time_of_a_feed_stops_the_others(said: str, database: Database) -> None:
    odd = ATOM.replace("2027-06-20T21:00:00+08:00", said)
    assert feeds(database, odd, CAP.format(status="Actual")).run(NOW) == 1
    with pytest.raises(OutreachError, match="不是 XML"):
        read(b"no", "源")


@pytest.mark.parametrize("setting", ["源=http://example.cn/a", "https://example.cn", "源=ftp://example.cn", "源="])
def test_only_https_addresses_of_the_settings_are_fetched(setting: str) -> None:
    with pytest.raises(OutreachError, match="outreach.feeds"):
        feeds_of(setting)
    assert feeds_of("甲=https://a.cn/x?b=1；乙=https://b.cn") == {"甲": "https://a.cn/x?b=1", "乙": "https://b.cn"}


def test_nobody_sends_us_on_to_another_address() -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/good" else 302)
            self.send_header("Location", "/good")
            self.end_headers()
            self.wfile.write(b"<rss/>" if self.path == "/good" else b"")

        def log_message(self, *_args: object) -> None:
            """Silence."""

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        assert fetch(f"{base}/good") == b"<rss/>"
        with pytest.raises(SendError):
            fetch(f"{base}/moved")
        server.shutdown()
        thread.join()


def test_how_each_feed_is_can_be_seen(database: Database) -> None:
    texts = {"好的": RSS.format(issuer="广东省气象台", region="广东省"), "坏的": "<html></html>"}

    def get(name: str) -> bytes:
        if name not in texts:
            raise SendError("the feed did not answer: TimeoutError")
        return texts[name].encode()

    held = Feeds(database, Warnings(database), {"好的": "好的", "坏的": "坏的", "没有": "没有"}, get)
    assert [one.at for one in held.conditions()] == [None, None, None]
    held.run(NOW)
    good, bad, away = held.conditions()
    assert (good.is_broken, good.items, good.error) == (False, 1, "")
    assert (bad.is_broken, bad.good_at, "不是 RSS" in bad.error) == (True, None, True)
    assert "没有回应" in away.error
    texts["坏的"] = texts.pop("好的")
    held.run(NOW + timedelta(minutes=5))
    good, bad, _ = held.conditions()
    assert (good.is_broken, good.good_at) == (True, NOW)
    assert (bad.is_broken, bad.error_at) == (False, NOW)
    seen = held.seen()[0]
    assert (seen.state, seen.regions, seen.broadcast) == ("relayed", ("广东省",), State.DRAFT)
