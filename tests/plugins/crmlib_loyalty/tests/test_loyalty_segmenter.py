"""The loyalty segmenter keeps the promises of crmlib; run with unittest or with pytest."""

import tempfile
import unittest
from pathlib import Path

import pandas as pd
from crmlib_loyalty import LoyaltySegmenter

import crmlib as crm
from crmlib.exceptions import InvalidParameterError
from crmlib.segmenters import CrossSegmenter, RFMSegmenter, migration
from crmlib.testing import example_customers, segmenter_checks

CARDS = pd.DataFrame(
    {"points": [900.0, 40.0, 30.0, 10.0, 10.0]},
    index=pd.Index(["ann", "bob", "cho", "dee", "eun"], name="customer_id"),
)


class TestLoyaltySegmenter(unittest.TestCase):
    """What a package with a segmenter has to show."""

    def test_it_conforms(self) -> None:
        """The segmenter keeps every promise of the conformance kit, on a table of its own, too."""
        own = segmenter_checks(LoyaltySegmenter("points"), customers=CARDS)
        for check in [*segmenter_checks(LoyaltySegmenter()), *own]:
            with self.subTest(str(check)):
                check()

    def test_levels_are_shares(self) -> None:
        """A fifth is Gold, two fifths are Silver or better; equal points have one level."""
        segmenter = LoyaltySegmenter("points", gold=0.2, silver=0.4).fit(CARDS)

        assert segmenter.edges_ == {"Gold": 900.0, "Silver": 40.0}
        assert segmenter.predict(CARDS).to_list() == ["Gold", "Silver", "Green", "Green", "Green"]
        assert segmenter.explain(CARDS, "bob") == (
            "bob: Silver; 40 points (Gold from 900, Silver from 40)"
        )

    def test_shares_that_cannot_be(self) -> None:
        """Gold is rarer than Silver."""
        expected = "rising shares between 0 and 1"
        with self.assertRaisesRegex(InvalidParameterError, expected):  # noqa: PT027 -- no pytest
            LoyaltySegmenter(gold=0.4, silver=0.3).fit(example_customers())

    def test_it_is_used_like_ours(self) -> None:
        """It is crossed, saved, loaded, summed up and compared from month to month."""
        customers = example_customers()
        cross = CrossSegmenter([LoyaltySegmenter(), RFMSegmenter()]).fit(customers)
        names = cross.predict(customers)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "cross.json")
            cross.save(file)
            loaded = crm.Segmenter.load(file)

        assert isinstance(loaded.segmenters_[0], LoyaltySegmenter)
        assert loaded.predict(customers).equals(names)
        assert cross.summary(customers)["customers"].sum() == len(customers)
        assert migration(names, names).to_numpy().sum() == len(customers)


if __name__ == "__main__":
    unittest.main()
