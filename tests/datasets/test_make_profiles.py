"""Synthetic people: reachable by nobody, varied as people are."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from pandas.testing import assert_frame_equal

from crmlib.addresses import normalize_email, normalize_phone
from crmlib.datasets import make_profiles
from crmlib.exceptions import InvalidParameterError

IDS = [str(number) for number in range(12_346, 14_346)]


def test_same_arguments_make_the_same_people() -> None:
    """Profiles are a pure function of their arguments; ids keep their order."""
    one, two = make_profiles(IDS, seed=3), make_profiles(iter(IDS), seed=3)

    assert_frame_equal(one, two)
    assert one["customer_id"].tolist() == IDS
    assert not one.equals(make_profiles(IDS, seed=4))


def test_addresses_reach_nobody() -> None:
    """Mail goes to example.com only; every phone number has the shape of its country."""
    profiles = make_profiles(IDS)
    emails = profiles["email"].dropna()
    right = emails[emails.str.contains("@")]

    assert right.str.endswith("@example.com").all()
    assert (right.map(normalize_email) == right).all()
    for phone in profiles["phone"].dropna():
        assert normalize_phone(phone) == phone
        assert phone.startswith(("+82100", "+447700900", "+121255501", "+659000"))


def test_gaps_are_as_frequent_as_said() -> None:
    """About 3 of 100 have no mail address, 1 a mistyped one, 1 that of another."""
    profiles = make_profiles(IDS)
    emails = profiles["email"]

    assert emails.isna().mean() == pytest.approx(0.03, abs=0.012)
    assert (~emails.dropna().str.contains("@")).mean() == pytest.approx(0.01, abs=0.007)
    assert emails.dropna().duplicated().mean() == pytest.approx(0.01, abs=0.007)
    assert profiles["gender"].isna().mean() == pytest.approx(0.04, abs=0.015)


def test_ages_are_reckoned_at_the_end_date() -> None:
    """On the end date everybody is from 20 to 69 years old."""
    profiles = make_profiles(IDS, end_date="2011-12-09")
    born = profiles["birth_date"].dropna()

    assert born.min() > "1941-12-09"
    assert born.max() < "1991-12-10"


@pytest.mark.parametrize(
    ("country", "zone", "locale"),
    [
        ("KR", "Asia/Seoul", "ko-KR"),
        ("GB", "Europe/London", "en-GB"),
        ("US", "America/New_York", "en-US"),
        ("SG", "Asia/Singapore", "en-SG"),
    ],
)
def test_most_live_in_the_country(country: str, zone: str, locale: str) -> None:
    """88 of 100 live in the country, the others elsewhere; all zones exist."""
    profiles = make_profiles(IDS, country=country)

    assert (profiles["locale"] == locale).mean() == pytest.approx(0.88, abs=0.03)
    assert (profiles["timezone"] == zone).mean() == pytest.approx(0.87, abs=0.03)
    assert profiles["timezone"].nunique() == 4
    for name in profiles["timezone"].dropna().unique():
        assert ZoneInfo(name).key == name


def test_unknown_country() -> None:
    """A country without people is refused."""
    with pytest.raises(InvalidParameterError, match="country must be one of"):
        make_profiles(IDS, country="FR")


def test_nobody() -> None:
    """No customers give an empty table with all columns."""
    profiles = make_profiles([])

    assert profiles.shape == (0, 10)
