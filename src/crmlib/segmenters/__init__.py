"""Who: segmenters that are fitted, explained and put every customer into one segment."""

from crmlib.segmenters._rfm import RFMSegmenter
from crmlib.segmenters._rule import Rule
from crmlib.segmenters._rule_segmenter import RuleSegmenter

__all__ = ["RFMSegmenter", "Rule", "RuleSegmenter"]
