"""Demographics and crosses on the real households of Complete Journey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pytest

from crmlib.exceptions import DataQualityWarning
from crmlib.features import summarize_customers
from crmlib.segmenters import CrossSegmenter, DemographicSegmenter, KMeansSegmenter, RFMSegmenter
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def households(shared_data: Path) -> pd.DataFrame:
    """Give the 801 households of whom anything is known, with what they bought."""
    folder = shared_data / "complete_journey"
    if not folder.is_dir():
        pytest.skip("Complete Journey is not among the real data of this machine")
    lines = read_orders(folder / "transactions_sample.csv.gz").table
    with pytest.warns(DataQualityWarning, match="4 customers who bought nothing"):
        customers = summarize_customers(
            lines, snapshot_date="2018-01-01", timezone="America/New_York"
        )
    known = pd.read_parquet(folder / "demographics.parquet")
    known = known.astype({"household_id": "str"}).set_index("household_id")
    return customers.join(known, how="inner")


def test_every_household_is_in_one_group(households: pd.DataFrame) -> None:
    """Ages come as bands in texts, which say of which column they are; nobody is lost."""
    segmenter = DemographicSegmenter(["age", "kids_count"], min_size=20)

    sizes = segmenter.fit_predict(households).value_counts()

    assert sizes.sum() == 801
    assert sizes["age 45-54, kids count 0"] == 200
    assert sizes.drop("others").min() >= 20


def test_what_is_not_known_of_households_is_told(households: pd.DataFrame) -> None:
    """Of 137 nobody knows whether they are married: they are groups of their own."""
    segmenter = DemographicSegmenter(["marital_status"])

    assert segmenter.fit_predict(households).value_counts().to_dict() == {
        "Married": 340,
        "Unmarried": 324,
        "not known": 137,
    }


def test_champions_among_families_are_an_audience(households: pd.DataFrame) -> None:
    """The cross holds who is in both; where the table lies in Polars it is the same."""
    rfm, kind = RFMSegmenter(), DemographicSegmenter(["household_comp"])
    both = (rfm.fit_predict(households) == "Champions") & (
        kind.fit_predict(households) == "2 Adults Kids"
    )

    cross = CrossSegmenter([rfm, kind]).fit(households)
    names = cross.predict(households)
    in_polars = cross.add_segments(pl.from_pandas(households.reset_index()))

    assert both.sum() > 20
    assert ((names == "Champions × 2 Adults Kids") == both).all()  # noqa: RUF001 -- the sign
    assert in_polars["segment"].to_list() == names.to_list()


def test_clusters_of_households_are_stable(households: pd.DataFrame) -> None:
    """Three seeds agree on the clusters of real households."""
    segmenter = KMeansSegmenter().fit(households)

    assert segmenter.stability_ > 0.9
    assert segmenter.summary(households)["mean_value"].is_monotonic_decreasing
