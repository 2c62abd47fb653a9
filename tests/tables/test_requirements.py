"""What every room asks of what it is given."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.features import summarize_customers
from crmlib.tables import REQUIRED_COLUMNS, check_aware, check_columns, make_transactions


def test_missing_columns_are_named() -> None:
    """The error keeps what is missing, what there is, and the way out."""
    with pytest.raises(MissingColumnsError, match="call f") as caught:
        check_columns("customers", pd.DataFrame({"a": [1]}), ["a", "b"], "call f")

    assert caught.value.missing == ["b"]
    assert caught.value.available == ["a"]


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01", None, pd.NaT],  # noqa: DTZ001 -- naive
    ids=str,
)
def test_a_moment_without_a_zone_is_refused(moment: object) -> None:
    """Only an aware datetime is an instant."""
    with pytest.raises(InvalidParameterError, match="now must be an aware datetime"):
        check_aware("now", moment)


def test_an_aware_moment_comes_back() -> None:
    """An aware datetime is given back as it is."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    assert check_aware("now", moment) is moment


def test_what_is_no_table_is_told_where_its_table_is() -> None:
    """Orders have a table, a list has none."""
    orders = make_transactions(pd.DataFrame(columns=[*REQUIRED_COLUMNS]))

    with pytest.raises(InvalidTableError, match="of type Orders; give its attribute"):
        check_columns("transactions", orders, ["amount"])
    with pytest.raises(InvalidTableError, match="of type list; give a table of pandas"):
        check_columns("transactions", [1], ["amount"])
    with pytest.raises(InvalidParameterError, match=r"table of Orders: give its \.table"):
        summarize_customers(orders, snapshot_date="2026-01-01")
