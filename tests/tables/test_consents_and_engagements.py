"""Events: consents and engagements in canonical columns."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from crmlib.exceptions import DataQualityWarning, InvalidTableError, MissingColumnsError
from crmlib.tables import check_consents, check_engagements

CONSENT = {
    "customer_id": "C1",
    "channel": "Email",
    "purpose": "advertising",
    "granted": "yes",
    "at": "2024-03-01T09:00:00+09:00",
}
ENGAGEMENT = {
    "customer_id": "C1",
    "message_key": "k1",
    "channel": "email",
    "event": "Opened",
    "at": pd.Timestamp("2024-03-01 09:00", tz="Asia/Seoul"),
}


def test_consents_get_canonical_types() -> None:
    """Media and purposes are in lower case, answers are yes or no, instants are in UTC."""
    rows = [{**CONSENT, "wording": " I agree "}, {**CONSENT, "channel": "*", "granted": False}]

    consents = check_consents(pd.DataFrame(rows))

    assert consents["channel"].to_list() == ["email", "*"]
    assert consents["granted"].to_list() == [True, False]
    assert consents["at"].to_list() == [pd.Timestamp("2024-03-01", tz="UTC")] * 2
    assert consents["wording"].fillna("-").to_list() == ["I agree", "-"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"granted": "perhaps"}, "has no readable granted in 1 of 2 rows, first in row 2"),
        ({"granted": None}, "has no readable granted"),
        ({"at": "2024-03-01 09:00"}, "has no readable aware at"),
        ({"at": "soon"}, "has no readable aware at"),
        ({"customer_id": ""}, "lacks customer_id"),
        ({"purpose": None}, "lacks purpose"),
    ],
    ids=str,
)
def test_a_consent_that_cannot_be_read_is_never_guessed(change: dict[str, Any], text: str) -> None:
    """One unreadable row refuses the table: it may be a withdrawal."""
    with pytest.raises(InvalidTableError, match=text):
        check_consents(pd.DataFrame([CONSENT, {**CONSENT, **change}]))


def test_purposes_that_no_policy_asks_for_are_named() -> None:
    """A slip of the pen in a purpose would otherwise go unseen."""
    with pytest.warns(DataQualityWarning, match=r"consents are for \['advertizing'\] too"):
        consents = check_consents(pd.DataFrame([{**CONSENT, "purpose": "advertizing"}]))

    assert len(consents) == 1


def test_engagements_get_canonical_types() -> None:
    """Without a column that says so, no event is a machine's."""
    engagements = check_engagements(pd.DataFrame([ENGAGEMENT]))
    by_machine = check_engagements(pd.DataFrame([{**ENGAGEMENT, "is_machine": 1}]))

    assert engagements.loc[0].to_dict() == {
        **ENGAGEMENT,
        "event": "opened",
        "at": pd.Timestamp("2024-03-01", tz="UTC"),
        "is_machine": False,
    }
    assert by_machine["is_machine"].to_list() == [True]


def test_unknown_events_are_refused() -> None:
    """The error lists the events that there are."""
    with pytest.raises(InvalidTableError, match=r"has unknown events .*'opted_out'"):
        check_engagements(pd.DataFrame([{**ENGAGEMENT, "event": "oponed"}]))


@pytest.mark.parametrize("check", [check_consents, check_engagements])
def test_events_need_their_columns(check: Any) -> None:
    """Missing columns are named."""
    with pytest.raises(MissingColumnsError, match=r"lacks the columns \['at'\]"):
        check(pd.DataFrame([{**CONSENT, **ENGAGEMENT}]).drop(columns="at"))


@pytest.mark.parametrize("check", [check_consents, check_engagements])
def test_tables_without_rows_keep_their_types(check: Any) -> None:
    """An empty history is a history."""
    table = check(pd.DataFrame([{**CONSENT, **ENGAGEMENT}]).iloc[:0])

    assert len(table) == 0
    assert str(table["at"].dtype) == "datetime64[us, UTC]"
