"""check_events, and orders as events."""

import pandas as pd
import pytest

from crmlib.exceptions import InvalidTableError, MissingColumnsError
from crmlib.tables import check_events, orders_as_events


def test_events_are_read_and_other_columns_kept() -> None:
    """Names become lower case, instants UTC, and the table given stays as it was."""
    raw = pd.DataFrame(
        {
            "customer_id": ["C1"],
            "event": ["Warranty_Registered"],
            "at": ["2026-11-02T09:00:00+09:00"],
            "item": ["coat"],
        }
    )
    table = check_events(raw)

    assert table["event"].tolist() == ["warranty_registered"]
    assert table["at"].tolist() == [pd.Timestamp("2026-11-02", tz="UTC")]
    assert table["item"].tolist() == ["coat"]
    assert raw["event"].tolist() == ["Warranty_Registered"]


def test_what_cannot_be_read_is_refused() -> None:
    """An instant without an offset, a row without a customer, a table without events."""
    raw = pd.DataFrame({"customer_id": ["C1"], "event": ["signed_up"], "at": ["2026-11-02 09:00"]})

    with pytest.raises(InvalidTableError, match="no readable aware at"):
        check_events(raw)
    with pytest.raises(InvalidTableError, match="lacks customer_id"):
        check_events(raw.assign(customer_id=[None], at="2026-11-02T00:00Z"))
    with pytest.raises(MissingColumnsError, match="event"):
        check_events(raw.drop(columns="event"))


def test_an_order_is_one_event_at_its_first_line() -> None:
    """Lines of an order are one event; returns and orders of nobody are none."""
    lines = pd.DataFrame(
        {
            "customer_id": ["C1", "C1", "C1", None, "C2"],
            "order_id": ["1", "1", "2", "3", "1"],
            "amount": [5.0, 6.0, -5.0, 7.0, 8.0],
            "ordered_at": pd.to_datetime(
                ["2026-11-02T09:01Z", "2026-11-02T09:00Z", *["2026-11-03T09:00Z"] * 3]
            ),
        }
    )
    events = orders_as_events(lines)

    assert events["customer_id"].tolist() == ["C1", "C2"]
    assert events["event"].tolist() == ["ordered", "ordered"]
    assert events["at"].dt.strftime("%d %H:%M").tolist() == ["02 09:00", "03 09:00"]
