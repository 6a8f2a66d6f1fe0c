"""Followers (用户管理): the list, what is known of one, staff's remarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .config import ENABLED, Profile
from .endpoint import Answer, Call, Endpoint, as_list, as_mapping
from .errcodes import Refused, ok
from .state import Follower

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_BATCH = 100
#: "Less than 30 bytes".
MAX_REMARK_BYTES = 29


def listing(sim: Simulator, call: Call) -> Answer:
    """One page of openids, in the order in which people first followed."""
    everyone = [f.openid for f in sim.state.followers.values() if f.subscribed]
    openids = page_after(sim, call.query.get("next_openid", ""), everyone)
    return {"total": len(everyone), **page_fields(openids)}


def info(sim: Simulator, call: Call) -> Answer:
    """What WeChat tells of one person: no name and no picture since 2021-12-27."""
    return described(sim.state.known(call.query.get("openid")))


def batch_info(sim: Simulator, call: Call) -> Answer:
    """The same for up to 100 people."""
    users = as_list(call.body.get("user_list"), 40031)
    if len(users) > MAX_BATCH:
        raise Refused(40032)
    openids = [as_mapping(user, 40031).get("openid") for user in users]
    return {"user_info_list": [described(sim.state.known(openid)) for openid in openids]}


def update_remark(sim: Simulator, call: Call) -> Answer:
    """Staff's own name for a follower; "" takes it away."""
    follower = sim.state.known(call.body.get("openid"))
    remark = call.body.get("remark")
    if not isinstance(remark, str) or len(remark.encode()) > MAX_REMARK_BYTES:
        raise Refused(40035)
    follower.remark = remark
    return ok()


def described(follower: Follower) -> dict[str, Any]:
    """The fields of user/info; somebody who left has two."""
    if not follower.subscribed:
        return {"subscribe": 0, "openid": follower.openid}
    return {
        "subscribe": 1,
        "openid": follower.openid,
        "language": "zh_CN",
        "subscribe_time": follower.subscribe_time,
        "remark": follower.remark,
        "groupid": follower.tag_ids[0] if follower.tag_ids else 0,
        "tagid_list": list(follower.tag_ids),
        "subscribe_scene": follower.subscribe_scene,
        "qr_scene": int(follower.qr_scene_str) if follower.qr_scene_str.isdecimal() else 0,
        "qr_scene_str": follower.qr_scene_str,
    }


def page_after(sim: Simulator, cursor: str, openids: list[str]) -> list[str]:
    """At most a page of `openids` after `cursor`, which may have left since. Raises Refused 40003: unknown.

    The order is that of `state.followers`, in which nobody ever moves.
    """
    if cursor:
        sim.state.known(cursor)
        ranks = {openid: rank for rank, openid in enumerate(sim.state.followers)}
        openids = [openid for openid in openids if ranks[openid] > ranks[cursor]]
    return openids[: sim.config.user_page_size]


def page_fields(openids: list[str]) -> dict[str, Any]:
    """count, data and cursor; the empty page after the last has no `data`."""
    if not openids:
        return {"count": 0, "next_openid": ""}
    return {"count": len(openids), "data": {"openid": openids}, "next_openid": openids[-1]}


#: Remarks are for service accounts (服务号) only.
_MAY_REMARK = ENABLED - {Profile.VERIFIED_SUBSCRIPTION}
ENDPOINTS = {
    "/cgi-bin/user/get": Endpoint(method="GET", handler=listing, allowed=ENABLED),
    "/cgi-bin/user/info": Endpoint(method="GET", handler=info, allowed=ENABLED),
    "/cgi-bin/user/info/batchget": Endpoint(method="POST", handler=batch_info, allowed=ENABLED),
    "/cgi-bin/user/info/updateremark": Endpoint(method="POST", handler=update_remark, allowed=_MAY_REMARK),
}
