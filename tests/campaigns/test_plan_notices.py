"""Plans of the notices that the law asks for, and what they may not hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs
import pandas as pd
import pytest
from shops_by_hand import SENDER, Shop

from crmlib import policies
from crmlib.campaigns import Plan, check_plan, count_findings, plan_notices
from crmlib.exceptions import InvalidParameterError, UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

KOREA = policies.load("KR")
NOW = datetime(2026, 11, 28, 0, 0, tzinfo=UTC)


def make_shop() -> Shop:
    """Give three customers: one Korean who withdrew, two who consented, one of them long ago."""
    shop = Shop()
    shop.set_profile("C1", locale="ko-KR")
    shop.consents = pd.DataFrame(
        {
            "customer_id": ["C1", "C1", "C2", "C3"],
            "channel": ["email", "email", "sms", "email"],
            "purpose": ["advertising", "advertising", "night", "advertising"],
            "granted": [True, False, True, True],
            "at": [
                "2026-11-18T16:00Z",
                "2026-11-20T03:00Z",
                "2026-11-20T03:00Z",
                "2024-12-01T03:00Z",
            ],
            "topic": ["", "restock", "", ""],
        }
    )
    return shop


def plan_for(shop: Shop, duty: str = "result-notice", **other: Any) -> Plan:
    """Plan the notices of a duty."""
    given: dict[str, Any] = {
        "name": "told",
        "consents": shop.consents,
        "profiles": shop.profiles,
        "sender": SENDER,
        "channels": ["memory"],
        "now": NOW,
        "timezone": "Asia/Seoul",
    }
    policy = other.pop("policy", KOREA)
    return plan_notices(policy, duty, **(given | {"done_before": NOW.date()} | other))


def test_each_is_told_the_own_facts_in_the_own_language() -> None:
    """Sender, fact, date in Seoul and result, of each event since the last notice."""
    plan = plan_for(make_shop())

    assert plan.table["decision"].to_dict() == {"C1": "send", "C2": "send"}
    assert plan.table["subject"].to_list() == [
        "Moonlight Shop 수신 동의·거부 처리 결과 안내",
        "Moonlight Shop: your choice about advertising",
    ]
    assert plan.table.loc["C1", "message"].splitlines()[2:4] == [
        "- 2026-11-19 이메일 광고성 정보 수신 동의: 처리 완료",
        "- 2026-11-20 이메일 광고성 정보 (restock) 수신 거부(동의 철회): 처리 완료",
    ]
    assert (
        "- 2026-11-20: consent to advertising at night by text message: recorded"
        in (plan.table.loc["C2", "message"])
    )
    assert plan.header["purpose"] == "informational"
    assert plan.header["notice"] == {
        "duty": "result-notice",
        "until": "2026-11-28T00:00:00+00:00",
        "sources": "KR Network Act art. 50(7)",
    }


def test_a_reminder_says_how_to_withdraw() -> None:
    """The notice of every second year names the consent and the recipient's own way out."""
    plan = plan_for(make_shop(), "consent-reminder")
    (row,) = plan.table.to_dict("records")

    assert row["opt_out_url"].startswith("https://shop.example/out/")
    assert f"To withdraw: {row['opt_out_url']}\n" in row["message"]
    assert "- 2024-12-01: consent to advertising by e-mail" in row["message"]


def test_a_sender_without_a_way_out_cannot_remind() -> None:
    """The row is held, and says what the sender lacks."""
    sender = attrs.evolve(SENDER, opt_out_url=None)
    plan = plan_for(make_shop(), "consent-reminder", sender=sender)

    assert plan.table["reason"].to_list() == ["NO_MESSAGE"]
    assert "give Sender(opt_out_url=…)" in plan.table["detail"].iloc[0]


def test_a_notice_tells_all_that_is_owed_of_the_duty() -> None:
    """Whoever has something due now is told of what is due later, too: one notice serves."""
    shop = make_shop()
    shop.consents.loc[4] = ["C3", "sms", "advertising", True, "2025-06-01T03:00Z", ""]
    plan = plan_for(shop, "consent-reminder")

    assert plan.table["message"].str.count("- 202").to_list() == [2]


@pytest.mark.parametrize(
    ("utc", "expected"),
    [("06:30", "28 16"), ("11:59", "29 09"), ("16:00", "29 09"), ("22:00", "29 09")],
    ids=["afternoon", "evening", "night", "early"],
)
def test_notices_go_in_the_next_hour_of_the_day(utc: str, expected: str) -> None:
    """What may be due today leaves today; by night it waits for the morning."""
    now = datetime.fromisoformat(f"2026-11-28T{utc}+00:00")
    send_at = plan_for(make_shop(), now=now).table["send_at"].dt.tz_convert("Asia/Seoul")

    assert set(send_at.dt.strftime("%d %H")) == {expected}


def test_who_was_told_or_is_being_told_is_left_out() -> None:
    """A notice that was sent, waits or may have gone makes another one needless."""
    shop = make_shop()
    for outcome in ("sent", "planned", "unknown"):
        told = {"customer_id": ["C1"], "duty": "result-notice", "at": ["2026-11-21T00:00Z"]}
        plan = plan_for(shop, notices=pd.DataFrame(told | {"outcome": outcome}))

        assert plan.table.index.to_list() == ["C2"]


def test_the_informational_path_is_its_own() -> None:
    """No consent is asked for, nobody is held out; a suppressed address gets nothing."""
    shop = make_shop()
    shop.consents.loc[4] = ["C1", "*", "advertising", False, "2026-11-21T00:00Z", ""]
    plan = plan_for(shop, suppressions=["c2@example.com"])

    assert plan.table[["decision", "reason"]].to_numpy().tolist() == [
        ["send", "ALLOWED"],
        ["held", "SUPPRESSED"],
    ]
    assert plan.header["holdout"]["share"] == 0


def test_nobody_is_owed_anything() -> None:
    """Without a duty that is due the plan is empty."""
    assert plan_for(make_shop(), now=datetime(2026, 11, 1, tzinfo=UTC)).table.empty


def test_fresh_notices_pass_the_check() -> None:
    """The check of final texts finds nothing in what crmlib writes, in both languages."""
    for duty in ("result-notice", "consent-reminder"):
        assert check_plan(plan_for(make_shop(), duty)).empty


@pytest.mark.parametrize(
    ("change", "finding", "detail"),
    [
        (
            "{} Sale: https://shop.example/sale",
            "ADVERTISING_INSIDE",
            "leads to 'https://shop.example/sale'",
        ),
        ("(광고) {}", "ADVERTISING_INSIDE", "the text begins with '(광고)'"),
        ("Recorded.", "SENDER_MISSING", "the text does not say 'Moonlight Shop'"),
    ],
    ids=["link", "label", "nameless"],
)
def test_an_advertisement_in_a_notice_is_found(change: str, finding: str, detail: str) -> None:
    """A notice leads nowhere but out, is not labelled, and says who sends it."""
    plan = plan_for(make_shop(), channels=["solapi"])
    table = plan.table
    table.loc["C2", "message"] = change.format(table.loc["C2", "message"])

    found = count_findings(check_plan(attrs.evolve(plan, table=table)))

    assert found[["finding", "example"]].to_numpy().tolist() == [[finding, "C2"]]
    assert detail in found["detail"].iloc[0]


def test_a_button_is_an_advertisement() -> None:
    """A notice has no button."""
    plan = plan_for(make_shop())
    table = plan.table
    table.loc["C2", ["button_label", "button_url"]] = ["See the sale", "https://shop.example/"]

    found = check_plan(attrs.evolve(plan, table=table))

    assert found["detail"].to_list() == ["a notice has the button 'See the sale'"]
    assert found["sources"].to_list() == ["KR Network Act art. 50(7)"]


def test_unknown_notices_are_refused(tmp_path: Path) -> None:
    """A duty that is none, is no notice, or has no text is an error with the way out."""
    with pytest.raises(UnknownNameError, match="there is no notice in the duties of KR") as caught:
        plan_for(make_shop(), "heed-withdrawal")
    assert caught.value.known == ["consent-reminder", "result-notice"]
    path = tmp_path / "house.toml"
    path.write_text(SILENT, encoding="utf-8")
    with pytest.raises(InvalidParameterError, match=r"its text: \[duties\.texts\.en\]"):
        plan_for(make_shop(), "thanks", policy=policies.load("KR", path))
    with pytest.raises(InvalidParameterError, match="channels that carry informational messages"):
        plan_for(make_shop(), channels=["solapi-brand"])


SILENT = """\
jurisdiction = "house"
title = "Duties of our own"
as_of = 2026-11-01
sources.taste = { law = "our own rule", says = "We say thanks.", verified = true }

[[duties]]
name = "thanks"
kind = "notice"
after = ["consent"]
task = "say thanks"
within_days = 2
sources = ["taste"]
"""
