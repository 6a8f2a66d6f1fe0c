"""Take pictures of the staff site, filled with an invented office, for the handbook and to look at.

    .venv/bin/python -m tools.pictures [--out docs/handbook/pictures] [--only outreach] [--all]

Needs chromium and chromium-driver. Without --all only the pages that the handbook shows are taken, at desk width and,
for those a telephone is used for, at 390 px. Make them small afterwards: pngquant --ext .png --force --skip-if-larger.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import days  # before all that asks for the time

if TYPE_CHECKING:
    from tools.office import Furnished

ROOT = Path(__file__).resolve().parents[1]
#: Moment -> name of the picture -> page, and whether a telephone is shown too. {…} is what was made: see office.py.
PAGES: dict[str, dict[str, tuple[str, bool]]] = {
    "plan": {"plan": ("{plan}", False)},
    "before": {"programme-before": ("/staff/outreach/programme", False), "firing": ("{firing}", False)},
    "day": {
        "today": ("/staff/", True),
        "knowledge-ask": ("/staff/knowledge/ask?q=高温几度停工", False),
        "knowledge-new": ("/staff/knowledge/new", False),
        "entry-review": ("{entry}", False),
        "cluster": ("{cluster}", False),
        "unanswered": ("/staff/knowledge/unanswered/", False),
        "conversations": ("/staff/conversations/", False),
        "talk": ("{talk}", False),
        "calendar": ("/staff/outreach/calendar", False),
        "broadcast-new": ("/staff/outreach/broadcasts/new", False),
        "broadcast-review": ("{broadcast}", False),
        "broadcast-sent": ("{高温停工提醒}", False),
        "programme": ("/staff/outreach/programme", False),
        "danger-words": ("{danger}", False),
        "feeds": ("{feeds}", False),
        "media-picker": ("{picture}", False),
        "tips": ("/staff/outreach/tips", False),
        "warnings": ("/staff/outreach/warnings", False),
        "followers": ("/staff/people/followers", False),
        "units": ("/staff/people/units", False),
        "unit": ("/staff/people/units/1", False),
        "settings": ("/staff/settings/values/", False),
        "switches": ("/staff/settings/switches", False),
        "menu": ("/staff/settings/menu", False),
        "accounts": ("/staff/accounts", False),
        "audit": ("/staff/audit/", False),
    },
    "after": {"programme-after": ("/staff/outreach/programme", False)},
}
#: Who looks at a page that not everybody reads alike.
WHO = {"talk": "handler", "plan": "approver", "broadcast-review": "approver", "entry-review": "approver",
       "danger-words": "approver", "media-picker": "author"}  # fmt: skip
TALLEST = 1150


class Camera:
    """Takes what belongs to a moment, at both widths."""

    def __init__(self, base: str, out: Path, only: str, everything: bool) -> None:
        self.base, self.out, self.only, self.everything = base, out, only, everything

    def __call__(self, moment: str, held: Furnished) -> None:
        """Look at the pages of a moment."""
        wanted = {name: page for name, page in PAGES.get(moment, {}).items() if name.startswith(self.only)}
        if self.everything and moment == "day":
            links = [link.url for part in held.office.console.sections(held.boss.staff) for link in part.links]
            wanted |= {url.strip("/").replace("/", "-"): (url, True) for url in links}
        for width, suffix in ((1280, ""), (390, "-phone")):
            pages = {name: path for name, (path, with_phone) in wanted.items() if width > 500 or with_phone}
            if pages:
                self._take(pages, width, suffix, held)

    def _take(self, pages: dict[str, str], width: int, suffix: str, held: Furnished) -> None:
        from tests.system.console_browser import Desk, Site, open_browser

        browser = open_browser(width)
        desk = Desk(Site(held.office, self.base), browser, width)
        for name, path in pages.items():
            desk.become(getattr(held, WHO.get(name, "boss")))
            browser.get(self.base + path.format(**held.at))
            desk.settles()
            desk.picture(self.out / f"{name}{suffix}.png", TALLEST if width > 500 else TALLEST + 250)
            print(self.out / f"{name}{suffix}.png", browser.title, flush=True)
        browser.quit()


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "handbook" / "pictures")
    parser.add_argument("--only", default="", help="pages whose names begin so")
    parser.add_argument("--all", action="store_true", help="every page of the navigation too")
    args = parser.parse_args()
    days.sit(2026, 6, 1, 9)
    _live(args)


def _live(args: Any) -> None:
    from werkzeug.serving import make_server

    from bot.settings import WeChatSettings
    from bot.simulator import Simulator, SimulatorConfig, create_app
    from tests.console.pages import make_office
    from tools.office import furnish

    simulator = Simulator(SimulatorConfig())
    platform = make_server("127.0.0.1", 0, create_app(simulator), threaded=True)
    api = f"http://127.0.0.1:{platform.server_port}/simulator"
    known = simulator.config
    wechat = WeChatSettings(app_id=known.app_id, secret=known.secret, token=known.token, api_base=api)
    office = make_office(Path(tempfile.mkdtemp()), wechat=wechat)
    server = make_server("127.0.0.1", 0, office.app, threaded=True)
    for one in (platform, server):
        threading.Thread(target=one.serve_forever, daemon=True).start()
    furnish(office, Camera(f"http://127.0.0.1:{server.server_port}", args.out, args.only, args.all))
    for one in (server, platform):
        one.shutdown()
    office.services.close()


if __name__ == "__main__":
    main()
