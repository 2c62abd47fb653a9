"""Customers who are alike, found by k-means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from crmlib.interfaces import Segmenter
from crmlib.segmenters._customers_table import require_somebody
from crmlib.segmenters._k_means_choice import choose_number
from crmlib.segmenters._k_means_names import name_clusters
from crmlib.segmenters._k_means_nearest import find_nearest, nearest, nearest_expression
from crmlib.segmenters._k_means_parameters import SEARCHED, check_parameters
from crmlib.segmenters._k_means_sample import draw
from crmlib.segmenters._k_means_search import refine
from crmlib.segmenters._k_means_space import (
    from_space,
    learn_scaling,
    read_columns,
    read_steps,
    to_space,
)
from crmlib.statistics._one_thread import one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

COLUMNS = ("recency_days", "frequency", "average_order_value")
_SEEDS = 3


class KMeansSegmenter(Segmenter):
    """Put customers who are alike into one segment, by k-means.

    Columns are brought onto one scale, centres are searched for from many
    starts, and every customer belongs to the nearest [1]_.  The segments are
    ordered by value and named by what sets them apart, as in ``"buys often,
    small baskets"``.

    Parameters
    ----------
    columns : sequence of str, default=("recency_days", "frequency", "average_order_value")
        Columns of numbers in which customers are alike or not; all count equally.
    n_clusters : int or "auto", default="auto"
        How many segments, from 1 to 100; ``"auto"`` takes the number from 2
        to *max_clusters* with the highest mean silhouette [2]_ (of equal ones
        the lowest).
    max_clusters : int, default=8
        What ``"auto"`` tries at most, from 2 to 100.
    log_columns : sequence of str, optional
        Columns of which the logarithm is taken, so that the step from 1 order
        to 2 counts more than that from 21 to 22; by default all of them.  It
        is ``log(x / unit + 1)`` with a tenth of the median of the values above
        0 as unit, so that the currency does not matter.
    value_column : str, default="monetary_value"
        The segment in which its mean is highest comes first.
    n_init : int, default=5
        Starts per seed, 1 or more; there are three seeds.
    sample_size : int, default=200_000
        Of more customers than this so many, more or less, are learned from.
        5,000 or more.
    labels : {"en", "ko"}, default="en"
        Language of the names.
    random_state : int, RandomState or None, default=0
        None gives other starts at every call.

    Attributes
    ----------
    segments_ : tuple of str
        The names, best customers first.
    centers_ : DataFrame of shape (n_clusters, n_columns), indexed by segment
        The centre of each segment, in the units of the columns.
    profile_ : DataFrame of shape (n_clusters, n_columns), indexed by segment
        The same in standard deviations from the mean of all customers, as
        :func:`crmlib.reports.plot_cluster_profile` draws it.
    scaling_ : DataFrame indexed by ``column``
        How columns are brought onto one scale: ``log`` (whether its logarithm
        is taken), ``missing_as`` (the median) and ``unit``, both in the unit
        of the column, ``mean`` and ``scale`` (of the logarithm, where it is
        taken).
    silhouette_curve_ : DataFrame indexed by ``n_clusters``
        Each number tried: ``silhouette`` (-1 to 1, NaN for one cluster),
        ``inertia`` (mean squared distance to the centre) and ``stability``
        (mean adjusted Rand index [3]_ between seeds, at most 1), of a sample
        of up to 5,000 customers.  See :func:`crmlib.reports.plot_silhouette`.
    stability_ : float
        That of the number of clusters taken.  Far below 1 other seeds give
        other segments: try another number of clusters.

    Notes
    -----
    **Missing values** count as the median of the customers at fit.  A column
    without any value is an error, as is an infinite value.

    **Negative values.** Under the logarithm ``monetary_value`` and
    ``average_order_value``, which returns may push below 0, count as 0 there;
    in other columns a negative value is an error.

    **Equal values.** Equal customers are in one segment.  A column in which
    all are equal says nothing.  If all customers are equal in all columns
    ``"auto"`` gives one segment; a number of clusters above that of different
    customers is an error.

    **Many customers.** Centres are searched for among 5,000 customers; from all
    answers Lloyd's algorithm goes on among 25,000, from the best three among
    *sample_size*, and then everybody is given to the nearest. Going on among
    all would lower the mean squared distance by about a ten-thousandth.

    **Order of rows.** In any order the answer is the same, to the last digit.
    Above 5,000 customers it depends on their ids, by which they are drawn.

    **Ties.** Who is equally far from two centres, by 1e-9, goes to the first.

    References
    ----------
    .. [1] S. P. Lloyd, "Least squares quantization in PCM", *IEEE
       Transactions on Information Theory* 28, 1982, pp. 129-137.
    .. [2] P. J. Rousseeuw, "Silhouettes", *Journal of Computational and
       Applied Mathematics* 20, 1987, pp. 53-65.
    .. [3] L. Hubert, P. Arabie, "Comparing partitions", *Journal of
       Classification* 2, 1985, pp. 193-218.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame(
    ...     {
    ...         "recency_days": [2, 4, 3, 250, 300, 280],
    ...         "frequency": [20, 25, 22, 1, 1, 2],
    ...         "average_order_value": [9.0, 11.0, 10.0, 80.0, 95.0, 70.0],
    ...         "monetary_value": [180.0, 275.0, 220.0, 80.0, 95.0, 140.0],
    ...     },
    ...     index=pd.Index(["ann", "bob", "cho", "dee", "eun", "fay"], name="customer_id"),
    ... )
    >>> segmenter = KMeansSegmenter().fit(customers)
    >>> segmenter.predict(customers)
    customer_id
    ann      bought lately, small baskets
    bob      bought lately, small baskets
    cho      bought lately, small baskets
    dee    bought long ago, large baskets
    eun    bought long ago, large baskets
    fay    bought long ago, large baskets
    Name: segment, dtype: str
    """

    def __init__(
        self,
        columns: Sequence[str] = COLUMNS,
        n_clusters: int | str = "auto",
        *,
        max_clusters: int = 8,
        log_columns: Sequence[str] | None = None,
        value_column: str = "monetary_value",
        n_init: int = 5,
        sample_size: int = 200_000,
        labels: str = "en",
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.columns = columns
        self.n_clusters = n_clusters
        self.max_clusters = max_clusters
        self.log_columns = log_columns
        self.value_column = value_column
        self.n_init = n_init
        self.sample_size = sample_size
        self.labels = labels
        self.random_state = random_state

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- scikit-learn's habit
        """Learn the scale and the centres from *customers*.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With *columns* and *value_column*.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        KMeansSegmenter
            The segmenter itself.

        Raises
        ------
        InvalidParameterError
            If a parameter is not what it can be, or there are more clusters
            than different customers.
        UnknownNameError
            If there are no names in the language.
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If the table is empty, has a customer twice, or holds a value that
            is infinite, no number, or negative where it cannot be; or a
            column holds none.
        """
        columns, logs = check_parameters(self)
        *numbers, value = read_columns(customers, [*columns, self.value_column], logs)
        require_somebody(customers)
        random = check_random_state(self.random_state)
        seeds = [int(seed) for seed in random.randint(2**31 - 1, size=_SEEDS + 1)]
        drawn, lot = draw(customers.index, self.sample_size, seeds.pop())
        sample = [column[drawn] for column in numbers]
        # By value where few are, so that their ids say nothing; by lot, which is quicker, else.
        few = len(drawn) <= SEARCHED
        order = np.lexsort([value[drawn], *sample]) if few else np.argsort(lot)
        sample = [column[order] for column in sample]
        scaling = learn_scaling(sample, columns, logs)
        places = np.ascontiguousarray(to_space(sample, read_steps(scaling)).T)
        with one_thread():
            searched, curve = choose_number(places, seeds, self)
            centres = searched.centres
            if len(places) > SEARCHED:
                centres = refine(places, searched)
        centres = _order_by_value(centres, places, value[drawn][order])
        self.scaling_ = scaling
        self.silhouette_curve_ = curve
        self.stability_ = searched.stability
        self.segments_ = name_clusters(centres, columns, self.labels)
        index = pd.Index(self.segments_, name="segment", dtype="str")
        self.profile_ = pd.DataFrame(centres, index=index, columns=list(columns))
        self.centers_ = pd.DataFrame(
            from_space(centres, scaling), index=index, columns=list(columns)
        )
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Name the segment of each customer by the nearest centre.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With *columns*; the customers need not be those of :meth:`fit`.

        Returns
        -------
        Series of str, shape (n_customers,), named ``"segment"``, indexed like *customers*

        Raises
        ------
        MissingColumnsError, InvalidTableError
            As in :meth:`fit`, but a table without rows is answered without
            rows, and a column may be without values.
        """
        check_is_fitted(self, "scaling_")
        labels = find_nearest(
            self._read_columns(customers), self.scaling_, self.profile_.to_numpy()
        )
        names = pd.array(list(self.segments_), dtype="str").take(labels)
        return pd.Series(names, index=customers.index, name="segment")

    def expression(self) -> nw.Expr:
        """Give the nearest centre as an expression over the columns.

        Returns
        -------
        narwhals.Expr
            Numbers are multiplied, added and compared, so it runs on any
            engine.  It cannot refuse a value: an infinite one counts as
            missing and a negative one, under the logarithm, as 0.
        """
        check_is_fitted(self, "scaling_")
        return nearest_expression(self.scaling_, self.profile_.to_numpy(), self.segments_)

    def _reasons(self, customer: pd.DataFrame) -> str:
        centres = self.profile_.to_numpy()
        place = to_space(self._read_columns(customer), read_steps(self.scaling_))
        first = int(nearest(place, centres)[0])
        distances = np.sqrt(((centres.T - place) ** 2).sum(axis=0))
        parts = []
        for column in self.scaling_.index:
            value, typical = customer[column].iloc[0], self.centers_[column].iloc[first]
            given = "not known" if pd.isna(value) else f"{value:,.4g}"
            parts.append(f"{column} {given} (centre {typical:,.4g})")
        text = f"the nearest centre, at {distances[first]:.2f}: {', '.join(parts)}"
        others = [place for place in np.argsort(distances, kind="stable") if place != first]
        if others:
            text += f"; next is {self.segments_[others[0]]!r}, at {distances[others[0]]:.2f}"
        return text

    def _read_columns(self, customers: pd.DataFrame) -> list[Floats]:
        logs = self.scaling_.index[self.scaling_["log"]]
        return read_columns(customers, list(self.scaling_.index), list(logs))


def _order_by_value(centres: Floats, places: Floats, value: Floats) -> Floats:
    """Put the centre whose customers are worth most first."""
    labels = nearest(places.T, centres)
    mean = pd.Series(value).groupby(labels).mean().reindex(range(len(centres)))
    worth = mean.fillna(-np.inf).to_numpy()
    return centres[np.lexsort([*centres.T, -worth])]
