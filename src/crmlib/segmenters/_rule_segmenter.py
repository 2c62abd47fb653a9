"""Segments by a marketer's own conditions."""

from __future__ import annotations

import operator
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype, is_object_dtype, is_string_dtype
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Segmenter
from crmlib.segmenters._customers_table import check_customers
from crmlib.segmenters._rule import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "in": lambda column, values: column.isin(list(values)),
    }
)


class RuleSegmenter(Segmenter):
    """Give each customer the name of the first rule that fits.

    Parameters
    ----------
    rules : sequence of Rule
        Tried in this order: the first whose conditions all hold wins.
    default : str, default="Others"
        The segment of those whom no rule fits.

    Attributes
    ----------
    segments_ : tuple of str
        The names in the order of the rules, then the default.

    Notes
    -----
    A value that is missing meets no condition, not even ``!=``: of somebody
    whose gender is unknown nobody knows that it is not female.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame(
    ...     {"gender": ["female", "male", None], "orders": [4, 9, 1]},
    ...     index=pd.Index(["ann", "bob", "cho"], name="customer_id"),
    ... )
    >>> often = Rule("Women who buy often", [("gender", "==", "female"), ("orders", ">=", 3)])
    >>> RuleSegmenter([often]).fit_predict(customers)
    customer_id
    ann    Women who buy often
    bob                 Others
    cho                 Others
    Name: segment, dtype: str
    """

    def __init__(self, rules: Sequence[Rule], default: str = "Others") -> None:
        self.rules = rules
        self.default = default

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- scikit-learn's habit
        """Check the rules against the columns of *customers*; nothing else is learned.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With every column that a rule names.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        RuleSegmenter
            The segmenter itself.

        Raises
        ------
        InvalidParameterError
            If *rules* are not rules, the default is blank, or a value cannot
            be compared with its column.
        MissingColumnsError
            If a rule names a column that is not there.
        InvalidTableError
            If a customer has more than one row.
        """
        rules = tuple(self.rules)
        if not rules or not all(isinstance(rule, Rule) for rule in rules):
            raise InvalidParameterError("rules", self.rules, "one Rule or more")
        if not (isinstance(self.default, str) and self.default.strip()):
            raise InvalidParameterError("default", self.default, "a text that is not blank")
        _match(rules, customers)
        self.rules_ = rules
        self.segments_ = tuple(dict.fromkeys([*(rule.name for rule in rules), self.default]))
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Name the segment of each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`; the customers need not be the same.

        Returns
        -------
        Series of str, shape (n_customers,), named ``"segment"``, indexed like *customers*

        Raises
        ------
        InvalidParameterError, MissingColumnsError, InvalidTableError
            As in :meth:`fit`.
        """
        check_is_fitted(self, "rules_")
        names = np.array([*(rule.name for rule in self.rules_), self.default], dtype=object)
        first = _match(self.rules_, customers).argmax(axis=0)
        return pd.Series(names[first], index=customers.index, name="segment", dtype=str)


def _match(rules: Sequence[Rule], customers: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Say which rules fit whom, with a last row for the default, which fits everybody."""
    named = dict.fromkeys(column for rule in rules for column, _, _ in rule.where)
    check_customers(customers, named)
    fits = np.ones((len(rules) + 1, len(customers)), dtype=bool)
    for row, rule in enumerate(rules):
        for column, sign, value in rule.where:
            fits[row] &= _holds(customers[column], sign, value, rule.name)
    return fits


def _holds(column: pd.Series, sign: str, value: Any, name: str) -> npt.NDArray[np.bool_]:
    """Say for which customers one condition holds."""
    subject = f"rule {name!r}: {column.name} {sign}"
    for one in value if sign == "in" else (value,):
        if isinstance(one, str) and is_numeric_dtype(column.dtype):
            raise InvalidParameterError(
                subject, value, f"a number, as the column is {column.dtype}"
            )
        if not isinstance(one, str) and _is_text(column.dtype):
            raise InvalidParameterError(subject, value, f"a text, as the column is {column.dtype}")
    try:
        holds = _COMPARE[sign](column, value)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(
            subject, value, f"a value to compare with {column.dtype}"
        ) from error
    known: npt.NDArray[np.bool_] = column.notna().to_numpy()
    met: npt.NDArray[np.bool_] = holds.fillna(value=False).to_numpy(dtype=bool)
    return known & met


def _is_text(dtype: Any) -> bool:
    return is_string_dtype(dtype) and not is_object_dtype(dtype)
