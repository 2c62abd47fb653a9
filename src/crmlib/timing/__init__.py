"""When: models of preferred moments, and the schedule that keeps them inside all limits."""

from crmlib.timing._evaluation import TimingEvaluation, evaluate
from crmlib.timing._fixed import FixedTiming
from crmlib.timing._preferred_hour import PreferredHourTiming
from crmlib.timing._purchase_cycle import PurchaseCycleTiming
from crmlib.timing._response import ResponseTiming
from crmlib.timing._response_value import compare_groups, judge_timing
from crmlib.timing._schedule import schedule
from crmlib.timing._trigger import TriggerTiming
from crmlib.timing._zones import resolve_zones

__all__ = [
    "FixedTiming",
    "PreferredHourTiming",
    "PurchaseCycleTiming",
    "ResponseTiming",
    "TimingEvaluation",
    "TriggerTiming",
    "compare_groups",
    "evaluate",
    "judge_timing",
    "resolve_zones",
    "schedule",
]
