"""Followers (用户管理): the list, what is known of one, staff's remarks."""

from __future__ import annotations

from collections.abc import Callable
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
    openids = page_after(sim, call.query.get("next_openid", ""), lambda follower: follower.subscribed, crowd=True)
    return {"total": sim.state.count_followers(), **page_fields(openids)}


def info(sim: Simulator, call: Call) -> Answer:
    """What WeChat tells of one person: no name and no picture since 2021-12-27."""
    return described(sim.state.seen(call.query.get("openid")))


def batch_info(sim: Simulator, call: Call) -> Answer:
    """The same for up to 100 people."""
    users = as_list(call.body.get("user_list"), 40031)
    if len(users) > MAX_BATCH:
        raise Refused(40032)
    openids = [as_mapping(user, 40031).get("openid") for user in users]
    return {"user_info_list": [described(sim.state.seen(openid)) for openid in openids]}


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


def page_after(sim: Simulator, cursor: str, wanted: Callable[[Follower], bool], *, crowd: bool) -> list[str]:
    """At most a page of openids after `cursor`, who may have left since. Raises Refused 40003: unknown.

    In the order in which people first followed, the crowd last; nobody ever moves.
    crowd   whether those of the crowd whom nobody has met are wanted
    """
    state, size = sim.state, sim.config.user_page_size
    if cursor:
        state.seen(cursor)
    rank = state.crowd.rank(cursor)
    if rank is not None:
        return _of_crowd(sim, rank + 1, wanted, crowd=crowd, size=size)
    own = state.own_openids()
    rest = own[own.index(cursor) + 1 :] if cursor else own
    page = [openid for openid in rest if wanted(state.followers[openid])][:size]
    return page + _of_crowd(sim, 0, wanted, crowd=crowd, size=size - len(page))


def _of_crowd(sim: Simulator, rank: int, wanted: Callable[[Follower], bool], *, crowd: bool, size: int) -> list[str]:
    """At most `size` openids of the crowd, from `rank` on."""
    page: list[str] = []
    followers, people = sim.state.followers, sim.state.crowd
    while len(page) < size and rank < people.size:
        openid = people.openid(rank)
        follower = followers.get(openid)
        if wanted(follower) if follower else crowd:
            page.append(openid)
        rank += 1
    return page


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
