"""Who had a message of a campaign already, or may have had it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd


def find_tried(sends: pd.DataFrame | None, campaign: str, now: datetime) -> dict[str, str]:
    """Give the medium by which each customer of *sends* was tried up to *now*: the last one.

    What is still to go is not among them: a new plan takes it over.
    """
    if sends is None or not {"campaign", "channel", "at"} <= set(sends):
        return {}
    own = sends[((sends["campaign"] == campaign) & (sends["at"] <= now)).to_numpy()]
    ordered = own.sort_values("at", kind="stable")
    return dict(zip(ordered["customer_id"], ordered["channel"], strict=True))
