"""Pictures that a draft names by address, looked at before review: what WeChat would show as a grey field is said.

The cover of a video is an id at the platform. What cannot be fetched from here is let pass: an office may have no way
to the outside but to the platforms.
"""

from __future__ import annotations

import http.client
import ipaddress
import logging
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from bot import filekinds
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.outreach.ways import LEVELS
from bot.sending import Kind

log = logging.getLogger(__name__)

#: As material of WeChat's own; a telephone on the road loads no more. Source: developers.weixin.qq.com, 素材管理.
_MOST_BYTES = 2 << 20
#: Source: the same, 图文消息. WeCom takes these two as well.
_KINDS = (filekinds.JPG, filekinds.PNG)
_TIMEOUT_S = 5.0

#: What is wrong with a picture at an address, "" for nothing that is known.
Look = Callable[[str], str]


class _Stay(urllib.request.HTTPRedirectHandler):
    """Another address is another picture, and may lead anywhere."""

    def redirect_request(self, *_args: object) -> None:
        return None


def wrong(draft: Draft, look: Look) -> list[str]:
    """What is wrong with the pictures of a draft, a line each."""
    found = {m.picture: "" for m in draft.content.values() if m.picture and m.kind is not Kind.VIDEO}
    for address in found:
        found[address] = look(address)
    return [f"{LEVELS[level]}：{why}" for level, why in _by_level(draft, found)]


def _by_level(draft: Draft, found: dict[str, str]) -> Iterable[tuple[Level, str]]:
    return ((level, why) for level, m in draft.content.items() if (why := found.get(m.picture, "")))


def _is_outside(host: str) -> bool:
    found = {info[4][0] for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    return all(ipaddress.ip_address(str(address)).is_global for address in found)


def look_at(address: str, is_outside: Callable[[str], bool] = _is_outside) -> str:
    """See Look. is_outside: whether people can reach a host; raises OSError where it is not known."""
    try:
        if not is_outside(urlsplit(address).hostname or ""):
            return "封面图片的地址在内网，手机打不开，请换成公网上的地址"
        with urllib.request.build_opener(_Stay).open(address, timeout=_TIMEOUT_S) as answer:
            data = answer.read(_MOST_BYTES + 1)
    except urllib.error.HTTPError as e:
        gone = e.code in (404, 410)
        return f"封面图片的地址打不开（HTTP {e.code}），请核对" if gone else ""
    except (OSError, ValueError, http.client.HTTPException) as e:
        log.info("a picture could not be looked at", extra={"error": type(e).__name__})
        return ""
    if len(data) > _MOST_BYTES:
        return "封面图片超过 2 MB，请缩小"
    return "" if filekinds.look(data) in _KINDS else "封面图片的地址上不是 jpg 或 png 图片"
