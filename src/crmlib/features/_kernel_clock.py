"""Instants in few bits.

A customer above an instant in one int64 are sorted many times faster than the
order is found that would sort two arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmlib.features._code_ranks import rank

if TYPE_CHECKING:
    from crmlib.features._block_columns import Int64s
    from crmlib.features._threads import Threads

_UNITS = (1, 1_000, 1_000_000, 86_400_000_000)
"""Microseconds; days of ten thousand years leave room for a trillion customers."""


@attrs.frozen(kw_only=True, eq=False)
class Clock:
    """What tells instants by ticks from 0.

    Parameters
    ----------
    n_bits : int
        Bits of a tick.
    zero : int, default=0
        Microseconds at tick 0.
    unit : int, default=1
        Microseconds of a tick.
    instants : ndarray of int, shape (n_ticks,), or None, default=None
        Microseconds at each tick, if ticks are not alike.
    """

    n_bits: int
    zero: int = 0
    unit: int = 1
    instants: Int64s | None = None

    def to_ticks(self, instants: Int64s) -> Int64s | None:
        """Give the ticks of *instants*, or None if some are between two."""
        since = instants - self.zero
        if self.unit == 1:
            return since
        ticks = since // self.unit
        return ticks if (ticks * self.unit == since).all() else None

    def to_instants(self, keys: Int64s) -> Int64s:
        """Give the instants of the ticks in the lowest bits of *keys*, which are used up."""
        keys &= 2**self.n_bits - 1
        if self.instants is not None:
            return self.instants[keys]
        keys *= self.unit
        keys += self.zero
        return keys


def choose_clock(span: tuple[int, int], n_customers: int) -> Clock:
    """Give the clock with the finest ticks of which an int64 holds one below a customer.

    Parameters
    ----------
    span : tuple of int
        First and last instant, microseconds since 1970 in UTC.
    n_customers : int
    """
    n_bits = 63 - n_customers.bit_length()
    low, high = span
    fitting = (unit for unit in _UNITS if (high // unit - low // unit).bit_length() <= n_bits)
    unit = next(fitting)
    return Clock(n_bits=n_bits, zero=low // unit * unit, unit=unit)


def number_instants(instants: Int64s, threads: Threads) -> tuple[Clock, Int64s]:
    """Give a clock that ticks at *instants* only, and their ticks."""
    ticks, n_ticks = rank([instants], threads, sort=True)
    table = np.empty(n_ticks, dtype=np.int64)
    table[ticks] = instants
    return Clock(n_bits=n_ticks.bit_length(), instants=table), ticks
