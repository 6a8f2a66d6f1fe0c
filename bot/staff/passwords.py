"""Passwords: argon2id, and what is refused as too easy."""

from __future__ import annotations

import secrets
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from bot.errors import StaffError

LEAST = 10
MOST = 200
#: Begins of what is tried first; whole passwords that are one piece of them over and over are refused too.
_EASY = (
    "password", "1234567890", "0123456789", "qwertyuiop", "1q2w3e4r", "abc123", "admin", "anquan", "iloveyou",
    "5201314",
)  # fmt: skip
#: Without what is taken for something else when it is read out.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher = PasswordHasher()
#: One at a time: each takes 64 MB and a core for a good part of a second, and people are to be answered meanwhile.
_one_at_a_time = threading.Lock()


def check(password: str, name: str) -> None:
    """Raises StaffError saying what to do where a password is too easy to guess."""
    if len(password) < LEAST:
        raise StaffError(f"密码至少要{LEAST}个字符。可以用几个不相干的词连在一起。")
    if len(password) > MOST:
        raise StaffError(f"密码最多{MOST}个字符。")
    plain = password.lower()
    if len(set(plain)) < 5 or plain.startswith(_EASY) or name.lower() in plain:
        raise StaffError("这个密码太容易被猜到：不要用连续的数字、常见的词或者登录名。")


def digest(password: str) -> str:
    """What is stored in place of a password."""
    with _one_at_a_time:
        return _hasher.hash(password)


def matches(password: str, stored: str) -> bool:
    """Whether it is the password; as slow where there is none to compare with."""
    with _one_at_a_time:
        nobody = _nobody()  # made whoever asks, so that the first one takes no longer for being unknown
        try:
            return _hasher.verify(stored or nobody, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


def random_password() -> str:
    """One for the first sign-in, to be read out or written down."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


@cache
def _nobody() -> str:
    # Not at the import: it takes 64 MB, and workers let nobody sign in.
    return _hasher.hash(secrets.token_urlsafe())
