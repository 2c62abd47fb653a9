"""How time and memory of summarize_customers grow with the lines, beside Polars and DuckDB.

    python benchmarks/growth.py                            # 1M to 100M lines
    python benchmarks/growth.py --sizes 300000 1000000     # quicker

Each engine runs at each size in a process of its own, with integers as ids in
file order and ten lines a customer: crmlib and DuckDB on a pandas table, Polars
on a frame of its own, so that nobody pays for a change of frames.  100M lines
take 15 GB of memory and as many of disk, and about half an hour.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import matplotlib as mpl
from fresh_process import Run, run_fresh
from results import describe_machine, write_section

mpl.use("Agg")
import matplotlib.pyplot as plt

ENGINES = ("crmlib", "raw Polars, its own frame", "raw DuckDB")
SIZES = (1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000)
LINES_PER_CUSTOMER = 10
RUNS = 3
CLAIM = 0.5
PICTURE = Path(__file__).with_name("growth.png")
Runs = dict[str, dict[int, Run]]


def main() -> None:
    """Measure, plot, print, and keep the result in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    sizes = parser.parse_args().sizes
    runs: Runs = {name: {} for name in ENGINES}
    for size in sizes:
        for name in ENGINES:
            customers = size // LINES_PER_CUSTOMER
            runs[name][size] = run_fresh(name, size, customers, "int", RUNS)
            print(f"{size:>12,} {name:<28} {runs[name][size]}", flush=True)
    plot(runs)
    text = (
        f"{describe(runs)}\n\n{describe_machine('crmlib', 'numpy', 'pandas', 'polars', 'duckdb')}"
    )
    print(text)
    write_section("growth", text)


def plot(runs: Runs) -> None:
    """Draw seconds and memory over lines, both axes by powers of ten."""
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for axis, field, label in zip(
        axes, ("median_s", "extra_gb"), ("seconds", "GB beside the input"), strict=True
    ):
        for name, by_size in runs.items():
            values = [getattr(run, field) for run in by_size.values()]
            axis.loglog([*by_size], values, marker="o", markersize=3, label=name)
        axis.set_xlabel("order lines")
        axis.set_ylabel(label)
        axis.grid(alpha=0.3)
    axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(PICTURE, dpi=90)


def describe(runs: Runs) -> str:
    """Give the table and the powers of growth."""
    rows = [
        f"| {size:,} | " + " | ".join(_tell(by_size[size]) for by_size in runs.values()) + " |"
        for size in runs[ENGINES[0]]
    ]
    largest = max(runs[ENGINES[0]])
    ratio = runs["crmlib"][largest].median_s / runs[ENGINES[1]][largest].median_s
    return f"""\
The claims: time and memory grow near linearly with the lines; 100M lines in memory take at most
{CLAIM} of the time of Polars on a frame of its own.

`python benchmarks/growth.py`: each engine at each size in a process of its own, integers as ids in
file order, {LINES_PER_CUSTOMER} lines a customer. Median of {RUNS} runs, first run in brackets
(it touches its memory first); peak memory of the first run over that of the input.

At {largest:,} lines crmlib takes **{ratio:.2f}** of the time of Polars. Its time grows with the
lines to the power of {_power(runs["crmlib"], "median_s"):.2f}, its memory to
{_power(runs["crmlib"], "extra_gb"):.2f}.

| lines | {" | ".join(runs)} |
|---|{"---|" * len(runs)}
{chr(10).join(rows)}

![growth of time and memory](growth.png)"""


def _tell(run: Run) -> str:
    """Give a cell of the table."""
    return f"{run.median_s:.2f} s ({run.first_s:.2f}), {run.extra_gb:.2f} GB"


def _power(by_size: dict[int, Run], field: str) -> float:
    """Give the power with which a measure grows from the smallest to the largest size."""
    small, large = min(by_size), max(by_size)
    growth = getattr(by_size[large], field) / getattr(by_size[small], field)
    return math.log(growth) / math.log(large / small)


if __name__ == "__main__":
    main()
