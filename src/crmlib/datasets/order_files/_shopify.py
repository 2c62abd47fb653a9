"""Shopify: a CSV, a row per line item; what is of the order stands on its first line only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets.order_files._order_file import make_truth
from crmlib.datasets.order_files._sales import (
    delivery_fees,
    newest_first,
    refunds,
    scramble,
    take_coupons_off,
)
from crmlib.datasets.order_files._spelling import as_typed, internationalize
from crmlib.datasets.order_files._text_file import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.datasets.order_files._request import Request

_ADDRESS = ("Name", "Street", "Address1", "Address2", "City", "Zip", "Country", "Phone")

HEADER = (
    "Name",
    "Email",
    "Financial Status",
    "Paid at",
    "Accepts Marketing",
    "Currency",
    "Subtotal",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Code",
    "Discount Amount",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem sku",
    *(f"Billing {part}" for part in _ADDRESS),
    *(f"Shipping {part}" for part in _ADDRESS),
    "Cancelled at",
    "Refunded Amount",
    "Id",
    "Source",
    "Phone",
)

ON_EVERY_LINE = ("Name", *(name for name in HEADER if name.startswith("Lineitem")))

FORMAT = "%Y-%m-%d %H:%M:%S +0900"

IN_LATIN, SHOUTED, WITHOUT_EMAIL, WITH_ACCOUNT_PHONE = 0.25, 0.1, 0.05, 0.1
"""Shares of the orders: names in Latin letters, addresses typed in capitals, none at all, and
a phone number of the account."""


def write_shopify(
    rng: np.random.Generator, sales: pd.DataFrame, request: Request
) -> tuple[tuple[Path, ...], pd.DataFrame]:
    """Write the orders of a shop of Shopify, the newest first.

    Refunds are of the order: which lines they were for, the file does not say.
    """
    sales = newest_first(sales)
    amounts = take_coupons_off(sales)
    fees = delivery_fees(sales, amounts)
    refunded = refunds(sales, amounts, 100)
    table = pd.DataFrame(
        {
            "Name": "#" + (sales["order"] + 1001).astype(str),
            "Lineitem quantity": sales["quantity"],
            "Lineitem name": sales["product_name"] + " - " + sales["size"],
            "Lineitem price": sales["unit_price"].map("{:.2f}".format),
            "Lineitem sku": sales["product_id"],
        }
    )
    money = {"goods": sales["amount"], "amount": amounts, "refunded": refunded}
    sums = pd.DataFrame(money)
    sums = sums.groupby(sales["order"]).transform("sum").assign(fee=fees)
    first = sales["first"]
    orders = _order_cells(rng, sales[first], sums[first])
    table = table.join(orders).reindex(columns=list(HEADER))
    path = request.folder / "orders_export_1.csv"
    write_text(path, table)
    truth = make_truth(
        sales,
        order_id=table["Name"],
        product_name=table["Lineitem name"],
        amount=amounts,
        refunded=refunded,
        shipping_fee=fees.where(first, 0.0),
        sales_channel="shopify",
    )
    return (path,), truth


def _order_cells(
    rng: np.random.Generator, orders: pd.DataFrame, sums: pd.DataFrame
) -> pd.DataFrame:
    """Give the cells that stand on the first line of each order."""
    n = len(orders)
    cancelled = orders["status"] == "cancelled"
    voided = cancelled & (rng.random(n) < 0.5)  # noqa: PLR2004 -- the others were paid, and paid back
    total = sums["amount"] + sums["fee"]
    paid_back = sums["refunded"].where(~cancelled, total).where(~voided, 0.0)
    later = orders["local"] + pd.to_timedelta(rng.integers(1, 48, n), unit="h")
    luck = rng.random(n)
    without_email = luck < WITHOUT_EMAIL
    emails = orders["email"].where(luck < 1 - SHOUTED, orders["email"].str.upper())
    names = orders["name"].where(rng.random(n) >= IN_LATIN, orders["latin"])
    phones = pd.Series(as_typed(rng, orders["phone"]), index=orders.index)
    account_phones = (
        orders["phone"].map(internationalize).str.replace(" ", "").str.replace("-", "")
    )
    columns: dict[str, object] = {
        "Email": emails.where(~without_email),
        "Financial Status": _financial_status(voided, paid_back, sums["amount"]),
        "Paid at": orders["local"].dt.strftime(FORMAT).where(~voided),
        "Accepts Marketing": np.where(rng.random(n) < 0.4, "yes", "no"),  # noqa: PLR2004 -- a share
        "Currency": "KRW",
        "Subtotal": _write(sums["amount"]),
        "Shipping": _write(sums["fee"]),
        "Taxes": "0.00",
        "Total": _write(total),
        "Discount Code": orders["coupon"].map({True: "WELCOME10", False: None}),
        "Created at": orders["local"].dt.strftime(FORMAT),
        "Discount Amount": _write(sums["goods"] - sums["amount"]),
        "Cancelled at": later.dt.strftime(FORMAT).where(cancelled),
        "Refunded Amount": _write(paid_back),
        "Id": "56" + scramble(orders["order"], 11),
        "Source": "web",
        "Phone": account_phones.where(rng.random(n) < WITH_ACCOUNT_PHONE),
    }
    cells = {
        "Name": names,
        "Street": orders["street"] + ", " + orders["flat"],
        "Address1": orders["street"],
        "Address2": orders["flat"],
        "City": orders["city"],
        "Zip": "'" + orders["postal_code"],
        "Country": "KR",
        "Phone": phones,
    }
    for kind in ("Billing", "Shipping"):
        columns |= {f"{kind} {part}": cell for part, cell in cells.items()}
    return pd.DataFrame(columns, index=orders.index)


def _financial_status(
    voided: pd.Series[bool], paid_back: pd.Series[float], amount: pd.Series[float]
) -> np.ndarray:
    return np.select(
        [voided, paid_back >= amount, paid_back > 0],
        ["voided", "refunded", "partially_refunded"],
        "paid",
    )


def _write(money: pd.Series[float]) -> pd.Series[str]:
    return money.map("{:.2f}".format)
