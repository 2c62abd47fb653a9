"""Jurisdiction x medium x purpose x consent x local hour, against the law in words."""

from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from crmlib import policies
from crmlib.policies import consent_verdicts

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ZONES = {"KR": "Asia/Seoul", "US": "America/Chicago", "EU": "Europe/Berlin"}
STATES = {
    "nothing": [],
    "consent": [("advertising", True)],
    "consent and night": [("advertising", True), ("night", True)],
    "objection": [("advertising", False)],
}
CASES = list(
    product(ZONES, ["email", "sms", "kakao", "push"], ["advertising", "informational"], STATES)
)


def _expected(name: str, medium: str, purpose: str, state: str, hour: int) -> bool:
    """Say by the words of domain/law.md whether a message may go in that hour."""
    if purpose == "informational":
        return True
    opt_out = name == "US" and medium == "email"
    if state == "objection" or (state == "nothing" and not opt_out):
        return False
    daytime = 8 <= hour < 20  # the hour from 20:00 holds the queue margin
    if name == "KR" and medium != "email":
        return daytime or state == "consent and night"
    if name == "US" and medium == "sms":
        return daytime
    return True


@pytest.mark.parametrize(("name", "medium", "purpose", "state"), CASES)
def test_the_matrix(name: str, medium: str, purpose: str, state: str) -> None:
    """Every combination gets the verdict of the law, and whatever is held back is cited."""
    rule = policies.load(name).rule(medium, purpose)
    rows = [("C", medium, what, granted) for what, granted in STATES[state]]
    consents = pd.DataFrame(rows, columns=["customer_id", "channel", "purpose", "granted"])
    consents["granted"] = consents["granted"].astype(bool)
    consents["at"] = pd.Series(pd.Timestamp("2026-05-01", tz="UTC"), index=consents.index)
    verdict = consent_verdicts(rule, consents, pd.Index(["C"]), medium=medium, now=NOW).iloc[0]
    slots = pd.date_range("2026-11-02", periods=24, freq="h", tz=ZONES[name])
    night = bool(verdict["night"])
    permitted = rule.permits_hour(slots, night)

    for hour in range(24):
        allowed = verdict["verdict"] == "ALLOWED" and bool(permitted[hour])

        assert allowed is _expected(name, medium, purpose, state, hour)

        at = datetime(2026, 11, 2, hour, tzinfo=ZoneInfo(ZONES[name]))
        if permitted[hour]:
            assert not rule.is_quiet(at, ZONES[name], night)
        else:
            assert rule.quiet_citations
    assert all(str(citation) in verdict["detail"] for citation in rule.consent_citations)
    assert rule.consent_citations
