"""How long does it take to fit BG/NBD to a million customers? Beside lifetimes.

Run it from the root of the repository: ``python benchmarks/value_fit.py``, with
``--customers 100000`` for a quick look.  It protects the claim that
``ValueSegmenter`` fits BG/NBD on a million customers at least 20 times faster
than lifetimes 0.11.3, at equal likelihood.

lifetimes needs an older pandas, so it gets an environment of its own in
``.cache/lifetimes``, which is made when it is missing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
from results import describe_machine, write_section

from crmlib import ValueSegmenter
from crmlib.statistics import BgNbd, PurchaseHistories, fit_bg_nbd
from crmlib.statistics._bg_nbd import log_likelihood

TRUTH = BgNbd(r=0.8, alpha=90.0, a=0.8, b=3.0)
YEARS = 2
WEEK = 7
CLAIM = 20
ENVIRONMENT = Path(__file__).parents[1] / ".cache" / "lifetimes"
REQUIREMENTS = ["lifetimes==0.11.3", "pandas<2.2", "numpy<2", "scipy<1.13"]
THEIRS = """
import json, sys, time, warnings
import numpy as np
from lifetimes import BetaGeoFitter
warnings.simplefilter("ignore")
data = np.load(sys.argv[1])
begun = time.perf_counter()
fitter = BetaGeoFitter().fit(data["x"], data["t_x"] / 7, data["T"] / 7)
seconds = time.perf_counter() - begun
print(json.dumps({"seconds": seconds, **{k: float(v) for k, v in fitter.params_.items()}}))
"""


def main(n_customers: int, rounds: int) -> None:
    """Fit both on the same customers, print how long it took and keep it."""
    customers, histories = make_customers(n_customers)
    ours, whole, theirs = [], [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        fitted = fit_bg_nbd(histories)
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        ValueSegmenter().fit(customers)
        whole.append(time.perf_counter() - begun)
        theirs.append(fit_theirs(histories))
    other = BgNbd(**{k: theirs[0][k] for k in ("r", "alpha", "a", "b")})
    other = attrs.evolve(other, alpha=other.alpha * WEEK)
    likelihoods = [log_likelihood(histories, m)[0] for m in (fitted.model, other, TRUTH)]
    seconds = min(answer["seconds"] for answer in theirs)
    ratio = seconds / min(ours)
    n_alike = len(np.unique(np.column_stack([histories.x, histories.t_x, histories.T]), axis=0))
    rows = [
        ("`ValueSegmenter`, BG/NBD alone", min(ours), fitted.model, likelihoods[0]),
        ("lifetimes 0.11.3, `BetaGeoFitter`", seconds, other, likelihoods[1]),
        ("the truth", None, TRUTH, likelihoods[2]),
    ]
    lines = ["| model | seconds | r | alpha (weeks) | a | b | log-likelihood |", "|" + "---|" * 7]
    for name, took, model, height in rows:
        r, alpha, a, b = attrs.astuple(model)
        lines.append(
            f"| {name} | {'-' if took is None else f'{took:.2f}'} | {r:.4f} | {alpha / WEEK:.3f} "
            f"| {a:.4f} | {b:.4f} | {height:.2f} |"
        )
    table = "\n".join(lines)
    verdict = "kept" if ratio >= CLAIM and likelihoods[0] >= likelihoods[1] - 1 else "BROKEN"
    text = f"""\
The claim: BG/NBD on a million customers {CLAIM} times faster than lifetimes, at equal likelihood.
Run it by `.venv/bin/python benchmarks/value_fit.py`.

{n_customers:,} made-up customers of {YEARS} years, {n_alike:,} different histories; the fastest of
{rounds} rounds in turn; log-likelihood in days, by the same function for all.

{table}

lifetimes takes {ratio:.0f} times as long: the claim is {verdict}.
All of `ValueSegmenter.fit` (checks, both models, tiers) takes {min(whole):.2f} s.

{describe_machine("numpy", "scipy", "pandas")}"""
    print(text)
    if verdict != "kept":
        sys.exit("the claim is broken")
    write_section("value_fit", text)


def make_customers(n_customers: int) -> tuple[pd.DataFrame, PurchaseHistories]:
    """Make up customers who behave as BG/NBD says, with the parameters of TRUTH."""
    rng = np.random.default_rng(2005)
    T = rng.integers(1, 365 * YEARS, n_customers)
    rate = rng.gamma(TRUTH.r, 1 / TRUTH.alpha, n_customers)
    leave = rng.beta(TRUTH.a, TRUTH.b, n_customers)
    # The number of purchases until a customer leaves is geometric.
    most = rng.geometric(np.maximum(leave, 1e-12)).astype(float)
    clock, last = np.zeros(n_customers), np.zeros(n_customers)
    x = np.zeros(n_customers, dtype=np.int64)
    going = np.arange(n_customers)
    while len(going):
        clock[going] += rng.exponential(1 / rate[going])
        going = going[(clock[going] <= T[going]) & (x[going] < most[going])]
        x[going] += 1
        last[going] = clock[going]
    t_x = np.minimum(np.ceil(last), T).astype(np.int64)
    spend = rng.gamma(6.0, size=n_customers) * 5 + 1
    customers = pd.DataFrame(
        {
            "recency_days": T - t_x,
            "frequency": x + 1,
            "tenure_days": T,
            "average_order_value": spend,
        }
    )
    return customers, PurchaseHistories(x=x, t_x=t_x, T=T, weight=np.ones_like(x))


def fit_theirs(histories: PurchaseHistories) -> dict[str, float]:
    """Fit by lifetimes in its own environment, which is made if it is missing."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS]
        subprocess.run(install, check=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "histories.npz"
        np.savez(file, x=histories.x, t_x=histories.t_x, T=histories.T)
        done = subprocess.run(
            [str(python), "-c", THEIRS, str(file)], check=True, capture_output=True, text=True
        )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    main(given.customers, given.rounds)
