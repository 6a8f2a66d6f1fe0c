"""One call to an OpenAI-compatible API (POST …/chat/completions) within a time that holds whatever happens."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from bot.settings import LlmSettings

#: Of an answer; a longer one is no answer of a few sentences.
MAX_ANSWER_BYTES = 256 << 10
_OK = 200


class ModelFaultError(Exception):
    """There is no text from the model. reason: one word or two for the log, with nothing from outside in it.

    ours  the server was not even asked, so it is not to blame
    """

    def __init__(self, reason: str, *, ours: bool = False) -> None:
        self.reason, self.ours = reason, ours
        super().__init__(reason)


class ModelClient:
    """Asks the model. May be used from many threads.

    at_most  calls at once; one more is not made: it would only wait
    """

    def __init__(self, settings: LlmSettings, at_most: int) -> None:
        self._settings, self._free = settings, threading.Semaphore(at_most)

    def complete(self, system: str, user: str, max_tokens: int, timeout_s: float) -> str:
        """What the model says, stripped. Raises ModelFaultError and nothing else, after timeout_s at the latest."""
        if not self._free.acquire(blocking=False):
            raise ModelFaultError("busy", ours=True)
        call = _Call(self._settings, _body(self._settings.model, system, user, max_tokens), timeout_s, self._free)
        # A thread of its own: no time-out of a socket covers the look-up of a name, or bytes that drip in one by one.
        try:
            threading.Thread(target=call.run, name="llm", daemon=True).start()
        except RuntimeError as e:
            self._free.release()
            raise ModelFaultError("no thread", ours=True) from e
        if not call.done.wait(timeout_s):
            call.give_up()
            raise ModelFaultError("timeout")
        if call.fault:
            raise ModelFaultError(call.fault)
        return call.text


def _body(model: str, system: str, user: str, max_tokens: int) -> bytes:
    asked = {
        "model": model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        "temperature": 0,
        "max_tokens": max_tokens,
        "stream": False,
    }
    return json.dumps(asked, ensure_ascii=False).encode()


class _Call:
    """One request in its own thread; `done` is set when it has ended, well or not."""

    def __init__(self, settings: LlmSettings, body: bytes, timeout_s: float, free: threading.Semaphore) -> None:
        self.text = self.fault = ""
        self.done = threading.Event()
        self._settings, self._body, self._timeout_s, self._free = settings, body, timeout_s, free
        self._socket: socket.socket | None = None

    def run(self) -> None:
        """Make the call. Never raises."""
        try:
            self.text = _text_of(self._exchange())
        except ModelFaultError as e:
            self.fault = e.reason
        except TimeoutError:
            self.fault = "timeout"
        except Exception as e:  # whatever a server can do to http.client and json; its words are not to be logged
            self.fault = type(e).__name__
        finally:
            self._free.release()
            self.done.set()

    def give_up(self) -> None:
        """End what waits for the server, so that the thread does not stay."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _exchange(self) -> bytes:
        """The body of the answer. Follows no redirect: the key is for this address alone."""
        parts = urlsplit(self._settings.base_url.rstrip("/"))
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=self._timeout_s)
        try:
            connection.connect()
            self._socket = connection.sock
            connection.request("POST", f"{parts.path}/chat/completions", self._body, self._headers())
            response = connection.getresponse()
            if response.status != _OK:
                raise ModelFaultError(f"http {response.status}")
            data = response.read(MAX_ANSWER_BYTES + 1)
            if len(data) > MAX_ANSWER_BYTES:
                raise ModelFaultError("too long")
            return data
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        key = self._settings.api_key
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
        return headers | ({"Authorization": f"Bearer {key}"} if key else {})


def _text_of(data: bytes) -> str:
    """The text in an answer. Raises ModelFaultError, or what json and a wrong shape raise."""
    answer: Any = json.loads(data.decode())
    choice = answer["choices"][0]
    text = choice["message"]["content"]
    if not isinstance(text, str) or not text.strip():
        raise ModelFaultError("empty")
    if choice.get("finish_reason") not in (None, "stop"):
        raise ModelFaultError("cut off")
    return text.strip()
