"""A demonstration without an account: the stand-in of WeChat in the bot's own process, and both set up to fit."""

from __future__ import annotations

import secrets
import string
from dataclasses import replace

from bot.channels.sms.callback import REPORTS_PATH
from bot.channels.wecom import CALLBACK_PATH as WECOM_PATH
from bot.people.phones import robots_of
from bot.settings import Settings, SmsSettings, WeChatSettings, WeComSettings
from bot.simulator import Mode, Simulator, SimulatorConfig
from bot.simulator.accounts import SmsConfig, WeComConfig

_LETTERS_AND_DIGITS = string.ascii_letters + string.digits


def with_simulator(settings: Settings, address: str) -> tuple[Settings, Simulator]:
    """Settings for a bot beside the stand-in of WeChat, and the stand-in that calls this bot.

    address  where both are served, without a slash at the end: http://127.0.0.1:8000

    Accounts that are set up are kept, so that their own settings can be tried out. Where there is none, another is
    made up at each start: nobody can know its token in advance, even where the port is open to others.
    """
    wechat = settings.wechat if settings.wechat.token else _made_up(settings.wechat, address)
    wecom = settings.wecom if settings.wecom.corp_id else _made_up_wecom(settings.wecom, address)
    sms = settings.sms if settings.sms.provider else _made_up_sms(settings.sms, address)
    held = replace(settings, wechat=wechat, wecom=wecom, sms=sms)
    return held, Simulator(_config(held, address))


def _made_up(wechat: WeChatSettings, address: str) -> WeChatSettings:
    return replace(
        wechat,
        account_id=f"gh_{secrets.token_hex(6)}",
        app_id=f"wx{secrets.token_hex(8)}",
        secret=secrets.token_hex(16),
        token=secrets.token_hex(16),
        aes_key=_key(),
        previous_aes_key="",
        api_base=f"{address}/simulator",
    )


def _made_up_wecom(wecom: WeComSettings, address: str) -> WeComSettings:
    return replace(
        wecom,
        corp_id=f"ww{secrets.token_hex(8)}",
        agent_id=1_000_002,
        secret=secrets.token_hex(16),
        token=secrets.token_hex(16),
        aes_key=_key(),
        api_base=f"{address}/simulator/wecom",
    )


def _made_up_sms(sms: SmsSettings, address: str) -> SmsSettings:
    standard = SmsConfig()
    return replace(
        sms,
        provider="aliyun",
        key_id=standard.access_key_id,
        secret=secrets.token_hex(16),
        sign=standard.sign_name,
        template=standard.aliyun_templates[0][0],
        api_base=f"{address}/simulator/sms/aliyun",
        report_key=secrets.token_hex(16),
    )


def _key() -> str:
    return "".join(secrets.choice(_LETTERS_AND_DIGITS) for _ in range(43))


def _config(settings: Settings, address: str) -> SimulatorConfig:
    standard, wechat = SimulatorConfig(), settings.wechat
    return SimulatorConfig(
        app_id=wechat.app_id or standard.app_id,
        secret=wechat.secret or standard.secret,
        token=wechat.token,
        aes_key=wechat.aes_key or standard.aes_key,
        account_id=wechat.account_id or standard.account_id,
        account_name=settings.office.name,
        callback_url=f"{address}/wechat",
        public_url=f"{address}/simulator",
        mode=Mode.SAFE if wechat.aes_key else Mode.PLAIN,
        wecom=_wecom_config(settings.wecom, address),
        sms=_sms_config(settings.sms, address),
    )


def _wecom_config(wecom: WeComSettings, address: str) -> WeComConfig:
    """The corporation of the settings; its robots are those of the settings too."""
    standard = WeComConfig()
    robots = frozenset(robots_of(wecom.robots).values())
    return replace(
        standard,
        corp_id=wecom.corp_id,
        agent_id=wecom.agent_id or standard.agent_id,
        secret=wecom.secret or standard.secret,
        token=wecom.token or standard.token,
        aes_key=wecom.aes_key or standard.aes_key,
        callback_url=f"{address}{WECOM_PATH}",
        robot_keys=standard.robot_keys | robots,
    )


def _sms_config(sms: SmsSettings, address: str) -> SmsConfig:
    reports = f"{address}{REPORTS_PATH}/{sms.report_key}" if sms.report_key else ""
    if sms.provider == "tencent":
        templates = ((sms.template, "安全提醒：{1}"),)
        return SmsConfig(
            secret_id=sms.key_id, secret_key=sms.secret, sdk_app_id=sms.app_id, sign_name=sms.sign,
            tencent_templates=templates, tencent_receipt_url=reports,
        )  # fmt: skip
    templates = ((sms.template, f"安全提醒：${{{sms.variable}}}"),)
    return SmsConfig(
        access_key_id=sms.key_id, access_key_secret=sms.secret, sign_name=sms.sign,
        aliyun_templates=templates, aliyun_receipt_url=reports,
    )  # fmt: skip
