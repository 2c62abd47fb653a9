"""The maps and names that come with the RFM segmenters."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CODES = "codes"
"""The map in which every code is its own name."""

# Written for five bins, best customers first.  R decides who is still there,
# F who has a habit, M who is worth a call.
_ELEVEN: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "Champions": ("[45][45][45]",),
        "Loyal Customers": ("[45][45][123]", "3[45]."),
        "Potential Loyalists": ("[45][23].",),
        "New Customers": ("51.",),
        "Promising": ("41.",),
        "Need Attention": ("33.", "3[12][45]"),
        "Can't Lose Them": ("[12][45][45]",),
        "At Risk": ("[12][45][123]", "[12]3."),
        "About To Sleep": ("3[12][123]",),
        "Hibernating": ("2[12].", "1[12][345]"),
        "Lost": ("1[12][12]",),
    }
)

# Orders name those who are there, days those who are going: who bought often
# and long ago is looked after as one who leaves.
_SMALL_SHOP: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "VIP": ("44.",),
        "Good Customers": ("43.",),
        "Repeat Customers": ("42.",),
        "New Customers": ("41.",),
        "Watch": ("3..",),
        "At Risk": ("2..",),
        "Long Lost": ("1..",),
    }
)

MAPS: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType(
    {"eleven": _ELEVEN, "small-shop": _SMALL_SHOP}
)

# From the worst bin to the best.  Days are whole, so "60 days or more" is more than 59.
MAP_EDGES: Mapping[str, Mapping[str, Sequence[float]]] = MappingProxyType(
    {
        "small-shop": MappingProxyType(
            {"recency_days": (179, 89, 59), "frequency": (2, 3, 5), "monetary_value": ()}
        )
    }
)

LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType({}),
        "ko": MappingProxyType(
            {
                "Champions": "최우수",
                "Loyal Customers": "충성",
                "Potential Loyalists": "잠재 충성",
                "New Customers": "신규",
                "Promising": "유망",
                "Need Attention": "관심 필요",
                "Can't Lose Them": "놓치면 안 될",
                "At Risk": "이탈 위험",
                "About To Sleep": "휴면 예정",
                "Hibernating": "휴면",
                "Lost": "이탈",
                "VIP": "VIP",
                "Good Customers": "우수",
                "Repeat Customers": "재구매",
                "Watch": "관심 필요",
                "Long Lost": "장기 이탈",
                "Platinum": "플래티넘",
                "Gold": "골드",
                "Silver": "실버",
                "Bronze": "브론즈",
            }
        ),
    }
)
