"""Tags (标签): making them, putting them on followers, and reading them back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .api_user import page_after, page_fields
from .config import ENABLED
from .endpoint import Answer, Call, Endpoint, as_list
from .errcodes import Refused, ok
from .state import Follower, Tag

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_TAGS = 100
MAX_TAGS_PER_FOLLOWER = 20
MAX_NAME_CHARS = 30
MAX_OPENIDS = 50
MAX_FANS_TO_DELETE = 100_000
#: 0, 1 and 2 belong to the platform.
SYSTEM_TAG_IDS = frozenset({0, 1, 2})
STARRED_TAG_ID = 2
_OPENID_SHAPE = re.compile(r"[A-Za-z0-9_-]{28}")


def create(sim: Simulator, call: Call) -> Answer:
    """A new tag."""
    name = _checked_name(sim, call.mapping("tag").get("name"), None)
    if len(sim.state.tags) >= MAX_TAGS:
        raise Refused(45056)
    tag = sim.state.add_tag(name)
    return {"tag": {"id": tag.tag_id, "name": tag.name}}


def listing(sim: Simulator, call: Call) -> Answer:
    """Every tag and how many wear it."""
    starred = {"id": STARRED_TAG_ID, "name": "星标组", "count": _count(sim, STARRED_TAG_ID)}
    own = [{"id": tag.tag_id, "name": tag.name, "count": _count(sim, tag.tag_id)} for tag in sim.state.tags.values()]
    return {"tags": [starred, *own]}


def update(sim: Simulator, call: Call) -> Answer:
    """Rename a tag."""
    given = call.mapping("tag")
    tag = _own_tag(sim, given.get("id"))
    tag.name = _checked_name(sim, given.get("name"), tag)
    return ok()


def delete(sim: Simulator, call: Call) -> Answer:
    """Delete a tag and take it off everybody."""
    tag = _own_tag(sim, call.mapping("tag").get("id"))
    if _count(sim, tag.tag_id) > MAX_FANS_TO_DELETE:
        raise Refused(45057)
    for follower in sim.state.followers.values():
        if tag.tag_id in follower.tag_ids:
            follower.tag_ids.remove(tag.tag_id)
    crowd = sim.state.crowd
    crowd.tag_ids = tuple(tag_id for tag_id in crowd.tag_ids if tag_id != tag.tag_id)
    del sim.state.tags[tag.tag_id]
    return ok()


def put_on(sim: Simulator, call: Call) -> Answer:
    """Tag up to 50 people; those with 20 tags are left out and named."""
    tag_id = _tag_id(sim, call.body.get("tagid"))
    people = _people(sim, call)
    full = [p for p in people if tag_id not in p.tag_ids and len(p.tag_ids) >= MAX_TAGS_PER_FOLLOWER]
    if len(full) == len(people):
        raise Refused(45059)
    for person in people:
        if person not in full and tag_id not in person.tag_ids:
            person.tag_ids.append(tag_id)
    if full:
        raise Refused(45171, fail_openid_list=[person.openid for person in full])
    return ok()


def take_off(sim: Simulator, call: Call) -> Answer:
    """Take a tag off up to 50 people; who does not wear it is no error."""
    tag_id = _tag_id(sim, call.body.get("tagid"))
    for person in _people(sim, call):
        if tag_id in person.tag_ids:
            person.tag_ids.remove(tag_id)
    return ok()


def of_follower(sim: Simulator, call: Call) -> Answer:
    """The tags one person wears."""
    return {"tagid_list": list(_person(sim, call.text("openid", 41009)).tag_ids)}


def wearers(sim: Simulator, call: Call) -> Answer:
    """One page of the people who wear a tag."""
    tag_id = _tag_id(sim, call.body.get("tagid"))
    cursor = str(call.body.get("next_openid") or "")
    crowd = tag_id in sim.state.crowd.tag_ids
    return page_fields(page_after(sim, cursor, lambda follower: _wears(follower, tag_id), crowd=crowd))


def _count(sim: Simulator, tag_id: int) -> int:
    met = sum(_wears(follower, tag_id) for follower in sim.state.followers.values())
    return met + (sim.state.count_unmet() if tag_id in sim.state.crowd.tag_ids else 0)


def _wears(follower: Follower, tag_id: int) -> bool:
    return follower.subscribed and tag_id in follower.tag_ids


def _checked_name(sim: Simulator, name: object, renamed: Tag | None) -> str:
    """Raises Refused: 45157 empty or taken, 45158 too long."""
    if not isinstance(name, str) or not name.strip():
        raise Refused(45157)
    if len(name) > MAX_NAME_CHARS:
        raise Refused(45158)
    if any(tag.name == name for tag in sim.state.tags.values() if tag is not renamed):
        raise Refused(45157)
    return name


def _own_tag(sim: Simulator, value: object) -> Tag:
    """A tag that may be changed. Raises Refused: 45159 unknown, 45058 the platform's."""
    tag_id = _tag_id(sim, value)
    if tag_id in SYSTEM_TAG_IDS:
        raise Refused(45058)
    return sim.state.tags[tag_id]


def _tag_id(sim: Simulator, value: Any) -> int:
    """An existing tag's id, given as number or digits. Raises Refused 45159."""
    tag_id = int(value) if isinstance(value, str) and value.isdecimal() else value
    if type(tag_id) is not int or (tag_id not in sim.state.tags and tag_id not in SYSTEM_TAG_IDS):
        raise Refused(45159)
    return tag_id


def _people(sim: Simulator, call: Call) -> list[Follower]:
    """The followers named, each once. Raises Refused: 40031 no list, 40032 too long, and as `_person`."""
    openids = as_list(call.body.get("openid_list"), 40031)
    if len(openids) > MAX_OPENIDS:
        raise Refused(40032)
    return [_person(sim, openid) for openid in dict.fromkeys(map(str, openids))]


def _person(sim: Simulator, openid: str) -> Follower:
    """Raises Refused: 40003 not an openid, 49003 not one of this account's followers."""
    if not _OPENID_SHAPE.fullmatch(openid):
        raise Refused(40003)
    if not sim.state.follows(openid):
        raise Refused(49003)
    return sim.state.person(openid)


ENDPOINTS = {
    "/cgi-bin/tags/create": Endpoint(method="POST", handler=create, allowed=ENABLED),
    "/cgi-bin/tags/get": Endpoint(method="GET", handler=listing, allowed=ENABLED),
    "/cgi-bin/tags/update": Endpoint(method="POST", handler=update, allowed=ENABLED),
    "/cgi-bin/tags/delete": Endpoint(method="POST", handler=delete, allowed=ENABLED),
    "/cgi-bin/tags/members/batchtagging": Endpoint(method="POST", handler=put_on, allowed=ENABLED),
    "/cgi-bin/tags/members/batchuntagging": Endpoint(method="POST", handler=take_off, allowed=ENABLED),
    "/cgi-bin/tags/getidlist": Endpoint(method="POST", handler=of_follower, allowed=ENABLED),
    "/cgi-bin/user/tag/get": Endpoint(method="POST", handler=wearers, allowed=ENABLED),
}
