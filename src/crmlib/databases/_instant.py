"""Instants as integers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as whole microseconds since 1970 in UTC.

    Integers sort, compare and index alike in every database.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 -- SQLAlchemy passes it
        """Count the microseconds."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy passes it
        """Give the instant back in UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


def microseconds(at: datetime) -> int:
    """Count the microseconds since 1970.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> microseconds(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    return (at - EPOCH) // MICROSECOND
