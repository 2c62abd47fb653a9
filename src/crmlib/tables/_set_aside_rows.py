"""What is told of a row that is not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.tables._amounts import is_amount
from crmlib.tables._money import MINOR_UNITS, to_minor_units
from crmlib.tables._set_aside_reason import SetAsideReason

if TYPE_CHECKING:
    from crmlib.tables._verdicts import Verdicts

_KEPT = ("sales_channel", "order_id", "line_id")


def describe_set_aside(
    table: pd.DataFrame, places: pd.DataFrame, verdicts: Verdicts
) -> pd.DataFrame:
    """Give the rows that are not used, as :class:`crmlib.tables.Orders` keeps them.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The rows as they were read.
    places : DataFrame of shape (n_rows, 4)
        ``source``, ``row``, ``netted`` and ``shipping_fee``.
    verdicts : Verdicts

    Returns
    -------
    DataFrame of shape (n_set_aside, 10)
        Of a row that could not be read no money is told.
    """
    aside = ~verdicts.used
    reasons = verdicts.reasons[aside]
    amounts = table["amount"].to_numpy()[aside]
    known = is_amount(amounts) & (reasons != SetAsideReason.UNREADABLE_ROW)
    gross = to_minor_units(np.where(known, amounts, np.nan))
    gross += to_minor_units(places["netted"].to_numpy()[aside])
    nothing = pd.array([None], dtype="str").repeat(int(aside.sum()))
    return pd.DataFrame(
        {
            "source": places["source"].array[aside],
            "row": places["row"].array[aside],
            "reason": pd.array(reasons, dtype="str"),
            "detail": pd.array(verdicts.details[aside], dtype="str"),
            "amount": gross / MINOR_UNITS,
            "customer_id": table["customer_id"].array[aside],
            "shipping_fee": places["shipping_fee"].array[aside],
            **{name: table[name].array[aside] if name in table else nothing for name in _KEPT},
        }
    )
