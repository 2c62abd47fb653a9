"""A campaign keeps its limits beside those of other campaigns, and tells which held whom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from shops_by_hand import NOW, Shop

from crmlib.campaigns import CampaignLimits, Plan, load_campaign
from crmlib.exceptions import ConfigError, InvalidParameterError
from crmlib.timing import FrequencyCap

if TYPE_CHECKING:
    from pathlib import Path

WEEKLY = CampaignLimits(caps=[FrequencyCap(most=1, per="week")])


def plan_with(shop: Shop, sends: pd.DataFrame | None = None, **other: Any) -> Plan:
    """Plan the campaign of the shop beside earlier messages."""
    return shop.campaign(**other).plan(
        shop.customers, profiles=shop.profiles, consents=shop.consents, now=NOW, sends=sends
    )


def sent(customer_id: str, at: str, **columns: str) -> pd.DataFrame:
    """Give one earlier message."""
    return pd.DataFrame({"customer_id": [customer_id], "at": [at]} | columns)


def test_a_cap_over_all_campaigns_holds_and_is_told() -> None:
    """C1 had its message of the week, C2 gets its own later in the week, C3 knows no cap."""
    sends = pd.concat(
        [
            sent("C1", "2026-11-09T01:00Z"),
            sent("C1", "2026-11-03T01:00Z"),
            sent("C2", "2026-11-01T12:00Z"),
        ]
    )
    plan = plan_with(Shop(), sends, limits=WEEKLY, horizon=timedelta(days=5))
    row = plan.table.loc["C1"]

    assert (row["decision"], row["reason"]) == ("held", "FREQUENCY_CAP")
    assert row["detail"] == "no hour is left; the cap of 1 a week leaves nothing"
    assert plan.table["decision"].tolist() == ["held", "send", "send"]


def test_the_campaign_itself_and_informational_messages_are_not_capped() -> None:
    """What this campaign sent before, and a message that is no advertisement, are let through."""
    sends = sent("C1", "2026-11-03T01:00Z", campaign="winback")
    own = plan_with(Shop(1), sends, limits=WEEKLY, horizon=timedelta(days=5))
    told = plan_with(
        Shop(1),
        sends.assign(campaign="other"),
        limits=WEEKLY,
        purpose="informational",
        horizon=timedelta(days=5),
    )

    assert own.table["decision"].tolist() == ["send"]
    assert told.table["decision"].tolist() == ["send"]


def test_own_hours_and_expiry_come_from_the_profile() -> None:
    """The customer's wish moves the message, and its last moment is that of what it offers."""
    shop = Shop(2)
    shop.profiles["quiet_from"] = ["09:00", None]
    shop.profiles["quiet_until"] = ["12:00", None]
    shop.profiles["expires_at"] = [None, "2026-11-02T04:00:00Z"]
    plan = plan_with(shop)
    table = plan.table
    hours = table["send_at"].dt.tz_convert("Asia/Seoul").dt.hour

    assert hours.tolist() == [12, 10]
    assert plan.header["limits"]["own_hours"] == {"09:00-12:00": ["C1"]}
    assert table["not_after"].tolist() == [
        NOW + timedelta(days=7),
        pd.Timestamp("2026-11-02T04:00Z"),
    ]


def test_holidays_and_rate_of_the_channel() -> None:
    """On Christmas in Korea nothing goes; two in a minute never do."""
    shop = Shop(70)
    limits = CampaignLimits(per_minute={"memory": 1}, holidays="KR")
    plan = shop.campaign(limits=limits).plan(
        shop.customers,
        profiles=shop.profiles,
        consents=shop.consents,
        now=NOW.replace(month=12, day=25),
    )
    local = plan.table["send_at"].dt.tz_convert("Asia/Seoul")

    assert local.dt.floor("min").is_unique
    assert set(local.dt.date.astype(str)) == {"2026-12-26", "2026-12-27"}
    assert "2026-12-25 is a holiday (Christmas Day)" in plan.table["why_when"].iloc[0]
    assert plan.header["limits"] == {
        "caps": [],
        "spacing_hours": 0.0,
        "per_minute": {"memory": 1},
        "holidays": ["KR"],
        "tag": None,
        "canary": 0,
        "most_recipients": None,
        "closed_days": {"2026-12-25": "Christmas Day", "2027-01-01": "New Year's Day"},
        "own_hours": {},
    }
    assert plan.header["schedule"] == {
        "memory": {"value": 140.0, "bound": 140.0, "gap": 0.0, "method": "prices"}
    }


def test_limits_that_cannot_be_are_refused() -> None:
    """Before anything is planned."""
    with pytest.raises(InvalidParameterError, match="per_minute"):
        CampaignLimits(per_minute={"smtp": 0})
    with pytest.raises(InvalidParameterError, match="countries such as"):
        CampaignLimits(holidays=[82])
    with pytest.raises(InvalidParameterError, match="limits"):
        Shop().campaign(limits=FrequencyCap(most=1, per="day"))


FILE = """
[campaign]
name = "winback"
channels = ["memory"]
policy = "EU"
[data]
orders = "orders.csv"
profiles = "profiles.csv"
consents = "consents.csv"
[segmenter]
kind = "rfm"
[timing]
kind = "fixed"
[sender]
name = "Shop"
email = "shop@example.com"
opt_out_url = "https://shop.example/out/{message_key}"
[templates.default]
subject = "Hi"
body = "Hi"
[limits]
"""


def load(folder: Path, limits: str) -> CampaignLimits:
    """Read a campaign file with these limits."""
    path = folder / "campaign.toml"
    path.write_text(FILE + limits, encoding="utf-8")
    return load_campaign(path).limits


def test_limits_are_read_from_the_campaign_file(tmp_path: Path) -> None:
    """Each key is one parameter; without any nothing is limited."""
    read = load(
        tmp_path,
        'caps = [{ most = 2, per = "day" }, { most = 3, hours = 72, medium = "sms", tag = "x" }]\n'
        'spacing_hours = 20\nholidays = ["KR", "DE-BY"]\ntag = "sale"\n'
        "per_minute = { memory = 600 }\n",
    )

    assert read == CampaignLimits(
        caps=[
            FrequencyCap(most=2, per="day"),
            FrequencyCap(most=3, hours=72, medium="sms", tag="x"),
        ],
        spacing_hours=20,
        holidays=["KR", "DE-BY"],
        tag="sale",
        per_minute={"memory": 600},
    )
    assert load(tmp_path, "") == CampaignLimits()


def test_a_rate_may_be_that_of_a_channel_of_a_step(tmp_path: Path) -> None:
    """Steps of a trigger have channels of their own, whose providers have rates, too."""
    step = '[[timing.steps]]\nname = "later"\nafter_minutes = 9\nchannels = ["console"]\n'
    path = tmp_path / "campaign.toml"
    text = FILE.replace('kind = "fixed"', 'kind = "trigger"\nevent = "cart_left"\n' + step)
    path.write_text(text + "per_minute = { console = 5 }\n", encoding="utf-8")

    assert load_campaign(path).limits.per_minute == {"console": 5}


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        ('caps = [{ most = 2, per = "year" }]', r"limits\.caps\[1\]\.per is 'year'"),
        ('caps = [{ most = 0, per = "day" }]', r"limits\.caps\[1\]\.most is 0"),
        ('caps = [{ most = 2, per = "day", each = 1 }]', r"limits\.caps\[1\]\.each is no key"),
        ("spacing_hours = -1", r"limits\.spacing_hours is -1"),
        ("per_minute = { smtp = 600 }", r"limits\.per_minute.*memory"),
        ("per_minute = { memory = 0 }", r"limits\.per_minute\.memory is 0"),
        ('holidays = "XX"', r"limits\.holidays"),
        ("cap = 1", r"limits\.cap is no key that is known here; did you mean 'caps'"),
    ],
)
def test_wrong_limits_are_named_in_the_file(tmp_path: Path, limits: str, text: str) -> None:
    """With the key, what it is, and what would do."""
    with pytest.raises(ConfigError, match=text):
        load(tmp_path, limits)
