"""Which lines belong to one order."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.tables import find_orders, order_key


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        (["order_id", "customer_id", "amount"], ["customer_id", "order_id"]),
        (
            ["order_id", "customer_id", "sales_channel"],
            ["customer_id", "sales_channel", "order_id"],
        ),
    ],
    ids=["one shop", "several"],
)
def test_an_order_id_counts_within_customer_and_channel(
    columns: list[str], key: list[str]
) -> None:
    """The sales channel counts where it is told."""
    assert order_key(columns) == key


def test_orders_with_a_purchase_are_found() -> None:
    """Each at its first purchase line; returns make no order; nobody known is somebody, too."""
    at = pd.date_range("2024-01-01", periods=6, tz="UTC")
    lines = pd.DataFrame(
        {
            "customer_id": ["C1", "C1", "C1", "C1", "C2", None],
            "order_id": ["1", "1", "1", "2", "1", "1"],
            "sales_channel": ["shop", "shop", "mall", "shop", "shop", None],
            "ordered_at": at,
            "amount": [-1.0, 1.0, 1.0, -1.0, 1.0, 1.0],
        }
    )

    assert find_orders(lines.iloc[::-1]).sort_values().to_list() == [at[1], at[2], at[4], at[5]]
