"""Sources of other packages: found, broken, in each other's way, and losing rows."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmlib.exceptions import (
    CRMLibWarning,
    DuplicatePluginError,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    PluginLoadError,
    UnknownNameError,
)
from crmlib.sources import OrderSource, list_sources, load_source, read_orders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GOOD = """
from crmlib.sources import OrderSource

class LemonadeSource(OrderSource):
    name = "lemonade"
    kinds = {"orders": (("Cups",), ("Thirsty One", "Kid"), ("When",), ("Paid",))}
    sales_channel = "stand"
    currency = "USD"

    def arrange(self, tables):
        table = tables["orders"]
        return table.rename(columns={"Kid": "customer_id", "When": "ordered_at", "Paid": "amount"}
            ).assign(order_id=table.index.astype(str))
"""
FILE = b"our stand\nCups,Kid,When,Paid\n2,Mina,2024-07-01,3\n1,Bo,2024-07-02,1.5\n"
PLAIN = b"customer_id,order_id,ordered_at,amount\nC1,1,2024-07-01,3\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder on the path into which packages can be installed."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return tmp_path


def install(site: Path, package: str, target: str, code: str = "") -> None:
    """Put a package with the source "lemonade" where an installer would."""
    metadata = site / f"{package.replace('-', '_')}-2.5.dist-info"
    metadata.mkdir()
    metadata.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {package}\nVersion: 2.5\n"
    )
    metadata.joinpath("entry_points.txt").write_text(f"[crmlib.sources]\nlemonade = {target}\n")
    if code:
        site.joinpath(f"{target.partition(':')[0]}.py").write_text(dedent(code))


def test_ours_are_registered_like_any_other() -> None:
    """Each source of crmlib comes through its entry points, and is called as it is registered."""
    ours = {info.name: info.target for info in list_sources() if info.package == "crmlib"}

    assert ours.keys() >= {"generic", "online-retail", "smartstore", "coupang", "cafe24"}
    for name in ours:
        assert load_source(name).name == name


def test_another_package_adds_a_source(site: Path) -> None:
    """Its files are known by their headers, below notices, with its channel and currency."""
    install(site, "crm-lemonade", "lemonade_stand:LemonadeSource", GOOD)

    orders = read_orders(FILE)

    assert orders.table[
        ["customer_id", "amount", "currency", "sales_channel"]
    ].to_numpy().tolist() == [
        ["Mina", 3.0, "USD", "stand"],
        ["Bo", 1.5, "USD", "stand"],
    ]
    assert orders.places[["source", "row"]].to_numpy().tolist() == [["bytes", 1], ["bytes", 2]]
    assert (
        read_orders(FILE, source="lemonade", sales_channel="pier").table["sales_channel"][0]
        == "pier"
    )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("from crmlib", "from no_such_place", "ModuleNotFoundError: No module named"),
        ("(OrderSource):", ":", "is no subclass of crmlib's OrderSource"),
        ("def arrange", "def squeeze", "has no arrange"),
        ('name = "lemonade"', 'name = "juice"', "calls itself 'juice'"),
        ("    currency", "    def __init__(self): 1 / 0\n    currency", "ZeroDivisionError"),
        ("    kinds", "    kind", "its recognise() fails, AttributeError"),
        (
            "    currency",
            "    def recognise(self, headers): return 'receipts'\n    currency",
            "its recognise() fails, KeyError: 'receipts'",
        ),
    ],
    ids=[
        "import",
        "no source",
        "abstract",
        "another name",
        "not made",
        "no kinds",
        "no such kind",
    ],
)
def test_a_broken_source_hurts_only_its_own_files(
    site: Path, old: str, new: str, problem: str
) -> None:
    """Other files are read, with a warning that names the package and what is wrong."""
    install(site, "crm-lemonade", "lemonade_broken:LemonadeSource", GOOD.replace(old, new))

    with pytest.warns(CRMLibWarning) as caught:
        orders = read_orders(PLAIN)

    assert len(orders.table) == 1
    text = str(caught[0].message)
    assert text.startswith("source 'lemonade' of package 'crm-lemonade' cannot be loaded")
    assert problem in text
    assert text.endswith("its files are not recognised")
    assert caught[0].filename == __file__


def test_a_broken_source_that_is_asked_for_is_an_error(site: Path) -> None:
    """Whoever names it wants to know, with its cause."""
    code = GOOD.replace("    currency", "    def __init__(self): 1 / 0\n    currency")
    install(site, "crm-lemonade", "lemonade_broken:LemonadeSource", code)

    with pytest.raises(PluginLoadError, match="of package 'crm-lemonade'") as caught:
        read_orders(FILE, source="lemonade")

    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_two_packages_with_one_name_are_an_error(site: Path) -> None:
    """Neither is taken; the error names both, where others go on with a warning."""
    install(site, "crm-lemonade", "lemonade_stand:LemonadeSource", GOOD)
    install(site, "other-fruit", "other_fruit:LemonadeSource")

    with pytest.raises(DuplicatePluginError, match=r"\['crm-lemonade', 'other-fruit'\]"):
        load_source("lemonade")
    with pytest.warns(CRMLibWarning, match="registered by 2 packages"):
        assert len(read_orders(PLAIN).table) == 1


def test_an_unknown_source_is_an_error() -> None:
    """With a guess; and a source is a name or an object, no class."""
    with pytest.raises(UnknownNameError, match="no source 'cafe25'; did you mean 'cafe24'"):
        read_orders(PLAIN, source="cafe25")
    with pytest.raises(InvalidParameterError, match="source must be a name, or an OrderSource"):
        read_orders(PLAIN, source=OrderSource)  # type: ignore[arg-type]  # a class


class Stand(OrderSource):
    """A source whose arranging is given."""

    name = "stand"
    kinds = {"orders": (("Cups",), ("Kid", "Thirsty One"), ("When",), ("Paid",))}  # noqa: RUF012

    def __init__(self, arrange: Any) -> None:
        self.arrange_ = arrange

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Do what is given."""
        lines: pd.DataFrame = self.arrange_(
            tables["orders"]
            .rename(columns={"Kid": "customer_id", "When": "ordered_at", "Paid": "amount"})
            .assign(order_id="1")
        )
        return lines


@pytest.mark.parametrize(
    "arrange",
    [
        lambda lines: lines[1:],
        lambda lines: pd.concat([lines, lines]),
        lambda lines: pd.concat([lines[:1], lines[:1]]),
        lambda lines: lines.set_axis([7, 8], axis=0),
        lambda lines: pd.concat([lines, lines[:1].set_axis([7], axis=0)]),
    ],
    ids=["one lost", "twice", "one twice", "others", "one more"],
)
def test_a_source_that_loses_rows_is_refused(arrange: Any) -> None:
    """Each row has to come back once, or there are no orders."""
    with pytest.raises(PluginLoadError, match=r"its arrange\(\) loses, repeats or"):
        read_orders(FILE, source=Stand(arrange))


def test_a_source_may_turn_rows_round() -> None:
    """The order of the file is restored, and its row numbers with it."""
    orders = read_orders(FILE, source=Stand(lambda lines: lines[::-1]))

    assert orders.table["customer_id"].to_list() == ["Mina", "Bo"]
    assert orders.places["row"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("arrange", "error", "text"),
    [
        (lambda lines: 1 / 0, PluginLoadError, "its arrange() fails, ZeroDivisionError: "),
        (lambda lines: None, PluginLoadError, "its arrange() fails, AttributeError: "),
        (
            lambda lines: pd.concat([lines, lines[["amount"]]], axis=1),
            PluginLoadError,
            "its arrange() gives one column twice",
        ),
        (
            lambda lines: (_ for _ in ()).throw(InvalidTableError("t", "is odd", "stop")),
            InvalidTableError,
            "bytes is odd; stop",
        ),
        (
            lambda lines: (_ for _ in ()).throw(MissingColumnsError("t", ["Cups"], [], "go")),
            MissingColumnsError,
            "bytes lacks the columns ['Cups']; it has []; go",
        ),
        (
            lambda lines: (_ for _ in ()).throw(UnknownNameError("cup", "XL", ["S"])),
            UnknownNameError,
            "there is no cup 'XL'",
        ),
        (
            lambda lines: lines.assign(aside="because"),
            UnknownNameError,
            "there is no reason to set a row aside 'because'",
        ),
    ],
    ids=["crash", "nothing", "a column twice", "table", "columns", "name", "reason"],
)
def test_what_goes_wrong_in_a_source_is_said_in_one_line(
    arrange: Any, error: type[Exception], text: str
) -> None:
    """With the name of the file, which a source does not know."""
    with pytest.raises(error) as caught:
        read_orders(FILE, source=Stand(arrange))

    assert text in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_forced_source_that_does_not_fit_names_what_is_missing() -> None:
    """The headers that it looks for, those that there are, and the way out."""
    with pytest.raises(MissingColumnsError) as caught:
        read_orders(PLAIN.replace(b"amount", b"Paid"), source=Stand(lambda lines: lines))

    assert str(caught.value) == (
        "bytes lacks the columns ['Cups', 'Kid', 'When']; it has ['customer_id', 'order_id', "
        "'ordered_at', 'Paid']; a file of 'stand' has them: export it again, or leave source= out"
    )


def test_a_mapping_goes_before_what_a_source_says() -> None:
    """The caller's header is read in its place; one that is not there is named with the file."""
    stand = Stand(lambda lines: lines)

    orders = read_orders(FILE, source=stand, columns={"customer_id": "Cups", "quantity": "Cups"})

    assert orders.table[["customer_id", "quantity"]].to_numpy().tolist() == [
        ["2", 2.0],
        ["1", 1.0],
    ]
    with pytest.raises(MissingColumnsError, match=r"bytes lacks the columns \['Age'\]"):
        read_orders(FILE, source=stand, columns={"customer_id": "Age"})


def test_what_a_source_gives_is_kept_where_it_says_something() -> None:
    """Channel and currency of the source fill empty cells, and its problems go before ours."""

    def arrange(lines: pd.DataFrame) -> pd.DataFrame:
        return lines.assign(
            sales_channel=["pier", " "], currency=["usd", None], problem=[None, "spilt"]
        )

    stand = Stand(arrange)
    stand.sales_channel, stand.currency = "stand", "USD"
    orders = read_orders(FILE, source=stand)

    assert orders.table["sales_channel"].to_list() == ["pier"]
    assert orders.set_aside[["detail", "sales_channel"]].to_numpy().tolist() == [
        ["spilt", "stand"]
    ]


class Till(OrderSource):
    """A source of two kinds of file."""

    name = "till"
    kinds = {  # noqa: RUF012 -- short for a test
        "bills": (("Bill",), ("Sum",)),
        "guests": (("Bill",), ("Guest",)),
    }

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Look up who paid a bill."""
        guests = tables.get("guests", pd.DataFrame({"Bill": [], "Guest": []}))
        known = guests.set_index("Bill")["Guest"]
        bills = tables["bills"]
        paid = pd.DataFrame(
            {
                "order_id": bills["Bill"],
                "customer_id": bills["Bill"].map(known.to_dict()),
                "ordered_at": "2024-07-01",
                "amount": bills["Sum"],
            }
        )
        told = pd.DataFrame(
            {"order_id": guests["Bill"], "ordered_at": "2024-07-01", "amount": 0.0}
        ).assign(aside="order summary")
        return pd.concat([told, paid])


def test_files_of_a_source_with_several_kinds_are_read_together(tmp_path: Path) -> None:
    """All its files meet, each row knows its file, and a repeated file counts once."""
    bills = "Bill,Sum\nB1,5\nB2,7\n"
    (tmp_path / "1.csv").write_text(bills)
    (tmp_path / "2.csv").write_text("Bill,Guest\nB1,Mina\nB3,Bo\n")
    (tmp_path / "3.csv").write_text("Bill,Sum\nB3,9\nB1,5\n")

    orders = read_orders(tmp_path, source=Till())

    lines = orders.table[["order_id", "customer_id", "amount"]].join(
        orders.places[["source", "row"]]
    )
    assert lines.to_numpy().tolist() == [
        ["B1", "Mina", 5.0, "1.csv", 1],
        ["B3", "Bo", 9.0, "3.csv", 1],
    ]
    assert orders.set_aside[["source", "row", "reason"]].to_numpy().tolist() == [
        ["1.csv", 2, "unknown customer"],
        ["2.csv", 1, "order summary"],
        ["2.csv", 2, "order summary"],
        ["3.csv", 2, "duplicate line"],
    ]
    assert orders.set_aside["detail"][1] == "the source says so"
