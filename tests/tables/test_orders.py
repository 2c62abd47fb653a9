"""The lines used, the rows set aside, and the report of both."""

from __future__ import annotations

import attrs
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import InvalidParameterError, InvalidTableError
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
used                           2                0.30           1
unreadable date                1                0.20           1
unreadable amount              1                0.00           1
unknown customer               1                7.00           0
in                             5                7.50           3
Not in the amounts: 1 rows whose amount cannot be read."""

    assert make_orders().summary() == expected


def test_the_summary_shows_what_two_decimals_would_not() -> None:
    """Unit prices may go to the ten-thousandth."""
    orders = make_orders()
    orders = attrs.evolve(orders, table=orders.table.assign(amount=[0.1, 0.0025]))

    assert orders.summary().splitlines()[1].split() == ["used", "2", "0.1025", "1"]


def test_a_clean_file_has_a_short_summary() -> None:
    """Without rows set aside there is nothing to explain."""
    clean = make_orders()
    clean = attrs.evolve(clean, set_aside=clean.set_aside.iloc[:0], rows_in=2)

    assert clean.summary().splitlines()[1:] == [
        "used                           2                0.30           1",
        "in                             2                0.30           1",
    ]


def test_rows_that_vanish_are_an_error() -> None:
    """Rows in = used + set aside, or there are no orders."""
    orders = make_orders()

    with pytest.raises(AssertionError, match="rows in = used"):
        attrs.evolve(orders, rows_in=6)
    with pytest.raises(AssertionError, match="each line comes from one place"):
        attrs.evolve(orders, places=orders.places.iloc[:1])


def test_lines_know_their_places() -> None:
    """Used are the first and the fourth row of the file."""
    assert list(make_orders().places.itertuples(index=False, name=None)) == [
        ("orders", 1, 0.0, 0.0),
        ("orders", 4, 0.0, 0.0),
    ]


def test_orders_of_several_files_join() -> None:
    """Rows, money and reasons add up."""
    other = make_orders()
    other = attrs.evolve(other, table=other.table.assign(order_id=["6", "7"]))

    joined = Orders.join(make_orders(), other)

    assert joined.rows_in == 10
    assert joined.table.index.to_list() == [0, 1, 2, 3]
    assert joined.report()["amount"].sum() == 15.0
    assert joined.table.dtypes.equals(make_orders().table.dtypes)


def read(lines: dict[str, list[str]], source: str = "orders", **policies: object) -> Orders:
    """Give the orders of a file whose lines cost 10 each."""
    table = pd.DataFrame({"ordered_at": "2024-01-01", "amount": "10"} | lines)
    return make_transactions(table, source=source, **policies)


def test_currencies_are_not_added_up() -> None:
    """10 dollars and 10,000 won are not 10,010 of anything; the error names both."""
    dollars = read({"customer_id": ["C1"], "order_id": ["1"], "currency": ["usd"]})
    won = read({"customer_id": ["C1"], "order_id": ["2"], "currency": ["KRW"]})
    unnamed = read({"customer_id": ["C1"], "order_id": ["3"]})

    with pytest.raises(InvalidTableError) as caught:
        Orders.join(dollars, unnamed, won)

    assert str(caught.value) == (
        "orders in ['KRW', 'USD'] cannot be joined; bring the amounts to one currency first, "
        "or keep the files apart"
    )
    assert len(Orders.join(dollars, unnamed).table) == 2


def test_lines_of_overlapping_files_count_once() -> None:
    """The later file's line is set aside with its place, by its id or by all that it says."""
    may = {"customer_id": ["C1"] * 3, "order_id": ["1"] * 3, "line_id": ["a", "b", ""]}
    june = {"customer_id": ["C1", "", "C1", "", "C1"], "order_id": ["1"] * 5}
    june |= {"line_id": ["", "z", "b", "y", ""]}

    orders = Orders.join(read(may, "may.csv"), read(june, "june.csv"))

    assert orders.table["line_id"].fillna("-").to_list() == ["a", "b", "-", "-"]
    assert orders.places.iloc[-1][["source", "row"]].to_list() == ["june.csv", 5]
    repeats = orders.set_aside.iloc[-2:].drop(columns=["source", "sales_channel", "shipping_fee"])
    same = ("duplicate line", "another file has the same line", 10.0, "C1", "1")
    assert repeats.fillna("-").to_numpy().tolist() == [[1, *same, "-"], [3, *same, "b"]]
    assert orders.report()["amount"].to_dict() == {
        "used": 40.0,
        "unknown customer": 20.0,
        "duplicate line": 20.0,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"customer_id": ["C2"], "ordered_at": ["2024-01-02"]},
        {"order_id": ["2"]},
        {"sales_channel": ["mall"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_line_id_counts_within_its_order(change: dict[str, list[str]]) -> None:
    """Orders of other customers, numbers or sales channels are other orders."""
    line = {"customer_id": ["C1"], "order_id": ["1"], "line_id": ["a"], "sales_channel": ["shop"]}

    assert len(Orders.join(read(line), read(line | change)).table) == 2
    assert len(Orders.join(read(line), read(line)).table) == 1


def test_a_line_counts_once_under_whatever_name_its_customer_goes() -> None:
    """One export tells the login, the next the phone number: the money is still spent once.

    Without a sales channel nothing says that two shops do not number alike.
    """
    line = {"customer_id": ["shop:mina"], "order_id": ["1"], "line_id": ["a"]}
    other = line | {"customer_id": ["shop:~4f1e"]}
    channel = {"sales_channel": ["shop"]}

    orders = Orders.join(read(line | channel), read(other | channel))

    assert orders.report()["amount"].to_dict() == {"used": 10.0, "duplicate line": 10.0}
    assert orders.table["customer_id"].to_list() == ["shop:mina"]
    assert len(Orders.join(read(line), read(other)).table) == 2


def test_joining_leaves_each_file_as_it_was_read() -> None:
    """What a policy kept twice within one file stays there twice."""
    twice = read(
        {"customer_id": ["C1"] * 2, "order_id": ["1"] * 2, "line_id": ["a"] * 2},
        duplicates="keep",
    )

    assert len(Orders.join(twice).table) == 2
    assert len(Orders.join(twice, twice).table) == 2


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("12"), st.sampled_from("abcd")), unique=True, min_size=1),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=4),
)
def test_files_that_overlap_add_up_to_the_whole(
    keys: list[tuple[str, str]], cuts: list[tuple[int, int]]
) -> None:
    """Any slices of a file, joined, hold each of their lines once, and no row is lost."""
    order_ids, line_ids = ([key[place] for key in keys] for place in (0, 1))
    whole = {"customer_id": ["C1"] * len(keys), "order_id": order_ids, "line_id": line_ids}
    slices = [slice(*sorted(cut)) for cut in cuts]
    expected = set().union(*(keys[part] for part in slices))

    orders = Orders.join(
        *(read({name: cells[part] for name, cells in whole.items()}) for part in slices)
    )

    lines = list(orders.table[["order_id", "line_id"]].itertuples(index=False, name=None))
    assert len(lines) == len(expected)
    assert set(lines) == expected
    assert orders.rows_in == sum(len(keys[part]) for part in slices)


def test_the_latest_state_of_a_line_counts() -> None:
    """Of a line in several files that of which most was paid back, whichever comes first."""
    line = {"customer_id": ["C1"], "order_id": ["1"], "line_id": ["a"]}
    may, june = read(line, "may.csv"), read(line | {"refunded": ["4"]}, "june.csv")

    for orders in (Orders.join(may, june), Orders.join(june, may), Orders.join(may, june, may)):
        assert orders.table["amount"].to_list() == [6.0]
        assert orders.places["source"].to_list() == ["june.csv"]
        assert set(orders.set_aside["amount"]) == {10.0}
        assert set(orders.set_aside["source"]) == {"may.csv"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": ["cancelled"]}, "cancelled order"),
        ({"status": ["returned"]}, "returned line"),
        ({"refunded": ["10"]}, "returned line"),
        ({"status": ["cancelled"], "customer_id": [""]}, "cancelled order"),
    ],
    ids=["cancelled", "returned", "paid back", "by nobody known"],
)
@pytest.mark.parametrize("channel", ["mall", None])
def test_what_one_file_has_as_cancelled_is_sold_in_none(
    change: dict[str, list[str]], reason: str, channel: str | None
) -> None:
    """Last month's export says paid, this month's says cancelled: it was not sold."""
    line = {"customer_id": ["C1"], "order_id": ["1"], "line_id": ["a"]}
    line |= {"sales_channel": [channel]} if channel else {}
    other = line | {"line_id": ["b"]}
    may, june = read(line, "may.csv"), read(line | change, "june.csv")

    for orders in (Orders.join(may, june, read(other)), Orders.join(june, read(other), may)):
        assert orders.table["line_id"].to_list() == ["b"]
        assert orders.set_aside["reason"].to_list() == [reason, reason]
        words = orders.set_aside.set_index("source")["detail"]
        assert words["may.csv"] == f"june.csv, row 1: {words['june.csv']}"
        assert orders.report()["amount"].sum() == 30.0


@pytest.mark.parametrize(
    "change",
    [
        {"line_id": ["b"]},
        {"order_id": ["2"]},
        {"sales_channel": ["shop"]},
        {"line_id": [""]},
    ],
    ids=["line", "order", "channel", "no id"],
)
def test_a_cancellation_is_of_its_line_only(change: dict[str, list[str]]) -> None:
    """Other lines, orders and channels stay sold, and so does what has no id to be known by."""
    line = {"customer_id": ["C1"], "order_id": ["1"], "line_id": ["a"], "sales_channel": ["mall"]}
    gone = read(line | change | {"status": ["cancelled"]}, "june.csv")

    assert len(Orders.join(read(line, "may.csv"), gone).table) == 1


def test_a_sale_and_its_cancellation_in_one_file_are_as_that_file_says() -> None:
    """What stands in one file was judged when it was read."""
    twice = {"customer_id": ["C1"] * 2, "order_id": ["1"] * 2, "line_id": ["a"] * 2}

    orders = read(twice | {"status": ["paid", "cancelled"]})

    assert len(Orders.join(orders).table) == 1


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({}, 2),
        ({"amount": ["10"] * 3}, 3),
        ({"product_id": ["x", "y"]}, 3),
        ({"amount": ["10", "11"]}, 3),
        ({"ordered_at": ["2024-01-02", "2024-01-01"]}, 3),
        ({"customer_id": ["C2", "C1"]}, 3),
    ],
    ids=["the same", "once more", "product", "amount", "time", "customer"],
)
def test_lines_without_an_id_are_known_by_all_that_they_say(
    change: dict[str, list[str]], lines: int
) -> None:
    """Two equal cups of one order are two in each file, and two in both."""
    n_lines = len(next(iter(change.values()), "12"))
    cups = {"customer_id": ["C1"] * 2, "order_id": ["1"] * 2, "product_id": ["x"] * 2}
    more = {name: cells[:1] * n_lines for name, cells in cups.items()} | change

    orders = Orders.join(read(cups, "may.csv"), read(more, "june.csv"))

    assert len(orders.table) == lines
    assert orders.rows_in == 2 + n_lines


def test_orders_of_nothing_cannot_be_joined() -> None:
    """There is no table without a part."""
    with pytest.raises(InvalidParameterError, match="parts must be one or more"):
        Orders.join()


def test_columns_that_one_file_lacks_are_empty() -> None:
    """Their types stay, with a file of no rows among the parts."""
    named = read({"customer_id": ["C1"], "order_id": ["1"], "product_id": ["x"]})
    bare = read({"customer_id": ["C1"], "order_id": ["2"]})
    empty = attrs.evolve(
        bare, table=bare.table[:0], places=bare.places[:0], contacts=bare.contacts[:0], rows_in=0
    )

    orders = Orders.join(empty, bare, named)

    assert orders.table["product_id"].fillna("-").to_list() == ["-", "x"]
    assert orders.table.dtypes["product_id"] == named.table.dtypes["product_id"]
    assert orders.set_aside.dtypes.equals(bare.set_aside.dtypes)
    assert list(empty.report_by_file().index) == []
