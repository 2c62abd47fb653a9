"""The customers table of a Dask frame: the plan of all engines, run in its partitions.

Dask has no windows within groups (dask/dask#11806), adds distinct counts of
partitions up, and gathers all groups in one partition.  So orders are summed
within partitions; then the parts of each customer come together in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from crmlib.features._lazy_summary import (
    describe,
    find_key,
    sum_customers,
    sum_orders,
    use_lines,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    Step = Callable[[nw.DataFrame[Any]], nw.DataFrame[Any]]


def summarize_partitions(lines: Any, day: date, timezone: str) -> Any:
    """Plan one row per customer at the end of *day* in *timezone*, as a Dask frame."""
    key = find_key(nw.from_native(empty_of(lines), eager_only=True).schema)

    def gather(part: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
        return sum_orders(use_lines(part, key, day, timezone), key)

    def finish(parts: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
        return describe(sum_customers(sum_orders(parts, key)), day, timezone)

    return do_in_partitions(finish, do_in_partitions(gather, lines).shuffle("customer_id"))


def do_in_partitions(step: Step, lines: Any) -> Any:
    """Let Dask take *step* in each partition."""

    def run(part: Any) -> Any:
        return step(nw.from_native(part, eager_only=True)).to_native()

    return lines.map_partitions(run, meta=run(empty_of(lines)))


def empty_of(lines: Any) -> Any:
    """Give the pandas table without rows by which Dask knows columns and types."""
    return lines._meta  # noqa: SLF001 -- Dask gives it to those who write meta themselves
