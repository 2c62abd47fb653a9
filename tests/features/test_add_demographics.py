"""Who customers are."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.exceptions import DataQualityWarning, InvalidParameterError, InvalidTableError
from crmlib.features import add_demographics


def customers(*ids: str) -> pd.DataFrame:
    """Give a customers table."""
    return pd.DataFrame({"frequency": 1}, index=pd.Index(ids, name="customer_id", dtype="str"))


@pytest.mark.parametrize(
    ("born", "snapshot", "age", "band"),
    [
        ("2000-06-15", "2020-06-14", 19, "10s"),
        ("2000-06-15", "2020-06-15", 20, "20s"),
        ("2000-02-29", "2023-02-28", 22, "20s"),
        ("2000-02-29", "2023-03-01", 23, "20s"),
        ("2000-02-29", "2024-02-28", 23, "20s"),
        ("2000-02-29", "2024-02-29", 24, "20s"),
        ("2015-01-01", "2024-12-31", 9, "under 10"),
        ("2024-12-31", "2024-12-31", 0, "under 10"),
        ("1920-01-01", "2024-12-31", 104, "100s"),
    ],
)
def test_age_is_that_of_the_snapshot(born: str, snapshot: str, age: int, band: str) -> None:
    """Birthdays count on the day; those of 29 February on 1 March of other years."""
    profiles = pd.DataFrame({"customer_id": ["C1"], "birth_date": [born]})

    row = add_demographics(customers("C1"), profiles, snapshot_date=snapshot).loc["C1"]

    assert (row["age"], row["age_band"]) == (age, band)


def test_profiles_stand_beside_customers() -> None:
    """In the order of customers; addresses and birth dates stay out; unknown is missing."""
    profiles = pd.DataFrame(
        {
            "customer_id": ["C3", "C1"],
            "name": ["Jun", "Mina"],
            "email": ["jun@example.com", "mina@example.com"],
            "phone": [None, None],
            "gender": ["m", "f"],
            "birth_date": ["1999-01-01", None],
            "occupation": ["nurse", "student"],
        }
    )
    given = customers("C1", "C2")
    before = given.copy()

    table = add_demographics(given, profiles, snapshot_date="2024-01-01")

    assert table.columns.to_list() == [
        *["frequency", "name", "gender", "occupation", "age", "age_band"],
    ]
    assert table.index.equals(given.index)
    assert table.loc["C1", ["name", "gender", "occupation"]].to_list() == [
        *["Mina", "female", "student"],
    ]
    assert table.loc["C2"].drop("frequency").isna().all()
    assert table["age"].isna().all()
    assert table["age_band"].isna().all()
    assert str(table["age"].dtype) == "Int64"
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize("kind", ["int64", "float64", object], ids=str)
def test_ids_that_are_numbers_are_compared_as_texts(kind: str | type) -> None:
    """Profiles hold texts; the table keeps the ids that it had."""
    numbers = pd.DataFrame({"frequency": 1}, index=pd.Index([7, 10], dtype=kind))
    profiles = pd.DataFrame({"customer_id": ["10", "8"], "region": ["Seoul", "Busan"]})

    table = add_demographics(numbers, profiles, snapshot_date="2024-01-01")

    assert table.index.equals(numbers.index)
    assert table["region"].isna().to_list() == [True, False]
    assert table.loc[10, "region"] == "Seoul"


def test_without_birth_dates_there_are_no_ages() -> None:
    """Only what the profiles have is added."""
    profiles = pd.DataFrame({"customer_id": ["C1"], "region": ["Seoul"]})

    table = add_demographics(customers("C1"), profiles, snapshot_date="2024-01-01")

    assert table.columns.to_list() == ["frequency", "region"]


@pytest.mark.parametrize("born", ["2024-01-02", "1904-01-01"])
def test_impossible_ages_are_unknown_and_counted(born: str) -> None:
    """Not born yet, or 120 years and older."""
    profiles = pd.DataFrame({"customer_id": ["C1"], "birth_date": [born]})

    with pytest.warns(DataQualityWarning, match="^1 birth dates of profiles give no possible age"):
        table = add_demographics(customers("C1"), profiles, snapshot_date="2024-01-01")

    assert table["age"].isna().all()


def test_a_birth_date_that_is_no_day_is_unknown() -> None:
    """30 February was never."""
    profiles = pd.DataFrame({"customer_id": ["C1"], "birth_date": ["1990-02-30"]})

    with pytest.warns(DataQualityWarning, match="1 birth dates of profiles cannot be read"):
        table = add_demographics(customers("C1"), profiles, snapshot_date="2024-01-01")

    assert table["age"].isna().all()


@pytest.mark.parametrize(
    "instant",
    ["2024-01-01T20:00+00:00", pd.Timestamp("2024-01-01T20:00Z")],
    ids=["text", "Timestamp"],
)
def test_ages_hold_at_a_day_not_at_an_instant(instant: str | pd.Timestamp) -> None:
    """20:00 UTC is the next day in Seoul, and no zone is told here."""
    profiles = pd.DataFrame({"customer_id": ["C1"], "birth_date": ["2000-01-02"]})

    with pytest.raises(InvalidParameterError, match="must be a date, as the day of an instant"):
        add_demographics(customers("C1"), profiles, snapshot_date=instant)


def test_profiles_never_replace_what_was_counted() -> None:
    """A column of both tables is an error."""
    profiles = pd.DataFrame({"customer_id": ["C1"], "frequency": [99]})

    with pytest.raises(InvalidTableError, match=r"has the columns \['frequency'\] already"):
        add_demographics(customers("C1"), profiles, snapshot_date="2024-01-01")
