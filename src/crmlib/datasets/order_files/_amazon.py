"""Amazon: a tab-separated report, a row per item; who bought, it does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets.order_files._order_file import make_truth
from crmlib.datasets.order_files._sales import count_orders, scramble
from crmlib.datasets.order_files._text_file import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.datasets.order_files._request import Request

HEADER = (
    "amazon-order-id",
    "purchase-date",
    "order-status",
    "product-name",
    "sku",
    "asin",
    "quantity",
    "currency",
    "item-price",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "promotion-ids",
)

WITH_PROMOTION = 0.3


def write_amazon(
    rng: np.random.Generator, sales: pd.DataFrame, request: Request
) -> tuple[tuple[Path, ...], pd.DataFrame]:
    """Write an all-orders report of Amazon.

    Of a cancelled item quantity and price are gone; what came back later
    cannot be seen in it.
    """
    n = count_orders(sales)
    order = sales["order"].to_numpy()
    number = scramble(sales["order"], 14)
    order_ids = "11" + number.str[:1] + "-" + number.str[:7] + "-" + number.str[7:]
    cancelled = sales["status"] == "cancelled"
    quantity = sales["quantity"].where(~cancelled, 0)
    states = rng.choice(np.array(["Shipped", "Unshipped"], dtype=object), n, p=[0.93, 0.07])
    promoted = rng.random(len(sales)) < WITH_PROMOTION
    table = pd.DataFrame(
        {
            "amazon-order-id": order_ids,
            "purchase-date": sales["ordered_at"].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "order-status": np.where(cancelled, "Cancelled", states[order]),
            "product-name": sales["product_name"],
            "sku": sales["product_id"],
            "asin": sales["product_number"].map("B0EXAMP{:03}".format),
            "quantity": quantity,
            "currency": np.where(cancelled, "", "USD"),
            "item-price": sales["amount"].map("{:.2f}".format).mask(cancelled),
            "ship-city": sales["city"].str.upper().where(order % 3 == 0, sales["city"]),
            "ship-state": sales["city_short"],
            "ship-postal-code": sales["postal_code"],
            "ship-country": "US",
            "promotion-ids": pd.Series("US Example Free Shipping", sales.index).where(promoted),
        }
    )[list(HEADER)]
    path = request.folder / f"amazon-all-orders-{request.day}.txt"
    write_text(path, table, separator="\t")
    truth = make_truth(
        sales,
        order_id=order_ids,
        quantity=quantity,
        amount=sales["amount"].mask(cancelled, 0.0),
        status=np.where(cancelled, "cancelled", "sold"),
        sales_channel="amazon",
    )
    return (path,), truth
