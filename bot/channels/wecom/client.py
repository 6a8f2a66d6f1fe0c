"""Calls to WeCom's API in the name of one app. Every failure is a SendError; errcodes.py says what its code means."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from bot.calling import Caller
from bot.channels.wecom.errcodes import REJECTED, refusal_of
from bot.errors import SendError
from bot.settings import WeComSettings
from bot.store.kv import KeyValue
from bot.tokens import TokenKeeper

_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_MAX_ERROR_CHARS = 200


class WeComClient:
    """Calls in the name of the app of the settings. May be used from many threads."""

    def __init__(self, settings: WeComSettings, store: KeyValue) -> None:
        self._settings = settings
        self._caller = Caller(settings.api_base, settings.api_timeout_s)
        # Each app has a token of its own, which WeCom gives again to whoever asks again.
        name = f"{settings.corp_id}:{settings.agent_id}"
        self._tokens = TokenKeeper(store, name, lambda _force: self._fetch(), "wecom")

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """One call; once more with a new token where WeCom rejects the first. Raises SendError where it is refused."""
        return self._done("POST", path, json.dumps(body, ensure_ascii=False).encode(errors="replace"))

    def check(self) -> str:
        """The app's name: shows that company, secret, agent_id and trusted IP are right."""
        return str(self._done("GET", f"agent/get?agentid={self._settings.agent_id}").get("name", ""))

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()

    def _done(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        token = self._tokens.to_send()
        answer = self._once(method, path, body, token)
        if answer["errcode"] in REJECTED:
            token = self._tokens.to_send(rejected=token)
            answer = self._once(method, path, body, token)
        check(answer, token)
        return answer

    def _once(self, method: str, path: str, body: bytes | None, token: str) -> dict[str, Any]:
        sign = "&" if "?" in path else "?"
        target = f"/cgi-bin/{path}{sign}access_token={quote(token, safe='')}"
        return coded(self._caller.call(method, target, body, _HEADERS if body else None).json())

    def _fetch(self) -> tuple[str, float]:
        query = urlencode({"corpid": self._settings.corp_id, "corpsecret": self._settings.secret})
        answer = coded(self._caller.call("GET", f"/cgi-bin/gettoken?{query}").json())
        check(answer, self._settings.secret)
        try:
            return str(answer["access_token"]), float(answer["expires_in"])
        except (KeyError, TypeError, ValueError):
            raise SendError("WeCom's answer holds no access token") from None


def coded(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, with its errcode a number. Raises SendError where it has none: it was not WeCom that answered."""
    if not isinstance(answer.get("errcode"), int):
        raise SendError("the answer holds no errcode")
    return answer


def check(answer: dict[str, Any], secret: str) -> None:
    """Raise SendError where WeCom refused. secret: must not be told, should WeCom repeat it."""
    code = answer["errcode"]
    if code:
        words = str(answer.get("errmsg", ""))
        words = (words.replace(secret, "***") if secret else words)[:_MAX_ERROR_CHARS]
        raise SendError(f"WeCom refused: {code} {words}", code, refusal_of(code))
