"""Statistical models that several rooms use.

Dirichlet shrinkage tells when a customer is there as well as which categories
a customer likes, and what a policy would have earned is asked of messages as
of hours, so both lie below who, what and when.  How often customers buy, and whether
they are still there, tells their value as well as when they are due.
"""

from crmlib.statistics._bg_nbd import BgNbd, BgNbdFit, fit_bg_nbd
from crmlib.statistics._bg_nbd_forecast import (
    expected_purchases,
    probability_alive,
    purchase_probability,
)
from crmlib.statistics._correction import correct, history_features, learn_correction
from crmlib.statistics._dirichlet_mixture import DirichletMixture, fit_dirichlet_mixture
from crmlib.statistics._event_rates import EventRates
from crmlib.statistics._hashed_uniforms import hashed_uniforms
from crmlib.statistics._off_policy import (
    OffPolicyEstimate,
    estimate_dr,
    estimate_dr_difference,
    estimate_ips,
    estimate_snips,
)
from crmlib.statistics._purchase_histories import PurchaseHistories
from crmlib.statistics._qini import auuc, qini_coefficient, qini_curve
from crmlib.statistics._segment_shrinkage import SegmentShrinkage, draw_segments
from crmlib.statistics._shaped_shrinkage import ShapedShrinkage, fit_shaped_shrinkage
from crmlib.statistics._shrinkage import (
    Shrinkage,
    circular_kernel,
    estimate_population,
    fit_shrinkage,
    shrink,
)
from crmlib.statistics._shrunken_gaps import ShrunkenGaps, fit_shrunken_gaps

__all__ = [
    "BgNbd",
    "BgNbdFit",
    "DirichletMixture",
    "EventRates",
    "OffPolicyEstimate",
    "PurchaseHistories",
    "SegmentShrinkage",
    "ShapedShrinkage",
    "Shrinkage",
    "ShrunkenGaps",
    "auuc",
    "circular_kernel",
    "correct",
    "draw_segments",
    "estimate_dr",
    "estimate_dr_difference",
    "estimate_ips",
    "estimate_population",
    "estimate_snips",
    "expected_purchases",
    "fit_bg_nbd",
    "fit_dirichlet_mixture",
    "fit_shaped_shrinkage",
    "fit_shrinkage",
    "fit_shrunken_gaps",
    "hashed_uniforms",
    "history_features",
    "learn_correction",
    "probability_alive",
    "purchase_probability",
    "qini_coefficient",
    "qini_curve",
    "shrink",
]
