"""Columns that crmlib has no use for can be kept, for rules and templates."""

import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError, MissingColumnsError
from crmlib.features import add_last_values
from crmlib.sources import read_orders

RETAIL = pd.DataFrame(
    {
        "InvoiceNo": ["1", "2"], "StockCode": ["X1", "X2"], "Description": ["Mug", "Cup"],
        "Quantity": ["1", "2"], "InvoiceDate": ["2011-05-01", "2011-05-02"],
        "UnitPrice": ["1", "2"], "CustomerID": ["17", "18"], "Country": ["France", "--"],
    }
)  # fmt: skip
OWN = pd.DataFrame(
    {"customer_id": ["a"], "order_id": ["9"], "date": ["2011-05-01"], "amount": ["1"]}
)


def test_a_column_of_a_known_source_is_kept_under_a_name_of_your_own() -> None:
    """As text, last; blank cells and files without the header hold nothing."""
    table = read_orders([RETAIL, OWN], keep={"country": "Country"}).table

    assert table["country"].fillna("").to_list() == ["France", "", ""]
    assert read_orders(RETAIL, keep={"country": "Country"}).table.columns[-1] == "country"
    assert read_orders(OWN, keep={"day": "date"}).table["day"].to_list() == ["2011-05-01"]


@pytest.mark.parametrize("name", ["amount", "of order", "name", "row", "1st"])
def test_names_of_crmlib_are_not_given_twice(name: str) -> None:
    """Nor are there names that no rule and no template could say."""
    with pytest.raises(InvalidParameterError, match="keep must be names of letters, digits"):
        read_orders(RETAIL, keep={name: "Country"})


def test_a_header_that_no_file_has_is_told() -> None:
    """With the headers that there are."""
    with pytest.raises(MissingColumnsError, match="no file has what is to be kept") as caught:
        read_orders([RETAIL, OWN], keep={"country": "Land"})

    assert caught.value.missing == ["Land"]
    assert {"Country", "amount"} <= set(caught.value.available)


def test_customers_get_what_their_last_line_says() -> None:
    """The last one that says anything; lines after the last purchase that is known do not."""
    at = pd.to_datetime([f"2024-01-0{day}" for day in (1, 2, 3, 3, 4)], utc=True)
    lines = pd.DataFrame(
        {"customer_id": ["1", "1", "2", "2", "1"], "ordered_at": at,
         "country": ["FR", None, "UK", "DE", "US"]}
    )  # fmt: skip
    customers = pd.DataFrame({"last_purchase_at": at[1:4].tolist()}, index=[1, 2, 3])

    told = add_last_values(customers, lines, ["country"])

    assert told["country"].fillna("").to_list() == ["FR", "DE", ""]
    assert add_last_values(customers, lines, []).equals(customers)
    with pytest.raises(ValueError, match=r"has the columns \['country'\] already"):
        add_last_values(told, lines, ["country"])
