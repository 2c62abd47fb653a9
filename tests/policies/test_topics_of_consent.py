"""Consents and withdrawals that are about a topic."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import policies
from crmlib.messages import MEDIA
from crmlib.policies import consent_verdicts

NOW = datetime(2026, 11, 2, tzinfo=UTC)
Said = tuple[str, bool, int]
CASES: dict[str, tuple[list[Said], tuple[bool, bool, bool], tuple[bool, bool, bool]]] = {
    # what was said of (topic, granted, days ago); allowed for restock, for another topic and
    # for none, where consent is needed, and where no objection is enough
    "nothing": ([], (False, False, False), (True, True, True)),
    "consent to all": ([("", True, 3)], (True, True, True), (True, True, True)),
    "consent to the topic": ([("restock", True, 3)], (True, False, False), (True, True, True)),
    "topic withdrawn": (
        [("", True, 3), ("restock", False, 2)],
        (False, True, True),
        (False, True, True),
    ),
    "topic withdrawn before a consent to all": (
        [("restock", False, 3), ("", True, 2)],
        (False, True, True),
        (False, True, True),
    ),
    "topic taken back": (
        [("", True, 4), ("restock", False, 3), ("restock", True, 2)],
        (True, True, True),
        (True, True, True),
    ),
    "all withdrawn": (
        [("", True, 4), ("restock", True, 3), ("", False, 2)],
        (False, False, False),
        (False, False, False),
    ),
    "all withdrawn, then the topic agreed to": (
        [("", False, 3), ("restock", True, 2)],
        (False, False, False),
        (False, False, False),
    ),
    "all withdrawn, the topic and all agreed to": (
        [("", False, 4), ("restock", True, 3), ("", True, 2)],
        (True, True, True),
        (True, True, True),
    ),
    "topic agreed to and withdrawn at once": (
        [("restock", True, 3), ("restock", False, 3)],
        (False, False, False),
        (False, True, True),
    ),
}
POLICIES = {name: policies.load(name) for name in policies.list_jurisdictions()}
OPT_OUT = {("US", "email"), ("SG", "email")}


def _consents(cases: dict[str, list[Said]], medium: str) -> pd.DataFrame:
    """Give the log in which each case is a customer of its name."""
    rows = [(who, *said) for who, events in cases.items() for said in events]
    table = pd.DataFrame(rows, columns=["customer_id", "topic", "granted", "ago"])
    at = [NOW - timedelta(days=ago) for ago in table.pop("ago")]
    table = table.astype({"granted": bool}).assign(channel=medium, purpose="advertising")
    return table.assign(at=pd.to_datetime(at, utc=True))


def _allowed(
    name: str, medium: str, cases: dict[str, list[Said]], topic: str | None
) -> dict[str, bool]:
    rule = POLICIES[name].rule(medium, "advertising")
    verdicts = consent_verdicts(
        rule,
        _consents(cases, medium),
        pd.Index(cases, name="customer_id"),
        medium=medium,
        now=NOW,
        topic=topic,
    )
    return dict((verdicts["verdict"] == "ALLOWED").items())


@pytest.mark.parametrize("name", policies.list_jurisdictions())
def test_the_matrix_of_topics(name: str) -> None:
    """A withdrawal from everything beats a topic; one from a topic leaves all others alone."""
    cases = {case: events for case, (events, _, _) in CASES.items()}

    for medium, (place, topic) in product(MEDIA, enumerate(("restock", "sale", None))):
        which = 2 if (name, medium) in OPT_OUT else 1
        expected = {case: told[which][place] for case, told in CASES.items()}

        assert _allowed(name, medium, cases, topic) == expected


def test_the_detail_names_the_topic() -> None:
    """A verdict that rests on a topic says so, with its day and law."""
    consents = pd.DataFrame(
        {
            "customer_id": ["A", "B"],
            "channel": "email",
            "purpose": "advertising",
            "topic": "restock",
            "granted": [True, False],
            "at": pd.Timestamp("2026-10-01", tz="UTC"),
        }
    )
    rule = POLICIES["KR"].rule("email", "advertising")
    ids = pd.Index(["A", "B", "C"], name="customer_id")
    verdicts = consent_verdicts(rule, consents, ids, medium="email", now=NOW, topic="restock")
    laws = "(KR Network Act art. 50(1); KR Network Act art. 50(2))"

    assert verdicts["detail"].to_list() == [
        f"consent of 2026-10-01 for the topic 'restock' {laws}",
        f"withdrawn on 2026-10-01 for the topic 'restock' {laws}",
        f"no consent on record {laws}",
    ]


@given(
    events=st.lists(
        st.tuples(st.sampled_from(["", "restock", "sale"]), st.booleans(), st.integers(0, 5)),
        max_size=8,
    )
)
@settings(max_examples=25, deadline=None)
def test_a_topic_never_opens_what_a_refusal_closed(events: list[Said]) -> None:
    """Leaving out withdrawals from one topic changes nothing for another, or for none."""
    others = [event for event in events if event[0] != "sale"]

    for topic in ("restock", None):
        found = _allowed("KR", "email", {"C": events, "others": others}, topic)

        assert found["C"] is found["others"]
    words = {
        about: max(((-ago, not granted), granted) for a, granted, ago in events if a == about)[1]
        for about in {about for about, _, _ in events}
    }
    expected = words.get("") is not False and words.get("restock", words.get("", False))

    assert _allowed("KR", "email", {"C": events}, "restock") == {"C": expected}
