"""Putting the simulator behind Flask: in the bot's own process for a demo, or alone."""

from flask import Blueprint, Flask, Response, jsonify, redirect
from werkzeug.wrappers import Response as RedirectResponse

from . import api, api_wecom, control, control_gateways, control_outreach, phone, sms_aliyun, sms_tencent
from .simulator import Simulator

URL_PREFIX = "/simulator"
#: No inline script or style; pictures of articles may come from anywhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' http: https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def create_blueprint(simulator: Simulator) -> Blueprint:
    """The API (/cgi-bin/…), the phone (/) and the switches (/control/…), below /simulator by default.

    It lets anybody read and steer the simulated account: never mount it where a real one is served.
    """
    blueprint = Blueprint(
        "simulator",
        __name__,
        url_prefix=URL_PREFIX,
        template_folder="templates",
        static_folder="static",
    )
    api.add_routes(blueprint, simulator)
    phone.add_routes(blueprint, simulator)
    control.add_routes(blueprint, simulator)
    control_outreach.add_routes(blueprint, simulator)
    control_gateways.add_routes(blueprint, simulator)
    api_wecom.add_routes(blueprint, simulator)
    sms_aliyun.add_routes(blueprint, simulator)
    sms_tencent.add_routes(blueprint, simulator)
    blueprint.register_error_handler(ValueError, _bad_request)
    blueprint.after_request(_harden)
    return blueprint


def create_app(simulator: Simulator) -> Flask:
    """A server of its own, for running WeChat's stand-in beside the bot."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(create_blueprint(simulator))

    @app.get("/")
    def home() -> RedirectResponse:
        return redirect(f"{URL_PREFIX}/")

    return app


def _bad_request(error: ValueError) -> tuple[Response, int]:
    """BadInput, BadDeed, NotFollowing and refused settings all say in words what was wrong."""
    return jsonify(error=f"{type(error).__name__}: {error}"), 400


def _harden(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response
