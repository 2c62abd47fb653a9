"""What a campaign brought: lift against the hold-out, with honest intervals.

:func:`measure` answers for a whole plan.  The small statistics that it is made
of stand alone as well: each takes counts or plain arrays, and each formula is
cited where it stands.  :func:`collect_purchases` and :func:`collect_clicks`
give what planners that choose learn from.
"""

from crmlib.measurement._arm_result import ArmResult
from crmlib.measurement._collect_responses import collect_clicks, collect_purchases
from crmlib.measurement._conversion import estimate_conversion_difference, estimate_relative_lift
from crmlib.measurement._cuped import CupedEstimate, estimate_cuped_difference
from crmlib.measurement._estimate import Estimate
from crmlib.measurement._known_buyers import count_known_buyers, find_reachable
from crmlib.measurement._lift_result import LiftResult
from crmlib.measurement._means import estimate_mean_difference
from crmlib.measurement._measure import measure
from crmlib.measurement._sample_ratio import SampleRatioCheck, check_sample_ratio
from crmlib.measurement._sample_size import sample_size_by_arcsine, sample_size_by_normal
from crmlib.measurement._sequence import sequence_half_width

__all__ = [
    "ArmResult",
    "CupedEstimate",
    "Estimate",
    "LiftResult",
    "SampleRatioCheck",
    "check_sample_ratio",
    "collect_clicks",
    "collect_purchases",
    "count_known_buyers",
    "estimate_conversion_difference",
    "estimate_cuped_difference",
    "estimate_mean_difference",
    "estimate_relative_lift",
    "find_reachable",
    "measure",
    "sample_size_by_arcsine",
    "sample_size_by_normal",
    "sequence_half_width",
]
