"""Who, what, when and how composed into a plan that a person approves."""

from crmlib.campaigns._campaign import Campaign
from crmlib.campaigns._campaign_file import (
    CampaignFile,
    example_campaign,
    load_campaign,
)
from crmlib.campaigns._campaign_limits import CampaignLimits
from crmlib.campaigns._campaign_settings import CampaignSettings
from crmlib.campaigns._channel_rates import ChannelRates
from crmlib.campaigns._check_plan import check_plan, count_findings, renew_policy
from crmlib.campaigns._data_section import CampaignData
from crmlib.campaigns._events_of_people import (
    consents_of_people,
    events_of_people,
    sends_of_people,
)
from crmlib.campaigns._holdout import assign_holdout
from crmlib.campaigns._ladder import Ladder, LadderStep
from crmlib.campaigns._linking import LinkedPeople, PeopleSettings, link_people
from crmlib.campaigns._order_files import OrderFiles, read_order_files
from crmlib.campaigns._plan import Plan
from crmlib.campaigns._plan_notices import plan_notices
from crmlib.campaigns._plan_shape import PLAN_COLUMNS
from crmlib.campaigns._planner_parts import PlannerSettings
from crmlib.campaigns._preview_messages import preview_messages

__all__ = [
    "PLAN_COLUMNS",
    "Campaign",
    "CampaignData",
    "CampaignFile",
    "CampaignLimits",
    "CampaignSettings",
    "ChannelRates",
    "Ladder",
    "LadderStep",
    "LinkedPeople",
    "OrderFiles",
    "PeopleSettings",
    "Plan",
    "PlannerSettings",
    "assign_holdout",
    "check_plan",
    "consents_of_people",
    "count_findings",
    "events_of_people",
    "example_campaign",
    "link_people",
    "load_campaign",
    "plan_notices",
    "preview_messages",
    "read_order_files",
    "renew_policy",
    "sends_of_people",
]
