"""Orders of a shop of WooCommerce, as its Analytics report has them."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from crmlib.sources._order_source import OrderSource
from crmlib.sources._texts import pick_texts, write_amounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_WHY_UNKNOWN = (
    "the Analytics report of WooCommerce has no e-mail address and no phone number: "
    "export the orders themselves, with their billing address, by a plug-in for order "
    "exports or the REST API"
)
_GROUPS = r"\d{1,3}(?:[.,'\u2019\s]\d{3})+(?:[.,]\d{1,2})?(?!\d)"
_THOUSANDS = 3
_MONEY = re.compile(rf"{_GROUPS}|\d+(?:[.,]\d+)?")


class WooCommerceSource(OrderSource):
    """Rows of the report Analytics > Orders of WooCommerce, an order each.

    The report names customers, but has nothing by which two of one name could
    be told apart or reached, so every row is of an unknown customer.  The
    amount is the net sales; a report without that column has the order total,
    with taxes and shipping, under "N. Revenue (formatted)".
    """

    name = "woocommerce"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
        {
            "orders": (
                ("Date",),
                ("Order #",),
                ("N. Revenue (formatted)", "N. Revenue", "Net Sales"),
                ("Status",),
                ("Product(s)",),
                ("Items sold",),
            )
        }
    )
    sales_channel = "woocommerce"

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give each order as one line."""
        table = tables["orders"].sort_index()
        order_ids = pick_texts(table, "Order #")
        dates = pick_texts(table, "Date")
        formatted = pick_texts(table, "N. Revenue (formatted)")
        plain = pick_texts(table, "Net Sales", "N. Revenue")
        cells = plain.fillna(formatted)
        amounts, left = _read_money(cells)
        # A refund is a row of its own, under the number of its order and another date.
        line_ids = dates.fillna("").str.cat(cells.fillna(""), sep=" ")
        return pd.DataFrame(
            {
                "customer_id": pd.Series(index=table.index, dtype="str"),
                "why_unknown": _WHY_UNKNOWN,
                "order_id": order_ids,
                "ordered_at": dates,
                "amount": write_amounts(amounts, cells),
                "line_id": line_ids,
                "product_name": pick_texts(table, "Product(s)"),
                "quantity": pick_texts(table, "Items sold"),
                "status": pick_texts(table, "Status"),
                "refunded": np.nan_to_num(amounts - left).clip(min=0),
            },
            index=table.index,
        )


def _read_money(
    cells: pd.Series[str],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Read money in the style of any country: the order total, and what is left of it.

    Of an order that was paid back in part both stand in the cell: ``$20.00 $15.00``.
    """
    codes, texts = pd.factorize(cells)
    known = np.full((len(texts) + 1, 2), np.nan)
    for place, text in enumerate(texts):
        numbers = [_read_number(number) for number in _MONEY.findall(text)]
        if numbers:
            sign = -1 if re.match(r"\W*[-\u2212(]", text) else 1
            known[place] = sign * numbers[0], sign * numbers[-1]
    return known[codes, 0], known[codes, 1]


def _read_number(text: str) -> float:
    """Read a number; its last point or comma is decimal unless it may part thousands."""
    marks = re.findall(r"[.,]", text)
    digits = re.sub(r"\D", "", text)
    n_decimals = len(re.split(r"[.,]", text)[-1]) if marks else 0
    thousands = len(set(marks)) == 1 and (n_decimals == _THOUSANDS or len(marks) > 1)
    return float(digits) / (1 if thousands else 10.0**n_decimals)
