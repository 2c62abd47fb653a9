"""Jurisdiction x medium x purpose x consent x local time, against the law in words."""

from datetime import UTC, datetime, time
from itertools import product
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from crmlib import policies
from crmlib.messages import MEDIA, Purpose
from crmlib.policies import consent_verdicts

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ZONES = {
    "AU": "Australia/Sydney",
    "CA": "America/Toronto",
    "EU": "Europe/Berlin",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "SG": "Asia/Singapore",
    "UK": "Europe/London",
    "US": "America/Chicago",
}
STATES = {
    "nothing": [],
    "consent": [("advertising", True)],
    "consent-and-night": [("advertising", True), ("night", True)],
    "objection": [("advertising", False)],
    "consent-of-another-medium": [("other", True)],
}
TIMES = [time(0), time(7, 59), time(8), time(13), time(20, 49), time(20, 50), time(21), time(23)]
POLICIES = {name: policies.load(name) for name in ZONES}
CASES = list(product(ZONES, MEDIA, list(Purpose)))
OPT_OUT = {("US", "email"), ("SG", "email")}
CONSENT_LAW = {
    "AU": "AU Spam Act 2003 s. 16",
    "CA": "CA CASL s. 6(1)",
    "EU": "EU Directive 2002/58/EC (ePrivacy) art. 13(1)",
    "JP": "JP Specified Electronic Mail Act art. 3(1)",
    "KR": "KR Network Act art. 50(1)",
    "SG": "SG PDPA part 9",
    "UK": "UK PECR 2003 reg. 22",
    "US": "US TCPA, 47 CFR 64.1200(a)",
}
SILENT = {("US", medium) for medium in MEDIA[2:]}
SILENT |= {("JP", medium) for medium in MEDIA[2:]} | {("SG", m) for m in ("kakao", "push", "chat")}
OPT_OUT_LAW = {"US": "US CAN-SPAM Act", "SG": "SG Spam Control Act"}


def _hours_law(name: str, medium: str, state: str, at: time) -> str | None:
    """Name the law under which a message with a consent has to wait, by the words of the law."""
    night = at >= time(20, 50) or at < time(8)
    if not night:
        return None
    if name == "KR" and medium != "email":
        if state != "consent-and-night":
            return "KR Network Act art. 50(3)"
        return "Kakao's terms of brand messages" if medium == "kakao" else None
    return "US TCPA, 47 CFR 64.1200(c)(1)" if (name, medium) == ("US", "sms") else None


def _expected(name: str, medium: str, purpose: str, state: str, at: time) -> tuple[bool, str]:
    """Say by the words of the law whether a message may go, and which law decides."""
    if purpose == "informational":
        return True, ""
    refused = state == "objection"
    if (name, medium) in OPT_OUT:
        allowed, law = not refused, OPT_OUT_LAW[name]
    else:
        allowed = state in {"consent", "consent-and-night"}
        silent = (name, medium) in SILENT
        law = "crmlib's own choice where" if silent else CONSENT_LAW[name]
    if allowed and (hours := _hours_law(name, medium, state, at)):
        return False, hours
    return allowed, law


def _consents(medium: str) -> pd.DataFrame:
    """Give the consents of one customer for each state, called like it."""
    other = "email" if medium != "email" else "sms"
    rows = [
        (state, *((other, "advertising") if what == "other" else (medium, what)), granted)
        for state, events in STATES.items()
        for what, granted in events
    ]
    consents = pd.DataFrame(rows, columns=["customer_id", "channel", "purpose", "granted"])
    return consents.assign(at=pd.Timestamp("2026-05-01", tz="UTC"))


@pytest.mark.parametrize(("name", "medium", "purpose"), CASES)
def test_the_matrix(name: str, medium: str, purpose: str) -> None:
    """Every combination gets the verdict of the law at every hour, with the law that decides."""
    rule, zone = POLICIES[name].rule(medium, purpose), ZONES[name]
    ids = pd.Index(STATES, name="customer_id")
    verdicts = consent_verdicts(rule, _consents(medium), ids, medium=medium, now=NOW)

    for (state, verdict), at in product(verdicts.to_dict("index").items(), TIMES):
        moment = datetime.combine(NOW.date(), at, tzinfo=ZoneInfo(zone))
        allowed, told = verdict["verdict"] == "ALLOWED", verdict["detail"]
        quiet = rule.quiet_hours_at(moment, zone, verdict["night"])
        if allowed and quiet:
            allowed, told = False, "; ".join(str(c) for hours in quiet for c in hours.citations)
        may_go, law = _expected(name, medium, purpose, str(state), at)

        assert allowed is may_go
        assert law in told
        assert any(str(citation) in told for citation in rule.citations)


def test_the_matrix_is_whole() -> None:
    """Every jurisdiction that crmlib knows is in the matrix."""
    assert sorted(ZONES) == policies.list_jurisdictions()


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("medium", MEDIA)
def test_hours_of_a_table_are_those_of_an_instant(name: str, medium: str) -> None:
    """An hour is permitted as a whole exactly if none of its minutes is quiet."""
    rule = POLICIES[name].rule(medium, "advertising")
    slots = pd.date_range("2026-11-02", periods=24, freq="h", tz=ZONES[name])

    for night in (False, True):
        expected = [
            not any(
                rule.is_quiet(slot + pd.Timedelta(minutes=minute), ZONES[name], night)
                for minute in (0, 49, 50)
            )
            for slot in slots
        ]

        assert rule.permits_hour(slots, night).tolist() == expected


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("medium", MEDIA)
def test_consent_rules_say_since_when(name: str, medium: str) -> None:
    """Each law that asks for consent has its day; only crmlib's own choices have none."""
    rule = POLICIES[name].rule(medium, "advertising")

    for citation in rule.consent_citations:
        is_choice = citation.law.startswith("crmlib's own choice")
        assert (citation.in_force_since is None) is is_choice
