"""Calls to WeChat's API (服务端接口). Every failure is a SendError; errcodes.py says what its code means."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

from requests import Response
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from bot.channels.official.errcodes import refusal_of
from bot.channels.official.render import MAX_TEXT_BYTES, content, plain
from bot.errors import Refusal, SendError, StoreError
from bot.messages import Choice, cut_text
from bot.settings import WeChatSettings
from bot.store.kv import KeyValue
from bot.tokens import TokenKeeper

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds to connect, of the time-out; the rest of it is for the answer.
_CONNECT_S = 2.0
_MAX_ERROR_CHARS = 200
#: A file comes in such parts; after each one is looked at the time.
_PART_BYTES = 16 << 10
#: What is left of a text beside very many choices, so that people see what they are choices for.
_MIN_HEAD_BYTES = 256


class OfficialClient:
    """Sends to followers and asks about the account. Raises SendError and nothing else.

    May be used from many threads. `close` gives its connections back.
    """

    def __init__(self, settings: WeChatSettings, store: KeyValue) -> None:
        self._api = _Api(settings, store)

    def send_text(self, openid: str, text: str) -> None:
        """Push a customer-service message (客服消息): 5 within 48 hours after the follower wrote."""
        self._api.message.send_text(openid, content(text))

    def send_choices(self, openid: str, text: str, choices: Sequence[Choice]) -> None:
        """Push a text with choices to tap (客服菜单消息), numbered lines where the account may not send such.

        A tap sends what it shows, so it shows the choice's text and not its label.
        """
        shown = [{"id": choice.id, "content": plain(choice.text)} for choice in choices]
        room = MAX_TEXT_BYTES - sum(len(option["content"].encode()) for option in shown)
        menu = {"head_content": cut_text(plain(text), max(_MIN_HEAD_BYTES, room))[0], "list": shown}
        try:
            self._api.message.send_msg_menu(openid, menu)
        except SendError as e:
            if e.refusal is not Refusal.UNSUPPORTED:
                raise
            self._api.message.send_text(openid, content(text, choices, tappable=False))

    def post(self, path: str, data: dict[str, Any]) -> dict[str, Any]:
        """One call with a JSON body, and what was answered."""
        answer: dict[str, Any] = self._api.post(path, data=data)
        return answer

    def fetch(self, path: str) -> dict[str, Any]:
        """One call without a body, and what was answered."""
        answer: dict[str, Any] = self._api.get(path)
        return answer

    def download(self, path: str, data: dict[str, Any], at_most: int) -> bytes:
        """One call with a JSON body that is answered with a file: its first bytes, so many at most."""
        return self._api.download(path, data, at_most)

    def upload(self, path: str, name: str, data: bytes, kind: str, description: str = "") -> dict[str, Any]:
        """Hand a file over, as the form field `media`. kind: as in Content-Type; description: a field beside it."""
        files: dict[str, Any] = {"media": (name, data, kind)}
        if description:
            files["description"] = (None, description)  # no name of a file: an ordinary field of the form
        answer: dict[str, Any] = self._api.post(path, files=files)
        return answer

    def check(self) -> list[str]:
        """The addresses that WeChat calls from: shows that AppID, AppSecret and the IP list are right."""
        return [str(ip) for ip in self._api.get("getcallbackip").get("ip_list") or ()]

    def user_info(self, openid: str) -> dict[str, Any]:
        """What WeChat tells of a follower: subscribe 0 or 1, subscribe_time, tagid_list …, no name since 2021."""
        info: dict[str, Any] = self._api.get("user/info", params={"openid": openid, "lang": "zh_CN"})
        return info

    def mass_status(self, number: str) -> str:
        """What came of a mass message: SEND_SUCCESS, SENDING, SEND_FAIL or DELETE; no counts."""
        return str(self._api.post("message/mass/get", data={"msg_id": number}).get("msg_status", ""))

    def ready(self) -> None:
        """See that there is an access token: a call that fails after this may have been carried out, not before."""
        try:
            _ = self._api.access_token
        except StoreError as e:
            raise SendError("the store of the access token is out of reach") from e

    def user_infos(self, openids: Sequence[str]) -> list[dict[str, Any]]:
        """What WeChat tells of at most 100 followers at once; see user_info."""
        asked = [{"openid": openid, "lang": "zh_CN"} for openid in openids]
        told: list[dict[str, Any]] = self._api.post("user/info/batchget", data={"user_list": asked}).get(
            "user_info_list"
        )
        return told or []

    def followers_after(self, openid: str) -> tuple[list[str], str, int]:
        """At most 10,000 openids after one of them ("" for the first), the last of them, and how many follow in all.

        500 calls a day. Source: 用户管理, user/get; the page after the last has no data.
        """
        page = self._api.get("user/get", params={"next_openid": openid} if openid else {})
        with _as_expected():
            return _openids(page), str(page.get("next_openid") or ""), int(page["total"])

    def tags(self) -> list[tuple[int, str]]:
        """Id and name of each tag (标签)."""
        held = self._api.get("tags/get")
        with _as_expected():
            return [(int(tag["id"]), str(tag["name"])) for tag in held["tags"]]

    def wearers_after(self, tag_id: int, openid: str) -> tuple[list[str], str]:
        """At most a page of openids that wear a tag, after one of them, and the last of them."""
        page = self._api.post("user/tag/get", data={"tagid": tag_id, "next_openid": openid})
        with _as_expected():
            return _openids(page), str(page.get("next_openid") or "")

    def make_qr(self, scene: str) -> str:
        """The address of the picture of a permanent QR (QR_LIMIT_STR_SCENE, 1 to 64 characters); 100,000 in all."""
        return f"https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket={quote(self._qr(scene, 'ticket'), safe='')}"

    def make_qr_link(self, scene: str) -> str:
        """What such a QR holds, to be drawn by whoever shows it."""
        return self._qr(scene, "url")

    def _qr(self, scene: str, wanted: str) -> str:
        data = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        answer = self._api.post("qrcode/create", data=data)
        with _as_expected():
            return str(answer[wanted])

    @property
    def tokens(self) -> TokenKeeper:
        """The keeper of the access token, for all who call WeChat in this process."""
        return self._api.keeper

    def close(self) -> None:
        """Close the connections."""
        self._api.close()


def _openids(page: dict[str, Any]) -> list[str]:
    held = page.get("data") or {}
    return [str(openid) for openid in held.get("openid") or ()]


@contextmanager
def _as_expected() -> Iterator[None]:
    """An answer of another shape is a refusal like others."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as e:
        raise SendError(f"WeChat's answer has another shape: {type(e).__name__}", None, Refusal.UNKNOWN) from e


class _Api(WeChatClient):  # type: ignore[misc]
    """wechatpy's client without its ways of failing (1.8.18: endless retries, no time-outs, secrets in errors)."""

    def __init__(self, settings: WeChatSettings, store: KeyValue) -> None:
        timeout = (min(_CONNECT_S, settings.api_timeout_s), settings.api_timeout_s)
        super().__init__(settings.app_id, settings.secret, timeout=timeout, auto_retry=False)
        self.API_BASE_URL = f"{settings.api_base.rstrip('/')}/cgi-bin/"
        self.keeper = TokenKeeper(store, settings.app_id, self._fetch)

    @property
    def access_token(self) -> str:
        """The shared token. wechatpy looks at it once before __init__ and expects this AttributeError then."""
        return self.keeper.token()

    def fetch_access_token(self) -> dict[str, Any]:
        """Not needed by anyone; overridden because wechatpy's calls the real WeChat whatever the settings say."""
        return {"access_token": self.access_token}

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def download(self, path: str, data: dict[str, Any], at_most: int) -> bytes:
        """See OfficialClient."""
        return self._with_token(lambda token: self._file(path, token, data, at_most))

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        # A file that was read once would go out empty the second time.
        tries = 1 if "files" in kwargs else 2
        return self._with_token(lambda token: self._once(method, url_or_endpoint, token, **kwargs), tries)

    def _with_token(self, call: Callable[[str], T], tries: int = 2) -> T:
        """One call; once more with a new token where WeChat rejects the first."""
        try:
            token = self.access_token
            try:
                return call(token)
            except SendError as e:
                if e.refusal is not Refusal.TOKEN_REJECTED or tries == 1:
                    raise
                log.info("access token rejected", extra={"errcode": e.errcode})
            return call(self.keeper.renewed(token))
        except StoreError as e:
            raise SendError("the store of the access token is out of reach") from e

    def _file(self, path: str, token: str, data: dict[str, Any], at_most: int) -> bytes:
        """The first bytes of a file. What is JSON instead says why there is none."""
        try:
            with self._http.post(
                f"{self.API_BASE_URL}{path}", params={"access_token": token}, json=data, timeout=self.timeout,
                allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                status, body = answer.status_code, _first(answer, at_most, sum(self.timeout))
        except Exception as e:
            raise self._send_error(e, token) from None  # see _once
        if status != HTTPStatus.OK:
            raise SendError(f"WeChat answered with HTTP {status}")
        if body.startswith(b"{"):
            raise self._no_file(body, token)
        return body

    def _no_file(self, body: bytes, token: str) -> SendError:
        try:
            told = json.loads(body)
            return self._refused(int(told["errcode"]), str(told.get("errmsg", "")), token)
        except (KeyError, TypeError, ValueError):
            return SendError("WeChat's answer is no file", None, Refusal.BAD_CONTENT)

    def _once(self, method: str, path: str, token: str, **kwargs: Any) -> dict[str, Any]:
        kwargs["params"] = {**(kwargs.get("params") or {}), "access_token": token} if token else None
        try:
            result = super()._request(method, path, allow_redirects=False, **kwargs)
        except Exception as e:  # requests', wechatpy's, or a KeyError where an answer has another shape
            # `from None`: the text of the cause holds the address, and the address the token.
            raise self._send_error(e, token) from None
        if not isinstance(result, dict):  # wechatpy hands on a page that is no JSON as if all were well
            raise SendError("WeChat's answer is not a JSON object")
        return result

    def _fetch(self, force: bool) -> tuple[str, float]:
        data = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": force,
        }
        try:
            result = self._once("post", "stable_token", "", data=data)
            return str(result["access_token"]), float(result["expires_in"])
        except SendError as e:
            # 40001 means here that the AppSecret is wrong: no new token helps, so say what 40125 says.
            code = 40125 if e.errcode == 40001 else e.errcode
            raise SendError(str(e), code, refusal_of(code)) from None
        except (KeyError, TypeError, ValueError):
            raise SendError("WeChat's answer holds no access token") from None

    def _send_error(self, error: Exception, token: str) -> SendError:
        if not isinstance(error, WeChatClientException):
            return SendError(f"WeChat did not answer: {type(error).__name__}")
        if error.errcode is None:
            return SendError(f"WeChat answered with HTTP {getattr(error.response, 'status_code', '?')}")
        return self._refused(error.errcode, str(error.errmsg), token)

    def _refused(self, code: int, words: str, token: str) -> SendError:
        for secret in (self.secret, token):
            words = words.replace(secret, "***") if secret else words
        return SendError(f"WeChat refused: {code} {words[:_MAX_ERROR_CHARS]}", code, refusal_of(code))


def _first(answer: Response, at_most: int, whole_s: float) -> bytes:
    """The first bytes of an answer. Raises TimeoutError where they come too slowly."""
    held, end = bytearray(), time.monotonic() + whole_s
    for part in answer.iter_content(_PART_BYTES):
        held += part
        if len(held) >= at_most:
            break
        if time.monotonic() > end:
            raise TimeoutError
    return bytes(held[:at_most])
