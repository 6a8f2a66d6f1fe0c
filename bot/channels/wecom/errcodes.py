"""What WeCom's refusals mean to us: the one table of its return codes."""

from __future__ import annotations

from bot.errors import Refusal


def _codes(refusal: Refusal, *codes: int) -> dict[int, Refusal]:
    return dict.fromkeys(codes, refusal)


#: A userid that message/send names among those it did not take, and all of those in a call.
INVALID_USER = 60111
NOBODY_VALID = 81013
#: No licence for the interfaces, or one that has run out; told in a list of its own, without a code.
UNLICENSED = 60011

#: WeCom errcode -> what it means to us. A code not here is UNKNOWN.
#: Source: developer.work.weixin.qq.com/document/path/90313 (全局错误码).
REFUSALS: dict[int, Refusal] = {
    -1: Refusal.UNREACHABLE,  # system busy
    **_codes(Refusal.TOKEN_REJECTED, 40014, 42001),
    **_codes(Refusal.THROTTLED, 45009, 45033),  # too often; too many at the same time
    **_codes(Refusal.RECIPIENT_GONE, 40003, 46004, INVALID_USER, NOBODY_VALID),
    93000: Refusal.RECIPIENT_GONE,  # the robot was taken out of its group, or its key is none
    60011: Refusal.RECIPIENT_DECLINED,  # outside what the app may reach
    **_codes(Refusal.ACCOUNT_BLOCKED, 40001, 40013, 40056, 40091, 41002, 41004),  # corpid, secret, agentid
    **_codes(Refusal.ACCOUNT_BLOCKED, 48002, 50002, 50003, 60020, 301002),  # rights, app switched off, IP
    **_codes(Refusal.BAD_CONTENT, 40004, 40005, 40006, 40007, 40008, 40058, 41001, 41006, 41011, 43001, 43002),
    **_codes(Refusal.BAD_CONTENT, 44001, 44002, 44004, 45001, 45002, 45003, 45004, 45007, 45008, 47001),
    **_codes(Refusal.BAD_CONTENT, 82001, 82002, 82003),  # lists of people, departments, tags
}

#: Codes after which a new token may help.
REJECTED = frozenset(code for code, refusal in REFUSALS.items() if refusal is Refusal.TOKEN_REJECTED)


def refusal_of(errcode: int | None) -> Refusal:
    """The meaning of a SendError's errcode; None, where no answer came, is UNREACHABLE."""
    return Refusal.UNREACHABLE if errcode is None else REFUSALS.get(errcode, Refusal.UNKNOWN)
