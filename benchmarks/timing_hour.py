"""At which hour will customers buy next? Held-out log-loss on two real shops.

Run it from the root of the repository with the folder of the shared data:
``python benchmarks/timing_hour.py ../shared/data``.  It protects the claim that
``PreferredHourTiming`` foretells the hour better than everybody's hours do.

A visit is what a customer orders within one local hour; visits of customers
who were never seen in the training part are not scored, because for them every
model but the uniform one is the population.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from results import describe_machine, write_section

from crmlib import PreferredHourTiming, read_orders
from crmlib.timing import evaluate

if TYPE_CHECKING:
    from crmlib.statistics import ShapedShrinkage

HOURS = 24
PRODUCT_CODE = r"\d{5}[A-Za-z]{0,2}"
PREFACE = """\
Log-loss (nats) of the local hour of held-out visits, lower is better, with the 95 % interval of
a bootstrap over customers; top-1 and top-3 are shares of visits, ties drawn by lot.
Run it by `.venv/bin/python benchmarks/timing_hour.py ../shared/data`.
Rows with *by* are told the day of the visit, the others are not."""
Matrix = npt.NDArray[np.float64]


def main(folder: Path) -> None:
    """Score all models on both shops, print the tables and keep them."""
    shops = {
        "UCI Online Retail, trained before 2011-09-10": (read_online_retail(folder), "2011-09-10"),
        "Complete Journey, trained before 2017-10-01": (read_journey(folder), "2017-10-01"),
    }
    parts = [PREFACE]
    for name, (visits, split) in shops.items():
        parts.append(score_shop(name, visits, pd.Timestamp(split, tz=visits["ordered_at"].dt.tz)))
    parts.append(describe_machine("numpy", "pandas", "scipy"))
    text = "\n\n".join(parts)
    print(text)
    write_section("timing_hour", text)


def read_online_retail(folder: Path) -> pd.DataFrame:
    """Read the orders of known customers for products, cancellations left out."""
    lines = read_orders(folder / "online_retail.csv.gz").table
    bought = (lines["amount"] > 0) & lines["product_id"].str.fullmatch(PRODUCT_CODE)
    orders = lines[bought].groupby("order_id")[["customer_id", "ordered_at"]].min()
    local = orders["ordered_at"].dt.tz_convert("Europe/London")
    return keep_visits(orders.assign(ordered_at=local))


def read_journey(folder: Path) -> pd.DataFrame:
    """Read the baskets of the grocery."""
    lines = pd.read_csv(
        folder / "complete_journey" / "transactions_sample.csv.gz", dtype={"household_id": str}
    )
    instants = pd.to_datetime(lines["transaction_timestamp"], utc=True)
    lines["ordered_at"] = instants.dt.tz_convert("America/New_York")
    orders = lines.groupby("basket_id").agg(
        customer_id=("household_id", "first"), ordered_at=("ordered_at", "min")
    )
    return keep_visits(orders)


def keep_visits(orders: pd.DataFrame) -> pd.DataFrame:
    """Keep one order of each customer and local hour."""
    hour = orders["ordered_at"].dt.tz_localize(None).dt.floor("h")
    return orders[~orders.assign(hour=hour).duplicated(["customer_id", "hour"])]


def score_shop(name: str, visits: pd.DataFrame, split: pd.Timestamp) -> str:
    """Fit on what came before *split* and give a table of scores on what came after."""
    train = visits[visits["ordered_at"] < split]
    test = visits[
        (visits["ordered_at"] >= split) & visits["customer_id"].isin(train["customer_id"])
    ]
    zone = str(visits["ordered_at"].dt.tz)
    customers = pd.DataFrame(index=pd.Index(test["customer_id"]))
    hours = test["ordered_at"].dt.hour.to_numpy()

    begun = time.perf_counter()
    model = PreferredHourTiming(timezone=zone).fit(train)
    seconds = time.perf_counter() - begun
    plain = PreferredHourTiming(timezone=zone, day_type="weekend", most_shapes=1)
    ours, plainly = (
        evaluate(timing, visits, split_at=split, timezone=zone) for timing in (model, plain)
    )
    counts = count_own(train, customers)
    totals = np.bincount(train["ordered_at"].dt.hour, minlength=HOURS) + 1
    population = np.tile(totals / totals.sum(), (len(test), 1))
    guesses = {
        "own modal hour, then population": counts + population,
        "Laplace, one visit per hour": (counts + 1) / (counts.sum(axis=1, keepdims=True) + HOURS),
    }
    rows = ["| model | log-loss | top-1 | top-3 |", "|---|---|---|---|"]
    known, unknown = ours.scores("hour_given_weekday"), ours.scores("hour")
    rows += [describe_row(name, unknown.loc[name]) for name in ("uniform", "population")]
    for guess, scores in guesses.items():
        loss = "-" if "modal" in guess else describe_loss(scores, hours, customers.index)
        top = [f"{share_in_top(scores, hours, k):.3f}" for k in (1, 3)]
        rows.append(f"| {guess} | {loss} | {top[0]} | {top[1]} |")
    rows += [
        describe_row("kernel + Dirichlet (T1)", plainly.scores("hour").loc["model"]),
        describe_row("**`PreferredHourTiming`, day not known**", unknown.loc["model"]),
        describe_row("population, by weekday", known.loc["population"]),
        describe_row("T1, by weekend or not", plainly.scores("hour_given_weekday").loc["model"]),
        describe_row("**`PreferredHourTiming`, by weekday**", known.loc["model"]),
        "",
        "| model of the day of week | log-loss | top-1 | top-3 |",
        "|---|---|---|---|",
        describe_row("population", ours.scores("weekday").loc["population"]),
        describe_row("T1", plainly.scores("weekday").loc["model"]),
        describe_row("**`PreferredHourTiming`**", ours.scores("weekday").loc["model"]),
    ]
    n_customers = customers.index.nunique()
    table = "\n".join(rows)
    how, days = model.hour_shrinkage_, model.weekday_shrinkage_
    return f"""### {name}

{len(test):,} held-out visits of {n_customers:,} customers, {len(train):,} to learn from.

{table}

Fitted in {seconds:.2f} s: {describe_fit("hours", how)}; {describe_fit("weekdays", days)}."""


def describe_fit(name: str, how: ShapedShrinkage) -> str:
    """Give the kernel, and share and concentration of each shape."""
    shapes = zip(how.mixture.weights, how.concentrations, strict=True)
    parts = ", ".join(f"{weight:.2f} with concentration {s:.1f}" for weight, s in shapes)
    return f"{name} kappa {how.kappa:g}, shapes {parts}"


def count_own(train: pd.DataFrame, customers: pd.DataFrame) -> Matrix:
    """Count each customer's own hours, without any model."""
    counts = pd.crosstab(train["customer_id"], train["ordered_at"].dt.hour)
    return counts.reindex(index=customers.index, columns=range(HOURS), fill_value=0).to_numpy(
        float
    )


def describe_row(name: str, scores: pd.Series[float]) -> str:
    """Give a row of the table from a row of the scores."""
    loss = (
        f"{scores['log_loss']:.4f} [{scores['log_loss_low']:.3f}, {scores['log_loss_high']:.3f}]"
    )
    return f"| {name} | {loss} | {scores['top_1']:.3f} | {scores['top_3']:.3f} |"


def describe_loss(scores: Matrix, truth: npt.NDArray[np.int64], customer_ids: pd.Index) -> str:
    """Give the mean log-loss and its interval over customers."""
    losses = -np.log(scores[np.arange(len(truth)), truth])
    sums = pd.Series(losses).groupby(np.asarray(customer_ids)).agg(["sum", "size"]).to_numpy()
    drawn = np.random.default_rng(0).integers(0, len(sums), (1000, len(sums)))
    means = sums[drawn, 0].sum(axis=1) / sums[drawn, 1].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{losses.mean():.4f} [{low:.3f}, {high:.3f}]"


def share_in_top(scores: Matrix, truth: npt.NDArray[np.int64], k: int) -> float:
    """Give the share of visits in the *k* hours that score highest, ties drawn by lot."""
    own = scores[np.arange(len(truth)), truth][:, None]
    better, alike = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    return float(np.clip((k - better) / alike, 0, 1).mean())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
