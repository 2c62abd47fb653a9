"""Orders of Amazon, as a seller may see them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from crmlib.sources._line_ids import name_lines
from crmlib.sources._order_source import OrderSource
from crmlib.sources._texts import pick_money, pick_texts, write_amounts
from crmlib.tables import SetAsideReason

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHY_UNKNOWN = (
    "the report of Amazon does not say who bought, and no report does that may be used to "
    "write to people: its sales can be counted (unknown_customers='keep'), not targeted"
)
_SENT_BACK = "returned to seller|returning to seller|rejected by buyer"


class AmazonSource(OrderSource):
    """Items of the all-orders report of Amazon, a text separated by tabs.

    Nothing in it tells buyers apart, so every row is of an unknown customer.
    The amount is ``item-price``, which is of all pieces of the item together,
    less its promotion; a cancelled item has none.  Taxes are in it where
    the prices of the market place include them.
    """

    name = "amazon"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {
            "orders": (
                ("amazon-order-id",),
                ("purchase-date",),
                ("order-status",),
                ("sku",),
                ("quantity", "quantity-purchased"),
                ("item-price",),
            )
        }
    )
    sales_channel = "amazon"

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give each item as a line."""
        table = tables["orders"].sort_index()
        order_ids = pick_texts(table, "amazon-order-id")
        skus = pick_texts(table, "sku")
        status = pick_texts(table, "order-status")
        item_status = pick_texts(table, "item-status")
        cancelled = item_status.str.casefold().isin(["cancelled", "canceled"])
        status = item_status.where(cancelled, status)
        price = pick_texts(table, "item-price")
        amounts = pick_money(table, "item-price")
        nothing = price.isna() & status.str.casefold().isin(["cancelled", "canceled"])
        amounts = np.where(nothing, 0.0, amounts)
        taken_off = np.abs(np.nan_to_num(pick_money(table, "item-promotion-discount")))
        amounts = np.round(amounts - np.minimum(taken_off, np.nan_to_num(amounts).clip(min=0)), 4)
        sent_back = status.str.contains(_SENT_BACK, case=False, na=False)
        return pd.DataFrame(
            {
                "customer_id": pd.Series(index=table.index, dtype="str"),
                "why_unknown": _WHY_UNKNOWN,
                "order_id": order_ids,
                "ordered_at": pick_texts(table, "purchase-date"),
                "amount": write_amounts(amounts, price),
                "line_id": name_lines(skus, [order_ids.fillna("")]),
                "product_id": skus,
                "product_name": pick_texts(table, "product-name"),
                "quantity": pick_texts(table, "quantity", "quantity-purchased"),
                "currency": pick_texts(table, "currency"),
                "status": status,
                "aside": pd.Series(
                    str(SetAsideReason.RETURNED_LINE), index=table.index, dtype="str"
                ).where(sent_back),
                "aside_detail": "order-status '" + status + "'",
                "shipping_fee": pick_texts(table, "shipping-price"),
            },
            index=table.index,
        )
