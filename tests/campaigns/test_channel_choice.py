"""By what each customer is reached: wish, learned rates, the campaign's order, one medium only."""

from typing import Any

import pandas as pd
import pytest
from shops_by_hand import NOW, Shop
from sklearn.exceptions import NotFittedError

from crmlib import policies
from crmlib.campaigns import ChannelRates, Plan
from crmlib.exceptions import InvalidParameterError
from crmlib.planners import Template, TemplatePlanner

CHANNELS = ["memory", "solapi", "fcm"]


def _engagements(*events: tuple[str, str, str, str]) -> pd.DataFrame:
    """Make a table of (customer, medium, message, event)."""
    table = pd.DataFrame(events, columns=["customer_id", "channel", "message_key", "event"])
    return table.assign(at=pd.Timestamp("2026-10-01", tz="UTC"))


@pytest.fixture
def shop() -> Shop:
    """Give three customers with e-mail, phone and an app."""
    shop = Shop()
    shop.profiles = shop.profiles.assign(push_token=[letter * 140 for letter in "abc"])
    return shop


def _channels(plan: Plan) -> list[str | None]:
    return plan.table["channel"].tolist()


def test_without_a_wish_the_campaign_decides(shop: Shop) -> None:
    """The first channel of the campaign that is reachable and permitted is taken."""
    plan = shop.plan(channels=CHANNELS)

    assert _channels(plan) == ["memory"] * 3
    assert plan.explain("C1").splitlines()[-1].startswith("How: memory: consent of 2026-01-05 (")


@pytest.mark.parametrize(
    ("wish", "channel"),
    [
        ("sms", "solapi"),
        ("FCM; email", "fcm"),
        ("kakao, push", "fcm"),
        ("kakao", "memory"),
        (None, "memory"),
        ("", "memory"),
    ],
)
def test_a_wish_comes_before_the_campaign(shop: Shop, wish: str | None, channel: str) -> None:
    """A channel or medium that the customer named is tried first; others are passed over."""
    shop.profiles["preferred_channels"] = pd.Series([None, wish, None], dtype=object)

    plan = shop.plan(channels=CHANNELS)

    assert _channels(plan) == ["memory", channel, "memory"]
    how = plan.explain("C2").splitlines()[-1]
    assert how.startswith(f"How: the customer prefers {channel}; ") is (channel != "memory")


def test_a_wish_that_is_not_permitted_falls_through(shop: Shop) -> None:
    """Preferred without an address, then without consent: the next one, and all of it is told."""
    shop.profiles["preferred_channels"] = "sms push"
    shop.set_profile("C2", phone=None)
    refusal = shop.consents.iloc[[1]].assign(
        channel="push", granted=False, at=pd.Timestamp("2026-02-01", tz="UTC")
    )
    shop.consents = pd.concat([shop.consents, refusal])

    plan = shop.plan(channels=CHANNELS)
    how = plan.explain("C2").splitlines()[-1]

    assert _channels(plan) == ["solapi", "memory", "solapi"]
    assert how.startswith(
        "How: the customer prefers solapi; solapi: the profile has no phone; "
        "fcm: withdrawn on 2026-02-01 ("
    )
    assert "; memory: consent of 2026-01-05 (" in how


def test_a_wish_cannot_overrule_the_law(shop: Shop) -> None:
    """Who prefers what was withdrawn gets nothing by it, and nothing at all without another."""
    shop.profiles["preferred_channels"] = "sms"
    shop.consents["granted"] = False

    plan = shop.plan(channels=CHANNELS)

    assert set(plan.table["reason"]) == {"NO_CONSENT"}


def test_what_is_answered_is_tried_first(shop: Shop) -> None:
    """Rates of the customer and of the medium decide, unless the customer said otherwise."""
    sent = [(f"X{n}", "email", f"e{n}", "sent") for n in range(40)]
    sent += [(f"X{n}", "sms", f"s{n}", "sent") for n in range(40)]
    answers = [(f"X{n}", "sms", f"s{n}", "clicked") for n in range(10)]
    own = [("C1", "email", f"own{n}", event) for n in range(30) for event in ("sent", "replied")]
    rates = ChannelRates().fit(_engagements(*sent, *answers, *own))
    shop.profiles["preferred_channels"] = pd.Series([None, None, "push"], dtype=object)

    plan = shop.plan(channels=CHANNELS, channel_rates=rates)

    assert _channels(plan) == ["memory", "memory", "fcm"]
    assert "How: email is answered most, " in plan.explain("C1")

    others = ChannelRates().fit(_engagements(*sent, *answers))
    by_medium = shop.plan(channels=CHANNELS, channel_rates=others)

    assert _channels(by_medium) == ["solapi", "solapi", "fcm"]


def test_rates_that_tell_nothing_leave_the_order(shop: Shop) -> None:
    """Without a single message all media are alike."""
    rates = ChannelRates().fit(_engagements())

    plan = shop.plan(channels=CHANNELS, channel_rates=rates)

    assert _channels(plan) == ["memory"] * 3
    assert "answered most" not in plan.explain("C1")


def test_rates_are_shrunk_as_written() -> None:
    """One answer to one message: (1 + 20 * 0.5) / 21 for the medium, and once more for her."""
    told = _engagements(
        ("C1", "SMS", "a", "sent"),
        ("C1", "SMS", "a", "clicked"),
        ("C1", "SMS", "a", "clicked"),
        ("C1", "email", "b", "delivered"),
        ("C1", "email", "b", "opened"),
    )
    rates = ChannelRates().fit(told)

    assert rates.rate_ == 0.5
    assert rates.medium_rates_["sms"] == pytest.approx(11 / 21)
    predicted = rates.predict(["C1", "C2"], ["sms", "email", "push"])
    assert predicted.loc["C1"].tolist() == pytest.approx([(1 + 220 / 21) / 21, 200 / 441, 0.5])
    assert predicted.loc["C2"].tolist() == pytest.approx([11 / 21, 10 / 21, 0.5])


def test_clicks_of_software_are_no_answers() -> None:
    """A link scanner answers nothing."""
    events = [("C1", "email", "a", "sent"), ("C1", "email", "a", "clicked")]
    told = _engagements(*events).assign(is_machine=[False, True])

    assert ChannelRates().fit(told).rate_ == 0


def test_rates_want_a_prior_and_a_fit() -> None:
    """Without a prior one click decides; without a fit there is nothing to tell."""
    with pytest.raises(InvalidParameterError, match="prior_messages must be above 0"):
        ChannelRates(prior_messages=0).fit(_engagements())
    with pytest.raises(NotFittedError):
        ChannelRates().predict(["C1"], ["sms"])


def _sends(**other: Any) -> pd.DataFrame:
    row = {
        "customer_id": "C2",
        "at": pd.Timestamp("2026-11-01", tz="UTC"),
        "channel": "sms",
        "campaign": "winback",
        "message_key": "k",
    }
    return pd.DataFrame([row | other])


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, "ALREADY_SENT"),
        ({"campaign": "another"}, "ALLOWED"),
        ({"at": pd.Timestamp("2026-11-05", tz="UTC")}, "ALLOWED"),
        ({"channel": "email"}, "ALLOWED"),
    ],
    ids=["tried-by-sms", "of-another-campaign", "still-to-go", "by-the-same-medium"],
)
def test_what_may_have_been_sent_never_falls_through(
    shop: Shop, other: dict[str, Any], reason: str
) -> None:
    """Whom a campaign tried by one medium, whatever came of it, it never tries by another."""
    shop.set_profile("C2", phone=None)  # the number was given up since
    campaign = shop.campaign(channels=["solapi", "memory"])

    plan = campaign.plan(
        shop.customers,
        profiles=shop.profiles,
        consents=shop.consents,
        now=NOW,
        sends=_sends(**other),
    )

    assert plan.table.loc["C2", "reason"] == reason
    if reason == "ALREADY_SENT":
        assert "went by sms, or may have" in plan.explain("C2")


def test_each_text_fits_the_channel_that_was_chosen_or_is_held(shop: Shop) -> None:
    """A wish for SMS does not cut a text: who prefers it is held where the text is too long."""
    shop.profiles["preferred_channels"] = pd.Series([None, "sms", None], dtype=object)
    planner = TemplatePlanner({"default": Template(subject="Hello", body="가" * 1001)})

    plan = shop.plan(channels=CHANNELS, planner=planner, policy=policies.load("KR"))

    assert plan.table["decision"].tolist() == ["send", "held", "send"]
    assert plan.table.loc["C2", "reason"] == "NO_MESSAGE"


def test_one_address_gets_one_message_whatever_was_wished(shop: Shop) -> None:
    """Two who share a phone and prefer it: who bought last keeps it, the other gets e-mail."""
    shop.profiles["preferred_channels"] = "sms"
    shop.set_profile("C2", phone=shop.profiles["phone"].iloc[0])

    plan = shop.plan(channels=CHANNELS)

    assert _channels(plan) == ["memory", "solapi", "solapi"]
