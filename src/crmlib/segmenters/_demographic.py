"""Customers by who they are."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING, Any, Self

import attrs
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.interfaces import Segmenter
from crmlib.segmenters._customers_table import check_customers, require_somebody
from crmlib.segmenters._demographic_cells import BETWEEN, arrange_cells
from crmlib.segmenters._demographic_traits import OLDEST, Trait, learn_trait, read_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from crmlib.segmenters._demographic_cells import Cell


class DemographicSegmenter(Segmenter):
    """Put customers into segments by gender, age and whatever else is known of them.

    Every combination of the values of *by* is a segment, such as ``"women,
    20s"``.  Combinations of few customers are put together.

    Parameters
    ----------
    by : sequence of str, default=("gender", "age")
        Columns, the most important first: ``gender``, ``age``, ``region`` or
        any other column of texts, categories, whole numbers or truth values.
        :func:`crmlib.add_demographics` puts them beside customers.
    age_bands : sequence of int, default=(10, 20, 30, 40, 50, 60, 70)
        The ages (years) with which a band begins, where ``age`` is a column
        of numbers; the last has no end.  Ages are those in the table, at its
        snapshot date.
    min_size : int, default=1
        A segment has at least so many customers at fit, but for the last two
        of ``segments_``.
    labels : {"en", "ko"}, default="en"
        Language of the words for genders, ages and what is not known:
        ``"women, 20s"`` or ``"여성, 20대"``.  Other texts stay as they are.

    Attributes
    ----------
    segments_ : tuple of str
        The names, in order of the values of *by*; those put together behind
        those alone.  No segment is better than another.  The last two are
        ``"others"`` and ``"not known"``, which may be empty.
    sizes_ : Series of int, indexed by segment
        Customers at fit.
    traits_ : tuple of dict
        How each column is put into words.
    alone_, together_ : tuple of str
        The names of combinations alone, and of small ones put together.

    Notes
    -----
    **Small cells.** A combination with fewer than *min_size* customers is put
    together with the other small ones that differ in the last column of *by*
    only, as in ``"women, Seoul, others"``; if they are still too few, with
    those that differ in the last two columns, ``"women, others"``; and so on
    up to ``"others"``.  A combination that was not there at fit goes where a
    small one would.

    **What is not known** is a group of its own: ``"women, age unknown"``.
    Who is unknown in all columns is in ``"not known"``, and so are the small
    combinations in which something is unknown.  A blank text is unknown, and
    so is an age below 0 or of 120 years and more.

    **Names.** The column stands before values that say nothing alone:
    whole numbers (``"children 2"``) and texts of which one has no word, no
    two letters in a row (``"grade A"``).  Of a truth value it is the name: ``"member"``, ``"no
    member"``.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame(
    ...     {"gender": ["female", "male", "female", None], "age": [24, 38, 29, 51]},
    ...     index=pd.Index(["ann", "bob", "cho", "dee"], name="customer_id"),
    ... )
    >>> DemographicSegmenter().fit_predict(customers)
    customer_id
    ann             women, 20s
    bob               men, 30s
    cho             women, 20s
    dee    gender unknown, 50s
    Name: segment, dtype: str
    >>> DemographicSegmenter(["age"], age_bands=[19, 35], labels="ko").fit_predict(customers)
    customer_id
    ann    19~34세
    bob    35세 이상
    cho    19~34세
    dee    35세 이상
    Name: segment, dtype: str
    """

    def __init__(
        self,
        by: Sequence[str] = ("gender", "age"),
        age_bands: Sequence[int] = (10, 20, 30, 40, 50, 60, 70),
        min_size: int = 1,
        labels: str = "en",
    ) -> None:
        self.by = by
        self.age_bands = age_bands
        self.min_size = min_size
        self.labels = labels

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- scikit-learn's habit
        """Learn which combinations there are, and which are too small.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With the columns *by*.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        DemographicSegmenter
            The segmenter itself.

        Raises
        ------
        InvalidParameterError
            If *by*, *age_bands* or *min_size* is not what it can be.
        UnknownNameError
            If there are no words in the language.
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If a customer has more than one row, a column holds numbers that
            are not whole, or two segments would have one name.
        """
        self._check_parameters()
        by = list(self.by)
        check_customers(customers, by)
        require_somebody(customers)
        traits = [learn_trait(customers[name], self.labels, self.age_bands) for name in by]
        codes, distinct = _find_distinct(customers, by)
        said = _say(distinct, traits)
        cells: Counter[Cell] = Counter()
        counts = np.bincount(codes, minlength=len(said))
        for cell, n in zip(said.itertuples(index=False, name=None), counts, strict=True):
            cells[cell] += int(n)
        self.traits_ = tuple(attrs.asdict(trait) for trait in traits)
        self.alone_, self.together_ = arrange_cells(cells, traits, self.min_size)
        words = read_words(self.labels)
        self.segments_ = (*self.alone_, *self.together_, words["others"], words["nothing"])
        _require_distinct(self.segments_)
        sizes = self.predict(customers).value_counts().reindex(list(self.segments_), fill_value=0)
        self.sizes_ = sizes.astype("int64").rename("customers").rename_axis("segment")
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
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If a customer has more than one row, or a column holds numbers
            where it held texts at fit, or texts where it held numbers.
        """
        check_is_fitted(self, "traits_")
        by = [trait["column"] for trait in self.traits_]
        check_customers(customers, by)
        codes, distinct = _find_distinct(customers, by)
        said = _say(distinct, self._traits())
        cells = [nw.col(name) for name in by]
        names = _evaluate(said, {"segment": self._name(cells)})["segment"].astype("str")
        return pd.Series(names.array.take(codes), index=customers.index, name="segment")

    def expression(self) -> nw.Expr:
        """Give the words and the combinations as an expression over the columns.

        Returns
        -------
        narwhals.Expr
            Texts are joined and looked up, so it runs on any engine.
        """
        check_is_fitted(self, "traits_")
        return self._name([trait.expression() for trait in self._traits()])

    def _name(self, said: Sequence[nw.Expr]) -> nw.Expr:
        """Give the segment of those of whom the words of all columns are *said*."""
        words = read_words(self.labels)
        others, nothing = nw.lit(words["others"]), nw.lit(words["nothing"])
        named = others
        for n_told in range(1, len(said)) if self.together_ else ():
            group = nw.concat_str(*said[:n_told], others, separator=BETWEEN)
            named = nw.when(group.is_in(self.together_)).then(group).otherwise(named)
        unknown = [word == trait.unknown for word, trait in zip(said, self._traits(), strict=True)]
        named = nw.when(reduce(or_, unknown)).then(nothing).otherwise(named)
        if not self.alone_:
            return named
        cell = nw.concat_str(*said, separator=BETWEEN)
        return nw.when(cell.is_in(self.alone_)).then(cell).otherwise(named)

    def _reasons(self, customer: pd.DataFrame) -> str:
        said = _say(customer, self._traits())
        return ", ".join(f"{column} is {said[column].iloc[0]!r}" for column in said)

    def _traits(self) -> list[Trait]:
        return [Trait(**trait) for trait in self.traits_]

    def _check_parameters(self) -> None:
        by, bands = self.by, self.age_bands
        texts = not isinstance(by, str) and all(isinstance(name, str) for name in by)
        if not (texts and len(by) and len(set(by)) == len(by)):
            raise InvalidParameterError("by", by, "names of columns, one or more, each once")
        if not (len(bands) and all(map(_is_whole, bands)) and _rise(bands)):
            expected = f"ages in whole years from 0 to {OLDEST - 1}, each above the one before"
            raise InvalidParameterError("age_bands", bands, expected)
        if not (_is_whole(self.min_size) and self.min_size >= 1):
            raise InvalidParameterError("min_size", self.min_size, "a whole number from 1 up")
        read_words(self.labels)


def _is_whole(number: object) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def _rise(bands: Sequence[int]) -> bool:
    return all(low < high for low, high in pairwise([-1, *bands, OLDEST]))


def _find_distinct(
    customers: pd.DataFrame, by: list[str]
) -> tuple[npt.NDArray[Any], pd.DataFrame]:
    """Give each combination of values once, and the number of the one that each customer has."""
    table = customers[by].reset_index(drop=True)
    codes = table.groupby(by, dropna=False, observed=True, sort=False).ngroup()
    return codes.to_numpy(dtype=np.int64), table[~codes.duplicated()]


def _say(table: pd.DataFrame, traits: Sequence[Trait]) -> pd.DataFrame:
    """Put into words what the columns hold."""
    taken = pd.DataFrame({trait.column: trait.take(table[trait.column]) for trait in traits})
    return _evaluate(taken, {trait.column: trait.expression() for trait in traits})


def _evaluate(table: pd.DataFrame, expressions: Mapping[str, nw.Expr]) -> pd.DataFrame:
    """Give a column for each expression."""
    answer: pd.DataFrame = nw.from_native(table).select(**expressions).to_native()
    return answer


def _require_distinct(names: Sequence[str]) -> None:
    """Refuse names of which two are alike, as nobody could tell these segments apart."""
    repeated = [name for name, n in Counter(names).items() if n > 1]
    if repeated:
        raise InvalidTableError(
            "customers",
            f"holds values that give several segments the name {repeated[0]!r}",
            "write these values differently",
        )
