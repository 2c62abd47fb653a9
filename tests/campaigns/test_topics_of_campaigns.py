"""Campaigns about a topic, and what the law caps, from planning on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from shops_by_hand import NOW, Shop

from crmlib import policies
from crmlib.campaigns import (
    Plan,
    check_plan,
    consents_of_people,
    count_findings,
    example_campaign,
    load_campaign,
)
from crmlib.exceptions import ConfigError, DataQualityWarning, InvalidParameterError
from crmlib.identity import link_identities
from crmlib.policies import last_words

if TYPE_CHECKING:
    from pathlib import Path

KOREA = policies.load("KR")


def make_shop() -> Shop:
    """Give three customers: C2 withdrew from restock, C3 agreed to nothing else."""
    shop = Shop()
    shop.consents = pd.DataFrame(
        {
            "customer_id": ["C1", "C2", "C2", "C3"],
            "channel": ["*", "*", "email", "email"],
            "purpose": "advertising",
            "topic": ["", "", "restock", "restock"],
            "granted": [True, True, False, True],
            "at": pd.to_datetime(
                ["2026-01-05", "2026-01-05", "2026-02-01", "2026-03-01"], utc=True
            ),
        }
    )
    return shop


def verdicts(plan: Plan) -> dict[str, str]:
    """Give what is said of each customer."""
    return plan.table["reason"].to_dict()


def test_a_campaign_keeps_to_the_wishes_on_its_topic() -> None:
    """Who withdrew from the topic is held, who agreed to it alone is written to, with reasons."""
    shop = make_shop()
    about = shop.plan(policy=KOREA, topic=" Restock")
    plain = shop.plan(policy=KOREA)

    assert verdicts(about) == {"C1": "ALLOWED", "C2": "NO_CONSENT", "C3": "ALLOWED"}
    assert verdicts(plain) == {"C1": "ALLOWED", "C2": "ALLOWED", "C3": "NO_CONSENT"}
    assert about.header["topic"] == "restock"
    assert about.table.loc["C2", "detail"].startswith(
        "withdrawn on 2026-02-01 for the topic 'restock' (KR Network Act art. 50(1)"
    )
    assert "consent of 2026-03-01 for the topic 'restock'" in about.explain("C3")


def test_a_withdrawal_from_a_topic_counts_for_the_mailbox() -> None:
    """Nobody who shares the address is written to about the topic; about others they are."""
    shop = make_shop()
    shop.set_profile("C1", email="c2@example.com")

    about = shop.plan(policy=KOREA, topic="restock")
    assert about.table.loc["C1", "reason"] == "NO_CONSENT"
    assert "C2, who has the same email, withdrew on 2026-02-01" in about.table.loc["C1", "detail"]
    assert set(verdicts(shop.plan(policy=KOREA, topic=None)).values()) >= {"ALLOWED"}


def test_a_slip_in_the_name_of_a_topic_is_told() -> None:
    """A topic that nobody ever spoke of, where there are others, is a warning that names them."""
    shop = make_shop()
    with pytest.warns(DataQualityWarning, match=r"'restok'; there are \['restock'\]"):
        shop.plan(policy=KOREA, topic="restok")
    shop.consents = shop.consents.drop(columns="topic")

    assert shop.plan(policy=KOREA, topic="restok").table.shape[0] == 3


def test_a_topic_is_a_name() -> None:
    """A topic that could not be written in a file is refused."""
    with pytest.raises(InvalidParameterError, match="topic must be up to 100 letters"):
        make_shop().campaign(topic="a/b")


def test_the_check_finds_withdrawals_from_the_topic() -> None:
    """What was withdrawn since planning is found, with topic, day and law."""
    shop = make_shop()
    plan = shop.plan(policy=KOREA, topic="restock")
    since = shop.consents.iloc[[3]].assign(granted=False, at=pd.Timestamp("2026-11-02T00:30Z"))
    other = since.assign(customer_id="C1", topic="sale")

    found = count_findings(check_plan(plan, consents=pd.concat([shop.consents, since, other])))

    assert found[["finding", "example"]].to_numpy().tolist() == [["NO_CONSENT", "C3"]]
    assert found["detail"].iloc[0].startswith("withdrawn on 2026-11-02 for the topic 'restock'")


def test_a_campaign_file_names_its_topic(tmp_path: Path) -> None:
    """The key topic is read in the spelling of consents, or refused by name."""
    path = tmp_path / "campaign.toml"
    text = example_campaign()
    path.write_text(text.replace("[campaign]\n", '[campaign]\ntopic = "Restock"\n', 1), "utf-8")
    assert load_campaign(path).campaign.topic == "restock"
    path.write_text(text.replace("[campaign]\n", '[campaign]\ntopic = "a/b"\n', 1), "utf-8")

    with pytest.raises(ConfigError, match=r"campaign\.topic is 'a/b'; it must be up to 100"):
        load_campaign(path)


def test_topics_of_accounts_are_those_of_the_person() -> None:
    """A withdrawal from a topic at one account outweighs the consent of another to it."""
    accounts = pd.DataFrame(
        {"customer_id": ["S1", "C1"], "sales_channel": ["a", "b"], "phone": "+82 10-0123-4567"}
    )
    days = pd.to_datetime(["2026-01-05", "2026-02-01", "2026-03-01", "2026-03-02"], utc=True)
    consents = pd.DataFrame(
        {
            "customer_id": ["S1", "S1", "C1", "C1"],
            "channel": "email",
            "purpose": "advertising",
            "topic": ["", "restock", "restock", "sale"],
            "granted": [True, False, True, True],
            "at": days,
        }
    )
    told = consents_of_people(consents, link_identities(accounts))
    person = told["customer_id"].iloc[0]
    words = {
        topic: last_words(told, medium="email", purpose="advertising", now=NOW, topic=topic)
        for topic in ("restock", "sale", None)
    }

    assert {topic: said.loc[person, "granted"] for topic, said in words.items()} == {
        "restock": False,
        "sale": True,
        None: True,
    }


def test_brand_messages_of_today_close_the_day() -> None:
    """KR: one brand message a day, seen at planning over all campaigns, with its source."""
    shop = make_shop()
    sends = pd.DataFrame(
        {
            "customer_id": ["C1", "C2"],
            "at": pd.Timestamp("2026-11-02T00:00Z"),
            "channel": ["kakao", "kakao"],
            "campaign": ["other", "other"],
            "purpose": ["advertising", "informational"],
        }
    )
    campaign = shop.campaign(policy=KOREA, channels=["solapi-brand"])
    plan = campaign.plan(
        shop.customers, profiles=shop.profiles, consents=shop.consents, now=NOW, sends=sends
    )
    days = plan.table["send_at"].dt.tz_convert("Asia/Seoul").dt.day

    assert days[["C1", "C2"]].to_list() == [3, 2]
    assert plan.table.loc["C1", "why_when"].endswith(
        "the cap of 1 a day by kakao leaves Tue 2026-11-03 to Mon 2026-11-09 (Kakao's terms of "
        "brand messages (브랜드 메시지), as resellers print them (secondary source))"
    )
