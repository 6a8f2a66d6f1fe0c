"""The blacklist (黑名单): followers whom the account will not hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .config import ENABLED
from .endpoint import Answer, Call, Endpoint, as_list
from .errcodes import Refused, ok
from .state import Follower

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_OPENIDS = 20
MAX_PAGE = 1_000


def listing(sim: Simulator, call: Call) -> Answer:
    """One page of who is on it."""
    openids = [f.openid for f in sim.state.followers.values() if f.blacklisted]
    begin = call.body.get("begin_openid") or ""
    if begin and begin not in openids:
        raise Refused(40003)
    start = openids.index(str(begin)) + 1 if begin else 0
    page = openids[start : start + MAX_PAGE]
    answer = {"total": len(openids), "count": len(page), "next_openid": page[-1] if page else ""}
    return {**answer, "data": {"openid": page}} if page else answer


def put_on(sim: Simulator, call: Call) -> Answer:
    """Put up to 20 people on it."""
    return _set(sim, call, True)


def take_off(sim: Simulator, call: Call) -> Answer:
    """Take up to 20 people off it."""
    return _set(sim, call, False)


def _set(sim: Simulator, call: Call, blacklisted: bool) -> Answer:
    openids = as_list(call.body.get("openid_list"), 40031)
    if len(openids) > MAX_OPENIDS:
        raise Refused(40032)
    people: list[Follower] = [sim.state.known(openid) for openid in openids]
    for person in people:
        person.blacklisted = blacklisted
    return ok()


ENDPOINTS = {
    "/cgi-bin/tags/members/getblacklist": Endpoint(method="POST", handler=listing, allowed=ENABLED),
    "/cgi-bin/tags/members/batchblacklist": Endpoint(method="POST", handler=put_on, allowed=ENABLED),
    "/cgi-bin/tags/members/batchunblacklist": Endpoint(method="POST", handler=take_off, allowed=ENABLED),
}
