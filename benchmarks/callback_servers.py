"""The servers that are measured, each a process of its own.

    python -m benchmarks.callback_servers flask|werobot PORT

flask    the floor: Flask, wechatpy's signature, parser and reply, an echo, waitress as it comes
werobot  WeRoBot as it comes: its own server, its default session in SQLite, an echo
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.callback_messages import ACCOUNT, AES_KEY, APP_ID, TOKEN
from bot.settings import ROOT

_START_S = 120


def serve_flask(port: int) -> None:
    """Serve the floor until killed."""
    from flask import Flask, request
    from waitress import serve
    from wechatpy import create_reply, parse_message
    from wechatpy.utils import check_signature

    app = Flask("floor")

    @app.post("/wechat")
    def wechat() -> str:
        check_signature(TOKEN, request.args["signature"], request.args["timestamp"], request.args["nonce"])
        message = parse_message(request.get_data())
        return str(create_reply(message.content, message).render())

    serve(app, host="127.0.0.1", port=port, _quiet=True)


def serve_werobot(port: int) -> None:
    """Serve WeRoBot until killed; its session file comes to lie in the working folder."""
    from werobot import WeRoBot

    robot = WeRoBot(token=TOKEN)

    @robot.text
    def echo(message: object) -> str:
        return str(message.content)  # type: ignore[attr-defined]

    robot.config["HOST"], robot.config["PORT"] = "127.0.0.1", port
    robot.run()


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens. folder: where it may write, gone with it."""

    name: str
    port: int
    path: str
    folder: Path
    process: subprocess.Popen[bytes]

    def cpu_s(self) -> float:
        """Processor time it has used so far, seconds; 0 where /proc does not say."""
        try:
            told = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return 0.0
        user, system = told.rpartition(") ")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def rival(name: str, folder: Path) -> Iterator[Server]:
    """One of the servers above, listening."""
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.callback_servers", name, str(port)]
    with _started(command, folder / name, {"PYTHONPATH": str(ROOT)}) as process:
        yield Server(name, port, "/" if name == "werobot" else "/wechat", folder / name, process)


@contextmanager
def ours(folder: Path, core: int | None = 0, more: Mapping[str, str] = MappingProxyType({})) -> Iterator[Server]:
    """`safetybot serve` in secure mode, with the statutes where they can be had.

    core  that it keeps to; None: it may use all
    more  settings
    """
    port, home = _free_port(), folder / "ours"
    settings = {
        "WECHAT__TOKEN": TOKEN, "WECHAT__AES_KEY": AES_KEY, "WECHAT__APP_ID": APP_ID, "WECHAT__ACCOUNT_ID": ACCOUNT,
        "VAR_DIR": str(home), **more,
    }  # fmt: skip
    environ = {f"SAFETYBOT_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "bot.cli"]
    subprocess.run([*command, "statutes"], env=os.environ | environ, cwd=ROOT, check=False)
    with _started([*command, "serve", "--port", str(port)], home, environ, ROOT, core) as process:
        yield Server("ours", port, "/wechat", home, process)


@contextmanager
def _started(
    command: list[str], folder: Path, environ: dict[str, str], cwd: Path | None = None, core: int | None = 0
) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    port = int(command[-1])
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [*(_pinned(core) if core is not None else ()), *command],
            cwd=cwd or folder,
            env=os.environ | environ,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_it_answers(process, port, folder / "log.txt")
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _pinned(core: int) -> list[str]:
    """Servers share one core, the client has another; where that cannot be had the figures are rougher."""
    return ["taskset", "-c", str(core)] if shutil.which("taskset") and (os.cpu_count() or 1) > 1 else []


def pin_client() -> bool:
    """Keep this process off the servers' core; False where that cannot be."""
    if not _pinned(0):
        return False
    os.sched_setaffinity(0, set(range(1, os.cpu_count() or 1)))
    return True


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as opened:
                opened.settimeout(_START_S)
                opened.sendall(b"GET / HTTP/1.0\r\n\r\n")
                if opened.recv(1):
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"a server did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    {"flask": serve_flask, "werobot": serve_werobot}[sys.argv[1]](int(sys.argv[2]))
