"""What headers mean in files of no known source."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.exceptions import MissingColumnsError, UnknownNameError
from crmlib.sources import GenericSource, read_orders
from crmlib.sources._cells import pick, pick_columns
from crmlib.sources._generic_headers import check_given, holds_needed, match_columns


def test_an_earlier_name_goes_before_a_later_one() -> None:
    """Without regard to case, spaces and signs; the caller's header serves no other column."""
    headers = ["Order Date", "created_at", "ORDER-NO.", "Customer", "customer id", "Amount"]

    assert match_columns(headers, {}) == {
        "customer_id": "customer id",
        "order_id": "ORDER-NO.",
        "ordered_at": "Order Date",
        "amount": "Amount",
    }
    assert match_columns(headers, {"customer_id": "Order Date"})["ordered_at"] == "created_at"


@pytest.mark.parametrize(
    ("headers", "columns", "held"),
    [
        ("customer,order,date,amount", {}, True),
        ("email,order,date,qty,unit price", {}, True),
        ("customer,order,date,qty", {}, False),
        ("customer,order,amount", {}, False),
        ("customer,date,amount", {}, False),
        ("order,date,amount", {}, False),
        ("Wer,order,date,amount", {"customer_id": "Wer"}, True),
        ("customer,order,date,amount", {"customer_id": "Wer"}, False),
        ("Wer,order,date,amount", {"address": "Wer"}, True),
        ("", {}, False),
    ],
)
def test_a_header_holds_all_that_is_needed(
    headers: str, columns: dict[str, str], held: bool
) -> None:
    """Somebody, an order, its time and its amount; and all that the caller names."""
    assert holds_needed(headers.split(","), columns) is held


def test_a_mapping_is_checked_against_the_headers() -> None:
    """What it names has to be a column of ours and a header of the file."""
    assert check_given("may.csv", ["Wer"], {"customer_id": "Wer"}) == {"customer_id": "Wer"}
    with pytest.raises(UnknownNameError, match="no canonical column 'wer'"):
        check_given("may.csv", ["Wer"], {"wer": "Wer"})
    with pytest.raises(MissingColumnsError) as caught:
        check_given("may.csv", ["Wer"], {"customer_id": "Wen"})

    assert str(caught.value) == (
        "may.csv lacks the columns ['Wen']; it has ['Wer']; the mapping of columns asks for them"
    )


def test_a_generic_source_takes_no_file_by_itself() -> None:
    """What no other source knows comes to it anyhow."""
    assert GenericSource().recognise(["customer", "order", "date", "amount"]) is None


def test_cells_are_picked_by_any_of_several_headers() -> None:
    """The first that is there; without any a column of nothing, or none."""
    table = pd.DataFrame({"Order No": ["1"], "QTY": ["2"]})

    assert pick(table, "order", "order_no").to_list() == ["1"]
    assert pick(table, "amount").isna().to_list() == [True]
    assert pick_columns(table, {"quantity": ("qty",), "amount": ("total",)}).to_dict("list") == {
        "quantity": ["2"]
    }


def test_cells_that_hold_lists_are_text() -> None:
    """As Parquet files and dataframes may have them, in a column that is read or not."""
    lines = pd.DataFrame(
        {
            "customer": ["C1", "C2", None],
            "order": ["1", "2", "3"],
            "date": ["2024-03-01"] * 3,
            "amount": [1, 2, 3],
            "category": [["tops", "new"], None, {"a": 1}],
            "tags": [[1], [2], [3]],
        }
    )

    table = read_orders(lines).table

    assert table["category"].fillna("-").to_list() == ["['tops', 'new']", "-"]


def test_marks_of_no_width_are_no_part_of_an_id() -> None:
    """A byte-order mark where files were pasted together makes no other customer."""
    file = "customer,order,date,amount\nC1,1,2024-03-01,1\n\ufeffC1,2,2024-03-01,2\n"
    more = "\ufeff\ufeffcustomer,order\u200b,date,amount\nC1 \u200b,3,2024-03-01,2\n"

    assert read_orders(file.encode()).table["customer_id"].unique().tolist() == ["C1"]
    assert read_orders(more.encode()).table["customer_id"].to_list() == ["C1"]
