"""UCI Online Retail: invoices of a gift shop, cancellations among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.datasets.order_files._order_file import make_truth
from crmlib.datasets.order_files._sales import count_orders
from crmlib.datasets.order_files._text_file import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.datasets.order_files._request import Request

HEADERS = {
    "old": (
        "InvoiceNo",
        "StockCode",
        "Description",
        "Quantity",
        "InvoiceDate",
        "UnitPrice",
        "CustomerID",
        "Country",
    ),
    "new": (
        "Invoice",
        "StockCode",
        "Description",
        "Quantity",
        "InvoiceDate",
        "Price",
        "Customer ID",
        "Country",
    ),
}
"""Of the first data set, and of its successor."""

NON_PRODUCTS = {
    "POST": ("POSTAGE", 18.00),
    "M": ("Manual", 12.75),
    "D": ("Discount", 9.50),
    "BANK CHARGES": ("Bank Charges", 15.00),
    "DOT": ("DOTCOM POSTAGE", 21.40),
    "C2": ("CARRIAGE", 50.00),
}
"""Codes of what is no product, and what they come to; D is taken off."""

UNKNOWN, ABROAD, WITH_NON_PRODUCT = 0.25, 0.1, 0.08
"""Shares of the invoices: nobody knows of whom, from abroad, with a line that is no product."""

COUNTRIES = ("Germany", "France", "EIRE", "Netherlands")

_LETTERS = {"S": "", "M": "A", "L": "B"}

FIRST_INVOICE, FIRST_CUSTOMER = 536_365, 12_346


def write_online_retail(
    rng: np.random.Generator, sales: pd.DataFrame, request: Request
) -> tuple[tuple[Path, ...], pd.DataFrame]:
    """Write invoices as the data sets of UCI have them, in the order of time.

    What was cancelled or came back is a later invoice, with a C in front and
    quantities below zero.
    """
    rows = _rows(rng, sales, request.zone)
    invoice = rows["invoice"].astype(str)
    invoice = invoice.where(rows["kind"] != "back", "C" + invoice)
    customers = FIRST_CUSTOMER + rows["person"].str[1:].astype("float64")
    old = request.layout == "old"
    form = "{:.1f}" if old else "{:.0f}"
    local = rows["local"]
    date = local.dt.strftime("%Y-%m-%d %H:%M:%S")
    if old:
        parts = (local.dt.month, local.dt.day, local.dt.year, local.dt.strftime("%H"))
        month, day, year, hour = (part.astype(int).astype(str) for part in parts)
        date = month + "/" + day + "/" + year + " " + hour + local.dt.strftime(":%M")
    cells = (
        invoice,
        rows["product_id"],
        rows["product_name"],
        rows["quantity"],
        date,
        rows["unit_price"].map("{:.2f}".format),
        customers.map(form.format, na_action="ignore"),
        rows["country"],
    )
    table = pd.DataFrame(dict(zip(HEADERS[request.layout], cells, strict=True)))
    path = request.folder / ("online_retail.csv" if old else "online_retail_II.csv")
    write_text(path, table)
    truth = make_truth(
        rows,
        order_id=invoice,
        amount=(rows["quantity"] * rows["unit_price"]).round(2),
    )
    return (path,), truth


def _rows(rng: np.random.Generator, sales: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Give the rows of all invoices, numbered in the order of time."""
    n = count_orders(sales)
    order = sales["order"].to_numpy()
    sold = sales.assign(
        ordered_at=sales["ordered_at"].dt.floor("min"),
        product_id=(84_000 + sales["product_number"]).astype(str) + sales["size"].map(_LETTERS),
        product_name=sales["product_name"].str.upper(),
        person=sales["person"].where((rng.random(n) >= UNKNOWN)[order]),
        country=np.where(
            rng.random(n) < ABROAD,
            rng.choice(np.array(COUNTRIES, dtype=object), n),
            "United Kingdom",
        )[order],
        kind="sold",
    )
    days = rng.integers(1, 21, n)[order]
    back = sold.assign(
        ordered_at=sold["ordered_at"] + pd.to_timedelta(days, unit="D").as_unit("us"),
        quantity=-sold["quantity"],
        status="returned",
        kind="back",
    )[sales["status"] != "sold"]
    sold["status"] = "sold"
    others = _non_products(rng, sold[sales["first"]])
    rows = pd.concat([sold, others, back])
    rows = rows.sort_values(["ordered_at", "order", "kind", "line"], ignore_index=True)
    numbers = rows.groupby(["ordered_at", "order", rows["kind"] == "back"], sort=True).ngroup()
    return rows.assign(
        invoice=FIRST_INVOICE + numbers,
        local=rows["ordered_at"].dt.tz_convert(zone).dt.tz_localize(None),
    )


def _non_products(rng: np.random.Generator, firsts: pd.DataFrame) -> pd.DataFrame:
    """Give lines that are no products, on some of the invoices."""
    chosen = firsts[rng.random(len(firsts)) < WITH_NON_PRODUCT]
    codes = rng.choice(np.array(list(NON_PRODUCTS), dtype=object), len(chosen))
    discount = codes == "D"
    return chosen.assign(
        line=chosen["line"] + 100,
        product_id=codes,
        product_name=[NON_PRODUCTS[code][0] for code in codes],
        unit_price=[NON_PRODUCTS[code][1] for code in codes],
        quantity=np.where(discount, -1, 1),
        status="non-product",
    )
