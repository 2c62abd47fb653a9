"""Colours that people with any colour vision tell apart, and print keeps apart.

The categorical ones are those of M. Okabe and K. Ito, *Color Universal
Design*, 2008; the sequential ramp runs from light to dark in one hue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.colors import LinearSegmentedColormap

INK, SOFT, LINE, PAPER = "#1c2430", "#5c6675", "#d9dee6", "#ffffff"
BLUE, SKY, ORANGE, GREEN = "#0072b2", "#8cc6ea", "#e69f00", "#009e73"
VERMILION, PURPLE = "#d55e00", "#cc79a7"
GREY = "#aab3bf"

CATEGORIES = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY)
"""For things without order, the first ones farthest apart."""

_RAMP = ["#f2f7fb", "#c3ddf0", "#7db8de", "#2f86c1", "#0a4f86", "#052f57"]


def ramp() -> LinearSegmentedColormap:
    """Give the colour map of all heat maps."""
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415 -- an extra

    return LinearSegmentedColormap.from_list("crmlib", _RAMP)


def ink_on(share: float) -> str:
    """Give the text colour that is readable on the ramp at *share* (0 to 1)."""
    return PAPER if share > 0.55 else INK  # noqa: PLR2004 -- where the ramp turns dark
