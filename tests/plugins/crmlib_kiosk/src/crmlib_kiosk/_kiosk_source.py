"""The till rolls of a kiosk."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from crmlib.sources import OrderSource
from crmlib.tables import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Mapping


class KioskSource(OrderSource):
    """Rolls of a till, with a line for each article and one for the deposit of a bottle.

    Examples
    --------
    >>> KioskSource().recognise(["Receipt", "Sold at", "Card no", "Article", "Price"])
    'rolls'
    """

    name = "kiosk"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {"rolls": (("Receipt",), ("Sold at",), ("Card no",), ("Article",), ("Price",))}
    )
    sales_channel = "kiosk"
    timezone = "Europe/Berlin"
    currency = "EUR"
    date_order = "day-first"
    decimal = ","

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give each row as a line; deposits are set aside, as they are no product."""
        rolls = tables["rolls"]
        deposit = rolls["Article"].astype("str").str.casefold() == "deposit"
        return pd.DataFrame(
            {
                "account_id": rolls["Card no"],
                "order_id": rolls["Receipt"],
                "ordered_at": rolls["Sold at"],
                "amount": rolls["Price"],
                "product_name": rolls["Article"],
                "aside": pd.Series(SetAsideReason.NON_PRODUCT_LINE, rolls.index).where(deposit),
                "aside_detail": "a deposit",
                "why_unknown": "the customer showed no card",
            }
        )
