"""The customers table of crmlib with the scores of an RFM segmenter learnt from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turns import serve
from with_crmlib import summarize

from crmlib.segmenters import RFMSegmenter

if TYPE_CHECKING:
    import pandas as pd


def segment(lines: pd.DataFrame) -> pd.Series[str]:
    """Summarise, learn the cut points and give each customer a segment."""
    customers = summarize(lines)
    return RFMSegmenter().fit(customers).predict(customers)


if __name__ == "__main__":
    serve(segment, "crmlib")
