"""What the newest pages of the invented office show: words of danger in review, feeds, what the account keeps."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from bot.errors import SendError
from bot.outreach.feeds import Feeds
from bot.outreach.warnings import Warnings

if TYPE_CHECKING:
    from tools.office import Furnished

_OUT, _KNOW = "/staff/outreach", "/staff/knowledge"
_HERE = "广东省江门市江海区"
_FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><title>预警</title>
<entry><id>1</id><title>江门市气象台发布暴雨黄色预警信号</title><author><name>江门市气象台</name></author>
<updated>2026-06-16T09:40:00+08:00</updated><category term="广东省江门市江海区"/>
<summary>预计未来6小时江海区有50毫米以上降雨，请注意防范。</summary></entry>
<entry><id>2</id><title>天气小知识：什么是对流</title><author><name>江门天气</name></author>
<updated>2026-06-16T09:00:00+08:00</updated><category term="广东省江门市江海区"/><summary>对流是什么。</summary></entry>
</feed>"""
_UPLOADS = ("咨询日海报.png", "用电安全漫画.png", "逃生示意图.png")


def newest(held: Furnished) -> None:
    """Put it in, as staff do."""
    _danger(held)
    _feeds(held)
    _media(held)


def _poster(red: int, green: int, blue: int) -> bytes:
    """A small picture: a coloured sheet with a light band, as posters have a title."""
    rows = []
    for y in range(80):
        light = 15 < y < 32
        rows.append(b"\0" + bytes((245, 245, 235) if light else (red, green + y, blue)) * 120)
    head = struct.pack(">IIBBBBB", 120, 80, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _danger(held: Furnished) -> None:
    said = "火烛=着火\n煤气跑味=漏气\n烧烤摊着火锅=不是险情\n插座冒蓝光=隐患：用电"
    held.author.post(f"{_KNOW}/danger", {"pairs": said, "do": "submit", "why": "礼乐街道的老人这样说"})
    held.at["danger"] = f"{_KNOW}/danger"


def _feeds(held: Furnished) -> None:
    def get(address: str) -> bytes:
        if "away" in address:
            raise SendError("the feed did not answer")
        return _FEED.encode()

    services, now = held.office.services, datetime.now(UTC)
    names = {"江门气象": "https://weather.example/feed", "三防办": "https://away.example/feed"}
    services.__dict__["feeds"] = Feeds(services.database, Warnings(services.database), names, get)
    services.feeds.run(now)
    held.at["feeds"] = f"{_OUT}/feeds?since={now.strftime('%Y-%m-%dT%H:%M:%SZ')}"


def _media(held: Furnished) -> None:
    for n, name in enumerate(_UPLOADS):
        picture = _poster(60 + 70 * n, 130, 190 - 60 * n)
        held.author.post(f"{_OUT}/media", {"kind": "image", "file": (BytesIO(picture), name)})
    form = {"title": "咨询日海报", "public-kind": "image", "to-region": _HERE, "channels": ["official.service"]}
    shelf = held.office.services.media
    media = shelf.items("image", "", datetime.now(UTC), 1)[0].media_id  # type: ignore[arg-type]
    answer = held.author.post(f"{_OUT}/broadcasts/new", {**form, "public-image": media})
    held.at["picture"] = f"{answer.location}/edit"
    held.at["library"] = f"{_OUT}/media/library?kind=image"
