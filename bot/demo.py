"""A demonstration without an account: the stand-in of WeChat in the bot's own process, and both set up to fit."""

from __future__ import annotations

import secrets
import string
from dataclasses import replace

from bot.settings import Settings, WeChatSettings
from bot.simulator import Mode, Simulator, SimulatorConfig

_LETTERS_AND_DIGITS = string.ascii_letters + string.digits


def with_simulator(settings: Settings, address: str) -> tuple[Settings, Simulator]:
    """Settings for a bot beside the stand-in of WeChat, and the stand-in that calls this bot.

    address  where both are served, without a slash at the end: http://127.0.0.1:8000

    An account that is set up is kept, so that its own settings can be tried out. Without one, another is made up at
    each start: nobody can know its token in advance, even where the port is open to others.
    """
    wechat = settings.wechat if settings.wechat.token else _made_up(settings.wechat, address)
    return replace(settings, wechat=wechat), Simulator(_config(wechat, address, settings.office.name))


def _made_up(wechat: WeChatSettings, address: str) -> WeChatSettings:
    return replace(
        wechat,
        account_id=f"gh_{secrets.token_hex(6)}",
        app_id=f"wx{secrets.token_hex(8)}",
        secret=secrets.token_hex(16),
        token=secrets.token_hex(16),
        aes_key="".join(secrets.choice(_LETTERS_AND_DIGITS) for _ in range(43)),
        previous_aes_key="",
        api_base=f"{address}/simulator",
    )


def _config(wechat: WeChatSettings, address: str, name: str) -> SimulatorConfig:
    standard = SimulatorConfig()
    return SimulatorConfig(
        app_id=wechat.app_id or standard.app_id,
        secret=wechat.secret or standard.secret,
        token=wechat.token,
        aes_key=wechat.aes_key or standard.aes_key,
        account_id=wechat.account_id or standard.account_id,
        account_name=name,
        callback_url=f"{address}/wechat",
        public_url=f"{address}/simulator",
        mode=Mode.SAFE if wechat.aes_key else Mode.PLAIN,
    )
