"""The header of the plan of a campaign: under which terms it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmlib.campaigns._plan_shape import PLAN_FORMAT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmlib.campaigns._campaign import Campaign
    from crmlib.timing import Moments


def write_header(
    campaign: Campaign, now: datetime, found: Mapping[str, Moments]
) -> dict[str, Any]:
    """Give the header; *found* are the moments by channel, with their certificates."""
    return {
        "format": PLAN_FORMAT,
        "campaign": campaign.name,
        "created_at": now.isoformat(),
        "purpose": str(campaign.purpose),
        "policy": campaign.policy.to_dict(),
        "sender": None if campaign.sender is None else attrs.asdict(campaign.sender),
        "channels": list(campaign.channels),
        "audience": None if campaign.audience is None else list(campaign.audience),
        "holdout": {
            "share": campaign.holdout,
            "salt": campaign.name,
            "propensity": {"send": 1 - campaign.holdout, "hold-out": campaign.holdout},
        },
        "not_after": (now + campaign.horizon).isoformat(),
        "verdict": campaign.planner.verdict,
        "limits": campaign.limits.to_dict(),
        "schedule": {
            channel: {"value": one.value, "bound": one.bound, "gap": one.gap, "method": one.method}
            for channel, one in found.items()
        },
    }
