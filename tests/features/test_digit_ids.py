"""Ids such as ``C27``, which are read by their numbers."""

import numpy as np
import pandas as pd
import pytest

from crmlib.features import summarize_customers

N_ORDERS = 300
RNG = np.random.default_rng(7)
ORDERS = np.sort(RNG.integers(0, N_ORDERS, 1_000))
LINES = pd.DataFrame(
    {
        "customer_id": RNG.integers(0, 120, N_ORDERS)[ORDERS],
        "order_id": ORDERS,
        "ordered_at": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(ORDERS * 3_600, "s"),
        "amount": RNG.integers(1, 100, len(ORDERS)) / 4,
    }
)


@pytest.mark.parametrize("is_shuffled", [False, True])
@pytest.mark.parametrize(
    ("customer", "order"),
    [
        ("C{}", "O{}"),
        ("C{:04d}", "{}"),
        ("손님{}", "2026-{:06d}"),
        ("{:02d}", "O{}"),
        ("C{}", "{}x"),
    ],
)
def test_the_form_of_ids_changes_nothing(customer: str, order: str, *, is_shuffled: bool) -> None:
    """Whether they are numbers, texts that end in one, or others; sorted as texts."""
    lines = LINES.sample(frac=1, random_state=3) if is_shuffled else LINES
    texts = lines.assign(
        customer_id=lines["customer_id"].map(customer.format),
        order_id=lines["order_id"].map(order.format),
    )

    expected = summarize_customers(lines, snapshot_date="2024-12-31")
    table = summarize_customers(texts, snapshot_date="2024-12-31")

    expected.index = expected.index.map(customer.format).astype("str")
    pd.testing.assert_frame_equal(table, expected.sort_index())
