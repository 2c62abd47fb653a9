"""Instants, as a user of the shell writes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from crmlib.exceptions import InvalidParameterError


def read_moment(option: str, text: str, now: datetime) -> datetime:
    """Give the instant that *text* names: ISO 8601, or the next such time of this machine."""
    at: datetime | None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = _next_time(text, now)
    if at is None or at.tzinfo is None:
        expected = "a time such as 18:00, or an ISO 8601 instant with its offset"
        raise InvalidParameterError(option, text, expected)
    return at


def _next_time(text: str, now: datetime) -> datetime | None:
    try:
        time = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 -- only the time of day
    except ValueError:
        return None
    here = now.astimezone()
    at = here.replace(hour=time.hour, minute=time.minute, second=0, microsecond=0)
    return at if at > here else at + timedelta(days=1)
