"""Zones of customers."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from crmlib.exceptions import DataQualityWarning
from crmlib.tables import get_zone, is_zone

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd


def resolve_zones(zones: pd.Series, *, fallback: str) -> pd.Series[str]:
    """Give each customer a zone that exists.

    Unknown names and missing ones become *fallback*, and a
    :class:`~crmlib.exceptions.DataQualityWarning` counts them.

    Parameters
    ----------
    zones : Series of str, shape (n_customers,)
        IANA names.
    fallback : str
        IANA zone of those whose own is unknown or missing.

    Returns
    -------
    Series of str, indexed like *zones*

    Raises
    ------
    InvalidParameterError
        If *fallback* is no IANA zone.

    Examples
    --------
    >>> import pandas as pd
    >>> zones = pd.Series(["Asia/Seoul", "Europe/London"], index=["ann", "bob"])
    >>> resolve_zones(zones, fallback="UTC")
    ann       Asia/Seoul
    bob    Europe/London
    dtype: str
    """
    get_zone(fallback)
    unknown = [name for name in zones.dropna().unique() if not is_zone(name)]
    wrong, missing = zones.isin(unknown), zones.isna()
    if wrong.any() or missing.any():
        warnings.warn(
            f"{wrong.sum()} customers have a zone that does not exist {unknown[:5]} and "
            f"{missing.sum()} have none; they are taken to live in {fallback!r}",
            DataQualityWarning,
            stacklevel=2,
        )
    return zones.astype(object).mask(wrong | missing, fallback).astype(str)


def split_rows(codes: npt.NDArray[np.intp], n_codes: int) -> list[npt.NDArray[np.intp]]:
    """Give the rows of each code from 0 to *n_codes* - 1, in order."""
    order = np.argsort(
        codes.astype(np.min_scalar_type(n_codes)), kind="stable"
    )  # few bits sort fast
    begins = np.searchsorted(codes[order], np.arange(n_codes + 1))
    return [order[begins[code] : begins[code + 1]] for code in range(n_codes)]
