"""Who: segmenters that are fitted, explained and put every customer into one segment."""

from crmlib.segmenters._cross import CrossSegmenter
from crmlib.segmenters._demographic import DemographicSegmenter
from crmlib.segmenters._k_means import KMeansSegmenter
from crmlib.segmenters._lifecycle_segmenter import LifecycleSegmenter
from crmlib.segmenters._migration import migration
from crmlib.segmenters._rfm import RFMSegmenter
from crmlib.segmenters._rule import Rule
from crmlib.segmenters._rule_segmenter import RuleSegmenter
from crmlib.segmenters._value_segmenter import ValueSegmenter
from crmlib.segmenters._weighted_rfm import WeightedRFMSegmenter

__all__ = [
    "CrossSegmenter",
    "DemographicSegmenter",
    "KMeansSegmenter",
    "LifecycleSegmenter",
    "RFMSegmenter",
    "Rule",
    "RuleSegmenter",
    "ValueSegmenter",
    "WeightedRFMSegmenter",
    "migration",
]
