"""Which customer a line belongs to, where no column says it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.sources import read_orders

NOBODY = ["", "--", "nan", "홍*동", "홍\N{LARGE CIRCLE}동", "nurs*****"]


def read(rows: list[dict[str, Any]], channel: str | None = "shop") -> list[Any]:
    """Give the customer of each order, None where nobody is told."""
    needed = {"ordered_at": "2024-03-01", "amount": "1"}
    table = pd.DataFrame([needed | {"order_id": str(n)} | row for n, row in enumerate(rows)])
    orders = read_orders(
        table,
        columns={name: name for name in rows[0]},
        sales_channel=channel,
        unknown_customers="keep",
    )
    customers = orders.table["customer_id"].astype(object)
    return customers.where(customers.notna(), None).to_list()


def test_the_account_goes_first() -> None:
    """Then the e-mail address, the phone and the name with its address, whichever there is."""
    person = {"account_id": "", "email": "", "phone": "", "name": "", "address": ""}
    rows = [
        {"account_id": "17.0", "email": "a@example.com"},
        {"email": "A@Example.com", "phone": "+82 10-0000-1234"},
        {"phone": "+821000001234", "name": "Mina", "address": "1 Road"},
        {"name": "Mina", "address": "1 Road"},
        {"name": "Mina"},
    ]

    customers = read([person | row for row in rows])

    assert customers[0] == "shop:17"
    assert [len(customer) for customer in customers[1:4]] == [len("shop:~") + 16] * 3
    assert len(set(customers)) == 5
    assert customers[4] is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"email": " A@Example.com "}, {"email": "a@example.COM"}),
        ({"phone": "+82 10-0000-1234"}, {"phone": "+821000001234"}),
        ({"name": "Mina Kim", "address": "1, Road"}, {"name": "mina  kim", "address": "1 ROAD"}),
        ({"name": "\uff2dina", "postal_code": "123.0"}, {"name": "Mina", "postal_code": 123}),
        ({"account_id": "17"}, {"account_id": 17.0}),
    ],
    ids=["e-mail", "phone", "address", "postal code", "account"],
)
def test_one_person_in_two_spellings(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Spaces, case, width of letters and what spreadsheets add make no other person."""
    first, second = read([one, other])

    assert first == second is not None


@pytest.mark.parametrize("text", NOBODY)
@pytest.mark.parametrize("column", ["account_id", "email", "phone", "name"])
def test_what_is_masked_or_empty_is_nobody(column: str, text: str) -> None:
    """Two people who are both called 홍*동 are not one."""
    row = {column: text} | ({"address": "1 Road"} if column == "name" else {})

    assert read([row]) == [None]


@pytest.mark.parametrize(
    "row",
    [
        {"phone": "+82 502-1234-5678"},
        {"phone": "call me"},
        {"email": "mina at example.com"},
        {"name": "Mina", "address": "***"},
        {"name": "홍O동", "address": "1 Road"},
        {"name": "홍XX", "address": "1 Road"},
        {"name": "...", "address": "1 Road"},
    ],
    ids=["virtual", "words", "no address", "masked", "by a letter", "by letters", "no letters"],
)
def test_what_reaches_nobody_tells_nobody(row: dict[str, str]) -> None:
    """Numbers that expire, and cells that are no address, are no identity."""
    assert read([row]) == [None]


def test_ids_count_within_their_channel() -> None:
    """The same account of two channels are two; without a channel the source stands for it."""
    assert read([{"account_id": "7"}], "mall") == ["mall:7"]
    assert read([{"account_id": "7"}], None) == ["generic:7"]


def test_a_column_of_customers_goes_before_contacts() -> None:
    """Where the file says who it was, nobody guesses, not even where it says nothing."""
    rows = [
        {"customer_id": "C1", "email": "a@example.com"},
        {"customer_id": "", "email": "b@x.example"},
    ]

    assert read(rows) == ["C1", None]


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_any_text_is_somebody_or_nobody(texts: list[str]) -> None:
    """Whatever stands in the contacts, equal rows are one customer, and nothing fails."""
    rows = [dict.fromkeys(("email", "phone", "name", "address"), text) for text in texts]
    found = read(rows + rows)

    assert found[: len(texts)] == found[len(texts) :]
