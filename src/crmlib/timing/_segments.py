"""The segments that customers are drawn towards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError

if TYPE_CHECKING:
    import numpy.typing as npt


def read_segments(
    segments: pd.Series | None, customer_ids: pd.Index
) -> tuple[pd.Series, npt.NDArray[np.intp], list[str]]:
    """Give the segment of each customer as a category, the codes of *customer_ids*, and names."""
    if segments is None:
        segments = pd.Series(index=customer_ids[:0], dtype="str")
    if not segments.index.is_unique:
        raise InvalidTableError(
            "segments", "has a customer more than once", "keep one segment per customer"
        )
    known = segments.astype("str").astype("category").cat.remove_unused_categories()
    codes = take_codes(known, customer_ids)
    return known, codes, list(known.cat.categories)


def take_codes(segments: pd.Series, customer_ids: pd.Index) -> npt.NDArray[np.intp]:
    """Give the code of the segment of each customer, -1 for none."""
    codes = np.append(segments.cat.codes.to_numpy(dtype=np.intp), -1)
    return np.asarray(codes[segments.index.get_indexer(customer_ids)])
