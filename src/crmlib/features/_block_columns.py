"""Columns read a block of rows at a time, copied only if needed.

A block fits into the cache of the processor, and its arrays use memory that
the block before it has used; whole columns would touch new memory at every step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import narwhals.stable.v2 as nw

    from crmlib.features._threads import Threads

Int64s: TypeAlias = npt.NDArray[np.int64]


def split(n_rows: int, n_block: int) -> Iterator[tuple[int, int]]:
    """Give the first row of each block and the one after its last."""
    for start in range(0, n_rows, n_block):
        yield start, min(start + n_block, n_rows)


def open_column(column: nw.Series[Any]) -> Callable[[int, int], npt.NDArray[Any]]:
    """Make a function that gives numbers from one row to before another."""
    native = column.to_native()
    if isinstance(native, pd.Series) and isinstance(native.dtype, np.dtype):
        values = native.to_numpy()
        return lambda start, stop: values[start:stop]
    return lambda start, stop: column[start:stop].to_numpy()


def open_instants(column: nw.Series[Any]) -> Callable[[int, int], Int64s]:
    """Make a function that gives microseconds since 1970 in UTC from one row to before another."""
    native = column.to_native()
    if isinstance(native, pd.Series) and isinstance(native.dtype, pd.DatetimeTZDtype):
        values = native.to_numpy(dtype=f"M8[{native.dtype.unit}]")
        return lambda start, stop: values[start:stop].astype("M8[us]", copy=False).view(np.int64)
    return lambda start, stop: np.asarray(column[start:stop].dt.timestamp("us").to_numpy())


def find_span(
    read: Callable[[int, int], Int64s], blocks: Iterable[tuple[int, int]], threads: Threads
) -> tuple[int, int]:
    """Give the lowest and the highest of integers."""

    def find(rows: tuple[int, int]) -> tuple[int, int]:
        block = read(*rows)
        return int(block.min()), int(block.max())

    lows, highs = zip(*threads.map(find, blocks), strict=True)
    return min(lows), max(highs)
