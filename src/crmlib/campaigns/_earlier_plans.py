"""Who had a message of a campaign by an earlier plan, or may have had it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

_WAITS: Final = "planned"
"""The state of a message that is known not to have been taken: a new plan takes it over."""


def find_tried(sends: pd.DataFrame | None, campaign: str, now: datetime) -> dict[str, str]:
    """Give the medium by which each customer of *sends* was to be tried up to *now*: the last one.

    Who waits though the moment is past, as in a campaign that is paused, is
    among them: the earlier plan may go on, and would reach them a second time.
    """
    if sends is None or not {"campaign", "channel", "at"} <= set(sends):
        return {}
    own = _own(sends, campaign, now).sort_values("at", kind="stable")
    return dict(zip(own["customer_id"], own["channel"], strict=True))


def find_had(sends: pd.DataFrame | None, campaign: str, now: datetime) -> dict[str, datetime]:
    """Give when each message of *campaign* in *sends*, by its key, went, or may have."""
    if sends is None or not {"campaign", "message_key", "at"} <= set(sends):
        return {}
    own = _own(sends, campaign, now)
    if "state" in own:
        own = own[(own["state"] != _WAITS).to_numpy()]
    return dict(zip(own["message_key"], own["at"], strict=True))


def _own(sends: pd.DataFrame, campaign: str, now: datetime) -> pd.DataFrame:
    return sends[((sends["campaign"] == campaign) & (sends["at"] <= now)).to_numpy()]
