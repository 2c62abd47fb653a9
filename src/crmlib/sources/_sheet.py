"""One table of an order file, as it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import pandas as pd


@attrs.frozen(kw_only=True, eq=False)
class Sheet:
    """Cells below a header.

    Parameters
    ----------
    name : str
        Of the file; with that of the sheet where it has several.
    table : DataFrame of shape (n_rows, n_headers), indexed 0 to n
        Cells as they are written, under the headers of the file.
    problems : Series of str, shape (n_rows,)
        Why a row cannot be read; NaN where it can.
    """

    name: str
    table: pd.DataFrame
    problems: pd.Series
