"""How many clusters: all numbers tried, and the one taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.segmenters._k_means_parameters import SEARCHED
from crmlib.segmenters._k_means_search import Searched, search
from crmlib.segmenters._k_means_silhouette import mean_silhouettes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from crmlib.segmenters._k_means import KMeansSegmenter


def choose_number(
    places: npt.NDArray[np.float64],
    seeds: Sequence[int],
    segmenter: KMeansSegmenter,
) -> tuple[Searched, pd.DataFrame]:
    """Search for each number of clusters that *segmenter* allows, and take one.

    Parameters
    ----------
    places : ndarray of float, shape (n_customers, n_columns)
        The first 5,000 are searched among.
    seeds : sequence of int
    segmenter : KMeansSegmenter

    Returns
    -------
    tuple of Searched and DataFrame
        What the number taken came to, and the ``silhouette_curve_``.

    Raises
    ------
    InvalidParameterError
        If there are more clusters than different customers.
    """
    places = places[:SEARCHED]
    n_different = len(np.unique(places, axis=0))
    if isinstance(segmenter.n_clusters, str):
        most = min(segmenter.max_clusters, n_different)
        tried = range(min(2, most), most + 1)
    elif segmenter.n_clusters > n_different:
        raise InvalidParameterError(
            "n_clusters",
            segmenter.n_clusters,
            f"at most the number of different customers, {n_different}",
        )
    else:
        tried = range(segmenter.n_clusters, segmenter.n_clusters + 1)
    found = {number: search(places, number, segmenter.n_init, seeds) for number in tried}
    silhouettes = mean_silhouettes(places, {number: one.labels for number, one in found.items()})
    curve = pd.DataFrame(
        {
            "silhouette": pd.Series(silhouettes),
            "inertia": {number: one.inertia for number, one in found.items()},
            "stability": {number: one.stability for number, one in found.items()},
        }
    ).rename_axis("n_clusters")
    best = max(tried, key=lambda number: (np.nan_to_num(silhouettes[number]), -number))
    return found[best], curve
