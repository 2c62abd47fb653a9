"""A few threads for work that numpy does without holding the interpreter."""

from __future__ import annotations

import os
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self, TypeVar

from crmlib.features._block_columns import split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    import numpy.typing as npt

    from crmlib.features._block_columns import Int64s

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")

_N_BLOCK = 2**18
_N_PROCESSORS = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
_MOST = 4
"""More gain little: what is left to one thread then takes longest."""


class Threads:
    """Threads that end with the block in which they are opened.

    Parameters
    ----------
    count : int, optional
        By default one for each processor that this process may use, at most four.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or min(_MOST, _N_PROCESSORS)
        self._pool = ThreadPoolExecutor(self.count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def map(self, call: Callable[[_Given], _Result], given: Iterable[_Given]) -> Iterator[_Result]:
        """Give the results in the order of what was *given*.

        Work goes on ahead of whoever takes the results, by as many results
        as there are threads: so memory does not grow with what was given.
        """
        ahead: deque[Future[_Result]] = deque()
        for one in given:
            ahead.append(self._pool.submit(call, one))
            if len(ahead) > self.count:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    def look_up(self, table: npt.NDArray[Any], places: Int64s) -> None:
        """Write over *places* what stands there in *table*."""

        def look_up(part: tuple[int, int]) -> None:
            rows = slice(*part)
            places[rows] = table.take(places[rows], mode="clip")  # no mode takes less time

        for _ in self.map(look_up, split(len(places), _N_BLOCK)):
            pass
