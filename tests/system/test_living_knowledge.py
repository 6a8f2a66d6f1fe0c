"""Two real servers on one database: what staff change is told by both within five seconds, whatever dies meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.ingest import holdings
from bot.ingest.items import read_items
from bot.ingest.plans.proposal import Proposal
from bot.ingest.statutes import ParsedArticle, Statute
from bot.services import Services
from bot.settings import ROOT, OfficeSettings, Settings
from tests.knowledge.conftest import EDIT, ME, OWN, YOU
from tests.knowledge.plans import PROPOSAL
from tests.small_office import SHIPPED
from tests.test_server import Server, starting

REGION = "广东省江门市江海区"
#: Other tests may have the machine; how soon it is seen is measured by benchmarks/swap.py.
PATIENCE_S = 120.0
#: Fewer questions a minute than one address may ask.
PAUSE_S = 0.35


@dataclass
class Office:
    """Staff at their desk, and the servers that answer the public."""

    staff: Services
    servers: list[Server]

    def publish(self, text: str, folder: Path) -> None:
        """All entries of a file become live."""
        path = folder / "given.yaml"
        path.write_text(text, encoding="utf-8")
        for item in read_items(path):
            self.staff.desk.draft([item], ME)
            self.staff.desk.submit(item.id, ME)
            self.staff.desk.publish(item.id, YOU)

    def told(self, text: str) -> list[str]:
        """What each server says."""
        return [reply(server, text) for server in self.servers]

    def come_to_say(self, text: str, words: str) -> None:
        """Wait until every server says `words`."""
        self._until(lambda: all(words in told for told in self.told(text)), f"{text}: {words}")

    def cease_to_say(self, text: str, words: str) -> None:
        """Wait until no server says `words`."""
        self._until(lambda: not any(words in told for told in self.told(text)), f"{text}: no {words}")

    def _until(self, true: Callable[[], bool], what: str) -> None:
        end, pause = time.monotonic() + PATIENCE_S, threading.Event()
        while not true():
            assert time.monotonic() < end, what
            pause.wait(PAUSE_S)


def reply(server: Server, text: str) -> str:
    """What a server answers: every question gets an answer."""
    response, body = server.ask("POST", "/api/chat", {"text": text})
    assert response.status == 200, body
    return str(json.loads(body)["reply"]["text"])


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The shipped content of the small office."""
    folder = tmp_path / "knowledge"
    (folder / "entries").mkdir(parents=True)
    for name in ("replies.toml", "emergency.yaml"):
        shutil.copy(ROOT / "knowledge" / name, folder / name)
    (folder / "entries" / "heat.yaml").write_text(SHIPPED, encoding="utf-8")
    return folder


def _opened(tmp_path: Path, content: Path, database_url: str, redis_url: str = "") -> Iterator[Office]:
    var = tmp_path / "var"
    settings = Settings(
        office=OfficeSettings(region=REGION), var_dir=var, knowledge_dir=content, database_url=database_url,
        redis_url=redis_url,
    )  # fmt: skip
    given = {"SAFETYBOT_KNOWLEDGE_DIR": str(content), "SAFETYBOT_OFFICE__REGION": REGION}
    given |= {"SAFETYBOT_DATABASE_URL": database_url} if database_url else {}
    given |= {"SAFETYBOT_REDIS_URL": redis_url} if redis_url else {}
    staff = Services(settings)
    with starting(var) as start:
        yield Office(staff, [server.ready() for server in (start(**given), start(**given))])
    staff.close()


@pytest.fixture
def on_sqlite(tmp_path: Path, content: Path) -> Iterator[Office]:
    """Two servers on one file."""
    yield from _opened(tmp_path, content, "")


@pytest.fixture
def at_scale(tmp_path: Path, content: Path, postgres_database_url: str, redis_url: str) -> Iterator[Office]:
    """Two servers on PostgreSQL and Redis."""
    yield from _opened(tmp_path, content, postgres_database_url, redis_url)


@pytest.fixture(params=["on_sqlite", "at_scale"])
def office(request: pytest.FixtureRequest) -> Office:
    """Either of them."""
    found: Office = request.getfixturevalue(request.param)
    return found


def test_both_servers_tell_what_staff_change_and_no_longer_what_they_take_back(office: Office, tmp_path: Path) -> None:
    assert all("四十度停工" in told for told in office.told("几度停工"))
    office.publish(EDIT, tmp_path)
    office.publish(OWN, tmp_path)
    office.come_to_say("几度停工", "三十九度停工")
    office.come_to_say("无人机报备", "街道安监所")
    office.publish(EDIT.replace("三十九", "三十八"), tmp_path)
    office.come_to_say("几度停工", "三十八度停工")
    office.staff.desk.roll_back("heat-stop", 1, YOU)
    office.come_to_say("几度停工", "三十九度停工")
    office.staff.desk.withdraw("own-drone", YOU)
    office.cease_to_say("无人机报备", "街道安监所")
    _plan_comes_and_goes(office, PROPOSAL)


def _plan_comes_and_goes(office: Office, proposal: Proposal) -> None:
    desk = office.staff.plan_desk
    held, _ = desk.store(proposal, "方案.docx", ME)
    desk.accept(held.id, [f.id for f in proposal.facts], ME)
    office.come_to_say("江海区安全生产月的总结几号前交", "6月29日")
    desk.withdraw(held.id, ME)
    office.cease_to_say("江海区安全生产月的总结几号前交", "6月29日")


def test_a_build_that_is_killed_leaves_nothing_broken(on_sqlite: Office, tmp_path: Path) -> None:
    law = Statute(
        title="某市测试条例", version="2021-06-10", effective="2021-09-01",
        articles=(ParsedArticle("第一条", "为了测试，制定本条例。"),),
    )  # fmt: skip
    assert all("四十度停工" in told for told in on_sqlite.told("几度停工"))
    holdings.save(on_sqlite.staff.database, [law])
    killed = kill_a_build([server.process.pid for server in on_sqlite.servers])
    assert killed
    assert all("四十度停工" in told for told in on_sqlite.told("几度停工"))
    on_sqlite.come_to_say("某市测试条例第一条", "为了测试，制定本条例")
    index = tmp_path / "var" / "index"
    assert not list(index.glob(".building-*"))


def test_a_server_that_is_killed_while_it_builds_is_followed_by_one_that_answers(
    on_sqlite: Office, tmp_path: Path
) -> None:
    on_sqlite.publish(EDIT, tmp_path)
    on_sqlite.come_to_say("几度停工", "三十九度停工")
    holdings.save(on_sqlite.staff.database, [Statute(title="甲", articles=(ParsedArticle("第一条", "甲。"),))])
    for server in on_sqlite.servers:
        server.process.kill()
        server.process.wait()
    given = {"SAFETYBOT_KNOWLEDGE_DIR": str(on_sqlite.staff.settings.knowledge_dir), "SAFETYBOT_OFFICE__REGION": REGION}
    with starting(on_sqlite.staff.settings.var_dir) as start:
        on_sqlite.servers[:] = [start(**given).ready()]
        assert all("三十九度停工" in told for told in on_sqlite.told("几度停工"))


def kill_a_build(servers: list[int]) -> int:
    """Wait for a build that one of the servers has begun, and kill it; its process id."""
    end, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while time.monotonic() < end:
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes()
                parent = int((folder / "stat").read_text().rpartition(") ")[2].split()[1])
                if parent in servers and b"bot.knowledge" in command:
                    os.kill(int(folder.name), signal.SIGKILL)
                    return int(folder.name)
        pause.wait(0.02)
    return 0
