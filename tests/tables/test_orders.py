"""The lines used, the rows set aside, and the report of both."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.tables import Orders, make_transactions


def make_orders() -> Orders:
    """Give five lines of three customers, three of them set aside."""
    return make_transactions(
        pd.DataFrame(
            {
                "customer_id": ["C1", "C2", "", "C1", "C3"],
                "order_id": ["1", "2", "3", "4", "5"],
                "ordered_at": ["2024-01-01", "never", "2024-01-01", "2024-01-02", "2024-01-03"],
                "amount": ["0.1", "0.2", "7", "0.2", "lots"],
            }
        )
    )


def test_the_report_counts_rows_money_and_customers() -> None:
    """Each column adds up to what came in: 5 rows, 7.50 and 3 customers."""
    expected = pd.DataFrame(
        [(2, 0.3, 1), (1, 0.2, 1), (1, 0.0, 1), (1, 7.0, 0)],
        index=["used", "unreadable date", "unreadable amount", "unknown customer"],
        columns=["rows", "amount", "customers"],
    )

    report = make_orders().report()

    pd.testing.assert_frame_equal(report, expected, check_exact=True)


def test_the_summary_fits_on_a_screen_and_adds_up() -> None:
    """Totals stand below; amounts that cannot be read are counted."""
    expected = """\
                            rows              amount   customers
used                           2              0.3000           1
unreadable date                1              0.2000           1
unreadable amount              1              0.0000           1
unknown customer               1              7.0000           0
in                             5              7.5000           3
Not in the amounts: 1 rows whose amount cannot be read."""

    assert make_orders().summary() == expected


def test_a_clean_file_has_a_short_summary() -> None:
    """Without rows set aside there is nothing to explain."""
    clean = make_orders()
    clean = Orders(table=clean.table, set_aside=clean.set_aside.iloc[:0], rows_in=2)

    assert clean.summary().splitlines()[1:] == [
        "used                           2              0.3000           1",
        "in                             2              0.3000           1",
    ]


def test_rows_that_vanish_are_an_error() -> None:
    """Rows in = used + set aside, or there are no orders."""
    orders = make_orders()

    with pytest.raises(AssertionError, match="rows in = used"):
        Orders(table=orders.table, set_aside=orders.set_aside, rows_in=6)


def test_orders_of_several_files_join() -> None:
    """Rows, money and reasons add up."""
    joined = Orders.join(make_orders(), make_orders())

    assert joined.rows_in == 10
    assert joined.table.index.to_list() == [0, 1, 2, 3]
    assert joined.report()["amount"].sum() == 15.0
    assert joined.table.dtypes.equals(make_orders().table.dtypes)
