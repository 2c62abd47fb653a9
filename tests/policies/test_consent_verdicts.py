"""Consent verdicts: who may be written to, by what is on record."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import policies
from crmlib.exceptions import InvalidParameterError, InvalidTableError, MissingColumnsError
from crmlib.policies import consent_verdicts, last_words

NOW = datetime(2026, 11, 2, tzinfo=UTC)
Event = tuple[str, str, str, bool, int]
COLUMNS = ["customer_id", "channel", "purpose", "granted", "at"]


def _consents(*events: Event) -> pd.DataFrame:
    """Make a consents table of (customer, channel, purpose, granted, days ago)."""
    rows = [(*event[:4], NOW - timedelta(days=event[4])) for event in events]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(
        at=pd.to_datetime(table["at"], utc=True), granted=table["granted"].astype(bool)
    )


def _verdicts(
    name: str,
    medium: str,
    *events: Event,
    customers: Sequence[str] = ("C",),
    purpose: str = "advertising",
) -> pd.DataFrame:
    rule = policies.load(name).rule(medium, purpose)
    ids = pd.Index(customers, name="customer_id")
    return consent_verdicts(rule, _consents(*events), ids, medium=medium, now=NOW)


@pytest.mark.parametrize(
    ("events", "korea", "america"),
    [
        ([], False, True),
        ([("C", "email", "advertising", True, 3)], True, True),
        ([("C", "email", "advertising", False, 3)], False, False),
        ([("C", "*", "advertising", True, 3)], True, True),
        ([("C", "sms", "advertising", True, 3)], False, True),
        ([("C", "sms", "advertising", False, 3)], False, True),
        ([("C", "email", "advertising", True, -1)], False, True),
        ([("C", "email", "night", True, 3)], False, True),
        ([("D", "email", "advertising", True, 3)], False, True),
        (
            [("C", "email", "advertising", True, 3), ("C", "*", "advertising", False, 2)],
            False,
            False,
        ),
        (
            [("C", "email", "advertising", True, 1), ("C", "email", "advertising", False, 2)],
            True,
            True,
        ),
        (
            [("C", "email", "advertising", False, 2), ("C", "*", "advertising", True, 2)],
            False,
            False,
        ),
    ],
    ids=[
        "nothing on record",
        "granted",
        "withdrawn",
        "granted for all media",
        "granted for another medium",
        "withdrawn for another medium",
        "granted later than now",
        "night alone",
        "somebody else's",
        "withdrawn for all media later",
        "granted again, rows out of order",
        "a grant and a withdrawal at one instant",
    ],
)
def test_what_counts(events: list[Event], korea: bool, america: bool) -> None:
    """The last event up to now counts; Korea wants a consent, the US no objection."""
    assert (_verdicts("KR", "email", *events)["verdict"] == "ALLOWED").tolist() == [korea]
    assert (_verdicts("US", "email", *events)["verdict"] == "ALLOWED").tolist() == [america]


@pytest.mark.parametrize(
    ("events", "night"),
    [
        ([("C", "sms", "night", True, 3)], True),
        ([("C", "sms", "night", True, 3), ("C", "sms", "night", False, 2)], False),
        ([("C", "sms", "night", True, 3), ("C", "*", "advertising", False, 2)], False),
        (
            [
                ("C", "sms", "night", True, 3),
                ("C", "sms", "advertising", False, 2),
                ("C", "sms", "advertising", True, 1),
            ],
            False,
        ),
        ([("C", "sms", "advertising", False, 3), ("C", "sms", "night", True, 2)], True),
        ([("C", "sms", "advertising", True, 3)], False),
    ],
    ids=[
        "granted",
        "withdrawn",
        "all withdrawn",
        "not revived by a general consent",
        "granted after a withdrawal",
        "general consent is no night consent",
    ],
)
def test_night_consent(events: list[Event], night: bool) -> None:
    """Art. 50(3): consent for the night is separate, and ends with either withdrawal."""
    assert _verdicts("KR", "sms", *events)["night"].tolist() == [night]


def test_informational_messages_need_no_consent() -> None:
    """A withdrawal does not stop what is no advertising."""
    verdicts = _verdicts(
        "KR", "email", ("C", "*", "advertising", False, 3), purpose="informational"
    )

    assert verdicts["verdict"].tolist() == ["ALLOWED"]
    assert verdicts["detail"].str.startswith("no consent needed (KR guidance").all()


def test_details_say_when_and_by_which_law() -> None:
    """Every verdict gives the day of the event and the source of the rule."""
    laws = "(KR Network Act art. 50(1); KR Network Act art. 50(2))"
    events = [("A", "sms", "advertising", True, 1), ("B", "sms", "advertising", False, 2)]

    verdicts = _verdicts("KR", "sms", *events, customers=["A", "B", "C"])

    assert verdicts["detail"].tolist() == [
        f"consent of 2026-11-01 {laws}",
        f"withdrawn on 2026-10-31 {laws}",
        f"no consent on record {laws}",
    ]
    assert verdicts.index.name == "customer_id"
    assert verdicts.columns.tolist() == ["verdict", "night", "detail"]
    assert verdicts["night"].dtype == bool


def test_no_objection_on_record() -> None:
    """Under an opt-out law the detail speaks of objections."""
    detail = _verdicts("US", "email")["detail"].iloc[0]

    assert detail == (
        "no objection on record (US CAN-SPAM Act, 15 U.S.C. 7704(a)(3) and 16 CFR 316.5; "
        "US CAN-SPAM Act, 15 U.S.C. 7704(a)(4) (secondary source))"
    )


def test_no_customers() -> None:
    """Nobody to ask about gives an empty table of the same columns."""
    verdicts = _verdicts("KR", "email", customers=())

    assert verdicts.shape == (0, 3)


def test_a_table_without_columns_is_refused() -> None:
    """A table that lacks columns is an error naming them."""
    rule = policies.load("KR").rule("email", "advertising")

    with pytest.raises(MissingColumnsError, match=r"consents lacks the columns \['at'\]"):
        consent_verdicts(
            rule, _consents().drop(columns="at"), pd.Index(["C"]), medium="email", now=NOW
        )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"at": pd.Timestamp("2026-01-01")}, "no aware instants"),
        ({"granted": "False"}, "other things than booleans"),
        ({"purpose": None}, "empty cells"),
    ],
    ids=["naive", "text", "empty"],
)
def test_a_table_out_of_shape_is_refused(change: dict[str, object], problem: str) -> None:
    """A table whose cells could be misread is an error with the way out."""
    rule = policies.load("KR").rule("email", "advertising")
    consents = _consents(("C", "email", "advertising", True, 1)).assign(**change)

    with pytest.raises(InvalidTableError, match=problem) as caught:
        consent_verdicts(rule, consents, pd.Index(["C"]), medium="email", now=NOW)

    assert "check_consents" in str(caught.value)


def test_the_last_word_of_each_who_spoke() -> None:
    """Each customer who said anything of the medium is there once, with the day of it."""
    consents = _consents(
        ("A", "email", "night", True, 4),
        ("A", "*", "advertising", False, 3),
        ("B", "email", "advertising", False, 3),
        ("B", "email", "advertising", True, 2),
        ("C", "sms", "advertising", False, 1),
    )
    days = pd.Timedelta(days=1)

    for purpose, expected in (
        ("advertising", {"A": (False, NOW - 3 * days), "B": (True, NOW - 2 * days)}),
        ("night", {"A": (False, NOW - 3 * days), "B": (False, NOW - 3 * days)}),
    ):
        words = last_words(consents, medium="email", purpose=purpose, now=NOW)

        assert words.columns.tolist() == ["granted", "at", "topic"]
        assert words["granted"].dtype == bool
        assert {who: tuple(said)[:2] for who, said in words.iterrows()} == expected


def test_a_naive_now_is_refused() -> None:
    """A moment called now without a zone is an error."""
    rule = policies.load("KR").rule("email", "advertising")
    naive = NOW.replace(tzinfo=None)

    with pytest.raises(InvalidParameterError, match="now must be an aware datetime"):
        consent_verdicts(rule, _consents(), pd.Index(["C"]), medium="email", now=naive)


events = st.lists(
    st.tuples(
        st.sampled_from("ABC"),
        st.sampled_from(["email", "sms", "*"]),
        st.sampled_from(["advertising", "night"]),
        st.booleans(),
        st.integers(-1, 4),
    ),
    max_size=12,
)


def _by_hand(log: list[Event], customer: str, medium: str, purposes: str) -> bool | None:
    """Give the last state (granted or None) by a loop over the events."""
    best = None
    for who, channel, purpose, granted, days in log:
        if who != customer or channel not in (medium, "*") or days < 0:
            continue
        if not (purpose == purposes or (purpose == "advertising" and not granted)):
            continue
        rank = (-days, not granted)
        if best is None or rank > best[0]:
            best = (rank, granted)
    return None if best is None else best[1]


@given(log=events, medium=st.sampled_from(["email", "sms"]), seed=st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_the_rows_does_not_matter(
    log: list[Event], medium: str, seed: random.Random
) -> None:
    """A plain loop over the events finds the same verdicts, whatever their order."""
    shuffled = list(log)
    seed.shuffle(shuffled)

    verdicts = _verdicts("KR", medium, *shuffled, customers=list("ABC"))

    for customer in "ABC":
        row = verdicts.loc[customer]
        state = _by_hand(log, customer, medium, "advertising")

        assert (row["verdict"] == "ALLOWED") is (state is True)
        assert bool(row["night"]) is (_by_hand(log, customer, medium, "night") is True)
