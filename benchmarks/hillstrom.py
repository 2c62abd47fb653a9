"""Does choosing by customer pay? A real randomised test of e-mails, and the gate.

Run it from the root of the repository with the folder of the shared data:
``python benchmarks/hillstrom.py ../shared/data``.  It protects three claims:
the gate sends the best single message where no choice is proven to beat it;
under a budget of 30 % uplift finds customers whom a message moves by .0788
visits or more; and the bandit of crmlib finds the best message at least as fast
as those of MABWiser.  scikit-uplift, installed in an environment of its own in
``.cache/peers``, checks the uplift curve.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from results import describe_machine, write_section
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from crmlib.planners import BanditPlanner, Template, UpliftPlanner
from crmlib.statistics import auuc, qini_coefficient, qini_curve
from crmlib.tables import NO_MESSAGE

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

HERE = Path(__file__).parent
PEERS = HERE.parent / ".cache" / "peers"
ARMS = {"Mens E-Mail": "mens", "Womens E-Mail": "womens", "No E-Mail": NO_MESSAGE}
CONTEXT = ["recency", "history", "mens", "womens", "zip_code", "newbie", "channel"]
MESSAGES = {name: Template(body=f"News for {name}") for name in ("mens", "womens")}
BUDGET, WANTED = 0.3, 0.0788
N_FOLDS, ROUNDS = 5, 5
PREFACE = """\
The MineThatData e-mail challenge: 64,000 customers, one third each got the men's mail, the
women's mail or none; reward is a visit within two weeks (or what was spent).
Run it by `.venv/bin/python benchmarks/hillstrom.py ../shared/data`.
The gate learns on one fifth of the customers and judges on the second, then learns on both and
judges on the third, and so on; uplift by budget is learned on four fifths and judged on the other
fifth, in turn."""


def main(folder: Path) -> None:
    """Measure everything, print it and keep it."""
    log = read_log(folder)
    text = "\n\n".join(
        [
            PREFACE,
            judge_the_gate(log),
            judge_the_budget(log),
            replay_bandits(log),
            describe_machine("numpy", "scikit-learn", "mabwiser"),
        ]
    )
    print(text)
    write_section("hillstrom", text)


def read_log(folder: Path) -> pd.DataFrame:
    """Read the challenge as responses; the rows are in no order, the ids are row numbers."""
    rows = pd.read_csv(folder / "hillstrom.csv.gz")
    ids = [f"H{number:05}" for number in range(len(rows))]
    return rows.assign(
        customer_id=ids, message=rows["segment"].map(ARMS), propensity=1 / 3, reward=rows["visit"]
    ).drop(columns="segment")


def judge_the_gate(log: pd.DataFrame) -> str:
    """Compare policies with the best single message, for visits and for money."""
    planners: dict[str, tuple[str, Any]] = {
        "T, logistic": ("reward", UpliftPlanner(MESSAGES, CONTEXT, learner="T")),
        "X, logistic and ridge": ("reward", UpliftPlanner(MESSAGES, CONTEXT, learner="X")),
        "DR, logistic and ridge": ("reward", UpliftPlanner(MESSAGES, CONTEXT, learner="DR")),
        "T, ridge, spend": ("spend", UpliftPlanner(MESSAGES, CONTEXT, learner="T")),
        "DR, ridge, spend": ("spend", UpliftPlanner(MESSAGES, CONTEXT, learner="DR")),
    }
    lines = [
        "### The gate",
        "",
        "Rewards per customer (doubly robust), and how much more than the best single message.",
        "",
        "| policy | value | more than the best single message | effective sample | gate |",
        "|---|---|---|---:|---|",
    ]
    for name, (reward, planner) in planners.items():
        told = planner.evaluate(log.assign(reward=log[reward]))
        if name in {"T, logistic", "T, ridge, spend"}:
            for one in told.alternatives:
                what = f"all {one.message}" + (", spend" if reward == "spend" else "")
                lines.append(row(what, one.value, one.difference, "-"))
        gate = "open" if told.pays else f"shut: {told.best_message} to all"
        lines.append(row(name, told.policy, told.difference, gate))
        difference = max(
            abs(told.policy.value - told.policy_ips.value),
            abs(told.policy.value - told.policy_snips.value),
        )
        print(f"{name}: IPS and SNIPS within {difference:.4f}; {told.why}")
    planner = UpliftPlanner(MESSAGES, CONTEXT).fit(pd.DataFrame(), log)
    audience = log.set_index("customer_id")[CONTEXT].assign(segment="all")
    plan = planner.plan(audience.iloc[:2000], medium="email")
    shares = plan["template"].value_counts(normalize=True)
    sent = ", ".join(f"{name} to {share:.1%}" for name, share in shares.items())
    usual = plan.loc[plan["template"] == "mens", "why"].mode().iloc[0]
    return "\n".join([*lines, "", f"What is sent then: {sent}. The plan says: *{usual}*"])


def row(name: str, value: Any, difference: Any, gate: str) -> str:
    """Give a row of the table."""
    low, high = difference.interval
    more = f"{difference.value:+.4f} [{low:+.4f}, {high:+.4f}]"
    size = f"{value.effective_sample_size:,.0f}"
    return f"| {name} | {value.value:.4f} | {more} | {size} | {gate} |"


def judge_the_budget(log: pd.DataFrame) -> str:
    """Contact 30 % of customers: visits that each contact brings, any mail against none."""
    binary = log.assign(message=np.where(log["message"] == NO_MESSAGE, NO_MESSAGE, "any"))
    binary["propensity"] = np.where(binary["message"] == "any", 2 / 3, 1 / 3)
    any_mail = {"any": Template(body="News")}
    splits = fold_of(log)
    scores = {
        "by lot": np.random.default_rng(0).random(len(log)),
        "newest buyers first": -log["recency"].to_numpy(dtype=float),
        "response model (logistic)": cross_fit(splits, log, response_score),
    }
    for learner in ("T", "X", "DR"):
        planner = UpliftPlanner(any_mail, CONTEXT, learner=learner, gate=False)
        scores[f"`UpliftPlanner`, {learner}"] = cross_fit(
            splits, binary, lambda train, test, p=planner: uplift_score(p, train, test)
        )
    treated = (binary["message"] == "any").to_numpy()
    visits = log["visit"].to_numpy(dtype=float)
    lines = [
        "### A budget of 30 %",
        "",
        "Visits per contact on top of those without a mail, any mail against none, with the 95 %",
        "interval; the same of the men's mail and the women's against none; and the area under",
        "the uplift curve.",
        "",
        "| ranked by | any | men's | women's | AUUC | Qini | AUUC by scikit-uplift |",
        "|---|---|---|---|---:|---:|---:|",
    ]
    peer = ask_scikit_uplift(scores, treated, visits)
    best, by = 0.0, ""
    for name, score in scores.items():
        top = top_of_folds(splits, score)
        message = log["message"].to_numpy()
        cells = []
        for kind in (("mens", "womens"), ("mens",), ("womens",)):
            uplift, half = uplift_at(top, np.isin(message, kind), message == NO_MESSAGE, visits)
            cells.append(f"{uplift:.4f} ± {half:.4f}")
            if kind == ("mens", "womens") and "Uplift" in name:
                best, by = max((best, by), (uplift, name))
        curve = qini_curve(score, treated, visits)
        area, qini = auuc(curve), qini_coefficient(curve)
        lines.append(f"| {name} | {' | '.join(cells)} | {area:.5f} | {qini:.5f} | {peer[name]} |")
    verdict = "is kept" if round(best, 4) >= WANTED else "**does not hold**"
    return "\n".join(
        [
            *lines,
            "",
            f"The claim of .0788 by uplift, any mail against none, {verdict}: {best:.4f} by {by},",
            "the best of the three; intervals of all rankings overlap.",
        ]
    )


def fold_of(log: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Give each customer one of five parts by lot."""
    return np.random.default_rng(5).permutation(len(log)) % N_FOLDS


def cross_fit(splits: Any, log: pd.DataFrame, score: Any) -> Floats:
    """Score each part by what the others taught."""
    scores = np.empty(len(log))
    for fold in range(N_FOLDS):
        here = splits == fold
        scores[here] = score(log[~here], log[here])
    return scores


def response_score(train: pd.DataFrame, test: pd.DataFrame) -> Floats:
    """Give the chance of a visit, whoever got what."""
    columns = pd.get_dummies(pd.concat([train, test])[CONTEXT], dtype=float)
    scaled = StandardScaler().fit_transform(columns)
    model = LogisticRegression(max_iter=1000).fit(scaled[: len(train)], train["visit"])
    return model.predict_proba(scaled[len(train) :])[:, 1]


def uplift_score(planner: UpliftPlanner, train: pd.DataFrame, test: pd.DataFrame) -> Floats:
    """Give the expected uplift of a mail."""
    fitted = planner.fit(pd.DataFrame(), train)
    return fitted.rank(test.set_index("customer_id"))["uplift"].to_numpy()


def top_of_folds(splits: Any, score: Floats) -> npt.NDArray[np.bool_]:
    """Give the 30 % with the highest score of each part, ties by lot."""
    luck = np.random.default_rng(1).random(len(score))
    top = np.zeros(len(score), dtype=bool)
    for fold in range(N_FOLDS):
        places = np.flatnonzero(splits == fold)
        order = places[np.lexsort((luck[places], -score[places]))]
        top[order[: int(BUDGET * len(order))]] = True
    return top


def uplift_at(top: Any, treated: Any, control: Any, visits: Floats) -> tuple[float, float]:
    """Give the difference of visit rates in the top, and half of its 95 % interval."""
    a, b = visits[top & treated], visits[top & control]
    error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    return float(a.mean() - b.mean()), float(1.96 * error)


def ask_scikit_uplift(scores: dict[str, Floats], treated: Any, visits: Floats) -> dict[str, str]:
    """Let scikit-uplift measure the same curves in an environment of its own."""
    home = PEERS / "scikit-uplift"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        wanted = ("scikit-uplift==0.5.1", "setuptools<81")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scores.npz"
        columns = {f"s{place}": score for place, score in enumerate(scores.values())}
        np.savez(file, treated=treated, visits=visits, **columns)
        done = subprocess.run(
            [python, HERE / "peers" / "with_scikit_uplift.py", file],
            check=False,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        print(done.stderr[-500:])
        return dict.fromkeys(scores, "did not run")
    told = json.loads(done.stdout.splitlines()[-1])
    return {name: f"{area:.5f}" for name, area in zip(scores, told, strict=True)}


def replay_bandits(log: pd.DataFrame) -> str:
    """Replay bandits over the mails that were sent: only what they chose counts [1]."""
    from mabwiser.mab import MAB, LearningPolicy  # noqa: PLC0415 -- an extra

    names = [*MESSAGES, NO_MESSAGE]
    rows = log[CONTEXT].assign(one=1.0)
    context = pd.get_dummies(rows, dtype=float)
    context = context.assign(recency=context["recency"] / 12, history=context["history"] / 500)
    policies = {
        "by lot": None,
        "MABWiser, ε-greedy (.1)": LearningPolicy.EpsilonGreedy(0.1),
        "MABWiser, Thompson": LearningPolicy.ThompsonSampling(),
        "MABWiser, LinUCB (1)": LearningPolicy.LinUCB(1.0),
        "**`BanditPlanner`, no gate**": "ours",
    }
    lines = [
        "### Bandits, replayed",
        "",
        "Batches of 1,000 customers; visit rate of those who had got what the bandit chose, mean",
        f"of {ROUNDS} orders of customers, with its standard error; three choices, none is one.",
        "`BanditPlanner` explores by its draws alone.",
        "",
        "| bandit | visit rate | seconds |",
        "|---|---|---:|",
    ]
    for name, policy in policies.items():
        begun = time.perf_counter()
        rates = []
        for seed in range(ROUNDS):
            order = np.random.default_rng(seed).permutation(len(log))
            shuffled, numbers = log.iloc[order], context.to_numpy()[order]
            if policy == "ours":
                rates.append(replay_ours(shuffled, seed))
            else:
                bandit = None if policy is None else MAB(names, policy, seed=seed)
                contextual = "Lin" in name
                rates.append(replay(shuffled, numbers, bandit, seed, contextual=contextual))
        seconds = (time.perf_counter() - begun) / ROUNDS
        error = np.std(rates, ddof=1) / np.sqrt(ROUNDS)
        lines.append(f"| {name} | {np.mean(rates):.4f} ± {error:.4f} | {seconds:.2f} |")
    return "\n".join(lines)


def replay(
    log: pd.DataFrame, numbers: Floats, bandit: Any, seed: int, *, contextual: bool
) -> float:
    """Give the visit rate of the rows in which *bandit* chose what was sent."""
    message, visit = log["message"].to_numpy(), log["visit"].to_numpy(dtype=float)
    luck = np.random.default_rng([seed, 1])
    met, learned = np.zeros(len(log), dtype=bool), False
    for start in range(0, len(log), 1000):
        rows = slice(start, start + 1000)
        if bandit is None or not learned:
            chosen = luck.choice([*MESSAGES, NO_MESSAGE], len(message[rows]))
        elif contextual:
            chosen = np.array(bandit.predict(numbers[rows]))
        else:
            chosen = np.array([bandit.predict() for _ in message[rows]])
        met[rows] = chosen == message[rows]
        if bandit is not None:
            told = (message[rows][met[rows]], visit[rows][met[rows]])
            seen = (numbers[rows][met[rows]],) if contextual else ()
            (bandit.partial_fit if learned else bandit.fit)(*told, *seen)
            learned = True
    return float(visit[met].mean())


def replay_ours(log: pd.DataFrame, seed: int) -> float:
    """Give the visit rate of the rows in which `BanditPlanner` chose what was sent."""
    arms = {**MESSAGES, "nothing": Template(body="-")}
    planner = BanditPlanner(arms, gate=False, exploration=0.0, random_state=seed)
    log = log.assign(segment="all", message=log["message"].replace(NO_MESSAGE, "nothing"))
    known, visits = [], []
    for start in range(0, len(log), 1000):
        batch = log.iloc[start : start + 1000]
        choice = planner.choose(batch.set_index("customer_id"))
        chosen = np.array(list(arms))[choice.chosen]
        met = batch[chosen == batch["message"].to_numpy()]
        known.append(met)
        visits.append(met["visit"])
        planner.fit(pd.DataFrame(), pd.concat(known))
    return float(pd.concat(visits).mean())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
