"""create_app(services): the one place where the parts meet Flask."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import Flask

from bot.channels.official import Callback, CallbackLane
from bot.channels.sms.callback import create_blueprint as create_sms
from bot.channels.web import create_blueprint, register_errors
from bot.channels.wecom import CALLBACK_PATH as WECOM_PATH
from bot.channels.wecom import WeComCallback
from bot.console.shell import register as register_console
from bot.lawbook import Library
from bot.peers import Peers
from bot.services import Services
from bot.settings import networks
from bot.site import groups, make_console

if TYPE_CHECKING:
    from bot.simulator import Simulator


def create_app(services: Services, simulator: Simulator | None = None) -> Flask:
    """The chat page at /, WeChat's callback at /wechat, WeCom's at /wecom, the staff site at /staff/, and /healthz.

    simulator  the stand-in of WeChat, then served at /simulator
    """
    settings = services.settings
    app = Flask("bot", static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # a Chinese character is 3 bytes, its escape 6
    library = Library(lambda: services.base)
    news = services.talks.news
    app.register_blueprint(
        create_blueprint(
            services.inbox,
            library,
            lambda: services.office.settings.office,
            time.time,
            news=news,
            closed=lambda: services.office.closed_on_the_web(),
        )
    )
    if settings.sms.provider and settings.sms.report_key:
        app.register_blueprint(create_sms(settings.sms, services.sms_reported))
    register_errors(app)
    if simulator:
        from bot.simulator import create_blueprint as create_simulator

        app.register_blueprint(create_simulator(simulator))
    held = make_console(services)
    register_console(app, held, groups(services, held))
    wecom = CallbackLane(app.wsgi_app, WeComCallback(settings.wecom, services.inbox), WECOM_PATH)
    lanes = CallbackLane(wecom, Callback(settings.wechat, services.inbox))
    app.wsgi_app = Peers(lanes, networks(settings.server.trusted_proxies))  # type: ignore[method-assign]
    return app
