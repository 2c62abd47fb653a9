"""The kit for sources of order files: an honest one passes, each villain fails one check."""
# ruff: noqa: D101, D102 -- the name of a villain says what it does wrong

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import pandas as pd
import pytest
from verdict import broken_promises

from crmlib.datasets import list_order_files, make_order_file
from crmlib.sources import OrderSource, load_source
from crmlib.testing import Check, source_checks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

EXAMPLE = pd.DataFrame(
    {
        "Receipt": ["7", "7", "8", "9"],
        "Sold on": ["2025-10-07 09:50"] * 4,
        "Member": ["M1", "", "M2", "M1"],
        "Article": ["Tea", "Mug", "Tea", "Tea"],
        "Total": ["4.00", "9.50", "4.00", "-4.00"],
        "Discount": ["1.00", "", "", ""],
    }
)
"""Member and discount stand on the first line of a receipt."""


class HonestSource(OrderSource):
    """Receipts of a corner shop."""

    name = "corner-shop"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {"orders": (("Receipt",), ("Sold on",), ("Total",))}
    )

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        table = tables["orders"].sort_index()
        members = table["Member"].astype("str").where(lambda cells: cells != "")
        return pd.DataFrame(
            {
                "customer_id": members.groupby(table["Receipt"].astype("str")).transform("first"),
                "order_id": table["Receipt"],
                "ordered_at": table["Sold on"],
                "amount": table["Total"],
                "product_name": table["Article"],
            }
        )


class NamelessSource(HonestSource):
    name = "Corner Shop"


class LiteralSource(HonestSource):
    """Knows its headers in one spelling only."""

    def recognise(self, headers: Sequence[str]) -> str | None:
        return "orders" if "Sold on" in headers else None


class GreedySource(HonestSource):
    """Takes whatever there is."""

    def recognise(self, headers: Sequence[str]) -> str | None:
        return "orders"


class DroppingSource(HonestSource):
    """Leaves refunds out."""

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        lines = super().arrange(tables)
        return lines[~lines["amount"].astype("str").str.startswith("-4")]


class TimelessSource(HonestSource):
    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        lines = super().arrange(tables)
        return lines.rename(columns={"customer_id": "account_id", "ordered_at": "sold_on"})


class MumblingSource(HonestSource):
    """Writes times that nobody can read."""

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        return super().arrange(tables).assign(ordered_at="yesterday")


class ScribblingSource(HonestSource):
    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        lines = super().arrange(tables)
        tables["orders"]["Total"] = "0"
        return lines


class PositionalSource(HonestSource):
    """Takes the member of the line above."""

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        lines = super().arrange(tables)
        members = tables["orders"]["Member"].replace("", None).ffill()
        return lines.assign(customer_id=members.sort_index())


class SpreadingSource(HonestSource):
    """Takes a discount off the receipt of the line below."""

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        lines = super().arrange(tables)
        return lines.assign(refunded=tables["orders"]["Discount"].shift().sort_index())


class CountingSource(HonestSource):
    """Numbers lines through all files that it ever saw."""

    seen = 0

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        CountingSource.seen += 1
        return super().arrange(tables).assign(line_id=str(CountingSource.seen))


class StrictSource(HonestSource):
    """Cannot bear a total that is no number."""

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        tables["orders"]["Total"].astype("float64")
        return super().arrange(tables)


class TidySource(HonestSource):
    """Drops rows without a receipt."""

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        lines = super().arrange(tables)
        return lines[lines["order_id"] != "?"]


class ExpectantSource(HonestSource):
    """Looks at the first row to learn the style of the shop."""

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        tables["orders"].iloc[0]
        return super().arrange(tables)


class TotalSource(HonestSource):
    """Adds a line for the day, if there is no other."""

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        lines = super().arrange(tables)
        return lines if len(lines) else pd.DataFrame({"amount": ["0"]})


VILLAINS = [
    ("has_a_name_that_can_be_typed", NamelessSource),
    ("recognises_its_own_files", LiteralSource),
    ("recognises_no_other_file", GreedySource),
    ("gives_each_row_once", DroppingSource),
    ("gives_what_orders_need", TimelessSource),
    ("reads_its_example", MumblingSource),
    ("writes_into_no_table", ScribblingSource),
    ("row_order_says_nothing", PositionalSource),
    ("row_order_says_nothing", SpreadingSource),
    ("answers_the_same_again", CountingSource),
    ("takes_cells_of_nonsense", StrictSource),
    ("takes_cells_of_nonsense", TidySource),
    ("takes_files_without_rows", ExpectantSource),
    ("takes_files_without_rows", TotalSource),
]


@pytest.mark.parametrize("check", source_checks(HonestSource(), EXAMPLE), ids=str)
def test_an_honest_source_keeps_every_promise(check: Check) -> None:
    """No check finds fault with a source that does as its page says."""
    check()


@pytest.mark.parametrize(
    ("promise", "villain"), VILLAINS, ids=[villain.__name__ for _, villain in VILLAINS]
)
def test_a_source_villain_is_caught_by_exactly_its_check(
    promise: str, villain: type[OrderSource]
) -> None:
    """A source that breaks one promise fails that check and no other."""
    assert broken_promises(source_checks(villain(), EXAMPLE)) == [promise]


def test_every_source_check_has_a_villain() -> None:
    """No promise of sources goes untested."""
    assert {str(check) for check in source_checks(HonestSource(), EXAMPLE)} == {
        promise for promise, _ in VILLAINS
    }


@pytest.mark.parametrize("name", list_order_files())
def test_our_sources_conform(name: str, tmp_path: Path) -> None:
    """Each source keeps every promise, with a file as its shop writes it."""
    source = load_source(name)
    file = make_order_file(name, tmp_path, n_orders=12, seed=5)
    tables = [
        pd.read_excel(path, dtype=object, engine="calamine")
        if path.suffix == ".xlsx"
        else pd.read_csv(path, dtype="str", sep=None, engine="python", keep_default_na=False)
        for path in file.paths
    ]
    kinds = [source.recognise(list(table.columns)) for table in tables]

    assert broken_promises(source_checks(source, dict(zip(kinds, tables, strict=True)))) == []
