"""The full list of followers: who came and left, pages gone on with, tags, and what is told when it stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.errors import OutreachError, Refusal, SendError
from bot.outreach.effects import Effects
from bot.people import followers
from bot.people.followers import CameRow, ChoseRow
from bot.people.sync import Run, Sync
from bot.people.tables import follower, follower_tag, subscription
from bot.sending import Message
from bot.store.database import Database
from bot.store.records import MessageRow

from .conftest import MORNING


@dataclass
class Platform:
    """A platform's list in pages. refuses: number of the call -> what it is told."""

    people: list[str]
    page: int = 2
    tagged: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    refuses: dict[int, SendError] = field(default_factory=dict)
    total: int | None = None
    calls: int = 0

    def followers_after(self, address: str) -> tuple[Sequence[str], str, int]:
        page, last = self._after(self.people, address)
        return page, last, len(self.people) if self.total is None else self.total

    def tags(self) -> Sequence[tuple[int, str]]:
        return list(self.tagged)

    def wearers_after(self, tag_id: int, address: str) -> tuple[Sequence[str], str]:
        return self._after(next(people for (n, _), people in self.tagged.items() if n == tag_id), address)

    def _after(self, people: list[str], address: str) -> tuple[list[str], str]:
        self.calls += 1
        if error := self.refuses.pop(self.calls, None):
            raise error
        at = people.index(address) + 1 if address else 0
        page = people[at : at + self.page]
        return page, page[-1] if page else ""


def run(database: Database, platform: Platform, after: timedelta = timedelta()) -> Run:
    return Sync(database, platform, "official", lambda _line: None).run(MORNING + after)


def following(database: Database) -> list[str]:
    c = follower.c
    with database.begin() as db:
        return sorted(db.scalars(sa.select(c.address).where(c.state == "following")))


def worn(database: Database) -> dict[str, list[str]]:
    with database.begin() as db:
        rows = db.execute(sa.select(follower_tag.c.tag, follower.c.address).join(follower)).all()
    return {tag: sorted(a for t, a in rows if t == tag) for tag in {t for t, _ in rows}}


def test_who_is_new_and_who_left_is_told_apart(database: Database) -> None:
    before = MORNING - timedelta(days=1)
    with database.begin() as db:
        followers.chose(db, [ChoseRow(before, "official", who, begin=("防汛",)) for who in ("ann", "ben")])
    done = run(database, Platform(["ann", "cai", "dee"]))
    assert (done.listed, done.came, done.left) == (3, 2, 1)
    assert following(database) == ["ann", "cai", "dee"]
    with database.begin() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(subscription)) == 1
    again = run(database, Platform(["ann", "cai", "dee"]), timedelta(hours=1))
    assert (again.came, again.left) == (0, 0)


def test_one_who_came_while_the_list_was_read_has_not_left(database: Database) -> None:
    with database.begin() as db:
        followers.came(db, [CameRow(MORNING + timedelta(minutes=1), "official", "late")])
    run(database, Platform(["ann"]))
    assert following(database) == ["ann", "late"]


def test_people_of_another_channel_stay(database: Database) -> None:
    with database.begin() as db:
        followers.came(db, [CameRow(MORNING - timedelta(days=1), "wecom", "zhang")])
    run(database, Platform(["ann"]))
    assert following(database) == ["ann", "zhang"]


def test_an_interrupted_list_is_gone_on_with(database: Database) -> None:
    people = [f"p{n}" for n in range(9)]
    platform = Platform(people, refuses={3: SendError("no", 45009, Refusal.QUOTA_USED_UP)})
    with pytest.raises(OutreachError, match=r"次数用完了（45009）。已同步的4人都存好了.*明天"):
        run(database, platform)
    assert following(database) == people[:4], "nobody has left while the list is not at its end"
    platform.calls = 0
    done = run(database, platform, timedelta(hours=20))
    assert (done.listed, done.came, done.left) == (9, 9, 0)
    assert platform.calls == 4, "three pages that were left, and the end"


def test_a_list_that_breaks_off_makes_nobody_leave(database: Database) -> None:
    run(database, Platform(["ann", "ben", "cai"]))
    with pytest.raises(OutreachError, match="微信说有3人关注，却只列出了0人"):
        run(database, Platform([], total=3), timedelta(hours=1))
    with pytest.raises(OutreachError, match="没有把任何人记为已取消关注"):
        run(database, Platform([]), timedelta(hours=2))
    assert following(database) == ["ann", "ben", "cai"]


def test_a_cursor_that_left_begins_the_list_anew(database: Database) -> None:
    people = ["ann", "ben", "cai", "dee"]
    with pytest.raises(OutreachError, match="断了"):
        run(database, Platform(people, refuses={2: SendError("no")}))
    gone = Platform(["ann", "cai", "dee"], refuses={1: SendError("no", 40003, Refusal.RECIPIENT_GONE)})
    with pytest.raises(OutreachError, match="从头列起"):
        run(database, gone, timedelta(hours=1))
    assert run(database, gone, timedelta(hours=1)).left == 1
    assert following(database) == ["ann", "cai", "dee"]


def test_tags_are_read_and_go_on_where_they_stopped(database: Database) -> None:
    people = ["ann", "ben", "cai"]
    tagged = {(101, "联络员"): ["ann", "ben", "cai"], (100, "老粉丝"): ["ann"]}
    refused = Platform(people, 2, tagged, {7: SendError("no", 45011, Refusal.THROTTLED)})
    with pytest.raises(OutreachError, match="太快"):
        run(database, refused)
    calls = Platform(people, 2, tagged)
    run(database, calls, timedelta(hours=1))
    assert worn(database) == {"老粉丝": ["ann"], "联络员": people}
    assert calls.calls == 2, "only what was left of the second tag"


def test_tags_that_are_taken_off_go(database: Database) -> None:
    run(database, Platform(["ann", "ben"], 2, {(100, "甲"): ["ann", "ben"], (101, "乙"): ["ann"]}))
    run(database, Platform(["ann", "ben"], 2, {(100, "甲"): ["ben"]}), timedelta(hours=1))
    assert worn(database) == {"甲": ["ben"]}


def test_while_a_tag_is_read_anew_nobody_who_wears_it_is_without(database: Database) -> None:
    people = [f"p{n}" for n in range(6)]
    run(database, Platform(people, 2, {(100, "甲"): people[:5], (101, "乙"): people}))
    refused = Platform(people, 2, {(100, "甲"): people[1:], (101, "乙"): people[:1]})
    refused.refuses = {6: SendError("no", 45011, Refusal.THROTTLED)}  # after a page of the first tag
    with pytest.raises(OutreachError):
        run(database, refused, timedelta(hours=1))
    assert worn(database) == {"甲": people[:5], "乙": people}
    run(database, refused, timedelta(hours=1))
    assert worn(database) == {"甲": people[1:], "乙": people[:1]}


@pytest.mark.parametrize("back", ["listed", "follows", "writes"])
def test_one_whom_the_platform_called_gone_is_a_follower_again_when_heard_of(database: Database, back: str) -> None:
    run(database, Platform(["ann", "ben"]))
    with database.begin() as db:
        ann = db.scalar(sa.select(follower.c.id).where(follower.c.address == "ann"))
        assert ann
        gone = Refusal.RECIPIENT_GONE
        Effects().refused(db, "official.service", ann, gone, Message(text="x"), MORNING + timedelta(minutes=1))
    assert following(database) == ["ben"]
    later = MORNING + timedelta(hours=1)
    match back:
        case "listed":
            run(database, Platform(["ann", "ben"]), timedelta(hours=1))
        case "follows":
            with database.begin() as db:
                followers.came(db, [CameRow(later, "official", "ann", anew=True)])
        case "writes":
            with database.begin() as db:
                followers.touched(db, [MessageRow(later, "official", "ann", "text", "在", "", "", "", 0, 0)])
    assert following(database) == ["ann", "ben"]


def test_many_who_left_go_in_portions_and_are_counted_once(database: Database) -> None:
    people = [f"p{n:04d}" for n in range(1300)]
    run(database, Platform(people, 1300))
    done = run(database, Platform(people[1100:] + ["new"], 500, total=201), timedelta(hours=1))
    assert (done.listed, done.came, done.left) == (201, 1, 1100)
    assert following(database) == ["new", *people[1100:]]


@pytest.mark.parametrize("refusal", [Refusal.ACCOUNT_BLOCKED, Refusal.UNSUPPORTED])
def test_an_account_without_the_right_is_sent_to_the_doctor(database: Database, refusal: Refusal) -> None:
    with pytest.raises(OutreachError, match="safetybot doctor"):
        run(database, Platform(["ann"], refuses={1: SendError("no", 48001, refusal)}))
