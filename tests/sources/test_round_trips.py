"""What a maker of order files knows of each row, the reader of its source finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
import pytest

from crmlib.datasets import OrderFile, make_order_file
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from crmlib.tables import Orders

ANYWAY = ("order_id", "line_id", "ordered_at", "product_id", "product_name", "quantity")
REASONS = {
    "cancelled": "cancelled order",
    "returned": "returned line",
    "non-product": "non-product line",
}


@attrs.frozen(kw_only=True)
class Case:
    """A file of a source, and what its reader cannot or will not say as its maker does.

    Parameters
    ----------
    source : str
    options : mapping
        For the maker.
    warning : str
        Pattern of a warning that reading gives.
    nobody : tuple of str and str
        A header, and a pattern of its cells that tell nobody who bought.
    own : frozenset of str
        Columns that the reader makes itself, as the file has none.
    spellings : bool
        Whether a person who is spelled in several ways has several ids.
    told : callable
        Takes the truth and gives what the file tells of it, where that is less.
    reading : mapping
        For the reader.
    currency : bool
        Whether the file names it.
    """

    source: str
    options: Mapping[str, Any] = attrs.field(factory=dict)
    warning: str = ""
    nobody: tuple[str, str] | None = None
    own: frozenset[str] = frozenset()
    spellings: bool = False
    told: Callable[[pd.DataFrame], pd.DataFrame] = lambda truth: truth
    reading: Mapping[str, Any] = attrs.field(factory=dict)
    currency: bool = True

    def __str__(self) -> str:
        return " ".join([self.source, *map(str, self.options.values())])


def without_lines_of_refunds(truth: pd.DataFrame) -> pd.DataFrame:
    """Give the truth where refunds are known of the order only: returned is all or nothing."""
    sold = truth[truth["status"] != "cancelled"]
    sums = sold.groupby("order_id")[["amount", "refunded"]].transform("sum")
    whole = (sums["refunded"] >= sums["amount"]).reindex(truth.index, fill_value=False)
    status = truth["status"].mask(truth["status"] == "returned", "sold").mask(whole, "returned")
    return truth.assign(status=status)


def with_rows_of_refunds(truth: pd.DataFrame) -> pd.DataFrame:
    """Give the truth of which what came back is a line of its own, used like the sale."""
    return truth.assign(status=truth["status"].replace("returned", "sold"))


CASES = [
    Case(source="smartstore"),
    Case(source="smartstore", options={"password": "sesame-7"}),
    Case(source="smartstore", options={"layout": "old"}),
    Case(source="coupang", nobody=("구매자", r"\*"), own=frozenset({"line_id"}), spellings=True),
    Case(source="cafe24", nobody=("주문자 휴대전화", "^--$")),
    Case(source="cafe24", options={"encoding": "utf-8-sig"}, nobody=("주문자 휴대전화", "^--$")),
    Case(
        source="cafe24",
        options={"encoding": "cp949"},
        warning="read as cp949",
        nobody=("주문자 휴대전화", "^--$"),
    ),
    Case(
        source="shopify",
        own=frozenset({"line_id"}),
        spellings=True,
        told=without_lines_of_refunds,
    ),
    Case(
        source="woocommerce",
        own=frozenset({"line_id"}),
        reading={"unknown_customers": "keep", "timezone": "America/New_York"},
        currency=False,
    ),
    Case(source="amazon", own=frozenset({"line_id"}), reading={"unknown_customers": "keep"}),
    Case(source="square", own=frozenset({"line_id"}), told=with_rows_of_refunds, currency=False),
]


@attrs.frozen(kw_only=True)
class Trip:
    """A file that was made and read."""

    case: Case
    file: OrderFile
    orders: Orders

    @property
    def truth(self) -> pd.DataFrame:
        """The truth about each row, by its number, with the reason to set it aside."""
        lines = self.case.told(self.file.lines.set_index("row"))
        reasons = lines["status"].map(REASONS)
        if not self.keeps_nobody:
            reasons = reasons.mask(reasons.isna() & self.nobody, "unknown customer")
        return lines.assign(reason=reasons)

    @property
    def keeps_nobody(self) -> bool:
        """Whether lines without a customer are used."""
        return "unknown_customers" in self.case.reading

    @property
    def nobody(self) -> pd.Series[bool]:
        """The rows whose buyer the file does not tell."""
        lines = self.file.lines.set_index("row")
        if self.case.nobody is None:
            return lines["person"].isna()
        header, pattern = self.case.nobody
        path = self.file.paths[0]
        if path.suffix == ".csv":
            encoding = self.case.options.get("encoding", "utf-8")
            cells = pd.read_csv(path, dtype="str", encoding=encoding)[header]
        else:
            cells = pd.read_excel(path, dtype="str", engine="calamine")[header]
        return cells.str.contains(pattern).set_axis(lines.index)

    @property
    def used(self) -> pd.DataFrame:
        """The lines used, by the number of their row."""
        return self.of_lines(self.orders.table.join(self.orders.places)).set_index("row")

    @property
    def set_aside(self) -> pd.DataFrame:
        """The rows set aside, by their number."""
        return self.of_lines(self.orders.set_aside).set_index("row").sort_index()

    def of_lines(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Give those rows that come from the file that the truth is about, the last one."""
        return rows[rows["source"] == self.file.paths[-1].name]


@pytest.fixture(scope="module", params=CASES, ids=str)
def trip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trip:
    """Make a file of 250 orders, and read it."""
    case: Case = request.param
    folder: Path = tmp_path_factory.mktemp("files")
    file = make_order_file(case.source, folder, n_orders=250, seed=7, **case.options)
    reading = {"password": case.options.get("password"), **case.reading}
    if case.warning:
        with pytest.warns(UserWarning, match=case.warning):
            orders = read_orders(list(file.paths), **reading)
    else:
        orders = read_orders(list(file.paths), **reading)
    return Trip(case=case, file=file, orders=orders)


def test_each_row_is_used_or_set_aside_as_it_should_be(trip: Trip) -> None:
    """Sold lines are used, others set aside with the reason that the truth gives."""
    expected = trip.truth["reason"].dropna()

    assert len(trip.used) + len(trip.set_aside) == len(trip.truth)
    assert trip.set_aside["reason"].to_dict() == expected.to_dict()
    assert sorted(trip.used.index) == sorted(trip.truth.index[trip.truth["reason"].isna()])


@pytest.mark.parametrize("column", ANYWAY)
def test_each_line_is_the_one_that_was_made(trip: Trip, column: str) -> None:
    """Ids, moment, product and quantity are equal, line by line, where the file has them."""
    truth = trip.truth.loc[trip.used.index, column]
    if column not in trip.used or column in trip.case.own:
        assert truth.isna().all()
    else:
        pd.testing.assert_series_equal(trip.used[column], truth, check_dtype=False)


def test_each_line_has_its_money(trip: Trip) -> None:
    """Amount, refund and shipping fee are equal, line by line, also of rows set aside."""
    used, aside, truth = trip.used, trip.set_aside, trip.truth
    used_truth, aside_truth = truth.loc[used.index], truth.loc[aside.index]
    by = "order_id" if trip.case.told is without_lines_of_refunds else "row"
    sold = (used["amount"] + used["netted"]).round(4)

    assert sold.to_dict() == used_truth["amount"].round(4).to_dict()
    assert used.groupby(by)["netted"].sum().round(4).to_dict() == (
        used_truth.groupby(by)["refunded"].sum().round(4).to_dict()
    )
    assert used["shipping_fee"].to_dict() == used_truth["shipping_fee"].to_dict()
    assert aside["amount"].to_dict() == aside_truth["amount"].round(4).to_dict()
    assert aside["shipping_fee"].to_dict() == aside_truth["shipping_fee"].to_dict()


def test_all_money_is_found_again(trip: Trip) -> None:
    """Used, set aside, netted off and fees add up to amounts and fees of the truth."""
    total = trip.truth[["amount", "shipping_fee"]].sum().sum()

    assert trip.orders.report()["amount"].sum() == pytest.approx(total, abs=1e-6)


def test_no_two_persons_are_one_customer(trip: Trip) -> None:
    """And a person is one customer, but where a source knows only what people typed."""
    persons = trip.truth.loc[trip.used.index, "person"]
    pairs = pd.DataFrame({"customer": trip.used["customer_id"], "person": persons})
    pairs = pairs.drop_duplicates()

    if trip.keeps_nobody:
        assert pairs["customer"].isna().all()
        return
    assert not pairs["customer"].duplicated().any()
    assert pairs["person"].duplicated().any() == trip.case.spellings


def test_each_line_says_its_channel_and_currency(trip: Trip) -> None:
    """As the truth does."""
    assert set(trip.used["sales_channel"]) == {trip.case.source}
    assert ("currency" in trip.used) is trip.case.currency
    if trip.case.currency:
        assert set(trip.used["currency"]) == {trip.file.currency}


def test_rows_of_other_files_are_summaries(trip: Trip) -> None:
    """Those of Square's transactions, whose items are the lines; they hold no money."""
    rows = trip.orders.set_aside
    others = rows[rows["source"] != trip.file.paths[-1].name]

    assert len(others) == trip.orders.rows_in - len(trip.truth)
    assert set(others["reason"]) <= {"order summary"}
    assert others["amount"].sum() == 0
