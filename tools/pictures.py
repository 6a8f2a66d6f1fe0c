"""Take pictures of the staff site, filled with an invented office, for the handbook and to look at.

    .venv/bin/python -m tools.pictures [--out docs/handbook/pictures] [--only outreach] [--all]

Needs chromium and chromium-driver. Without --all only the pages that the handbook shows are taken, at desk width and,
for those a telephone is used for, at 390 px.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
from pathlib import Path

import sqlalchemy as sa
from werkzeug.serving import make_server

from benchmarks import people
from bot.ingest.plans import extract_file
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.people.tables import follower, unit
from bot.sending import Message
from bot.settings import ROOT, WeChatSettings
from bot.staff import Role
from tests.console.pages import Office, make_office
from tests.system.console_browser import Desk, Site, open_browser

PLAN = ROOT / "tests" / "ingest" / "plans" / "data" / "01-county-fire-month.txt"
QUESTIONS = (
    "电动车能停楼道吗",
    "高温几度停工",
    "无人机巡检要登记吗",
    "转人工",
    "工地宿舍能不能用电炉",
    "消防通道被堵了找谁",
)
#: Name of the picture -> page, and whether a telephone is shown too. {…} is filled in by `furnish`.
PAGES = {
    "today": ("/staff/", True),
    "knowledge": ("/staff/knowledge/", False),
    "knowledge-ask": ("/staff/knowledge/ask?q=高温几度停工", False),
    "knowledge-new": ("/staff/knowledge/new", False),
    "knowledge-import": ("/staff/knowledge/import", False),
    "plan": ("/staff/knowledge/plans/{plan}", False),
    "unanswered": ("/staff/knowledge/unanswered/", False),
    "conversations": ("/staff/conversations/", True),
    "calendar": ("/staff/outreach/calendar", False),
    "broadcasts": ("/staff/outreach/broadcasts", False),
    "broadcast-new": ("/staff/outreach/broadcasts/new", True),
    "broadcast-review": ("/staff/outreach/broadcasts/{broadcast}", True),
    "programme": ("/staff/outreach/programme", False),
    "tips": ("/staff/outreach/tips", False),
    "warnings": ("/staff/outreach/warnings", False),
    "followers": ("/staff/people/followers", False),
    "units": ("/staff/people/units", False),
    "settings": ("/staff/settings/", False),
    "switches": ("/staff/settings/switches", True),
    "menu": ("/staff/settings/menu", False),
    "accounts": ("/staff/accounts", False),
    "audit": ("/staff/audit/", False),
}


def furnish(office: Office) -> dict[str, int]:
    """Fill the office with followers, a plan, questions and a broadcast in review; returns the numbers of some."""
    services, now = office.services, office.now
    people.fill(services.database, 2000)
    with services.database.begin() as db:
        db.execute(follower.update().values(account="wx" + "0" * 16, followed_at=now))
        for number, name in enumerate(("青禾机械有限公司", "白鹭小学", "石渡村", "澜江码头")):
            db.execute(unit.update().where(unit.c.id == number + 1).values(name=name))
        db.execute(sa.text("ANALYZE"))
    proposal = extract_file(PLAN, services.settings.knowledge_dir / "calendar.yaml")
    plan, _ = services.plan_desk.store(proposal, PLAN.name, "zhang")
    visitor = office.app.test_client()
    for question in QUESTIONS:
        visitor.post("/api/chat", data=json.dumps({"text": question, "id": question}), content_type="application/json")
    services.records.stop()
    services.records.start()
    text = "【高温提醒】明天最高气温37℃，12点到15点停止室外作业。现场备好饮水和防暑药品，头晕恶心马上到阴凉处。"
    rule = {"all": [{"field": "industry", "values": ["建筑"]}]}
    draft = Draft(title="高温停工提醒", content={Level.PUBLIC: Message(text=text)}, audience=rule)
    held = services.broadcasts.write(draft, "zhang", now)
    services.broadcasts.submit(held.id, "zhang", "", now)
    return {"plan": plan.id, "broadcast": held.id}


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "handbook" / "pictures")
    parser.add_argument("--only", default="", help="pages whose names begin so")
    parser.add_argument("--all", action="store_true", help="every page of the navigation too")
    args = parser.parse_args()
    wechat = WeChatSettings(app_id="wx" + "0" * 16, secret="0" * 32, token="token", api_base="http://127.0.0.1:9")
    office = make_office(Path(tempfile.mkdtemp()), wechat=wechat)
    numbers = furnish(office)
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = Site(office, f"http://127.0.0.1:{server.server_port}")
    office.sign_in(Role.AUTHOR, name="zhang")
    boss = office.sign_in(Role.ADMINISTRATOR, name="li")
    wanted = {name: held for name, held in PAGES.items() if name.startswith(args.only)}
    if args.all:
        links = [link.url for section in office.console.sections(boss.staff) for link in section.links]
        wanted |= {url.strip("/").replace("/", "-"): (url, True) for url in links}
    for width, suffix in ((1280, ""), (390, "-phone")):
        browser = open_browser(width)
        desk = Desk(site, browser, width)
        desk.become(boss)
        for name, (path, with_phone) in wanted.items():
            if width > 500 or with_phone:
                browser.get(site.base + path.format(**numbers))
                desk.picture(args.out / f"{name}{suffix}.png", 1500)
                print(args.out / f"{name}{suffix}.png", browser.title)
        browser.quit()
    server.shutdown()
    office.services.close()


if __name__ == "__main__":
    main()
