"""An office with two districts, in which a hostile follower has filled in whatever a follower can."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from werkzeug.serving import make_server

from bot.people import followers, units
from bot.people.followers import ChoseRow
from bot.people.tables import follower
from bot.people.units import Unit
from bot.settings import ROOT, WeChatSettings
from bot.simulator import Simulator, SimulatorConfig, create_app
from bot.store.records import MessageRow
from tests.console.pages import NOW, Office, make_office
from tests.console.walking import EVIL, Platform
from tests.small_office import small_office
from tests.unanswered.conftest import keeper_of

HERE, ELSEWHERE = "广东省江门市江海区", "广东省江门市新会区"
ALICE, BOB = "oALICE0000000000000000000001", "oBOB000000000000000000000002"


def stocked_office(base: Path, folder: Path, **settings: Any) -> Office:
    """The office. base: where the content that all such offices share is built once."""
    content, first = small_office(base / "small-office")
    shutil.copytree(content / "var" / "index", folder / "index")
    held = make_office(folder, **{"knowledge_dir": content / "knowledge", **settings})
    services = held.services
    services.__dict__["keeper"] = keeper_of(services, first)
    services.__dict__["senders"] = {"official.service": Platform("official.service")}
    held.app.config["PROPAGATE_EXCEPTIONS"] = False
    held.app.testing = False
    with services.database.begin() as db:
        units.store(db, [Unit(f"江海{EVIL}"[:200], "企业", HERE, "", f"王{EVIL}"[:40], "13800001234")], NOW)
        units.store(db, [Unit("新会学堂", "学校", ELSEWHERE, "", "新会联络", "13800009999")], NOW)
        for n, who in enumerate((ALICE, BOB)):
            followers.ensure(db, "official", who, NOW - timedelta(days=n + 1))
    for who, region, text in ((ALICE, HERE, f"江海的事{EVIL}"), (BOB, ELSEWHERE, "新会的秘事")):
        chose = {"region": region, **dict.fromkeys(("industry", "post"), EVIL[:40] if who == ALICE else "")}
        services.records.write(ChoseRow(NOW, "official", who, chose))
        services.records.write(MessageRow(NOW, "official", who, "text", text, "unknown", "", "", 0.1, 1.0, text))
    settle(held)
    return held


@contextmanager
def with_account(base: Path, folder: Path) -> Iterator[tuple[Office, Simulator]]:
    """The office with an account at the stand-in of WeChat, and the reminders of the year."""
    wechat = Simulator(SimulatorConfig())
    server = make_server("127.0.0.1", 0, create_app(wechat), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    config, api = wechat.config, f"http://127.0.0.1:{server.server_port}/simulator"
    account = WeChatSettings(app_id=config.app_id, secret=config.secret, api_base=api)
    content = shutil.copytree(small_office(base / "small-office")[0] / "knowledge", folder / "knowledge")
    shutil.copy(ROOT / "knowledge" / "calendar.yaml", content)
    office = stocked_office(base, folder, wechat=account, knowledge_dir=content)
    with office.services.database.begin() as db:
        db.execute(sa.update(follower).values(last_message_at=NOW))
    yield office, wechat
    office.services.close()
    server.shutdown()
    thread.join()
    server.server_close()


def settle(office: Office) -> None:
    """Have all that waits for the database written."""
    office.services.records.start()
    office.services.records.stop()
