"""What the law wants done after consents and withdrawals, and by when."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from crmlib import policies
from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.policies import Policy, list_duties

if TYPE_CHECKING:
    from pathlib import Path

KOREA = policies.load("KR")
Event = tuple[str, str, str, bool, str]


def log(*events: Event, topic: str = "") -> pd.DataFrame:
    """Give a log of (customer, channel, purpose, granted, at)."""
    columns = ["customer_id", "channel", "purpose", "granted", "at"]
    table = pd.DataFrame(list(events), columns=columns).astype({"granted": bool})
    return table.assign(at=pd.to_datetime(table["at"], utc=True, format="ISO8601"), topic=topic)


def said(at: str, *, granted: bool = True, channel: str = "email") -> Event:
    """Give an event of the customer C."""
    return "C", channel, "advertising", granted, at


def told(duty: str, *days: str, outcome: str = "sent") -> pd.DataFrame:
    """Give notices to C at nine o'clock in Seoul on *days*."""
    at = [f"{day}T09:00+09:00" for day in days]
    return pd.DataFrame({"customer_id": "C", "duty": duty, "at": at, "outcome": outcome})


def due(duties: pd.DataFrame, duty: str) -> list[str]:
    """Give the last days of one duty."""
    return duties.loc[duties["duty"] == duty, "due"].dt.strftime("%Y-%m-%d").to_list()


@pytest.mark.parametrize(
    ("event", "on", "expected", "overdue"),
    [
        (said("2026-11-10T09:00+09:00"), date(2026, 11, 10), "2026-11-24", False),
        (said("2026-11-10T09:00+09:00", granted=False), date(2026, 11, 24), "2026-11-24", False),
        (said("2026-11-10T09:00+09:00"), date(2026, 11, 25), "2026-11-24", True),
        (said("2026-11-09T15:00+00:00"), date(2026, 11, 25), "2026-11-24", True),
    ],
    ids=["consent", "withdrawal-on-the-last-day", "a-day-late", "the-day-of-Seoul-counts"],
)
def test_the_result_is_told_within_14_days(
    event: Event, on: date, expected: str, overdue: bool
) -> None:
    """KR art. 50(7): 14 days after a consent, a refusal or a withdrawal, with the source."""
    duties = list_duties(KOREA, log(event), on=on)

    assert due(duties, "result-notice") == [expected]
    assert duties["is_overdue"].to_list() == [overdue]
    assert duties["event"].to_list() == ["consent" if event[3] else "withdrawal"]
    assert duties["sources"].to_list() == ["KR Network Act art. 50(7)"]
    assert duties["task"].str.startswith("tell the customer the result").all()


def test_a_notice_that_was_sent_discharges_what_it_tells() -> None:
    """An event is done with once a notice tells of it; a later event, or a plan, is not."""
    consents = log(said("2026-11-10T00:00Z"), said("2026-11-12T00:00Z", granted=False))
    on = date(2026, 11, 20)

    assert len(list_duties(KOREA, consents, on=on, notices=told("result-notice"))) == 2
    for day, open_events in (("2026-11-11", ["withdrawal"]), ("2026-11-13", [])):
        found = list_duties(KOREA, consents, on=on, notices=told("result-notice", day))
        assert found["event"].to_list() == open_events
    other = told("consent-reminder", "2026-11-13")
    assert len(list_duties(KOREA, consents, on=on, notices=other)) == 2
    until = told("result-notice", "2026-11-13").assign(until=["2026-11-11T00:00Z"])
    assert list_duties(KOREA, consents, on=on, notices=until)["event"].to_list() == ["withdrawal"]


def test_a_notice_since_an_instant_tells_of_nothing_before() -> None:
    """A page that shows one answer discharges that one, and no earlier consent."""
    events = log(said("2026-11-02T09:00+09:00"), said("2026-11-20T09:00+09:00", granted=False))
    page = told("result-notice", "2026-11-20").assign(
        since="2026-11-20T09:00+09:00", until="2026-11-20T09:00+09:00"
    )
    both = pd.concat(
        [page, told("result-notice", "2026-11-21").assign(until="2026-11-21T09:00+09:00")]
    )
    open_after = [
        list_duties(KOREA, events, on=date(2026, 11, 28), notices=notices)
        for notices in (None, page, both)
    ]

    owed = [table.loc[table["duty"] == "result-notice", "event"] for table in open_after]
    assert [sorted(events) for events in owed] == [["consent", "withdrawal"], ["consent"], []]


@pytest.mark.parametrize("outcome", ["planned", "unknown"])
def test_a_notice_on_its_way_discharges_nothing(outcome: str) -> None:
    """What waits, or may not have gone, is still owed, and the list says so."""
    notices = told("result-notice", "2026-11-11", outcome=outcome)
    found = list_duties(
        KOREA, log(said("2026-11-10T00:00Z")), on=date(2026, 11, 20), notices=notices
    )

    assert found["notice"].to_list() == [outcome]


@pytest.mark.parametrize(
    ("consent", "on", "expected"),
    [
        ("2024-12-01", date(2026, 11, 1), ["2026-11-30"]),
        ("2024-12-01", date(2026, 10, 30), []),
        ("2024-12-01", date(2026, 12, 1), ["2026-11-30"]),
        ("2022-12-01", date(2026, 12, 5), ["2026-11-30"]),
        ("2024-02-29", date(2026, 2, 27), ["2026-02-27"]),
        ("2024-03-01", date(2026, 2, 27), ["2026-02-28"]),
        ("2026-11-01", date(2026, 11, 28), []),
    ],
    ids=[
        *("30-days-ahead", "not-yet-listed", "missed", "only-the-last-missed"),
        *("29-February", "1-March", "fresh"),
    ],
)
def test_a_consent_is_confirmed_every_two_years(
    consent: str, on: date, expected: list[str]
) -> None:
    """KR art. 50(8): before each second anniversary; the decree counts to the day before it."""
    duties = list_duties(KOREA, log(said(f"{consent}T03:00Z")), on=on)

    assert due(duties, "consent-reminder") == expected
    late = duties.loc[duties["duty"] == "consent-reminder", "is_overdue"].to_list()
    assert late == [day < on.isoformat() for day in expected]


@pytest.mark.parametrize(
    ("notices", "on", "expected"),
    [
        (["2026-11-05"], date(2026, 11, 28), []),
        (["2024-12-02"], date(2026, 11, 28), []),
        (["2026-12-03"], date(2026, 12, 20), []),
        (["2026-12-03"], date(2028, 11, 15), ["2028-11-30"]),
        (["2026-12-03", "2028-06-01"], date(2028, 11, 15), []),
        (["2026-11-05"], date(2028, 11, 15), ["2028-11-30"]),
        (["2026-11-05"], date(2028, 12, 2), ["2028-11-30"]),
    ],
    ids=[
        *("in-time", "soon-after", "late-counts-for-the-missed"),
        *("late-does-not-count-twice", "late-and-then-in-time", "next-period", "next-missed"),
    ],
)
def test_each_period_needs_a_notice_of_its_own(
    notices: list[str], on: date, expected: list[str]
) -> None:
    """A late notice counts for the period that lacked it, and not for the next as well."""
    duties = list_duties(
        KOREA,
        log(said("2024-12-01T03:00Z")),
        on=on,
        notices=told("consent-reminder", *notices),
        done_before=date(2025, 1, 1),
    )

    assert due(duties, "consent-reminder") == expected


def test_only_consents_that_hold_are_confirmed() -> None:
    """Who withdrew, from this or from everything, is not reminded; a new consent counts anew."""
    on, old = date(2026, 11, 20), "2024-12-01T03:00Z"
    cases = {
        "holds": [said(old)],
        "withdrawn": [said(old), said("2025-02-01T00:00Z", granted=False)],
        "all withdrawn": [said(old), said("2025-02-01T00:00Z", granted=False, channel="*")],
        "given anew": [said(old), said("2025-06-01T03:00Z")],
        "withdrawn too late to know": [said(old), said("2026-11-25T00:00Z", granted=False)],
        "one medium withdrawn of all": [
            said(old, channel="*"),
            said("2025-02-01T00:00Z", granted=False),
        ],
    }
    found = {
        name: due(list_duties(KOREA, log(*events), on=on), "consent-reminder")
        for name, events in cases.items()
    }

    held = ["2026-11-30"]
    assert found == {
        "holds": held,
        "withdrawn": [],
        "all withdrawn": [],
        "given anew": [],
        "withdrawn too late to know": held,
        "one medium withdrawn of all": held,
    }


def test_topics_and_nights_are_consents_of_their_own() -> None:
    """Each is confirmed by itself, and a withdrawal from everything ends all of them."""
    consents = pd.concat(
        [
            log(said("2024-12-01T03:00Z"), topic="restock"),
            log(("C", "email", "night", True, "2024-12-02T03:00Z")),
        ],
        ignore_index=True,
    )
    on = date(2026, 11, 20)
    duties = list_duties(KOREA, consents, on=on, done_before=date(2026, 1, 1))
    refused = pd.concat([consents, log(said("2025-01-01T00:00Z", granted=False))])

    assert duties[["purpose", "topic"]].to_numpy().tolist() == [
        ["advertising", "restock"],
        ["night", ""],
    ]
    assert list_duties(KOREA, refused, on=on, done_before=date(2026, 1, 1)).empty


@pytest.mark.parametrize(
    ("country", "channel", "day", "expected"),
    [
        ("US", "email", "2026-11-20", ["2026-12-04"]),
        ("US", "sms", "2026-11-21", ["2026-12-04"]),
        ("US", "push", "2026-11-20", []),
        ("AU", "email", "2026-11-20", ["2026-11-27"]),
        ("AU", "*", "2026-11-22", ["2026-11-27"]),
        ("CA", "sms", "2026-11-20", ["2026-12-04"]),
        ("EU", "email", "2026-11-20", ["2026-12-20"]),
    ],
    ids=["friday", "saturday", "medium-without-a-duty", "five-days", "sunday", "canada", "eu"],
)
def test_a_withdrawal_is_heeded_by_some_day(
    country: str, channel: str, day: str, expected: list[str]
) -> None:
    """Business days are Monday to Friday, as if there were no holidays."""
    consents = log(said(f"{day}T12:00Z", granted=False, channel=channel))

    duties = list_duties(policies.load(country), consents, on=date(2026, 11, 22))

    assert due(duties, "heed-withdrawal") == expected


def test_a_withdrawal_is_heeded_once_sending_knows_it() -> None:
    """It is done with when the ledger holds it, or when the customer took it back."""
    law, on = policies.load("AU"), date(2026, 11, 22)
    gone = said("2026-11-20T00:00Z", granted=False)
    consents = log(said("2026-01-01T00:00Z"), gone)
    again = log(gone, said("2026-11-21T00:00Z"))

    assert len(list_duties(law, consents, on=on)) == 1
    assert len(list_duties(law, consents, on=on, recorded=consents.iloc[:1])) == 1
    assert list_duties(law, consents, on=on, recorded=consents).empty
    assert list_duties(law, again, on=on).empty


def test_the_duties_of_all_laws_are_owed(tmp_path: Path) -> None:
    """An own file adds duties; one notice discharges all of one name."""
    path = tmp_path / "house.toml"
    path.write_text(HOUSE, encoding="utf-8")
    law = policies.load("KR", path)
    consents = log(said("2026-11-10T00:00Z"))
    on = date(2026, 11, 12)

    duties = list_duties(law, consents, on=on)
    assert due(duties, "result-notice") == ["2026-11-12", "2026-11-24"]
    assert duties["sources"].to_list() == ["our own rule", "KR Network Act art. 50(7)"]
    assert list_duties(law, consents, on=on, notices=told("result-notice", "2026-11-11")).empty
    assert Policy.from_dict(json.loads(json.dumps(law.to_dict()))) == law
    assert due(list_duties(policies.load(path), consents, on=on), "result-notice") == [
        "2026-11-12"
    ]


SPANS = {
    *("within 5 business days", "within 10 business days", "within 14 days", "within 30 days"),
    "every 2 years",
}
HOUSE = """\
jurisdiction = "house"
title = "Duties of our own"
as_of = 2026-11-01

[sources.taste]
law = "our own rule"
says = "We answer within two days."
verified = true

[[duties]]
name = "result-notice"
kind = "notice"
after = ["consent"]
task = "thank"
within_days = 2
sources = ["taste"]
"""


def test_a_log_older_than_the_records_can_be_taken_as_done() -> None:
    """What was due before some day is left out, and later periods are not."""
    consents = log(said("2022-12-01T03:00Z"))
    early = list_duties(KOREA, consents, on=date(2026, 11, 20))
    later = list_duties(KOREA, consents, on=date(2026, 11, 20), done_before=date(2026, 11, 1))

    assert due(early, "result-notice") == ["2022-12-15"]
    assert due(early, "consent-reminder") == ["2024-11-30"]
    assert due(later, "result-notice") == []
    assert due(later, "consent-reminder") == ["2026-11-30"]


def test_nothing_said_nothing_owed() -> None:
    """An empty log, or a law without duties, gives the same columns and no row."""
    for law in (KOREA, policies.load("JP")):
        duties = list_duties(law, log(), on=date(2026, 11, 20))

        assert duties.shape == (0, 13)
        assert duties["is_overdue"].dtype == bool
        assert duties["since"].dtype == "datetime64[us, UTC]"


def test_what_is_no_log_is_refused() -> None:
    """A table that could be misread, or a span out of range, is an error."""
    consents = log(said("2026-11-10T00:00Z"))
    with pytest.raises(MissingColumnsError, match=r"consents lacks the columns \['at'\]"):
        list_duties(KOREA, consents.drop(columns="at"), on=date(2026, 11, 20))
    with pytest.raises(InvalidTableError, match="unknown outcomes"):
        list_duties(
            KOREA,
            consents,
            on=date(2026, 11, 20),
            notices=told("result-notice", "2026-11-11", outcome="lost"),
        )
    with pytest.raises(InvalidParameterError, match="ahead_days must be from 0 to 3650"):
        list_duties(KOREA, consents, on=date(2026, 11, 20), ahead_days=-1)


def test_anniversaries_are_those_of_the_calendar() -> None:
    """Day by day over five years, the last day is the one before the same day two years on."""
    (reminder,) = (duty for duty in KOREA.duties if duty.years)
    days = np.arange("2023-01-01", "2028-01-01", dtype="datetime64[D]")

    last = reminder.due_after(days)

    for day, found in zip(days.tolist(), last.tolist(), strict=True):
        same = min(day.day, 28) if day.month == 2 else day.day
        expected = date(day.year + 2, day.month, same)

        assert (expected - found).days == 1


@pytest.mark.parametrize("name", policies.list_jurisdictions())
def test_every_duty_has_a_source_and_every_notice_a_text(name: str) -> None:
    """No duty of crmlib is without citation, and no notice without Korean or English words."""
    for duty in policies.load(name).duties:
        assert duty.sources
        assert duty.within in SPANS
        assert all(citation.law and citation.says for citation in duty.citations)
        if duty.kind == "notice":
            assert {text.language for text in duty.texts} == {"en", "ko"}
