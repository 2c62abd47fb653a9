"""Under which names and addresses customers ordered."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.tables import CONTACT_COLUMNS, CONTACT_FIELDS, Orders, make_transactions


def read(*rows: dict[str, Any], **options: Any) -> Orders:
    """Give orders of customer C1 on the first of March, but for what is told."""
    known = {"customer_id": "C1", "ordered_at": "2024-03-01", "amount": "1"}
    table = pd.DataFrame([known | {"order_id": str(n)} | row for n, row in enumerate(rows)])
    return make_transactions(table, **options)


def test_equal_contacts_are_one_with_the_time_they_span() -> None:
    """In the order in which they were first seen, whichever was the earlier order."""
    orders = read(
        {"name": "Mina", "ordered_at": "2024-03-05"},
        {"name": "Bo"},
        {"name": " Mina ", "ordered_at": "2024-03-02"},
        {"name": "Mina", "customer_id": "C2"},
        {"name": "Mina", "customer_id": ""},
        {"name": "Mina", "amount": "x", "ordered_at": "2024-04-01"},
    )

    contacts = orders.contacts
    assert contacts[["customer_id", "name"]].to_numpy().tolist() == [
        ["C1", "Mina"],
        ["C1", "Bo"],
        ["C2", "Mina"],
    ]
    assert contacts["first_seen_at"].dt.day.to_list() == [2, 1, 1]
    assert contacts["last_seen_at"].dt.day.to_list() == [5, 1, 1]


@pytest.mark.parametrize(
    ("field", "cell", "read_as"),
    [
        ("account_id", "17.0", "17"),
        ("account_id", 17.0, "17"),
        ("name", "17.0", "17.0"),
        ("postal_code", 4524.0, "4524"),
        ("phone", "010-0000-1234", "+821000001234"),
        ("phone", "call me", "call me"),
        ("phone", 1000001234.0, "+821000001234"),
        ("email", " A@example.com ", "A@example.com"),
        ("address", "--", None),
        ("gender", "nan", None),
        ("birth_date", pd.Timestamp("1990-01-02"), "1990-01-02 00:00:00"),
    ],
)
def test_cells_are_text(field: str, cell: object, read_as: str | None) -> None:
    """Phone numbers are E.164 where they can be read; nothing is NaN."""
    contacts = read({field: cell}, region="KR").contacts

    assert contacts[field].astype(object).where(contacts[field].notna(), None)[0] == read_as


def test_all_columns_are_there_and_typed() -> None:
    """Whatever the file has, and where it has nothing."""
    for orders in (read({}), read({"name": "Mina"}), read({"customer_id": ""})):
        contacts = orders.contacts

        assert tuple(contacts.columns) == CONTACT_COLUMNS
        assert set(
            contacts[["customer_id", "sales_channel", *CONTACT_FIELDS]].dtypes.astype(str)
        ) == {"str"}
        assert set(contacts[["first_seen_at", "last_seen_at"]].dtypes.astype(str)) == {
            "datetime64[us, UTC]"
        }
        assert len(contacts) == len(orders.table)


def test_customers_who_are_unknown_have_no_contacts() -> None:
    """Even where their lines are kept."""
    orders = read({"name": "Mina"}, {"customer_id": "", "name": "Bo"}, unknown_customers="keep")

    assert len(orders.table) == 2
    assert orders.contacts["name"].to_list() == ["Mina"]


def test_contacts_of_several_files_join() -> None:
    """Equal ones become one, over the time of both; columns that one lacks are NaN."""
    may = read({"name": "Mina", "email": "m@example.com", "sales_channel": "shop"})
    june = read(
        {"name": "Mina", "email": "m@example.com", "sales_channel": "shop"}
        | {"ordered_at": "2024-06-01", "order_id": "9"},
        {"name": "Mina", "sales_channel": "shop"},
    )
    bare = read({"order_id": "10"})

    contacts = Orders.join(may, june, bare).contacts

    assert contacts[["name", "email", "sales_channel"]].fillna("-").to_numpy().tolist() == [
        ["Mina", "m@example.com", "shop"],
        ["Mina", "-", "shop"],
        ["-", "-", "-"],
    ]
    assert contacts["first_seen_at"].dt.month.to_list() == [3, 3, 3]
    assert contacts["last_seen_at"].dt.month.to_list() == [6, 3, 3]
    assert contacts.dtypes.equals(may.contacts.dtypes)


TEXTS = st.sampled_from(["", "a", "b"])


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"customer_id": TEXTS, "name": TEXTS, "email": TEXTS, "sales_channel": TEXTS}
            | {"ordered_at": st.sampled_from(["2024-03-01", "2024-03-02", "2024-03-03"])}
        ),
        min_size=1,
        max_size=12,
    )
)
def test_contacts_are_the_distinct_ones(rows: list[dict[str, str]]) -> None:
    """As a loop over the lines finds them."""
    expected: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        if row["customer_id"]:
            key = tuple(row[name] for name in ("customer_id", "sales_channel", "name", "email"))
            expected.setdefault(key, []).append(row["ordered_at"])

    contacts = read(*rows).contacts

    texts = contacts[["customer_id", "sales_channel", "name", "email"]].fillna("")
    assert [tuple(row) for row in texts.to_numpy()] == list(expected)
    for name, pick in (("first_seen_at", min), ("last_seen_at", max)):
        days = contacts[name].dt.strftime("%Y-%m-%d").to_list()
        assert days == [pick(seen) for seen in expected.values()]
