"""Quiet hours: at night only what is urgent goes out."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from bot.settings import BEIJING, OutreachSettings


def is_quiet(at: datetime, settings: OutreachSettings) -> bool:
    """Whether a moment lies in the quiet hours; they may span midnight."""
    begin, end = time.fromisoformat(settings.quiet_from), time.fromisoformat(settings.quiet_until)
    here = at.astimezone(BEIJING).time()
    return begin <= here < end if begin <= end else here >= begin or here < end


def opens(at: datetime, settings: OutreachSettings) -> datetime:
    """When messages may go out that are not urgent: at once, or when the quiet hours end. Aware UTC."""
    if not is_quiet(at, settings):
        return at
    end = time.fromisoformat(settings.quiet_until)
    here = at.astimezone(BEIJING)
    day = here.date() if here.time() < end else here.date() + timedelta(days=1)
    return datetime.combine(day, end, BEIJING).astimezone(UTC)
