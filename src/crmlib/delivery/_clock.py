"""The time of day, passed in so that nothing reads it behind a test's back."""

from __future__ import annotations

from datetime import UTC, datetime

from crmlib.exceptions import InvalidParameterError


def utc_now() -> datetime:
    """Give the present instant in UTC.

    Examples
    --------
    >>> utc_now().utcoffset()
    datetime.timedelta(0)
    """
    return datetime.now(UTC)


def check_aware(name: str, moment: object) -> datetime:
    """Give *moment* back if it is an aware datetime.

    Raises
    ------
    InvalidParameterError
        If it is not a datetime, or does not say in which zone it is.
    """
    if not isinstance(moment, datetime) or moment.utcoffset() is None:
        raise InvalidParameterError(name, moment, "an aware datetime, such as datetime.now(UTC)")
    return moment
