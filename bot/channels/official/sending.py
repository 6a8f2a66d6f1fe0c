"""One customer-service message (客服消息) to one follower, and what became of it. Never raises."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from bot.channels.official.client import OfficialClient
from bot.errors import Refusal, SendError
from bot.messages import Delivery, Pushed

log = logging.getLogger(__name__)

#: Seconds before the second, third and fourth try after "system busy".
_BACKOFF_S = (0.5, 1.0, 2.0)
_DELIVERIES = {
    Refusal.UNREACHABLE: Delivery.TEMPORARY_FAILURE,
    Refusal.WINDOW_CLOSED: Delivery.PERMANENT_FAILURE,
    Refusal.RECIPIENT_GONE: Delivery.PERMANENT_FAILURE,
    Refusal.RECIPIENT_FOREIGN: Delivery.PERMANENT_FAILURE,
    Refusal.RECIPIENT_DECLINED: Delivery.PERMANENT_FAILURE,
    Refusal.DUPLICATE: Delivery.SENT,
    Refusal.TOKEN_REJECTED: Delivery.CREATED,
    Refusal.THROTTLED: Delivery.CREATED,
    Refusal.QUOTA_USED_UP: Delivery.CREATED,
    Refusal.NOT_SENT: Delivery.CREATED,
    Refusal.ACCOUNT_BLOCKED: Delivery.CREATED,
}


class CustomerService:
    """Sends as `client` does. pause: waits so many seconds."""

    def __init__(self, client: OfficialClient, pause: Callable[[float], object] = time.sleep) -> None:
        self._client, self._pause = client, pause

    def send(self, openid: str, text: str) -> Pushed:
        """Push a text. What may have arrived is UNKNOWN and not tried again; what WeChat refused as busy is."""
        try:
            self._client.ready()
        except SendError as e:
            log.warning("no access token, nothing is sent", extra={"errcode": e.errcode})
            return Pushed(Delivery.CREATED, e.errcode, halt=True)
        for wait_s in (*_BACKOFF_S, None):
            try:
                self._client.send_text(openid, text)
                return Pushed(Delivery.SENT)
            except SendError as e:
                if wait_s is None or e.errcode is None or e.refusal is not Refusal.UNREACHABLE:
                    return _refused(e)
            self._pause(wait_s)
        raise AssertionError("the last try returns")


def _refused(error: SendError) -> Pushed:
    if error.errcode is None:
        return Pushed(Delivery.UNKNOWN)
    delivery = _DELIVERIES.get(error.refusal, Delivery.TECHNICAL_FAILURE)
    if delivery is Delivery.TECHNICAL_FAILURE:
        log.error("a customer-service message was refused", extra={"errcode": error.errcode, "error": str(error)})
    return Pushed(delivery, error.errcode, halt=delivery is Delivery.CREATED)
