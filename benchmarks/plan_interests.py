"""A message about a fitting product for a million customers, in one pass; and the planted truth.

Run it from the root of the repository: ``python benchmarks/plan_interests.py``.
It protects the claims that planning takes as long for each of a million
customers as for each of 100,000, within bounded memory over its answer, and that
planted interests and complements are found.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from fresh_process import peak_gb, resident_gb
from order_lines import load_order_lines
from results import describe_machine, write_section
from sklearn.metrics import roc_auc_score

from crmlib.datasets import COMPLEMENTS, PRODUCTS, make_shop
from crmlib.planners import InterestPlanner, Template
from crmlib.tables import make_transactions

SIZES = (100_000, 1_000_000)
LINES_PER_CUSTOMER = 5
N_PRODUCTS, N_CATEGORIES = 1000, 20
LIKED = 0.7
"""Share of the lines from a category that the customer likes."""

TEMPLATES = {
    "default": Template(
        subject="{product_name} for you",
        body="Hi {name|there}, {product_name} ({product_price|}) {because}.",
    )
}


def main() -> None:
    """Measure each size in a process of its own, and keep the table."""
    rows = [
        "| customers | lines | fit, s | plan, s | µs each | peak, GB | answer, GB | messages |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    each = []
    for n_customers in SIZES:
        run = [sys.executable, __file__, str(n_customers)]
        done = subprocess.run(run, check=True, capture_output=True, text=True)
        told = json.loads(done.stdout.splitlines()[-1])
        each.append(told["plan_s"] / n_customers * 1e6)
        rows.append(
            f"| {n_customers:,} | {n_customers * LINES_PER_CUSTOMER:,} | {told['fit_s']:.1f} | "
            f"{told['plan_s']:.1f} | {each[-1]:.0f} | {told['extra_gb']:.2f} | "
            f"{told['answer_gb']:.2f} | {told['messages']:,} |"
        )
    ratio = each[-1] / each[0]
    table = "\n".join(rows)
    text = f"""\
Scores of {N_PRODUCTS:,} products in {N_CATEGORIES} categories for every customer, the evidence in
words, and the rendered message: one call of `fit` and one of `plan`, in a fresh process each.
Run it by `.venv/bin/python benchmarks/plan_interests.py`.

{table}

Time per customer, a million over 100,000: {ratio:.2f}.
*Peak* is the memory over that of the fitted planner; it holds the
*answer* itself, seven texts per customer.

### The planted truth of `make_shop`, 2,000 customers

{describe_truth()}

{describe_machine("numpy", "scipy", "pandas")}"""
    print(text)
    write_section("plan_interests", text)


def measure(n_customers: int) -> None:
    """Plan for that many in this process, and print the answer."""
    lines = make_lines(n_customers)
    begun = time.perf_counter()
    planner = InterestPlanner(TEMPLATES).fit(lines)
    fit_s = time.perf_counter() - begun
    audience = pd.DataFrame(index=pd.Index(np.unique(lines["customer_id"]), name="customer_id"))
    audience["name"] = "Mina"
    del lines
    before = resident_gb()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    begun = time.perf_counter()
    messages = planner.plan(audience, medium="email")
    plan_s = time.perf_counter() - begun
    told = {
        "fit_s": fit_s,
        "plan_s": plan_s,
        "extra_gb": peak_gb() - before,
        "answer_gb": float(messages.memory_usage(deep=True).sum()) / 1e9,
        "messages": int(messages["body"].notna().sum()),
    }
    print(json.dumps(told))


def make_lines(n_customers: int) -> pd.DataFrame:
    """Give order lines of customers who each like two categories."""
    lines = load_order_lines(n_customers * LINES_PER_CUSTOMER, n_customers)
    rng = np.random.default_rng(1)
    of_category = N_PRODUCTS // N_CATEGORIES
    liked = (lines["customer_id"].to_numpy() * 7 + rng.integers(0, 2, len(lines))) % N_CATEGORIES
    other = rng.integers(0, N_CATEGORIES, len(lines))
    category = np.where(rng.random(len(lines)) < LIKED, liked, other)
    rank = (of_category * rng.random(len(lines)) ** 2).astype(int)
    product = category * of_category + rank
    names = np.array([f"Product {place}" for place in range(N_PRODUCTS)], dtype=object)
    return lines.assign(
        product_id=product,
        product_name=pd.Categorical.from_codes(product, names).astype("str"),
        category=pd.Categorical.from_codes(
            category, [f"category {place}" for place in range(N_CATEGORIES)]
        ).astype("str"),
    )


def describe_truth() -> str:
    """Say how well the planted interests and complements are found."""
    shop = make_shop(n_customers=2000, seed=0)
    orders = make_transactions(shop.orders, timezone=shop.timezone).table
    planner = InterestPlanner(timezone=shop.timezone).fit(orders)
    affinity = planner.category_affinity(shop.truth)
    planted = np.array([affinity.columns == each for each in shop.truth["favourite_category"]])
    interests = roc_auc_score(planted.ravel(), affinity.to_numpy().ravel())
    pairs = planner.complements_
    is_planted = pairs["category"].map(COMPLEMENTS) == pairs["complement"]
    complements = roc_auc_score(is_planted, pairs["lift"])
    table = planner.suggest(shop.truth, n=1, reasons=["complement"])
    category = table["product_id"].map(PRODUCTS.set_index("product_id")["category"])
    truth = shop.truth["complementary_category"].reindex(table["customer_id"])
    right = (category.to_numpy() == truth.to_numpy()).mean()
    return f"""\
| question | measured |
|---|---|
| favourite category of each customer among six, AUC of the affinity | {interests:.3f} |
| six planted complements among thirty pairs of categories, AUC of the lift | {complements:.3f} |
| first suggestion as a complement lies in what complements the favourite (by chance .17) | \
{right:.3f} |"""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        main()
