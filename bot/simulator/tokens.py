"""Access tokens: the rotating kind of /token and the stable kind, two namespaces that never touch."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from .errcodes import Refused
from .quotas import beijing_date

TOKEN_LIFETIME_S = 7200
#: The documents ask clients to reserve 512 characters; a column that is shorter is found out here.
TOKEN_CHARS = 512
#: A stable token is replaced when it has this little left; the old one dies a natural death.
STABLE_RENEWAL_S = 300
FORCED_PER_DAY = 20
FORCED_GAP_S = 30.0
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{32,}")


@dataclass(slots=True)
class Token:
    """A token's two ends: its own expiry, and an earlier end when another replaced it (epoch seconds)."""

    value: str
    expires_at: float
    valid_until: float


class TokenDesk:
    """Issues tokens and judges them."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._tokens: dict[str, Token] = {}
        self._latest: Token | None = None
        self._stable: Token | None = None
        self._forced: list[tuple[date, float]] = []

    def rotate(self, handover_s: float) -> Token:
        """A new token of /token; the one before it lives `handover_s` more seconds."""
        if self._latest:
            self._retire(self._latest, self._now() + handover_s)
        self._latest = self._issue()
        return self._latest

    def stable(self, *, force_refresh: bool) -> Token:
        """The token of /stable_token.

        Raises Refused for a forced refresh: 45009 too many today, 45011 too soon after the last.
        """
        if force_refresh:
            self._count_forced()
            if self._stable:
                self._retire(self._stable, self._now())
            self._stable = self._issue()
        elif self._stable is None or self._stable.valid_until - self._now() <= STABLE_RENEWAL_S:
            self._stable = self._issue()
        return self._stable

    def remaining_s(self, token: Token) -> int:
        """Whole seconds until the token expires."""
        return int(token.expires_at - self._now())

    def check(self, value: str) -> None:
        """Raises Refused: 41001 missing, 40014 malformed, 40001 unknown or replaced, 42001 expired."""
        if not value:
            raise Refused(41001)
        if not _WELL_FORMED.fullmatch(value):
            raise Refused(40014)
        token = self._tokens.get(value)
        if token is None:
            raise Refused(40001)
        if self._now() >= token.expires_at:
            raise Refused(42001)
        if self._now() >= token.valid_until:
            raise Refused(40001)

    def expire_all(self) -> None:
        """End every token now, as when the platform cuts their life short."""
        for token in self._tokens.values():
            token.expires_at = min(token.expires_at, self._now())
            token.valid_until = min(token.valid_until, self._now())

    def _issue(self) -> Token:
        expires_at = self._now() + TOKEN_LIFETIME_S
        value = f"99_{secrets.token_urlsafe(TOKEN_CHARS)}"[:TOKEN_CHARS]
        token = Token(value, expires_at, expires_at)
        self._tokens[value] = token
        return token

    def _retire(self, token: Token, at: float) -> None:
        token.valid_until = min(token.valid_until, at)

    def _count_forced(self) -> None:
        now = self._now()
        today = beijing_date(now)
        if sum(1 for day, _ in self._forced if day == today) >= FORCED_PER_DAY:
            raise Refused(45009)
        if self._forced and now - self._forced[-1][1] < FORCED_GAP_S:
            raise Refused(45011)
        self._forced.append((today, now))
