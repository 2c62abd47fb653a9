"""The header of the plan of a campaign: under which terms it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmlib.campaigns._plan_shape import PLAN_FORMAT

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.campaigns._campaign import Campaign
    from crmlib.campaigns._draft import Draft
    from crmlib.campaigns._send_times import Times


def write_header(campaign: Campaign, now: datetime, times: Times, draft: Draft) -> dict[str, Any]:
    """Give the header, with all that the moments were made under, to be asked again later."""
    return {
        "format": PLAN_FORMAT,
        "campaign": campaign.name,
        "created_at": now.isoformat(),
        "purpose": str(campaign.purpose),
        "topic": campaign.topic,
        "policy": campaign.policy.to_dict(),
        "sender": None if campaign.sender is None else attrs.asdict(campaign.sender),
        "channels": list(campaign.channels),
        "audience": None if campaign.audience is None else list(campaign.audience),
        "holdout": {
            "share": campaign.holdout,
            "salt": campaign.salt or campaign.name,
            "propensity": {"send": 1 - campaign.holdout, "hold-out": campaign.holdout},
        },
        "not_after": (now + campaign.horizon).isoformat(),
        "verdict": campaign.planner.verdict,
        "limits": campaign.limits.to_dict()
        | {"closed_days": dict(times.holidays), "own_hours": times.own_hours(draft)},
        "schedule": {
            channel: {
                "value": found.value,
                "bound": found.bound,
                "gap": found.gap,
                "method": found.method,
            }
            for channel, found in times.found.items()
        },
    }
