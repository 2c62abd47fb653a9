"""Profiles in canonical columns."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.exceptions import DataQualityWarning, InvalidTableError, MissingColumnsError
from crmlib.tables import check_profiles


def test_profiles_get_canonical_types() -> None:
    """Texts are stripped, genders named, birth dates are dates; other columns stay."""
    given = pd.DataFrame(
        {
            "customer_id": [1.0, 2.0, 3.0],
            "name": [" Mina ", "", None],
            "gender": ["여", "M", "Nonbinary"],
            "birth_date": ["2000-02-29", None, "19991231"],
            "timezone": ["Asia/Seoul", None, ""],
            "occupation": ["student", None, "nurse"],
        },
        index=[7, 8, 9],
    )
    before = given.copy()

    profiles = check_profiles(given)

    assert profiles.index.to_list() == [0, 1, 2]
    assert profiles["customer_id"].to_list() == ["1", "2", "3"]
    assert profiles["name"].fillna("-").to_list() == ["Mina", "-", "-"]
    assert profiles["gender"].to_list() == ["female", "male", "nonbinary"]
    assert profiles["birth_date"].dt.strftime("%Y-%m-%d").fillna("-").to_list() == [
        "2000-02-29",
        "-",
        "1999-12-31",
    ]
    assert profiles["timezone"].fillna("-").to_list() == ["Asia/Seoul", "-", "-"]
    assert profiles["occupation"].fillna("-").to_list() == ["student", "-", "nurse"]
    pd.testing.assert_frame_equal(given, before)


def test_blank_texts_of_other_columns_are_missing() -> None:
    """An occupation of "" is none; numbers and what is no text stay as they are."""
    given = pd.DataFrame(
        {
            "customer_id": ["C1", "C2"],
            "occupation": ["", "nurse"],
            "tier": pd.Categorical(["  ", "gold"]),
            "children": [0, 2],
            "tags": [[], ["new"]],
        }
    )

    profiles = check_profiles(given)

    assert profiles["occupation"].isna().to_list() == [True, False]
    assert profiles["tier"].isna().to_list() == [True, False]
    unchanged = ["children", "tags"]
    pd.testing.assert_frame_equal(profiles[unchanged], given[unchanged])


def test_profiles_may_be_indexed_by_customer() -> None:
    """The index becomes the column customer_id."""
    given = pd.DataFrame({"name": ["Mina"]}, index=pd.Index(["C1"], name="customer_id"))

    assert check_profiles(given)["customer_id"].to_list() == ["C1"]


@pytest.mark.parametrize(
    ("column", "cells", "text"),
    [
        ("timezone", ["Mars/Base", "Asia/Seoul"], "1 time zones of profiles are not in IANA's"),
        ("birth_date", ["1990-02-30", "1990-02-28"], "1 birth dates of profiles cannot be read"),
    ],
    ids=["zone", "birth date"],
)
def test_cells_that_cannot_be_are_emptied_and_counted(
    column: str, cells: list[str], text: str
) -> None:
    """An unknown zone or an impossible birth date is unknown, and a warning counts it."""
    given = pd.DataFrame({"customer_id": ["C1", "C2"], column: cells})

    with pytest.warns(DataQualityWarning, match=text):
        profiles = check_profiles(given)

    assert profiles[column].isna().to_list() == [True, False]


def test_profiles_without_id_are_left_out_and_counted() -> None:
    """Nobody can be reached through them."""
    with pytest.warns(DataQualityWarning, match="2 profiles without customer_id are left out"):
        profiles = check_profiles(pd.DataFrame({"customer_id": ["", "C1", None]}))

    assert profiles["customer_id"].to_list() == ["C1"]


def test_a_customer_has_one_profile() -> None:
    """Two profiles of one customer are an error that names the row."""
    with pytest.raises(InvalidTableError) as caught:
        check_profiles(pd.DataFrame({"customer_id": ["C1", "C2", "C1"]}))

    assert str(caught.value) == (
        "profiles repeats customer_id in 1 of 3 rows, first in row 3; "
        "keep one profile per customer"
    )


def test_profiles_need_customer_ids() -> None:
    """Without them nothing can be joined."""
    with pytest.raises(MissingColumnsError, match="customer_id"):
        check_profiles(pd.DataFrame({"name": ["Mina"]}))
