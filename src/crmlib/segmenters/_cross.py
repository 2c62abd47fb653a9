"""Customers by several segmenters at once."""

from __future__ import annotations

from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import narwhals.stable.v2 as nw
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Segmenter
from crmlib.segmenters._customers_table import check_customers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.features import EventMeasure

_BETWEEN = " × "  # noqa: RUF001 -- the sign of a cross product


class CrossSegmenter(Segmenter):
    """Cross segmenters: ``"Champions × women, 20s"`` is a segment, and so an audience.

    Parameters
    ----------
    segmenters : sequence of Segmenter
        Two or more.  ``fit`` fits twins of them, and leaves them as they are.

    Attributes
    ----------
    segmenters_ : tuple of Segmenter
        The fitted twins.
    segments_ : tuple of str
        Every combination of their segments, whether anybody is in it or not;
        first by the order of the first segmenter.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.segmenters import DemographicSegmenter, Rule, RuleSegmenter
    >>> customers = pd.DataFrame(
    ...     {"gender": ["female", "male"], "age": [24, 38], "frequency": [9, 1]},
    ...     index=pd.Index(["ann", "bob"], name="customer_id"),
    ... )
    >>> often = RuleSegmenter([Rule("buys often", [("frequency", ">=", 5)])])
    >>> CrossSegmenter([often, DemographicSegmenter()]).fit_predict(customers)
    customer_id
    ann    buys often × women, 20s
    bob          Others × men, 30s
    Name: segment, dtype: str
    """  # noqa: RUF002 -- as above

    _parts: ClassVar[Mapping[str, Any]] = MappingProxyType({"segmenters": Segmenter})

    def __init__(self, segmenters: Sequence[Segmenter]) -> None:
        self.segmenters = segmenters

    @property
    def measures(self) -> tuple[EventMeasure, ...]:
        """The measures of events that the segmenters compare, each once."""
        parts = [part.measures for part in self.segmenters if hasattr(part, "measures")]
        return tuple(dict.fromkeys(measure for part in parts for measure in part))

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        """Fit a twin of each segmenter to *customers*.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With the columns that the segmenters need.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        CrossSegmenter
            The segmenter itself.

        Raises
        ------
        InvalidParameterError
            If *segmenters* are no segmenters or fewer than two, or two
            combinations of their segments have one name.
        CRMLibError
            What a segmenter raises.
        """
        given = list(self.segmenters) if isinstance(self.segmenters, list | tuple) else []
        if len(given) < 2 or not all(isinstance(part, Segmenter) for part in given):  # noqa: PLR2004 -- a cross
            raise InvalidParameterError(
                "segmenters", self.segmenters, "a list of two segmenters or more"
            )
        check_customers(customers, ())
        parts = tuple(clone(part).fit(customers, y) for part in given)
        names = tuple(map(_BETWEEN.join, product(*(part.segments_ for part in parts))))
        if len(set(names)) < len(names):
            repeated = next(name for place, name in enumerate(names) if name in names[:place])
            raise InvalidParameterError(
                "segmenters", repeated, "such that no two combinations have one name"
            )
        self.segmenters_ = parts
        self.segments_ = names
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Name the combination of segments of each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`; the customers need not be the same.

        Returns
        -------
        Series of str, shape (n_customers,), named ``"segment"``, indexed like *customers*

        Raises
        ------
        CRMLibError
            What a segmenter raises.
        """
        check_is_fitted(self, "segmenters_")
        number = pd.Series(0, index=customers.index)
        for part in self.segmenters_:
            places = pd.Index(part.segments_).get_indexer(part.predict(customers))
            number = number * len(part.segments_) + places
        names = pd.array(list(self.segments_), dtype="str").take(number.to_numpy())
        return pd.Series(names, index=customers.index, name="segment")

    def expression(self) -> nw.Expr:
        """Join the expressions of the segmenters.

        Returns
        -------
        narwhals.Expr

        Raises
        ------
        UnsupportedFeatureError
            If one of the segmenters is no expression.
        """
        check_is_fitted(self, "segmenters_")
        return nw.concat_str(*(part.expression() for part in self.segmenters_), separator=_BETWEEN)

    def _reasons(self, customer: pd.DataFrame) -> str:
        (label,) = customer.index
        said = [part.explain(customer, label) for part in self.segmenters_]
        return "; ".join(text.removeprefix(f"{label}: ") for text in said)
