"""Who, what, when and how composed into a plan that a person approves."""

from crmlib.campaigns._plan import Plan
from crmlib.campaigns._plan_shape import PLAN_COLUMNS

__all__ = ["PLAN_COLUMNS", "Plan"]
