"""Square: what was paid in one CSV and what for in another, joined by Transaction ID."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.datasets.order_files._order_file import make_truth
from crmlib.datasets.order_files._sales import count_orders, refunds, scramble, take_coupons_off
from crmlib.datasets.order_files._text_file import write_text

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from crmlib.datasets.order_files._request import Request

TRANSACTIONS_HEADER = (
    "Date",
    "Time",
    "Time Zone",
    "Gross Sales",
    "Discounts",
    "Net Sales",
    "Partial Refunds",
    "Total Collected",
    "Transaction ID",
    "Payment ID",
    "Event Type",
    "Location",
    "Customer ID",
    "Customer Name",
    "Customer Reference ID",
)

ITEMS_HEADER = (
    "Date",
    "Time",
    "Time Zone",
    "Category",
    "Item",
    "Qty",
    "SKU",
    "Gross Sales",
    "Discounts",
    "Net Sales",
    "Transaction ID",
    "Payment ID",
    "Event Type",
)

WALK_INS = 0.35
"""Share of the transactions whose customer nobody asked for."""

TIME_ZONE = "Eastern Time (US & Canada)"
"""How Square calls America/New_York."""


def write_square(
    rng: np.random.Generator, sales: pd.DataFrame, request: Request
) -> tuple[tuple[Path, ...], pd.DataFrame]:
    """Write the transactions and the items of a till, the newest first.

    What came back is a row of its own in both files, with the Transaction ID
    of its payment, the Event Type Refund and money below zero; a till knows
    no cancelled order, so those are paid back likewise.  Money paid back
    without an item stands under Partial Refunds of the payment; only payments
    of one item have it.  A row of the transactions is what the items of its
    Transaction ID and Event Type add up to.
    """
    items = _items(rng, sales, request.zone)
    transactions = _transactions(items)
    table = items.assign(
        **_when(items),
        **_money(items),
        Category=items["category"],
        Item=items["product_name"],
        Qty=items["quantity"].map("{}.0".format),
        SKU=items["product_id"],
    )[list(ITEMS_HEADER)]
    days = items["local"].dt.strftime("%Y-%m-%d")
    span = f"{days.iloc[-1]}-{days.iloc[0]}"
    paths = (
        request.folder / f"transactions-{span}.csv",
        request.folder / f"items-{span}.csv",
    )
    write_text(paths[0], transactions)
    write_text(paths[1], table)
    truth = make_truth(items, order_id=items["Transaction ID"], sales_channel="square")
    return paths, truth


def _transactions(items: pd.DataFrame) -> pd.DataFrame:
    """Add up the items of each payment and of each refund."""
    keys = ["Transaction ID", "Event Type"]
    firsts = ~items.duplicated(keys)
    sums = items.groupby(keys)[["gross", "amount", "refunded"]].transform("sum")
    paid = items[firsts].assign(**sums[firsts])
    known = paid["person"].notna()
    columns: dict[str, Any] = {
        "Partial Refunds": (-paid["refunded"]).map(_dollars),
        "Total Collected": (paid["amount"] - paid["refunded"]).map(_dollars),
        "Location": "Example Street",
        "Customer ID": ("CUST" + paid["account"].str.upper()).where(known),
        "Customer Name": paid["name"].where(known),
        "Customer Reference ID": None,
    }
    transactions = paid.assign(**_when(paid), **_money(paid), **columns)
    return transactions[list(TRANSACTIONS_HEADER)]


def _items(rng: np.random.Generator, sales: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Give what was sold and what came back, the newest first."""
    n = count_orders(sales)
    order = sales["order"].to_numpy()
    amounts = take_coupons_off(sales)
    alone = sales.groupby("order")["line"].transform("size") == 1
    back = sales["status"] != "sold"
    payment: dict[str, Any] = {
        "Transaction ID": "TX" + scramble(sales["order"], 12),
        "Payment ID": "PA" + scramble(sales["order"], 12),
        "Event Type": "Payment",
    }
    sold = sales.assign(
        gross=sales["amount"],
        amount=amounts,
        refunded=refunds(sales, amounts, 0.01).where(alone & ~back, 0.0),
        status="sold",
        person=sales["person"].where((rng.random(n) >= WALK_INS)[order]),
        **payment,
    )
    returned = sold[back]
    refund: dict[str, Any] = {
        "Payment ID": returned["Payment ID"] + "R",
        "Event Type": "Refund",
    }
    days = rng.integers(1, 21, n)[order][back]  # an order comes back in one go
    came_back_at = returned["ordered_at"] + pd.to_timedelta(days, unit="D").as_unit("us")
    returned = returned.assign(
        ordered_at=came_back_at,
        local=came_back_at.dt.tz_convert(zone).dt.tz_localize(None),
        quantity=-returned["quantity"],
        gross=-returned["gross"],
        amount=-returned["amount"],
        refunded=0.0,
        status="returned",
        **refund,
    )
    items = pd.concat([sold, returned])
    return items.sort_values(
        ["ordered_at", "order", "line"], ascending=[False, False, True], ignore_index=True
    )


def _when(rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "Date": rows["local"].dt.strftime("%Y-%m-%d"),
        "Time": rows["local"].dt.strftime("%H:%M:%S"),
        "Time Zone": TIME_ZONE,
    }


def _money(rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "Gross Sales": rows["gross"].map(_dollars),
        "Discounts": (rows["amount"] - rows["gross"]).map(_dollars),
        "Net Sales": rows["amount"].map(_dollars),
    }


def _dollars(amount: float) -> str:
    sign = "-" if round(amount, 2) < 0 else ""
    return f"{sign}${abs(amount):,.2f}"
