"""The numpy kernel, by laws: how ids are written and rows are cut changes nothing."""

from __future__ import annotations

import sys
import warnings
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.exceptions import DataQualityWarning
from crmlib.features._eager_summary import summarize_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DAY = date(2024, 4, 10)
SECOND = 1_000_000
START = int(pd.Timestamp("2024-03-31 00:30", tz="UTC").timestamp()) * SECOND
N_IDS = 8

# Each writes the ids 0 to 7 in a way of its own; they sort as the numbers do.
PREFIXES = ["", " ", "a", "a ", "aa", "aaaaaaaa", "aaaaaaaaa", "b"]
WRITINGS: dict[str, tuple[Callable[[int], object], Any]] = {
    "small": (lambda i: i, "int64"),
    "narrow": (lambda i: i - 4, "int8"),
    "sparse": (lambda i: (i - 3) * 10**12, "int64"),
    "extreme": (lambda i: -(2**63) + i if i < N_IDS / 2 else 2**63 - N_IDS + i, "int64"),
    "unsigned": (lambda i: i if i < N_IDS / 2 else 2**64 - N_IDS + i, "uint64"),
    "float": (lambda i: (i - 3) / 2, "float64"),
    "nullable": (lambda i: 2**60 + i, "Int64"),
    "short": (lambda i: f"C{i}", "str"),
    "two words": (lambda i: f"customer-{i:04d}", "str"),
    "prefixes": (lambda i: PREFIXES[i], "str"),
    "unicode": (lambda i: ["A", "z", "é", "ÿ", "Ж", "한", "글", "🙂"][i], "str"),
    "long": (lambda i: "x" * 40 + str(i), "str"),
    "zeros": (lambda i: f"\0{i}", "str"),
    "objects": (lambda i: f"C{i}", object),
    "categories": (lambda i: f"C{i}", "category"),
    "python texts": (lambda i: f"C{i}", pd.StringDtype("python", na_value=np.nan)),
    "nullable texts": (lambda i: f"C{i}", pd.StringDtype("python")),
}
Row = tuple[int | None, int, int, int]
ROWS = st.lists(
    st.tuples(
        st.integers(0, N_IDS - 1) | st.just(0),
        st.integers(0, N_IDS - 1),
        st.sampled_from([0, 1, 60 * SECOND, 86_400 * SECOND, 20 * 86_400 * SECOND]),
        st.integers(-3, 10**7),
    ),
    min_size=1,
    max_size=30,
)


def write(
    rows: Sequence[Row], customers: str = "small", orders: str = "small", **more: list[Any]
) -> pd.DataFrame:
    """Give transactions whose ids are written in these ways."""
    columns: dict[str, Any] = {}
    for place, (name, writing) in enumerate((("customer_id", customers), ("order_id", orders))):
        spell, kind = WRITINGS[writing]
        ids = [None if row[place] is None else spell(row[place]) for row in rows]
        columns[name] = pd.Series(ids, dtype=kind)
    instants = np.array([START + row[2] for row in rows]).view("M8[us]")
    columns["ordered_at"] = pd.Series(instants).dt.tz_localize("UTC")
    columns["amount"] = [row[3] / 100 for row in rows]
    return pd.DataFrame({**columns, **more})


def summarize(transactions: Any, n_block: int = 2**18) -> Any:
    """Summarise in blocks of *n_block* rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return summarize_frame(transactions, DAY, "Europe/London", n_block=n_block)


@settings(deadline=None)
@given(ROWS, st.integers(1, 31), st.sampled_from([*WRITINGS]), st.sampled_from([*WRITINGS]))
def test_neither_blocks_nor_the_writing_of_ids_change_the_answer(
    rows: list[Row], n_block: int, customers: str, orders: str
) -> None:
    """Small integers in one block are the measure."""
    expected = summarize(write(rows))

    table = summarize(write(rows, customers, orders), n_block)

    spell, _ = WRITINGS[customers]
    assert table.index.to_list() == [spell(i) for i in expected.index]
    pd.testing.assert_frame_equal(
        table.reset_index(drop=True), expected.reset_index(drop=True), check_exact=True
    )


@settings(deadline=None)
@given(ROWS, st.integers(1, 31), st.sampled_from(["small", "sparse", "short", "zeros"]))
def test_eager_frames_of_all_kinds_agree(rows: list[Row], n_block: int, writing: str) -> None:
    """Polars and PyArrow give what pandas gives, with the type of the id that came."""
    lines = write(rows, writing, writing)
    expected = summarize(lines).reset_index()

    from_polars = summarize(pl.from_pandas(lines), n_block)
    from_arrow = summarize(pa.Table.from_pandas(lines), n_block)

    assert from_polars.schema["customer_id"] == pl.from_pandas(lines).schema["customer_id"]
    pd.testing.assert_frame_equal(from_polars.to_pandas(), expected, check_exact=True)
    pd.testing.assert_frame_equal(from_arrow.to_pandas(), expected, check_exact=True)


@settings(deadline=None)
@given(ROWS, st.integers(1, 31), st.data())
def test_an_order_number_of_two_channels_is_two_orders(
    rows: list[Row], n_block: int, data: st.DataObject
) -> None:
    """As if the channel were a part of the number; no channel is a channel of its own."""
    kinds = st.sampled_from(["shop", "mall", None])
    channels = data.draw(st.lists(kinds, min_size=len(rows), max_size=len(rows)))
    lines = write(rows)
    joined = lines.assign(
        order_id=[f"{c}/{i}" for c, i in zip(channels, lines["order_id"], strict=True)]
    )
    expected = summarize(joined)

    table = summarize(lines.assign(sales_channel=pd.Series(channels, dtype="str")), n_block)

    pd.testing.assert_frame_equal(table, expected, check_exact=True)


@pytest.mark.parametrize("writing", ["nullable", "short", "float", "python texts"])
def test_lines_without_a_customer_are_nobodys(writing: str) -> None:
    """They are left out wherever they stand, and so are those after the snapshot."""
    rows: list[Row] = [(3, 1, 0, 500), (3, 1, 0, 600), (5, 2, 60 * SECOND, 700)]
    expected = summarize(write(rows, writing, writing))
    later = 30 * 86_400 * SECOND
    hostile: list[Row] = [(None, 9 % N_IDS, 0, 1), *rows, (None, 1, 5, 9), (5, 4, later, 3)]
    lines = write(hostile, writing, writing)

    for n_block in (1, 2, 100):
        with pytest.warns(DataQualityWarning) as caught:
            table = summarize_frame(lines, DAY, "Europe/London", n_block=n_block)

        assert [str(warning.message) for warning in caught] == [
            "1 lines after snapshot_date are left out",
            "2 lines without a customer are left out",
        ]
        pd.testing.assert_frame_equal(table, expected)


def test_integers_that_may_be_missing_stay_integers() -> None:
    """Pandas and Polars have such columns, and ids past 2**53 are not rounded."""
    lines = write([(1, 1, 0, 500), (2, 2, 0, 600), (None, 3, 0, 700)], "nullable")

    with pytest.warns(DataQualityWarning, match="1 lines without a customer"):
        table = summarize_frame(lines, DAY, "UTC")
    with pytest.warns(DataQualityWarning, match="1 lines without a customer"):
        from_polars = summarize_frame(pl.from_pandas(lines), DAY, "UTC")

    assert table.index.to_list() == [2**60 + 1, 2**60 + 2]
    assert str(table.index.dtype) == "Int64"
    assert from_polars["customer_id"].to_list() == [2**60 + 1, 2**60 + 2]
    assert from_polars.schema["customer_id"] == pl.Int64


@pytest.mark.parametrize("orders", ["small", "short"])
def test_order_numbers_that_begin_anew_for_each_customer(orders: str) -> None:
    """Order 1 of one customer and order 1 of another one are two orders, in one block or not."""
    rows = [(c, o, (10 * o + c) * SECOND, 100) for o in range(3) for c in range(N_IDS)]

    for n_block in (1, 5, 100):
        table = summarize(write(rows, orders=orders), n_block)

        assert table["frequency"].to_list() == [3] * N_IDS
        assert table["max_gap_days"].to_list() == [10 / 86_400] * N_IDS


def test_half_of_all_lines_may_be_of_one_customer() -> None:
    """And instants of single microseconds are told apart, in any order of rows."""
    generator = np.random.default_rng(0)
    ids = np.where(generator.random(4_000) < 0.5, 0, generator.integers(0, 10**9, 4_000))
    instants = START + generator.integers(0, 5 * 86_400 * SECOND, 4_000) * 2 + 1
    lines = pd.DataFrame(
        {
            "customer_id": ids,
            "order_id": generator.permutation(4_000),
            "ordered_at": pd.Series(instants.view("M8[us]")).dt.tz_localize("UTC"),
            "amount": 1.0,
        }
    )
    own = lines.loc[lines["customer_id"] == 0, "ordered_at"].sort_values()

    row = summarize(lines).loc[0]

    assert row["frequency"] == len(own) > 1_900
    assert (row["first_purchase_at"], row["last_purchase_at"]) == (own.iloc[0], own.iloc[-1])
    assert row["max_gap_days"] == own.diff().max() / pd.Timedelta(days=1)


@pytest.mark.parametrize("spread", [1, 10**6])
def test_instants_too_fine_for_one_integer_are_numbered(spread: int) -> None:
    """Microseconds of a century beside a hundred thousand customers; seconds are coarse enough."""
    n = 2**17
    ids = np.arange(n)
    ticks = np.arange(n) * 40_000 * SECOND + np.where(np.arange(n) % 2, 1, 0) * (SECOND // spread)
    lines = pd.DataFrame(
        {
            "customer_id": ids // 2,
            "order_id": ids[::-1],
            "ordered_at": pd.Series((ticks - 2**52).view("M8[us]")).dt.tz_localize("UTC"),
            "amount": 1.0,
        }
    )
    expected = (40_000 * SECOND + SECOND // spread) / 86_400e6

    table = summarize_frame(lines, date(2199, 12, 31), "UTC")

    assert len(table) == n // 2
    assert (table["max_gap_days"] == expected).all()


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_instants_may_have_any_unit(unit: str) -> None:
    """Answers are in microseconds."""
    rows: list[Row] = [(1, 1, 0, 500), (1, 2, 86_400 * SECOND, 600)]
    lines = write(rows)
    expected = summarize(lines)

    table = summarize(lines.astype({"ordered_at": f"datetime64[{unit}, UTC]"}))

    pd.testing.assert_frame_equal(table, expected)


@pytest.mark.parametrize("amounts", [[1e14, 3e14], [1e300, 7e300], [9e307, 8e307]], ids=str)
def test_sums_that_are_too_large_for_money_are_rounded_never_wrapped(amounts: list[float]) -> None:
    """The parts of a unit in which money is added grow with the turnover."""
    lines = write([(1, i, i, 100) for i in range(6)]).assign(amount=[*amounts, 1.0, 2.0, 0.5, 0.5])
    lines.loc[2:, "customer_id"] = 2

    table = summarize(lines)

    assert table.loc[1, "monetary_value"] == pytest.approx(sum(amounts), rel=1e-15)


def test_without_pyarrow_texts_are_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same answer."""
    rows: list[Row] = [(3, 1, 0, 500), (3, 1, 0, 600), (1, 2, 60 * SECOND, 700), (3, 1, 0, 5)]
    lines = write(rows, "python texts", "python texts", sales_channel=["a", "a", "b", "c"])
    expected = summarize(lines)

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    table = summarize(lines)

    assert table["frequency"].to_list() == [1, 2]
    pd.testing.assert_frame_equal(table, expected)
