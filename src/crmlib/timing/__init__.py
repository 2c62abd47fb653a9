"""When: models of preferred moments, and the schedule that keeps them inside all limits."""

from crmlib.timing._answer_within import answer_within, expires_at
from crmlib.timing._evaluation import TimingEvaluation, evaluate
from crmlib.timing._fixed import FixedTiming
from crmlib.timing._frequency_cap import FrequencyCap
from crmlib.timing._holidays import find_holidays
from crmlib.timing._moments import Moments
from crmlib.timing._preferred_hour import PreferredHourTiming
from crmlib.timing._purchase_cycle import PurchaseCycleTiming
from crmlib.timing._response import ResponseTiming
from crmlib.timing._response_value import compare_groups, judge_timing
from crmlib.timing._schedule import schedule
from crmlib.timing._schedule_within import schedule_within
from crmlib.timing._send_limits import SendLimits
from crmlib.timing._trigger import TriggerTiming
from crmlib.timing._zones import resolve_zones

__all__ = [
    "FixedTiming",
    "FrequencyCap",
    "Moments",
    "PreferredHourTiming",
    "PurchaseCycleTiming",
    "ResponseTiming",
    "SendLimits",
    "TimingEvaluation",
    "TriggerTiming",
    "answer_within",
    "compare_groups",
    "evaluate",
    "expires_at",
    "find_holidays",
    "judge_timing",
    "resolve_zones",
    "schedule",
    "schedule_within",
]
