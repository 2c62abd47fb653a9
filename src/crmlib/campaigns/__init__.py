"""Who, what, when and how composed into a plan that a person approves."""

from crmlib.campaigns._campaign import Campaign
from crmlib.campaigns._holdout import assign_holdout
from crmlib.campaigns._plan import Plan
from crmlib.campaigns._plan_shape import PLAN_COLUMNS

__all__ = ["PLAN_COLUMNS", "Campaign", "Plan", "assign_holdout"]
