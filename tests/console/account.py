"""An office whose account is the stand-in of WeChat, over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from bot.settings import WeChatSettings
from bot.simulator import Simulator, create_app
from tests.console.pages import Office, make_office


@contextmanager
def connected(wechat: Simulator, folder: Path) -> Iterator[Office]:
    """The office over a database in this folder, while the stand-in answers."""
    server = make_server("127.0.0.1", 0, create_app(wechat), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    held, api = wechat.config, f"http://127.0.0.1:{server.server_port}/simulator"
    account = WeChatSettings(app_id=held.app_id, secret=held.secret, token=held.token, api_base=api)
    office = make_office(folder, wechat=account)
    yield office
    office.services.close()
    server.shutdown()
    thread.join()
    server.server_close()
