"""Quiet hours: one instant, and whole hours of a table of slots."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import policies
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Purpose
from crmlib.policies import ConsentKind, PolicyRule, QuietHours

ZONES = ["Asia/Seoul", "America/New_York", "Europe/London", "Asia/Kathmandu", "UTC"]


def _seoul(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, 2, hour, minute, second, tzinfo=ZoneInfo("Asia/Seoul"))


@pytest.mark.parametrize("medium", ["sms", "kakao", "push", "chat", "whatsapp"])
@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        (_seoul(7, 59, 59), True),
        (_seoul(8), False),
        (_seoul(20, 49, 59), False),
        (_seoul(20, 50), True),
        (_seoul(21), True),
        (_seoul(0), True),
    ],
    ids=["07:59:59", "08:00", "20:49:59", "20:50", "21:00", "00:00"],
)
def test_korean_night_for_phones(medium: str, at: datetime, quiet: bool) -> None:
    """Art. 50(3): 21:00 to 08:00 in Seoul is quiet on phones, from 10 minutes before."""
    rule = policies.load("KR").rule(medium, "advertising")

    assert rule.is_quiet(at, "Asia/Seoul", night_consent=False) is quiet
    assert rule.is_quiet(at.astimezone(UTC), "America/New_York", night_consent=False) is quiet
    assert rule.is_quiet(at, "Asia/Seoul", night_consent=True) is (quiet and medium == "kakao")


def test_kakao_takes_no_brand_message_by_night() -> None:
    """Consent for the night lifts the law's hours; those of Kakao, from 20:50, stay."""
    rule = policies.load("KR").rule("kakao", "advertising")

    by_law, by_kakao = rule.quiet_hours_at(_seoul(20, 50), "Asia/Seoul", night_consent=False)

    assert [c.key for c in by_law.citations] == ["night", "night-margin"]
    assert [c.key for c in by_kakao.citations] == ["brand-message"]
    assert rule.quiet_hours_at(_seoul(20, 50), "Asia/Seoul", night_consent=True) == (by_kakao,)


def test_korean_email_has_no_night() -> None:
    """Decree art. 61(2) exempts e-mail from the night rule."""
    rule = policies.load("KR").rule("email", "advertising")

    assert not any(rule.is_quiet(_seoul(hour), "Asia/Seoul", False) for hour in range(24))


@pytest.mark.parametrize(
    ("zone", "quiet"),
    [("America/New_York", False), ("America/Los_Angeles", True)],
)
def test_us_hours_are_those_of_the_recipient(zone: str, quiet: bool) -> None:
    """47 CFR 64.1200(c)(1): at 9:00 in New York it is still too early in Los Angeles."""
    at = datetime(2026, 11, 2, 9, tzinfo=ZoneInfo("America/New_York"))
    rule = policies.load("US").rule("sms", "advertising")

    assert rule.is_quiet(at, zone, night_consent=False) is quiet
    assert rule.is_quiet(at, zone, night_consent=True) is quiet


def test_a_union_is_quiet_whenever_a_part_is() -> None:
    """Korean night consent does not lift the American hours."""
    rule = policies.load("KR", "US").rule("sms", "advertising")

    assert rule.is_quiet(_seoul(23), "Asia/Seoul", night_consent=True)
    assert rule.is_quiet(_seoul(23), "Europe/London", night_consent=False)
    assert not rule.is_quiet(_seoul(23), "Europe/London", night_consent=True)


def test_a_naive_instant_is_refused() -> None:
    """An instant without a zone is an error, never a guess."""
    rule = policies.load("KR").rule("sms", "advertising")

    with pytest.raises(InvalidParameterError, match="at must be an aware datetime"):
        rule.is_quiet(datetime(2026, 11, 2, 9), "Asia/Seoul", False)  # noqa: DTZ001 -- the point


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "/etc/passwd", "A\0B"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    """A zone that does not exist is an error, never a silent default."""
    rule = policies.load("US").rule("sms", "advertising")

    with pytest.raises(InvalidParameterError, match="timezone must be an IANA zone"):
        rule.is_quiet(_seoul(9), zone, False)


def test_permits_hour_asks_for_the_whole_hour() -> None:
    """With a margin of 10 minutes the hour from 20:00 is not wholly open, that from 19:00 is."""
    slots = pd.date_range("2026-11-02", periods=24, freq="h", tz="Asia/Seoul")
    rule = policies.load("KR").rule("push", "advertising")
    expected = [8 <= hour < 20 for hour in range(24)]

    assert rule.permits_hour(slots, night_consent=False).tolist() == expected
    assert rule.permits_hour(slots, night_consent=True).all()


def test_permits_hour_counts_in_the_zone_of_the_law() -> None:
    """For a customer in London the hours open in Seoul are those before noon."""
    slots = pd.date_range("2026-11-02", periods=24, freq="h", tz="Europe/London")
    rule = policies.load("KR").rule("sms", "advertising")
    expected = [hour < 11 or hour == 23 for hour in range(24)]

    assert rule.permits_hour(slots, night_consent=False).tolist() == expected


def test_permits_hour_of_no_slots() -> None:
    """No slots give no answers."""
    slots = pd.DatetimeIndex([], tz="Asia/Seoul")
    rule = policies.load("KR").rule("sms", "advertising")

    assert rule.permits_hour(slots, night_consent=False).shape == (0,)


def test_permits_hour_sees_a_clock_that_jumps_within_the_hour() -> None:
    """At Lord Howe clocks go from 02:00 to 02:30: the hour from 01:30 reaches 02:45."""
    rule = _rule(time(2, 45), time(4), zone=None, margin=0)
    slots = pd.DatetimeIndex(
        ["2026-10-04 01:20", "2026-10-04 01:10", "2026-10-05 01:20"], tz="Australia/Lord_Howe"
    )

    assert rule.permits_hour(slots, night_consent=False).tolist() == [False, True, True]


def _rule(start: time, end: time, *, zone: str | None, margin: int) -> PolicyRule:
    quiet = QuietHours(
        start=start,
        end=end,
        zone=zone,
        night_consent=False,
        margin_minutes=margin,
        citations=(),
    )
    return PolicyRule(
        jurisdictions=("test",),
        medium="sms",
        purpose=Purpose.ADVERTISING,
        consent=ConsentKind.OPT_IN,
        consent_citations=(),
        quiet_hours=(quiet,),
    )


minutes_of_day = st.integers(0, 1439)
instants = st.integers(1_704_067_200, 1_830_297_600).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)


@given(
    start=minutes_of_day,
    length=st.integers(1, 1200),
    margin=st.integers(0, 200),
    zone=st.sampled_from([None, *ZONES]),
    own=st.sampled_from(ZONES),
    at=instants,
)
@settings(max_examples=150, deadline=None)
def test_an_hour_is_permitted_if_no_instant_of_it_is_quiet(
    *, start: int, length: int, margin: int, zone: str | None, own: str, at: datetime
) -> None:
    """permits_hour is is_quiet, asked of every half minute of the hour."""
    end = (start + length) % 1440
    rule = _rule(
        time(start // 60, start % 60), time(end // 60, end % 60), zone=zone, margin=margin
    )
    slot = at.replace(second=at.second // 30 * 30, microsecond=0)
    steps = [slot + timedelta(seconds=30 * step) for step in range(120)]
    expected = not any(rule.is_quiet(step, own, night_consent=False) for step in steps)

    slots = pd.DatetimeIndex([slot]).tz_convert(own)

    assert rule.permits_hour(slots, night_consent=False).tolist() == [expected]


@given(at=instants, zone=st.sampled_from(ZONES), night=st.booleans())
@settings(max_examples=100, deadline=None)
def test_one_instant_and_many_agree(at: datetime, zone: str, night: bool) -> None:
    """covers_each gives for an array what covers gives for one."""
    for quiet in policies.load("KR", "US").rule("sms", "advertising").quiet_hours:
        many = quiet.covers_each(pd.DatetimeIndex([at]).tz_convert(zone))

        assert many.dtype == np.bool_
        assert many.tolist() == [quiet.covers(at, zone)]
