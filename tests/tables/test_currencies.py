"""In which currency money is."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.tables import find_currency, list_currencies


@pytest.mark.parametrize(
    ("named", "currencies", "one"),
    [
        ({}, [], None),
        ({"currency": [None, None]}, [], None),
        ({"currency": [None, "krw"]}, ["KRW"], "KRW"),
        ({"currency": ["usd", "USD"]}, ["USD"], "USD"),
        ({"currency": ["USD", "KRW"]}, ["KRW", "USD"], None),
    ],
    ids=["no column", "none", "one", "two spellings", "two"],
)
def test_money_has_a_name_if_all_lines_agree(
    named: dict[str, list[str | None]], currencies: list[str], one: str | None
) -> None:
    """Lines without a currency are in that of the others; of several none is chosen."""
    lines = pd.DataFrame({"amount": [1.0, 2.0]} | named)

    assert list_currencies(lines) == currencies
    assert find_currency(lines) == one
