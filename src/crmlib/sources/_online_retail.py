"""The UCI data set 352 and its second year."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from crmlib.sources._cells import pick_columns
from crmlib.sources._order_source import OrderSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


class OnlineRetailSource(OrderSource):
    """Lines of a British gift shop [1]_, in two spellings of the headers.

    Invoices that begin with C are returns, and their quantities are negative;
    a quarter of the lines have no customer.

    References
    ----------
    .. [1] D. Chen, "Online Retail", UCI Machine Learning Repository, 2015,
       https://doi.org/10.24432/C5BW33.
    """

    name = "online-retail"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {
            "orders": (
                ("CustomerID",),
                ("InvoiceNo", "Invoice"),
                ("InvoiceDate",),
                ("StockCode",),
                ("Description",),
                ("Quantity",),
                ("UnitPrice", "Price"),
                ("Country",),
            )
        }
    )
    timezone = "Europe/London"
    non_product_ids = (
        r"(?i)post|dot|[dmsb]|c2|cruk|pads|amazon ?fee|bank charges|adjust\d*|gift_.*|test\d*"
    )

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give each row under canonical names."""
        return pick_columns(
            tables["orders"],
            {
                "customer_id": ("CustomerID",),
                "order_id": ("InvoiceNo", "Invoice"),
                "ordered_at": ("InvoiceDate",),
                "product_id": ("StockCode",),
                "product_name": ("Description",),
                "quantity": ("Quantity",),
                "unit_price": ("UnitPrice", "Price"),
            },
        )
