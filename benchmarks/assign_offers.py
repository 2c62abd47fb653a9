"""One offer per customer under caps: dual prices beside scipy's exact LP.

    python benchmarks/assign_offers.py             # LP up to 10,000 customers
    python benchmarks/assign_offers.py --whole-lp  # LP of 100,000 customers as well: minutes

The claims: .9999 of the bound, certified, for 100,000 customers and 10 offers;
20 times faster than the LP at that size; a million customers within memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time

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
SIZES = (10_000, 100_000, 1_000_000)


def main() -> None:
    """Measure each size in a process of its own, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whole-lp", action="store_true", help="LP of 100,000 customers, too")
    parser.add_argument("--child", default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        kind, size = json.loads(given.child)
        print(json.dumps(solve_lp(size) if kind == "lp" else solve_by_prices(size)))
        return
    lines = [
        "| customers | by | seconds | value | share of the bound | peak memory, scores included |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    told = {}
    for size in SIZES:
        for kind in ("prices", "lp"):
            if kind == "lp" and size > (100_000 if given.whole_lp else 10_000):
                continue
            told[kind, size] = one = in_a_process(kind, size)
            by = "`assign_offers`" if kind == "prices" else "scipy `linprog` (HiGHS)"
            lines.append(
                f"| {size:,} | {by} | {one['seconds']:.2f} | {one['value']:,.2f} | "
                f"{one['share']:.7f} | {one['peak_gb']:.2f} GB |"
            )
    text = "\n\n".join(
        [
            f"""\
Scores of {N_OFFERS} offers that grow with the customer's value, a cap of 5 % of the customers
each, so that half of them get one; single precision.
Run it by `.venv/bin/python benchmarks/assign_offers.py --whole-lp`.
The bound is the dual value at the prices found: no assignment can be worth more.""",
            "\n".join(lines),
            judge(told),
            describe_machine("numpy", "scipy"),
        ]
    )
    print(text)
    write_section("assign_offers", text)


def judge(told: dict[tuple[str, int], dict[str, float]]) -> str:
    """Say whether the claims are kept."""
    share = told["prices", 100_000]["share"]
    kept = "is kept" if share >= CLAIMED else "**does not hold**"
    verdict = f"The claim of {CLAIMED} of the bound {kept}: {share:.7f}."
    for size in SIZES:
        if ("lp", size) in told:
            times = told["lp", size]["seconds"] / told["prices", size]["seconds"]
            verdict += f"  At {size:,} customers the LP takes {times:.0f} times as long."
    return verdict


def in_a_process(kind: str, size: int) -> dict[str, float]:
    """Solve in a new process."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", json.dumps([kind, size])],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def make_scores(size: int) -> pd.DataFrame:
    """Draw scores: what an offer brings, times what the customer is worth."""
    rng = np.random.default_rng(2026)
    liking = rng.random((size, N_OFFERS), dtype=np.float32)
    worth = rng.standard_gamma(2.0, size, dtype=np.float32)
    return pd.DataFrame(liking * worth[:, None], columns=COLUMNS)


def solve_by_prices(size: int) -> dict[str, float]:
    """Assign, and say what it took."""
    scores = make_scores(size)
    begun = time.perf_counter()
    found = assign_offers(scores, dict.fromkeys(COLUMNS, size // 20))
    seconds = time.perf_counter() - begun
    assert (found.counts() <= size // 20).all()
    share = found.value / found.bound
    return {"seconds": seconds, "value": found.value, "share": share, "peak_gb": peak_gb()}


def solve_lp(size: int) -> dict[str, float]:
    """Solve the LP, whose best corner is an assignment."""
    scores = make_scores(size).to_numpy().astype(float)
    begun = time.perf_counter()
    cells = np.arange(scores.size)
    ones = np.ones(scores.size)
    each = csr_array((ones, (cells // N_OFFERS, cells)), shape=(size, scores.size))
    caps = csr_array((ones, (cells % N_OFFERS, cells)), shape=(N_OFFERS, scores.size))
    most = np.append(np.ones(size), np.full(N_OFFERS, size // 20))
    found = linprog(-scores.ravel(), A_ub=vstack([each, caps]), b_ub=most, method="highs")
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "value": -found.fun, "share": 1.0, "peak_gb": peak_gb()}


if __name__ == "__main__":
    main()
