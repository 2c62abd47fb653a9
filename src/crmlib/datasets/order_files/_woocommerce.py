"""WooCommerce Analytics: a CSV, a row per order, in which nobody can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets.order_files._order_file import make_truth
from crmlib.datasets.order_files._sales import newest_first, take_coupons_off
from crmlib.datasets.order_files._text_file import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.datasets.order_files._request import Request

HEADER = (
    "Date",
    "Order #",
    "N. Revenue (formatted)",
    "Status",
    "Customer",
    "Product(s)",
    "Items sold",
    "Coupon(s)",
)

TIMES = "\u00d7 "
"""Between how many there are of a product, and its name: the sign, not the letter."""


def write_woocommerce(
    rng: np.random.Generator, sales: pd.DataFrame, request: Request
) -> tuple[tuple[Path, ...], pd.DataFrame]:
    """Write the orders report of a shop of WooCommerce, the newest first.

    An order is refunded as a whole, or not at all.
    """
    amounts = take_coupons_off(sales)
    items = sales["quantity"].astype(str) + TIMES + sales["product_name"]
    groups = sales.assign(amount=amounts, items=items).groupby("order")
    orders = groups.agg(
        ordered_at=("ordered_at", "first"),
        local=("local", "first"),
        person=("person", "first"),
        name=("name", "first"),
        coupon=("coupon", "first"),
        status=("status", "first"),
        amount=("amount", "sum"),
        quantity=("quantity", "sum"),
        items=("items", ", ".join),
    )
    orders = newest_first(orders.reset_index()).round({"amount": 2})
    sold = rng.choice(
        np.array(["completed", "processing"], dtype=object), len(orders), p=[0.9, 0.1]
    )
    claims = {"cancelled": "cancelled", "returned": "refunded"}
    table = pd.DataFrame(
        {
            "Date": orders["local"].dt.strftime("%Y-%m-%d %H:%M:%S"),
            "Order #": (orders["order"] + 20_001).astype(str),
            "N. Revenue (formatted)": orders["amount"].map("${:,.2f}".format),
            "Status": orders["status"].map(claims).fillna(pd.Series(sold)),
            "Customer": orders["name"],
            "Product(s)": orders["items"],
            "Items sold": orders["quantity"],
            "Coupon(s)": orders["coupon"].map({True: "welcome10", False: None}),
        }
    )[list(HEADER)]
    path = request.folder / f"wc-orders-report-export-{request.day}.csv"
    write_text(path, table)
    truth = make_truth(
        orders,
        order_id=table["Order #"],
        product_name=orders["items"],
        refunded=orders["amount"].where(orders["status"] == "returned", 0.0),
        sales_channel="woocommerce",
    )
    return (path,), truth
