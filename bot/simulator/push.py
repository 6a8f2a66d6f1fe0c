"""Delivering a push to the bot over real HTTP: the deadline, the repeats, the verdict."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from .config import SimulatorConfig
from .envelope import Push
from .reply import HasMedia, Judgement, Outcome, PassiveReply, judge

#: An answer longer than this is cut: nothing that long is a reply.
MAX_ANSWER_BYTES = 1 << 20
USER_AGENT = "Mozilla/4.0"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP request and what came of it.

    status      None when no complete answer arrived
    elapsed_s   real time, not the simulated clock's
    error       "timeout", "disconnected" or why there was nobody to ask; "" when an answer arrived
    """

    status: int | None
    elapsed_s: float
    body: bytes = b""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOutcome:
    """How one push ended.

    attempts   the first delivery and WeChat's own retries, in order
    repeats    further deliveries of the same push that a switch asked for; their answers are not shown
    problem    why it is a FAILURE, for the developer
    push       None for the verification of the URL, which is no push
    """

    push: Push | None
    attempts: tuple[Attempt, ...]
    outcome: Outcome
    reply: PassiveReply | None = None
    problem: str = ""
    repeats: tuple[Attempt, ...] = ()

    @property
    def text(self) -> str:
        """The words of a text reply, "" for anything else."""
        return self.reply.content if self.reply else ""


@dataclass(frozen=True, slots=True)
class Repeats:
    """A switch: deliver each push `count` more times, after the first delivery or at the same moment."""

    count: int = 0
    concurrently: bool = False


def deliver(config: SimulatorConfig, push: Push, has_media: HasMedia, repeats: Repeats) -> PushOutcome:
    """Send `push` until an answer counts, at most `config.attempts` times, plus the repeats asked for."""
    if not repeats.count:
        return _exchange(config, push, has_media)
    with ThreadPoolExecutor(repeats.count) as pool:
        first = None if repeats.concurrently else _exchange(config, push, has_media)
        later = [pool.submit(request, config, "POST", push.query, push.body) for _ in range(repeats.count)]
        first = first or _exchange(config, push, has_media)
        extra = tuple(future.result() for future in later)
    return PushOutcome(
        push=push,
        attempts=first.attempts,
        outcome=first.outcome,
        reply=first.reply,
        problem=first.problem,
        repeats=extra,
    )


def _exchange(config: SimulatorConfig, push: Push, has_media: HasMedia) -> PushOutcome:
    attempts: list[Attempt] = []
    judgement = Judgement(Outcome.FAILURE)
    while len(attempts) < config.attempts:
        attempt = request(config, "POST", push.query, push.body)
        attempts.append(attempt)
        judgement = _judge_attempt(config, push, attempt, has_media)
        if not _retries(config, attempt, judgement):
            break
    return PushOutcome(
        push=push,
        attempts=tuple(attempts),
        outcome=judgement.outcome,
        reply=judgement.reply,
        problem=judgement.problem,
    )


def _judge_attempt(config: SimulatorConfig, push: Push, attempt: Attempt, has_media: HasMedia) -> Judgement:
    if attempt.status is None:
        return Judgement(Outcome.FAILURE, problem=attempt.error)
    return judge(config, push, attempt.status, attempt.body, has_media)


def _retries(config: SimulatorConfig, attempt: Attempt, judgement: Judgement) -> bool:
    """Timeouts, broken connections and 5xx are retried; an abnormal body only when configured."""
    if attempt.status is None or attempt.status >= 500:
        return True
    return config.retries_abnormal and judgement.outcome is Outcome.FAILURE


def request(config: SimulatorConfig, method: str, query: str, body: bytes | None) -> Attempt:
    """One request to the bot, over within `config.deadline_s` whatever the bot does.

    A socket's timeout restarts with every byte, so a bot that trickles would be waited for too long:
    a watchdog hangs up at the deadline. Redirects are not followed.
    """
    if not config.callback_url:
        return Attempt(None, 0.0, error="no callback_url is configured")
    connection = _connection(config)
    started = time.monotonic()
    try:
        connection.connect()
        with _watchdog(connection.sock, config.deadline_s - (time.monotonic() - started)):
            connection.request(method, _target(config, query), body, _headers(body))
            response = connection.getresponse()
            content = response.read(MAX_ANSWER_BYTES)
        elapsed_s = time.monotonic() - started
        if response.length or elapsed_s >= config.deadline_s:  # the answer was cut short
            return Attempt(None, elapsed_s, error=_error(config, elapsed_s))
        return Attempt(response.status, elapsed_s, content)
    except (OSError, http.client.HTTPException):
        elapsed_s = time.monotonic() - started
        return Attempt(None, elapsed_s, error=_error(config, elapsed_s))
    finally:
        connection.close()


@contextmanager
def _watchdog(sock: socket.socket, timeout_s: float) -> Iterator[None]:
    """Hang up after `timeout_s`, which wakes whoever is reading."""
    timer = threading.Timer(max(timeout_s, 0), _hang_up, [sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _connection(config: SimulatorConfig) -> http.client.HTTPConnection:
    parts = urlsplit(config.callback_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=config.deadline_s)


def _target(config: SimulatorConfig, query: str) -> str:
    parts = urlsplit(config.callback_url)
    own = f"{parts.query}&" if parts.query else ""
    return f"{parts.path or '/'}?{own}{query}"


def _headers(body: bytes | None) -> dict[str, str]:
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close"}
    return headers | ({"Content-Type": "text/xml"} if body is not None else {})


def _error(config: SimulatorConfig, elapsed_s: float) -> str:
    # A little early counts too: the socket's own timeout may fire before the watchdog.
    return "timeout" if elapsed_s >= config.deadline_s * 0.95 else "disconnected"


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):  # closed in the meantime
        sock.shutdown(socket.SHUT_RDWR)
