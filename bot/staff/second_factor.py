"""The second factor: codes of six digits from an app on the telephone (TOTP, RFC 6238), and recovery codes on paper."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime

import pyotp

_STEP_S = 30
_RECOVERY_CODES = 8
_SECRET = re.compile(r"[A-Z2-7]{32}")


def new_secret() -> str:
    """A secret to be shared with the app, base 32."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether a text looks like one that `new_secret` made."""
    return _SECRET.fullmatch(text) is not None


def address(secret: str, name: str, office: str) -> str:
    """What the QR code says: otpauth://…"""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=office)


def step_of(code: str, secret: str, now: datetime, used: int) -> int | None:
    """The number of the time step whose code this is, None where it is none or was used before.

    Clocks of telephones may be half a minute out.
    """
    totp, this = pyotp.TOTP(secret), int(now.timestamp()) // _STEP_S
    for step in (this, this - 1, this + 1):
        if step > used and secrets.compare_digest(totp.at(step * _STEP_S).encode(), code.encode("utf-8", "replace")):
            return step
    return None


def recovery_codes() -> list[str]:
    """New codes; each is good for one sign-in."""
    return [f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}" for _ in range(_RECOVERY_CODES)]


def digest(code: str) -> str:
    """What is stored of a recovery code; they are random, so no slow hash is needed."""
    return hashlib.sha256(code.strip().lower().encode("utf-8", "replace")).hexdigest()
