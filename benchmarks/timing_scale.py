"""Time what learning hours and placing sends take for a million customers.

Run it from the root of the repository: ``python benchmarks/timing_scale.py``.
It protects the claims that ``PreferredHourTiming`` learns from 20 million
events of a million customers in one process of bounded memory, and that time
per customer does not grow with their number.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from results import describe_machine, write_section

from crmlib.timing import PreferredHourTiming, schedule

if TYPE_CHECKING:
    import numpy.typing as npt

EVENTS_PER_CUSTOMER = 20
SIZES = (100_000, 300_000, 1_000_000)
ZONES = ("Asia/Seoul", "America/New_York", "Europe/London", "Asia/Kolkata")
HORIZON = timedelta(days=2)
SEGMENTS = 8
KIBIBYTE = 1_024
PREFACE = f"""\
{EVENTS_PER_CUSTOMER} events per customer over two years, in {len(ZONES)} zones and {SEGMENTS}
segments; *bincount* is a bare `numpy.bincount` of customer and hour of the same events, which
knows no zones, no visits and no formula; *schedule* asks `crmlib.timing.schedule` for each
customer's moment in {HORIZON.days} days, and writes why.  Each size is a process of its own;
memory is the peak of that process, of which *table* is what the table of events takes.
Run it by `.venv/bin/python benchmarks/timing_scale.py`."""


def main() -> None:
    """Measure each size in its own process, print the table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--one", type=int, help="measure this size in this process")
    given = parser.parse_args()
    if given.one:
        print(measure(given.one))
        return
    head = (
        "| customers | events | bincount, s | fit, s | fit / bincount | fit, µs per customer "
        "| schedule, s | schedule, µs per customer | table, GB | peak of fit, GB | peak, GB |"
    )
    rows = [head, "|" + "---|" * (head.count("|") - 1)]
    for size in given.sizes:
        command = [sys.executable, __file__, "--one", str(size)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows.append(done.stdout.strip())
    text = "\n\n".join([PREFACE, "\n".join(rows), describe_machine("numpy", "pandas", "scipy")])
    print(text)
    write_section("timing_scale", text)


def measure(n_customers: int) -> str:
    """Give the row of one size."""
    customers = make_customers(n_customers)
    events, codes = make_events(customers)
    table = events.memory_usage(deep=True).sum() / 1e9
    begun = time.perf_counter()
    hours = events["ordered_at"].dt.hour.to_numpy()
    begun = time.perf_counter()
    np.bincount(codes * 24 + hours, minlength=n_customers * 24)
    bare = time.perf_counter() - begun
    begun = time.perf_counter()
    timing = PreferredHourTiming().fit(
        events, zones=customers["timezone"], segments=customers["segment"]
    )
    fit = time.perf_counter() - begun
    peak_of_fit = peak()
    del events, codes, hours
    first = datetime.fromisoformat("2026-07-06T00:00+00:00")
    begun = time.perf_counter()
    moments = schedule(
        timing,
        customers,
        not_before=first,
        not_after=first + HORIZON,
        permitted=lambda slots: (slots.hour >= 8) & (slots.hour < 21),  # noqa: PLR2004 -- hours
    )
    asked = time.perf_counter() - begun
    assert moments["send_at"].notna().all()
    per = 1e6 / n_customers
    return (
        f"| {n_customers:,} | {n_customers * EVENTS_PER_CUSTOMER:,} | {bare:.2f} | {fit:.1f} "
        f"| {fit / bare:.0f} | {fit * per:.1f} | {asked:.1f} | {asked * per:.1f} "
        f"| {table:.2f} | {peak_of_fit:.2f} | {peak():.2f} |"
    )


def make_customers(n_customers: int) -> pd.DataFrame:
    """Make customers with a zone and a segment."""
    generator = np.random.default_rng(1)
    ids = pd.Index(np.arange(n_customers), name="customer_id")
    zones = np.array(ZONES)[generator.integers(0, len(ZONES), n_customers)]
    segments = generator.integers(0, SEGMENTS, n_customers)
    names = pd.Categorical.from_codes(segments, [f"segment {n}" for n in range(SEGMENTS)])
    return pd.DataFrame({"timezone": pd.Categorical(zones), "segment": names}, index=ids)


def make_events(customers: pd.DataFrame) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Make events around an hour of each customer's own, in random order."""
    generator = np.random.default_rng(2)
    n_events = len(customers) * EVENTS_PER_CUSTOMER
    codes = generator.integers(0, len(customers), n_events)
    habits = generator.normal(0, 4, len(customers)).astype(np.float32)
    hours = habits[codes] + generator.normal(12, 3, n_events).astype(np.float32)
    seconds = generator.integers(0, 730, n_events) * 86_400 + (hours * 3_600).astype(np.int64)
    first = np.datetime64("2024-07-01", "s").astype(np.int64)
    instants = pd.DatetimeIndex((seconds + first).view("M8[s]")).as_unit("us").tz_localize("UTC")
    return pd.DataFrame({"customer_id": codes, "ordered_at": instants}), codes


def peak() -> float:
    """Give the most memory that this process has held, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBIBYTE / 1e9


if __name__ == "__main__":
    main()
