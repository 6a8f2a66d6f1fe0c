"""`safetybot doctor`: looks at everything the bot needs and names the cure for what is wrong. Shows no secret."""

from __future__ import annotations

from collections.abc import Callable, Collection

from bot.doctor import knowledge, machine, model, others, wechat
from bot.doctor.findings import Finding, Level, Look
from bot.errors import BotError
from bot.log import strike
from bot.services import Services

LOOKS: dict[str, Look] = {
    "settings": machine.settings,
    "proxies": machine.proxies,
    "var_dir": machine.var_dir,
    "clock": machine.clock,
    "database": machine.database,
    "redis": machine.redis,
    "statutes": knowledge.statutes,
    "knowledge": knowledge.content,
    "dense": knowledge.dense,
    "wechat": wechat.account,
    "callback": wechat.callback,
    "access token": wechat.access_token,
    "wecom": others.wecom,
    "sms": others.sms,
    "model": model.language_model,
}


def examine(services: Services, say: Callable[[str], object], only: Collection[str] = ()) -> int:
    """Take every look and say what it showed, a line each; returns 1 if anything failed, else 0.

    only  names of LOOKS, where not all are wanted
    """
    failed = warned = 0
    for name in only or LOOKS:
        for finding in _take(LOOKS[name], services):
            failed += finding.level is Level.FAIL
            warned += finding.level is Level.WARN
            say(_line(name, finding))
    say(f"{failed} failed, {warned} to think about")
    return 1 if failed else 0


def _take(look: Look, services: Services) -> list[Finding]:
    try:
        return list(look(services))
    except BotError as e:
        return [Finding(Level.FAIL, str(e), "see the line above that failed first, if there is one")]
    except Exception as e:  # the edge: one look that breaks must not hide what the others would have shown
        return [Finding(Level.FAIL, f"{type(e).__name__}: {e}", "this is not expected: please report it")]


def _line(name: str, finding: Finding) -> str:
    cure = f"  -> {finding.cure}" if finding.cure else ""
    text = " ".join(strike(finding.text).split())
    return f"{finding.level:<4} {name:<12} {text}{cure}"
