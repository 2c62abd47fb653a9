"""The kit's own tables and messages are small, canonical and always the same."""

from collections.abc import Callable

import pandas as pd
import pytest

from crmlib.exceptions import UnknownNameError
from crmlib.messages import Capabilities
from crmlib.testing import (
    example_audience,
    example_customers,
    example_messages,
    example_profiles,
    example_slots,
    example_transactions,
)

TABLES = [example_transactions, example_profiles, example_customers, example_audience]


@pytest.mark.parametrize("make", TABLES)
def test_a_table_is_the_same_every_time_and_nobody_elses(make: Callable[[], pd.DataFrame]) -> None:
    """Two calls give equal tables, and writing into one leaves the other alone."""
    table = make()
    table.iloc[0] = table.iloc[47]

    pd.testing.assert_frame_equal(make(), make())
    assert not table.equals(make())


def test_transactions_have_ties_returns_and_three_quarters_of_repeat_buyers() -> None:
    """A quarter of the 48 customers bought once, for the same amount; some lines are returns."""
    lines = example_transactions()
    n_orders = lines.groupby("customer_id")["order_id"].nunique()
    once = lines[lines["customer_id"].isin(n_orders.index[n_orders == 1]) & (lines["amount"] > 0)]

    assert len(n_orders) == 48
    assert (n_orders == 1).sum() == 12
    assert once["amount"].unique().tolist() == [20.0]
    assert (lines["amount"] < 0).sum() == 6
    assert lines["ordered_at"].is_monotonic_increasing
    assert lines["ordered_at"].dtype == "datetime64[us, UTC]"


def test_profiles_lack_some_values_and_hold_no_real_address() -> None:
    """A few names, genders and birth dates are missing; all addresses are of example.com."""
    profiles = example_profiles()

    assert profiles[["name", "gender", "birth_date"]].isna().sum().to_list() == [3, 3, 3]
    assert profiles["email"].str.endswith("@example.com").all()
    assert profiles["phone"].str.fullmatch(r"\+821000000\d{3}").all()


def test_customers_hold_what_segmenters_and_rules_ask_for() -> None:
    """The customers table has purchases, demographics and interests of all 48 customers."""
    customers = example_customers()

    assert customers.index.name == "customer_id"
    assert customers.index.to_list() == [f"C{number:03d}" for number in range(1, 49)]
    assert {"recency_days", "frequency", "monetary_value", "gender", "favourite_category"} <= set(
        customers
    )
    assert (customers["recency_days"] >= 0).all()


def test_slots_are_one_week_of_local_hours() -> None:
    """168 hours in the zone that was asked for, from Monday 00:00 on its clocks."""
    slots = example_slots("America/New_York")

    assert len(slots) == 168
    assert str(slots.tz) == "America/New_York"
    assert (slots[0].day_name(), slots[0].hour) == ("Monday", 0)


def test_messages_hold_what_the_channel_carries_and_nothing_else() -> None:
    """Subject and HTML part are there exactly if the capabilities say so."""
    text = Capabilities(medium="sms", address_field="phone")
    rich = Capabilities(medium="email", address_field="email", subject=True, html=True)

    first, second = example_messages(text, 2)
    mail = example_messages(rich)[0]

    assert (first.subject, first.html) == (None, None)
    assert first.key > second.key
    assert mail.subject == "Order 1"
    assert mail.html is not None
    assert mail.recipient.address == "customer1@example.com"


def test_unknown_address_fields_ask_for_messages_of_ones_own() -> None:
    """The kit has addresses of e-mail and phone only, and says so."""
    fax = Capabilities(medium="fax", address_field="fax")

    with pytest.raises(UnknownNameError, match="no example address 'fax'"):
        example_messages(fax)
