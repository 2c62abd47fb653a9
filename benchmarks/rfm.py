"""Time RFMSegmenter beside pandas qcut scoring.

    python benchmarks/rfm.py                   # 1M and 10M customers
    python benchmarks/rfm.py --customers 1000000

Both begin with a customers table and end with a name of segment for each
customer.  pandas scores in the way that is usual: ``rank(method="first")``,
``qcut`` into five, the digits put together to a text, and the text looked up.
Beside it stands the quickest way that we know to write it in pandas: digits as
small numbers, one number looked up.  Ranks part equal customers, crmlib does
not, so the answers cannot be equal; the share that is, is told.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from results import describe_machine, write_section

from crmlib.segmenters import RFMSegmenter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIZES = (1_000_000, 10_000_000)
CLAIM = 4
LINEAR = 1.25
COLUMNS = {"recency_days": -1, "frequency": 1, "monetary_value": 1}
DIGITS = [1, 2, 3, 4, 5]
US, USUAL, QUICK = "crmlib", "pandas, texts", "pandas, numbers"
PACKAGES = ("crmlib", "numpy", "pandas", "pyarrow")


def main() -> None:
    """Measure what the command line asks for, print it and keep it in RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, nargs="*", default=SIZES)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    names = RFMSegmenter().fit(make_customers(1000)).segment_map_
    engines: dict[str, Callable[[pd.DataFrame], pd.Series[str]]] = {
        US: lambda customers: RFMSegmenter().fit(customers).predict(customers),
        USUAL: lambda customers: score_texts(customers, names),
        QUICK: lambda customers: score_numbers(customers, names),
    }
    seconds = {}
    agreed = {}
    for size in given.customers:
        customers = make_customers(size)
        answers = {name: engine(customers) for name, engine in engines.items()}
        pd.testing.assert_series_equal(answers[USUAL], answers[QUICK])
        agreed[size] = (answers[US] == answers[USUAL]).mean()
        del answers
        seconds[size] = take_turns(customers, engines, given.rounds)
    text = tell(seconds, agreed, given.rounds)
    print(text)
    write_section("rfm", text)


def make_customers(n_customers: int) -> pd.DataFrame:
    """Make up customers who buy at rates of their own; ids are texts, money has cents."""
    rng = np.random.default_rng(7)
    tenure = rng.uniform(1, 1500, n_customers)
    stays = np.minimum(tenure, rng.exponential(500, n_customers))
    frequency = 1 + rng.poisson(rng.gamma(0.7, 1 / 40, n_customers) * stays)
    last = np.where(frequency > 1, stays * rng.beta(frequency, 1), 0.0)
    money = frequency * rng.lognormal(3.5, 0.7, n_customers)
    return pd.DataFrame(
        {
            "recency_days": np.floor(tenure - last).astype(np.int64),
            "frequency": frequency,
            "monetary_value": np.round(money, 2),
        },
        index=pd.Index(np.arange(10**9, 10**9 + n_customers), name="customer_id").astype("str"),
    )


def score_texts(customers: pd.DataFrame, names: Mapping[str, str]) -> pd.Series[str]:
    """Score as most do: codes are texts."""
    digits = [
        pd.qcut((sign * customers[column]).rank(method="first"), 5, labels=DIGITS).astype(str)
        for column, sign in COLUMNS.items()
    ]
    return (digits[0] + digits[1] + digits[2]).map(names).rename("segment")


def score_numbers(customers: pd.DataFrame, names: Mapping[str, str]) -> pd.Series[str]:
    """Score as quickly as pandas can: codes are numbers, names a table to take from."""
    number = np.full(len(customers), 111)
    for (column, sign), place in zip(COLUMNS.items(), (100, 10, 1), strict=True):
        ranks = (sign * customers[column]).rank(method="first")
        number += place * pd.qcut(ranks, 5, labels=False).to_numpy()
    table = pd.array([names.get(str(code), "") for code in range(556)], dtype="str")
    return pd.Series(table.take(number), index=customers.index, name="segment")


def take_turns(
    customers: pd.DataFrame,
    engines: Mapping[str, Callable[[pd.DataFrame], pd.Series[str]]],
    rounds: int,
) -> dict[str, list[float]]:
    """Give the seconds of each engine in some rounds; each begins with an index new to it."""
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for turn in range(rounds):
        order = list(engines)[turn % len(engines) :] + list(engines)[: turn % len(engines)]
        for name in order:
            table = customers.set_axis(customers.index.copy())
            start = time.perf_counter()
            engines[name](table)
            seconds[name].append(time.perf_counter() - start)
    return seconds


def tell(
    seconds: Mapping[int, Mapping[str, list[float]]], agreed: Mapping[int, float], rounds: int
) -> str:
    """Give the section of RESULTS.md."""
    rows, pace, quickest = [], {}, []
    for size, times in seconds.items():
        middle = {name: statistics.median(each) for name, each in times.items()}
        ratios = {
            name: statistics.median(
                theirs / ours for theirs, ours in zip(times[name], times[US], strict=True)
            )
            for name in (USUAL, QUICK)
        }
        pace[size] = 1e6 * middle[US] / size
        quickest.append(min(ratios.values()))
        rows.append(
            f"| {size:,} | {middle[US]:.3f} | {pace[size]:.3f} | {middle[USUAL]:.2f} | "
            f"{middle[QUICK]:.2f} | **{ratios[USUAL]:.1f}** | **{ratios[QUICK]:.1f}** | "
            f"{agreed[size]:.1%} |"
        )
    growth = pace[max(pace)] / pace[min(pace)]
    verdict = "holds" if min(quickest) >= CLAIM and growth <= LINEAR else "**does not hold**"
    table = "\n".join(rows)
    return f"""\
The claim: `RFMSegmenter`, fit and predict, is at least {CLAIM} times as fast as scoring by pandas
`qcut`, and linear in the number of customers (at most {LINEAR} times the seconds per customer when
there are ten times as many). It {verdict} here: {min(quickest):.1f} times
against the quicker way in pandas, {growth:.2f} times the seconds per customer.

`python benchmarks/rfm.py --customers {" ".join(map(str, seconds))} --rounds {rounds}`: from the
customers table, ids as texts, to a name for each customer; medians of rounds in turn, ratios
within a round. crmlib also checks that ids are unique and numbers finite, which pandas does not.
*Texts*: `rank(method="first")`, `qcut`, codes put together as texts and mapped to names;
*numbers*: the same with codes as numbers. Ranks part customers who are equal; *same name* is the
share of customers whom both call alike.

| customers | crmlib s | s per million | texts s | numbers s | texts / crmlib | numbers / crmlib \
| same name |
|---:|---:|---:|---:|---:|---:|---:|---:|
{table}

{describe_machine(*PACKAGES)}"""


if __name__ == "__main__":
    main()
