"""Pictures that a draft names by address, looked at before review: what WeChat would show as a grey field is said.

The cover of a video is an id at the platform. What cannot be fetched from here is let pass: an office may have no way
to the outside but to the platforms.
"""

from __future__ import annotations

import http.client
import logging
import urllib.error
from collections.abc import Callable, Iterable

from bot import filekinds
from bot.outreach import fetching
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.outreach.ways import LEVELS
from bot.sending import Kind

log = logging.getLogger(__name__)

#: As material of WeChat's own; a telephone on the road loads no more. Source: developers.weixin.qq.com, 素材管理.
_MOST_BYTES = 2 << 20
#: Source: the same, 图文消息. WeCom takes these two as well.
_KINDS = (filekinds.JPG, filekinds.PNG)
#: A page waits for it.
_WHOLE_S = 6.0

#: What is wrong with a picture at an address, "" for nothing that is known.
Look = Callable[[str], str]


def wrong(draft: Draft, look: Look) -> list[str]:
    """What is wrong with the pictures of a draft, a line each."""
    found = {m.picture: "" for m in draft.content.values() if m.picture and m.kind is not Kind.VIDEO}
    for address in found:
        found[address] = look(address)
    return [f"{LEVELS[level]}：{why}" for level, why in _by_level(draft, found)]


def _by_level(draft: Draft, found: dict[str, str]) -> Iterable[tuple[Level, str]]:
    return ((level, why) for level, m in draft.content.items() if (why := found.get(m.picture, "")))


def look_at(address: str, may: fetching.May = fetching.is_outside) -> str:
    """See Look. may: whether people can reach an IP address."""
    try:
        data = fetching.fetch(address, _MOST_BYTES + 1, _WHOLE_S, may)
    except fetching.NotThereError:
        return "封面图片的地址在内网，手机打不开，请换成公网上的地址"
    except urllib.error.HTTPError as e:
        gone = e.code in (404, 410)
        return f"封面图片的地址打不开（HTTP {e.code}），请核对" if gone else ""
    except (OSError, ValueError, http.client.HTTPException) as e:
        log.info("a picture could not be looked at", extra={"error": type(e).__name__})
        return ""
    if len(data) > _MOST_BYTES:
        return "封面图片超过 2 MB，请缩小"
    return "" if filekinds.look(data) in _KINDS else "封面图片的地址上不是 jpg 或 png 图片"
