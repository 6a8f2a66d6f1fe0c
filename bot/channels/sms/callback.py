"""The gateways' reports over HTTP. Neither gateway signs them, so that the address itself holds a secret."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, abort, request

from bot.channels.sms.reports import Answered, Report, answer, read
from bot.errors import PayloadError, StoreError
from bot.settings import SmsSettings

log = logging.getLogger(__name__)

REPORTS_PATH = "/sms"
_MOST_BYTES = 2 << 20

#: Writes down what was told. Raises StoreError.
Reported = Callable[[Sequence[Report | Answered]], object]


def create_blueprint(settings: SmsSettings, reported: Reported) -> Blueprint:
    """POST /sms/<report_key>. What is not written down is not acknowledged: the gateway brings it again."""
    pages = Blueprint("sms", __name__, url_prefix=REPORTS_PATH)

    @pages.post("/<key>")
    def reports(key: str) -> Response:
        if not settings.report_key or not hmac.compare_digest(key.encode(), settings.report_key.encode()):
            abort(404)
        if (request.content_length or 0) > _MOST_BYTES:
            abort(413)
        try:
            reported(read(settings.provider, request.get_data(cache=False)))
        except PayloadError as e:
            log.warning("a report of text messages cannot be read", extra={"error": str(e)})
            abort(400)
        except StoreError:
            abort(503)
        return Response(answer(settings.provider), mimetype="application/json")

    return pages
