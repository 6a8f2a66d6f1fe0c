"""`safetybot serve`: one process that serves until it is told to end, and then loses nothing."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import logging
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from bot.errors import SettingsError, StoreError
from bot.incoming import SMALL_BYTES
from bot.settings import ServerSettings, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from flask import Flask

    from bot.draining import DrainingServer
    from bot.jobs import Crew
    from bot.meanwhile import Meanwhile
    from bot.services import Services
    from bot.warming import Warming

log = logging.getLogger(__name__)

#: Threads that run Python take turns: with the default of 5 ms one busy thread adds its 5 ms to each message.
#: Measured with 4 busy threads: half the answers took longer than 5.9 s at 5 ms, than 11 ms at 0.5 ms.
SWITCH_INTERVAL_S = 0.0005
_BACKLOG = 1024
_GC_OBJECTS = 20_000
#: After each file of the content that is read ahead, which takes 8 ms on average.
_BREATH_S = 0.03
#: Documents are uploaded by staff; a view takes less, where it needs less.
_STAFF, _STAFF_BODY_BYTES = "/staff/", 64 << 20
#: The stand-in of WeChat calls this process while its own page waits, and can be told to be slow.
_SIMULATOR_THREADS = 16
#: A video that is sent to the stand-in may have 10 MB.
_SIMULATOR, _SIMULATOR_BODY_BYTES = "/simulator/", 12 << 20


def serve(settings: Settings, host: str | None = None, port: int | None = None, simulator: bool = False) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code. Prints one line, the addresses, once it listens.

    host, port, simulator  over the settings, where given; port 0 takes a free one

    Raises SettingsError, ContentErrors, StoreError where these are what keeps it from starting.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    settings = replace(settings, server=_given(settings.server, host, port, simulator))
    with contextlib.ExitStack() as stack:
        try:
            _check_folder(settings.var_dir)
            listener = stack.enter_context(_listen(settings.server.host, settings.server.port))
            server, warming, crew, code = stack.enter_context(_opened(settings, listener))
        except OSError as e:
            print(f"cannot start: {e.strerror or e}", file=sys.stderr)
            return 1
        stop_on_signal(lambda: _end(server, crew))
        _announce(_address(listener), settings.server.simulator, code)
        warming.start(on_error=server.stop)
        if crew:
            crew.start()
        server.run()
        warming.check()
    log.info("ended")
    return 0


def _given(server: ServerSettings, host: str | None, port: int | None, simulator: bool) -> ServerSettings:
    port = server.port if port is None else port
    if not 0 <= port <= 65535:
        raise SettingsError("--port: must be between 0 and 65535")
    return replace(server, host=host or server.host, port=port, simulator=simulator or server.simulator)


def _check_folder(folder: Path) -> None:
    """Raise OSError, saying which folder, unless files can be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as e:
        raise OSError(e.errno, f"var_dir {folder} cannot be written: {e.strerror}") from e


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError, saying what to do.

    It listens before the knowledge is read: whoever asks meanwhile waits, and is not refused.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # "localhost" is both; 127.0.0.1 is what people type.
        family, *_, at = min(found, key=lambda info: info[0] != socket.AF_INET)
        return socket.create_server((str(at[0]), port), family=family, backlog=_BACKLOG)
    except OSError as e:
        advice = "choose another with --host and --port, or with server.host and server.port in the settings"
        raise OSError(e.errno, f"cannot listen on {host}:{port}: {e.strerror}; {advice}") from e


def _address(listener: socket.socket) -> str:
    """http://host:port as a browser on this machine reaches it."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _opened(settings: Settings, listener: socket.socket) -> Iterator[tuple[DrainingServer, Warming, Crew | None, str]]:
    """The server with its app and services, and the code that makes the first account; afterwards all is written."""
    from bot.app import create_app
    from bot.channels.official import CALLBACK_PATH, Callback
    from bot.channels.wecom import CALLBACK_PATH as WECOM_PATH
    from bot.channels.wecom import WeComCallback
    from bot.draining import DrainingServer
    from bot.meanwhile import Meanwhile
    from bot.services import Services
    from bot.warming import Warming

    threads, stand_in = settings.server.threads, None
    demonstration = contextlib.ExitStack()
    if settings.server.simulator:
        from bot.demo import with_simulator
        from bot.simulated import shared

        own = settings
        settings, stand_in = with_simulator(own, _address(listener))
        demonstration.enter_context(shared(own, settings))
        threads = max(threads, _SIMULATOR_THREADS)
    services = Services(settings)
    patience_s = settings.wechat.reply_deadline_s
    meanwhile = Meanwhile(settings.knowledge_dir, services.danger_lexicon, settings.var_dir / "meanwhile.jsonl")
    callbacks: dict[str, WSGIApplication] = {
        CALLBACK_PATH: Callback(settings.wechat, meanwhile), WECOM_PATH: WeComCallback(settings.wecom, meanwhile),
    }  # fmt: skip
    pages = create_app(services, stand_in)
    app = Warming(pages, lambda: _prepare(services, meanwhile), patience_s, callbacks, lambda: _warm(services, pages))
    # Before there are threads: what it imports must be there as a whole when they make statements.
    crew = services.crew(settings.worker.serve_threads) if settings.worker.in_serve else None
    services.records.start()
    services.office_keeper.start()
    services.keeper.start()
    services.taken.start()
    bytes_of = _body_limits(settings)
    try:
        at_once = CALLBACK_PATH
        server = DrainingServer(app, listener, threads=threads, max_body_bytes=bytes_of, at_once=at_once)
        yield server, app, crew, _setup_code(services)
    finally:
        services.close()
        demonstration.close()


def _body_limits(settings: Settings) -> Callable[[str], int]:
    """The most bytes that may be sent to a path. Strangers have no files to send."""
    large = {_STAFF: _STAFF_BODY_BYTES}
    if settings.server.simulator:
        large[_SIMULATOR] = _SIMULATOR_BODY_BYTES
    most = max(SMALL_BYTES, settings.wechat.max_body_bytes)

    def of(path: str) -> int:
        return next((count for begin, count in large.items() if path.startswith(begin)), most)

    return of


def _setup_code(services: Services) -> str:
    """What makes the first account of the staff site; empty where there is one, or where the database is away."""
    try:
        return services.accounts.setup_code() or ""
    except StoreError:
        return ""


def _prepare(services: Services, meanwhile: Meanwhile) -> None:
    """Make ready what answers, and spare it the garbage collector: it stays, and looking through it takes long."""
    _ = services.answerer
    meanwhile.hand_over(services.inbox)
    gc.collect()
    gc.freeze()
    # Messages leave hardly a cycle behind: looked for every 700 objects, that costs each of them 3 % of its time.
    gc.set_threshold(_GC_OBJECTS, 10, 10)


def _warm(services: Services, pages: Flask) -> None:
    """Make the first page of staff ready, and keep it from the garbage collector as well.

    Messages come all the while, and each waits for its turn several times: read in one go, the content would hold
    them up for a second.
    """
    from bot.console.today import warm

    services.desk.read_ahead(lambda: time.sleep(_BREATH_S))
    warm(pages)
    gc.collect()
    gc.freeze()


def _end(server: DrainingServer, crew: Crew | None) -> None:
    """Begin nothing more, and let what has begun come to its end."""
    if crew:
        crew.end()
    server.stop()


def stop_on_signal(end: Callable[[], object]) -> None:
    """Ctrl-C and SIGTERM end a process in order, a second one ends it at once."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        end()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _announce(address: str, simulator: bool, code: str) -> None:
    line = f"聊天页 {address}/  工作台 {address}/staff/"
    if code:
        line += f"（首次使用，启动码 {code}）"
    if simulator:
        line += f"  微信模拟器 {address}/simulator/"
    # Where standard output speaks no Chinese the addresses are what counts.
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding), flush=True)
