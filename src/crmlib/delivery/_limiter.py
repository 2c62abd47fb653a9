"""One rate for each provider and sender, kept in the ledger, so that it holds over all workers."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING, Final

import attrs
from sqlalchemy import and_, delete, insert, not_, or_, select, update

from crmlib.databases import EPOCH
from crmlib.delivery._rate import Call, Rate
from crmlib.delivery._schema import CALLS, LIMITS
from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Connection, Table

    from crmlib.campaigns import Plan
    from crmlib.delivery._store import Store

_LONGEST_WAIT: Final = timedelta(seconds=20)
"""As long as until the next look at what may not go, so that no rate is too slow to be kept."""
_NAP: Final = timedelta(seconds=1)
"""How long until it is looked whether to stop."""
_LONGEST_ASKED: Final = timedelta(days=1)
_LONGEST_CALL: Final = timedelta(minutes=1)
"""Who does not say for so long that a call is over has died in it."""
_BURST_SECONDS: Final = 0.1


@attrs.frozen
class _Admitted:
    """These may go; *call_id* is the row by which they count, if there is a rate."""

    call_id: int | None


class Limiter:
    """Say at the point of sending whether, and when, the next messages may be handed over.

    Of each channel and sender the ledger knows the calls that count against
    the rate, so any number of workers keep it together, as exactly as their
    clocks agree.  When a provider asks for a wait, the ledger knows its end.

    Parameters
    ----------
    store : Store
    plan : Plan
        Whose sender it is.
    channel : str
    per_second : float or None
        Messages per second; None: as many as can.
    clock : callable
        Gives the present instant.
    stop : callable
        Says whether to wait no longer.

    Raises
    ------
    InvalidParameterError
        If the rate is not above 0.
    """

    def __init__(
        self,
        store: Store,
        plan: Plan,
        channel: str,
        per_second: float | None,
        *,
        clock: Callable[[], datetime],
        stop: Callable[[], bool],
    ) -> None:
        if per_second is not None and not 0 < per_second < float("inf"):
            raise InvalidParameterError(f"rates[{channel!r}]", per_second, "above 0 per second")
        sender = plan.header["sender"]
        words = " ".join(str(sender[key]) for key in sorted(sender) if key != "name")
        self._key = {"channel": channel, "sender": words}
        self._store = store
        self._per_second = float("inf") if per_second is None else per_second
        self._rate = None if per_second is None else Rate.per_second(per_second)
        self._clock = clock
        self._stop = stop

    def most_in(self, seconds: float) -> float:
        """Give how many messages may go in so many seconds, at least one."""
        return max(1.0, self._per_second * seconds)

    def limit(self, batch_size: int) -> int:
        """Give how many messages may go at once: a tenth of a second's, at least one."""
        return int(min(batch_size, self.most_in(_BURST_SECONDS)))

    @property
    def is_resting(self) -> bool:
        """Whether a provider has asked for a wait that is too long to be waited for here."""
        now = self._clock()
        return self._read_asked(now) - now > _LONGEST_WAIT

    @contextmanager
    def admitted(self, count: int) -> Iterator[bool]:
        """Wait until *count* messages may go; False if that would be too long, or told to stop.

        They count as on their way for the time of the ``with`` block.
        """
        waited = timedelta()
        while not isinstance(answer := self._ask(count), _Admitted):
            if waited + answer > _LONGEST_WAIT or self._stop():
                yield False
                return
            nap = min(answer, _NAP)
            waited += nap
            sleep(nap.total_seconds())
        try:
            yield True
        finally:
            if answer.call_id is not None:
                self._end(answer.call_id)

    def put_off(self, seconds: float) -> None:
        """Let nobody send before the wait is over that a provider asked for."""
        now = self._clock()
        wait = timedelta(seconds=min(seconds, _LONGEST_ASKED.total_seconds()))
        with self._store.write() as connection:
            until = max(now + wait, self._lock(connection, now))
            connection.execute(update(LIMITS).where(self._is_mine(LIMITS)).values(free_at=until))

    def _ask(self, count: int) -> _Admitted | timedelta:
        """Let *count* messages go, or say how long to wait before asking again."""
        if self._rate is not None:
            with self._store.write() as connection:
                free_at = self._lock(connection, self._clock())
                return self._admit(connection, self._rate, count, free_at)
        now = self._clock()
        wait = self._read_asked(now) - now
        return wait if wait > timedelta() else _Admitted(None)

    def _read_asked(self, now: datetime) -> datetime:
        with self._store.read() as connection:
            found = connection.scalar(select(LIMITS.c.free_at).where(self._is_mine(LIMITS)))
        return _asked(found, now)

    def _admit(
        self, connection: Connection, rate: Rate, count: int, free_at: datetime
    ) -> _Admitted | timedelta:
        """Enter a call of *count* messages among those that count, if they may go."""
        now = self._clock()
        rows = connection.execute(
            select(CALLS.c.messages, CALLS.c.began_at, CALLS.c.ended_at).where(
                self._is_mine(CALLS), _counts(now, rate.span)
            )
        )
        calls = [Call(**row) for row in rows.mappings()]
        wait = max(free_at, rate.opens_at(calls, count, now)) - now
        if wait > timedelta():
            return wait
        is_over = not_(_counts(now, max(rate.span, _LONGEST_CALL)))  # other rates may be slower
        connection.execute(delete(CALLS).where(self._is_mine(CALLS), is_over))
        row = self._key | {"messages": count, "began_at": now}
        enter = insert(CALLS).values(row).returning(CALLS.c.id)
        return _Admitted(connection.execute(enter).scalar_one())

    def _end(self, call_id: int) -> None:
        ended_at = self._clock()
        with self._store.write() as connection:
            connection.execute(
                update(CALLS).where(CALLS.c.id == call_id).values(ended_at=ended_at)
            )

    def _lock(self, connection: Connection, now: datetime) -> datetime:
        """Give the end of the wait that was asked for; nobody else is let go meanwhile."""
        connection.execute(self._store.insert_new(LIMITS), [self._key | {"free_at": EPOCH}])
        query = select(LIMITS.c.free_at).where(self._is_mine(LIMITS)).with_for_update()
        return _asked(connection.scalar(query), now)

    def _is_mine(self, table: Table) -> ColumnElement[bool]:
        return and_(*(table.c[name] == value for name, value in self._key.items()))


def _counts(now: datetime, span: timedelta) -> ColumnElement[bool]:
    """Ask for calls that count at *now*; none that a clock wrote that was put back since."""
    began_at, ended_at = CALLS.c.began_at, CALLS.c.ended_at
    is_under_way = and_(ended_at.is_(None), began_at > now - span - _LONGEST_CALL)
    is_recent = and_(ended_at.is_not(None), ended_at > now - span)  # its opposite is asked too
    return and_(began_at <= now + _LONGEST_CALL, or_(is_under_way, is_recent))


def _asked(free_at: datetime | None, now: datetime) -> datetime:
    """Give *free_at*, but not if a clock that was put back since wrote it."""
    return free_at if free_at and free_at <= now + _LONGEST_ASKED else now
