"""One rate for each provider and sender, kept in the ledger, so that it holds over all workers."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from crmlib.databases import EPOCH
from crmlib.delivery._schema import LIMITS
from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement, Connection

    from crmlib.campaigns import Plan
    from crmlib.delivery._store import Store

_LONGEST_WAIT: Final = timedelta(seconds=10)
_LONGEST_ASKED_SECONDS: Final = 24 * 3600.0
_BURST_SECONDS: Final = 0.1


class Limiter:
    """Say at the point of sending whether, and when, the next messages may be handed over.

    Of each channel and sender the ledger knows when the next message may go.
    Who wants to send moves that moment on by what its messages take, and
    waits for the moment that it found; so any number of workers keep the
    rate together.  When a provider asks for a wait, the moment moves there.

    Parameters
    ----------
    store : Store
    plan : Plan
        Whose sender it is.
    rates : mapping of str to float
        Messages per second, by channel; the others are not limited.
    clock : callable
        Gives the present instant.

    Raises
    ------
    InvalidParameterError
        If a rate is not above 0.
    """

    def __init__(
        self, store: Store, plan: Plan, rates: Mapping[str, float], clock: Callable[[], datetime]
    ) -> None:
        for channel, rate in rates.items():
            if not 0 < rate < float("inf"):
                raise InvalidParameterError(f"rates[{channel!r}]", rate, "above 0 per second")
        sender = plan.header["sender"]
        self._sender = " ".join(str(sender[key]) for key in sorted(sender) if key != "name")
        self._store = store
        self._rates = rates
        self._clock = clock

    def limit(self, channel: str, batch_size: int) -> int:
        """Give how many messages may go at once: a tenth of a second's, at least one."""
        if channel not in self._rates:
            return batch_size
        return max(1, min(batch_size, int(self._rates[channel] * _BURST_SECONDS)))

    def admit(self, channel: str, count: int) -> bool:
        """Wait until *count* messages may go; False if that would be too long."""
        now = self._clock()
        moment = self._reserve(channel, count, now)
        if moment - now > _LONGEST_WAIT:
            return False
        if moment > now:
            sleep((moment - now).total_seconds())
        return True

    def put_off(self, channel: str, seconds: float) -> None:
        """Let nobody send before the wait is over that a provider asked for."""
        wait = timedelta(seconds=min(seconds, _LONGEST_ASKED_SECONDS))
        until = self._clock() + wait
        with self._store.write() as connection:
            self._set(connection, channel, max(until, self._free_at(connection, channel)))

    def _reserve(self, channel: str, count: int, now: datetime) -> datetime:
        """Give the moment for *count* messages, and move the next one behind it."""
        rate = self._rates.get(channel)
        if rate is None:
            with self._store.read() as connection:
                query = select(LIMITS.c.free_at).where(*self._mine(channel))
                return connection.scalar(query) or EPOCH
        with self._store.write() as connection:
            moment = max(now, self._free_at(connection, channel))
            if moment - now <= _LONGEST_WAIT:
                self._set(connection, channel, moment + timedelta(seconds=count / rate))
        return moment

    def _free_at(self, connection: Connection, channel: str) -> datetime:
        """Read the moment, which stays locked until the transaction ends."""
        key = {"channel": channel, "sender": self._sender}
        connection.execute(self._store.insert_new(LIMITS), [key | {"free_at": EPOCH}])
        query = select(LIMITS.c.free_at).where(*self._mine(channel)).with_for_update()
        moment: datetime = connection.execute(query).scalar_one()
        return moment

    def _set(self, connection: Connection, channel: str, moment: datetime) -> None:
        connection.execute(update(LIMITS).where(*self._mine(channel)).values(free_at=moment))

    def _mine(self, channel: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return LIMITS.c.channel == channel, LIMITS.c.sender == self._sender
