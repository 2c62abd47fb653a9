"""Who had a message of a campaign by an earlier plan, may have had it, or will not get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmlib.messages import Reason

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

_WAITS: Final = "planned"
"""The state of a message that is known not to have been taken: a new plan takes it over."""
_RESENDABLE: Final = frozenset({"rejected", "dead", "expired"})
_WORDS: Final = {
    "rejected": "was rejected",
    "dead": "was given up",
    "expired": "expired",
    "blocked": "was blocked",
}
NOTHING_MORE: Final = (Reason.ALREADY_SENT, Reason.ALREADY_ENDED)
"""Why those who are to be sent get nothing by this plan all the same."""


def find_tried(sends: pd.DataFrame | None, campaign: str, now: datetime) -> dict[str, str]:
    """Give the medium by which each customer of *sends* was to be tried up to *now*: the last one.

    Who waits though the moment is past, as in a campaign that is paused, is
    among them: the earlier plan may go on, and would reach them a second time.
    """
    if sends is None or not {"campaign", "channel", "at"} <= set(sends):
        return {}
    own = _own(sends, campaign, now).sort_values("at", kind="stable")
    return dict(zip(own["customer_id"], own["channel"], strict=True))


def find_had(sends: pd.DataFrame | None, campaign: str, now: datetime) -> dict[str, str]:
    """Say of each message of *campaign* in *sends*, by its key, when it went, or may have."""
    if sends is None or not {"campaign", "message_key", "at"} <= set(sends):
        return {}
    own = _own(sends, campaign, now)
    if "state" in own:
        own = own[(own["state"] != _WAITS).to_numpy()]
    told = [f"an earlier plan sent it on {at:%Y-%m-%d}, or may have" for at in own["at"]]
    return dict(zip(own["message_key"], told, strict=True))


def find_ended(ended: pd.DataFrame | None, campaign: str) -> dict[str, str]:
    """Say of each message of *campaign* in *ended*, by its key, how it ended."""
    if ended is None:
        return {}
    own = ended[(ended["campaign"] == campaign).to_numpy()]
    return {str(row.message_key): _how_it_ended(row) for row in own.itertuples()}


def _how_it_ended(row: Any) -> str:
    why = f" ({row.detail})" if row.detail else ""
    way_out = "crmlib resend does" if row.state in _RESENDABLE else "nothing does"
    return (
        f"its message of this campaign {_WORDS[row.state]} on {row.at:%Y-%m-%d}{why}: a new "
        f"plan does not begin it anew, {way_out}"
    )


def _own(sends: pd.DataFrame, campaign: str, now: datetime) -> pd.DataFrame:
    return sends[((sends["campaign"] == campaign) & (sends["at"] <= now)).to_numpy()]
