"""In which currency money is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def list_currencies(transactions: pd.DataFrame) -> list[str]:
    """Give the currencies that *transactions* name, in capitals and sorted.

    Lines that name none are taken to be in that of the others.

    Examples
    --------
    >>> import pandas as pd
    >>> list_currencies(pd.DataFrame({"currency": ["usd", None, "KRW", "USD"]}))
    ['KRW', 'USD']
    """
    if "currency" not in transactions:
        return []
    return sorted({str(name).upper() for name in transactions["currency"].dropna().unique()})


def find_currency(transactions: pd.DataFrame) -> str | None:
    """Give the currency of all *transactions*; None if they name none, or several.

    Examples
    --------
    >>> import pandas as pd
    >>> find_currency(pd.DataFrame({"currency": ["KRW", None]}))
    'KRW'
    """
    currencies = list_currencies(transactions)
    return currencies[0] if len(currencies) == 1 else None
