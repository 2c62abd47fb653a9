"""How many people are found behind accounts, beside an exact-match join and beside splink.

    python benchmarks/identity.py [n_people] [--seed N] [--noise X] [--scale] [--no-splink]

All get the contacts of one synthetic crowd (``crmlib.datasets.make_accounts``),
whose truth is known, in one run.  splink gets an environment of its own, made
on demand in ``.cache/splink``.  ``--scale`` adds the seconds that crmlib takes
for a million accounts.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from results import describe_machine, write_section
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crmlib.datasets import make_accounts
from crmlib.exceptions import DataQualityWarning
from crmlib.identity import link_identities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlib.datasets import Accounts

SPLINK = "splink==5.0.0"
CACHE = Path(__file__).parents[1] / ".cache" / "splink"
RUNNER = Path(__file__).with_name("identity_splink.py")
PEOPLE_FOR_A_MILLION = 547_000
ACCOUNT = ["sales_channel", "customer_id"]


def main() -> None:
    """Link, count, print, and keep the table."""
    options = read_options()
    accounts = make_accounts(options.n_people, options.seed, noise=options.noise)
    truth = accounts.truth
    rows = accounts.contacts.merge(truth.reset_index(names="account"), on=ACCOUNT)
    start = time.perf_counter()
    people = link(accounts)
    found = {"crmlib": (people, time.perf_counter() - start)}
    for name, clean in (("exact match, as written", False), ("exact match, tidied", True)):
        start = time.perf_counter()
        found[name] = (join_exactly(rows, clean=clean), time.perf_counter() - start)
    if not options.no_splink:
        rules, *thresholds = run_splink(rows).items()
        best = max(thresholds, key=lambda item: f1(truth, item[1][0]))
        surest = max(thresholds, key=lambda item: precision(truth, item[1][0]))
        found |= dict([rules, best, surest])
    lines = [
        f"| {name} | {score(truth, labels)} | {seconds:,.1f} |"
        for name, (labels, seconds) in found.items()
    ]
    text = describe(options, accounts, lines)
    if options.scale:
        text += f"\n\n{time_a_million(options.seed)}"
    print(text)
    write_section("identity", text)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("n_people", type=int, nargs="?", default=20_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--scale", action="store_true", help="time a million accounts, too")
    parser.add_argument("--no-splink", action="store_true", help="leave splink out")
    return parser.parse_args()


def link(accounts: Accounts) -> pd.Series[str]:
    """Give the person of each account of the truth, as crmlib finds them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        people = link_identities(accounts.contacts, region="KR").people
    return accounts.truth.merge(people, on=ACCOUNT)["person_id"]


def join_exactly(rows: pd.DataFrame, *, clean: bool) -> pd.Series[int]:
    """Join accounts that share a phone, an e-mail address, or name and address.

    Tidied, what any careful analyst does comes first: digits of phones with
    0 for +82, virtual and missing numbers left out, e-mail addresses in small
    letters, names and addresses without spaces and marks.
    """
    table = tidy(rows) if clean else rows
    keys = [
        table["phone"].where(~table["phone"].isin(["--"])),
        table["email"],
        table["name"] + "\n" + table["postal_code"] + "\n" + table["address"],
    ]
    ties = []
    for key in keys:
        known = key.notna()
        frame = pd.DataFrame({"key": key[known], "account": rows.loc[known, "account"]})
        frame["first"] = frame.groupby("key")["account"].transform("first")
        ties.append(frame[["account", "first"]])
    return connect(pd.concat(ties), rows)


def tidy(rows: pd.DataFrame) -> pd.DataFrame:
    """Bring cells to one spelling with what pandas offers."""
    digits = rows["phone"].str.replace(r"\D", "", regex=True).str.replace("^82", "0", regex=True)
    digits = digits.str.replace("^00", "0", regex=True).str.replace("^10", "010", regex=True)
    made_up = digits.isin(["", "01000000000"]) | digits.str.startswith("050")
    marks = r"[\s,.\-()']"
    return rows.assign(
        phone=digits.mask(made_up),
        email=rows["email"].str.lower().str.replace(r"\+[^@]*", "", regex=True),
        name=rows["name"].str.replace(marks, "", regex=True).str.lower(),
        postal_code=rows["postal_code"].str.strip("'").str.zfill(5),
        address=rows["address"]
        .str.replace(r"\([^)]*\)", "", regex=True)
        .str.replace(marks, "", regex=True)
        .str.lower(),
    ).assign(name=lambda frame: frame["name"].mask(frame["name"].str.contains("*", regex=False)))


def connect(ties: pd.DataFrame, rows: pd.DataFrame) -> pd.Series[int]:
    """Give each account the number of its connected component."""
    n = int(rows["account"].max()) + 1
    left, right = ties["account"].to_numpy(), ties["first"].to_numpy()
    graph = coo_array(([1] * len(left), (left, right)), shape=(n, n))
    return pd.Series(connected_components(graph, directed=False)[1])


def run_splink(rows: pd.DataFrame) -> dict[str, tuple[pd.Series[int], float]]:
    """Let splink link tidied contacts, in its own environment.

    Rows of one account are one account, so they are joined afterwards.
    """
    python = CACHE / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", CACHE], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", SPLINK, "pandas>=3", "pyarrow"], check=True
        )
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "rows.parquet", Path(folder) / "links.json"
        for_splink(rows).to_parquet(source)
        subprocess.run([python, RUNNER, source, target], check=True)
        answers = json.loads(target.read_text(encoding="utf-8"))
    found = {}
    for answer in answers:
        clusters = pd.Series(answer["clusters"])
        firsts = rows["account"].groupby(clusters.to_numpy()).transform("first")
        ties = pd.DataFrame({"account": rows["account"], "first": firsts})
        found[answer["name"]] = (connect(ties, rows), answer["seconds"])
    return found


def for_splink(rows: pd.DataFrame) -> pd.DataFrame:
    """Tidy the contacts as splink's guide asks, with the numbers of the address apart."""
    table = tidy(rows)
    numbers = rows["address"].str.replace(r"\([^)]*\)", "", regex=True).str.findall(r"\d+")
    hangul = rows["name"].str.replace(" ", "").map(is_hangul, na_action="ignore")
    return pd.DataFrame(
        {
            "unique_id": range(len(table)),
            "account": rows["account"],
            "name": table["name"].astype("str"),
            "script": hangul.map({True: "hangul", False: "latin"}).astype("str"),
            "phone": table["phone"].astype("str"),
            "email": table["email"].astype("str"),
            "postal_code": table["postal_code"].astype("str"),
            "numbers": numbers.map(lambda found: " ".join(sorted(found)), na_action="ignore"),
            "birth_date": table["birth_date"].astype("str"),
            "gender": table["gender"].astype("str"),
        }
    )


def is_hangul(name: str) -> bool:
    """Tell whether a name is written in Hangul."""
    return unicodedata.name(name[0], "").startswith("HANGUL")


def score(truth: pd.DataFrame, labels: Iterable[object]) -> str:
    """Give precision, recall of findable and of all pairs, and people, as cells of a table."""
    both = truth.assign(label=list(labels))
    findable = count_pairs(both[["label", "evidence"]]) / count_pairs(both[["evidence"]])
    every = count_pairs(both[["label", "person"]]) / count_pairs(both[["person"]])
    right = precision(truth, labels)
    return f"{right:.4f} | {findable:.4f} | {every:.4f} | {both['label'].nunique():,}"


def precision(truth: pd.DataFrame, labels: Iterable[object]) -> float:
    """Give the share of the pairs found that are right."""
    both = truth.assign(label=list(labels))
    found = count_pairs(both[["label"]])
    return count_pairs(both[["label", "person"]]) / found if found else 1.0


def f1(truth: pd.DataFrame, labels: Iterable[object]) -> float:
    """Give the harmonic mean of precision and recall over all pairs."""
    both = truth.assign(label=list(labels))
    right = count_pairs(both[["label", "person"]])
    return 2 * right / (count_pairs(both[["label"]]) + count_pairs(both[["person"]]))


def count_pairs(frame: pd.DataFrame) -> int:
    """Count the pairs of rows that are equal."""
    sizes = frame.value_counts().to_numpy()
    return int((sizes * (sizes - 1) // 2).sum())


def time_a_million(seed: int) -> str:
    """Say how long crmlib takes for a million accounts, and how well it does."""
    accounts = make_accounts(PEOPLE_FOR_A_MILLION, seed)
    start = time.perf_counter()
    people = link(accounts)
    seconds = time.perf_counter() - start
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    right, findable, every, _ = score(accounts.truth, people).split(" | ")
    return (
        f"A million: {len(accounts.truth):,} accounts with {len(accounts.contacts):,} contacts "
        f"take crmlib {seconds:,.0f} seconds; the process, which also made them, needed at most "
        f"{gib:.1f} GiB. Precision {right}, recall {findable} ({every} of all pairs)."
    )


def describe(options: argparse.Namespace, accounts: Accounts, lines: list[str]) -> str:
    """Give the table with what one must know to read it."""
    pairs = [count_pairs(accounts.truth[[name]]) for name in ("person", "evidence")]
    rows = "\n".join(lines)
    return f"""\
The claim: precision of pairs of at least .999 at a recall of at least .97 of the pairs that share
evidence.

`python benchmarks/identity.py {options.n_people} --seed {options.seed} --noise {options.noise}`:
{options.n_people:,} people, {len(accounts.truth):,} accounts on four channels,
{len(accounts.contacts):,} contacts as they were typed; what goes wrong in them is told at
`crmlib.datasets.make_accounts`. Of {pairs[0]:,} pairs of accounts of one person,
{pairs[1] / pairs[0]:.1%} share evidence: somebody gave both the same phone, e-mail address, login,
or name and home (before typing errors), or a third account links them. The others (a person who
moved, a missing phone, a second e-mail address) have nothing in common but a name at most, so the
.97 is out of reach over all pairs. splink gets tidied contacts, numbers of addresses apart, no
virtual, masked or missing cells; it learns without labels from pairs of
different accounts, and is shown at those of seven thresholds from .5 to .999999 at which its F1
over all pairs and its precision are best, chosen with the truth in hand.
{describe_machine("crmlib", "pandas", "scipy", "phonenumbers", "email-validator")} {SPLINK}.

| | precision | recall (shared evidence) | recall (all pairs) | people | seconds |
|---|---:|---:|---:|---:|---:|
{rows}"""


if __name__ == "__main__":
    main()
