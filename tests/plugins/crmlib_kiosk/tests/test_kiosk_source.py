"""The source of a kiosk keeps the promises of crmlib; run with unittest or with pytest."""

import tempfile
import unittest
from pathlib import Path

import pandas as pd
from crmlib_kiosk import KioskSource

from crmlib import read_orders
from crmlib.sources import list_sources, load_source
from crmlib.testing import source_checks

ROLL = """\
Receipt;Sold at;Card no;Article;Price
1;01.07.2026 08:15;K-1;Tea;2,50
1;01.07.2026 08:15;K-1;Deposit;0,25
2;01.07.2026 09:00;;Paper;1.200,00
"""


class TestKioskSource(unittest.TestCase):
    """What a package with a source has to show."""

    def setUp(self) -> None:
        """Write a roll."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "roll.csv")
        self.path.write_text(ROLL, encoding="utf-8")

    def test_it_conforms(self) -> None:
        """The source keeps every promise of the conformance kit."""
        example = pd.read_csv(self.path, sep=";", dtype="str", keep_default_na=False)
        for check in source_checks(KioskSource(), example):
            with self.subTest(str(check)):
                check()

    def test_crmlib_finds_it(self) -> None:
        """The installed package is listed, and its source loads by name."""
        packages = {source.name: source.package for source in list_sources()}

        assert packages["kiosk"] == "crmlib-kiosk"
        assert isinstance(load_source("kiosk"), KioskSource)

    def test_crmlib_recognises_its_files(self) -> None:
        """A roll is read without a word about where it comes from."""
        orders = read_orders(self.path)

        assert orders.table["customer_id"].to_list() == ["kiosk:K-1"]
        assert orders.table["amount"].to_list() == [2.5]
        assert orders.table["ordered_at"].to_list() == [pd.Timestamp("2026-07-01 06:15", tz="UTC")]
        assert orders.set_aside[["reason", "detail", "amount"]].to_numpy().tolist() == [
            ["non-product line", "a deposit", 0.25],
            ["unknown customer", "the customer showed no card", 1200.0],
        ]
