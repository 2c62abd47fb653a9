"""The saved files go through the front doors that a user's files go through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlib.sources import read_orders
from crmlib.tables import check_consents, check_engagements, check_profiles

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.datasets import Shop
    from crmlib.tables import Orders


@pytest.fixture(scope="module")
def folder(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the files of the default shop."""
    path = tmp_path_factory.mktemp("shop")
    shop.save(path)
    return path


def test_order_files_need_no_mapping(shop: Shop, orders: Orders, folder: Path) -> None:
    """The three files, read without a column mapping, give what the raw lines give."""
    read = [
        read_orders(folder / f"orders-{name}.csv", timezone=shop.timezone)
        for name in ("own-mall", "marketplace", "shop")
    ]

    assert sum(each.rows_in for each in read) == orders.rows_in
    assert_frame_equal(pd.concat([each.table for each in read], ignore_index=True), orders.table)


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("profiles", check_profiles),
        ("consents", check_consents),
        ("engagements", check_engagements),
    ],
)
def test_other_files_are_canonical(shop: Shop, folder: Path, name: str, check: object) -> None:
    """Profiles, consents and engagements pass their checks, saved or not, and stay the same."""
    saved = check(pd.read_csv(folder / f"{name}.csv", dtype="str"))

    assert_frame_equal(saved, check(getattr(shop, name)))
    assert len(saved) == len(getattr(shop, name))
