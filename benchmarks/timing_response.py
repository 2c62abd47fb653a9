"""Who learns from answers when to send? A semi-synthetic experiment on a real grocery.

Run it from the root of the repository with the folder of the shared data:
``python benchmarks/timing_response.py ../shared/data``.  It protects the claim that
``ResponseTiming`` learns each customer's hour within some forty sends.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from results import describe_machine, write_section
from timing_hour import HOURS, keep_visits, read_journey, read_online_retail

from crmlib import PreferredHourTiming
from crmlib.statistics import Shrinkage, estimate_population, shrink
from crmlib.timing import ResponseTiming

SENDS, SCORED, ROUNDS = 60, 20, 5
ORACLE = 0.463
HOW = Shrinkage(kappa=20.0, concentration=5.0, log_loss=np.nan)
PREFACE = f"""\
Share of messages answered among the last {SCORED} of {SENDS} sends to each customer, one send a
day, with the range over {ROUNDS} repetitions.  Answers are made up, habits are not: a customer's
true hours are its purchases after the split, smoothed (kernel {HOW.kappa:g} and
{HOW.concentration:g} events of everybody); a message at an hour is answered with a probability
in proportion to them, one factor for all, chosen so that who knows the truth gets {ORACLE}.
Of the purchases before the split only the rows that say so know.  Of those who learn, 5 % get an
hour by lot each day, and these sends count.  Strength and kernel were chosen on other customers,
those of 12 to 19 visits to the grocery.
Run it by `.venv/bin/python benchmarks/timing_response.py ../shared/data`."""
Matrix = npt.NDArray[np.float64]


def main(folder: Path) -> None:
    """Let each policy send, print the table and keep it."""
    parts = [PREFACE]
    shops = {
        "Complete Journey, customers of 20 visits or more from 2017-07-01": (
            keep_visits(read_journey(folder)),
            "2017-07-01",
            20,
        ),
        "UCI Online Retail, customers of 5 visits or more from 2011-06-10": (
            keep_visits(read_online_retail(folder)),
            "2011-06-10",
            5,
        ),
    }
    for name, (visits, split, fewest) in shops.items():
        instant = pd.Timestamp(split, tz=visits["ordered_at"].dt.tz)
        parts.append(score_shop(name, visits, instant, fewest))
    parts.append(describe_machine("numpy", "pandas"))
    text = "\n\n".join(parts)
    print(text)
    write_section("timing_response", text)


def score_shop(name: str, visits: pd.DataFrame, split: pd.Timestamp, fewest: int) -> str:
    """Give the table of one shop."""
    before, after = (visits[(visits["ordered_at"] < split) == early] for early in (True, False))
    counts = pd.crosstab(after["customer_id"], after["ordered_at"].dt.hour)
    counts = counts.reindex(columns=range(HOURS), fill_value=0)
    counts = counts[counts.sum(axis=1) >= fewest]
    truth = make_truth(counts.to_numpy())
    customers = pd.DataFrame(index=counts.index)
    rows = np.arange(len(truth))
    everybody = truth.mean(axis=0).argmax()
    prior = PreferredHourTiming(str(visits["ordered_at"].dt.tz)).fit(before)
    purchase_hour = prior.hour_probabilities(customers).to_numpy().argmax(axis=1)
    found = {
        "an hour by lot": show(truth),
        "everybody at the hour that is best for all": show(truth[:, everybody]),
        "own hour of purchases before, nothing learned": show(truth[rows, purchase_hour]),
        "**`ResponseTiming`**": repeat(ResponseTiming(), customers, truth),
        "**`ResponseTiming` with the prior of purchases**": repeat(
            ResponseTiming(prior=prior), customers, truth
        ),
        "who knows the truth": show(truth.max(axis=1)),
    }
    lines = [f"| {policy} | {share} |" for policy, share in found.items()]
    table = "\n".join(["| policy | answered |", "|---|---|", *lines])
    return f"### {name}\n\n{len(truth):,} customers.\n\n{table}"


def make_truth(counts: npt.NDArray[np.int64]) -> Matrix:
    """Give the probability that a message is answered, by customer and hour."""
    population = estimate_population(counts, kappas=[20.0], default=HOW)
    habits = shrink(counts, population, HOW)
    factor = ORACLE / habits.max(axis=1).mean()
    for _ in range(50):  # until what is cut off at 1 is made up for
        factor *= ORACLE / np.minimum(factor * habits, 1).max(axis=1).mean()
    return np.minimum(factor * habits, 1)


def show(shares: Matrix) -> str:
    """Give the mean."""
    return f"{shares.mean():.3f}"


def repeat(timing: ResponseTiming, customers: pd.DataFrame, truth: Matrix) -> str:
    """Give the mean share of some repetitions, and their range."""
    shares = [learn(timing, customers, truth, seed) for seed in range(ROUNDS)]
    return f"{np.mean(shares):.3f} [{min(shares):.3f}, {max(shares):.3f}]"


def learn(timing: ResponseTiming, customers: pd.DataFrame, truth: Matrix, seed: int) -> float:
    """Send each day, fit on all that was sent and answered; give the share in the last days."""
    generator = np.random.default_rng(seed)
    rows = np.arange(len(truth))
    log: list[pd.DataFrame] = []
    answered = np.zeros((SENDS, len(truth)), dtype=bool)
    for day in range(SENDS):
        slots = pd.date_range("2026-01-05", periods=HOURS, freq="h", tz="UTC")
        timing.set_params(salt=f"day {day} of {seed}")
        past = pd.concat(log) if log else make_log(customers, slots[:1], -1).iloc[:0]
        scores = timing.fit(past).preferences(customers, slots)
        # Hours that are liked alike are drawn among, as a campaign spreads its sends.
        hours = (scores + 1e-9 * generator.random(scores.shape)).argmax(axis=1)
        answered[day] = generator.random(len(truth)) < truth[rows, hours]
        sent = make_log(customers, slots[hours], day)
        log += [sent, sent[answered[day]].assign(event="clicked")]
    return float(answered[-SCORED:].mean())


def make_log(customers: pd.DataFrame, moments: pd.DatetimeIndex, day: int) -> pd.DataFrame:
    """Give the sends of a day as an engagements table."""
    ids = customers.index[: len(moments)]
    keys = np.arange(len(ids)) + day * len(customers)
    return pd.DataFrame({"customer_id": ids, "message_key": keys, "event": "sent", "at": moments})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
