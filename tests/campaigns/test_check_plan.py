"""What the law would stop in a plan that is made already."""

from typing import Any

import attrs
import pandas as pd
import pytest
from shops_by_hand import SENDER, Shop

from crmlib import policies
from crmlib.campaigns import Plan, check_plan, count_findings
from crmlib.messages import Sender
from crmlib.planners import Template, TemplatePlanner
from crmlib.policies import Policy, find_missing_words

KOREA = policies.load("KR")


def _change(plan: Plan, customer: str, **values: Any) -> Plan:
    """Give *plan* with other values for one customer."""
    table = plan.table.copy()
    for column, value in values.items():
        table.loc[customer, column] = value
    return attrs.evolve(plan, table=table)


@pytest.mark.parametrize("name", policies.list_jurisdictions())
@pytest.mark.parametrize("channel", ["memory", "solapi", "solapi-brand", "twilio", "fcm", "slack"])
def test_what_crmlib_plans_is_lawful(name: str, channel: str) -> None:
    """The check, which knows nothing of how texts are dressed, finds nothing in a fresh plan."""
    shop = Shop()
    shop.profiles = shop.profiles.assign(
        push_token=[letter * 140 for letter in "abc"],
        slack_id=["C01234561", "C01234562", "C01234563"],
    )
    plan = shop.plan(policy=policies.load(name), channels=[channel])

    assert set(plan.table["decision"]) == {"send"}
    assert check_plan(plan, consents=shop.consents).empty


def test_another_law_stops_what_the_first_let_go() -> None:
    """A plan for the EU has no Korean label, and no second language on the way out."""
    plan = Shop().plan()

    counts = count_findings(check_plan(plan, KOREA))

    labels = counts[counts["finding"] == "LABEL_MISSING"].iloc[0]
    assert labels["customers"] == 3
    assert labels["example"] == "C1"
    assert labels["detail"] == "the subject does not begin with '(광고)'"
    assert "KR Network Act decree annex 6, on e-mail" in labels["sources"]
    assert set(counts["finding"]) == {"LABEL_MISSING", "OPT_OUT_MISSING", "SENDER_MISSING"}


def test_a_withdrawal_since_the_plan_is_found() -> None:
    """The log as it stands now decides, with the day and the law."""
    shop = Shop()
    plan = shop.plan(policy=KOREA)
    withdrawal = shop.consents.iloc[[1]].assign(
        granted=False, at=pd.Timestamp("2026-11-02T00:30Z")
    )

    found = check_plan(plan, consents=pd.concat([shop.consents, withdrawal]))

    assert found["customer_id"].tolist() == ["C2"]
    assert found["finding"].tolist() == ["NO_CONSENT"]
    assert found["detail"].iloc[0].startswith("withdrawn on 2026-11-02 (KR Network Act art. 50(1)")
    assert found["sources"].iloc[0] == "KR Network Act art. 50(1); KR Network Act art. 50(2)"


def test_a_stricter_law_wants_the_consents() -> None:
    """Who was written to without consent under US law may not be under Korean law."""
    plan = Shop().plan(policy=policies.load("US"))
    found = check_plan(plan, policies.load("EU"))

    refused = found[found["finding"] == "NO_CONSENT"]
    assert refused["customer_id"].tolist() == ["C1", "C2", "C3"]
    assert set(refused["detail"]) == {
        "the plan was made under opt-out, opt-in asks for the consents"
    }


@pytest.mark.parametrize(
    ("channel", "utc", "night", "finding"),
    [
        ("solapi", "12:30", False, "NO_NIGHT_CONSENT"),
        ("solapi", "12:30", True, None),
        ("solapi", "11:49", False, None),
        ("solapi-brand", "11:50", True, "QUIET_HOURS"),
        ("memory", "12:30", False, None),
    ],
    ids=["sms", "sms-with-consent", "sms-in-time", "brand-message-with-consent", "e-mail"],
)
def test_moments_are_asked_again(channel: str, utc: str, night: bool, finding: str | None) -> None:
    """By night a text needs a consent of its own, a brand message cannot go, e-mail may."""
    plan = Shop().plan(policy=KOREA, channels=[channel])
    moved = _change(plan, "C2", send_at=pd.Timestamp(f"2026-11-02T{utc}Z"), night_consent=night)

    found = check_plan(moved)

    assert found["finding"].tolist() == ([finding] if finding else [])
    assert found["customer_id"].tolist() == (["C2"] if finding else [])


def test_the_log_decides_on_the_night() -> None:
    """A consent for the night that the plan did not know lifts the hours."""
    shop = Shop()
    plan = shop.plan(policy=KOREA, channels=["solapi"])
    moved = _change(plan, "C2", send_at=pd.Timestamp("2026-11-02T12:30Z"))
    nights = shop.consents.assign(purpose="night")

    assert check_plan(moved, consents=shop.consents)["finding"].tolist() == ["NO_NIGHT_CONSENT"]
    assert check_plan(moved, consents=pd.concat([shop.consents, nights])).empty


def test_suppressed_addresses_are_found_in_any_spelling() -> None:
    """An address that was suppressed since is found; what is no e-mail address is passed over."""
    plan = Shop().plan(policy=KOREA)

    found = check_plan(plan, suppressions=["C3@Example.com", "+82 10 1234 5678"])

    assert found["customer_id"].tolist() == ["C3"]
    assert found["finding"].tolist() == ["SUPPRESSED"]


@pytest.mark.parametrize(
    ("channel", "column", "old", "new", "finding"),
    [
        ("memory", "subject", "(광고)", "[광고]", "LABEL_MISSING"),
        ("memory", "message", "To unsubscribe: ", "Bye: ", "OPT_OUT_MISSING"),
        ("memory", "message", "1 Moonlight Street", "", "SENDER_MISSING"),
        ("memory", "html", "Moonlight Shop", "<!-- Moonlight Shop -->", "SENDER_MISSING"),
        ("memory", "opt_out_url", "https", "http", "OPT_OUT_MISSING"),
        ("solapi", "message", "(광고)", "(광 고)", "LABEL_MISSING"),
        ("solapi", "message", "무료수신거부", "수신거부", "OPT_OUT_MISSING"),
        ("solapi", "message", "Hello", "Hello" + "가" * 1000, "TOO_LONG"),
        ("solapi-brand", "message", "(광고)", "", "LABEL_MISSING"),
        ("memory", "subject", "Hello", "Hello \u2028", "NO_MESSAGE"),
    ],
)
def test_texts_are_read_as_they_leave(
    channel: str, column: str, old: str, new: str, finding: str
) -> None:
    """A label, a line, a header or a length that is not right any more is found."""
    plan = Shop().plan(policy=KOREA, channels=[channel])
    text = plan.table.loc["C2", column]
    assert old in text

    found = check_plan(_change(plan, "C2", **{column: text.replace(old, new)}))

    assert set(found["customer_id"]) == {"C2"}
    assert finding in set(found["finding"])


def test_html_shows_the_label_where_the_law_wants_it_in_the_text() -> None:
    """Where a text begins with a label, its HTML part shows it too."""
    wording = policies.load("SG").rule("sms", "advertising").wording
    terms: dict[str, Any] = {"sender": SENDER, "subject": None, "opt_out_url": "https://x.example"}
    text = f"<ADV> Moonlight Shop\nSale\n\n{SENDER.phone}\nTo unsubscribe: https://x.example"

    shown = find_missing_words(wording, body=text, html=f"<p>{text}</p>", **terms)
    escaped = find_missing_words(
        wording, body=text, html=f"<p>{text.replace('<', '&lt;')}</p>", **terms
    )

    assert shown == [("LABEL_MISSING", "the HTML part does not show '<ADV> '")]
    assert escaped == []


def test_a_sender_that_the_other_law_wants_more_of() -> None:
    """What the sender does not say of itself is one finding for each customer."""
    sender = Sender(
        name="Shop", email="shop@example.com", opt_out_url="https://shop.example/{message_key}"
    )
    counts = count_findings(check_plan(Shop().plan(sender=sender), policies.load("CA")))

    assert counts["finding"].tolist() == ["SENDER_INCOMPLETE"]
    assert counts["detail"].tolist() == ["the sender lacks postal_address"]
    assert counts["customers"].tolist() == [3]


def test_a_policy_without_the_medium_says_so() -> None:
    """No rule for the medium is a finding, not a permission."""
    korean = attrs.evolve(
        KOREA.parts[0], rules=tuple(r for r in KOREA.parts[0].rules if r.medium != "email")
    )
    found = check_plan(Shop().plan(policy=KOREA), Policy(parts=(korean,)))

    assert set(found["finding"]) == {"NO_RULE"}


def test_an_advertisement_inside_an_informational_message() -> None:
    """A plan that calls itself informational must not say that it is advertising."""
    ad = TemplatePlanner({"default": Template(subject="(광고) Sale", body="(광고) Sale")})
    notice = TemplatePlanner({"default": Template(subject="Your order", body="It is on its way.")})
    terms: dict[str, Any] = {"policy": KOREA, "purpose": "informational"}

    labelled = check_plan(Shop().plan(planner=ad, **terms))

    assert set(labelled["finding"]) == {"ADVERTISING_INSIDE"}
    assert check_plan(Shop().plan(planner=notice, **terms)).empty


def test_informational_rules_alone_know_no_labels() -> None:
    """A policy that has no rule for advertising has no label to look for."""
    rules = tuple(r for r in KOREA.parts[0].rules if r.purpose == "informational")
    policy = Policy(parts=(attrs.evolve(KOREA.parts[0], rules=rules),))

    assert check_plan(Shop().plan(policy=policy, purpose="informational")).empty


def test_the_newest_rules_are_asked_by_default() -> None:
    """A plan made under older rules of a jurisdiction is held to those of this crmlib."""
    old = attrs.evolve(KOREA.parts[0], rules=policies.load("EU").parts[0].rules)
    own = attrs.evolve(KOREA.parts[0], name="house", rules=policies.load("EU").parts[0].rules)

    assert "LABEL_MISSING" in set(check_plan(Shop().plan(policy=Policy(parts=(old,))))["finding"])
    assert check_plan(Shop().plan(policy=Policy(parts=(own,)))).empty
