"""Time KMeansSegmenter beside scikit-learn's full Lloyd, and compare their inertia.

    python benchmarks/k_means.py [n_customers]

Customers, 10,000,000 if nothing is said, with six columns are made up.  Twice
the segmenter begins with a table and ends with a name for each customer: once
with the columns on one scale already, beside ``fit`` of scikit-learn on the
same numbers; once with the raw columns, beside logarithm, scale and ``fit``.
Both inertias are those of all customers on the one scale.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import pandas as pd
from results import describe_machine, write_section
from sklearn.cluster import KMeans

from crmlib.segmenters import KMeansSegmenter

CUSTOMERS = 10_000_000
CLUSTERS = 8
ROUNDS = 3
BLOCK = 500_000
COLUMNS = [
    "recency_days",
    "frequency",
    "average_order_value",
    "tenure_days",
    "mean_gap_days",
    "n_categories",
]


def main(n_customers: int) -> None:
    """Take turns, and write the times and inertias down."""
    customers = make_customers(n_customers)
    seconds: dict[str, list[float]] = {}
    inertias: dict[str, list[float]] = {"crmlib": [], "scikit-learn": []}
    iterations = []

    def clock(name: str, start: float) -> None:
        seconds.setdefault(name, []).append(time.perf_counter() - start)

    for seed in range(ROUNDS):
        start = time.perf_counter()
        segmenter = KMeansSegmenter(COLUMNS, n_clusters=CLUSTERS, random_state=seed)
        segmenter.fit_predict(customers)
        clock("crmlib, raw", start)
        start = time.perf_counter()
        places = scale(customers, segmenter.scaling_)
        clock("logarithm and scale", start)
        start = time.perf_counter()
        model = KMeans(CLUSTERS, n_init=1, algorithm="lloyd", random_state=seed).fit(places)
        clock("scikit-learn, scaled", start)
        iterations.append(model.n_iter_)
        inertias["scikit-learn"].append(inertia(places, model.cluster_centers_))
        scaled = pd.DataFrame(dict(zip(COLUMNS, places.T.copy(), strict=True)), copy=False)
        start = time.perf_counter()
        segmenter = KMeansSegmenter(
            COLUMNS,
            n_clusters=CLUSTERS,
            log_columns=(),
            value_column="frequency",
            random_state=seed,
        )
        segmenter.fit_predict(scaled)
        clock("crmlib, scaled", start)
        inertias["crmlib"].append(inertia(places, segmenter.centers_.to_numpy()))
    report(n_customers, seconds, inertias, iterations)


def make_customers(n_customers: int) -> pd.DataFrame:
    """Make up customers who buy at rates of their own, stay for a while, and spend as they do."""
    rng = np.random.default_rng(7)
    tenure = rng.uniform(1, 1500, n_customers)
    rate = rng.gamma(0.7, 1 / 40, n_customers)  # orders a day
    stays = np.minimum(tenure, rng.exponential(500, n_customers))
    frequency = 1 + rng.poisson(rate * stays)
    last = np.where(frequency > 1, stays * rng.beta(frequency, 1), 0.0)
    basket = rng.lognormal(3.5, 0.7, n_customers)
    customers = pd.DataFrame(
        {
            "recency_days": np.floor(tenure - last),
            "frequency": frequency.astype(float),
            "average_order_value": np.round(basket, 2),
            "tenure_days": np.floor(tenure),
            "mean_gap_days": np.where(frequency > 1, last / np.maximum(frequency - 1, 1), tenure),
            "n_categories": 1.0 + rng.binomial(np.minimum(frequency, 30) - 1, 0.3),
        },
        index=pd.RangeIndex(n_customers, name="customer_id"),
    )
    customers["monetary_value"] = customers["frequency"] * customers["average_order_value"]
    return customers[[*COLUMNS, "monetary_value"]]


def scale(customers: pd.DataFrame, scaling: pd.DataFrame) -> np.ndarray:
    """Put customers onto the scale that was learned, by plain numpy."""
    places = np.empty((len(customers), len(COLUMNS)))
    for place, column in enumerate(COLUMNS):
        unit, mean, spread = scaling.loc[column, ["unit", "mean", "scale"]]
        places[:, place] = (np.log(customers[column].to_numpy() / unit + 1) - mean) / spread
    return places


def inertia(places: np.ndarray, centres: np.ndarray) -> float:
    """Give the mean squared distance to the nearest of *centres*."""
    total = 0.0
    for start in range(0, len(places), BLOCK):
        block = places[start : start + BLOCK]
        distances = [((block - centre) ** 2).sum(axis=1) for centre in centres]
        total += float(np.min(distances, axis=0).sum())
    return total / len(places)


def report(
    n_customers: int,
    seconds: dict[str, list[float]],
    inertias: dict[str, list[float]],
    iterations: list[int],
) -> None:
    """Print the table and put it into RESULTS.md."""
    seconds["scikit-learn, raw"] = [
        prepare + fit
        for prepare, fit in zip(
            seconds.pop("logarithm and scale"), seconds["scikit-learn, scaled"], strict=True
        )
    ]
    rows = []
    for kind in ("scaled", "raw"):
        ours, theirs = seconds[f"crmlib, {kind}"], seconds[f"scikit-learn, {kind}"]
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        rows.append(
            f"| {kind} | {statistics.median(ours):.2f} | {statistics.median(theirs):.2f} | "
            f"**{ratio:.3f}** |"
        )
    excess = [a / b - 1 for a, b in zip(inertias["crmlib"], inertias["scikit-learn"], strict=True)]
    text = f"""\
The claim: at most .15 of the time of scikit-learn's full Lloyd (one start), at an inertia within
.1 % of it.

`python benchmarks/k_means.py {n_customers}`: {n_customers:,} customers, {len(COLUMNS)} columns,
{CLUSTERS} clusters, {ROUNDS} seeds in turn. crmlib: from the table to a name for each customer,
silhouette and stability included; scikit-learn: `fit`
({", ".join(map(str, iterations))} iterations), with raw columns after logarithm and scale.
Inertia of crmlib beside that of scikit-learn, per seed: {", ".join(f"{e:+.3%}" for e in excess)}.
{describe_machine("crmlib", "numpy", "pandas", "scikit-learn")}

| columns | crmlib, median s | scikit-learn, median s | median of the ratios |
|---|---:|---:|---:|
{chr(10).join(rows)}"""
    print(text)
    write_section("k_means", text)


if __name__ == "__main__":
    if len(sys.argv) > 2 or not all(number.isdigit() for number in sys.argv[1:]):  # noqa: PLR2004 -- one argument
        sys.exit(__doc__)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
