"""Who moved from which segment to which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.types import is_numeric_dtype

from crmlib.exceptions import InvalidTableError

if TYPE_CHECKING:
    from collections.abc import Sequence

NEW, GONE = "(new)", "(gone)"


def migration(
    before: pd.Series[str], after: pd.Series[str], *, segments: Sequence[str] = ()
) -> pd.DataFrame:
    """Count the customers who moved from each segment to each other.

    Parameters
    ----------
    before, after : Series of str, indexed by customer_id
        What one fitted segmenter predicted of the customers of two days.
    segments : sequence of str, optional
        The order of rows and columns, such as ``segmenter.segments_``.  Those
        not named there, by default all, follow in order of the alphabet.

    Returns
    -------
    DataFrame of int, shape (n_segments + 1, n_segments + 1)
        A row per segment before and a column per segment after.  The last row,
        ``"(new)"``, counts those who are only in *after*; the last column,
        ``"(gone)"``, those who are only in *before*.

    Raises
    ------
    InvalidTableError
        If one of them is no Series, has a customer twice or one without a
        segment, has a segment called as the last row or column, or the ids of
        one are numbers and those of the other texts.

    Examples
    --------
    >>> import pandas as pd
    >>> march = pd.Series(["Champions", "Lost", "Lost"], index=["ann", "bob", "cho"])
    >>> april = pd.Series(["Champions", "Champions", "Lost"], index=["ann", "bob", "dee"])
    >>> migration(march, april).rename_axis(index=None, columns=None)
               Champions  Lost  (gone)
    Champions          1     0       0
    Lost               1     0       1
    (new)              0     1       0
    """
    for name, names in (("before", before), ("after", after)):
        _check(name, names)
    if len(before) and len(after) and _are_numbers(before) != _are_numbers(after):
        raise InvalidTableError(
            "after",
            f"has ids of dtype {after.index.dtype}, those of before are {before.index.dtype}",
            "bring the ids to one type",
        )
    seen = set(before) | set(after)
    order = [*dict.fromkeys(segments), *sorted(seen - set(segments))]
    both = pd.concat([before.rename("before"), after.rename("after")], axis=1)
    table = pd.crosstab(both["before"].fillna(NEW), both["after"].fillna(GONE))
    return (
        table.reindex(index=[*order, NEW], columns=[*order, GONE], fill_value=0)
        .astype("int64")
        .rename_axis(index="before", columns="after")
    )


def _check(name: str, names: pd.Series[str]) -> None:
    if not isinstance(names, pd.Series):
        raise InvalidTableError(name, f"is a {type(names).__name__}", "give what predict gave")
    problems = {
        "has a customer twice": names.index.has_duplicates,
        "has customers without a segment": names.isna().any(),
        f"has a segment called {NEW} or {GONE}": names.isin([NEW, GONE]).any(),
    }
    for problem, is_there in problems.items():
        if is_there:
            raise InvalidTableError(name, problem, "give what predict gave")


def _are_numbers(names: pd.Series[str]) -> bool:
    return is_numeric_dtype(names.index.dtype)
