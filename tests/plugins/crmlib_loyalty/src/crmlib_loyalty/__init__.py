"""A segmenter of crmlib that another package brings: the points of a loyalty card."""

from crmlib_loyalty._loyalty_segmenter import LoyaltySegmenter

__all__ = ["LoyaltySegmenter"]
