"""Zones of customers."""

import pandas as pd
import pytest

from crmlib.exceptions import DataQualityWarning, InvalidParameterError
from crmlib.timing import resolve_zones


def test_known_zones_stay_as_they_are() -> None:
    """Zones that exist come back unchanged, without a warning, whatever type holds them."""
    zones = pd.Series(["Asia/Seoul", "UTC"], index=["ann", "bob"], dtype="category")
    expected = pd.Series(["Asia/Seoul", "UTC"], index=["ann", "bob"], dtype=str)

    pd.testing.assert_series_equal(resolve_zones(zones, fallback="UTC"), expected)


def test_unknown_and_missing_zones_are_counted() -> None:
    """What does not exist becomes the fallback, and the warning counts both kinds."""
    zones = pd.Series(["Mars/Olympus", "Asia/Seoul", None, "../passwd", "Mars/Olympus"])
    with pytest.warns(DataQualityWarning, match="3 customers have a zone that does not") as caught:
        resolved = resolve_zones(zones, fallback="Asia/Tokyo")

    assert resolved.tolist() == ["Asia/Tokyo", "Asia/Seoul", *["Asia/Tokyo"] * 3]
    assert "'Mars/Olympus', '../passwd'" in str(caught[0].message)
    assert "1 have none; they are taken to live in 'Asia/Tokyo'" in str(caught[0].message)


def test_the_fallback_exists() -> None:
    """A fallback that is no zone is refused."""
    with pytest.raises(InvalidParameterError, match="IANA zone"):
        resolve_zones(pd.Series(["UTC"]), fallback="Nowhere")
