"""What WeChat's refusals mean to us: the one table of return codes."""

from __future__ import annotations

from bot.errors import Refusal


def _codes(refusal: Refusal, *codes: int) -> dict[int, Refusal]:
    return dict.fromkeys(codes, refusal)


#: WeChat errcode -> what it means to us. A code not here is UNKNOWN.
#: Source: developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
REFUSALS: dict[int, Refusal] = {
    **_codes(Refusal.UNREACHABLE, -1, 9500002, 268487001, 268487002, 268488001),  # all of them "system busy"
    **_codes(Refusal.TOKEN_REJECTED, 40001, 40014, 42001),  # not the newest, invalid, expired
    45009: Refusal.QUOTA_USED_UP,  # until midnight in Beijing
    45028: Refusal.QUOTA_USED_UP,  # mass messages of the day or the month
    45011: Refusal.THROTTLED,  # a minute's quota
    42010: Refusal.THROTTLED,  # mass messages too fast
    45066: Refusal.THROTTLED,  # the same clientmsgid within a minute
    45015: Refusal.WINDOW_CLOSED,  # 48 hours since the follower wrote
    45047: Refusal.WINDOW_CLOSED,  # the 5 messages of the window are used up
    43004: Refusal.RECIPIENT_GONE,  # not a follower
    46004: Refusal.RECIPIENT_GONE,  # no such person
    40003: Refusal.RECIPIENT_FOREIGN,  # not an openid of this account
    49003: Refusal.RECIPIENT_FOREIGN,  # an openid of another account
    50005: Refusal.RECIPIENT_GONE,  # unfollowed
    43019: Refusal.RECIPIENT_DECLINED,  # on the account's blacklist
    43101: Refusal.RECIPIENT_DECLINED,  # no subscription left
    48002: Refusal.RECIPIENT_DECLINED,  # has switched messages off
    **_codes(Refusal.RECIPIENT_DECLINED, 50001, 50002),  # not authorised; restricted
    70000: Refusal.RECIPIENT_DECLINED,  # protection of minors
    **_codes(Refusal.AWAITS_ADMIN, 89504, 89505),  # mass messages to all, where the account wants them confirmed
    40200: Refusal.UNSUPPORTED,  # account type, e.g. msgmenu on a test account
    48008: Refusal.UNSUPPORTED,  # kind of message
    45065: Refusal.DUPLICATE,  # clientmsgid known
    **_codes(Refusal.ACCOUNT_BLOCKED, 40013, 40125, 40243),  # AppID, AppSecret, frozen AppSecret
    **_codes(Refusal.ACCOUNT_BLOCKED, 40164, 61004, 89501, 89503, 89506, 89507),  # IP not on the list or not confirmed
    **_codes(Refusal.ACCOUNT_BLOCKED, 48001, 48003, 48004, 50004, 50007),  # rights, agreement, banned, frozen
    **_codes(Refusal.ACCOUNT_BLOCKED, 48006, 43116),  # clear_quota, template banned
    **_codes(Refusal.BAD_CONTENT, 40002, *range(40004, 40013), *range(40016, 40029), 40031, 40032, 40033, 40035),
    **_codes(Refusal.BAD_CONTENT, 40036, 40037, 40039, 40048, *range(40050, 40056), 40059, 40060, 40097, 40130),
    **_codes(Refusal.BAD_CONTENT, 40152, 40155, 40249, *range(41001, 41010), 41030, 41040, 43001, 43002, 43003),
    **_codes(Refusal.BAD_CONTENT, *range(44001, 44005), *range(45001, 45009), 45010, 45062, 45067, 45113),
    **_codes(Refusal.BAD_CONTENT, 46001, 46002, 46003, 47001, 47003, 48021, 48022, 87014),
}

#: Codes after which a new token may help.
REJECTED = frozenset(code for code, refusal in REFUSALS.items() if refusal is Refusal.TOKEN_REJECTED)


def refusal_of(errcode: int | None) -> Refusal:
    """The meaning of a SendError's errcode; None, where no answer came, is UNREACHABLE."""
    return Refusal.UNREACHABLE if errcode is None else REFUSALS.get(errcode, Refusal.UNKNOWN)
