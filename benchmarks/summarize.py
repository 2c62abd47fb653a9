"""Time summarize_customers beside raw pandas, Polars and DuckDB: pandas in, pandas or numpy out.

    python benchmarks/summarize.py                                            # 10M lines
    python benchmarks/summarize.py --lines 1000000 --customers 100000         # a smaller shop
    python benchmarks/summarize.py --file ../shared/data/online_retail.csv.gz # real lines

All engines give the same columns and, before anything is timed, the same
answer.  They take turns in one process, so that a busy machine is busy for all
of them; memory is that of a first run in a process of each engine's own.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
from fresh_process import run_fresh
from order_lines import SNAPSHOT, ZONE, Kind, load_order_lines
from raw_engines import NEEDED, RAW, make_engine, to_frame
from results import describe_machine, write_section

from crmlib.sources import read_orders

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

ENGINES = ("crmlib", *RAW)
CLAIMS = {"int": 0.35, "shuffled": 0.5, "str": 0.8}
TITLES = {
    "int": "Integers as ids, in file order",
    "shuffled": "Integers as ids, rows shuffled",
    "str": "Texts as ids, in file order",
}
PACKAGES = ("crmlib", "numpy", "pandas", "pyarrow", "polars", "duckdb")


def main() -> None:
    """Measure what the command line asks for, print it and keep it in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--kinds", nargs="*", default=get_args(Kind), choices=get_args(Kind))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--file", help="order file of any source, instead of drawn lines")
    given = parser.parse_args()
    if given.file:
        title, text = "summarize_customers", compare_file(given.file, 3 * given.rounds)
    else:
        title, text = f"summarize_customers, {given.lines:,} lines", compare_drawn(given)
    text = f"{text}\n\n{describe_machine(*PACKAGES)}"
    print(text)
    write_section(title, text)


def compare_file(path: str, rounds: int) -> str:
    """Compare the engines on the lines of an order file."""
    lines = read_orders(path).table[NEEDED]
    day, zone = lines["ordered_at"].max().date(), "Europe/London"
    seconds, n_customers = take_turns(lines, day, zone, rounds)
    return f"""\
`python benchmarks/summarize.py --file <online_retail.csv.gz>`: {len(lines):,} lines,
{n_customers:,} customers, texts as ids, {rounds} rounds in turn.

{tell(seconds, {})}"""


def compare_drawn(given: argparse.Namespace) -> str:
    """Compare the engines on drawn lines, time and memory."""
    parts = [
        f"""\
The claim: pandas in, at most .35 of the time of the fastest of raw pandas, Polars and DuckDB with
integers as ids in file order, .5 with rows shuffled, .8 with texts as ids; and no more memory
than the thriftiest of them.

`python benchmarks/summarize.py --lines {given.lines} --customers {given.customers}`: all engines
give equal tables (floats to 1e-9). Seconds are medians of {given.rounds} rounds in turn in one
process; memory is the peak of a first run in a process of its own, over that of its input."""
    ]
    for kind in given.kinds:
        lines = load_order_lines(given.lines, given.customers, kind)
        seconds, n_customers = take_turns(lines, SNAPSHOT, ZONE, given.rounds)
        reading = time_reading(lines)
        del lines
        extra = {
            name: run_fresh(name, given.lines, given.customers, kind).extra_gb for name in ENGINES
        }
        ours, best = (statistics.median(seconds[name]) for name in ("crmlib", find_best(seconds)))
        parts.append(
            f"""\
### {TITLES[kind]}

{n_customers:,} customers with a purchase. **{ours / best:.2f}** of the fastest raw engine; claimed
{CLAIMS[kind]:.2f}. Reading all bytes once takes {reading * 1e3:.0f} ms: crmlib is at
{ours / reading:.0f} times that, the fastest raw engine at {best / reading:.0f}.

{tell(seconds, extra)}"""
        )
    return "\n\n".join(parts)


def take_turns(
    lines: pd.DataFrame, day: date, zone: str, rounds: int
) -> tuple[dict[str, list[float]], int]:
    """Check that the answers are equal, then time the engines; give times and n_customers."""
    engines = {name: make_engine(name, lines, day, zone) for name in ENGINES}
    expected = to_frame(engines["crmlib"]())
    for name in RAW:
        pd.testing.assert_frame_equal(
            to_frame(engines[name]()),
            expected,
            check_dtype=False,
            check_index_type=False,
            rtol=1e-9,
            obj=name,
        )
    seconds: dict[str, list[float]] = {name: [] for name in ENGINES}
    for turn in range(rounds):
        for place in range(len(ENGINES)):
            name = ENGINES[(turn + place) % len(ENGINES)]
            seconds[name].append(time_call(engines[name]))
    return seconds, len(expected)


def time_reading(lines: pd.DataFrame) -> float:
    """Give the fastest of five times in which all bytes of *lines* are read once."""
    arrays = []
    for name in lines:
        column = lines[name]
        if isinstance(column.dtype, pd.StringDtype):
            chunks = getattr(column.array.__arrow_array__(), "chunks", None)
            buffers = (chunks or [column.array.__arrow_array__()])[0].buffers()
            arrays += [np.frombuffer(b, dtype=np.uint8) for b in buffers if b is not None]
        else:
            arrays.append(np.asarray(column.to_numpy(dtype=_plain(column.dtype))).view(np.uint8))
    whole = [array[: len(array) // 8 * 8].view(np.uint64) for array in arrays]
    return min(
        time_call(lambda: [np.bitwise_or.reduce(array) for array in whole]) for _ in "12345"
    )


def _plain(dtype: Any) -> Any:
    """Give the type of numpy without a zone."""
    return "M8[us]" if isinstance(dtype, pd.DatetimeTZDtype) else dtype


def time_call(call: Callable[[], Any]) -> float:
    """Give the seconds that *call* takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def find_best(seconds: dict[str, list[float]]) -> str:
    """Give the name of the fastest raw engine."""
    return min(RAW, key=lambda name: statistics.median(seconds[name]))


def tell(seconds: dict[str, list[float]], extra: dict[str, float]) -> str:
    """Give a table of Markdown."""
    best = find_best(seconds)
    unit = statistics.median(seconds[best])
    rows = [
        f"| {name} | {statistics.median(times):.3f} | {min(times):.3f} | "
        f"{statistics.median(times) / unit:.2f} |" + (f" {extra[name]:.2f} |" if extra else "")
        for name, times in seconds.items()
    ]
    heads = f"| engine | median s | fastest s | median / {best} |" + " extra GB |" * bool(extra)
    return "\n".join([heads, "|---|---:|---:|---:|" + "---:|" * bool(extra), *rows])


if __name__ == "__main__":
    main()
