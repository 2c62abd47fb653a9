"""What the parameters of k-means can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlib.exceptions import InvalidParameterError
from crmlib.segmenters._k_means_names import check_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlib.segmenters._k_means import KMeansSegmenter

SEARCHED = 5_000
"""Customers among whom centres are searched for from many starts, and silhouettes looked at."""

_MOST_CLUSTERS = 100
"""More segments nobody can address one by one."""


def check_parameters(segmenter: KMeansSegmenter) -> tuple[list[str], list[str]]:
    """Give the columns of *segmenter*, and those of which the logarithm is taken.

    Raises
    ------
    InvalidParameterError, UnknownNameError
        If a parameter is not what it can be.
    """
    columns = _texts("columns", segmenter.columns)
    logs = (
        columns if segmenter.log_columns is None else _texts("log_columns", segmenter.log_columns)
    )
    if not columns:
        raise InvalidParameterError("columns", segmenter.columns, "one column or more")
    if strange := [column for column in logs if column not in columns]:
        raise InvalidParameterError("log_columns", strange, f"among the columns {columns}")
    if segmenter.n_clusters != "auto":
        _check_whole("n_clusters", segmenter.n_clusters, 1, _MOST_CLUSTERS, ' or "auto"')
    _check_whole("max_clusters", segmenter.max_clusters, 2, _MOST_CLUSTERS)
    _check_whole("n_init", segmenter.n_init, 1)
    _check_whole("sample_size", segmenter.sample_size, SEARCHED)
    check_language(segmenter.labels)
    return columns, logs


def _texts(name: str, given: Sequence[str]) -> list[str]:
    """Give *given* as a list of distinct names of columns."""
    texts = [] if isinstance(given, str) else list(given)
    if isinstance(given, str) or not all(isinstance(text, str) for text in texts):
        raise InvalidParameterError(name, given, "a list of names of columns")
    if len(set(texts)) != len(texts):
        raise InvalidParameterError(name, given, "without repetition")
    return texts


def _check_whole(
    name: str, given: object, fewest: int, most: int | None = None, other: str = ""
) -> None:
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not (whole and fewest <= given and (most is None or given <= most)):  # type: ignore[operator]  # a number
        upto = "up" if most is None else f"to {most}"
        raise InvalidParameterError(name, given, f"a whole number from {fewest} {upto}{other}")
