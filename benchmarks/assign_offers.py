"""One offer per customer under caps: dual prices beside scipy's exact LP.

    python benchmarks/assign_offers.py             # LP stopped at 25 times our seconds
    python benchmarks/assign_offers.py --whole-lp  # LP to its end: many minutes

The claims: .9999 of the bound, certified, for 100,000 customers and 10 offers;
20 times faster than the LP at that size; a million customers within memory.
HiGHS is asked twice, with the method that scipy chooses and with interior points;
where it is stopped, that it takes so many times as long is certain, and cheap to know.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from fresh_process import peak_gb
from results import describe_machine, write_section
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from crmlib.planners import assign_offers

N_OFFERS = 10
COLUMNS = [f"offer {place}" for place in range(N_OFFERS)]
CLAIMED, FASTER = 0.9999, 20
PATIENCE = 25
"""Times as long as `assign_offers` that the LP of 100,000 customers may take."""

SIZES = (10_000, 100_000, 1_000_000)
MOST_FOR_LP = 100_000
LPS = {"highs": "scipy `linprog` (HiGHS)", "highs-ipm": "scipy `linprog` (HiGHS, interior points)"}


def main() -> None:
    """Measure each size in a process of its own, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whole-lp", action="store_true", help="LP to its end")
    parser.add_argument("--child", default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        by, size, limit = json.loads(given.child)
        print(json.dumps(solve_lp(by, size, limit) if by in LPS else solve_by_prices(size)))
        return
    lines = [
        "| customers | by | seconds | value | share of the bound | peak memory, scores included |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    told = {}
    for size in SIZES:
        ours = told["ours", size] = in_a_process("ours", size, None)
        lines.append(describe("`assign_offers`", size, ours))
        for method in LPS if size <= MOST_FOR_LP else ():
            limit = None if given.whole_lp or size < MOST_FOR_LP else PATIENCE * ours["seconds"]
            told[method, size] = in_a_process(method, size, limit)
            lines.append(describe(LPS[method], size, told[method, size]))
    text = "\n\n".join(
        [
            f"""\
Scores of {N_OFFERS} offers that grow with the customer's value, a cap of 5 % of the customers
each, so that half of them get one; single precision.
Run it by `.venv/bin/python benchmarks/assign_offers.py`.
The bound is the dual value at the prices found: no assignment can be worth more.
Without `--whole-lp` the LP of {MOST_FOR_LP:,} is stopped after {PATIENCE} times our seconds.""",
            "\n".join(lines),
            judge(told),
            describe_machine("numpy", "scipy"),
        ]
    )
    print(text)
    write_section("assign_offers", text)


def describe(by: str, size: int, one: dict[str, Any]) -> str:
    """Give a row of the table."""
    answer = f"{one['value']:,.2f} | {one['share']:.7f}" if one["is_done"] else "no answer yet | -"
    seconds = f"{one['seconds']:.2f}" if one["is_done"] else f"over {one['seconds']:.2f}"
    return f"| {size:,} | {by} | {seconds} | {answer} | {one['peak_gb']:.2f} GB |"


def judge(told: dict[tuple[str, int], dict[str, Any]]) -> str:
    """Say whether the claims are kept."""
    share = told["ours", MOST_FOR_LP]["share"]
    kept = "is kept" if share >= CLAIMED else "**does not hold**"
    verdict = f"The claim of {CLAIMED} of the bound {kept}: {share:.7f}."
    least = []
    for method, name in LPS.items():
        lp = told[method, MOST_FOR_LP]
        times = lp["seconds"] / told["ours", MOST_FOR_LP]["seconds"]
        least.append(times)
        verdict += f"\nAt {MOST_FOR_LP:,} customers {name} takes "
        verdict += f"{'' if lp['is_done'] else 'at least '}{int(times)} times as long"
        times = told[method, 10_000]["seconds"] / told["ours", 10_000]["seconds"]
        verdict += f"; at 10,000 {times:.0f} times."
    faster = "is kept" if min(least) >= FASTER else "**does not hold**"
    return f"{verdict}\nThe claim of {FASTER} times {faster}."


def in_a_process(by: str, size: int, limit: float | None) -> dict[str, Any]:
    """Solve in a new process, an LP within *limit* seconds or to its end."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", json.dumps([by, size, limit])],
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def make_scores(size: int) -> pd.DataFrame:
    """Draw scores: what an offer brings, times what the customer is worth."""
    rng = np.random.default_rng(2026)
    liking = rng.random((size, N_OFFERS), dtype=np.float32)
    worth = rng.standard_gamma(2.0, size, dtype=np.float32)
    return pd.DataFrame(liking * worth[:, None], columns=COLUMNS)


def solve_by_prices(size: int) -> dict[str, Any]:
    """Assign, and say what it took."""
    scores = make_scores(size)
    begun = time.perf_counter()
    found = assign_offers(scores, dict.fromkeys(COLUMNS, size // 20))
    seconds = time.perf_counter() - begun
    assert (found.counts() <= size // 20).all()
    share = found.value / found.bound
    told = {"seconds": seconds, "is_done": True, "value": found.value, "share": share}
    return {**told, "peak_gb": peak_gb()}


def solve_lp(method: str, size: int, limit: float | None) -> dict[str, Any]:
    """Solve the LP, whose best corner is an assignment, or stop after *limit* seconds."""
    scores = make_scores(size).to_numpy().astype(float)
    begun = time.perf_counter()
    cells = np.arange(scores.size)
    ones = np.ones(scores.size)
    each = csr_array((ones, (cells // N_OFFERS, cells)), shape=(size, scores.size))
    caps = csr_array((ones, (cells % N_OFFERS, cells)), shape=(N_OFFERS, scores.size))
    most = np.append(np.ones(size), np.full(N_OFFERS, size // 20))
    found = linprog(
        -scores.ravel(),
        A_ub=vstack([each, caps]),
        b_ub=most,
        method=method,
        options={"time_limit": limit},
    )
    seconds = time.perf_counter() - begun
    is_done = found.status == 0
    assert is_done or found.status == 1, found.message  # 1: the time is over
    told = {"seconds": seconds, "is_done": is_done, "value": -found.fun if is_done else None}
    return {**told, "share": 1.0, "peak_gb": peak_gb()}


if __name__ == "__main__":
    main()
