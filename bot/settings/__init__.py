"""Typed settings: config/*.toml first, then SAFETYBOT_… from the environment. Read once, at the start.

An environment name is the key in capitals, nested with two underscores: SAFETYBOT_WECHAT__TOKEN is [wechat] token.
NAME_FILE in place of NAME reads the value from that file, for secrets kept on disk. An unknown key or a bad value
stops the start and is named. Nothing else reads os.environ.
"""

from bot.settings.limits import LLM_RESERVE_S, networks
from bot.settings.reading import NOT_SETTINGS, PREFIX, changed, load
from bot.settings.tables import (
    BEIJING,
    ROOT,
    AnswerSettings,
    ConsoleSettings,
    ConversationSettings,
    LlmSettings,
    OfficeSettings,
    OutreachSettings,
    ServerSettings,
    Settings,
    SmsSettings,
    WeChatSettings,
    WeComSettings,
    WorkerSettings,
    names,
)

__all__ = [
    "AnswerSettings",
    "BEIJING",
    "ConsoleSettings",
    "ConversationSettings",
    "LLM_RESERVE_S",
    "LlmSettings",
    "NOT_SETTINGS",
    "OfficeSettings",
    "OutreachSettings",
    "PREFIX",
    "ROOT",
    "ServerSettings",
    "Settings",
    "SmsSettings",
    "WeChatSettings",
    "WeComSettings",
    "WorkerSettings",
    "changed",
    "load",
    "names",
    "networks",
]
