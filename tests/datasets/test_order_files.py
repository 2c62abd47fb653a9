"""Order files that are made up: pure functions, everybody invented, a truth that adds up."""

import io
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlib.datasets import OrderFile, list_order_files, make_order_file
from crmlib.exceptions import (
    InvalidParameterError,
    MissingExtraError,
    UnknownNameError,
    UnsupportedFeatureError,
)

SOURCES = [
    "smartstore",
    "coupang",
    "cafe24",
    "shopify",
    "woocommerce",
    "amazon",
    "square",
    "online-retail",
]


def cells(path: Path) -> object:
    """Give what a file says: its bytes, or the cells of a workbook."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    page = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[0]
    return list(page.iter_rows(values_only=True))


def test_the_sources() -> None:
    """There is a maker for every source whose files are documented."""
    assert list_order_files() == SOURCES


@pytest.mark.parametrize("source", SOURCES)
def test_one_seed_one_file(source: str, tmp_path: Path) -> None:
    """The same arguments give the same bytes (of a workbook: cells), another seed others."""
    one = make_order_file(source, tmp_path / "a", n_orders=30, seed=5)
    two = make_order_file(source, tmp_path / "b" / "c", n_orders=30, seed=5)
    other = make_order_file(source, tmp_path / "d", n_orders=30, seed=6)

    assert_frame_equal(one.lines, two.lines)
    assert [path.name for path in one.paths] == [path.name for path in two.paths]
    assert [cells(path) for path in one.paths] == [cells(path) for path in two.paths]
    assert cells(one.paths[0]) != cells(other.paths[0])


@pytest.mark.parametrize("source", SOURCES)
def test_the_truth_has_a_row_per_row_of_the_file(source: str, tmp_path: Path) -> None:
    """The truth is typed, as long as the file, and names as many orders as were asked for."""
    file = make_order_file(source, tmp_path, n_orders=80, seed=2)
    lines = file.lines
    content: Any = cells(file.paths[-1])
    n_rows = len(content if isinstance(content, list) else content.decode().splitlines())

    assert file.source == source
    assert list(lines) == [
        *("row", "order_id", "line_id", "ordered_at", "product_id", "product_name"),
        *("quantity", "amount", "refunded", "shipping_fee", "status", "person", "sales_channel"),
    ]
    assert lines["row"].tolist() == list(range(1, n_rows))
    assert lines["ordered_at"].dtype == "datetime64[us, UTC]"
    assert lines["order_id"][~lines["order_id"].str.startswith("C")].nunique() == 80
    assert set(lines["status"]) <= {"sold", "cancelled", "returned", "non-product"}
    assert not lines[["order_id", "amount", "refunded", "shipping_fee"]].isna().any(axis=None)


@pytest.mark.parametrize("source", SOURCES)
def test_money_of_the_truth(source: str, tmp_path: Path) -> None:
    """Nothing is paid back that was not paid, nothing for what was cancelled; cents are whole."""
    lines = make_order_file(source, tmp_path, n_orders=300, seed=3).lines
    sales = lines[lines["status"] == "sold"]
    taken_back = lines[lines["status"] == "returned"]

    assert (sales["amount"] > 0).all()
    assert sales["refunded"].between(0, 0.5 * sales["amount"]).all()
    assert (lines["refunded"][lines["status"].isin(["cancelled", "non-product"])] == 0).all()
    netted = (taken_back["refunded"] == taken_back["amount"]) | (taken_back["amount"] < 0)
    assert netted.all()
    assert (lines["amount"] * 100 % 1).map(lambda rest: min(rest, 1 - rest)).max() < 1e-6
    assert (lines.groupby(["order_id"])["ordered_at"].nunique() <= 2).all()


@pytest.mark.parametrize("source", SOURCES)
def test_nobody_can_be_reached(source: str, tmp_path: Path) -> None:
    """Mail addresses are examples; mobile numbers and virtual ones are in ranges of nobody."""
    file = make_order_file(source, tmp_path, n_orders=200, seed=4)
    text = "\n".join(
        str(cells(path)) if path.suffix == ".xlsx" else path.read_text(encoding="utf-8")
        for path in file.paths
    )

    for address in re.findall(r"[\w.]+@[\w.]+", text):
        assert address.lower().endswith(("@example.com", "@example.org", "@example.net"))
    for phone in re.findall(r"\b01\d-?\d{4}-?\d{4}\b|\+82 ?1\d-?\d{4}-?\d{4}", text):
        assert re.sub(r"\D", "", phone).removeprefix("82").lstrip("0").startswith("100")
    for phone in re.findall(r"\b050\d-\d{4}-\d{4}\b", text):
        assert phone[5] == "0"


def test_a_single_order(tmp_path: Path) -> None:
    """The smallest file has one order of one person."""
    for source in SOURCES:
        lines = make_order_file(source, tmp_path, n_orders=1, seed=1).lines

        assert len(set(lines["order_id"][lines["status"] == "sold"])) <= 1
        assert len(set(lines["person"].dropna())) <= 1


def test_times_are_exact_in_any_zone(tmp_path: Path) -> None:
    """No local time is skipped or comes twice: each can be read back in the zone of the shop."""
    for source in ("woocommerce", "square", "online-retail"):
        file = make_order_file(source, tmp_path, n_orders=2000, seed=8)
        local = file.lines["ordered_at"].dt.tz_convert(file.timezone).dt.tz_localize(None)

        again = local.dt.tz_localize(file.timezone).dt.tz_convert("UTC")
        assert (again == file.lines["ordered_at"]).all()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        pytest.param({"source": "etsy"}, UnknownNameError, "no order file 'etsy'", id="source"),
        pytest.param(
            {"n_orders": 0}, InvalidParameterError, "n_orders must be 1 or more", id="n_orders"
        ),
        pytest.param({"seed": -1}, InvalidParameterError, "seed must be 0 or more", id="seed"),
        pytest.param(
            {"layout": "odd"}, InvalidParameterError, "layout must be one of", id="layout"
        ),
        pytest.param(
            {"source": "cafe24", "encoding": "latin-1"},
            InvalidParameterError,
            "encoding must be one of",
            id="encoding",
        ),
        pytest.param(
            {"password": ""}, InvalidParameterError, "password must be a text", id="no password"
        ),
        pytest.param(
            {"source": "shopify", "password": "geheim"},
            UnsupportedFeatureError,
            "a file of shopify cannot be encrypted",
            id="a text file with a password",
        ),
        pytest.param(
            {"encoding": "cp949"},
            UnsupportedFeatureError,
            "leave out encoding, or make one of ['cafe24']",
            id="a workbook with an encoding",
        ),
        pytest.param(
            {"source": "square", "layout": "old"},
            UnsupportedFeatureError,
            "one of ['smartstore', 'online-retail']",
            id="no old layout",
        ),
    ],
)
def test_what_cannot_be_made(
    arguments: dict[str, Any], error: type[Exception], words: str, tmp_path: Path
) -> None:
    """What makes no sense is refused before anything is written, without telling the password."""
    target = tmp_path / "new"
    with pytest.raises(error, match=re.escape(words)) as raised:
        make_order_file(**{"source": "smartstore", "folder": target, **arguments})

    assert "geheim" not in str(raised.value)
    assert not target.exists()


@pytest.mark.parametrize(
    ("module", "password", "words"),
    [
        pytest.param("openpyxl.workbook.workbook", None, "writing Excel files", id="openpyxl"),
        pytest.param("msoffcrypto.format.ooxml", "pw", "encrypting Excel files", id="msoffcrypto"),
    ],
)
def test_workbooks_need_an_extra(
    module: str,
    password: str | None,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where a package of the extra is missing, the error says which extra to install."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=words) as raised:
        make_order_file("smartstore", tmp_path, password=password)

    assert raised.value.extra == "excel"
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_compared_by_its_tables(tmp_path: Path) -> None:
    """An order file equals itself only, and its text shows no table."""
    file = make_order_file("amazon", tmp_path, n_orders=2)

    assert isinstance(file, OrderFile)
    assert file == file  # noqa: PLR0124 -- the point
    assert "lines" not in repr(file)
    assert isinstance(file.lines, pd.DataFrame)
    assert np.isfinite(file.lines["amount"]).all()
