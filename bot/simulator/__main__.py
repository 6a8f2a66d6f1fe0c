"""Run the stand-in alone: `python -m bot.simulator --callback http://127.0.0.1:8000/wechat …`."""

import argparse
from collections.abc import Sequence

import waitress  # type: ignore[import-untyped,unused-ignore]

from .config import Mode, Profile, SimulatorConfig
from .server import URL_PREFIX, create_app
from .simulator import Simulator

#: A slow switch holds a thread; the page's polling must not wait for it.
THREADS = 16


def read_arguments(argv: Sequence[str] | None = None) -> tuple[str, int, SimulatorConfig]:
    """Host, port and settings from the command line; exits with a message for bad ones."""
    defaults = SimulatorConfig()
    parser = argparse.ArgumentParser(prog="python -m bot.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--callback", required=True, help="address of the bot's callback")
    parser.add_argument("--token", default=defaults.token)
    parser.add_argument("--aes-key", default=defaults.aes_key)
    parser.add_argument("--app-id", default=defaults.app_id)
    parser.add_argument("--secret", default=defaults.secret)
    parser.add_argument("--account-id", default=defaults.account_id)
    parser.add_argument("--account-name", default=defaults.account_name)
    parser.add_argument("--mode", choices=list(Mode), type=Mode, default=defaults.mode)
    parser.add_argument("--profile", choices=list(Profile), type=Profile, default=defaults.profile)
    parser.add_argument("--deadline", type=float, default=defaults.deadline_s, help="seconds, 5 at WeChat")
    given = parser.parse_args(argv)
    try:
        return given.host, given.port, _config(given)
    except ValueError as e:
        parser.error(str(e))


def _config(given: argparse.Namespace) -> SimulatorConfig:
    return SimulatorConfig(
        app_id=given.app_id,
        secret=given.secret,
        token=given.token,
        aes_key=given.aes_key,
        account_id=given.account_id,
        account_name=given.account_name,
        callback_url=given.callback,
        public_url=f"http://{given.host}:{given.port}{URL_PREFIX}",
        mode=given.mode,
        profile=given.profile,
        deadline_s=given.deadline,
    )


def main() -> None:
    """Serve until interrupted."""
    host, port, config = read_arguments()
    waitress.serve(create_app(Simulator(config)), host=host, port=port, threads=THREADS)


if __name__ == "__main__":
    main()
