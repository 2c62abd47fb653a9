"""What a maker of order files knows of each row, the reader of its source finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
import pytest

from crmlib.datasets import OrderFile, make_order_file
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    """

    source: str
    options: Mapping[str, Any] = attrs.field(factory=dict)
    warning: str = ""
    nobody: tuple[str, str] | None = None
    own: frozenset[str] = frozenset()
    spellings: bool = False

    def __str__(self) -> str:
        return " ".join([self.source, *map(str, self.options.values())])


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
        lines = self.file.lines.set_index("row")
        reasons = lines["status"].map(REASONS)
        return lines.assign(reason=reasons.mask(reasons.isna() & self.nobody, "unknown customer"))

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
        return self.orders.table.join(self.orders.places).set_index("row")

    @property
    def set_aside(self) -> pd.DataFrame:
        """The rows set aside, by their number."""
        return self.orders.set_aside.set_index("row").sort_index()


@pytest.fixture(scope="module", params=CASES, ids=str)
def trip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trip:
    """Make a file of 250 orders, and read it."""
    case: Case = request.param
    folder: Path = tmp_path_factory.mktemp("files")
    file = make_order_file(case.source, folder, n_orders=250, seed=7, **case.options)
    password = case.options.get("password")
    if case.warning:
        with pytest.warns(UserWarning, match=case.warning):
            orders = read_orders(list(file.paths), password=password)
    else:
        orders = read_orders(list(file.paths), password=password)
    return Trip(case=case, file=file, orders=orders)


def test_each_row_is_used_or_set_aside_as_it_should_be(trip: Trip) -> None:
    """Sold lines are used, others set aside with the reason that the truth gives."""
    expected = trip.truth["reason"].dropna()

    assert trip.orders.rows_in == len(trip.truth)
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

    assert (used["amount"] + used["netted"]).to_dict() == used_truth["amount"].to_dict()
    assert used["netted"].to_dict() == used_truth["refunded"].to_dict()
    assert used["shipping_fee"].to_dict() == used_truth["shipping_fee"].to_dict()
    assert aside["amount"].to_dict() == aside_truth["amount"].to_dict()
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

    assert not pairs["customer"].duplicated().any()
    assert pairs["person"].duplicated().any() == trip.case.spellings


def test_each_line_says_its_channel_and_currency(trip: Trip) -> None:
    """As the truth does."""
    assert set(trip.used["sales_channel"]) == {trip.case.source}
    assert set(trip.used["currency"]) == {trip.file.currency}
