"""The time of day, passed in so that nothing reads it behind a test's back."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give the present instant in UTC.

    Examples
    --------
    >>> utc_now().utcoffset()
    datetime.timedelta(0)
    """
    return datetime.now(UTC)
