"""A folder of files of several sales channels, as a marketer has them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crmlib.datasets import make_order_file, make_order_folder
from crmlib.tables import read_csv

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files of four channels, with 120 people behind them."""
    path = tmp_path_factory.mktemp("folder") / "orders"
    make_order_folder(path, n_people=120, seed=2, password="sesame")
    return path


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the password of the encrypted workbook where the command looks."""
    monkeypatch.setenv("WORKBOOK_PASSWORD", "sesame")


def test_a_folder_becomes_one_history(crmlib: Run, folder: Path, tmp_path: Path) -> None:
    """People behind accounts, what each channel shares with the others, and what was set aside."""
    done = crmlib(
        "segment",
        folder,
        *("--password-env", "WORKBOOK_PASSWORD", "--timezone", "Asia/Seoul"),
        *("--set-aside", tmp_path / "aside.csv", "--out", tmp_path / "customers.csv"),
    )

    assert done.code == 0
    assert "The same by file" in done.out
    assert "people behind" in done.out
    assert "also on cafe24" in done.out
    customers = read_csv(tmp_path / "customers.csv")
    assert customers["customer_id"].is_unique
    assert customers["segment"].notna().all()
    assert read_csv(tmp_path / "aside.csv")["source"].nunique() == 4


def test_a_program_gets_the_same_numbers(crmlib: Run, folder: Path) -> None:
    """Fewer people than accounts, as many as there are customers, and every row counted."""
    made = crmlib("segment", folder, "--password-env", "WORKBOOK_PASSWORD", "--json").json

    people = made["people"]
    assert people["people"] < people["accounts"]
    assert people["people"] == sum(row["customers"] for row in made["segments"])
    assert {row["sales_channel"] for row in people["overlap"]} == {
        *("cafe24", "coupang", "shopify", "smartstore")
    }
    assert len(made["files"]) == 4
    rows = {row["order lines"]: row for row in made["orders"]}
    assert rows["in"]["rows"] == sum(file["rows"] for file in made["files"])
    assert rows["used"]["customers"] == people["people"]


def test_a_product_table_names_the_products_of_all_channels(
    crmlib: Run, folder: Path, tmp_path: Path
) -> None:
    """Rules know products by the names of the table, and what it lacks is told."""
    options = ("--password-env", "WORKBOOK_PASSWORD")
    crmlib("products", folder, "--out", "products.csv", *options)
    lines = (tmp_path / "products.csv").read_text("utf-8-sig").splitlines()
    (tmp_path / "products.csv").write_text("\n".join(lines[:-1]), "utf-8")
    named = crmlib("segment", folder, "--product-names", "products.csv", *options)
    told = crmlib("segment", folder, "--product-names", "products.csv", *options, "--json").json
    spared = crmlib(
        "segment", folder, "--product-names", "products.csv", "--out", "products.csv", *options
    )

    assert named.code == 0
    assert "lines have a product that the product table lacks, 1 in all" in named.err
    assert len(told["product_names"]["unmatched"]) == 1
    assert spared.code == 3


def test_accounts_can_stay_apart(crmlib: Run, folder: Path) -> None:
    """With --no-link each account is a customer."""
    options = ("--password-env", "WORKBOOK_PASSWORD", "--json")
    linked = crmlib("segment", folder, *options).json
    apart = crmlib("segment", folder, "--no-link", *options).json

    assert "people" not in apart
    assert sum(row["customers"] for row in apart["segments"]) == linked["people"]["accounts"]


def test_a_password_that_is_not_set_is_told(crmlib: Run, folder: Path) -> None:
    """The error names the variable; without one it says that the workbook is encrypted."""
    missing = crmlib("segment", folder, "--password-env", "NO_SUCH_VARIABLE")
    encrypted = crmlib("segment", folder)

    assert missing.code == encrypted.code == 3
    assert "NO_SUCH_VARIABLE" in missing.err
    assert "is encrypted" in encrypted.err
    assert "--password-env VARIABLE" in encrypted.err


def test_a_source_can_be_forced(crmlib: Run, tmp_path: Path) -> None:
    """A file that is none of that source is refused."""
    file = make_order_file("shopify", tmp_path, n_orders=20)

    assert crmlib("segment", file.paths[0], "--source", "shopify").code == 0
    wrong = crmlib("segment", file.paths[0], "--source", "amazon")
    assert wrong.code == 3
    assert "a file of 'amazon' has them" in wrong.err


def test_several_files_are_one_history(crmlib: Run, tmp_path: Path) -> None:
    """The same file under two names counts once."""
    lines = {"customer_id": ["a", "b"], "order_id": ["1", "2"], "line_id": ["x", "y"]}
    table = pd.DataFrame({**lines, "ordered_at": "2026-01-01", "amount": "10"})
    for name in ("may.csv", "june.csv"):
        table.to_csv(tmp_path / name, index=False)

    made = crmlib("segment", tmp_path / "may.csv", tmp_path / "june.csv", "--json").json

    assert {row["order lines"]: row["rows"] for row in made["orders"]} == {
        "used": 2,
        "duplicate line": 2,
        "in": 4,
    }
