"""Synthetic consents: events in time, some withdrawn."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlib.datasets import make_consents, make_profiles

PROFILES = make_profiles([f"C{number}" for number in range(3000)], seed=9)


def test_same_arguments_make_the_same_events() -> None:
    """Consents are a pure function of their arguments."""
    one = make_consents(PROFILES, seed=1)

    assert_frame_equal(one, make_consents(PROFILES, seed=1))
    assert not one.equals(make_consents(PROFILES, seed=2))


def test_columns_are_canonical() -> None:
    """Events are typed, in the order of time, and end with the end date."""
    consents = make_consents(PROFILES, end_date="2011-12-09")

    assert list(consents) == [
        "customer_id",
        "channel",
        "purpose",
        "granted",
        "at",
        "source",
        "wording",
    ]
    assert consents["at"].dtype == "datetime64[us, UTC]"
    assert consents["granted"].dtype == bool
    assert consents["at"].is_monotonic_increasing
    assert consents["at"].max() < pd.Timestamp("2011-12-10", tz="UTC")
    assert not consents.isna().any(axis=None)


def test_shares_are_as_said() -> None:
    """86 of 100 once agreed to mail; 7 of 100 of these withdrew, some came back."""
    consents = make_consents(PROFILES)
    mail = consents[(consents["channel"] == "email") & (consents["purpose"] == "advertising")]
    granted = mail[mail["granted"]]

    agreed = granted["customer_id"].nunique()
    withdrew = mail[~mail["granted"]]["customer_id"].nunique()

    assert agreed / len(PROFILES) == pytest.approx(0.86, abs=0.02)
    assert withdrew / agreed == pytest.approx(0.07, abs=0.02)
    assert len(granted) > agreed


def test_a_withdrawal_follows_a_consent() -> None:
    """Nobody withdraws what was never given."""
    consents = make_consents(PROFILES)

    first = consents.drop_duplicates(["customer_id", "channel", "purpose"])

    assert first["granted"].all()
    assert set(consents["channel"]) == {"email", "sms", "*"}
    assert set(consents["purpose"]) == {"advertising", "night"}


def test_koreans_agree_in_korean() -> None:
    """The wording is in the language of the customer."""
    consents = make_consents(PROFILES).merge(PROFILES[["customer_id", "locale"]])
    korean = consents["locale"] == "ko-KR"

    assert set(consents["wording"][korean & ~consents["granted"]]) == {"수신 거부"}
    assert set(consents["wording"][~korean & ~consents["granted"]]) == {"Please stop"}


def test_profiles_without_locale() -> None:
    """Where no locale is known the wording is English."""
    consents = make_consents(PROFILES[["customer_id"]])

    assert consents["wording"].str.isascii().all()
