"""Who, what, when and how composed into a plan that a person approves."""

from crmlib.campaigns._campaign import Campaign
from crmlib.campaigns._campaign_file import (
    CampaignFile,
    example_campaign,
    load_campaign,
)
from crmlib.campaigns._campaign_parts import CampaignData
from crmlib.campaigns._campaign_settings import CampaignSettings
from crmlib.campaigns._holdout import assign_holdout
from crmlib.campaigns._ladder import Ladder, LadderStep
from crmlib.campaigns._plan import Plan
from crmlib.campaigns._plan_shape import PLAN_COLUMNS
from crmlib.campaigns._planner_parts import PlannerSettings
from crmlib.campaigns._preview_messages import preview_messages

__all__ = [
    "PLAN_COLUMNS",
    "Campaign",
    "CampaignData",
    "CampaignFile",
    "CampaignSettings",
    "Ladder",
    "LadderStep",
    "Plan",
    "PlannerSettings",
    "assign_holdout",
    "example_campaign",
    "load_campaign",
    "preview_messages",
]
