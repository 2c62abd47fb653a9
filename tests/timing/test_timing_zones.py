"""Zones of customers, and local times as instants."""

import pandas as pd
import pytest

from crmlib.exceptions import DataQualityWarning, InvalidParameterError
from crmlib.timing import resolve_zones, to_utc


@pytest.mark.parametrize(
    ("zone", "local", "fold", "expected"),
    [
        pytest.param("America/New_York", "2024-03-10 02:30", 0, "2024-03-10 07:30", id="NY-gap"),
        pytest.param("America/New_York", "2024-11-03 01:30", 0, "2024-11-03 05:30", id="NY-first"),
        pytest.param(
            "America/New_York", "2024-11-03 01:30", 1, "2024-11-03 06:30", id="NY-second"
        ),
        pytest.param("Europe/London", "2024-03-31 01:30", 0, "2024-03-31 01:30", id="London-gap"),
        pytest.param("Australia/Lord_Howe", "2024-04-07 01:45", 0, "2024-04-06 14:45", id="LH-1"),
        pytest.param("Australia/Lord_Howe", "2024-04-07 01:45", 1, "2024-04-06 15:15", id="LH-2"),
        pytest.param("Asia/Kolkata", "2026-01-05 10:00", 0, "2026-01-05 04:30", id="half-hour"),
    ],
)
def test_local_times_become_instants(zone: str, local: str, fold: int, expected: str) -> None:
    """Gaps and folds are resolved as PEP 495 says, at the anchors of the methods page."""
    instants = to_utc(pd.DatetimeIndex([local]), zone, fold=fold)

    assert instants[0] == pd.Timestamp(expected, tz="UTC")
    assert str(instants.dtype) == "datetime64[us, UTC]"


def test_what_is_no_local_time_is_refused() -> None:
    """An aware time, another fold, or an unknown zone is an error."""
    naive = pd.DatetimeIndex(["2026-01-05 10:00"])

    with pytest.raises(InvalidParameterError, match="times without a zone"):
        to_utc(naive.tz_localize("UTC"), "UTC")
    with pytest.raises(InvalidParameterError, match="fold must be 0 or 1"):
        to_utc(naive, "UTC", fold=2)
    with pytest.raises(InvalidParameterError, match="IANA zone"):
        to_utc(naive, "Asia/Soul")


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
