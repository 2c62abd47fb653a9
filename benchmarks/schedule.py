"""A moment for each of a million customers, inside all limits at once.

    python benchmarks/schedule.py            # 100,000 and 1,000,000 customers
    python benchmarks/schedule.py --small    # 20,000 and 200,000: seconds

The claims: the work per customer does not grow from 100,000 to 1,000,000; at a
provider's rate that leaves 25 % to spare the moments are worth at least .999 of
the certified bound.  Work is judged in seconds of the processor, which others
who use the machine change less than seconds on the clock.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from fresh_process import peak_gb, resident_gb
from results import describe_machine, write_section

from crmlib.timing import (
    FixedTiming,
    FrequencyCap,
    PreferredHourTiming,
    SendLimits,
    find_holidays,
    schedule_within,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from crmlib.timing import Moments

EVENTS_EACH = 20
SENDS_EACH = 3
START = pd.Timestamp("2026-12-21 08:00", tz="Asia/Seoul")
WINDOW = timedelta(days=7)
ZONES = {"Asia/Seoul": 0.6, "America/New_York": 0.2, "Europe/London": 0.15, "Asia/Kolkata": 0.05}
SPARE = 1.25
CLAIMED, FLAT = 0.999, 1.25
KINDS = {
    "law only": {"model": "preferred hour", "caps": False, "rate": False},
    "+ caps, spacing, holidays": {"model": "preferred hour", "caps": True, "rate": False},
    "+ a rate": {"model": "preferred hour", "caps": True, "rate": True},
    "a rate, all want 10 h": {"model": "fixed", "caps": False, "rate": True},
}


def main() -> None:
    """Measure each size in a process of its own, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="a fifth of the customers")
    parser.add_argument("--child", type=int, default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(measure(given.child)))
        return
    sizes = (20_000, 200_000) if given.small else (100_000, 1_000_000)
    told = {size: in_a_process(size) for size in sizes}
    text = "\n\n".join([describe(sizes), tabulate(told), judge(told, sizes), fit_words(told)])
    text += "\n\n" + describe_machine("numpy", "pandas", "scipy")
    print(text)
    if not given.small:
        write_section("schedule", text)


def describe(sizes: tuple[int, int]) -> str:
    """Say what was done."""
    return f"""\
Customers with {EVENTS_EACH} orders and {SENDS_EACH} earlier messages each, in four zones of which
India cuts the hours in halves; a window of a week, 8-21 h; `PreferredHourTiming` but for the last
row.  The rate leaves {SPARE - 1:.0%} to spare over all open minutes.
Run it by `.venv/bin/python benchmarks/schedule.py`; sizes {sizes[0]:,} and {sizes[1]:,}."""


def tabulate(told: dict[int, dict[str, Any]]) -> str:
    """Make the table."""
    lines = [
        "| customers | limits | s | processor s | µs of it each | memory | placed | by | gap |",
        "|---:|---|---:|---:|---:|---:|---:|---|---:|",
    ]
    for size, runs in told.items():
        for kind in KINDS:
            one = runs[kind]
            lines.append(
                f"| {size:,} | {kind} | {one['seconds']:.1f} | {one['cpu_s']:.1f} | "
                f"{one['cpu_s'] / size * 1e6:.1f} | "
                f"{one['extra_gb']:.2f} GB | {one['placed']:,} | {one['method']} | "
                f"{one['gap']:.5f} |"
            )
    return "\n".join(lines)


def judge(told: dict[int, dict[str, Any]], sizes: tuple[int, int]) -> str:
    """Say whether the claims are kept."""
    small, large = (told[size] for size in sizes)
    growth = max(
        large[kind]["cpu_s"] / sizes[1] / (small[kind]["cpu_s"] / sizes[0]) for kind in KINDS
    )
    share = min(1 - large[kind]["gap"] for kind in KINDS)
    flat = "is flat" if growth <= FLAT else "**is not flat**"
    kept = "is kept" if share >= CLAIMED else "**does not hold**"
    return (
        f"The work per customer {flat}: at most {growth:.2f} times that of the smaller size.\n"
        f"The claim of {CLAIMED} of the bound {kept}: {share:.6f} at least."
    )


def fit_words(told: dict[int, dict[str, Any]]) -> str:
    """Tell what fitting took, beside the least that any counting takes."""
    parts = [
        f"{size:,} customers, {size * EVENTS_EACH:,} events: fit {one['fit_s']:.1f} s of the "
        f"processor, {one['fit_s'] / one['bincount_s']:.0f} times a bare `numpy.bincount` of "
        f"customer and hour ({one['bincount_s']:.3f} s); fit and schedule under all limits "
        f"{(one['fit_s'] + one['+ a rate']['cpu_s']) / one['bincount_s']:.0f} times."
        for size, one in told.items()
    ]
    return "\n".join(parts)


def in_a_process(size: int) -> dict[str, Any]:
    """Measure in a new process."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(size)],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(size: int) -> dict[str, Any]:
    """Fit, then schedule under each kind of limits."""
    rng = np.random.default_rng(2026)
    ids = pd.Index([f"C{number:07}" for number in range(size)], name="customer_id")
    events = make_events(rng, ids)
    cells = pd.factorize(events["customer_id"])[0] * 24 + events["ordered_at"].dt.hour.to_numpy()
    _, bincount_s, _ = timed(partial(np.bincount, cells, minlength=size * 24))
    _, fit_s, model = timed(partial(PreferredHourTiming().fit, events))
    del events, cells
    zones = rng.choice(list(ZONES), size, p=list(ZONES.values()))
    customers = pd.DataFrame({"timezone": zones}, index=ids)
    sends = make_sends(rng, ids)
    told: dict[str, Any] = {"fit_s": fit_s, "bincount_s": bincount_s}
    for kind, parts in KINDS.items():
        limits = SendLimits(per_minute=rate_of(size) if parts["rate"] else None)
        if parts["caps"]:
            limits = capped(limits.per_minute)
        chosen = model if parts["model"] == "preferred hour" else FixedTiming(hour=10)
        told[kind] = one_run(chosen, customers, limits, sends if parts["caps"] else None)
    return told


def one_run(
    model: Any, customers: pd.DataFrame, limits: SendLimits, sends: pd.DataFrame | None
) -> dict[str, Any]:
    """Schedule, check the rate, and say what it took."""
    gc.collect()
    before = resident_gb()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    seconds, cpu_s, found = timed(
        lambda: schedule_within(
            model,
            customers,
            limits,
            not_before=START,
            not_after=START + WINDOW,
            permitted=by_day,
            sends=sends,
            authority="law",
        )
    )
    check_rate(found, limits)
    return {
        "seconds": seconds,
        "cpu_s": cpu_s,
        "extra_gb": peak_gb() - before,
        "placed": int(found.table["send_at"].notna().sum()),
        "method": found.method,
        "gap": found.gap,
    }


def by_day(hours: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
    """Permit the day."""
    return np.isin(hours.hour, range(8, 21))


def check_rate(found: Moments, limits: SendLimits) -> None:
    """Count the messages of each minute."""
    if limits.per_minute is not None:
        minutes = found.table["send_at"].dropna().dt.floor("min")
        assert minutes.value_counts().max() <= limits.per_minute


def capped(rate: int | None) -> SendLimits:
    """Give the limits of a shop that takes care."""
    return SendLimits(
        caps=[FrequencyCap(most=1, per="day"), FrequencyCap(most=3, hours=168)],
        spacing_hours=20,
        per_minute=rate,
        holidays=find_holidays(["KR", "US"], START.date(), (START + WINDOW).date()),
    )


def rate_of(size: int) -> int:
    """Give the rate at which all of *size* fit, with some to spare, into the hours of Seoul."""
    return int(np.ceil(size * SPARE / (13 * 60 * 7)))


def make_events(rng: np.random.Generator, ids: pd.Index) -> pd.DataFrame:
    """Draw orders: every customer has an hour of its own around which it buys."""
    size = len(ids)
    rows = np.repeat(np.arange(size), EVENTS_EACH)
    own = rng.choice([9.0, 13.0, 20.0, 22.0], size)[rows]
    hours = (own + rng.normal(0, 2, len(rows))) % 24
    days = rng.integers(0, 360, len(rows))
    at = pd.Timestamp("2025-12-01", tz="UTC") + pd.to_timedelta(days * 24 + hours, unit="h")
    return pd.DataFrame({"customer_id": ids[rows], "ordered_at": at})


def make_sends(rng: np.random.Generator, ids: pd.Index) -> pd.DataFrame:
    """Draw earlier messages, from a week before the window to its end."""
    rows = np.repeat(np.arange(len(ids)), SENDS_EACH)
    at = START - timedelta(days=7) + pd.to_timedelta(rng.integers(0, 14 * 1440, len(rows)), "min")
    return pd.DataFrame({"customer_id": ids[rows], "at": at})


def timed(call: Callable[[], Any]) -> tuple[float, float, Any]:
    """Give seconds on the clock, seconds of the processor, and the answer."""
    begun, worked = time.perf_counter(), time.process_time()
    answer = call()
    return time.perf_counter() - begun, time.process_time() - worked, answer


if __name__ == "__main__":
    main()
