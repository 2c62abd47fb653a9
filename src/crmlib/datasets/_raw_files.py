"""The files of the sales channels: how each writes its lines, and what is wrong in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.datasets._catalogue import CURRENCY
from crmlib.datasets._moments import SHOP_ZONE
from crmlib.datasets._orders import SALES_CHANNELS

if TYPE_CHECKING:
    import numpy.typing as npt

COLUMNS = (
    "customer_id",
    "order_id",
    "line_id",
    "ordered_at",
    "product_id",
    "product_name",
    "category",
    "quantity",
    "unit_price",
    "amount",
    "currency",
    "sales_channel",
    "status",
)

WALK_INS = 0.25
"""Share of the orders in the shop whose customer nobody knows."""

CANCELLED, RETURNED = 0.02, 0.04
"""Shares of cancelled orders and of returned lines."""

FREE_DELIVERY_FROM, DELIVERY_FEE = 50_000, 3_000
"""The own mall charges won 3,000 below an order of won 50,000, on a line of its own."""

FAULTS = {
    "unreadable date": ("ordered_at", ("2026-13-45 10:00", "soon", "")),
    "unreadable amount": ("amount", ("free", "무료", "29.000.00")),
    "non-finite amount": ("amount", ("NaN", "inf")),
    "missing order id": ("order_id", ("",)),
    "other currency": ("currency", ("USD",)),
}
"""What is typed wrong, by the reason for which a reader sets it aside."""

FAULT_SHARE, DUPLICATE_SHARE = 0.001, 0.004
"""Shares of lines with each kind of fault, and of lines that come twice."""

_WORDS = {
    "own mall": ("delivered", "cancelled", "returned"),
    "marketplace": ("배송완료", "취소완료", "반품완료"),
    "shop": ("paid", "voided", "refunded"),
}
"""Status of a sale, of a cancelled order and of a return, as each channel says it."""


def write_lines(rng: np.random.Generator, lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Give the raw table of each sales channel, every cell text, as its export has it.

    The own mall and the shop book a return as a line of its own with a
    negative amount, weeks later; the marketplace only changes the status of
    the line sold.
    """
    cancelled = rng.random(lines["order"].max() + 1 if len(lines) else 0) < CANCELLED
    lines = lines.assign(
        cancelled=cancelled[lines["order"]],
        returned=(rng.random(len(lines)) < RETURNED) & ~cancelled[lines["order"]],
    )
    return {
        name: _write(rng, lines[lines["sales_channel"] == name].reset_index(drop=True), name)
        for name in SALES_CHANNELS
    }


def _write(rng: np.random.Generator, lines: pd.DataFrame, channel: str) -> pd.DataFrame:
    sold, void, back = _WORDS[channel]
    lines["status"] = np.where(lines["cancelled"], void, sold)
    if channel == "marketplace":
        lines.loc[lines["returned"], "status"] = back
    else:
        lines = pd.concat([lines, _returns(rng, lines, back)], ignore_index=True)
    if channel == "own mall":
        lines = pd.concat([lines, _delivery_fees(lines, sold)], ignore_index=True)
    if channel == "shop":
        orders = lines["order_id"].unique()
        walk_ins = orders[rng.random(len(orders)) < WALK_INS]
        lines.loc[lines["order_id"].isin(walk_ins), "customer_id"] = ""
    lines = lines.sort_values(["ordered_at", "line_id"], ignore_index=True)
    amounts = "{:,}" if channel == "marketplace" else "{}"
    columns: dict[str, Any] = {
        "ordered_at": _write_moments(lines["ordered_at"], channel),
        "quantity": lines["quantity"].astype(str),
        "unit_price": lines["unit_price"].map(amounts.format),
        "amount": lines["amount"].map(amounts.format),
        "currency": CURRENCY,
    }
    raw = lines.assign(**columns)[list(COLUMNS)].astype("str")
    return _spoil(rng, raw)


def _returns(rng: np.random.Generator, lines: pd.DataFrame, status: str) -> pd.DataFrame:
    """Give the lines by which the returned ones are taken back, no later than the last sale."""
    back = lines[lines["returned"]]
    after = pd.to_timedelta(rng.integers(2 * 24, 20 * 24, len(back)), unit="h").as_unit("us")
    last = lines["ordered_at"].max()
    return back.assign(
        line_id=back["line_id"] + "-R",
        ordered_at=(back["ordered_at"] + after).clip(upper=last),
        quantity=-back["quantity"],
        amount=-back["amount"],
        status=status,
    )


def _delivery_fees(lines: pd.DataFrame, status: str) -> pd.DataFrame:
    sales = lines[(lines["amount"] > 0) & ~lines["cancelled"]]
    firsts = sales.drop_duplicates("order_id")
    totals = sales.groupby("order_id")["amount"].sum()
    paying = firsts[firsts["order_id"].map(totals) < FREE_DELIVERY_FROM]
    return paying.assign(
        line_id=paying["order_id"] + "-D",
        product_id="SHIPPING",
        product_name="Delivery",
        category="",
        quantity=1,
        unit_price=DELIVERY_FEE,
        amount=DELIVERY_FEE,
        status=status,
    )


def _write_moments(instants: pd.Series[pd.Timestamp], channel: str) -> pd.Series[str]:
    local = instants.dt.tz_convert(SHOP_ZONE)
    if channel == "own mall":
        return local.dt.strftime("%Y-%m-%d %H:%M:%S")
    if channel == "marketplace":
        return local.dt.strftime("%Y-%m-%dT%H:%M:%S") + "+09:00"
    return local.dt.strftime("%Y/%m/%d %H:%M")


def _spoil(rng: np.random.Generator, raw: pd.DataFrame) -> pd.DataFrame:
    """Put faults into *raw*, each in a row that is otherwise a good sale."""
    good = raw["status"].isin([words[0] for words in _WORDS.values()])
    good &= (raw["customer_id"] != "") & (raw["product_id"] != "SHIPPING")
    per_fault = max(1, round(FAULT_SHARE * len(raw)))
    twice = max(1, round(DUPLICATE_SHARE * len(raw)))
    rows = np.flatnonzero(good)
    chosen = rng.permutation(rows)[: per_fault * len(FAULTS) + twice]
    for number, (column, texts) in enumerate(FAULTS.values()):
        here = chosen[number * per_fault : (number + 1) * per_fault]
        raw.loc[here, column] = rng.choice(np.array(texts, dtype=object), len(here))
    again: npt.NDArray[np.intp] = chosen[per_fault * len(FAULTS) :]
    order = np.sort(np.concatenate([np.arange(len(raw)), again]), kind="stable")
    return raw.iloc[order].reset_index(drop=True)
