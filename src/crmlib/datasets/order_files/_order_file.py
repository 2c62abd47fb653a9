"""An order file that was made up, and the truth about its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

TRUTH_TYPES = {
    "row": "int64",
    "order_id": "str",
    "line_id": "str",
    "ordered_at": "datetime64[us, UTC]",
    "product_id": "str",
    "product_name": "str",
    "quantity": "int64",
    "amount": "float64",
    "refunded": "float64",
    "shipping_fee": "float64",
    "status": "str",
    "person": "str",
    "sales_channel": "str",
}
"""The columns of the truth, and their types."""


@attrs.frozen(kw_only=True, eq=False)
class OrderFile:
    """An order file of one source, and what is true of each of its rows.

    Parameters
    ----------
    source : str
        Which source it looks like.
    paths : tuple of Path
        What was written: one file; for Square the transactions, then the items.
    lines : DataFrame of shape (n_rows, 13)
        A row per row of the file (for Square: of the items), in its order:

        - ``row``: from 1, below the header;
        - ``order_id``, ``line_id``, ``product_id``, ``product_name``: as the
          file has them, NaN where it has none;
        - ``ordered_at``: UTC, as exactly as the file says it;
        - ``quantity``, ``amount``: of the row; money in ``currency`` after
          discounts, before refunds, negative on a row of its own that takes
          a sale back;
        - ``refunded``: 0 or more, what was paid back for the row;
        - ``shipping_fee``: on the first row of what was sent together, 0 on
          the others; in no ``amount``;
        - ``status``: ``sold``, ``cancelled``, ``returned`` or
          ``non-product``.  Of a cancelled row no money counts, and its
          ``refunded`` is 0 whatever the file says;
        - ``person``: who bought, NaN where the shop does not know;
        - ``sales_channel``: the source; NaN for ``online-retail``.
    timezone : str
        IANA zone of the times in the file that have no offset.
    currency : str
        ISO 4217 code of all its money.
    """

    source: str
    paths: tuple[Path, ...]
    lines: pd.DataFrame = attrs.field(repr=False)
    timezone: str
    currency: str


def make_truth(rows: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Give the truth about *rows*, which are in the order of the file.

    Parameters
    ----------
    rows : DataFrame of shape (n_rows, n_columns)
        Columns of the truth by their names, and any others.
    **columns : array-like or scalar
        Columns of the truth to set first.

    Returns
    -------
    DataFrame of shape (n_rows, 13)
        See :class:`OrderFile`; texts that are not given are NaN, money is 0.
    """
    given = {"row": np.arange(1, len(rows) + 1)} | columns
    missing = {
        name: 0.0 if kind == "float64" else None
        for name, kind in TRUTH_TYPES.items()
        if name not in given and name not in rows
    }
    truth = rows.assign(**missing, **given)[list(TRUTH_TYPES)]
    return truth.reset_index(drop=True).astype(TRUTH_TYPES)
