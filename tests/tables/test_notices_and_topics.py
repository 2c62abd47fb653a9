"""Notices of the law, and topics of consents, in canonical columns."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from crmlib.exceptions import InvalidTableError
from crmlib.tables import check_consents, check_notices, find_topics

NOTICE = {"customer_id": "C1", "duty": "Result-Notice", "at": "2026-11-02T09:00+09:00"}
CONSENT = {
    "customer_id": "C1",
    "channel": "email",
    "purpose": "advertising",
    "granted": True,
    "at": "2026-11-02T09:00+09:00",
}


def test_notices_get_canonical_types() -> None:
    """A notice tells of what was said before it, and was sent, unless it says otherwise."""
    rows = [NOTICE, NOTICE | {"outcome": "Planned", "until": "2026-11-01T00:00Z"}]
    plain = check_notices(pd.DataFrame(rows[:1]))
    full = check_notices(pd.DataFrame(rows).assign(until="2026-11-01T00:00Z"))

    assert plain.loc[0, ["duty", "outcome"]].to_list() == ["result-notice", "sent"]
    assert plain.loc[0, "until"] == plain.loc[0, "at"] == pd.Timestamp("2026-11-02", tz="UTC")
    assert full["outcome"].to_list() == ["sent", "planned"]
    assert full["until"].eq(pd.Timestamp("2026-11-01", tz="UTC")).all()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"at": "soon"}, "has no readable aware at"),
        ({"duty": ""}, "lacks duty"),
        ({"outcome": "lost"}, "has unknown outcomes in 1 of 1 rows"),
    ],
    ids=["at", "duty", "outcome"],
)
def test_a_notice_that_cannot_be_read_is_refused(change: dict[str, Any], text: str) -> None:
    """One unreadable row refuses the table: a duty might count as done."""
    with pytest.raises(InvalidTableError, match=text):
        check_notices(pd.DataFrame([NOTICE | change]))


def test_topics_are_spelled_one_way() -> None:
    """Case and blanks make no difference; none is the empty text; a topic may be called none."""
    topics = [" Restock ", "", None, "none"]
    consents = check_consents(pd.DataFrame([CONSENT | {"topic": topic} for topic in topics]))

    assert consents["topic"].to_list() == ["restock", "", "", "none"]
    assert "topic" not in check_consents(pd.DataFrame([CONSENT]))
    assert find_topics(pd.DataFrame([CONSENT])).to_list() == [""]


def test_the_night_has_no_topics() -> None:
    """A consent for the night that is about a topic could not be kept, and is refused."""
    night = CONSENT | {"purpose": "night", "topic": "restock"}

    with pytest.raises(InvalidTableError, match="a topic of other than advertising in 1 of 1"):
        check_consents(pd.DataFrame([night]))
