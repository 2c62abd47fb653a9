"""A campaign planned anew: who had its message is said, and nobody is held for it."""

from typing import Any

import pandas as pd
import pytest
from shops_by_hand import Shop

from crmlib.campaigns import Plan

SENT = pd.Timestamp("2026-10-20", tz="UTC")


def _plan_anew(shop: Shop, *states: str, **how: Any) -> tuple[Plan, Plan]:
    """Plan twice; in between, the first messages came into *states*."""
    first = shop.plan(**how)
    rows = first.table.head(len(states))
    sends = pd.DataFrame(
        {
            "customer_id": rows.index,
            "at": SENT,
            "channel": rows["medium"].to_list(),
            "campaign": first.campaign,
            "message_key": rows["message_key"].to_list(),
            "state": states,
        }
    )
    return first, shop.plan(sends=sends, **how)


def test_who_had_it_stays_to_be_sent_and_is_told() -> None:
    """Taken or perhaps taken: said; what waits, or went to another address, is not."""
    shop = Shop()
    first, anew = _plan_anew(shop, "accepted", "unknown", "planned")

    assert first.table["reason"].to_list() == ["ALLOWED"] * 3
    assert anew.table["decision"].to_list() == ["send"] * 3
    assert anew.table["reason"].to_list() == ["ALREADY_SENT", "ALREADY_SENT", "ALLOWED"]
    assert anew.explain("C1").splitlines()[0] == (
        "C1 gets nothing more: an earlier plan sent it on 2026-10-20, or may have (ALREADY_SENT)."
    )
    assert "How:" not in anew.explain("C1")
    assert anew.counts()["customers"].to_list() == [2, 1]


@pytest.mark.parametrize(
    ("state", "detail", "told"),
    [
        ("rejected", "550 no such user", "was rejected on 2026-10-20 (550 no such user)"),
        ("dead", "450 busy", "was given up on 2026-10-20 (450 busy)"),
        ("expired", "its last moment passed", "expired on 2026-10-20 (its last moment passed)"),
        ("blocked", "", "was blocked on 2026-10-20"),
    ],
)
def test_whose_message_ended_is_told_and_stays_to_be_sent(
    state: str, detail: str, told: str
) -> None:
    """It is not begun anew: said with the way out, of this campaign alone."""
    shop = Shop()
    first = shop.plan()
    keys = first.table["message_key"]
    ended = pd.DataFrame(
        {
            "campaign": [first.campaign, "another"],
            "message_key": keys.iloc[:2].to_list(),
            "state": state,
            "at": SENT,
            "detail": detail,
        }
    )
    anew = shop.plan(ended=ended)
    way_out = "nothing does" if state == "blocked" else "crmlib resend does"

    assert anew.table["decision"].to_list() == ["send"] * 3
    assert anew.table["reason"].to_list() == ["ALREADY_ENDED", "ALLOWED", "ALLOWED"]
    assert anew.explain("C1").splitlines()[0] == (
        f"C1 gets nothing more: its message of this campaign {told}: a new plan does not begin it "
        f"anew, {way_out} (ALREADY_ENDED)."
    )
    page = anew.preview_html()
    assert "<b>2</b>get a message" in page
    assert "<b>1</b>to be sent, but their message ended before, without being taken" in page


def test_the_hold_out_is_the_same_whoever_had_it() -> None:
    """The lot knows nothing of what was sent, so both arms stay what they were drawn from."""
    first, anew = _plan_anew(Shop(12), *["accepted"] * 12, holdout=0.5)

    assert set(first.table["decision"]) == {"send", "hold-out"}
    assert anew.table["decision"].to_list() == first.table["decision"].to_list()
    assert set(anew.table.loc[anew.table["decision"] == "hold-out", "reason"]) == {"HOLD_OUT"}


@pytest.mark.parametrize("lacks", ["message_key", "state"])
def test_without_keys_nobody_had_it_and_without_states_all_did(lacks: str) -> None:
    """Who tells nothing of messages tells nothing of who had them."""
    shop = Shop()
    plan = shop.plan()
    sends = pd.DataFrame({"customer_id": ["C1"], "at": SENT, "channel": "email"})
    sends = sends.assign(
        campaign=plan.campaign, message_key=plan.table["message_key"].iloc[0], state="planned"
    )
    found = shop.plan(sends=sends.drop(columns=lacks)).table["reason"].iloc[0]

    assert found == ("ALREADY_SENT" if lacks == "state" else "ALLOWED")


def test_the_preview_counts_who_had_it_apart() -> None:
    """The page says how many will be sent, and how many of the plan have it."""
    page = _plan_anew(Shop(), "accepted")[1].preview_html()

    assert "<b>2</b>get a message" in page
    assert "<b>1</b>to be sent, but have this message, or may have it" in page
    assert "; 2 will be sent)" in page
