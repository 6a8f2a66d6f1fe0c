"""Staff stop, pause and go on, and people leave, while real processes send and are killed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import OutreachError
from bot.messages import Delivery
from bot.outreach.states import Batch, State
from bot.outreach.tables import batch, delivery
from bot.people.tables import follower
from bot.services import Services
from bot.settings import Settings, WeChatSettings
from tests.outreach.conftest import Office, Platform
from tests.system.test_killed import (
    PATIENCE_S,
    THREADS,
    Machine,
    WeChat,
    database,
    home,
    machine,
    office,
    wechat,
    zygote,
)

__all__ = ["database", "home", "machine", "office", "wechat", "zygote"]
PEOPLE = 700
WHO = ("张三", "试一试")
WAYS = ("official.template", "official.service")


@pytest.fixture
def staff(database_url: str, home: Path, tmp_path: Path) -> Iterator[Services]:
    """What the pages of staff and the callback use, in a process of its own."""
    settings = Settings(
        var_dir=tmp_path / "web",
        database_url=database_url,
        knowledge_dir=home / "knowledge",
        wechat=WeChatSettings(app_id="wx1", secret="s", api_base="http://127.0.0.1:9"),
    )
    made = Services(settings)
    yield made
    made.close()


def begins(office: Office, sender: str) -> int:
    office.follows(PEOPLE)
    with office.database.begin() as db:
        db.execute(sa.update(follower).values(account=""))  # as those have who are known by their messages
    return office.broadcasts(Platform(name=sender), started_at=datetime.now(UTC), urgent=1)


def fates(office: Office, sent: int) -> dict[str, tuple[str, str]]:
    """State and why of everybody, by the address that they had: who left has none any more."""
    with office.database.begin() as db:
        rows = db.execute(sa.select(delivery).where(delivery.c.broadcast_id == sent)).all()
    return {f"o{row.follower_id}": (row.state, row.why) for row in rows}


def settles(office: Office, sent: int) -> None:
    """Wait until nothing of it is under way any more, or waits."""
    until = time.monotonic() + PATIENCE_S
    at_work = (batch.c.broadcast_id == sent, batch.c.state.in_((Batch.CREATED, Batch.SENDING)))
    while time.monotonic() < until:
        with office.database.begin() as db:
            if not db.scalar(sa.select(sa.func.count()).where(*at_work)):
                return
        time.sleep(0.05)
    raise AssertionError("it does not come to its end")


def agrees(office: Office, wechat: WeChat, staff: Services, sent: int) -> dict[str, tuple[str, str]]:
    """What the ledger says is what the platform saw, and what the pages show."""
    told = fates(office, sent)
    assert len(told) == PEOPLE
    assert max(wechat.got.values()) == 1
    unknown = {who for who, (state, _why) in told.items() if state == Delivery.UNKNOWN}
    taken = {who for who, (state, _why) in told.items() if state == Delivery.SENT}
    assert taken <= wechat.got.keys() <= taken | unknown, "nobody who got it is said not to have got it"
    found = staff.broadcasts.progress(sent)
    assert found.people.get(Delivery.SENT, 0) == len(taken)
    assert found.people.get(Delivery.UNKNOWN, 0) == len(unknown)
    assert (found.total, found.open) == (PEOPLE, 0)
    return told


@pytest.mark.parametrize(
    ("database_url", "sender", "seed", "dies"),
    [("sqlite", WAYS[0], 1, True), ("postgres", WAYS[0], 2, True), ("sqlite", WAYS[1], 3, False)],
    indirect=["database_url"],
)
def test_cancelled_in_the_middle(
    office: Office, wechat: WeChat, machine: Machine, staff: Services, sender: str, seed: int, dies: bool
) -> None:
    dice = random.Random(seed)
    sent = begins(office, sender)
    pids = [machine.starts("worker") for _ in range(2)]
    wechat.reaches(dice.randint(20, 300))
    time.sleep(dice.uniform(0, 0.02))
    staff.broadcasts.cancel(sent, *WHO, datetime.now(UTC))
    gone = wechat.got.total()
    if dies:
        machine.kills(pids.pop(dice.randint(0, 1)))
        pids.append(machine.starts("worker"))  # under the name of the dead, so that nobody waits for a lease
    settles(office, sent)
    for pid in pids:
        machine.kills(pid)
    told = agrees(office, wechat, staff, sent)
    assert office.stands(sent).state == State.CANCELLED
    assert wechat.got.total() <= gone + 2 * THREADS, "only those whom somebody was calling then"
    assert {why for state, why in told.values() if state == Delivery.SKIPPED} == {"cancelled"}
    assert sum(state == Delivery.UNKNOWN for state, _why in told.values()) <= THREADS * dies


@pytest.mark.parametrize(
    ("database_url", "sender", "seed"), [("sqlite", WAYS[0], 4), ("postgres", WAYS[1], 5)], indirect=["database_url"]
)
def test_paused_killed_and_gone_on_with_again_and_again(
    office: Office, wechat: WeChat, machine: Machine, staff: Services, sender: str, seed: int
) -> None:
    dice, desk, kills = random.Random(seed), staff.broadcasts, 0
    sent = begins(office, sender)
    pids = [machine.starts("worker"), machine.starts("serve")]
    for _ in range(4):
        wechat.reaches(wechat.got.total() + dice.randint(10, 80))
        desk.pause(sent, *WHO, datetime.now(UTC))
        gone = wechat.got.total()
        if dice.random() < 0.6:
            machine.kills(pids.pop(0))
            kills += 1
            pids.append(machine.starts("worker"))
        held = desk.get(sent)
        with pytest.raises(OutreachError, match="已暂停"):
            desk.edit(sent, held.draft, held.version, *WHO, datetime.now(UTC))
        time.sleep(dice.uniform(0, 0.1))
        assert wechat.got.total() <= gone + 3 * THREADS
        desk.resume(sent, *WHO, datetime.now(UTC))
    settles(office, sent)
    for pid in pids:
        machine.kills(pid)
    told = agrees(office, wechat, staff, sent)
    assert office.stands(sent).state == State.SENT
    assert {state for state, _why in told.values()} <= {Delivery.SENT, Delivery.UNKNOWN}
    assert sum(state == Delivery.UNKNOWN for state, _why in told.values()) <= kills * THREADS


@pytest.mark.parametrize(
    ("database_url", "sender", "seed"), [("sqlite", WAYS[0], 6), ("postgres", WAYS[1], 7)], indirect=["database_url"]
)
def test_who_leaves_in_the_middle_is_not_called_any_more(
    office: Office, wechat: WeChat, machine: Machine, staff: Services, sender: str, seed: int
) -> None:
    dice = random.Random(seed)
    sent = begins(office, sender)
    pids = [machine.starts("worker"), machine.starts("worker")]
    left: dict[str, int] = {}
    for turn in range(12):
        wechat.reaches(wechat.got.total() + dice.randint(5, 30))
        who = f"o{dice.randint(1, PEOPLE)}"
        if who not in left:
            staff.records.erase("official", who)
            left[who] = wechat.got[who]
        if turn == 6:
            machine.kills(pids.pop(0))
            pids.append(machine.starts("worker"))
    settles(office, sent)
    for pid in pids:
        machine.kills(pid)
    told = agrees(office, wechat, staff, sent)
    assert office.stands(sent).state == State.SENT
    # Who was being called at that very moment got it; nobody was called after that.
    later = {who for who, before in left.items() if wechat.got[who] > before}
    assert len(later) <= 1
    uncalled = left.keys() - wechat.got.keys()
    assert uncalled
    assert {told[who] for who in uncalled} <= {(Delivery.SKIPPED, "left"), (Delivery.UNKNOWN, "cut_off")}
    with office.database.begin() as db:
        assert db.scalar(sa.select(sa.func.count()).where(follower.c.state == "left")) == len(left)
