"""Names for the lines of an order, where the file gives them none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def name_lines(what: pd.Series[str], within: Sequence[Any]) -> pd.Series[str]:
    """Give each line a name by what was bought, so that a later export has the same one.

    Parameters
    ----------
    what : Series of str, shape (n_lines,)
        What the line is of; NaN where nobody knows.
    within : sequence of array-like of shape (n_lines,)
        What tells the lines apart among which a repetition is another line:
        the order, and the piece of the file that holds it.

    Returns
    -------
    Series of str, shape (n_lines,)
        The second line of the same is ``MUG-1 (2)``.

    Examples
    --------
    >>> import pandas as pd
    >>> name_lines(pd.Series(["MUG", "MUG", "MUG"]), [["#1", "#1", "#2"]]).to_list()
    ['MUG', 'MUG (2)', 'MUG']
    """
    known = what.fillna("line")
    again = known.groupby([known, *within], dropna=False).cumcount()
    return known.where(again == 0, known + " (" + (again + 1).astype("str") + ")")
