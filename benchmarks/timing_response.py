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
from crmlib.timing import ResponseTiming, compare_groups, judge_timing

SENDS, SCORED, ROUNDS = 60, 20, 5
ORACLE = 0.463
SLOTS = pd.date_range("2026-01-05", periods=HOURS, freq="h", tz="UTC")
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
The second table tells policies from the log of the last {SCORED} sends of one such run, in which
10 % are the control and nothing more is learned: what a policy would have had answered, by
`judge_timing`, and what the group by lot that got it answered, by `compare_groups`, beside the
truth, which is known here.
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
    judged = judge(ResponseTiming(control=0.1, prior=prior), customers, truth)
    return f"### {name}\n\n{len(truth):,} customers.\n\n{table}\n\n{judged}"


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
    log: list[pd.DataFrame] = []
    answered = np.zeros((SENDS, len(truth)), dtype=bool)
    for day in range(SENDS):
        timing.set_params(salt=f"day {day} of {seed}").fit(read_log(log, customers))
        hours, answered[day] = send(timing, customers, truth, generator)
        sent = make_log(customers, SLOTS[hours], day)
        log += [sent, sent[answered[day]].assign(event="clicked")]
    return float(answered[-SCORED:].mean())


def judge(timing: ResponseTiming, customers: pd.DataFrame, truth: Matrix) -> str:
    """Learn, then send without learning more, and tell policies from that log; give the table."""
    generator = np.random.default_rng(0)
    log: list[pd.DataFrame] = []
    decisions = []
    for day in range(SENDS):
        timing.set_params(salt=f"day {day}")
        if day <= SENDS - SCORED:
            timing.fit(read_log(log, customers))
        hours, answered = send(timing, customers, truth, generator)
        sent = make_log(customers, SLOTS[hours], day)
        log += [sent, sent[answered].assign(event="clicked")]
        if day >= SENDS - SCORED:
            chosen = pd.Series(hours, index=customers.index)
            decisions.append(timing.decisions(customers, chosen).assign(answered=answered))
    logged = pd.concat(decisions)
    judged, groups = judge_timing(timing, logged), compare_groups(logged)
    own = truth[np.arange(len(truth)), timing.rates(customers).to_numpy().argmax(axis=1)].mean()
    of_all = truth[:, timing.rates_of_all().argmax()].mean()
    truths = {"hour by lot": truth.mean(), "hour of all": of_all, "own hour": own}
    named = {"hour by lot": "random", "hour of all": "control", "own hour": "optimised"}
    rows = [
        "| policy | truth | doubly robust | IPS | SNIPS | effective sends | group that got it |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, true in truths.items():
        row, group = judged.loc[name], groups.loc[named[name]]
        rows.append(
            f"| {name} | {true:.3f} | {describe_interval(row, 'value')} | {row['ips']:.3f} "
            f"| {row['snips']:.3f} | {row['effective_sample_size']:,.0f} "
            f"| {describe_interval(group, 'answered')} of {group['sends']:,.0f} |"
        )
    gain, lift = judged.loc["own hour"], groups.loc["optimised"]
    rows.append(
        f"| own hour against hour of all | {own - of_all:+.3f} "
        f"| {describe_interval(gain, 'gain')} | | | | {describe_interval(lift, 'gain')} |"
    )
    return "\n".join(rows)


def describe_interval(row: pd.Series[float], name: str) -> str:
    """Give a value with its interval."""
    low, high = ("gain_low", "gain_high") if name == "gain" else ("low", "high")
    return f"{row[name]:.3f} [{row[low]:.3f}, {row[high]:.3f}]"


def send(
    timing: ResponseTiming, customers: pd.DataFrame, truth: Matrix, generator: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Send to all at the hours that *timing* likes best; give those, and who answered."""
    scores = timing.preferences(customers, SLOTS)
    # Hours that are liked alike are drawn among, as a campaign spreads its sends.
    hours = (scores + 1e-9 * generator.random(scores.shape)).argmax(axis=1)
    return hours, generator.random(len(truth)) < truth[np.arange(len(truth)), hours]


def read_log(log: list[pd.DataFrame], customers: pd.DataFrame) -> pd.DataFrame:
    """Give all that was sent and answered, an empty table before the first send."""
    return pd.concat(log) if log else make_log(customers, SLOTS[:1], -1).iloc[:0]


def make_log(customers: pd.DataFrame, moments: pd.DatetimeIndex, day: int) -> pd.DataFrame:
    """Give the sends of a day as an engagements table."""
    ids = customers.index[: len(moments)]
    keys = np.arange(len(ids)) + day * len(customers)
    return pd.DataFrame({"customer_id": ids, "message_key": keys, "event": "sent", "at": moments})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
